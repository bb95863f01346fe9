// Class parameters: the few keys of StorageClasses and VolumeSnapshotClasses that the driver knows, and the sidecars' metadata.
// An unknown key is refused, because a misspelt one would otherwise make a test pass that tested nothing.

package main

import (
	"strconv"
	"strings"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// Metadata keys that the sidecars add with --extra-create-metadata.
const (
	metadataPrefix       = "csi.storage.k8s.io/"
	claimKey             = metadataPrefix + "pvc/name"
	claimNamespaceKey    = metadataPrefix + "pvc/namespace"
	snapshotKey          = metadataPrefix + "volumesnapshot/name"
	snapshotNamespaceKey = metadataPrefix + "volumesnapshot/namespace"
)

// Keys of our own. In a StorageClass they hold for the snapshots of its volumes; a VolumeSnapshotClass overrides them.
const (
	paramReadyAfter   = "snapshotReadyAfter"
	paramSnapshotCode = "createSnapshotCode"
	paramExtraBytes   = "restoreSizeExtraBytes"
)

// classParameters are the keys of our own, checked; nil fields were not given.
type classParameters struct {
	readyAfter   *time.Duration
	snapshotCode *codes.Code
	extraBytes   *int64
}

// ownParameters drops the sidecars' metadata; what remains belongs into the object's record.
func ownParameters(all map[string]string) map[string]string {
	var own map[string]string
	for key, value := range all {
		if !strings.HasPrefix(key, metadataPrefix) {
			if own == nil {
				own = map[string]string{}
			}
			own[key] = value
		}
	}
	return own
}

// mergeParameters lets later maps override earlier ones.
func mergeParameters(maps ...map[string]string) map[string]string {
	var merged map[string]string
	for _, m := range maps {
		for key, value := range m {
			if merged == nil {
				merged = map[string]string{}
			}
			merged[key] = value
		}
	}
	return merged
}

func parseParameters(own map[string]string) (classParameters, error) {
	var parsed classParameters
	for key, value := range own {
		var err error
		switch key {
		case paramReadyAfter:
			var d time.Duration
			d, err = time.ParseDuration(value)
			parsed.readyAfter = &d
		case paramSnapshotCode:
			var code codes.Code
			code, err = parseCode(value)
			parsed.snapshotCode = &code
		case paramExtraBytes:
			var n int64
			n, err = strconv.ParseInt(value, 10, 64)
			parsed.extraBytes = &n
		default:
			return parsed, status.Errorf(codes.InvalidArgument, "unknown parameter %q (known: %s, %s, %s)",
				key, paramReadyAfter, paramSnapshotCode, paramExtraBytes)
		}
		if err != nil {
			return parsed, status.Errorf(codes.InvalidArgument, "parameter %s=%q: %v", key, value, err)
		}
	}
	return parsed, nil
}
