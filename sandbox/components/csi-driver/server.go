// gRPC servers on Unix sockets, and the one line that is logged for every call.
// A stale socket is removed before listening; the kernel would refuse the address otherwise.

package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/container-storage-interface/spec/lib/go/csi"
	"google.golang.org/grpc"
	"google.golang.org/grpc/status"
)

// maxSocketPath is the kernel's limit; its own message for a longer path is just "invalid argument".
const maxSocketPath = 107

// stopGrace is how long running calls may take to end; a call that hangs on request would hold the process for ever.
const stopGrace = time.Second

type server struct {
	grpc   *grpc.Server
	socket string
}

func serveCSI(d *driver) (*server, error) {
	return serve(d.conf.endpoint, func(s *grpc.Server) {
		csi.RegisterIdentityServer(s, &identityService{conf: d.conf})
		csi.RegisterControllerServer(s, &controllerService{driver: d})
		csi.RegisterNodeServer(s, &nodeService{driver: d})
	})
}

func serve(socket string, registerServices func(*grpc.Server)) (*server, error) {
	if len(socket) > maxSocketPath {
		return nil, fmt.Errorf("socket path %s has %d bytes, the kernel allows %d", socket, len(socket), maxSocketPath)
	}
	if err := os.MkdirAll(filepath.Dir(socket), 0o755); err != nil {
		return nil, err
	}
	if err := os.Remove(socket); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("remove stale socket: %w", err)
	}
	listener, err := net.Listen("unix", socket)
	if err != nil {
		return nil, err
	}
	s := grpc.NewServer(grpc.UnaryInterceptor(logCall))
	registerServices(s)
	go func() {
		if err := s.Serve(listener); err != nil && !errors.Is(err, grpc.ErrServerStopped) {
			log.Fatalf("csi-driver: serving %s: %v", socket, err)
		}
	}()
	return &server{grpc: s, socket: socket}, nil
}

// stop ends the server; its listener removes the socket.
func (s *server) stop() {
	hard := time.AfterFunc(stopGrace, s.grpc.Stop)
	defer hard.Stop()
	s.grpc.GracefulStop()
}

func logCall(ctx context.Context, req any, info *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
	start := time.Now()
	resp, err := handler(ctx, req)
	line := filepath.Base(info.FullMethod)
	if ids := describeRequest(req); ids != "" {
		line += " " + ids
	}
	if ids := describeResponse(resp); err == nil && ids != "" {
		line += " -> " + ids
	}
	line += fmt.Sprintf(": %s in %s", status.Code(err), time.Since(start).Round(10*time.Microsecond))
	if err != nil {
		line += ": " + status.Convert(err).Message()
	}
	log.Print(line)
	return resp, err
}
