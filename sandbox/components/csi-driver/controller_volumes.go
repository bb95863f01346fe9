// DeleteVolume, ListVolumes, ControllerExpandVolume, and how a volume is described in answers.
// A volume that is published on the node, or being copied, is not deleted.

package main

import (
	"context"
	"os"

	"github.com/container-storage-interface/spec/lib/go/csi"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

func (s *controllerService) DeleteVolume(_ context.Context, req *csi.DeleteVolumeRequest) (*csi.DeleteVolumeResponse, error) {
	if req.GetVolumeId() == "" {
		return nil, missing("volume id")
	}
	v, ok := s.store.volumes.get(req.GetVolumeId())
	if !ok {
		return &csi.DeleteVolumeResponse{}, nil
	}
	faults, err := s.faults.forNamespace(v.Namespace)
	if err != nil {
		return nil, err
	}
	if err := faults.refuse("deleteVolume", faults.DeleteVolume); err != nil {
		return nil, err
	}
	if err := s.removeVolume(v, faults.SnapshotsDieWithVolume); err != nil {
		return nil, err
	}
	return &csi.DeleteVolumeResponse{}, nil
}

func (s *controllerService) removeVolume(v volume, withSnapshots bool) error {
	s.publishing.Lock()
	defer s.publishing.Unlock()
	if target, err := s.publishedAt(v); err != nil {
		return asStatus(err)
	} else if target != "" {
		return status.Errorf(codes.FailedPrecondition, "volume %s is in use: published at %s", v.ID, target)
	}
	// A driver that was killed while publishing may have left a device.
	if err := s.detachUnused(v.ID); err != nil {
		return asStatus(err)
	}
	if withSnapshots {
		for _, snap := range s.store.snapshots.all() {
			if snap.SourceVolume != v.ID {
				continue
			}
			if err := removalError(snap.ID, s.store.snapshots.remove(snap.ID)); err != nil {
				return err
			}
		}
	}
	return removalError(v.ID, s.store.volumes.remove(v.ID))
}

func (s *controllerService) ListVolumes(_ context.Context, req *csi.ListVolumesRequest) (*csi.ListVolumesResponse, error) {
	volumes, next, err := page(s.store.volumes.all(), req.GetStartingToken(), s.store.volumes.idPrefix, req.GetMaxEntries())
	if err != nil {
		return nil, err
	}
	resp := &csi.ListVolumesResponse{NextToken: next}
	for _, v := range volumes {
		resp.Entries = append(resp.Entries, &csi.ListVolumesResponse_Entry{Volume: s.describeVolume(v)})
	}
	return resp, nil
}

// ControllerExpandVolume grows the record and, for a device, its file. The node has nothing to do.
func (s *controllerService) ControllerExpandVolume(_ context.Context, req *csi.ControllerExpandVolumeRequest) (*csi.ControllerExpandVolumeResponse, error) {
	if req.GetVolumeId() == "" {
		return nil, missing("volume id")
	}
	if req.GetCapacityRange() == nil {
		return nil, missing("capacity range")
	}
	if err := checkRange(req.GetCapacityRange()); err != nil {
		return nil, err
	}
	v, release, ok := s.store.volumes.hold(req.GetVolumeId())
	if !ok {
		return nil, noVolume(req.GetVolumeId())
	}
	defer release()
	size, err := limited(max(req.GetCapacityRange().GetRequiredBytes(), v.CapacityBytes), req.GetCapacityRange().GetLimitBytes(), v.Mode)
	if err != nil {
		return nil, err
	}
	v, err = s.store.volumes.update(v.ID, func(v *volume) {
		// Another call may have grown it further since.
		v.CapacityBytes = max(v.CapacityBytes, size)
	})
	if err != nil {
		return nil, asStatus(err)
	}
	if v.Mode == modeBlock {
		if err := s.growImage(v); err != nil {
			return nil, asStatus(err)
		}
	}
	return &csi.ControllerExpandVolumeResponse{CapacityBytes: v.CapacityBytes}, nil
}

func (s *controllerService) growImage(v volume) error {
	info, err := os.Stat(s.store.volumeBytes(v))
	if err != nil {
		return err
	}
	if info.Size() < v.CapacityBytes {
		if err := os.Truncate(s.store.volumeBytes(v), v.CapacityBytes); err != nil {
			return err
		}
	}
	return s.resizeAll(v.ID)
}

func (s *controllerService) describeVolume(v volume) *csi.Volume {
	described := &csi.Volume{VolumeId: v.ID, CapacityBytes: v.CapacityBytes}
	// The provisioner deletes a volume whose answer does not name the source that was asked for.
	switch {
	case v.SourceSnapshot != "":
		described.ContentSource = &csi.VolumeContentSource{Type: &csi.VolumeContentSource_Snapshot{
			Snapshot: &csi.VolumeContentSource_SnapshotSource{SnapshotId: v.SourceSnapshot},
		}}
	case v.SourceVolume != "":
		described.ContentSource = &csi.VolumeContentSource{Type: &csi.VolumeContentSource_Volume{
			Volume: &csi.VolumeContentSource_VolumeSource{VolumeId: v.SourceVolume},
		}}
	}
	if here := s.conf.here(); here != nil {
		described.AccessibleTopology = []*csi.Topology{here}
	}
	return described
}
