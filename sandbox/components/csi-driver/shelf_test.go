// Tests of the store: what survives a restart, what is cleaned up, what is refused.
// A restart is closing one driver and opening another on the same directory.

package main

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/container-storage-interface/spec/lib/go/csi"
	"google.golang.org/grpc/codes"
)

func TestObjectsAreIdempotentByNameAlsoAfterARestart(t *testing.T) {
	dir := t.TempDir()
	first, stop := openDriver(t, dir)
	v := mustVolume(t, first, volumeReq("a", modeFilesystem))
	write(t, filepath.Join(first.store.volumeBytes(v), "file"), "bytes")
	snap := mustSnapshot(t, first, snapshotReq("s", v.ID))
	if again := mustVolume(t, first, volumeReq("a", modeFilesystem)); again.ID != v.ID {
		t.Errorf("the same name made %s and %s", v.ID, again.ID)
	}
	stop()

	second, stop := openDriver(t, dir)
	defer stop()
	if again := mustVolume(t, second, volumeReq("a", modeFilesystem)); again.ID != v.ID || !again.CreatedAt.Equal(v.CreatedAt) {
		t.Errorf("after the restart the volume is %+v, was %+v", again, v)
	}
	again := mustSnapshot(t, second, snapshotReq("s", v.ID))
	if again.ID != snap.ID || !again.CreatedAt.Equal(snap.CreatedAt) || again.SizeBytes != snap.SizeBytes {
		t.Errorf("after the restart the snapshot is %+v, was %+v", again, snap)
	}
	wantContent(t, filepath.Join(second.store.snapshotBytes(again), "file"), "bytes")
}

func TestSameNameOtherRequestIsRefused(t *testing.T) {
	s := newTestDriver(t)
	v := mustVolume(t, s, volumeReq("a", modeFilesystem))
	other := mustVolume(t, s, volumeReq("b", modeFilesystem))
	snap := mustSnapshot(t, s, snapshotReq("s", v.ID))

	larger := volumeReq("a", modeFilesystem)
	larger.CapacityRange.RequiredBytes *= 2
	parameters := volumeReq("a", modeFilesystem)
	parameters.Parameters[paramReadyAfter] = "1s"
	for name, req := range map[string]*csi.CreateVolumeRequest{
		"size": larger, "mode": volumeReq("a", modeBlock), "source": restoreReq("a", modeFilesystem, snap.ID), "parameters": parameters,
	} {
		_, err := s.CreateVolume(context.Background(), req)
		wantCode(t, err, codes.AlreadyExists)
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%v does not name the %s", err, name)
		}
	}
	_, err := s.CreateSnapshot(context.Background(), snapshotReq("s", other.ID))
	wantCode(t, err, codes.AlreadyExists)
}

func TestARecreatedVolumeHasANewID(t *testing.T) {
	s := newTestDriver(t)
	v := mustVolume(t, s, volumeReq("a", modeFilesystem))
	for range 2 { // the second deletion finds nothing, which is fine
		if _, err := s.DeleteVolume(context.Background(), &csi.DeleteVolumeRequest{VolumeId: v.ID}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := os.Stat(s.store.volumes.path(v.ID)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the deleted volume is still there: %v", err)
	}
	again := mustVolume(t, s, volumeReq("a", modeFilesystem))
	if again.ID == v.ID {
		t.Errorf("both volumes are called %s", v.ID)
	}
	if again.ID[:16] != v.ID[:16] {
		t.Errorf("%s and %s do not show that they had the same name", v.ID, again.ID)
	}
}

func TestRecordsAreReadableByOthers(t *testing.T) {
	s := newTestDriver(t)
	v := mustVolume(t, s, volumeReq("a", modeBlock))
	snap := mustSnapshot(t, s, snapshotReq("s", v.ID))
	for path, want := range map[string]map[string]any{
		filepath.Join(s.store.volumes.path(v.ID), "volume.json"): {
			"id": v.ID, "name": "a", "namespace": testNamespace, "claim": "claim-of-a", "capacityBytes": 4.0 * mebibyte,
			"mode": "Block", "sourceSnapshot": "", "sourceVolume": "",
		},
		filepath.Join(s.store.snapshots.path(snap.ID), "snapshot.json"): {
			"id": snap.ID, "name": "s", "namespace": testNamespace, "volumeSnapshot": "snapshot-s", "sourceVolume": v.ID,
			"sizeBytes": 4.0 * mebibyte, "mode": "Block",
		},
	} {
		var got map[string]any
		if err := json.Unmarshal([]byte(read(t, path)), &got); err != nil {
			t.Fatal(err)
		}
		for key, value := range want {
			if got[key] != value {
				t.Errorf("%s: %s is %v, want %v", path, key, got[key], value)
			}
		}
		if got["createdAt"] == "" {
			t.Errorf("%s: createdAt is missing", path)
		}
	}
}

func TestAStartRemovesLeftoversAndKeepsObjects(t *testing.T) {
	dir := t.TempDir()
	first, stop := openDriver(t, dir)
	v := mustVolume(t, first, volumeReq("a", modeFilesystem))
	stop()
	leftover := filepath.Join(dir, "snapshots", tempPrefix+"snap-1", dataDir)
	if err := os.MkdirAll(leftover, 0o700); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(leftover, "half"), "a cop")
	halfRecord := filepath.Join(dir, "volumes", v.ID, "volume.json.tmp")
	write(t, halfRecord, "{")

	second, stop := openDriver(t, dir)
	defer stop()
	for _, gone := range []string{filepath.Dir(leftover), halfRecord} {
		if _, err := os.Lstat(gone); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s is still there", gone)
		}
	}
	if _, ok := second.store.volumes.get(v.ID); !ok {
		t.Error("the volume is gone")
	}
}

func TestAStartRefusesADamagedRecord(t *testing.T) {
	dir := t.TempDir()
	first, stop := openDriver(t, dir)
	v := mustVolume(t, first, volumeReq("a", modeFilesystem))
	stop()
	path := filepath.Join(dir, "volumes", v.ID, "volume.json")
	write(t, path, "{")
	if _, err := openStore(dir); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("got %v, want an error that names %s", err, path)
	}
}

func TestOneDriverPerStateDirectory(t *testing.T) {
	dir := t.TempDir()
	_, stop := openDriver(t, dir)
	if _, err := openStore(dir); err == nil {
		t.Error("a second driver got the same state directory")
	}
	stop()
	_, stop = openDriver(t, dir)
	stop()
}

func TestAHeldObjectIsNotRemoved(t *testing.T) {
	s := newTestDriver(t)
	v := mustVolume(t, s, volumeReq("a", modeFilesystem))
	_, release, _ := s.store.volumes.hold(v.ID)
	_, err := s.DeleteVolume(context.Background(), &csi.DeleteVolumeRequest{VolumeId: v.ID})
	wantCode(t, err, codes.FailedPrecondition)
	release()
	if _, err := s.DeleteVolume(context.Background(), &csi.DeleteVolumeRequest{VolumeId: v.ID}); err != nil {
		t.Error(err)
	}
}

func TestAFailedBuildLeavesNothing(t *testing.T) {
	s := newTestDriver(t)
	err := s.store.volumes.build(volume{ID: "vol-x", Name: "x"}, func(string) error { return errors.New("disk full") })
	if err == nil {
		t.Fatal("no error")
	}
	if entries, _ := os.ReadDir(s.store.volumes.dir); len(entries) != 0 {
		t.Errorf("%s is left", entries[0].Name())
	}
}

func TestReadersNeverSeeHalfARecord(t *testing.T) {
	s := newTestDriver(t)
	v := mustVolume(t, s, volumeReq("a", modeFilesystem))
	done := make(chan struct{})
	go func() {
		defer close(done)
		for i := range int64(500) {
			s.store.volumes.update(v.ID, func(v *volume) { v.CapacityBytes += i })
		}
	}()
	for running := true; running; {
		select {
		case <-done:
			running = false
		default:
		}
		var rec volume
		if err := json.Unmarshal([]byte(read(t, filepath.Join(s.store.volumes.path(v.ID), "volume.json"))), &rec); err != nil {
			t.Fatal(err)
		}
	}
}
