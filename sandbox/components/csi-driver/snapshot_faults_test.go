// Tests of what each fault does to snapshots.
// Every fault is set for the namespace of the test; that others are spared is tested once.

package main

import (
	"context"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/container-storage-interface/spec/lib/go/csi"
	"google.golang.org/grpc/codes"
)

// listed asks for one snapshot as the sidecar does for pre-provisioned ones.
func listed(t *testing.T, s *controllerService, id string) *csi.Snapshot {
	t.Helper()
	resp, err := s.ListSnapshots(context.Background(), &csi.ListSnapshotsRequest{SnapshotId: id})
	if err != nil {
		t.Fatal(err)
	}
	if len(resp.GetEntries()) == 0 {
		return nil
	}
	return resp.GetEntries()[0].GetSnapshot()
}

func TestSnapshotReadyAfter(t *testing.T) {
	s := newTestDriver(t)
	v := mustVolume(t, s, volumeReq("a", modeFilesystem))
	setFaults(t, s, testNamespace, `{"snapshotReadyAfter": "300ms"}`)
	first, err := s.CreateSnapshot(context.Background(), snapshotReq("s", v.ID))
	if err != nil {
		t.Fatal(err)
	}
	if first.GetSnapshot().GetReadyToUse() || listed(t, s, first.GetSnapshot().GetSnapshotId()).GetReadyToUse() {
		t.Error("ready at once")
	}
	_, err = s.CreateVolume(context.Background(), restoreReq("r", modeFilesystem, first.GetSnapshot().GetSnapshotId()))
	wantCode(t, err, codes.FailedPrecondition)
	time.Sleep(320 * time.Millisecond)
	later, err := s.CreateSnapshot(context.Background(), snapshotReq("s", v.ID))
	if err != nil {
		t.Fatal(err)
	}
	if !later.GetSnapshot().GetReadyToUse() || !listed(t, s, first.GetSnapshot().GetSnapshotId()).GetReadyToUse() {
		t.Error("not ready in time")
	}
	later.Snapshot.ReadyToUse = false
	if first.String() != later.String() {
		t.Errorf("the answer changed from %v to %v", first, later)
	}
}

func TestSnapshotReadyAfterByClass(t *testing.T) {
	s := newTestDriver(t)
	byStorageClass := volumeReq("a", modeFilesystem)
	byStorageClass.Parameters[paramReadyAfter] = "1h"
	v := mustVolume(t, s, byStorageClass)
	if resp, err := s.CreateSnapshot(context.Background(), snapshotReq("s", v.ID)); err != nil || resp.GetSnapshot().GetReadyToUse() {
		t.Errorf("StorageClass: %v, %v", resp, err)
	}
	overridden := snapshotReq("s", v.ID)
	overridden.Parameters[paramReadyAfter] = "0s"
	if resp, err := s.CreateSnapshot(context.Background(), overridden); err != nil || !resp.GetSnapshot().GetReadyToUse() {
		t.Errorf("VolumeSnapshotClass: %v, %v", resp, err)
	}
	setFaults(t, s, testNamespace, `{"snapshotReadyAfter": "1h"}`)
	if resp, err := s.CreateSnapshot(context.Background(), overridden); err != nil || resp.GetSnapshot().GetReadyToUse() {
		t.Errorf("fault file: %v, %v", resp, err)
	}
}

func TestCreateSnapshotFailsSoOften(t *testing.T) {
	s := newTestDriver(t)
	v := mustVolume(t, s, volumeReq("a", modeFilesystem))
	setFaults(t, s, testNamespace, `{"createSnapshot": {"code": "ResourceExhausted", "message": "full", "times": 2}}`)
	for range 2 {
		_, err := s.CreateSnapshot(context.Background(), snapshotReq("s", v.ID))
		wantCode(t, err, codes.ResourceExhausted)
		if n := len(s.store.snapshots.all()); n != 0 {
			t.Fatalf("%d snapshots were made", n)
		}
	}
	mustSnapshot(t, s, snapshotReq("s", v.ID))
}

func TestCreateSnapshotFailsByClass(t *testing.T) {
	s := newTestDriver(t)
	v := mustVolume(t, s, volumeReq("a", modeFilesystem))
	req := snapshotReq("s", v.ID)
	req.Parameters[paramSnapshotCode] = "Internal"
	_, err := s.CreateSnapshot(context.Background(), req)
	wantCode(t, err, codes.Internal)
	req.Parameters = map[string]string{"snapshotreadyafter": "1s"}
	_, err = s.CreateSnapshot(context.Background(), req)
	wantCode(t, err, codes.InvalidArgument)
}

func TestOtherNamespacesAreSpared(t *testing.T) {
	s := newTestDriver(t)
	v := mustVolume(t, s, volumeReq("a", modeFilesystem))
	setFaults(t, s, "team-b", `{"createSnapshot": {"code": "Internal"}}`)
	mustSnapshot(t, s, snapshotReq("s", v.ID))
}

func TestCreateSnapshotAnswerLost(t *testing.T) {
	s := newTestDriver(t)
	v := mustVolume(t, s, volumeReq("a", modeFilesystem))
	setFaults(t, s, testNamespace, `{"createSnapshotAnswerLost": 2}`)
	for range 2 {
		_, err := s.CreateSnapshot(context.Background(), snapshotReq("s", v.ID))
		wantCode(t, err, codes.Unavailable)
	}
	made, ok := s.store.snapshots.named("s")
	if !ok {
		t.Fatal("the work was not done")
	}
	if snap := mustSnapshot(t, s, snapshotReq("s", v.ID)); snap.ID != made.ID {
		t.Errorf("made %s, then answered %s", made.ID, snap.ID)
	}
}

func TestCreateSnapshotHang(t *testing.T) {
	s := newTestDriver(t)
	v := mustVolume(t, s, volumeReq("a", modeFilesystem))
	setFaults(t, s, testNamespace, `{"createSnapshotHang": true}`)
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	start := time.Now()
	_, err := s.CreateSnapshot(ctx, snapshotReq("s", v.ID))
	wantCode(t, err, codes.DeadlineExceeded)
	if took := time.Since(start); took < 100*time.Millisecond {
		t.Errorf("it hung for %s only", took)
	}
	if _, ok := s.store.snapshots.named("s"); ok {
		t.Error("it did something")
	}
}

func TestRestoreSizeExtraBytes(t *testing.T) {
	s := newTestDriver(t)
	v := mustVolume(t, s, volumeReq("a", modeFilesystem))
	setFaults(t, s, testNamespace, `{"restoreSizeExtraBytes": 1048576}`)
	resp, err := s.CreateSnapshot(context.Background(), snapshotReq("s", v.ID))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := resp.GetSnapshot().GetSizeBytes(), v.CapacityBytes+mebibyte; got != want {
		t.Errorf("size is %d, want %d", got, want)
	}
	_, err = s.CreateVolume(context.Background(), restoreReq("r", modeFilesystem, resp.GetSnapshot().GetSnapshotId()))
	wantCode(t, err, codes.OutOfRange)
}

func TestSnapshotLimit(t *testing.T) {
	s := newTestDriver(t)
	v := mustVolume(t, s, volumeReq("a", modeFilesystem))
	setFaults(t, s, testNamespace, `{"snapshotLimit": 2}`)
	errs := make(chan error)
	for _, name := range []string{"1", "2", "3", "4"} {
		go func() {
			_, err := s.CreateSnapshot(context.Background(), snapshotReq(name, v.ID))
			errs <- err
		}()
	}
	refused := 0
	for range 4 {
		if err := <-errs; err != nil {
			wantCode(t, err, codes.ResourceExhausted)
			refused++
		}
	}
	if refused != 2 {
		t.Errorf("%d of 4 were refused", refused)
	}
	made := s.store.snapshots.all()[0]
	mustSnapshot(t, s, snapshotReq(made.Name, v.ID)) // a poll is not a further snapshot
	other := mustVolume(t, s, volumeReq("b", modeFilesystem))
	mustSnapshot(t, s, snapshotReq("of-b", other.ID)) // the limit is per volume
}

func TestSnapshotsDieWithVolume(t *testing.T) {
	s := newTestDriver(t)
	v := mustVolume(t, s, volumeReq("a", modeFilesystem))
	other := mustVolume(t, s, volumeReq("b", modeFilesystem))
	snap := mustSnapshot(t, s, snapshotReq("s", v.ID))
	kept := mustSnapshot(t, s, snapshotReq("of-b", other.ID))
	setFaults(t, s, testNamespace, `{"snapshotsDieWithVolume": true}`)
	if _, err := s.DeleteVolume(context.Background(), &csi.DeleteVolumeRequest{VolumeId: v.ID}); err != nil {
		t.Fatal(err)
	}
	if listed(t, s, snap.ID) != nil || listed(t, s, kept.ID) == nil {
		t.Error("the wrong snapshots survived")
	}
}

func TestSnapshotsOutliveTheirVolume(t *testing.T) {
	s := newTestDriver(t)
	v := mustVolume(t, s, volumeReq("a", modeFilesystem))
	write(t, filepath.Join(s.store.volumeBytes(v), "file"), "bytes")
	snap := mustSnapshot(t, s, snapshotReq("s", v.ID))
	if _, err := s.DeleteVolume(context.Background(), &csi.DeleteVolumeRequest{VolumeId: v.ID}); err != nil {
		t.Fatal(err)
	}
	mustSnapshot(t, s, snapshotReq("s", v.ID)) // a late poll
	restored := mustVolume(t, s, restoreReq("r", modeFilesystem, snap.ID))
	wantContent(t, filepath.Join(s.store.volumeBytes(restored), "file"), "bytes")
}

func TestSnapshotOfWrongVolume(t *testing.T) {
	s := newTestDriver(t)
	foreign := volumeReq("foreign", modeFilesystem)
	foreign.Parameters[claimNamespaceKey] = "team-b"
	mustVolume(t, s, foreign)
	right := mustVolume(t, s, volumeReq("right", modeFilesystem))
	setFaults(t, s, testNamespace, `{"snapshotOfWrongVolume": true}`)
	wrong := mustVolume(t, s, volumeReq("wrong", modeFilesystem))
	write(t, filepath.Join(s.store.volumeBytes(right), "file"), "right")
	write(t, filepath.Join(s.store.volumeBytes(wrong), "file"), "wrong")
	snap := mustSnapshot(t, s, snapshotReq("s", right.ID))
	wantContent(t, filepath.Join(s.store.snapshotBytes(snap), "file"), "wrong")
	if got := listed(t, s, snap.ID).GetSourceVolumeId(); got != wrong.ID {
		t.Errorf("reports volume %s, want %s", got, wrong.ID)
	}
	mustSnapshot(t, s, snapshotReq("s", right.ID)) // polls still ask for the right one
	_, err := s.CreateSnapshot(context.Background(), snapshotReq("s", wrong.ID))
	wantCode(t, err, codes.AlreadyExists)
}

func TestPickWrongVolume(t *testing.T) {
	at := func(minute int) time.Time { return time.Date(2026, 1, 1, 0, minute, 0, 0, time.UTC) }
	right := volume{ID: "right", Namespace: "a", Mode: modeFilesystem, CreatedAt: at(0)}
	block := volume{ID: "block", Namespace: "a", Mode: modeBlock, CreatedAt: at(1)}
	far := volume{ID: "far", Namespace: "b", Mode: modeFilesystem, CreatedAt: at(2)}
	near := volume{ID: "near", Namespace: "a", Mode: modeFilesystem, CreatedAt: at(3)}
	nearLater := volume{ID: "a-near", Namespace: "a", Mode: modeFilesystem, CreatedAt: at(4)}
	for want, volumes := range map[string][]volume{
		"near": {nearLater, right, far, near, block},
		"far":  {right, far, block},
		"":     {right, block},
	} {
		got, ok := pickWrongVolume(volumes, right)
		if got.ID != want || ok != (want != "") {
			t.Errorf("got %q, %t, want %q", got.ID, ok, want)
		}
	}
}

func TestDeleteSnapshotRefused(t *testing.T) {
	s := newTestDriver(t)
	v := mustVolume(t, s, volumeReq("a", modeFilesystem))
	snap := mustSnapshot(t, s, snapshotReq("s", v.ID))
	setFaults(t, s, testNamespace, `{"deleteSnapshot": {"code": "FailedPrecondition", "message": "busy", "times": 1}}`)
	_, err := s.DeleteSnapshot(context.Background(), &csi.DeleteSnapshotRequest{SnapshotId: snap.ID})
	wantCode(t, err, codes.FailedPrecondition)
	if listed(t, s, snap.ID) == nil {
		t.Error("it was deleted all the same")
	}
	if _, err := s.DeleteSnapshot(context.Background(), &csi.DeleteSnapshotRequest{SnapshotId: snap.ID}); err != nil {
		t.Error(err)
	}
}

func TestATypoFailsEveryCallOfItsNamespace(t *testing.T) {
	s := newTestDriver(t)
	v := mustVolume(t, s, volumeReq("a", modeFilesystem))
	snap := mustSnapshot(t, s, snapshotReq("s", v.ID))
	setFaults(t, s, testNamespace, `{"createSnapshotHangs": true}`)
	ctx := context.Background()
	_, create := s.CreateVolume(ctx, volumeReq("a", modeFilesystem))
	_, remove := s.DeleteVolume(ctx, &csi.DeleteVolumeRequest{VolumeId: v.ID})
	_, take := s.CreateSnapshot(ctx, snapshotReq("s", v.ID))
	_, drop := s.DeleteSnapshot(ctx, &csi.DeleteSnapshotRequest{SnapshotId: snap.ID})
	_, list := s.ListSnapshots(ctx, &csi.ListSnapshotsRequest{SnapshotId: snap.ID})
	for call, err := range map[string]error{"CreateVolume": create, "DeleteVolume": remove, "CreateSnapshot": take, "DeleteSnapshot": drop, "ListSnapshots": list} {
		wantCode(t, err, codes.Internal)
		if err == nil || !strings.Contains(err.Error(), `"createSnapshotHangs"`) {
			t.Errorf("%s: %v does not name the key", call, err)
		}
	}
}
