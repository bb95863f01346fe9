// Misbehaviour on request: the content of a fault file and what its keys mean.
// A fault file is <state>/faults/<namespace>.json, or _all.json for every namespace that has none of its own.

package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"google.golang.org/grpc/codes"
)

// faultSpec is a fault file. All keys are optional; an unknown one is an error.
type faultSpec struct {
	// CreateSnapshot fails calls before anything is done; polls of a snapshot that exists are such calls too.
	CreateSnapshot *failure `json:"createSnapshot"`
	// CreateSnapshotAnswerLost: the first so many calls do the work and then return Unavailable.
	CreateSnapshotAnswerLost int `json:"createSnapshotAnswerLost"`
	// CreateSnapshotHang does nothing until the caller gives up.
	CreateSnapshotHang bool `json:"createSnapshotHang"`
	// SnapshotReadyAfter counts from the snapshot's createdAt; removing the fault makes it ready at once.
	SnapshotReadyAfter *duration `json:"snapshotReadyAfter"`
	// RestoreSizeExtraBytes is added to the volume's size when a snapshot is made.
	RestoreSizeExtraBytes *int64 `json:"restoreSizeExtraBytes"`
	// SnapshotOfWrongVolume: see pickWrongVolume for which one.
	SnapshotOfWrongVolume bool `json:"snapshotOfWrongVolume"`
	// SnapshotLimit refuses a further snapshot of a volume with ResourceExhausted.
	SnapshotLimit *int `json:"snapshotLimit"`
	// SnapshotsDieWithVolume: deleting a volume deletes the snapshots of its bytes.
	SnapshotsDieWithVolume bool `json:"snapshotsDieWithVolume"`

	// CreateVolume and CreateVolumeHang concern every CreateVolume, from a snapshot or not.
	CreateVolume     *failure `json:"createVolume"`
	CreateVolumeHang bool     `json:"createVolumeHang"`
	// CreateVolumeFromSnapshot is looked at before CreateVolume.
	CreateVolumeFromSnapshot *failure `json:"createVolumeFromSnapshot"`
	// CreateVolumeFromSnapshotDelay delays the work, which goes on when the caller gives up and is joined by its retry.
	CreateVolumeFromSnapshotDelay duration `json:"createVolumeFromSnapshotDelay"`
	// RestoredBytes damages the bytes of a volume made from a snapshot: see damage.go.
	RestoredBytes damage `json:"restoredBytes"`

	// Deletions are those of objects that exist; the namespace is the one in their record.
	DeleteSnapshot *failure `json:"deleteSnapshot"`
	DeleteVolume   *failure `json:"deleteVolume"`
}

// failure is an error to return: always, or the first so many times.
type failure struct {
	Code    failureCode `json:"code"`
	Message string      `json:"message"`
	Times   *int        `json:"times"`
}

type failureCode codes.Code

type duration time.Duration

func parseFaults(content []byte) (faultSpec, error) {
	var spec faultSpec
	decoder := json.NewDecoder(bytes.NewReader(content))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&spec); err != nil {
		if errors.Is(err, io.EOF) {
			err = errors.New("empty file")
		}
		return spec, err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return spec, errors.New("something follows the JSON object")
	}
	return spec, spec.check()
}

func (s *faultSpec) check() error {
	for key, f := range map[string]*failure{
		"createSnapshot": s.CreateSnapshot, "deleteSnapshot": s.DeleteSnapshot,
		"createVolume": s.CreateVolume, "createVolumeFromSnapshot": s.CreateVolumeFromSnapshot, "deleteVolume": s.DeleteVolume,
	} {
		if f == nil {
			continue
		}
		if codes.Code(f.Code) == codes.OK {
			return fmt.Errorf("%s: code is missing", key)
		}
		if f.Times != nil && *f.Times < 0 {
			return fmt.Errorf("%s: times is negative", key)
		}
	}
	if s.CreateSnapshotAnswerLost < 0 {
		return errors.New("createSnapshotAnswerLost is negative")
	}
	if s.SnapshotLimit != nil && *s.SnapshotLimit < 0 {
		return errors.New("snapshotLimit is negative")
	}
	return nil
}

func (d *duration) UnmarshalJSON(raw []byte) error {
	var text string
	if err := json.Unmarshal(raw, &text); err != nil {
		return fmt.Errorf("a duration is a string like \"10s\", not %s", raw)
	}
	parsed, err := time.ParseDuration(text)
	*d = duration(parsed)
	return err
}

func (c *failureCode) UnmarshalJSON(raw []byte) error {
	var text string
	if err := json.Unmarshal(raw, &text); err != nil {
		return fmt.Errorf("a code is a name like \"Internal\", not %s", raw)
	}
	parsed, err := parseCode(text)
	*c = failureCode(parsed)
	return err
}

// parseCode takes a gRPC code by its Go name, in any case. OK is no failure.
func parseCode(name string) (codes.Code, error) {
	for code := codes.Canceled; code <= codes.Unauthenticated; code++ {
		if strings.EqualFold(code.String(), name) {
			return code, nil
		}
	}
	return codes.OK, fmt.Errorf("%q is not the name of a gRPC error code", name)
}
