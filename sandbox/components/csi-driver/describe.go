// The ids of requests and answers, as they appear in the log.
// Only what tells one call from another: names, ids, namespace, readiness.

package main

import (
	"fmt"
	"strings"

	"github.com/container-storage-interface/spec/lib/go/csi"
)

func describeRequest(req any) string {
	switch r := req.(type) {
	case *csi.CreateVolumeRequest:
		source := r.GetVolumeContentSource()
		return pairs("name", r.GetName(), "claim", r.GetParameters()[claimKey], "namespace", r.GetParameters()[claimNamespaceKey],
			"snapshot", source.GetSnapshot().GetSnapshotId(), "volume", source.GetVolume().GetVolumeId())
	case *csi.CreateSnapshotRequest:
		return pairs("name", r.GetName(), "volume", r.GetSourceVolumeId(), "namespace", r.GetParameters()[snapshotNamespaceKey])
	case *csi.ListSnapshotsRequest:
		return pairs("snapshot", r.GetSnapshotId(), "volume", r.GetSourceVolumeId())
	case *csi.DeleteSnapshotRequest:
		return pairs("snapshot", r.GetSnapshotId())
	case *csi.NodePublishVolumeRequest:
		return pairs("volume", r.GetVolumeId(), "target", r.GetTargetPath())
	case *csi.NodeUnpublishVolumeRequest:
		return pairs("volume", r.GetVolumeId(), "target", r.GetTargetPath())
	case interface{ GetVolumeId() string }:
		return pairs("volume", r.GetVolumeId())
	}
	return ""
}

func describeResponse(resp any) string {
	switch r := resp.(type) {
	case *csi.CreateVolumeResponse:
		return r.GetVolume().GetVolumeId()
	case *csi.CreateSnapshotResponse:
		return fmt.Sprintf("%s ready=%t", r.GetSnapshot().GetSnapshotId(), r.GetSnapshot().GetReadyToUse())
	case *csi.ListVolumesResponse:
		return fmt.Sprintf("%d volumes", len(r.GetEntries()))
	case *csi.ListSnapshotsResponse:
		return fmt.Sprintf("%d snapshots", len(r.GetEntries()))
	}
	return ""
}

// pairs prints key=value for every value that is not empty.
func pairs(keysAndValues ...string) string {
	var parts []string
	for i := 0; i < len(keysAndValues); i += 2 {
		if keysAndValues[i+1] != "" {
			parts = append(parts, keysAndValues[i]+"="+keysAndValues[i+1])
		}
	}
	return strings.Join(parts, " ")
}
