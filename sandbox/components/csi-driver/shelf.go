// A shelf keeps objects of one kind: a directory each, with a record file beside the bytes, and an index in memory.
// An object appears and disappears by one rename, so a crash leaves temporary names only, which the next start removes.

package main

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
)

// tempPrefix starts with a dot, which no id does.
const tempPrefix = ".tmp-"

var errHeld = errors.New("another operation is reading it")

type record interface {
	ident() (id, name string)
}

type shelf[T record] struct {
	dir        string
	recordFile string
	idPrefix   string

	mu     sync.Mutex
	byID   map[string]T
	byName map[string]string
	held   map[string]int
}

func openShelf[T record](dir, recordFile, idPrefix string) (*shelf[T], error) {
	s := &shelf[T]{
		dir: dir, recordFile: recordFile, idPrefix: idPrefix,
		byID: map[string]T{}, byName: map[string]string{}, held: map[string]int{},
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	for _, entry := range entries {
		if strings.HasPrefix(entry.Name(), tempPrefix) {
			log.Printf("removing leftover %s", filepath.Join(dir, entry.Name()))
			if err := os.RemoveAll(filepath.Join(dir, entry.Name())); err != nil {
				log.Printf("it stays: %v", err)
			}
			continue
		}
		// Anything else must be an object of ours: starting without one of them would look like lost data.
		if err := s.load(entry.Name()); err != nil {
			return nil, err
		}
	}
	return s, nil
}

func (s *shelf[T]) load(id string) error {
	path := filepath.Join(s.path(id), s.recordFile)
	content, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("read record: %w", err)
	}
	var rec T
	if err := json.Unmarshal(content, &rec); err != nil {
		return fmt.Errorf("record %s: %w", path, err)
	}
	if recorded, _ := rec.ident(); recorded != id {
		return fmt.Errorf("record %s is about %q", path, recorded)
	}
	s.index(rec)
	// A crash between writing and renaming a record leaves the new one beside it.
	os.Remove(path + ".tmp")
	return nil
}

func (s *shelf[T]) index(rec T) {
	id, name := rec.ident()
	s.byID[id] = rec
	s.byName[name] = id
}

func (s *shelf[T]) path(id string) string { return filepath.Join(s.dir, id) }

// newID shows by its first part which objects had the same name, and by its second that they are not the same object.
func (s *shelf[T]) newID(name string) string {
	digest := sha256.Sum256([]byte(name))
	var unique [4]byte
	rand.Read(unique[:])
	return s.idPrefix + hex.EncodeToString(digest[:6]) + "-" + hex.EncodeToString(unique[:])
}

func (s *shelf[T]) get(id string) (T, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	rec, ok := s.byID[id]
	return rec, ok
}

func (s *shelf[T]) named(name string) (T, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	rec, ok := s.byID[s.byName[name]]
	return rec, ok
}

// all is sorted by id, which is what list tokens rely on.
func (s *shelf[T]) all() []T {
	s.mu.Lock()
	defer s.mu.Unlock()
	records := make([]T, 0, len(s.byID))
	for _, rec := range s.byID {
		records = append(records, rec)
	}
	slices.SortFunc(records, func(a, b T) int {
		idA, _ := a.ident()
		idB, _ := b.ident()
		return strings.Compare(idA, idB)
	})
	return records
}

// hold keeps an object from being removed while its bytes are read; found is false if there is no such object.
func (s *shelf[T]) hold(id string) (rec T, release func(), found bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if rec, found = s.byID[id]; !found {
		return rec, func() {}, false
	}
	s.held[id]++
	return rec, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.held[id]--; s.held[id] == 0 {
			delete(s.held, id)
		}
	}, true
}

// build makes an object: fill puts its bytes into a temporary directory, which then takes its place at once.
func (s *shelf[T]) build(rec T, fill func(dir string) error) error {
	id, _ := rec.ident()
	temp := filepath.Join(s.dir, tempPrefix+id)
	if err := os.Mkdir(temp, 0o755); err != nil {
		return err
	}
	err := fill(temp)
	if err == nil {
		err = writeRecord(filepath.Join(temp, s.recordFile), rec)
	}
	if err == nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		err = os.Rename(temp, s.path(id))
	}
	if err != nil {
		os.RemoveAll(temp)
		return err
	}
	s.index(rec)
	return nil
}

// update lets change modify the current record; the result is on disk before anybody sees it.
func (s *shelf[T]) update(id string, change func(*T)) (rec T, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	rec, ok := s.byID[id]
	if !ok {
		return rec, os.ErrNotExist
	}
	change(&rec)
	if err := writeRecord(filepath.Join(s.path(id), s.recordFile), rec); err != nil {
		return rec, err
	}
	s.index(rec)
	return rec, nil
}

// remove succeeds for an object that does not exist, and fails with errHeld for one that is being read.
func (s *shelf[T]) remove(id string) error {
	s.mu.Lock()
	rec, ok := s.byID[id]
	if !ok {
		s.mu.Unlock()
		return nil
	}
	if s.held[id] > 0 {
		s.mu.Unlock()
		return errHeld
	}
	temp := filepath.Join(s.dir, tempPrefix+"deleted-"+id)
	if err := os.Rename(s.path(id), temp); err != nil {
		s.mu.Unlock()
		return err
	}
	_, name := rec.ident()
	delete(s.byID, id)
	delete(s.byName, name)
	s.mu.Unlock()

	// The object is gone for every caller; bytes that resist are tried again at the next start.
	if err := os.RemoveAll(temp); err != nil {
		log.Printf("removing the bytes of %s: %v", id, err)
	}
	return nil
}

// writeRecord is atomic for readers and for a killed process. It does not sync: the sandbox does not outlive a power cut.
func writeRecord(path string, rec any) error {
	content, err := json.MarshalIndent(rec, "", "  ")
	if err != nil {
		return err
	}
	temp := path + ".tmp"
	if err := os.WriteFile(temp, append(content, '\n'), 0o644); err != nil {
		return err
	}
	return os.Rename(temp, path)
}
