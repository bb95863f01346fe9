// What the tests of the driver share: a driver on a temporary state directory, requests, and assertions.
// Services are called directly; only what needs a process or a socket of its own goes through gRPC.

package main

import (
	"context"
	"io"
	"log"
	"os"
	"path/filepath"
	"testing"

	"github.com/container-storage-interface/spec/lib/go/csi"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

const (
	testNamespace = "team-a"
	mebibyte      = 1 << 20
)

func TestMain(m *testing.M) {
	if os.Getenv(driverProcessEnv) != "" {
		main() // see crash_test.go
		return
	}
	log.SetOutput(io.Discard)
	os.Exit(m.Run())
}

// openDriver opens a state directory; the returned function is a clean stop.
func openDriver(t *testing.T, dir string) (*controllerService, func()) {
	t.Helper()
	d, err := newDriver(config{stateDir: dir, driverName: "csi.sandbox.test", nodeID: "n1"})
	if err != nil {
		t.Fatalf("open driver: %v", err)
	}
	return &controllerService{driver: d}, d.close
}

func newTestDriver(t *testing.T) *controllerService {
	t.Helper()
	s, stop := openDriver(t, t.TempDir())
	t.Cleanup(stop)
	return s
}

func capability(mode volumeMode) *csi.VolumeCapability {
	c := &csi.VolumeCapability{
		AccessMode: &csi.VolumeCapability_AccessMode{Mode: csi.VolumeCapability_AccessMode_SINGLE_NODE_WRITER},
		AccessType: &csi.VolumeCapability_Mount{Mount: &csi.VolumeCapability_MountVolume{}},
	}
	if mode == modeBlock {
		c.AccessType = &csi.VolumeCapability_Block{Block: &csi.VolumeCapability_BlockVolume{}}
	}
	return c
}

func volumeReq(name string, mode volumeMode) *csi.CreateVolumeRequest {
	return &csi.CreateVolumeRequest{
		Name:               name,
		CapacityRange:      &csi.CapacityRange{RequiredBytes: 4 * mebibyte},
		VolumeCapabilities: []*csi.VolumeCapability{capability(mode)},
		Parameters:         map[string]string{claimNamespaceKey: testNamespace, claimKey: "claim-of-" + name},
	}
}

func restoreReq(name string, mode volumeMode, snapshotID string) *csi.CreateVolumeRequest {
	req := volumeReq(name, mode)
	req.VolumeContentSource = &csi.VolumeContentSource{Type: &csi.VolumeContentSource_Snapshot{
		Snapshot: &csi.VolumeContentSource_SnapshotSource{SnapshotId: snapshotID},
	}}
	return req
}

func snapshotReq(name, volumeID string) *csi.CreateSnapshotRequest {
	return &csi.CreateSnapshotRequest{
		Name: name, SourceVolumeId: volumeID,
		Parameters: map[string]string{snapshotNamespaceKey: testNamespace, snapshotKey: "snapshot-" + name},
	}
}

func mustVolume(t *testing.T, s *controllerService, req *csi.CreateVolumeRequest) volume {
	t.Helper()
	resp, err := s.CreateVolume(context.Background(), req)
	if err != nil {
		t.Fatalf("CreateVolume %s: %v", req.GetName(), err)
	}
	v, ok := s.store.volumes.get(resp.GetVolume().GetVolumeId())
	if !ok {
		t.Fatalf("CreateVolume %s: no record of %s", req.GetName(), resp.GetVolume().GetVolumeId())
	}
	return v
}

func mustSnapshot(t *testing.T, s *controllerService, req *csi.CreateSnapshotRequest) snapshot {
	t.Helper()
	resp, err := s.CreateSnapshot(context.Background(), req)
	if err != nil {
		t.Fatalf("CreateSnapshot %s: %v", req.GetName(), err)
	}
	snap, ok := s.store.snapshots.get(resp.GetSnapshot().GetSnapshotId())
	if !ok {
		t.Fatalf("CreateSnapshot %s: no record of %s", req.GetName(), resp.GetSnapshot().GetSnapshotId())
	}
	return snap
}

// setFaults replaces the fault file of a namespace as its users should: by a rename.
func setFaults(t *testing.T, s *controllerService, namespace, content string) {
	t.Helper()
	path := filepath.Join(s.store.faultDir(), namespace+".json")
	write(t, path+".new", content)
	if err := os.Rename(path+".new", path); err != nil {
		t.Fatal(err)
	}
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func wantContent(t *testing.T, path, want string) {
	t.Helper()
	if got := read(t, path); got != want {
		t.Errorf("%s holds %q, want %q", path, got, want)
	}
}

func wantCode(t *testing.T, err error, want codes.Code) {
	t.Helper()
	if got := status.Code(err); got != want {
		t.Errorf("got code %s (%v), want %s", got, err, want)
	}
}
