// Registration, with the test in the place of the kubelet.
// What matters: the answers, and that a refused driver shows up again.

package main

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	registerapi "k8s.io/kubelet/pkg/apis/pluginregistration/v1"
)

func TestRegistration(t *testing.T) {
	dir, err := os.MkdirTemp("", "reg")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	socket := filepath.Join(dir, "csi.sandbox.test-reg.sock")
	write(t, socket, "stale")
	r, err := register(config{endpoint: "/run/csi.sock", driverName: "csi.sandbox.test", registrationDir: dir})
	if err != nil {
		t.Fatal(err)
	}

	ask := func() registerapi.RegistrationClient {
		conn, err := grpc.NewClient("unix:"+socket, grpc.WithTransportCredentials(insecure.NewCredentials()))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		client := registerapi.NewRegistrationClient(conn)
		info, err := client.GetInfo(context.Background(), &registerapi.InfoRequest{}, grpc.WaitForReady(true))
		if err != nil || info.GetType() != "CSIPlugin" || info.GetName() != "csi.sandbox.test" || info.GetEndpoint() != "/run/csi.sock" ||
			len(info.GetSupportedVersions()) != 1 || info.GetSupportedVersions()[0] != "1.0.0" {
			t.Errorf("%v, %v", info, err)
		}
		return client
	}
	before, err := os.Stat(socket)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ask().NotifyRegistrationStatus(context.Background(), &registerapi.RegistrationStatus{Error: "not today"}); err != nil {
		t.Fatal(err)
	}
	waitFor(t, "a new socket", func() bool {
		after, err := os.Stat(socket)
		return err == nil && !after.ModTime().Equal(before.ModTime()) // the inode may be the same again
	})
	if _, err := ask().NotifyRegistrationStatus(context.Background(), &registerapi.RegistrationStatus{PluginRegistered: true}); err != nil {
		t.Fatal(err)
	}
	r.stop()
	if _, err := os.Lstat(socket); err == nil {
		t.Error("the socket is still there")
	}
}
