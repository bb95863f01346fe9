// Sparse files: copying only what is stored, and finding out where that is.
// Volumes claim gigabytes and hold kilobytes; copied in full they would fill the disk of whoever runs the tests.

package main

import (
	"errors"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// extent is a stretch of a file that is stored, from start up to, not including, end.
type extent struct{ start, end int64 }

// extents lists what is stored of a file up to size; the rest is holes.
func extents(f *os.File, size int64) ([]extent, error) {
	var list []extent
	for offset := int64(0); offset < size; {
		start, err := unix.Seek(int(f.Fd()), offset, unix.SEEK_DATA)
		if errors.Is(err, unix.ENXIO) { // only a hole remains
			break
		}
		if err != nil {
			return nil, &os.PathError{Op: "seek", Path: f.Name(), Err: err}
		}
		end, err := unix.Seek(int(f.Fd()), start, unix.SEEK_HOLE)
		if errors.Is(err, unix.ENXIO) { // the file was cut meanwhile
			break
		}
		if err != nil {
			return nil, &os.PathError{Op: "seek", Path: f.Name(), Err: err}
		}
		end = min(end, size)
		if start >= end {
			break
		}
		list = append(list, extent{start, end})
		offset = end
	}
	return list, nil
}

// copySparse copies in to out, which must be empty, and leaves holes where in has them.
func copySparse(in, out *os.File) error {
	info, err := in.Stat()
	if err != nil {
		return err
	}
	stored, err := extents(in, info.Size())
	if err != nil {
		return err
	}
	for _, e := range stored {
		if _, err := in.Seek(e.start, io.SeekStart); err != nil {
			return err
		}
		if _, err := out.Seek(e.start, io.SeekStart); err != nil {
			return err
		}
		// A file that was cut meanwhile ends early; that is its content now.
		if _, err := io.CopyN(out, in, e.end-e.start); err != nil && !errors.Is(err, io.EOF) {
			return err
		}
	}
	return out.Truncate(info.Size())
}

// createSparse makes an image of this size that takes no room.
func createSparse(path string, size int64) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	if err := f.Truncate(size); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}
