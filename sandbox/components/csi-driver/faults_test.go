// Tests of fault files as such: what is accepted, whose faults hold, how often they strike.
// What each fault does to a call is tested in snapshot_faults_test.go and volume_faults_test.go.

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
)

func TestEveryKeyIsKnown(t *testing.T) {
	_, err := parseFaults([]byte(`{
		"snapshotReadyAfter": "10s",
		"createSnapshot": {"code": "Internal", "message": "no", "times": 3},
		"createSnapshotAnswerLost": 2,
		"createSnapshotHang": true,
		"restoreSizeExtraBytes": 4096,
		"snapshotsDieWithVolume": true,
		"snapshotOfWrongVolume": true,
		"snapshotLimit": 2,
		"createVolumeFromSnapshotDelay": "5s",
		"createVolumeFromSnapshot": {"code": "ResourceExhausted"},
		"createVolume": {"code": "Unavailable", "times": 0},
		"createVolumeHang": true,
		"deleteSnapshot": {"code": "FailedPrecondition"},
		"deleteVolume": {"code": "FailedPrecondition"},
		"restoredBytes": "swapped"
	}`))
	if err != nil {
		t.Error(err)
	}
	if _, err := parseFaults([]byte("{}\n")); err != nil {
		t.Errorf("no faults at all: %v", err)
	}
}

func TestMistakesInAFaultFileAreNamed(t *testing.T) {
	for content, named := range map[string]string{
		`{"snapshotReadyAftr": "10s"}`:                                   `"snapshotReadyAftr"`,
		`{"createSnapshot": {"code": "Internal", "time": 3}}`:            `"time"`,
		`{"createSnapshot": {"code": "Intrenal"}}`:                       `"Intrenal"`,
		`{"createSnapshot": {"code": "OK"}}`:                             `"OK"`,
		`{"createSnapshot": {"code": 13}}`:                               "13",
		`{"deleteVolume": {"message": "no"}}`:                            "deleteVolume: code is missing",
		`{"deleteVolume": {"code": "Internal", "times": -1}}`:            "deleteVolume: times",
		`{"snapshotReadyAfter": 10}`:                                     "10",
		`{"snapshotReadyAfter": "10"}`:                                   "10",
		`{"restoredBytes": "corupted"}`:                                  `"corupted"`,
		`{"createSnapshotAnswerLost": -1}`:                               "createSnapshotAnswerLost",
		`{"snapshotLimit": -1}`:                                          "snapshotLimit",
		`{"createSnapshotHang": true} {}`:                                "follows",
		`{"createSnapshotHang": tru`:                                     "",
		``:                                                               "empty",
		`{"createVolumeFromSnapshotDelay": "1s", "deleteSnapshots": {}}`: `"deleteSnapshots"`,
	} {
		if _, err := parseFaults([]byte(content)); err == nil || !strings.Contains(err.Error(), named) {
			t.Errorf("%s: got %v, want an error with %s", content, err, named)
		}
	}
}

func newTestBook(t *testing.T) *faultBook { return newFaultBook(t.TempDir()) }

func (b *faultBook) set(t *testing.T, namespace, content string) {
	t.Helper()
	write(t, filepath.Join(b.dir, namespace+".json"), content)
}

func (b *faultBook) must(t *testing.T, namespace string) faultSet {
	t.Helper()
	set, err := b.forNamespace(namespace)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func TestAMalformedFileIsInternalAndNamed(t *testing.T) {
	b := newTestBook(t)
	b.set(t, "team-a", `{"typo": 1}`)
	_, err := b.forNamespace("team-a")
	wantCode(t, err, codes.Internal)
	for _, part := range []string{filepath.Join(b.dir, "team-a.json"), `"typo"`} {
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("%v does not name %s", err, part)
		}
	}
	b.must(t, "team-b")
}

func TestTheNamespacesOwnFileReplacesAll(t *testing.T) {
	b := newTestBook(t)
	b.set(t, "_all", `{"createSnapshotHang": true}`)
	b.set(t, "team-a", `{"createVolumeHang": true}`)
	if own := b.must(t, "team-a"); own.CreateSnapshotHang || !own.CreateVolumeHang {
		t.Errorf("team-a: %+v", own.faultSpec)
	}
	for _, other := range []string{"team-b", ""} {
		if set := b.must(t, other); !set.CreateSnapshotHang || set.CreateVolumeHang {
			t.Errorf("%q: %+v", other, set.faultSpec)
		}
	}
}

func TestANamespaceIsNoPath(t *testing.T) {
	b := newTestBook(t)
	for _, namespace := range []string{"../team-a", ".hidden", "_all", "a/b"} {
		_, err := b.forNamespace(namespace)
		wantCode(t, err, codes.InvalidArgument)
	}
}

func strike(t *testing.T, b *faultBook) bool {
	t.Helper()
	set := b.must(t, "team-a")
	return set.refuse("createSnapshot", set.CreateSnapshot) != nil
}

func TestTimesAreCountedAndRearmedByRewriting(t *testing.T) {
	b := newTestBook(t)
	const content = `{"createSnapshot": {"code": "Internal", "times": 2}}`
	path := filepath.Join(b.dir, "team-a.json")
	rename := func(content string) {
		b.set(t, "new", content)
		if err := os.Rename(filepath.Join(b.dir, "new.json"), path); err != nil {
			t.Fatal(err)
		}
	}
	expect := func(when string, want ...bool) {
		t.Helper()
		for i, w := range want {
			if got := strike(t, b); got != w {
				t.Errorf("%s, call %d: struck is %t", when, i+1, got)
			}
		}
	}
	rename(content)
	expect("first file", true, true, false, false)
	rename(strings.Replace(content, "2", "1", 1))
	expect("changed", true, false)
	rename(strings.Replace(content, "2", "1", 1))
	expect("rewritten with the same content", true, false)
	os.Remove(path)
	expect("removed", false)
	rename(content)
	expect("back again", true, true, false)
}

func TestCountsAreKeptPerKey(t *testing.T) {
	b := newTestBook(t)
	b.set(t, "team-a", `{"createVolume": {"code": "Aborted", "times": 1}, "deleteVolume": {"code": "Aborted", "times": 1}}`)
	set := b.must(t, "team-a")
	wantCode(t, set.refuse("createVolume", set.CreateVolume), codes.Aborted)
	wantCode(t, set.refuse("deleteVolume", set.DeleteVolume), codes.Aborted)
	wantCode(t, set.refuse("createVolume", set.CreateVolume), codes.OK)
}

func TestMessages(t *testing.T) {
	b := newTestBook(t)
	b.set(t, "team-a", `{"createVolume": {"code": "Internal", "message": "disk on fire"}, "deleteVolume": {"code": "Internal"}}`)
	set := b.must(t, "team-a")
	if err := set.refuse("createVolume", set.CreateVolume); !strings.HasSuffix(err.Error(), "desc = disk on fire") {
		t.Errorf("got %v", err)
	}
	if err := set.refuse("deleteVolume", set.DeleteVolume); !strings.Contains(err.Error(), "team-a.json") {
		t.Errorf("%v does not say where it comes from", err)
	}
}

func TestClassParameters(t *testing.T) {
	parsed, err := parseParameters(map[string]string{paramReadyAfter: "3s", paramSnapshotCode: "unavailable", paramExtraBytes: "512"})
	if err != nil || parsed.readyAfter.Seconds() != 3 || *parsed.snapshotCode != codes.Unavailable || *parsed.extraBytes != 512 {
		t.Errorf("%+v, %v", parsed, err)
	}
	for _, wrong := range []map[string]string{
		{"snapshotReadyafter": "3s"}, {paramReadyAfter: "3"}, {paramSnapshotCode: "Nope"}, {paramExtraBytes: "1Gi"},
	} {
		_, err := parseParameters(wrong)
		wantCode(t, err, codes.InvalidArgument)
	}
	if own := ownParameters(map[string]string{claimKey: "x", metadataPrefix + "anything": "y"}); len(own) != 0 {
		t.Errorf("metadata was taken for parameters: %v", own)
	}
}
