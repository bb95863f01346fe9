// Loop devices: attach an image, detach it, find out from sysfs what is attached.
// The kernel has few of them and hands them out without reserving, so attaching tries again when another was faster.

package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// attachAttempts is generous: each failure means that somebody else got a device.
const attachAttempts = 50

type loop struct {
	device   string // /dev/loopN
	image    string // without the mark that the kernel adds to a deleted file
	readOnly bool
}

func attachedLoops() ([]loop, error) {
	paths, err := filepath.Glob("/sys/block/loop*/loop/backing_file")
	if err != nil {
		return nil, err
	}
	var loops []loop
	for _, path := range paths {
		block := filepath.Dir(filepath.Dir(path))
		image, err := os.ReadFile(path)
		var readOnly []byte
		if err == nil {
			readOnly, err = os.ReadFile(filepath.Join(block, "ro"))
		}
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, unix.ENODEV) || errors.Is(err, unix.ENXIO) { // detached meanwhile
			continue
		}
		if err != nil {
			return nil, err
		}
		loops = append(loops, loop{
			device:   filepath.Join("/dev", filepath.Base(block)),
			image:    strings.TrimSuffix(strings.TrimSpace(string(image)), " (deleted)"),
			readOnly: strings.TrimSpace(string(readOnly)) == "1",
		})
	}
	return loops, nil
}

func loopsOf(image string) ([]loop, error) {
	all, err := attachedLoops()
	if err != nil {
		return nil, err
	}
	var matching []loop
	for _, l := range all {
		if l.image == image {
			matching = append(matching, l)
		}
	}
	return matching, nil
}

func attachLoop(image string, readOnly bool) (string, error) {
	openFlags, loopFlags := os.O_RDWR, uint32(0)
	if readOnly {
		openFlags, loopFlags = os.O_RDONLY, unix.LO_FLAGS_READ_ONLY
	}
	backing, err := os.OpenFile(image, openFlags, 0)
	if err != nil {
		return "", err
	}
	defer backing.Close()
	control, err := os.OpenFile("/dev/loop-control", os.O_RDWR, 0)
	if err != nil {
		return "", err
	}
	defer control.Close()

	for range attachAttempts {
		number, err := unix.IoctlRetInt(int(control.Fd()), unix.LOOP_CTL_GET_FREE)
		if err != nil {
			return "", fmt.Errorf("find a free loop device: %w", err)
		}
		device := fmt.Sprintf("/dev/loop%d", number)
		err = configureLoop(device, number, openFlags, backing, loopFlags)
		if err == nil {
			return device, nil
		}
		if !errors.Is(err, unix.EBUSY) {
			return "", fmt.Errorf("attach %s to %s: %w", image, device, err)
		}
	}
	return "", fmt.Errorf("attach %s: every free loop device was taken by somebody else", image)
}

func configureLoop(device string, number, openFlags int, backing *os.File, loopFlags uint32) error {
	f, err := os.OpenFile(device, openFlags, 0)
	if errors.Is(err, fs.ErrNotExist) { // a /dev that is no devtmpfs, as in containers
		const loopMajor = 7
		if err := unix.Mknod(device, unix.S_IFBLK|0o660, int(unix.Mkdev(loopMajor, uint32(number)))); err != nil {
			return fmt.Errorf("make %s: %w", device, err)
		}
		f, err = os.OpenFile(device, openFlags, 0)
	}
	if err != nil {
		return err
	}
	defer f.Close()
	config := unix.LoopConfig{Fd: uint32(backing.Fd())}
	config.Info.Flags = loopFlags
	copy(config.Info.File_name[:len(config.Info.File_name)-1], backing.Name())
	return unix.IoctlLoopConfigure(int(f.Fd()), &config)
}

func detachLoop(device string) error {
	err := onDevice(device, func(fd int) error { return unix.IoctlSetInt(fd, unix.LOOP_CLR_FD, 0) })
	if errors.Is(err, unix.ENXIO) { // it was detached meanwhile
		return nil
	}
	return err
}

// flushLoop writes back what the device has cached and drops it, so that device and image agree.
func flushLoop(device string) error {
	return onDevice(device, func(fd int) error {
		if err := unix.Fsync(fd); err != nil {
			return err
		}
		return unix.IoctlSetInt(fd, unix.BLKFLSBUF, 0)
	})
}

func resizeLoop(device string) error {
	return onDevice(device, func(fd int) error { return unix.IoctlSetInt(fd, unix.LOOP_SET_CAPACITY, 0) })
}

func onDevice(device string, do func(fd int) error) error {
	f, err := os.Open(device)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := do(int(f.Fd())); err != nil {
		return fmt.Errorf("%s: %w", device, err)
	}
	return nil
}
