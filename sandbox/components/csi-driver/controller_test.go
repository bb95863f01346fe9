// Tests of what csi-sanity does not look at: sizes, sources, pages, topology, work that outlives its caller.
// Everything else about the interface is the sanity suite's business.

package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/container-storage-interface/spec/lib/go/csi"
	"google.golang.org/grpc/codes"
)

func TestSizes(t *testing.T) {
	for _, c := range []struct {
		required, limit, source, want int64
		mode                          volumeMode
		code                          codes.Code
	}{
		{want: defaultVolumeBytes, mode: modeFilesystem},
		{limit: 5000, want: 5000, mode: modeFilesystem},
		{required: 1000, want: 1000, mode: modeFilesystem},
		{required: 1000, want: 1024, mode: modeBlock},
		{required: 1000, limit: 1000, mode: modeBlock, code: codes.OutOfRange},
		{source: 3000, want: 3000, mode: modeFilesystem},
		{required: 2000, source: 3000, mode: modeFilesystem, code: codes.OutOfRange},
		{required: maxVolumeBytes + 1, mode: modeFilesystem, code: codes.OutOfRange},
	} {
		got, err := sizeFor(&csi.CapacityRange{RequiredBytes: c.required, LimitBytes: c.limit}, c.mode, c.source)
		wantCode(t, err, c.code)
		if got != c.want {
			t.Errorf("%+v: got %d", c, got)
		}
	}
	wantCode(t, checkRange(&csi.CapacityRange{RequiredBytes: 2, LimitBytes: 1}), codes.InvalidArgument)
	wantCode(t, checkRange(&csi.CapacityRange{RequiredBytes: -1}), codes.InvalidArgument)
}

func TestSourcesOfTheOtherMode(t *testing.T) {
	s := newTestDriver(t)
	v := mustVolume(t, s, volumeReq("a", modeFilesystem))
	snap := mustSnapshot(t, s, snapshotReq("s", v.ID))
	_, err := s.CreateVolume(context.Background(), restoreReq("r", modeBlock, snap.ID))
	wantCode(t, err, codes.InvalidArgument)
	if _, err := s.DeleteSnapshot(context.Background(), &csi.DeleteSnapshotRequest{SnapshotId: snap.ID}); err != nil {
		t.Errorf("the refused restore still holds the snapshot: %v", err)
	}
}

func TestCloneIsIndependent(t *testing.T) {
	s := newTestDriver(t)
	v := mustVolume(t, s, volumeReq("a", modeFilesystem))
	write(t, filepath.Join(s.store.volumeBytes(v), "file"), "before")
	req := volumeReq("clone", modeFilesystem)
	req.VolumeContentSource = &csi.VolumeContentSource{Type: &csi.VolumeContentSource_Volume{
		Volume: &csi.VolumeContentSource_VolumeSource{VolumeId: v.ID},
	}}
	clone := mustVolume(t, s, req)
	write(t, filepath.Join(s.store.volumeBytes(v), "file"), "after")
	wantContent(t, filepath.Join(s.store.volumeBytes(clone), "file"), "before")
	if clone.SourceVolume != v.ID {
		t.Errorf("the record names %q as source", clone.SourceVolume)
	}
}

func TestAnybodyMayWriteToANewVolume(t *testing.T) {
	s := newTestDriver(t)
	v := mustVolume(t, s, volumeReq("a", modeFilesystem))
	if info, err := os.Stat(s.store.volumeBytes(v)); err != nil || info.Mode().Perm() != 0o777 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}

func TestPages(t *testing.T) {
	all := []volume{{ID: "vol-1"}, {ID: "vol-2"}, {ID: "vol-3"}, {ID: "vol-5"}}
	first, token, err := page(all, "", "vol-", 2)
	if err != nil || len(first) != 2 || token != "vol-3" {
		t.Errorf("%v, %q, %v", first, token, err)
	}
	rest, token, err := page(append(all[:2:2], all[3]), token, "vol-", 0) // vol-3 was deleted meanwhile
	if err != nil || len(rest) != 1 || rest[0].ID != "vol-5" || token != "" {
		t.Errorf("%v, %q, %v", rest, token, err)
	}
	if none, _, err := page(all, "vol-9", "vol-", 2); err != nil || len(none) != 0 {
		t.Errorf("%v, %v", none, err)
	}
	_, _, err = page(all, "2", "vol-", 0)
	wantCode(t, err, codes.Aborted)
}

func TestTopology(t *testing.T) {
	s := newTestDriver(t)
	s.conf.topology = true
	elsewhere := &csi.Topology{Segments: map[string]string{topologyKey: "n2"}}
	req := volumeReq("a", modeFilesystem)
	req.AccessibilityRequirements = &csi.TopologyRequirement{Requisite: []*csi.Topology{elsewhere}}
	_, err := s.CreateVolume(context.Background(), req)
	wantCode(t, err, codes.ResourceExhausted)
	req.AccessibilityRequirements.Requisite = append(req.AccessibilityRequirements.Requisite, s.conf.here())
	resp, err := s.CreateVolume(context.Background(), req)
	if err != nil || resp.GetVolume().GetAccessibleTopology()[0].GetSegments()[topologyKey] != "n1" {
		t.Errorf("%v, %v", resp, err)
	}
	if capacity, err := s.GetCapacity(context.Background(), &csi.GetCapacityRequest{AccessibleTopology: elsewhere}); err != nil || capacity.GetAvailableCapacity() != 0 {
		t.Errorf("capacity elsewhere: %v, %v", capacity, err)
	}
}

func TestExpandDoesNotShrink(t *testing.T) {
	s := newTestDriver(t)
	v := mustVolume(t, s, volumeReq("a", modeBlock))
	for asked, want := range map[int64]int64{mebibyte: 4 * mebibyte, 6 * mebibyte: 6 * mebibyte} {
		resp, err := s.ControllerExpandVolume(context.Background(), &csi.ControllerExpandVolumeRequest{
			VolumeId: v.ID, CapacityRange: &csi.CapacityRange{RequiredBytes: asked},
		})
		if err != nil || resp.GetCapacityBytes() < want {
			t.Errorf("asked for %d: %v, %v", asked, resp, err)
		}
	}
	if info, err := os.Stat(s.store.volumeBytes(v)); err != nil || info.Size() != 6*mebibyte {
		t.Errorf("the image has %d bytes, %v", info.Size(), err)
	}
}

func TestAFlightIsJoinedAndOutlivesItsCaller(t *testing.T) {
	f := newFlights()
	started, finish := make(chan struct{}), make(chan struct{})
	runs := 0
	work := func() error {
		runs++
		close(started)
		<-finish
		return errors.New("the result")
	}
	impatient, cancel := context.WithCancel(context.Background())
	go func() { <-started; cancel() }()
	wantCode(t, f.do(impatient, "key", work), codes.DeadlineExceeded)
	time.AfterFunc(20*time.Millisecond, func() { close(finish) })
	if err := f.do(context.Background(), "key", work); err == nil || err.Error() != "the result" {
		t.Errorf("got %v", err)
	}
	if runs != 1 {
		t.Errorf("the work ran %d times", runs)
	}
}

func TestFlags(t *testing.T) {
	conf, err := parseFlags([]string{"--endpoint", "unix:///run/csi.sock", "--state-dir", "/state"})
	if err != nil || conf.endpoint != "/run/csi.sock" || conf.driverName != "csi.sandbox.test" || conf.nodeID != "n1" || conf.topology {
		t.Errorf("%+v, %v", conf, err)
	}
	for _, wrong := range [][]string{
		{"--endpoint", "csi.sock", "--state-dir", "/state"}, {"--endpoint", "/csi.sock"}, {"--endpoint", "/csi.sock", "--state-dir", "/s", "extra"},
	} {
		if _, err := parseFlags(wrong); err == nil {
			t.Errorf("%v: no error", wrong)
		}
	}
}
