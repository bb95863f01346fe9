//! The order of the modules, kept by reading their sources: what decides is pure, what renders does not ask.
//! A failure names the file and the word.

use std::fs;
use std::path::{Path, PathBuf};

/// What a pure module must not name: the cluster, the outside world, time.
const IMPURE: [&str; 10] = [
    "kube::",
    "k8s_openapi",
    "tokio",
    "async ",
    ".await",
    "std::env",
    "std::fs",
    "SystemTime",
    "Instant::now",
    "Utc::now",
];

fn sources(module: &str) -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(module);
    let mut directories = vec![root];
    let mut found = vec![];
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(&directory).expect("the module exists") {
            let path = entry.expect("the entry is readable").path();
            if path.is_dir() {
                directories.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let source = fs::read_to_string(&path).expect("the source is readable");
                found.push((path, source));
            }
        }
    }
    assert!(!found.is_empty(), "src/{module} holds no sources");
    found
}

/// Code only: comments may talk about anything.
fn code(source: &str) -> String {
    source.lines().map(|line| line.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

fn assert_free_of(module: &str, words: &[&str]) {
    for (path, source) in sources(module) {
        for word in words {
            assert!(!code(&source).contains(word), "{} names {word}", path.display());
        }
    }
}

#[test]
fn the_model_knows_only_itself() {
    assert_free_of("model", &IMPURE);
    assert_free_of("model", &["crate::plan", "crate::api", "crate::cluster", "crate::ui", "crate::commands"]);
}

#[test]
fn plans_know_only_the_model() {
    assert_free_of("plan", &IMPURE);
    assert_free_of("plan", &["crate::api", "crate::cluster", "crate::ui", "crate::commands", "clap"]);
}

#[test]
fn the_wire_types_ask_nobody() {
    assert_free_of(
        "api",
        &["crate::cluster", "crate::ui", "crate::commands", "crate::plan", "tokio", "async "],
    );
}

#[test]
fn the_cluster_neither_prints_nor_parses_flags() {
    assert_free_of("cluster", &["crate::ui", "crate::commands", "crate::cli", "clap"]);
}

#[test]
fn what_renders_does_not_ask() {
    assert_free_of(
        "ui",
        &["crate::cluster", "crate::commands", "crate::cli", "crate::api", "kube::", "clap", ".await"],
    );
}

/// Single files that others build on, and what they must not name.
#[test]
fn the_foundations_know_nothing_of_what_stands_on_them() {
    for (file, word) in [
        ("error.rs", "crate::"),
        ("cli.rs", "crate::commands"),
        ("cluster/options.rs", "super::"),
        ("cluster/kubeconfig.rs", "super::connect"),
    ] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(file);
        let source = fs::read_to_string(path).expect("it exists");
        assert!(!code(&source).contains(word), "src/{file} names {word}");
    }
}

#[test]
fn files_are_short_and_say_what_they_are() {
    for (path, source) in sources(".") {
        let lines = source.lines().count();
        assert!(lines < 300, "{} has {lines} lines", path.display());
        let heading = source.lines().take_while(|line| line.starts_with("//!")).count();
        assert!(heading >= 2, "{} does not open with two lines on its role", path.display());
    }
}
