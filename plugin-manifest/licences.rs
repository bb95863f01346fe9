//! The licences of what the program is linked with, as they want to be passed on.
//! Must name every library that is in the program for its platform, and none that only its tests use.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use super::krew::Result;

const PROGRAM: &str = "kubectl-gemini";

/// One text: which libraries there are, and the texts of their licences, each once.
pub fn all(target: &str) -> Result<String> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let args = ["metadata", "--format-version=1", "--locked", "--filter-platform", target];
    let output = Command::new(cargo).args(args).current_dir(env!("CARGO_MANIFEST_DIR")).output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
    }
    let metadata: Value = serde_json::from_slice(&output.stdout)?;
    let wanted = linked(&metadata)?;
    let mut texts: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut list = String::new();
    for package in metadata["packages"].as_array().into_iter().flatten() {
        let text = |key: &str| package[key].as_str().unwrap_or_default();
        if !wanted.contains(text("id")) || text("name") == PROGRAM {
            continue;
        }
        let name = format!("{} {}", text("name"), text("version"));
        list += &format!("{name}: {}\n", text("license"));
        for licence in files(Path::new(text("manifest_path")))? {
            texts.entry(licence).or_default().insert(name.clone());
        }
    }
    let texts = texts.into_iter().map(|(licence, names)| {
        let names: Vec<_> = names.into_iter().collect();
        format!("\n{0}\n{1}\n{0}\n\n{2}\n", "=".repeat(80), names.join(", "), licence.trim_end())
    });
    Ok(format!("{PROGRAM} is made with these libraries.\n\n{list}{}", texts.collect::<String>()))
}

/// The program, and whatever it is linked with: neither what its tests nor what its build needs.
fn linked(metadata: &Value) -> Result<BTreeSet<&str>> {
    let nodes: BTreeMap<&str, &Value> = metadata["resolve"]["nodes"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|node| Some((node["id"].as_str()?, node)))
        .collect();
    let is_program = |package: &&Value| package["name"] == PROGRAM;
    let program = metadata["packages"].as_array().into_iter().flatten().find(is_program);
    let mut open = vec![program.and_then(|package| package["id"].as_str()).ok_or("no such package")?];
    let mut seen = BTreeSet::new();
    while let Some(id) = open.pop() {
        if !seen.insert(id) {
            continue;
        }
        let dependencies = nodes.get(id).and_then(|node| node["deps"].as_array()).into_iter().flatten();
        let is_linked = |dependency: &&Value| {
            dependency["dep_kinds"].as_array().into_iter().flatten().any(|kind| kind["kind"].is_null())
        };
        open.extend(dependencies.filter(is_linked).filter_map(|dependency| dependency["pkg"].as_str()));
    }
    Ok(seen)
}

/// The texts beside a manifest that are licences by their name.
fn files(manifest: &Path) -> Result<Vec<String>> {
    let directory = manifest.parent().unwrap_or(manifest);
    let is_licence = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy().to_uppercase();
        path.is_file()
            && ["LICENSE", "LICENCE", "COPYING", "NOTICE"].iter().any(|word| name.starts_with(word))
    };
    let mut paths: Vec<_> = fs::read_dir(directory)?.flatten().map(|entry| entry.path()).collect();
    paths.retain(is_licence);
    paths.sort();
    paths.iter().map(|path| Ok(String::from_utf8_lossy(&fs::read(path)?).replace("\r\n", "\n"))).collect()
}
