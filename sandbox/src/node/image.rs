//! Container images without a registry: files of this machine in an OCI archive, written here and imported by `ctr`.
//! Must not be a package manager: whoever makes an image names every file of it.

use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

const LAYER: &str = "application/vnd.oci.image.layer.v1.tar";
const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";

/// What an image holds. Paths in it are written without a leading slash.
#[derive(Debug, Default)]
pub struct Image {
    /// Files of this machine, with their paths in the image, where they have the same permissions.
    pub files: Vec<(PathBuf, String)>,
    /// Further names: where a link lies, and the file of the image that it stands for.
    pub links: Vec<(String, String)>,
    /// What it starts if nothing else is said.
    pub entrypoint: Option<String>,
}

/// Writes `image` as `name:tag` to the file `to`.
pub fn write(name: &str, tag: &str, image: &Image, to: &Path) -> Result<()> {
    let layer = layer(image)?;
    let layer_digest = digest(&layer);
    let mut settings = json!({"Env": ["PATH=/bin"]});
    if let Some(path) = &image.entrypoint {
        settings["Entrypoint"] = json!([format!("/{path}")]);
    }
    let config = json!({
        "architecture": architecture(),
        "os": "linux",
        "config": settings,
        "rootfs": {"type": "layers", "diff_ids": [layer_digest]},
    });
    let config = serde_json::to_vec(&config)?;
    let manifest = serde_json::to_vec(&json!({
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": descriptor(CONFIG, &config),
        "layers": [descriptor(LAYER, &layer)],
    }))?;
    let mut entry = descriptor(MANIFEST, &manifest);
    entry["annotations"] = json!({
        "io.containerd.image.name": format!("{name}:{tag}"),
        "org.opencontainers.image.ref.name": tag,
    });
    let index = serde_json::to_vec(&json!({"schemaVersion": 2, "manifests": [entry]}))?;

    let file = File::create(to).with_context(|| format!("cannot create {}", to.display()))?;
    let mut archive = tar::Builder::new(file);
    append(&mut archive, "oci-layout", br#"{"imageLayoutVersion":"1.0.0"}"#, 0o644)?;
    append(&mut archive, "index.json", &index, 0o644)?;
    for blob in [&layer, &config, &manifest] {
        let path = format!("blobs/{}", digest(blob).replace(':', "/"));
        append(&mut archive, &path, blob, 0o644)?;
    }
    archive.finish()?;
    Ok(())
}

fn layer(image: &Image) -> Result<Vec<u8>> {
    let mut archive = tar::Builder::new(Vec::new());
    for (file, path) in &image.files {
        let read = || Ok::<_, std::io::Error>((fs::read(file)?, fs::metadata(file)?.permissions().mode()));
        let (bytes, mode) = read().with_context(|| format!("cannot read {}", file.display()))?;
        append(&mut archive, path, &bytes, mode & 0o777)?;
    }
    for (link, path) in &image.links {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(tar::EntryType::Symlink);
        header.set_size(0);
        archive.append_link(&mut header, link, format!("/{path}"))?;
    }
    Ok(archive.into_inner()?)
}

fn append<W: std::io::Write>(
    archive: &mut tar::Builder<W>,
    path: &str,
    bytes: &[u8],
    mode: u32,
) -> Result<()> {
    let mut header = tar::Header::new_gnu();
    header.set_size(bytes.len() as u64);
    header.set_mode(mode);
    archive.append_data(&mut header, path, bytes)?;
    Ok(())
}

fn descriptor(media_type: &str, bytes: &[u8]) -> Value {
    json!({"mediaType": media_type, "digest": digest(bytes), "size": bytes.len()})
}

fn digest(bytes: &[u8]) -> String {
    let hex: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hex}")
}

/// Go's name of this machine's architecture.
fn architecture() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    }
}
