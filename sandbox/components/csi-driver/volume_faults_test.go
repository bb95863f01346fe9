// Tests of what each fault does to volumes, and of the damage to restored bytes.
// The undamaged way is tested beside it: what is restored is what was there when the snapshot was taken.

package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/container-storage-interface/spec/lib/go/csi"
	"google.golang.org/grpc/codes"
)

func TestCreateVolumeFails(t *testing.T) {
	s := newTestDriver(t)
	v := mustVolume(t, s, volumeReq("a", modeFilesystem))
	snap := mustSnapshot(t, s, snapshotReq("s", v.ID))
	setFaults(t, s, testNamespace, `{
		"createVolume": {"code": "Internal", "message": "no volumes"},
		"createVolumeFromSnapshot": {"code": "ResourceExhausted", "message": "no restores", "times": 1}}`)
	_, err := s.CreateVolume(context.Background(), volumeReq("b", modeFilesystem))
	wantCode(t, err, codes.Internal)
	_, err = s.CreateVolume(context.Background(), restoreReq("r", modeFilesystem, snap.ID))
	wantCode(t, err, codes.ResourceExhausted)
	_, err = s.CreateVolume(context.Background(), restoreReq("r", modeFilesystem, snap.ID))
	wantCode(t, err, codes.Internal)
	if n := len(s.store.volumes.all()); n != 1 {
		t.Errorf("there are %d volumes", n)
	}
}

func TestCreateVolumeFromSnapshotFailureSparesOthers(t *testing.T) {
	s := newTestDriver(t)
	setFaults(t, s, testNamespace, `{"createVolumeFromSnapshot": {"code": "Internal"}, "createVolumeFromSnapshotDelay": "1h"}`)
	mustVolume(t, s, volumeReq("a", modeFilesystem))
}

func TestCreateVolumeHang(t *testing.T) {
	s := newTestDriver(t)
	setFaults(t, s, testNamespace, `{"createVolumeHang": true}`)
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	_, err := s.CreateVolume(ctx, volumeReq("a", modeFilesystem))
	wantCode(t, err, codes.DeadlineExceeded)
	if len(s.store.volumes.all()) != 0 {
		t.Error("it did something")
	}
}

func TestCreateVolumeFromSnapshotDelay(t *testing.T) {
	s := newTestDriver(t)
	v := mustVolume(t, s, volumeReq("a", modeFilesystem))
	snap := mustSnapshot(t, s, snapshotReq("s", v.ID))
	setFaults(t, s, testNamespace, `{"createVolumeFromSnapshotDelay": "300ms"}`)
	start := time.Now()
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	_, err := s.CreateVolume(ctx, restoreReq("r", modeFilesystem, snap.ID))
	wantCode(t, err, codes.DeadlineExceeded)
	_, err = s.DeleteSnapshot(context.Background(), &csi.DeleteSnapshotRequest{SnapshotId: snap.ID})
	wantCode(t, err, codes.FailedPrecondition)
	mustVolume(t, s, restoreReq("r", modeFilesystem, snap.ID))
	if took := time.Since(start); took < 300*time.Millisecond || took > 550*time.Millisecond {
		t.Errorf("took %s: the second call should join the first", took)
	}
}

func TestDeleteVolumeRefused(t *testing.T) {
	s := newTestDriver(t)
	v := mustVolume(t, s, volumeReq("a", modeFilesystem))
	setFaults(t, s, testNamespace, `{"deleteVolume": {"code": "FailedPrecondition"}}`)
	_, err := s.DeleteVolume(context.Background(), &csi.DeleteVolumeRequest{VolumeId: v.ID})
	wantCode(t, err, codes.FailedPrecondition)
	if err := os.Remove(filepath.Join(s.store.faultDir(), testNamespace+".json")); err != nil {
		t.Fatal(err)
	}
	if _, err := s.DeleteVolume(context.Background(), &csi.DeleteVolumeRequest{VolumeId: v.ID}); err != nil {
		t.Error(err)
	}
}

// restoredFiles snapshots a volume with these files and restores it under a fault.
func restoredFiles(t *testing.T, s *controllerService, files map[string]string, faults string) (volume, error) {
	t.Helper()
	v := mustVolume(t, s, volumeReq("a", modeFilesystem))
	for name, content := range files {
		write(t, filepath.Join(s.store.volumeBytes(v), name), content)
	}
	snap := mustSnapshot(t, s, snapshotReq("s", v.ID))
	for name := range files {
		write(t, filepath.Join(s.store.volumeBytes(v), name), "overwritten later")
	}
	setFaults(t, s, testNamespace, faults)
	resp, err := s.CreateVolume(context.Background(), restoreReq("r", modeFilesystem, snap.ID))
	for name, content := range files {
		wantContent(t, filepath.Join(s.store.snapshotBytes(snap), name), content) // the snapshot is never damaged
	}
	restored, _ := s.store.volumes.get(resp.GetVolume().GetVolumeId())
	return restored, err
}

func TestRestoredBytes(t *testing.T) {
	files := map[string]string{"a": "first", "b": "second!", "empty": ""}
	inverted := func(text string) string { return string([]byte{text[0] ^ 0xff}) + text[1:] }
	for faults, want := range map[string]map[string]string{
		`{}`:                             files,
		`{"restoredBytes": "corrupted"}`: {"a": inverted("first"), "b": inverted("second!"), "empty": ""},
		`{"restoredBytes": "truncated"}`: {"a": "fi", "b": "sec", "empty": ""},
		`{"restoredBytes": "swapped"}`:   {"a": "second!", "b": "first", "empty": ""},
	} {
		s := newTestDriver(t)
		v, err := restoredFiles(t, s, files, faults)
		if err != nil {
			t.Fatalf("%s: %v", faults, err)
		}
		for name, content := range want {
			wantContent(t, filepath.Join(s.store.volumeBytes(v), name), content)
		}
		if !strings.Contains(faults, v.RestoredBytes) || (v.RestoredBytes == "") != (faults == `{}`) {
			t.Errorf("%s: the record says %q", faults, v.RestoredBytes)
		}
	}
}

func TestDamageLeavesNoTraceInModeAndTime(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "file")
	write(t, path, "content")
	at := time.Date(2001, 2, 3, 4, 5, 6, 0, time.UTC)
	for _, err := range []error{os.Chmod(path, 0o440), os.Chtimes(path, at, at), applyDamage(damageCorrupted, dir, modeFilesystem, nil)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode() != 0o440 || !info.ModTime().Equal(at) {
		t.Errorf("%v %v, %v", info.Mode(), info.ModTime(), err)
	}
}

func TestNothingToDamageIsAnError(t *testing.T) {
	for _, kind := range []string{"corrupted", "truncated", "swapped"} {
		_, err := restoredFiles(t, newTestDriver(t), map[string]string{"empty": ""}, `{"restoredBytes": "`+kind+`"}`)
		wantCode(t, err, codes.Internal)
	}
	_, err := restoredFiles(t, newTestDriver(t), map[string]string{"alone": "x"}, `{"restoredBytes": "swapped"}`)
	wantCode(t, err, codes.Internal)
}

func TestSwappedWithAnotherSnapshot(t *testing.T) {
	s := newTestDriver(t)
	other := mustVolume(t, s, volumeReq("other", modeFilesystem))
	write(t, filepath.Join(s.store.volumeBytes(other), "aaa"), "not this one")
	write(t, filepath.Join(s.store.volumeBytes(other), "file"), "theirs")
	mustSnapshot(t, s, snapshotReq("other", other.ID))
	v, err := restoredFiles(t, s, map[string]string{"file": "ours"}, `{"restoredBytes": "swapped"}`)
	if err != nil {
		t.Fatal(err)
	}
	wantContent(t, filepath.Join(s.store.volumeBytes(v), "file"), "theirs")
}

// writeAt changes a device's image as a pod would.
func writeAt(t *testing.T, path string, at int64, text string) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteAt([]byte(text), at); err != nil {
		t.Fatal(err)
	}
}

func readAt(t *testing.T, path string, at int64, n int) string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	buf := make([]byte, n)
	if _, err := f.ReadAt(buf, at); err != nil {
		t.Fatal(err)
	}
	return string(buf)
}

func TestRestoredDevice(t *testing.T) {
	const late = 2*mebibyte - 4 // the end of what is stored, far from the end of the device
	for kind, want := range map[string][2]string{
		"":          {"head", "tail"},
		"corrupted": {string([]byte{'h' ^ 0xff}) + "ead", "tail"},
		"truncated": {"head", "\x00\x00\x00\x00"},
		"swapped":   {"HEAD", "TAIL"},
	} {
		s := newTestDriver(t)
		larger := volumeReq("other", modeBlock)
		larger.CapacityRange.RequiredBytes = 16 * mebibyte
		other := mustVolume(t, s, larger)
		writeAt(t, s.store.volumeBytes(other), 0, "HEAD")
		writeAt(t, s.store.volumeBytes(other), late, "TAIL")
		mustSnapshot(t, s, snapshotReq("other", other.ID))

		v := mustVolume(t, s, volumeReq("a", modeBlock))
		writeAt(t, s.store.volumeBytes(v), 0, "head")
		writeAt(t, s.store.volumeBytes(v), late, "tail")
		snap := mustSnapshot(t, s, snapshotReq("s", v.ID))
		if kind != "" {
			setFaults(t, s, testNamespace, `{"restoredBytes": "`+kind+`"}`)
		}
		req := restoreReq("r", modeBlock, snap.ID)
		req.CapacityRange.RequiredBytes = 8 * mebibyte
		image := s.store.volumeBytes(mustVolume(t, s, req))
		if head, tail := readAt(t, image, 0, 4), readAt(t, image, late, 4); head != want[0] || tail != want[1] {
			t.Errorf("%q: the device holds %q and %q", kind, head, tail)
		}
		if info, err := os.Stat(image); err != nil || info.Size() != 8*mebibyte {
			t.Errorf("%q: the device has %d bytes, %v", kind, info.Size(), err)
		}
	}
}
