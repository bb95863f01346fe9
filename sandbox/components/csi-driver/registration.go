// Registration with the kubelet, which the node-driver-registrar does for other drivers.
// The kubelet watches a directory for sockets, asks each who it is, and says whether it took it.

package main

import (
	"context"
	"log"
	"path/filepath"
	"sync"
	"time"

	"google.golang.org/grpc"
	registerapi "k8s.io/kubelet/pkg/apis/pluginregistration/v1"
)

// registrationRetry keeps a refused driver from asking the kubelet in a tight loop.
const registrationRetry = time.Second

type registrar struct {
	registerapi.UnimplementedRegistrationServer
	conf config

	mu      sync.Mutex
	server  *server
	stopped bool
}

func register(conf config) (*registrar, error) {
	r := &registrar{conf: conf}
	return r, r.listen()
}

func (r *registrar) listen() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.stopped {
		return nil
	}
	socket := filepath.Join(r.conf.registrationDir, r.conf.driverName+"-reg.sock")
	s, err := serve(socket, func(s *grpc.Server) { registerapi.RegisterRegistrationServer(s, r) })
	r.server = s
	return err
}

func (r *registrar) GetInfo(context.Context, *registerapi.InfoRequest) (*registerapi.PluginInfo, error) {
	return &registerapi.PluginInfo{
		Type:              registerapi.CSIPlugin,
		Name:              r.conf.driverName,
		Endpoint:          r.conf.endpoint,
		SupportedVersions: []string{"1.0.0"},
	}, nil
}

func (r *registrar) NotifyRegistrationStatus(_ context.Context, s *registerapi.RegistrationStatus) (*registerapi.RegistrationStatusResponse, error) {
	if s.GetPluginRegistered() {
		log.Printf("registered with the kubelet")
	} else {
		log.Printf("the kubelet refused the registration: %s", s.GetError())
		go r.again()
	}
	return &registerapi.RegistrationStatusResponse{}, nil
}

// again recreates the socket: its appearance is the only thing that makes the kubelet ask once more.
func (r *registrar) again() {
	time.Sleep(registrationRetry)
	r.mu.Lock()
	s := r.server
	r.mu.Unlock()
	s.stop()
	if err := r.listen(); err != nil {
		log.Fatalf("csi-driver: register again: %v", err)
	}
}

func (r *registrar) stop() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.stopped = true
	r.server.stop()
}
