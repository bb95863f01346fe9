//! The scripts in `completions/` are those that the program prints, and the helper beside it is put there and taken away.
//! `SNAPSHOTS=overwrite cargo test --test completions` writes the scripts anew.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use clap_complete::Shell;
use kubectl_gemini::commands::completion::{script, shim};
use snapbox::{Data, assert_data_eq};

#[test]
fn the_shipped_scripts_are_current() {
    for (shell, file) in [
        (Shell::Bash, "kubectl-gemini.bash"),
        (Shell::Zsh, "_kubectl-gemini"),
        (Shell::Fish, "kubectl-gemini.fish"),
        (Shell::PowerShell, "_kubectl-gemini.ps1"),
        (Shell::Elvish, "kubectl-gemini.elv"),
    ] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("completions").join(file);
        assert_data_eq!(script(shell), Data::read_from(&path, None).raw());
    }
    // For packages that bring two files along.
    let helper = Path::new(env!("CARGO_MANIFEST_DIR")).join("completions/kubectl_complete-gemini");
    assert_data_eq!(shim("kubectl-gemini", "linux"), Data::read_from(&helper, None).raw());
    assert_eq!(fs::metadata(&helper).unwrap().permissions().mode() & 0o111, 0o111);
}

/// The program, linked into a directory of its own, by its usual name.
fn linked(name: &str) -> PathBuf {
    linked_as(name, "kubectl-gemini")
}

fn linked_as(name: &str, program: &str) -> PathBuf {
    let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&place);
    fs::create_dir_all(&place).unwrap();
    let program = place.join(program);
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_kubectl-gemini"), &program).unwrap();
    program
}

fn run(program: &Path, args: &[&str]) -> (bool, String) {
    let output = Command::new(program).args(args).env("KUBECONFIG", "/nonexistent").output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(said).unwrap())
}

#[test]
fn the_helper_is_put_beside_the_program_and_only_that_is_removed() {
    let program = linked("completion");
    let helper = program.with_file_name("kubectl_complete-gemini");
    assert!(run(&program, &["completion", "status"]).1.contains("not installed"));
    assert!(run(&program, &["completion", "install"]).1.contains("kubectl_complete-gemini created\n"));
    assert!(run(&program, &["completion", "install"]).1.contains(" unchanged\n"));
    assert_eq!(fs::read_link(&helper).unwrap(), Path::new("kubectl-gemini"));
    // As kubectl asks it.
    let (is_good, said) = run(&helper, &["restore", "--mode", ""]);
    assert!(is_good);
    assert_eq!(said, "staged\ndirect\n:36\n");
    assert!(run(&program, &["completion", "uninstall"]).1.ends_with(" deleted\n"));
    assert!(!helper.exists());
    // Out of an archive or a package.
    fs::copy("completions/kubectl_complete-gemini", &helper).unwrap();
    assert!(run(&program, &["completion", "status"]).1.ends_with(": installed\n"));
    assert_eq!(run(&helper, &["restore", "--mode", ""]), (true, "staged\ndirect\n:36\n".to_owned()));
    fs::write(&helper, "somebody's own").unwrap();
    for word in ["install", "uninstall"] {
        let (is_good, said) = run(&program, &["completion", word]);
        assert!(!is_good && said.contains("not ours (NameTaken)"), "{said}");
    }
    assert_eq!(fs::read_to_string(&helper).unwrap(), "somebody's own");
}

/// kubectl takes the name of the helper from that of the plugin.
#[test]
fn a_renamed_plugin_has_a_renamed_helper() {
    let program = linked_as("renamed", "kubectl-gemini_snapshots");
    let helper = program.with_file_name("kubectl_complete-gemini_snapshots");
    let (is_good, said) = run(&program, &["completion", "install"]);
    assert!(is_good && helper.exists(), "{said}");
    assert_eq!(run(&helper, &["restore", "--mode", ""]), (true, "staged\ndirect\n:36\n".to_owned()));
    assert!(run(&program, &["lst"]).1.contains("Usage: kubectl gemini-snapshots "));
    assert!(run(&program, &["completion", "uninstall"]).0 && !helper.exists());
}
