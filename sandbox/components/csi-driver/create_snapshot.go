// CreateSnapshot, which the sidecar also calls to ask whether a snapshot is ready.
// Same name, same answer: id, time and size never change, only readiness does.

package main

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/container-storage-interface/spec/lib/go/csi"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// snapshotRequest is a CreateSnapshotRequest that has been checked.
type snapshotRequest struct {
	name, namespace, volumeSnapshot string
	volumeID                        string
	parameters                      map[string]string // of the VolumeSnapshotClass over those of the volume's StorageClass
	class                           classParameters   // the same, parsed
}

func (s *controllerService) checkSnapshotRequest(req *csi.CreateSnapshotRequest) (snapshotRequest, error) {
	want := snapshotRequest{
		name:           req.GetName(),
		namespace:      req.GetParameters()[snapshotNamespaceKey],
		volumeSnapshot: req.GetParameters()[snapshotKey],
		volumeID:       req.GetSourceVolumeId(),
	}
	if want.name == "" {
		return want, missing("snapshot name")
	}
	if want.volumeID == "" {
		return want, missing("source volume id")
	}
	v, _ := s.store.volumes.get(want.volumeID)
	if want.namespace == "" { // a sidecar without --extra-create-metadata
		want.namespace = v.Namespace
	}
	want.parameters = mergeParameters(v.Parameters, ownParameters(req.GetParameters()))
	var err error
	want.class, err = parseParameters(want.parameters)
	return want, err
}

func (s *controllerService) CreateSnapshot(ctx context.Context, req *csi.CreateSnapshotRequest) (*csi.CreateSnapshotResponse, error) {
	want, err := s.checkSnapshotRequest(req)
	if err != nil {
		return nil, err
	}
	faults, err := s.faults.forNamespace(want.namespace)
	if err != nil {
		return nil, err
	}
	if faults.CreateSnapshotHang {
		return nil, hang(ctx, "CreateSnapshot")
	}
	if err := faults.refuse("createSnapshot", faults.CreateSnapshot); err != nil {
		return nil, err
	}
	if code := want.class.snapshotCode; code != nil {
		return nil, status.Errorf(*code, "CreateSnapshot fails on request of the class parameter %s", paramSnapshotCode)
	}

	if _, exists := s.store.snapshots.named(want.name); !exists {
		err := s.flights.do(ctx, "snapshot "+want.name, func() error { return s.makeSnapshot(want, faults) })
		if err != nil {
			return nil, asStatus(err)
		}
	}
	snap, ok := s.store.snapshots.named(want.name)
	if !ok {
		return nil, status.Errorf(codes.Aborted, "snapshot %s was deleted while it was being created", want.name)
	}
	if snap.RequestedVolume != want.volumeID {
		return nil, status.Errorf(codes.AlreadyExists, "snapshot %s exists as %s of another volume", want.name, snap.ID)
	}
	if faults.strikes("createSnapshotAnswerLost", faults.CreateSnapshotAnswerLost) {
		return nil, status.Errorf(codes.Unavailable, "snapshot %s was made, but the answer is lost on request", want.name)
	}
	ready := !time.Now().Before(faults.readyAt(snap, want.class))
	return &csi.CreateSnapshotResponse{Snapshot: describeSnapshot(snap, ready)}, nil
}

func (s *controllerService) makeSnapshot(want snapshotRequest, faults faultSet) error {
	if _, exists := s.store.snapshots.named(want.name); exists { // the flight before this one made it
		return nil
	}
	v, release, found := s.store.volumes.hold(want.volumeID)
	if !found {
		return noVolume(want.volumeID)
	}
	defer func() { release() }()
	if faults.SnapshotLimit != nil {
		done, ok := s.quota.reserve(v.ID, *faults.SnapshotLimit, func() int { return s.countSnapshots(v.ID) })
		if !ok {
			return status.Errorf(codes.ResourceExhausted, "volume %s has the %d snapshots it may have", v.ID, *faults.SnapshotLimit)
		}
		defer done()
	}
	if faults.SnapshotOfWrongVolume {
		if other, ok := pickWrongVolume(s.store.volumes.all(), v); ok {
			wrong, releaseWrong, found := s.store.volumes.hold(other.ID)
			if !found {
				return status.Errorf(codes.Aborted, "volume %s was deleted meanwhile", other.ID)
			}
			release()
			v, release = wrong, releaseWrong
		}
	}
	if err := s.flush(v); err != nil {
		return err
	}
	snap := snapshot{
		ID: s.store.snapshots.newID(want.name), Name: want.name, Namespace: want.namespace, VolumeSnapshot: want.volumeSnapshot,
		Mode: v.Mode, SizeBytes: v.CapacityBytes + faults.extraBytes(want.class),
		SourceVolume: v.ID, RequestedVolume: want.volumeID, Parameters: want.parameters, CreatedAt: now(),
	}
	return s.store.snapshots.build(snap, func(dir string) error {
		source, target := s.store.volumeBytes(v), filepath.Join(dir, bytesName(v.Mode))
		if v.Mode == modeFilesystem {
			return copyTree(source, target)
		}
		copied, err := copyRegular(source, target)
		if err == nil && !copied {
			err = errors.New("the image of the volume is gone")
		}
		return err
	})
}

func (s *controllerService) countSnapshots(volumeID string) int {
	count := 0
	for _, snap := range s.store.snapshots.all() {
		if snap.RequestedVolume == volumeID {
			count++
		}
	}
	return count
}

// pickWrongVolume chooses for the fault snapshotOfWrongVolume: another volume of the same mode, one of the same namespace if there
// is one, and of those the oldest. Volumes that exist for a test are in its namespace, so the test knows what it gets.
func pickWrongVolume(volumes []volume, right volume) (volume, bool) {
	var best volume
	for _, v := range oldestFirst(volumes) {
		if v.ID == right.ID || v.Mode != right.Mode {
			continue
		}
		if v.Namespace == right.Namespace {
			return v, true
		}
		if best.ID == "" {
			best = v
		}
	}
	return best, best.ID != ""
}

type created interface {
	record
	createdAt() time.Time
}

func (v volume) createdAt() time.Time   { return v.CreatedAt }
func (s snapshot) createdAt() time.Time { return s.CreatedAt }

// oldestFirst sorts in place; equal times are told apart by id.
func oldestFirst[T created](records []T) []T {
	slices.SortFunc(records, func(a, b T) int {
		if order := a.createdAt().Compare(b.createdAt()); order != 0 {
			return order
		}
		idA, _ := a.ident()
		idB, _ := b.ident()
		return strings.Compare(idA, idB)
	})
	return records
}
