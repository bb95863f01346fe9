//! Archives and the manifest for krew (ux.md, section 3).
//! Must make the same bytes of the same program, on every machine.

use std::collections::BTreeMap;
use std::error::Error;
use std::io::Write as _;
use std::num::NonZeroU64;

use flate2::{Compression, GzBuilder};
use sha2::{Digest as _, Sha256};

pub type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// The platforms of krew that the program is built for.
pub const PLATFORMS: [(&str, &str); 6] = [
    ("linux", "amd64"),
    ("linux", "arm64"),
    ("darwin", "amd64"),
    ("darwin", "arm64"),
    ("windows", "amd64"),
    ("windows", "arm64"),
];
/// Where the project lives.
pub const HOME: &str = "https://github.com/kubectl-gemini/kubectl-gemini";
/// More of them make next to no difference.
const ROUNDS: NonZeroU64 = NonZeroU64::new(5).unwrap();
const TEMPLATE: &str = include_str!("gemini.yaml.tmpl");

/// `kubectl-gemini_vX.Y.Z_linux_amd64.tar.gz`
pub fn archive_name(os: &str, arch: &str) -> String {
    format!("kubectl-gemini_v{}_{os}_{arch}.tar.gz", env!("CARGO_PKG_VERSION"))
}

/// The name of the program on a platform.
pub fn program_name(os: &str) -> &'static str {
    if os == "windows" { "kubectl-gemini.exe" } else { "kubectl-gemini" }
}

/// How hard it is tried to make an archive small.
#[derive(Clone, Copy, Debug)]
pub enum Packing {
    /// Not at all.
    #[allow(dead_code, reason = "for tests")]
    Stored,
    /// As hard as gzip's format allows; it takes a minute.
    #[allow(dead_code, reason = "not for tests")]
    Smallest,
}

/// A gzipped tar of files, flat: name, mode, content. Sorted, without times and owners.
pub fn archive(mut files: Vec<(String, u32, Vec<u8>)>, packing: Packing) -> Result<Vec<u8>> {
    files.sort();
    let mut tar = tar::Builder::new(Vec::new());
    for (name, mode, bytes) in files {
        let mut header = tar::Header::new_ustar();
        header.set_size(bytes.len() as u64);
        header.set_mode(mode);
        header.set_mtime(0);
        header.set_cksum();
        tar.append_data(&mut header, name, bytes.as_slice())?;
    }
    let tar = tar.into_inner()?;
    match packing {
        Packing::Stored => {
            let mut gzip = GzBuilder::new().mtime(0).write(Vec::new(), Compression::none());
            gzip.write_all(&tar)?;
            Ok(gzip.finish()?)
        }
        Packing::Smallest => {
            let mut archive = vec![];
            let options = zopfli::Options { iteration_count: ROUNDS, ..zopfli::Options::default() };
            zopfli::compress(options, zopfli::Format::Gzip, tar.as_slice(), &mut archive)?;
            Ok(archive)
        }
    }
}

/// 64 hexadecimal digits.
pub fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The manifest for the platforms of which the digest of the archive is known.
pub fn manifest(digests: &BTreeMap<(&str, &str), String>) -> String {
    let platform = |((os, arch), digest): (&(&str, &str), &String)| {
        format!(
            "  - selector:\n      matchLabels:\n        os: {os}\n        arch: {arch}\n    uri: {HOME}/releases/download/v{}/{}\n    sha256: {digest}\n    bin: {}\n",
            env!("CARGO_PKG_VERSION"),
            archive_name(os, arch),
            program_name(os)
        )
    };
    let platforms: String = digests.iter().map(platform).collect();
    TEMPLATE
        .replace("{version}", env!("CARGO_PKG_VERSION"))
        .replace("{homepage}", HOME)
        .replace("{platforms}\n", &platforms)
}
