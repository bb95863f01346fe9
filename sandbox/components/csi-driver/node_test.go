// Tests of publishing with real mounts and loop devices, which need root; they are skipped by name without.
// Each leaves the machine as it was, and checks that.

package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/container-storage-interface/spec/lib/go/csi"
	"golang.org/x/sys/unix"
	"google.golang.org/grpc/codes"
)

type publishing struct {
	*testing.T
	controller *controllerService
	node       *nodeService
	targets    string
}

func newPublishing(t *testing.T) publishing {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("mounting needs root")
	}
	controller := newTestDriver(t)
	p := publishing{T: t, controller: controller, node: &nodeService{driver: controller.driver}, targets: t.TempDir()}
	t.Cleanup(func() {
		for _, v := range controller.store.volumes.all() {
			if target, err := controller.publishedAt(v); err != nil || target != "" {
				t.Errorf("%s is still published at %s (%v)", v.ID, target, err)
			}
			if loops, err := loopsOf(controller.store.volumeImage(v.ID)); err != nil || len(loops) > 0 {
				t.Errorf("loop devices are left: %v (%v)", loops, err)
			}
		}
	})
	return p
}

func (p publishing) request(v volume, target string) *csi.NodePublishVolumeRequest {
	return &csi.NodePublishVolumeRequest{VolumeId: v.ID, TargetPath: filepath.Join(p.targets, target), VolumeCapability: capability(v.Mode)}
}

func (p publishing) must(req *csi.NodePublishVolumeRequest) string {
	p.Helper()
	if _, err := p.node.NodePublishVolume(context.Background(), req); err != nil {
		p.Fatal(err)
	}
	// A failing test must not leave mounts; unpublishing twice is fine.
	p.Cleanup(func() { p.unpublish(req) })
	return req.GetTargetPath()
}

func (p publishing) unpublish(req *csi.NodePublishVolumeRequest) {
	p.Helper()
	_, err := p.node.NodeUnpublishVolume(context.Background(), &csi.NodeUnpublishVolumeRequest{VolumeId: req.GetVolumeId(), TargetPath: req.GetTargetPath()})
	if err != nil {
		p.Error(err)
	}
	if _, err := os.Lstat(req.GetTargetPath()); !errors.Is(err, os.ErrNotExist) {
		p.Errorf("%s is still there", req.GetTargetPath())
	}
}

func TestPublishDirectory(t *testing.T) {
	p := newPublishing(t)
	v := mustVolume(t, p.controller, volumeReq("a", modeFilesystem))
	req := p.request(v, "rw")
	target := p.must(req)
	p.must(req)
	write(t, filepath.Join(target, "file"), "bytes")
	wantContent(t, filepath.Join(p.controller.store.volumeBytes(v), "file"), "bytes")

	other := p.request(v, "rw")
	other.Readonly = true
	_, err := p.node.NodePublishVolume(context.Background(), other)
	wantCode(t, err, codes.AlreadyExists)

	readOnly := p.request(v, "ro")
	readOnly.Readonly = true
	if err := os.WriteFile(filepath.Join(p.must(readOnly), "file"), nil, 0o644); !errors.Is(err, unix.EROFS) {
		t.Errorf("writing to a read-only volume: %v", err)
	}
	_, err = p.controller.DeleteVolume(context.Background(), &csi.DeleteVolumeRequest{VolumeId: v.ID})
	wantCode(t, err, codes.FailedPrecondition)

	p.unpublish(readOnly)
	p.unpublish(req)
	if _, err := p.controller.DeleteVolume(context.Background(), &csi.DeleteVolumeRequest{VolumeId: v.ID}); err != nil {
		t.Error(err)
	}
	p.unpublish(req) // the volume is gone by now
}

func TestPublishWithMountOptions(t *testing.T) {
	p := newPublishing(t)
	v := mustVolume(t, p.controller, volumeReq("a", modeFilesystem))
	req := p.request(v, "x")
	req.VolumeCapability.GetMount().MountFlags = []string{"noexec", "discard"}
	_, err := p.node.NodePublishVolume(context.Background(), req)
	wantCode(t, err, codes.InvalidArgument)
	req.VolumeCapability.GetMount().MountFlags = []string{"noexec", "ro"}
	if m, err := mountAt(p.must(req)); err != nil || m == nil || !m.readOnly {
		t.Errorf("mounted as %+v, %v", m, err)
	}
}

func TestPublishDevice(t *testing.T) {
	p := newPublishing(t)
	v := mustVolume(t, p.controller, volumeReq("a", modeBlock))
	first, second := p.request(v, "pods/first/dev"), p.request(v, "second")
	device := p.must(first)
	p.must(first)
	p.must(second)
	if loops, err := loopsOf(p.controller.store.volumeImage(v.ID)); err != nil || len(loops) != 1 {
		t.Errorf("two publications have %v, %v", loops, err)
	}
	writeAt(t, device, mebibyte, "through the device")

	// The snapshot is taken while the device is in use and has not been synced by its user.
	snap := mustSnapshot(t, p.controller, snapshotReq("s", v.ID))
	if got := readAt(t, p.controller.store.snapshotBytes(snap), mebibyte, 18); got != "through the device" {
		t.Errorf("the snapshot holds %q", got)
	}
	restored := mustVolume(t, p.controller, restoreReq("r", modeBlock, snap.ID))
	readOnly := p.request(restored, "restored")
	readOnly.Readonly = true
	if got := readAt(t, p.must(readOnly), mebibyte, 18); got != "through the device" {
		t.Errorf("the restored device holds %q", got)
	}
	if f, err := os.OpenFile(readOnly.GetTargetPath(), os.O_WRONLY, 0); err == nil {
		if _, err := f.Write([]byte("x")); err == nil && f.Sync() == nil {
			t.Error("a read-only device can be written")
		}
		f.Close()
	}

	p.unpublish(first)
	if got := readAt(t, second.GetTargetPath(), mebibyte, 18); got != "through the device" {
		t.Errorf("the second publication holds %q", got)
	}
	p.unpublish(second)
	if loops, err := loopsOf(p.controller.store.volumeImage(v.ID)); err != nil || len(loops) != 0 {
		t.Errorf("still attached: %v, %v", loops, err)
	}
}

func TestADeviceInUseGrows(t *testing.T) {
	p := newPublishing(t)
	v := mustVolume(t, p.controller, volumeReq("a", modeBlock))
	device := p.must(p.request(v, "dev"))
	_, err := p.controller.ControllerExpandVolume(context.Background(), &csi.ControllerExpandVolumeRequest{
		VolumeId: v.ID, CapacityRange: &csi.CapacityRange{RequiredBytes: 8 * mebibyte},
	})
	if err != nil {
		t.Fatal(err)
	}
	writeAt(t, device, 8*mebibyte-3, "end")
}

func TestAStartDetachesForgottenDevices(t *testing.T) {
	p := newPublishing(t)
	used := mustVolume(t, p.controller, volumeReq("used", modeBlock))
	p.must(p.request(used, "dev"))
	forgotten := mustVolume(t, p.controller, volumeReq("forgotten", modeBlock))
	if _, err := attachLoop(p.controller.store.volumeImage(forgotten.ID), false); err != nil {
		t.Fatal(err)
	}
	p.controller.sweepLoops()
	if loops, err := loopsOf(p.controller.store.volumeImage(forgotten.ID)); err != nil || len(loops) != 0 {
		t.Errorf("the forgotten device is still attached: %v, %v", loops, err)
	}
	if loops, err := loopsOf(p.controller.store.volumeImage(used.ID)); err != nil || len(loops) != 1 {
		t.Errorf("the used device: %v, %v", loops, err)
	}
}

func TestUnpublishKeepsWhatIsNotOurs(t *testing.T) {
	p := newPublishing(t)
	dir := filepath.Join(p.targets, "x")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "file"), "bytes")
	_, err := p.node.NodeUnpublishVolume(context.Background(), &csi.NodeUnpublishVolumeRequest{VolumeId: "vol-x", TargetPath: dir})
	if err == nil {
		t.Error("no error")
	}
	wantContent(t, filepath.Join(dir, "file"), "bytes")
}

func TestParseMount(t *testing.T) {
	m, err := parseMount(`36 35 98:0 /state/volumes/vol-1/data/sub /mnt/a\040b ro,noatime master:1 - ext4 /dev/sda rw`)
	if err != nil || m != (mount{root: "/state/volumes/vol-1/data/sub", point: "/mnt/a b", readOnly: true}) {
		t.Errorf("%+v, %v", m, err)
	}
	if !m.shows("vol-1") || m.shows("vol-") || m.shows("vol-11") {
		t.Error("shows the wrong volumes")
	}
	if _, err := parseMount("36 35"); err == nil {
		t.Error("no error for half a line")
	}
}
