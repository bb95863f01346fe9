// Mounts as the kernel sees them, and bind mounts.
// What is published where is never remembered but read from the mount table, so it is right after a restart too.

package main

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// mount is a line of the mount table: root is the part of the filesystem that is visible at point.
type mount struct {
	root, point string
	readOnly    bool
}

func mountTable() ([]mount, error) {
	f, err := os.Open("/proc/self/mountinfo")
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var table []mount
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		m, err := parseMount(lines.Text())
		if err != nil {
			return nil, err
		}
		table = append(table, m)
	}
	return table, lines.Err()
}

// parseMount reads: id parent major:minor root point options ... (see proc_pid_mountinfo(5)).
func parseMount(line string) (mount, error) {
	fields := strings.Fields(line)
	if len(fields) < 6 {
		return mount{}, fmt.Errorf("mount table: cannot read %q", line)
	}
	return mount{
		root:     unescapeOctal(fields[3]),
		point:    unescapeOctal(fields[4]),
		readOnly: slices.Contains(strings.Split(fields[5], ","), "ro"),
	}, nil
}

var octal = strings.NewReplacer(`\040`, " ", `\011`, "\t", `\012`, "\n", `\134`, `\`)

func unescapeOctal(field string) string { return octal.Replace(field) }

// mountAt finds the topmost mount at a path, nil if there is none.
func mountAt(path string) (*mount, error) {
	// The table has resolved paths; the last part is the mount point itself.
	if dir, err := filepath.EvalSymlinks(filepath.Dir(path)); err == nil {
		path = filepath.Join(dir, filepath.Base(path))
	}
	table, err := mountTable()
	if err != nil {
		return nil, err
	}
	for _, m := range slices.Backward(table) {
		if m.point == path {
			return &m, nil
		}
	}
	return nil, nil
}

// shows tells whether a mount is of the directory of a volume or below it (a pod's subPath). Ids are unique, so the end of the path
// is enough; its beginning depends on which filesystem the state directory is on.
func (m mount) shows(volumeID string) bool {
	return strings.Contains(m.root+"/", "/volumes/"+volumeID+"/"+dataDir+"/")
}

// isDevice tells whether a mount is of a device node: its root is the node's path within devtmpfs.
func (m mount) isDevice(device string) bool {
	return m.root == "/"+filepath.Base(device)
}

// bindMount shows source at target. Flags of a bind mount need a second call; the first ignores them.
func bindMount(source, target string, flags uintptr) error {
	err := unix.Mount(source, target, "", unix.MS_BIND, "")
	if err == nil && flags != 0 {
		if err = unix.Mount("", target, "", unix.MS_BIND|unix.MS_REMOUNT|flags, ""); err != nil {
			unix.Unmount(target, unix.MNT_DETACH)
		}
	}
	if err != nil {
		os.Remove(target)
		return fmt.Errorf("mount %s at %s: %w", source, target, err)
	}
	return nil
}
