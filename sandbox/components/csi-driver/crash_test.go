// A driver that is killed in the middle of a copy, as a process of its own that is spoken to over gRPC.
// The test binary starts itself again as the driver, so nothing has to be built first.

package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/container-storage-interface/spec/lib/go/csi"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
)

// driverProcessEnv makes the test binary be the driver: see TestMain.
const driverProcessEnv = "CSI_DRIVER_TEST_PROCESS"

func startProcess(t *testing.T, dir string) (*exec.Cmd, csi.ControllerClient) {
	t.Helper()
	socket := filepath.Join(dir, "csi.sock")
	cmd := exec.Command(os.Args[0], "--endpoint", "unix://"+socket, "--state-dir", filepath.Join(dir, "state"))
	cmd.Env = append(os.Environ(), driverProcessEnv+"=1")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	conn, err := grpc.NewClient("unix:"+socket, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	// The socket may be a stale one at first; waiting for an answer covers that too.
	if _, err := csi.NewIdentityClient(conn).Probe(ctx, &csi.ProbeRequest{}, grpc.WaitForReady(true)); err != nil {
		t.Fatalf("the driver does not answer: %v", err)
	}
	return cmd, csi.NewControllerClient(conn)
}

// waitFor polls quickly, because a copy does not take long.
func waitFor(t *testing.T, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !done(); time.Sleep(200 * time.Microsecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain for %s", what)
		}
	}
}

func TestKilledInTheMiddleOfACopy(t *testing.T) {
	if testing.Short() {
		t.Skip("writes 300 MB")
	}
	dir, err := os.MkdirTemp("", "csi") // t.TempDir's path can be too long for a socket
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	ctx := context.Background()
	driver, client := startProcess(t, dir)
	v, err := client.CreateVolume(ctx, volumeReq("a", modeFilesystem))
	if err != nil {
		t.Fatal(err)
	}
	volumeID := v.GetVolume().GetVolumeId()
	data := filepath.Join(dir, "state", "volumes", volumeID, dataDir)
	chunk := make([]byte, 100*mebibyte)
	for i := range chunk {
		chunk[i] = byte(i)
	}
	for _, name := range []string{"1", "2", "3"} {
		write(t, filepath.Join(data, name), string(chunk))
	}

	go client.CreateSnapshot(ctx, snapshotReq("s", volumeID))
	snapshots := filepath.Join(dir, "state", "snapshots")
	waitFor(t, "the copy to begin", func() bool {
		begun, _ := filepath.Glob(filepath.Join(snapshots, tempPrefix+"*", dataDir, "1"))
		return len(begun) > 0
	})
	driver.Process.Kill()
	driver.Wait()
	left, err := filepath.Glob(filepath.Join(snapshots, tempPrefix+"*"))
	if err != nil || len(left) != 1 {
		t.Fatalf("the copy was not caught halfway: %v, %v", left, err)
	}

	_, client = startProcess(t, dir)
	if _, err := os.Stat(left[0]); err == nil {
		t.Errorf("%s is still there", left[0])
	}
	list, err := client.ListSnapshots(ctx, &csi.ListSnapshotsRequest{})
	if err != nil || len(list.GetEntries()) != 0 {
		t.Errorf("half a snapshot is listed: %v, %v", list, err)
	}
	snap, err := client.CreateSnapshot(ctx, snapshotReq("s", volumeID))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"1", "2", "3"} {
		if same, err := sameContent(filepath.Join(data, name), filepath.Join(snapshots, snap.GetSnapshot().GetSnapshotId(), dataDir, name)); err != nil || !same {
			t.Errorf("file %s: same is %t, %v", name, same, err)
		}
	}
}

func TestSigtermEndsItAlsoWhileACallHangs(t *testing.T) {
	dir, err := os.MkdirTemp("", "csi")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	driver, client := startProcess(t, dir)
	write(t, filepath.Join(dir, "state", "faults", "_all.json"), `{"createVolumeHang": true}`)
	hung := make(chan error)
	go func() {
		_, err := client.CreateVolume(context.Background(), volumeReq("a", modeFilesystem))
		hung <- err
	}()
	time.Sleep(100 * time.Millisecond)
	driver.Process.Signal(syscall.SIGTERM)
	if err := driver.Wait(); err != nil {
		t.Errorf("the driver ended with %v", err)
	}
	if err := <-hung; err == nil {
		t.Error("the call succeeded")
	}
	if _, err := os.Lstat(filepath.Join(dir, "csi.sock")); err == nil {
		t.Error("the socket is still there")
	}
}
