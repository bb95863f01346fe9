// CreateVolume: empty, from a snapshot, or as a clone of a volume.
// The bytes are made in a flight of their own, so that a caller that gave up finds them finished when it asks again.

package main

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"time"

	"github.com/container-storage-interface/spec/lib/go/csi"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// volumeRequest is a CreateVolumeRequest that has been checked.
type volumeRequest struct {
	name, namespace, claim string
	mode                   volumeMode
	size                   *csi.CapacityRange
	fromSnapshot           string
	fromVolume             string
	parameters             map[string]string
}

func (s *controllerService) checkVolumeRequest(req *csi.CreateVolumeRequest) (volumeRequest, error) {
	want := volumeRequest{
		name:       req.GetName(),
		namespace:  req.GetParameters()[claimNamespaceKey],
		claim:      req.GetParameters()[claimKey],
		size:       req.GetCapacityRange(),
		parameters: ownParameters(req.GetParameters()),
	}
	if want.name == "" {
		return want, missing("volume name")
	}
	var err error
	if want.mode, err = modeOf(req.GetVolumeCapabilities()...); err != nil {
		return want, err
	}
	if err := checkRange(want.size); err != nil {
		return want, err
	}
	if _, err := parseParameters(want.parameters); err != nil {
		return want, err
	}
	if len(req.GetMutableParameters()) > 0 {
		return want, status.Error(codes.InvalidArgument, "mutable parameters are not supported")
	}
	if source := req.GetVolumeContentSource(); source != nil {
		want.fromSnapshot = source.GetSnapshot().GetSnapshotId()
		want.fromVolume = source.GetVolume().GetVolumeId()
		if want.fromSnapshot == "" && want.fromVolume == "" {
			return want, missing("id of the content source")
		}
	}
	if !s.conf.reaches(req.GetAccessibilityRequirements().GetRequisite()...) {
		return want, status.Errorf(codes.ResourceExhausted, "volumes are made on node %s only", s.conf.nodeID)
	}
	return want, nil
}

func (s *controllerService) CreateVolume(ctx context.Context, req *csi.CreateVolumeRequest) (*csi.CreateVolumeResponse, error) {
	want, err := s.checkVolumeRequest(req)
	if err != nil {
		return nil, err
	}
	faults, err := s.faults.forNamespace(want.namespace)
	if err != nil {
		return nil, err
	}
	if faults.CreateVolumeHang {
		return nil, hang(ctx, "CreateVolume")
	}
	if want.fromSnapshot != "" {
		if err := faults.refuse("createVolumeFromSnapshot", faults.CreateVolumeFromSnapshot); err != nil {
			return nil, err
		}
	}
	if err := faults.refuse("createVolume", faults.CreateVolume); err != nil {
		return nil, err
	}

	if _, exists := s.store.volumes.named(want.name); !exists {
		err := s.flights.do(ctx, "volume "+want.name, func() error { return s.makeVolume(want, faults) })
		if err != nil {
			return nil, asStatus(err)
		}
	}
	v, ok := s.store.volumes.named(want.name)
	if !ok {
		return nil, status.Errorf(codes.Aborted, "volume %s was deleted while it was being created", want.name)
	}
	if reason := want.conflict(v); reason != "" {
		return nil, status.Errorf(codes.AlreadyExists, "volume %s exists as %s with another %s", want.name, v.ID, reason)
	}
	return &csi.CreateVolumeResponse{Volume: s.describeVolume(v)}, nil
}

// conflict names what a volume of the same name has different from the request.
func (want volumeRequest) conflict(v volume) string {
	switch {
	case !fits(v.CapacityBytes, want.size):
		return "size"
	case v.Mode != want.mode:
		return "mode"
	case v.SourceSnapshot != want.fromSnapshot || v.SourceVolume != want.fromVolume:
		return "source"
	case !maps.Equal(v.Parameters, want.parameters):
		return "parameters"
	}
	return ""
}

func (s *controllerService) makeVolume(want volumeRequest, faults faultSet) error {
	if _, exists := s.store.volumes.named(want.name); exists { // the flight before this one made it
		return nil
	}
	source, err := s.openSource(want)
	if err != nil {
		return err
	}
	defer source.release()
	size, err := sizeFor(want.size, want.mode, source.bytes)
	if err != nil {
		return err
	}
	if want.fromSnapshot != "" {
		time.Sleep(time.Duration(faults.CreateVolumeFromSnapshotDelay))
	} else {
		faults.RestoredBytes = ""
	}
	v := volume{
		ID: s.store.volumes.newID(want.name), Name: want.name, Namespace: want.namespace, Claim: want.claim,
		CapacityBytes: size, Mode: want.mode, SourceSnapshot: want.fromSnapshot, SourceVolume: want.fromVolume,
		Parameters: want.parameters, RestoredBytes: string(faults.RestoredBytes), CreatedAt: now(),
	}
	return s.store.volumes.build(v, func(dir string) error {
		content := filepath.Join(dir, bytesName(v.Mode))
		if err := fillVolume(content, v, source.path); err != nil {
			return err
		}
		if faults.RestoredBytes == "" {
			return nil
		}
		if err := applyDamage(faults.RestoredBytes, content, v.Mode, s.donors(want.fromSnapshot)); err != nil || v.Mode != modeBlock {
			return err
		}
		// The image of another snapshot may have another size; a device has the volume's.
		return os.Truncate(content, v.CapacityBytes)
	})
}

func fillVolume(content string, v volume, source string) error {
	switch {
	case v.Mode == modeBlock && source == "":
		return createSparse(content, v.CapacityBytes)
	case v.Mode == modeBlock:
		if copied, err := copyRegular(source, content); err != nil || !copied {
			return fmt.Errorf("copy %s: %w", source, orVanished(err))
		}
		return os.Truncate(content, v.CapacityBytes)
	case source == "":
		if err := os.Mkdir(content, 0o777); err != nil {
			return err
		}
		// Pods run as any user, and Mkdir heeds the umask.
		return os.Chmod(content, 0o777)
	}
	return copyTree(source, content)
}

func orVanished(err error) error {
	if err == nil {
		return os.ErrNotExist
	}
	return err
}

// volumeSource is what a new volume is made from; without a source all is empty.
type volumeSource struct {
	path    string
	bytes   int64
	release func()
}

// openSource finds the source and keeps it from being deleted until it is released.
func (s *controllerService) openSource(want volumeRequest) (volumeSource, error) {
	source := volumeSource{release: func() {}}
	var mode volumeMode
	switch {
	case want.fromSnapshot != "":
		snap, release, found := s.store.snapshots.hold(want.fromSnapshot)
		if !found {
			return source, noSnapshot(want.fromSnapshot)
		}
		source = volumeSource{s.store.snapshotBytes(snap), snap.SizeBytes, release}
		mode = snap.Mode
		if ready, err := s.isReady(snap); err != nil || !ready {
			release()
			if err == nil {
				err = status.Errorf(codes.FailedPrecondition, "snapshot %s is not ready", snap.ID)
			}
			return source, err
		}
	case want.fromVolume != "":
		v, release, found := s.store.volumes.hold(want.fromVolume)
		if !found {
			return source, noVolume(want.fromVolume)
		}
		source = volumeSource{s.store.volumeBytes(v), v.CapacityBytes, release}
		mode = v.Mode
		if err := s.flush(v); err != nil {
			release()
			return source, err
		}
	default:
		return source, nil
	}
	if mode != want.mode {
		source.release()
		return source, status.Errorf(codes.InvalidArgument, "the source has mode %s, the volume is to have %s", mode, want.mode)
	}
	return source, nil
}

// donors are the bytes of other snapshots, for the damage "swapped": those of the same mode, same namespace first, oldest first.
func (s *controllerService) donors(snapshotID string) []string {
	own, _ := s.store.snapshots.get(snapshotID)
	var near, far []string
	for _, snap := range oldestFirst(s.store.snapshots.all()) {
		switch {
		case snap.ID == own.ID || snap.Mode != own.Mode:
		case snap.Namespace == own.Namespace:
			near = append(near, s.store.snapshotBytes(snap))
		default:
			far = append(far, s.store.snapshotBytes(snap))
		}
	}
	return append(near, far...)
}
