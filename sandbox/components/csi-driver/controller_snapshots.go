// DeleteSnapshot, ListSnapshots, and how a snapshot is described in answers.
// Whether it is ready is worked out anew each time, from its age and the faults that hold now.

package main

import (
	"context"
	"time"

	"github.com/container-storage-interface/spec/lib/go/csi"
	"google.golang.org/protobuf/types/known/timestamppb"
)

func (s *controllerService) DeleteSnapshot(_ context.Context, req *csi.DeleteSnapshotRequest) (*csi.DeleteSnapshotResponse, error) {
	if req.GetSnapshotId() == "" {
		return nil, missing("snapshot id")
	}
	snap, ok := s.store.snapshots.get(req.GetSnapshotId())
	if !ok {
		return &csi.DeleteSnapshotResponse{}, nil
	}
	faults, err := s.faults.forNamespace(snap.Namespace)
	if err != nil {
		return nil, err
	}
	if err := faults.refuse("deleteSnapshot", faults.DeleteSnapshot); err != nil {
		return nil, err
	}
	if err := removalError(snap.ID, s.store.snapshots.remove(snap.ID)); err != nil {
		return nil, err
	}
	return &csi.DeleteSnapshotResponse{}, nil
}

func (s *controllerService) ListSnapshots(_ context.Context, req *csi.ListSnapshotsRequest) (*csi.ListSnapshotsResponse, error) {
	var matching []snapshot
	for _, snap := range s.store.snapshots.all() {
		if req.GetSnapshotId() != "" && req.GetSnapshotId() != snap.ID ||
			req.GetSourceVolumeId() != "" && req.GetSourceVolumeId() != snap.SourceVolume {
			continue
		}
		matching = append(matching, snap)
	}
	snapshots, next, err := page(matching, req.GetStartingToken(), s.store.snapshots.idPrefix, req.GetMaxEntries())
	if err != nil {
		return nil, err
	}
	resp := &csi.ListSnapshotsResponse{NextToken: next}
	for _, snap := range snapshots {
		ready, err := s.isReady(snap)
		if err != nil {
			return nil, err
		}
		resp.Entries = append(resp.Entries, &csi.ListSnapshotsResponse_Entry{Snapshot: describeSnapshot(snap, ready)})
	}
	return resp, nil
}

// isReady is for calls that carry no class: the parameters are those the snapshot was made with.
func (s *controllerService) isReady(snap snapshot) (bool, error) {
	faults, err := s.faults.forNamespace(snap.Namespace)
	if err != nil {
		return false, err
	}
	class, err := parseParameters(snap.Parameters)
	if err != nil {
		return false, err
	}
	return !time.Now().Before(faults.readyAt(snap, class)), nil
}

func describeSnapshot(snap snapshot, ready bool) *csi.Snapshot {
	return &csi.Snapshot{
		SnapshotId:     snap.ID,
		SourceVolumeId: snap.SourceVolume,
		SizeBytes:      snap.SizeBytes,
		CreationTime:   timestamppb.New(snap.CreatedAt),
		ReadyToUse:     ready,
	}
}
