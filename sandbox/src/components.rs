//! Builds what a cluster is made of from `sandbox/components`, once per digest of what it is built from.
//! The cache lies outside the checkout; a lock makes two builds at once wait for each other.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};

use crate::layout;

const SOURCE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/components");
const KUBERNETES: &str = "v1.36.3";
const SNAPSHOT_CLIENT: &str = "github.com/kubernetes-csi/external-snapshotter/client/v8";
const SNAPSHOT_CRDS: [&str; 3] = ["volumesnapshotclasses", "volumesnapshotcontents", "volumesnapshots"];
const OLDEST_GO: (u32, u32) = (1, 26);
/// Packages in a build from nothing, for the progress line alone (`go list -deps tool | wc -l`).
const PACKAGES_FROM_NOTHING: usize = 3029;
const REPORT_EVERY: Duration = Duration::from_secs(20);

/// The environment of every call of Go: no other toolchain is fetched, no workspace interferes, binaries are static, and
/// the build reads go.mod and go.sum but never changes them.
const GO_ENVIRONMENT: [(&str, &str); 4] = [
    ("GOTOOLCHAIN", "local"),
    ("GOWORK", "off"),
    ("CGO_ENABLED", "0"),
    ("GOFLAGS", "-trimpath -buildvcs=false -mod=readonly"),
];

/// Where the built programs are.
#[derive(Debug, Clone)]
pub struct Components {
    components: PathBuf,
    driver: PathBuf,
}

impl Components {
    /// A program of Kubernetes, etcd, the CSI sidecars or csi-sanity.
    pub fn bin(&self, program: &str) -> PathBuf {
        self.components.join("bin").join(program)
    }

    /// The directory of those programs, for PATH.
    pub fn bin_dir(&self) -> PathBuf {
        self.components.join("bin")
    }

    /// The directory of the three snapshot CRDs.
    pub fn snapshot_crds(&self) -> PathBuf {
        self.components.join("crds")
    }

    /// A program of ours: `csi-driver` or `pause`.
    pub fn own(&self, program: &str) -> PathBuf {
        self.driver.join("bin").join(program)
    }
}

/// The components, built if the cache does not hold them. Progress goes to standard error.
///
/// # Errors
/// Says what to install when Go is missing or too old, and otherwise what Go said.
pub fn ensure() -> Result<Components> {
    let cache = layout::cache_root()?;
    let modules = digest(&[Path::new(SOURCE).join("go.mod"), Path::new(SOURCE).join("go.sum")])?;
    let mut own_sources = go_files(&Path::new(SOURCE).join("csi-driver"))?;
    own_sources.extend(go_files(&Path::new(SOURCE).join("pause"))?);
    let own = digest(&own_sources)?;
    let components = Components {
        components: cache.join(format!("components-{modules}")),
        driver: cache.join(format!("driver-{modules}-{own}")),
    };
    if components.components.is_dir() && components.driver.is_dir() {
        return Ok(components);
    }

    require_go()?;
    fs::create_dir_all(&cache).with_context(|| format!("cannot create {}", cache.display()))?;
    let _lock = exclusive(&cache.join("build.lock"))?;
    if !components.components.is_dir() {
        eprintln!(
            "Building Kubernetes and the CSI sidecars from Go modules; the first time takes ten minutes and more."
        );
        into_place(&components.components, build_components)?;
    }
    if !components.driver.is_dir() {
        eprintln!("Building the sandbox's CSI driver.");
        into_place(&components.driver, |bin| go_build(bin, &["./csi-driver", "./pause"]))?;
    }
    Ok(components)
}

fn build_components(bin: &Path) -> Result<()> {
    go_build(bin, &["tool"])?;
    // etcd's main package is the root of its module, so Go names the program after the last part of the path.
    fs::rename(bin.join("server"), bin.join("etcd")).context("the build made no etcd")?;

    let module = go().args(["list", "-m", "-f", "{{.Dir}}", SNAPSHOT_CLIENT]).output()?;
    if !module.status.success() {
        bail!("go list {SNAPSHOT_CLIENT}: {}", String::from_utf8_lossy(&module.stderr).trim());
    }
    let source = PathBuf::from(String::from_utf8(module.stdout)?.trim()).join("config/crd");
    let crds = bin.with_file_name("crds");
    fs::create_dir_all(&crds)?;
    for kind in SNAPSHOT_CRDS {
        let file = format!("snapshot.storage.k8s.io_{kind}.yaml");
        // Read and written, not copied: files of the module cache are read-only, and so would be the copy.
        let text = fs::read(source.join(&file)).with_context(|| format!("cannot read {file}"))?;
        fs::write(crds.join(&file), text)?;
    }
    Ok(())
}

/// Runs `build` on the `bin` directory of a temporary sibling of `target`, which is renamed once it is complete, so that
/// an interrupted build leaves nothing that looks finished. What Go compiled meanwhile is in Go's own cache.
fn into_place(target: &Path, build: impl FnOnce(&Path) -> Result<()>) -> Result<()> {
    let partial = target.with_extension("partial");
    if partial.exists() {
        fs::remove_dir_all(&partial)?;
    }
    let bin = partial.join("bin");
    fs::create_dir_all(&bin)?;
    build(&bin)?;
    fs::rename(&partial, target).with_context(|| format!("cannot create {}", target.display()))
}

fn go() -> Command {
    let mut command = Command::new("go");
    command.current_dir(SOURCE).envs(GO_ENVIRONMENT);
    // They would change what is built, but not the digest under which it is kept.
    for variable in ["GOOS", "GOARCH", "GOAMD64", "GOARM64", "GOEXPERIMENT"] {
        command.env_remove(variable);
    }
    command
}

fn go_build(out: &Path, packages: &[&str]) -> Result<()> {
    let version = "k8s.io/component-base/version";
    let mut parts = KUBERNETES.trim_start_matches('v').split('.');
    let (major, minor) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    // `main.version` must not be empty for CSI programs; kubectl compares the Kubernetes version with the server's.
    let flags = format!(
        "-s -w -X {version}.gitVersion={KUBERNETES} -X {version}.gitMajor={major} -X {version}.gitMinor={minor} \
         -X {version}.gitTreeState=clean -X {version}.gitCommit=unknown -X {version}.buildDate=2026-01-01T00:00:00Z \
         -X main.version=sandbox"
    );
    let mut out = out.as_os_str().to_owned();
    out.push("/");
    let mut child = go()
        .args(["build", "-v", "-ldflags", &flags, "-o"])
        .arg(out)
        .args(packages)
        .stderr(Stdio::piped())
        .spawn()
        .context("cannot run go")?;
    let said = child.stderr.take().map(follow).unwrap_or_default();
    let status = child.wait()?;
    if !status.success() {
        bail!("go build failed:\n{}", said.join("\n"));
    }
    Ok(())
}

/// Shows how far `go build -v` is and returns the last lines it said that were neither a package nor a download.
fn follow(stderr: impl std::io::Read) -> Vec<String> {
    let terminal = std::io::stderr().is_terminal();
    let start = Instant::now();
    let mut reported = start;
    let mut packages = 0;
    let mut said: Vec<String> = Vec::new();
    for line in BufReader::new(stderr).lines().map_while(Result::ok) {
        if line.starts_with("go: downloading") {
            // Counted by nothing: the line itself is the progress.
        } else if !line.is_empty() && !line.contains(char::is_whitespace) {
            packages += 1;
        } else {
            said.push(line.clone());
            said.drain(..said.len().saturating_sub(40));
        }
        if terminal || reported.elapsed() >= REPORT_EVERY {
            reported = Instant::now();
            let seconds = start.elapsed().as_secs();
            let (begin, end) = if terminal { ("\r\x1b[K", "") } else { ("", "\n") };
            let word = line.rsplit('/').next().unwrap_or_default();
            eprint!(
                "{begin}  {packages} packages compiled (from nothing: {PACKAGES_FROM_NOTHING}), {}m{:02}s, {word}{end}",
                seconds / 60,
                seconds % 60
            );
            let _ = std::io::stderr().flush();
        }
    }
    if terminal && packages > 0 {
        eprintln!();
    }
    said
}

fn require_go() -> Result<()> {
    let (major, minor) = OLDEST_GO;
    let remedy = format!(
        "the sandbox builds Kubernetes from source once: install Go {major}.{minor} or newer (https://go.dev/dl) and run this again"
    );
    let found = match Command::new("go").envs(GO_ENVIRONMENT).args(["env", "GOVERSION"]).output() {
        Ok(output) if output.status.success() => String::from_utf8_lossy(&output.stdout).trim().to_owned(),
        _ => bail!("Go was not found; {remedy}"),
    };
    if go_version(&found).is_none_or(|version| version < OLDEST_GO) {
        bail!("{found} is too old; {remedy}");
    }
    Ok(())
}

/// `go1.26.8` is (1, 26).
fn go_version(text: &str) -> Option<(u32, u32)> {
    let mut parts = text.strip_prefix("go")?.split('.');
    let major = parts.next()?.parse().ok()?;
    let minor: String = parts.next()?.chars().take_while(char::is_ascii_digit).collect();
    Some((major, minor.parse().ok()?))
}

fn exclusive(path: &Path) -> Result<File> {
    let file = File::create(path).with_context(|| format!("cannot create {}", path.display()))?;
    if file.try_lock().is_err() {
        eprintln!("Another build is running; waiting for it.");
        file.lock().with_context(|| format!("cannot lock {}", path.display()))?;
    }
    Ok(file)
}

fn go_files(dir: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(dir).with_context(|| format!("cannot read {}", dir.display()))? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.ends_with(".go") && !name.ends_with("_test.go") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// A short digest of the names and contents of `files`, of how they are built and for which machine.
fn digest(files: &[PathBuf]) -> Result<String> {
    let mut hash = Sha256::new();
    hash.update(format!("{KUBERNETES} {GO_ENVIRONMENT:?} {}", std::env::consts::ARCH));
    for path in files {
        hash.update(path.file_name().unwrap_or_default().as_encoded_bytes());
        hash.update(fs::read(path).with_context(|| format!("cannot read {}", path.display()))?);
    }
    Ok(hash.finalize().iter().take(6).map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn go_versions_are_compared_as_numbers() {
        assert_eq!(go_version("go1.26.8"), Some((1, 26)));
        assert_eq!(go_version("go1.27rc1"), Some((1, 27)));
        assert_eq!(go_version("go1.9"), Some((1, 9)));
        assert!(go_version("go1.9") < Some(OLDEST_GO));
        assert_eq!(go_version("devel"), None);
    }

    #[test]
    fn an_interrupted_build_leaves_nothing_that_looks_finished() {
        let dir = std::env::temp_dir().join(format!("sandbox-components-{}", std::process::id()));
        fs::create_dir_all(&dir).unwrap();
        let target = dir.join("components-abc");
        let failed = into_place(&target, |bin| {
            fs::write(bin.join("half"), "")?;
            bail!("interrupted")
        });
        assert!(failed.is_err() && !target.exists());
        into_place(&target, |bin| Ok(fs::write(bin.join("whole"), "")?)).unwrap();
        assert!(target.join("bin/whole").exists() && !target.join("bin/half").exists());
        fs::remove_dir_all(dir).unwrap();
    }

    #[test]
    fn the_digest_follows_content() {
        let path = std::env::temp_dir().join(format!("sandbox-digest-{}", std::process::id()));
        fs::write(&path, "a").unwrap();
        let first = digest(std::slice::from_ref(&path)).unwrap();
        fs::write(&path, "b").unwrap();
        assert_ne!(first, digest(std::slice::from_ref(&path)).unwrap());
        fs::remove_file(path).unwrap();
    }
}
