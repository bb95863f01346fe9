// Tests of copying: bytes, holes, and everything that makes a file what it is.
// What the machine cannot do (extended attributes, owners) is skipped by name.

package main

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func statOf(t *testing.T, path string) *syscall.Stat_t {
	t.Helper()
	info, err := os.Lstat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Sys().(*syscall.Stat_t)
}

func copied(t *testing.T, src string) string {
	t.Helper()
	dst := filepath.Join(t.TempDir(), "copy")
	if err := copyTree(src, dst); err != nil {
		t.Fatal(err)
	}
	return dst
}

func TestCopyKeepsHoles(t *testing.T) {
	src := t.TempDir()
	path := filepath.Join(src, "image")
	if err := createSparse(path, 1<<30); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	marks := map[int64]string{0: "begin", 300 << 20: "middle", 1<<30 - 3: "end"}
	for at, text := range marks {
		if _, err := f.WriteAt([]byte(text), at); err != nil {
			t.Fatal(err)
		}
	}
	target := filepath.Join(copied(t, src), "image")
	if stat := statOf(t, target); stat.Size != 1<<30 || stat.Blocks*512 > mebibyte {
		t.Errorf("the copy has %d bytes and takes %d", stat.Size, stat.Blocks*512)
	}
	out, err := os.Open(target)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	for at, text := range marks {
		got := make([]byte, len(text))
		if _, err := out.ReadAt(got, at); err != nil || string(got) != text {
			t.Errorf("at %d: %q (%v), want %q", at, got, err, text)
		}
	}
	if same, err := sameContent(path, target); err != nil || !same {
		t.Errorf("sameContent: %t, %v", same, err)
	}
}

func TestCopyOfAFileThatIsOnlyAHole(t *testing.T) {
	src := t.TempDir()
	if err := createSparse(filepath.Join(src, "hole"), 5000); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(src, "empty"), "")
	dst := copied(t, src)
	if stat := statOf(t, filepath.Join(dst, "hole")); stat.Size != 5000 || stat.Blocks != 0 {
		t.Errorf("%d bytes in %d blocks", stat.Size, stat.Blocks)
	}
	if stat := statOf(t, filepath.Join(dst, "empty")); stat.Size != 0 {
		t.Errorf("%d bytes", stat.Size)
	}
}

func TestCopyKeepsModesTimesAndKinds(t *testing.T) {
	src := t.TempDir()
	at := time.Date(2001, 2, 3, 4, 5, 6, 789, time.UTC)
	sub := filepath.Join(src, "sub")
	for _, err := range []error{
		os.Mkdir(sub, 0o755),
		os.WriteFile(filepath.Join(sub, "script"), []byte("x"), 0o600),
		os.Symlink("../nowhere", filepath.Join(src, "link")),
		unix.Mkfifo(filepath.Join(src, "pipe"), 0o640),
		os.Chmod(filepath.Join(sub, "script"), 0o751|os.ModeSetuid),
		os.Chtimes(filepath.Join(sub, "script"), at, at),
		os.Chmod(sub, 0o2570|os.ModeSetgid),
		os.Chtimes(sub, at, at),
		os.Chmod(src, 0o777|os.ModeSticky),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	dst := copied(t, src)
	for _, rel := range []string{".", "sub", "sub/script", "link", "pipe"} {
		a, b := statOf(t, filepath.Join(src, rel)), statOf(t, filepath.Join(dst, rel))
		if a.Mode != b.Mode || a.Uid != b.Uid || a.Gid != b.Gid || a.Mtim != b.Mtim {
			t.Errorf("%s: mode %o owner %d:%d time %v became %o %d:%d %v", rel, a.Mode, a.Uid, a.Gid, a.Mtim, b.Mode, b.Uid, b.Gid, b.Mtim)
		}
	}
	if target, err := os.Readlink(filepath.Join(dst, "link")); err != nil || target != "../nowhere" {
		t.Errorf("link to %q, %v", target, err)
	}
	os.Chmod(sub, 0o700) // let the test's directory be removed
	os.Chmod(filepath.Join(dst, "sub"), 0o700)
}

func TestCopyKeepsOwners(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root may give files away")
	}
	src := t.TempDir()
	write(t, filepath.Join(src, "file"), "x")
	if err := os.Lchown(filepath.Join(src, "file"), 65532, 1234); err != nil {
		t.Fatal(err)
	}
	if stat := statOf(t, filepath.Join(copied(t, src), "file")); stat.Uid != 65532 || stat.Gid != 1234 {
		t.Errorf("owner %d:%d", stat.Uid, stat.Gid)
	}
}

func TestCopyKeepsHardLinks(t *testing.T) {
	src := t.TempDir()
	write(t, filepath.Join(src, "a"), "x")
	if err := os.Link(filepath.Join(src, "a"), filepath.Join(src, "b")); err != nil {
		t.Fatal(err)
	}
	dst := copied(t, src)
	if a, b := statOf(t, filepath.Join(dst, "a")), statOf(t, filepath.Join(dst, "b")); a.Ino != b.Ino || a.Nlink != 2 {
		t.Errorf("inodes %d and %d, %d links", a.Ino, b.Ino, a.Nlink)
	}
}

func TestCopyKeepsExtendedAttributes(t *testing.T) {
	src := t.TempDir()
	path := filepath.Join(src, "file")
	write(t, path, "x")
	for name, value := range map[string]string{"user.colour": "blue", "user.empty": ""} {
		if err := unix.Lsetxattr(path, name, []byte(value), 0); errors.Is(err, unix.ENOTSUP) {
			t.Skip("no extended attributes here")
		} else if err != nil {
			t.Fatal(err)
		}
	}
	target := filepath.Join(copied(t, src), "file")
	for name, want := range map[string]string{"user.colour": "blue", "user.empty": ""} {
		got, err := readXattr(func(buf []byte) (int, error) { return unix.Lgetxattr(target, name, buf) })
		if err != nil || string(got) != want {
			t.Errorf("%s is %q, %v, want %q", name, got, err, want)
		}
	}
}

func TestCopyOfNothingFails(t *testing.T) {
	if err := copyTree(filepath.Join(t.TempDir(), "nothing"), filepath.Join(t.TempDir(), "copy")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}

func TestCopyUnderAWriterThatDeletes(t *testing.T) {
	src := t.TempDir()
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-stop:
				return
			default:
			}
			for _, name := range []string{"a", "b", "c"} {
				os.WriteFile(filepath.Join(src, name), []byte("x"), 0o644)
			}
			for _, name := range []string{"a", "b", "c"} {
				os.Remove(filepath.Join(src, name))
			}
		}
	}()
	for range 200 {
		copied(t, src)
	}
	close(stop)
	<-done
}
