// Copies of directory trees with everything that makes a file what it is: mode, owner, times, xattrs, links, kind.
// A tree copied under a live writer is not one point in time; files that vanish meanwhile are left out.

package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"
)

// treeCopy remembers inodes with several names, so that the copy has as many files as the source.
type treeCopy struct {
	linked map[inode]string
	// root may give files to anybody; others own all they can copy, and are not stopped by what only root may set.
	root bool
}

type inode struct{ dev, ino uint64 }

// copyTree copies the directory src to dst, which must not exist.
func copyTree(src, dst string) error {
	c := treeCopy{linked: map[inode]string{}, root: os.Geteuid() == 0}
	if _, err := os.Lstat(src); err != nil {
		return err
	}
	return c.copy(src, dst)
}

func (c *treeCopy) copy(src, dst string) error {
	info, err := os.Lstat(src)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	stat := info.Sys().(*syscall.Stat_t)
	id := inode{stat.Dev, stat.Ino}
	if first, ok := c.linked[id]; ok {
		return os.Link(first, dst)
	}
	copied, err := c.content(src, dst, info, stat)
	if err != nil || !copied {
		return err
	}
	if !info.IsDir() && stat.Nlink > 1 {
		c.linked[id] = dst
	}
	return c.metadata(src, dst, info, stat)
}

// content makes the object itself; copied is false if it vanished.
func (c *treeCopy) content(src, dst string, info os.FileInfo, stat *syscall.Stat_t) (copied bool, err error) {
	switch info.Mode().Type() {
	case fs.ModeDir:
		return c.directory(src, dst)
	case 0:
		return copyRegular(src, dst)
	case fs.ModeSymlink:
		target, err := os.Readlink(src)
		if err != nil {
			return false, ignoreVanished(err)
		}
		return true, os.Symlink(target, dst)
	default: // pipes, sockets, devices
		if err := unix.Mknod(dst, stat.Mode, int(stat.Rdev)); err != nil {
			return false, &os.PathError{Op: "mknod", Path: dst, Err: err}
		}
		return true, nil
	}
}

func (c *treeCopy) directory(src, dst string) (bool, error) {
	entries, err := os.ReadDir(src)
	if err != nil {
		return false, ignoreVanished(err)
	}
	if err := os.Mkdir(dst, 0o700); err != nil {
		return false, err
	}
	for _, entry := range entries {
		if err := c.copy(filepath.Join(src, entry.Name()), filepath.Join(dst, entry.Name())); err != nil {
			return false, err
		}
	}
	return true, nil
}

// copyRegular opens without following links or waiting for pipes: the path may be something else by now.
func copyRegular(src, dst string) (bool, error) {
	in, err := os.OpenFile(src, os.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0)
	if err != nil {
		return false, ignoreVanished(err)
	}
	defer in.Close()
	out, err := os.OpenFile(dst, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return false, err
	}
	if err := copySparse(in, out); err != nil {
		out.Close()
		return false, err
	}
	return true, out.Close()
}

// metadata comes after the content, and the mode after the owner, because either would undo the other.
func (c *treeCopy) metadata(src, dst string, info os.FileInfo, stat *syscall.Stat_t) error {
	if err := os.Lchown(dst, int(stat.Uid), int(stat.Gid)); err != nil && c.root {
		return err
	}
	if info.Mode().Type() != fs.ModeSymlink {
		if err := unix.Chmod(dst, stat.Mode&0o7777); err != nil {
			return &os.PathError{Op: "chmod", Path: dst, Err: err}
		}
	}
	if err := c.xattrs(src, dst); err != nil {
		return fmt.Errorf("extended attributes of %s: %w", src, err)
	}
	return setTimes(dst, stat)
}

func (c *treeCopy) xattrs(src, dst string) error {
	names, err := readXattr(func(buf []byte) (int, error) { return unix.Llistxattr(src, buf) })
	if err != nil {
		return ignoreVanished(err)
	}
	for _, name := range splitNul(names) {
		value, err := readXattr(func(buf []byte) (int, error) { return unix.Lgetxattr(src, name, buf) })
		if errors.Is(err, unix.ENODATA) {
			continue
		}
		if err != nil {
			return ignoreVanished(err)
		}
		if err := unix.Lsetxattr(dst, name, value, 0); err != nil && (c.root || !errors.Is(err, unix.EPERM)) {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

// readXattr asks for the size, then for the value, until the two agree. No support means no attributes.
func readXattr(read func([]byte) (int, error)) ([]byte, error) {
	for {
		size, err := read(nil)
		if errors.Is(err, unix.ENOTSUP) {
			return nil, nil
		}
		if err != nil || size == 0 {
			return nil, err
		}
		value := make([]byte, size)
		n, err := read(value)
		if !errors.Is(err, unix.ERANGE) {
			return value[:max(n, 0)], err
		}
	}
}

func splitNul(names []byte) []string {
	var split []string
	for start, i := 0, 0; i < len(names); i++ {
		if names[i] == 0 {
			split = append(split, string(names[start:i]))
			start = i + 1
		}
	}
	return split
}

func setTimes(path string, stat *syscall.Stat_t) error {
	times := []unix.Timespec{{Sec: stat.Atim.Sec, Nsec: stat.Atim.Nsec}, {Sec: stat.Mtim.Sec, Nsec: stat.Mtim.Nsec}}
	if err := unix.UtimesNanoAt(unix.AT_FDCWD, path, times, unix.AT_SYMLINK_NOFOLLOW); err != nil {
		return &os.PathError{Op: "utimes", Path: path, Err: err}
	}
	return nil
}

func ignoreVanished(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
