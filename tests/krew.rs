//! The manifest and the archive for krew, by krew's own rules, which are written down again here: installed, run, upgraded, removed.
//! krew itself cannot be built everywhere; `plugin-manifest/README.md` says how to try it with krew.

#![cfg(unix)]

#[path = "../plugin-manifest/contents.rs"]
mod contents;
#[path = "../plugin-manifest/krew.rs"]
mod krew;
#[path = "../plugin-manifest/licences.rs"]
mod licences;

use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Component, Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use clap::CommandFactory as _;
use flate2::Compression;
use flate2::read::GzDecoder;
use krew::{PLATFORMS, Packing, Result, archive, digest, manifest, program_name};
use kubectl_gemini::commands::Cli;
use serde_json::Value;

/// What krew's own checks, and its reviewers, would object to in a manifest that is called `file`.
fn objections(file: &str, manifest: &Value) -> Vec<String> {
    let mut found = vec![];
    let mut must = |is_so: bool, what: &str| {
        if !is_so {
            found.push(what.to_owned());
        }
    };
    let (name, spec) = (&manifest["metadata"]["name"], &manifest["spec"]);
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    must(manifest["apiVersion"] == "krew.googlecontainertools.github.com/v1alpha2", "apiVersion");
    must(manifest["kind"] == "Plugin", "kind");
    let is_word =
        |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c));
    must(is_word(&text(name)), "metadata.name");
    must(file == format!("{}.yaml", text(name)), "the name of the file");
    let version = text(&spec["version"]);
    let numbers: Vec<_> = version.strip_prefix('v').unwrap_or_default().splitn(3, '.').collect();
    must(numbers.len() == 3 && numbers[..2].iter().all(|n| n.parse::<u32>().is_ok()), "spec.version");
    let short = text(&spec["shortDescription"]);
    must(!short.is_empty() && !short.contains('\n') && short.chars().count() <= 50, "spec.shortDescription");
    must(text(&spec["description"]).lines().all(|line| line.chars().count() <= 80), "spec.description");
    must(text(&spec["homepage"]).starts_with("https://"), "spec.homepage");
    let platforms = spec["platforms"].as_array().cloned().unwrap_or_default();
    must(!platforms.is_empty(), "spec.platforms");
    let mut seen = vec![];
    for platform in platforms {
        let labels = &platform["selector"]["matchLabels"];
        let pair = (text(&labels["os"]), text(&labels["arch"]));
        let is_known = PLATFORMS.iter().any(|(os, arch)| (*os, *arch) == (pair.0.as_str(), pair.1.as_str()));
        must(is_known && labels.as_object().is_some_and(|labels| labels.len() == 2), "a selector");
        must(!seen.contains(&pair), "a platform that is there twice");
        seen.push(pair.clone());
        must(text(&platform["uri"]).starts_with("https://"), "a uri");
        let sum = text(&platform["sha256"]);
        must(sum.len() == 64 && sum.chars().all(|c| matches!(c, '0'..='9' | 'a'..='f')), "a sha256");
        must(text(&platform["bin"]) == program_name(&pair.0), "a bin");
        must(platform["files"].is_null(), "files");
    }
    found
}

/// Unpacks an archive as krew does: regular files and directories, nothing that leads out of the place, and a licence.
fn unpack(archive: &[u8], to: &Path) -> Result<()> {
    let mut tar = tar::Archive::new(GzDecoder::new(archive));
    for entry in tar.entries()? {
        let mut entry = entry?;
        let path = entry.path()?.into_owned();
        let kind = entry.header().entry_type();
        let leads_out = path.components().any(|part| !matches!(part, Component::Normal(_)));
        if leads_out || !(kind.is_file() || kind.is_dir()) {
            return Err(format!("krew does not unpack {}", path.display()).into());
        }
        let mut bytes = vec![];
        entry.read_to_end(&mut bytes)?;
        let place = to.join(&path);
        fs::write(&place, bytes)?;
        fs::set_permissions(&place, fs::Permissions::from_mode(entry.header().mode()?))?;
    }
    let mut names =
        fs::read_dir(to)?.flatten().map(|entry| entry.file_name().to_string_lossy().to_lowercase());
    let licences = ["license", "licenses", "copying", "license.txt", "license.md"];
    if names.any(|name| licences.contains(&name.as_str())) {
        Ok(())
    } else {
        Err("krew wants a licence".into())
    }
}

fn rendered() -> Value {
    let digests: BTreeMap<_, _> = PLATFORMS.iter().map(|pair| (*pair, digest(pair.0.as_bytes()))).collect();
    serde_yaml::from_str(&manifest(&digests)).unwrap()
}

#[test]
fn krew_has_no_objections_to_the_manifest() {
    let manifest = rendered();
    assert_eq!(objections("gemini.yaml", &manifest), [""; 0]);
    assert_eq!(manifest["spec"]["platforms"].as_array().unwrap().len(), 6);
    assert_eq!(manifest["spec"]["version"], concat!("v", env!("CARGO_PKG_VERSION")));
}

#[test]
fn krew_would_object_to_what_is_wrong() {
    let spoilt = |change: &dyn Fn(&mut Value)| {
        let mut manifest = rendered();
        change(&mut manifest);
        objections("gemini.yaml", &manifest)
    };
    assert_eq!(spoilt(&|m| m["spec"]["version"] = env!("CARGO_PKG_VERSION").into()), ["spec.version"]);
    assert_eq!(spoilt(&|m| m["spec"]["shortDescription"] = "a\nb".into()), ["spec.shortDescription"]);
    assert_eq!(spoilt(&|m| m["spec"]["platforms"][0]["sha256"] = "ABC".into()), ["a sha256"]);
    assert_eq!(
        spoilt(&|m| m["spec"]["platforms"][0]["selector"]["matchLabels"]["os"] = "plan9".into()),
        ["a selector"]
    );
    assert_eq!(
        spoilt(&|m| m["spec"]["platforms"][1] = m["spec"]["platforms"][0].clone()),
        ["a platform that is there twice"]
    );
    assert_eq!(objections("other.yaml", &rendered()), ["the name of the file"]);
}

fn place(name: &str) -> PathBuf {
    let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&place);
    fs::create_dir_all(&place).unwrap();
    place
}

/// What is shipped for Linux, with this program in it. Not compressed: the program of the tests is large.
fn packed(program: &[u8]) -> Vec<u8> {
    static FILES: OnceLock<contents::Files> = OnceLock::new();
    // To ask for all libraries takes a while.
    let shipped = || contents::files(vec![], "linux", "x86_64-unknown-linux-musl").unwrap();
    let mut files = FILES.get_or_init(shipped).clone();
    files.iter_mut().find(|(name, ..)| name == "kubectl-gemini").unwrap().2 = program.to_owned();
    archive(files, Packing::Stored).unwrap()
}

/// krew unpacks into `store/gemini/VERSION` and links `bin/kubectl-gemini` to it.
#[test]
fn the_archive_is_installed_run_upgraded_and_removed() {
    let (root, program) = (place("krew"), fs::read(env!("CARGO_BIN_EXE_kubectl-gemini")).unwrap());
    let link = root.join("kubectl-gemini");
    let old = b"#!/bin/sh\necho v0.0.9\n";
    for (version, program) in
        [("v0.0.9", old.as_slice()), (concat!("v", env!("CARGO_PKG_VERSION")), &program)]
    {
        let store = root.join(version);
        fs::create_dir_all(&store).unwrap();
        unpack(&packed(program), &store).unwrap();
        let _ = fs::remove_file(&link);
        std::os::unix::fs::symlink(store.join("kubectl-gemini"), &link).unwrap();
        let output = Command::new(&link).args(["version", "--client"]).output().unwrap();
        assert!(String::from_utf8_lossy(&output.stdout).contains(version));
    }
    fs::remove_dir_all(root.join("v0.0.9")).unwrap();
    assert!(Command::new(&link).arg("--help").output().unwrap().status.success());
}

#[test]
fn archives_are_the_same_everywhere_and_hold_nothing_that_krew_refuses() {
    assert_eq!(digest(&packed(b"program")), digest(&packed(b"program")));
    let place = place("spoilt");
    let without = archive(vec![("kubectl-gemini".to_owned(), 0o755, vec![])], Packing::Stored).unwrap();
    assert!(unpack(&without, &place).unwrap_err().to_string().contains("licence"));
    let mut tar = tar::Builder::new(flate2::write::GzEncoder::new(Vec::new(), Compression::fast()));
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(tar::EntryType::Symlink);
    header.set_size(0);
    tar.append_link(&mut header, "LICENSE", "/etc/passwd").unwrap();
    let linked = tar.into_inner().unwrap().finish().unwrap();
    assert!(unpack(&linked, &place).unwrap_err().to_string().contains("does not unpack LICENSE"));
}

/// What lies in an unpacked archive.
fn unpacked(name: &str, program: &[u8]) -> PathBuf {
    let place = place(name);
    unpack(&packed(program), &place).unwrap();
    place
}

#[test]
fn the_helper_in_the_archive_asks_the_program_beside_it() {
    let place = unpacked("helper", b"#!/bin/sh\nprintf '<%s>' \"$@\"\n");
    let output =
        Command::new(place.join("kubectl_complete-gemini")).args(["list", "two words", ""]).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "<__complete><list><two words><>");
}

/// Each command has a page, and each of its flags is on it.
#[test]
fn the_manual_in_the_archive_tells_all_that_the_help_does() {
    let place = unpacked("manual", b"");
    let mut program = Cli::command();
    program.build();
    let hidden = |command: &&clap::Command| command.is_hide_set() || command.get_name() == "help";
    for command in program.get_subcommands().filter(|command| !hidden(command)) {
        let page = place.join(format!("kubectl-gemini-{}.1", command.get_name()));
        let page = fs::read_to_string(&page).unwrap_or_else(|_| panic!("no {}", page.display()));
        // Hyphens are written as minus signs.
        let page = page.replace("\\-", "-");
        assert!(
            page.contains(&format!(".TH KUBECTL-GEMINI-{}", command.get_name().to_uppercase())),
            "{page}"
        );
        for flag in command.get_arguments().filter(|flag| !flag.is_hide_set() && !flag.is_global_set()) {
            if let Some(long) = flag.get_long() {
                assert!(page.contains(&format!("--{long}")), "{} --{long}:\n{page}", command.get_name());
            }
        }
    }
    let page = fs::read_to_string(place.join("kubectl-gemini.1")).unwrap().replace("\\-", "-");
    assert!(page.contains("--request-timeout") && page.contains("kubectl-gemini-restore(1)"), "{page}");
}

/// Of all that the program is linked with on Linux, and of nothing else.
#[test]
fn the_licences_of_others_go_with_the_program() {
    let text = fs::read_to_string(unpacked("licences", b"").join("THIRD-PARTY-LICENSES.txt")).unwrap();
    let (list, texts) = text.split_once("\n=====").unwrap();
    let named: Vec<_> = list.lines().skip(2).filter(|line| !line.is_empty()).collect();
    assert!(named.len() > 100, "{list}");
    for line in &named {
        let licence = line.split_once(": ").map(|(_, licence)| licence).unwrap_or_default();
        assert!(!licence.is_empty(), "{line} has no licence");
    }
    let is_named = |name: &str| named.iter().any(|line| line.starts_with(&format!("{name} ")));
    for library in ["kube", "k8s-openapi", "tokio", "rustls", "ring", "chrono-tz", "clap"] {
        assert!(is_named(library), "{library} is not named:\n{list}");
    }
    for other in ["kubectl-gemini", "proptest", "criterion", "snapbox", "windows-sys", "security-framework"] {
        assert!(!is_named(other), "{other} is named:\n{list}");
    }
    assert!(texts.contains("Apache License") && texts.contains("Permission is hereby granted"));
}

/// The workflow was written by hand: what it builds, archives and puts into the image is what the manifest is made of.
#[test]
fn a_release_is_made_of_all_platforms() {
    let text = fs::read_to_string(".github/workflows/release.yaml").unwrap();
    let workflow: Value = serde_yaml::from_str(&text).unwrap();
    let built = workflow["jobs"]["program"]["strategy"]["matrix"]["include"].as_array().unwrap();
    let pairs: Vec<_> = PLATFORMS.iter().map(|(os, arch)| format!("{os}/{arch}")).collect();
    let platforms: Vec<_> = built.iter().map(|one| one["platform"].as_str().unwrap()).collect();
    assert_eq!(platforms, pairs);
    for one in built {
        let (platform, target) = (one["platform"].as_str().unwrap(), one["target"].as_str().unwrap());
        let name = program_name(platform.split('/').next().unwrap());
        let line = format!("archive {platform} {target} {name}\n");
        assert!(text.contains(&line), "{line}");
    }
    let steps = workflow["jobs"]["image"]["steps"].as_array().unwrap();
    let image = &steps.last().unwrap()["with"];
    assert!(Path::new(image["file"].as_str().unwrap()).exists());
    assert_eq!(
        image["tags"],
        format!("{}:${{{{ github.ref_name }}}}", kubectl_gemini::api::manifests::IMAGE)
    );
    for platform in image["platforms"].as_str().unwrap().split(',') {
        assert!(platforms.contains(&platform), "{platform}");
    }
}
