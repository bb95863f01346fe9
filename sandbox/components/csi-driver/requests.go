// What requests must look like: sizes, capabilities, sources, list tokens.
// Arguments are checked before existence and before faults, as CSI asks for.

package main

import (
	"strings"

	"github.com/container-storage-interface/spec/lib/go/csi"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

const (
	defaultVolumeBytes = 1 << 30
	// maxVolumeBytes stays below ext4's limit for one file.
	maxVolumeBytes = 8 << 40
	// sectorBytes: a loop device of a file that ends within a sector would lose the rest.
	sectorBytes = 512
	// topologyKey lies under a domain of the sandbox, whatever the driver is called.
	topologyKey = "topology.csi.sandbox.test/node"
)

func missing(what string) error {
	return status.Errorf(codes.InvalidArgument, "%s is missing", what)
}

// modeOf is the one mode that all capabilities ask for.
func modeOf(capabilities ...*csi.VolumeCapability) (volumeMode, error) {
	var mode volumeMode
	for _, capability := range capabilities {
		var asked volumeMode
		switch capability.GetAccessType().(type) {
		case *csi.VolumeCapability_Mount:
			asked = modeFilesystem
		case *csi.VolumeCapability_Block:
			asked = modeBlock
		default:
			return "", missing("access type of a volume capability")
		}
		if capability.GetAccessMode().GetMode() == csi.VolumeCapability_AccessMode_UNKNOWN {
			return "", missing("access mode of a volume capability")
		}
		if mode != "" && mode != asked {
			return "", status.Error(codes.InvalidArgument, "a volume is either mounted or a block device, not both")
		}
		mode = asked
	}
	if mode == "" {
		return "", missing("volume capability")
	}
	return mode, nil
}

func checkRange(asked *csi.CapacityRange) error {
	required, limit := asked.GetRequiredBytes(), asked.GetLimitBytes()
	if required < 0 || limit < 0 {
		return status.Error(codes.InvalidArgument, "a size is negative")
	}
	if limit > 0 && required > limit {
		return status.Errorf(codes.InvalidArgument, "required %d bytes are more than the limit of %d", required, limit)
	}
	return nil
}

// sizeFor picks the size of a new volume: what is required, or else its source's size, or else a default.
func sizeFor(asked *csi.CapacityRange, mode volumeMode, sourceBytes int64) (int64, error) {
	required, limit := asked.GetRequiredBytes(), asked.GetLimitBytes()
	size := required
	switch {
	case size == 0 && sourceBytes > 0:
		size = sourceBytes
	case size == 0 && limit > 0:
		size = min(limit, defaultVolumeBytes)
	case size == 0:
		size = defaultVolumeBytes
	}
	if size < sourceBytes {
		return 0, status.Errorf(codes.OutOfRange, "%d bytes are less than the %d of the source", size, sourceBytes)
	}
	return limited(size, limit, mode)
}

// limited rounds a size as its mode needs it and refuses what is too large.
func limited(size, limit int64, mode volumeMode) (int64, error) {
	if mode == modeBlock {
		size = (size + sectorBytes - 1) / sectorBytes * sectorBytes
	}
	if limit > 0 && size > limit {
		return 0, status.Errorf(codes.OutOfRange, "%d bytes are more than the limit of %d", size, limit)
	}
	if size > maxVolumeBytes {
		return 0, status.Errorf(codes.OutOfRange, "%d bytes are more than a volume can have (%d)", size, int64(maxVolumeBytes))
	}
	return size, nil
}

// fits tells whether an existing size satisfies a request.
func fits(size int64, asked *csi.CapacityRange) bool {
	return size >= asked.GetRequiredBytes() && (asked.GetLimitBytes() == 0 || size <= asked.GetLimitBytes())
}

// page cuts one page out of a list sorted by id. A token is the id the page starts at; that object may have gone meanwhile.
func page[T record](sorted []T, token, idPrefix string, maxEntries int32) (entries []T, nextToken string, err error) {
	if maxEntries < 0 {
		return nil, "", status.Error(codes.InvalidArgument, "max_entries is negative")
	}
	if token != "" {
		if !strings.HasPrefix(token, idPrefix) {
			return nil, "", status.Errorf(codes.Aborted, "%q is not a token of this list", token)
		}
		for len(sorted) > 0 {
			if id, _ := sorted[0].ident(); id >= token {
				break
			}
			sorted = sorted[1:]
		}
	}
	if maxEntries > 0 && len(sorted) > int(maxEntries) {
		nextToken, _ = sorted[maxEntries].ident()
		sorted = sorted[:maxEntries]
	}
	return sorted, nextToken, nil
}

// reaches tells whether one of the topologies is this node; none at all means any.
func (c config) reaches(topologies ...*csi.Topology) bool {
	if !c.topology || len(topologies) == 0 {
		return true
	}
	for _, t := range topologies {
		if t.GetSegments()[topologyKey] == c.nodeID {
			return true
		}
	}
	return false
}

// here is the topology of this node, nil if none is announced.
func (c config) here() *csi.Topology {
	if !c.topology {
		return nil
	}
	return &csi.Topology{Segments: map[string]string{topologyKey: c.nodeID}}
}
