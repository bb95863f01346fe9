// The state directory: a shelf of volumes, a shelf of snapshots, and where their bytes lie.
// One process owns it at a time.

package main

import (
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

const (
	dataDir   = "data"     // bytes of a Filesystem object
	imageFile = "data.img" // bytes of a Block object
)

type store struct {
	dir       string
	lock      *os.File
	volumes   *shelf[volume]
	snapshots *shelf[snapshot]
}

// openStore resolves symbolic links in the path, because the kernel reports mounts and loop devices without them.
func openStore(dir string) (*store, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	if dir, err = filepath.EvalSymlinks(dir); err != nil {
		return nil, err
	}
	s := &store{dir: dir}
	if err := os.MkdirAll(s.faultDir(), 0o755); err != nil {
		return nil, err
	}
	if s.lock, err = lockFile(filepath.Join(dir, "driver.lock")); err != nil {
		return nil, fmt.Errorf("state directory %s is in use by another driver: %w", dir, err)
	}
	if s.volumes, err = openShelf[volume](filepath.Join(dir, "volumes"), "volume.json", "vol-"); err != nil {
		s.close()
		return nil, err
	}
	if s.snapshots, err = openShelf[snapshot](filepath.Join(dir, "snapshots"), "snapshot.json", "snap-"); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

// lockFile's lock goes with the process, also when it is killed.
func lockFile(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

func (s *store) close() { s.lock.Close() }

func (s *store) faultDir() string { return filepath.Join(s.dir, "faults") }

// volumeBytes is the directory or the image file that holds a volume's content.
func (s *store) volumeBytes(v volume) string {
	return filepath.Join(s.volumes.path(v.ID), bytesName(v.Mode))
}

func (s *store) snapshotBytes(snap snapshot) string {
	return filepath.Join(s.snapshots.path(snap.ID), bytesName(snap.Mode))
}

func bytesName(mode volumeMode) string {
	if mode == modeBlock {
		return imageFile
	}
	return dataDir
}
