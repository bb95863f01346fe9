// The fault restoredBytes: what a volume made from a snapshot holds instead of the snapshot's bytes.
// Damage is silent (sizes apart): mode, owner and times of a damaged file stay, as after a bad disk or a driver's bug.

package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

type damage string

const (
	// damageCorrupted inverts one byte of every file that is not empty: the first that is stored, or else the first.
	damageCorrupted damage = "corrupted"
	// damageTruncated cuts the last half of every file. A device keeps its size: the last half of what is stored reads as zeros.
	damageTruncated damage = "truncated"
	// damageSwapped exchanges the content of the first file, by path, with that of the first one that differs from it. If there
	// is none, and always for a device, the content comes from another snapshot: see swapWithDonor.
	damageSwapped damage = "swapped"
)

func (d *damage) UnmarshalJSON(raw []byte) error {
	var text string
	if err := json.Unmarshal(raw, &text); err != nil {
		return err
	}
	switch *d = damage(text); *d {
	case damageCorrupted, damageTruncated, damageSwapped:
		return nil
	}
	return fmt.Errorf("restoredBytes is %q, not one of %s, %s, %s", text, damageCorrupted, damageTruncated, damageSwapped)
}

// applyDamage changes a volume's bytes (a directory or an image). Donors are the bytes of other snapshots of the same mode, best
// first. Having nothing to damage is an error: a test that expects damage must not pass because there was none.
func applyDamage(kind damage, volumeBytes string, mode volumeMode, donors []string) error {
	files, err := filesWithContent(volumeBytes)
	if err != nil {
		return err
	}
	if len(files) == 0 {
		return fmt.Errorf("restoredBytes %s: the volume has no file with content", kind)
	}
	switch kind {
	case damageCorrupted:
		return forEach(files, invertOneByte)
	case damageTruncated:
		if mode == modeBlock {
			return inPlace(files[0], zeroLastHalf)
		}
		return forEach(files, cutLastHalf)
	case damageSwapped:
		return swap(volumeBytes, files, donors)
	}
	return fmt.Errorf("unknown damage %q", kind)
}

// filesWithContent lists the regular files that are not empty, sorted by path; root may be such a file itself.
func filesWithContent(root string) ([]string, error) {
	var files []string
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		info, err := entry.Info()
		if err == nil && info.Size() > 0 {
			files = append(files, path)
		}
		return err
	})
	return files, err
}

func forEach(files []string, change func(*os.File) error) error {
	for _, path := range files {
		if err := inPlace(path, change); err != nil {
			return err
		}
	}
	return nil
}

// inPlace changes a file's content without leaving traces in its mode and times.
func inPlace(path string, change func(*os.File) error) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if err := os.Chmod(path, info.Mode().Perm()|0o600); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := change(f); err != nil {
		return err
	}
	if err := os.Chmod(path, info.Mode()); err != nil {
		return err
	}
	return setTimes(path, info.Sys().(*syscall.Stat_t))
}

func invertOneByte(f *os.File) error {
	stored, err := storedExtents(f)
	if err != nil {
		return err
	}
	at := int64(0)
	if len(stored) > 0 {
		at = stored[0].start
	}
	var one [1]byte
	if _, err := f.ReadAt(one[:], at); err != nil {
		return err
	}
	one[0] ^= 0xff
	_, err = f.WriteAt(one[:], at)
	return err
}

func cutLastHalf(f *os.File) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	return f.Truncate(info.Size() / 2)
}

func zeroLastHalf(f *os.File) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	stored, err := extents(f, info.Size())
	if err != nil {
		return err
	}
	if len(stored) == 0 {
		return errors.New("restoredBytes truncated: nothing is stored on the device")
	}
	if err := f.Truncate(stored[len(stored)-1].end / 2); err != nil {
		return err
	}
	return f.Truncate(info.Size())
}

func swap(volumeBytes string, files, donors []string) error {
	first := files[0]
	for _, other := range files[1:] {
		if same, err := sameContent(first, other); err != nil {
			return err
		} else if !same {
			return exchange(first, other, filepath.Join(filepath.Dir(volumeBytes), "exchange.tmp"))
		}
	}
	return swapWithDonor(volumeBytes, first, donors)
}

// exchange goes through a third file, which lies outside the volume's bytes.
func exchange(a, b, temp string) error {
	defer os.Remove(temp)
	if err := os.WriteFile(temp, nil, 0o600); err != nil {
		return err
	}
	for _, step := range [][2]string{{a, temp}, {b, a}, {temp, b}} {
		if err := replaceContent(step[1], step[0]); err != nil {
			return err
		}
	}
	return nil
}

// swapWithDonor takes the file of the same path from the first donor where it differs, or else the first file that differs.
func swapWithDonor(volumeBytes, file string, donors []string) error {
	rel, err := filepath.Rel(volumeBytes, file)
	if err != nil {
		return err
	}
	for _, donor := range donors {
		files, err := filesWithContent(donor)
		if errors.Is(err, fs.ErrNotExist) { // deleted meanwhile
			continue
		}
		if err != nil {
			return err
		}
		for _, candidate := range append([]string{filepath.Join(donor, rel)}, files...) {
			same, err := sameContent(file, candidate)
			if errors.Is(err, fs.ErrNotExist) {
				continue
			}
			if err != nil {
				return err
			}
			if !same {
				return replaceContent(file, candidate)
			}
		}
	}
	return errors.New("restoredBytes swapped: no second file and no other snapshot with different content")
}

func replaceContent(dst, src string) error {
	in, err := os.Open(src)
	if err != nil {
		return err
	}
	defer in.Close()
	return inPlace(dst, func(out *os.File) error {
		if err := out.Truncate(0); err != nil {
			return err
		}
		return copySparse(in, out)
	})
}

// sameContent compares what is stored in either file; the rest are holes in both. Images of two sizes may be the same.
func sameContent(pathA, pathB string) (bool, error) {
	a, err := os.Open(pathA)
	if err != nil {
		return false, err
	}
	defer a.Close()
	b, err := os.Open(pathB)
	if err != nil {
		return false, err
	}
	defer b.Close()
	storedA, err := storedExtents(a)
	if err != nil {
		return false, err
	}
	storedB, err := storedExtents(b)
	if err != nil {
		return false, err
	}
	for _, e := range append(storedA, storedB...) {
		if same, err := sameRange(a, b, e); err != nil || !same {
			return false, err
		}
	}
	return true, nil
}

func storedExtents(f *os.File) ([]extent, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	return extents(f, info.Size())
}

func sameRange(a, b *os.File, e extent) (bool, error) {
	bufA, bufB := make([]byte, 1<<16), make([]byte, 1<<16)
	for offset := e.start; offset < e.end; {
		n := min(int64(len(bufA)), e.end-offset)
		readA, errA := a.ReadAt(bufA[:n], offset)
		readB, errB := b.ReadAt(bufB[:n], offset)
		for _, err := range []error{errA, errB} {
			if err != nil && !errors.Is(err, io.EOF) {
				return false, err
			}
		}
		if !bytes.Equal(bufA[:readA], bufB[:readB]) {
			return false, nil
		}
		offset += n
	}
	return true, nil
}
