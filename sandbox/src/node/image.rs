//! Container images without a registry: one static program in an OCI archive, written here and imported by `ctr`.

use std::fs::{self, File};
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

const LAYER: &str = "application/vnd.oci.image.layer.v1.tar";
const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";

/// A program of an image: where it lies on this machine, and its path in the image. Links are further names of it.
#[derive(Debug)]
pub struct Program<'a> {
    /// The static program's file.
    pub file: &'a Path,
    /// Its path in the image, without a leading slash.
    pub path: &'a str,
    /// Other paths by which it is called, without a leading slash.
    pub links: &'a [&'a str],
}

/// Writes the image `name:tag` with one program, which is its entry point unless it has links, to the file `to`.
pub fn write(name: &str, tag: &str, program: &Program<'_>, to: &Path) -> Result<()> {
    let layer = layer(program)?;
    let layer_digest = digest(&layer);
    let mut image = json!({"Env": ["PATH=/bin"]});
    if program.links.is_empty() {
        image["Entrypoint"] = json!([format!("/{}", program.path)]);
    }
    let config = json!({
        "architecture": architecture(),
        "os": "linux",
        "config": image,
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

fn layer(program: &Program<'_>) -> Result<Vec<u8>> {
    let bytes = fs::read(program.file).with_context(|| format!("cannot read {}", program.file.display()))?;
    let mut archive = tar::Builder::new(Vec::new());
    append(&mut archive, program.path, &bytes, 0o755)?;
    for link in program.links {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(tar::EntryType::Symlink);
        header.set_size(0);
        archive.append_link(&mut header, link, format!("/{}", program.path))?;
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
