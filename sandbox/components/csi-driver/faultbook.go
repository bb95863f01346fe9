// Which faults hold now: fault files are read anew at every call, and "the first N times" is counted here.
// Counts live in memory, one per file and key, and start again when a file is rewritten: the next test finds its faults armed.

package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// allNamespaces is the fault file for namespaces without one of their own, which share its counts. No namespace has this name.
const allNamespaces = "_all"

type faultBook struct {
	dir string

	mu    sync.Mutex
	files map[string]*faultFile
}

// faultFile is one version of a fault file and how often its faults have struck.
type faultFile struct {
	path    string
	content []byte
	info    os.FileInfo
	spec    faultSpec

	mu    sync.Mutex
	spent map[string]int
}

// faultSet is what holds for one call; without a fault file it is empty.
type faultSet struct {
	faultSpec
	file *faultFile
}

func newFaultBook(dir string) *faultBook {
	return &faultBook{dir: dir, files: map[string]*faultFile{}}
}

// forNamespace finds the faults of a namespace; a caller that was told no namespace passes "".
func (b *faultBook) forNamespace(namespace string) (faultSet, error) {
	names := []string{allNamespaces}
	if namespace != "" {
		if strings.ContainsAny(namespace, "/\x00") || strings.HasPrefix(namespace, ".") || namespace == allNamespaces {
			return faultSet{}, status.Errorf(codes.InvalidArgument, "%q is not a namespace", namespace)
		}
		names = []string{namespace, allNamespaces}
	}
	for _, name := range names {
		path := filepath.Join(b.dir, name+".json")
		file, err := b.read(path)
		if err != nil {
			return faultSet{}, status.Errorf(codes.Internal, "fault file %s: %v", path, err)
		}
		if file != nil {
			return faultSet{faultSpec: file.spec, file: file}, nil
		}
	}
	return faultSet{}, nil
}

// read returns nil if there is no such file, and the same faultFile as before if it is still the same.
func (b *faultBook) read(path string) (*faultFile, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	content, info, err := readWithInfo(path)
	if err != nil {
		delete(b.files, path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, nil
		}
		return nil, err
	}
	if known := b.files[path]; known != nil && bytes.Equal(known.content, content) &&
		os.SameFile(known.info, info) && known.info.ModTime().Equal(info.ModTime()) {
		return known, nil
	}
	delete(b.files, path)
	spec, err := parseFaults(content)
	if err != nil {
		return nil, err
	}
	file := &faultFile{path: path, content: content, info: info, spec: spec, spent: map[string]int{}}
	b.files[path] = file
	return file, nil
}

func readWithInfo(path string) ([]byte, os.FileInfo, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, nil, err
	}
	content, err := io.ReadAll(f)
	return content, info, err
}

// refuse returns the error that a failure asks for, or nil if there is none or it has struck often enough.
func (s faultSet) refuse(key string, f *failure) error {
	if f == nil || f.Times != nil && !s.strikes(key, *f.Times) {
		return nil
	}
	message := f.Message
	if message == "" {
		message = key + " fails on request of " + s.file.path
	}
	return status.Error(codes.Code(f.Code), message)
}

// strikes is true the first times it is asked about a key.
func (s faultSet) strikes(key string, times int) bool {
	if s.file == nil {
		return false
	}
	s.file.mu.Lock()
	defer s.file.mu.Unlock()
	if s.file.spent[key] >= times {
		return false
	}
	s.file.spent[key]++
	return true
}

// hang blocks until the caller has given up.
func hang(ctx context.Context, what string) error {
	<-ctx.Done()
	return status.Errorf(codes.DeadlineExceeded, "%s hangs on request", what)
}

// readyAt is the moment from which a snapshot may be used. A fault file outweighs the class.
func (s faultSet) readyAt(snap snapshot, class classParameters) time.Time {
	switch {
	case s.SnapshotReadyAfter != nil:
		return snap.CreatedAt.Add(time.Duration(*s.SnapshotReadyAfter))
	case class.readyAfter != nil:
		return snap.CreatedAt.Add(*class.readyAfter)
	}
	return snap.CreatedAt
}

// extraBytes is what a new snapshot claims to need beyond the size of its volume.
func (s faultSet) extraBytes(class classParameters) int64 {
	switch {
	case s.RestoreSizeExtraBytes != nil:
		return *s.RestoreSizeExtraBytes
	case class.extraBytes != nil:
		return *class.extraBytes
	}
	return 0
}
