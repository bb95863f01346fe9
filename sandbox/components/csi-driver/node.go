// CSI's Node service: a Filesystem volume is a bind mount of its directory, a Block volume a loop device on its image.
// There is no staging; publishing the same twice and unpublishing what is not there both succeed.

package main

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/container-storage-interface/spec/lib/go/csi"
	"golang.org/x/sys/unix"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

type nodeService struct {
	csi.UnimplementedNodeServer
	*driver
}

// mountFlags are the mount options of a class that mean something for a bind mount.
var mountFlags = map[string]uintptr{
	"rw": 0, "ro": unix.MS_RDONLY,
	"nosuid": unix.MS_NOSUID, "nodev": unix.MS_NODEV, "noexec": unix.MS_NOEXEC,
	"noatime": unix.MS_NOATIME, "nodiratime": unix.MS_NODIRATIME, "relatime": unix.MS_RELATIME,
}

func (s *nodeService) NodeGetInfo(context.Context, *csi.NodeGetInfoRequest) (*csi.NodeGetInfoResponse, error) {
	return &csi.NodeGetInfoResponse{NodeId: s.conf.nodeID, AccessibleTopology: s.conf.here()}, nil
}

func (s *nodeService) NodeGetCapabilities(context.Context, *csi.NodeGetCapabilitiesRequest) (*csi.NodeGetCapabilitiesResponse, error) {
	return &csi.NodeGetCapabilitiesResponse{}, nil
}

func (s *nodeService) NodePublishVolume(_ context.Context, req *csi.NodePublishVolumeRequest) (*csi.NodePublishVolumeResponse, error) {
	if req.GetVolumeId() == "" {
		return nil, missing("volume id")
	}
	if req.GetTargetPath() == "" {
		return nil, missing("target path")
	}
	if !filepath.IsAbs(req.GetTargetPath()) {
		return nil, status.Errorf(codes.InvalidArgument, "target path %s is not absolute", req.GetTargetPath())
	}
	if req.GetVolumeCapability() == nil {
		return nil, missing("volume capability")
	}
	mode, err := modeOf(req.GetVolumeCapability())
	if err != nil {
		return nil, err
	}
	var flags uintptr
	for _, option := range req.GetVolumeCapability().GetMount().GetMountFlags() {
		flag, ok := mountFlags[option]
		if !ok {
			return nil, status.Errorf(codes.InvalidArgument, "mount option %q is not supported", option)
		}
		flags |= flag
	}
	if req.GetReadonly() || readsOnly(req.GetVolumeCapability()) {
		flags |= unix.MS_RDONLY
	}

	s.publishing.Lock()
	defer s.publishing.Unlock()
	v, ok := s.store.volumes.get(req.GetVolumeId())
	if !ok {
		return nil, noVolume(req.GetVolumeId())
	}
	if v.Mode != mode {
		return nil, status.Errorf(codes.InvalidArgument, "volume %s has mode %s, not %s", v.ID, v.Mode, mode)
	}
	if err := s.publish(v, req.GetTargetPath(), flags); err != nil {
		return nil, asStatus(err)
	}
	return &csi.NodePublishVolumeResponse{}, nil
}

func (s *nodeService) NodeUnpublishVolume(_ context.Context, req *csi.NodeUnpublishVolumeRequest) (*csi.NodeUnpublishVolumeResponse, error) {
	if req.GetVolumeId() == "" {
		return nil, missing("volume id")
	}
	if req.GetTargetPath() == "" {
		return nil, missing("target path")
	}
	s.publishing.Lock()
	defer s.publishing.Unlock()
	if err := s.unpublish(req.GetVolumeId(), req.GetTargetPath()); err != nil {
		return nil, asStatus(err)
	}
	return &csi.NodeUnpublishVolumeResponse{}, nil
}

func readsOnly(capability *csi.VolumeCapability) bool {
	switch capability.GetAccessMode().GetMode() {
	case csi.VolumeCapability_AccessMode_SINGLE_NODE_READER_ONLY, csi.VolumeCapability_AccessMode_MULTI_NODE_READER_ONLY:
		return true
	}
	return false
}

// publish makes the volume appear at target, which may already be so.
func (s *nodeService) publish(v volume, target string, flags uintptr) error {
	readOnly := flags&unix.MS_RDONLY != 0
	mounted, err := mountAt(target)
	if err != nil {
		return err
	}
	if mounted != nil {
		same, err := s.isPublication(v, *mounted, readOnly)
		if err == nil && !same {
			err = status.Errorf(codes.AlreadyExists, "%s is published with something else or in another way", target)
		}
		return err
	}
	if v.Mode == modeBlock {
		err := s.publishDevice(v, target, readOnly)
		if err != nil {
			s.detachUnused(v.ID)
		}
		return err
	}
	if err := os.MkdirAll(target, 0o755); err != nil {
		return err
	}
	return bindMount(s.store.volumeBytes(v), target, flags)
}

func (s *nodeService) publishDevice(v volume, target string, readOnly bool) error {
	device, err := s.attach(v, readOnly)
	if err != nil {
		return err
	}
	if err := makeTargetFile(target); err != nil {
		return err
	}
	return bindMount(device, target, 0)
}

// isPublication tells whether a mount shows this volume in this way.
func (s *nodeService) isPublication(v volume, m mount, readOnly bool) (bool, error) {
	if v.Mode == modeFilesystem {
		return m.shows(v.ID) && m.readOnly == readOnly, nil
	}
	loops, err := loopsOf(s.store.volumeImage(v.ID))
	if err != nil {
		return false, err
	}
	for _, l := range loops {
		if m.isDevice(l.device) {
			return l.readOnly == readOnly, nil
		}
	}
	return false, nil
}

// unpublish removes the target and, with the last one, the loop device. It knows the volume by its id only: it may be gone.
func (s *nodeService) unpublish(volumeID, target string) error {
	for {
		mounted, err := mountAt(target)
		if err != nil {
			return err
		}
		if mounted == nil {
			break
		}
		if err := unix.Unmount(target, unix.UMOUNT_NOFOLLOW); err != nil {
			return &os.PathError{Op: "unmount", Path: target, Err: err}
		}
	}
	// Remove, never RemoveAll: what is still in there is somebody's data.
	if err := os.Remove(target); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return s.detachUnused(volumeID)
}

func makeTargetFile(target string) error {
	if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
		return err
	}
	f, err := os.OpenFile(target, os.O_CREATE|os.O_RDONLY, 0o644)
	if err != nil {
		return err
	}
	return f.Close()
}
