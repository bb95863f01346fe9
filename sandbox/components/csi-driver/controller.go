// CSI's Controller service: what it announces, and the calls that only look.
// Volumes are in controller_volumes.go and create_volume.go, snapshots in controller_snapshots.go and create_snapshot.go.

package main

import (
	"context"
	"errors"

	"github.com/container-storage-interface/spec/lib/go/csi"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// capacityBytes is virtual, like the size of a volume: nothing here enforces either.
const capacityBytes = 100 << 40

type controllerService struct {
	csi.UnimplementedControllerServer
	*driver
}

func (s *controllerService) ControllerGetCapabilities(context.Context, *csi.ControllerGetCapabilitiesRequest) (*csi.ControllerGetCapabilitiesResponse, error) {
	resp := &csi.ControllerGetCapabilitiesResponse{}
	for _, capability := range []csi.ControllerServiceCapability_RPC_Type{
		csi.ControllerServiceCapability_RPC_CREATE_DELETE_VOLUME,
		csi.ControllerServiceCapability_RPC_LIST_VOLUMES,
		csi.ControllerServiceCapability_RPC_GET_CAPACITY,
		csi.ControllerServiceCapability_RPC_CREATE_DELETE_SNAPSHOT,
		csi.ControllerServiceCapability_RPC_LIST_SNAPSHOTS,
		csi.ControllerServiceCapability_RPC_CLONE_VOLUME,
		csi.ControllerServiceCapability_RPC_EXPAND_VOLUME,
	} {
		resp.Capabilities = append(resp.Capabilities, &csi.ControllerServiceCapability{
			Type: &csi.ControllerServiceCapability_Rpc{Rpc: &csi.ControllerServiceCapability_RPC{Type: capability}},
		})
	}
	return resp, nil
}

func (s *controllerService) GetCapacity(_ context.Context, req *csi.GetCapacityRequest) (*csi.GetCapacityResponse, error) {
	if len(req.GetVolumeCapabilities()) > 0 {
		if _, err := modeOf(req.GetVolumeCapabilities()...); err != nil {
			return nil, err
		}
	}
	if _, err := parseParameters(ownParameters(req.GetParameters())); err != nil {
		return nil, err
	}
	if t := req.GetAccessibleTopology(); t != nil && !s.conf.reaches(t) {
		return &csi.GetCapacityResponse{}, nil
	}
	return &csi.GetCapacityResponse{AvailableCapacity: capacityBytes}, nil
}

func (s *controllerService) ValidateVolumeCapabilities(_ context.Context, req *csi.ValidateVolumeCapabilitiesRequest) (*csi.ValidateVolumeCapabilitiesResponse, error) {
	if req.GetVolumeId() == "" {
		return nil, missing("volume id")
	}
	if len(req.GetVolumeCapabilities()) == 0 {
		return nil, missing("volume capability")
	}
	v, ok := s.store.volumes.get(req.GetVolumeId())
	if !ok {
		return nil, noVolume(req.GetVolumeId())
	}
	mode, err := modeOf(req.GetVolumeCapabilities()...)
	if err == nil && mode != v.Mode {
		err = status.Errorf(codes.InvalidArgument, "volume %s has mode %s, not %s", v.ID, v.Mode, mode)
	}
	if err != nil {
		return &csi.ValidateVolumeCapabilitiesResponse{Message: status.Convert(err).Message()}, nil
	}
	return &csi.ValidateVolumeCapabilitiesResponse{
		Confirmed: &csi.ValidateVolumeCapabilitiesResponse_Confirmed{
			VolumeContext:      req.GetVolumeContext(),
			VolumeCapabilities: req.GetVolumeCapabilities(),
			Parameters:         req.GetParameters(),
		},
	}, nil
}

func noVolume(id string) error   { return status.Errorf(codes.NotFound, "there is no volume %s", id) }
func noSnapshot(id string) error { return status.Errorf(codes.NotFound, "there is no snapshot %s", id) }

// removalError turns what a shelf says into what CSI says about an object in use.
func removalError(id string, err error) error {
	if errors.Is(err, errHeld) {
		return status.Errorf(codes.FailedPrecondition, "%s is in use: %v", id, err)
	}
	if err != nil {
		return status.Errorf(codes.Internal, "remove %s: %v", id, err)
	}
	return nil
}

// asStatus keeps errors that already carry a code; everything else is a failure of the driver itself.
func asStatus(err error) error {
	if _, ok := status.FromError(err); ok {
		return err
	}
	return status.Error(codes.Internal, err.Error())
}
