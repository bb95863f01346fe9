// Loop devices and mounts of a volume taken together: is it in use, attach it once, detach it with the last use.
// Whoever changes something holds driver.publishing.

package main

import (
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"
)

// volumeImage is the image of a Block volume by its id alone; unpublishing knows no more.
func (s *store) volumeImage(volumeID string) string {
	return filepath.Join(s.volumes.path(filepath.Base(volumeID)), imageFile)
}

// publishedAt names a path where the volume is mounted, "" if there is none.
func (d *driver) publishedAt(v volume) (string, error) {
	table, err := mountTable()
	if err != nil {
		return "", err
	}
	loops, err := loopsOf(d.store.volumeImage(v.ID))
	if err != nil {
		return "", err
	}
	for _, m := range table {
		if m.shows(v.ID) {
			return m.point, nil
		}
		for _, l := range loops {
			if m.isDevice(l.device) {
				return m.point, nil
			}
		}
	}
	return "", nil
}

// attach returns the volume's loop device. A reader and a writer get one each, because only a device of its own can be read-only.
func (d *driver) attach(v volume, readOnly bool) (string, error) {
	image := d.store.volumeImage(v.ID)
	loops, err := loopsOf(image)
	if err != nil {
		return "", err
	}
	for _, l := range loops {
		if l.readOnly == readOnly {
			return l.device, nil
		}
	}
	return attachLoop(image, readOnly)
}

// detachUnused detaches those loop devices of a volume that no mount shows any more.
func (d *driver) detachUnused(volumeID string) error {
	loops, err := loopsOf(d.store.volumeImage(volumeID))
	if err != nil || len(loops) == 0 {
		return err
	}
	return detachUnmounted(loops)
}

func detachUnmounted(loops []loop) error {
	table, err := mountTable()
	if err != nil {
		return err
	}
	for _, l := range loops {
		if anyMount(table, l.device) {
			continue
		}
		if err := detachLoop(l.device); err != nil {
			return err
		}
	}
	return nil
}

func anyMount(table []mount, device string) bool {
	for _, m := range table {
		if m.isDevice(device) {
			return true
		}
	}
	return false
}

// flush brings what was written to the loop devices of a volume into its image, which is about to be copied.
func (d *driver) flush(v volume) error {
	return d.eachLoop(v.ID, flushLoop)
}

// resizeAll lets the loop devices of a volume see that its image has grown.
func (d *driver) resizeAll(volumeID string) error {
	return d.eachLoop(volumeID, resizeLoop)
}

func (d *driver) eachLoop(volumeID string, do func(device string) error) error {
	loops, err := loopsOf(d.store.volumeImage(volumeID))
	if err != nil {
		return err
	}
	for _, l := range loops {
		if err := do(l.device); err != nil {
			return fmt.Errorf("volume %s: %w", volumeID, err)
		}
	}
	return nil
}

// sweepLoops detaches at start what an earlier life left behind: loop devices belong to the machine and outlive mount namespaces.
func (d *driver) sweepLoops() {
	if os.Geteuid() != 0 {
		return
	}
	loops, err := attachedLoops()
	if err != nil {
		log.Printf("looking for leftover loop devices: %v", err)
		return
	}
	var ours []loop
	for _, l := range loops {
		if strings.HasPrefix(l.image, d.store.volumes.dir+"/") {
			ours = append(ours, l)
		}
	}
	if err := detachUnmounted(ours); err != nil {
		log.Printf("detaching leftover loop devices: %v", err)
	}
}
