// The record of a volume and of a snapshot: what is known about an object beside its bytes.
// The sandbox's tests read these files, so names and meaning of the fields are a contract.

package main

import "time"

type volumeMode string

const (
	modeFilesystem volumeMode = "Filesystem"
	modeBlock      volumeMode = "Block"
)

type volume struct {
	ID             string            `json:"id"`
	Name           string            `json:"name"`
	Namespace      string            `json:"namespace"`
	Claim          string            `json:"claim"`
	CapacityBytes  int64             `json:"capacityBytes"`
	Mode           volumeMode        `json:"mode"`
	SourceSnapshot string            `json:"sourceSnapshot"`
	SourceVolume   string            `json:"sourceVolume"`
	Parameters     map[string]string `json:"parameters,omitempty"`
	// RestoredBytes names the damage done to the bytes on request, so that a state directory explains itself.
	RestoredBytes string    `json:"restoredBytes,omitempty"`
	CreatedAt     time.Time `json:"createdAt"`
}

type snapshot struct {
	ID             string     `json:"id"`
	Name           string     `json:"name"`
	Namespace      string     `json:"namespace"`
	VolumeSnapshot string     `json:"volumeSnapshot"`
	Mode           volumeMode `json:"mode"`
	SizeBytes      int64      `json:"sizeBytes"`
	// SourceVolume is whose bytes these are and what callers are told; RequestedVolume is what they asked for.
	// The two differ only under the fault snapshotOfWrongVolume.
	SourceVolume    string            `json:"sourceVolume"`
	RequestedVolume string            `json:"requestedVolume"`
	Parameters      map[string]string `json:"parameters,omitempty"`
	CreatedAt       time.Time         `json:"createdAt"`
}

func (v volume) ident() (id, name string)   { return v.ID, v.Name }
func (s snapshot) ident() (id, name string) { return s.ID, s.Name }

// now is the time as records keep it: without a monotonic part, so that it is the same after a restart.
func now() time.Time { return time.Now().UTC().Round(0) }
