//! `completion`: the helper through which kubectl asks for the next word, and scripts for shells that call the program itself.
//! Must never write over a file that is not its own.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Args, CommandFactory as _, Subcommand};
use clap_complete::Shell;

use super::Cli;
use crate::error::{Error, ExitCode, Reason, Result};
use crate::ui::terminal::Ui;

/// The file that kubectl runs.
const HELPER: &str = "kubectl_complete-gemini";

/// Complete words behind kubectl, or print a script for a shell
///
/// kubectl 1.26 and newer asks `kubectl_complete-gemini` for what comes next:
/// `install` puts that beside this program. The scripts are for those who call
/// `kubectl-gemini` directly.
///
/// Examples:
///   kubectl gemini completion install
///   source <(kubectl-gemini completion bash)
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub struct CompletionArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Put the helper beside this program
    Install,
    /// Remove it again
    Uninstall,
    /// Say whether it is there
    Status,
    /// Print the script for bash
    Bash,
    /// Print the script for zsh
    Zsh,
    /// Print the script for fish
    Fish,
    /// Print the script for PowerShell
    Powershell,
    /// Print the script for Elvish
    Elvish,
}

/// Runs the command.
pub fn run(args: CompletionArgs, ui: &Arc<Ui>) -> Result<ExitCode> {
    let shell = match args.what {
        What::Install => return install(ui),
        What::Uninstall => return uninstall(ui),
        What::Status => return status(ui),
        What::Bash => Shell::Bash,
        What::Zsh => Shell::Zsh,
        What::Fish => Shell::Fish,
        What::Powershell => Shell::PowerShell,
        What::Elvish => Shell::Elvish,
    };
    ui.data(&script(shell)).map(|()| ExitCode::Done)
}

/// The script for a shell that calls `kubectl-gemini` directly.
pub fn script(shell: Shell) -> String {
    let mut script = vec![];
    clap_complete::generate(
        shell,
        &mut Cli::command().bin_name("kubectl-gemini"),
        "kubectl-gemini",
        &mut script,
    );
    String::from_utf8_lossy(&script).into_owned()
}

/// This program, and where its helper belongs: beside it, under the name by which it is called.
fn places() -> Result<(PathBuf, PathBuf)> {
    let called =
        std::env::args_os().next().map(PathBuf::from).filter(|path| path.is_absolute() && path.exists());
    let program = match called {
        Some(program) => program,
        None => std::env::current_exe().map_err(|error| failed("this program cannot be found", &error))?,
    };
    let helper = helper(&program);
    let helper = program.with_file_name(if cfg!(windows) { format!("{helper}.cmd") } else { helper });
    Ok((program, helper))
}

/// What kubectl asks for the words of a plugin of this name.
fn helper(program: &Path) -> String {
    let plugin =
        program.file_stem().and_then(|name| name.to_str()).and_then(|name| name.strip_prefix("kubectl-"));
    plugin.map_or_else(|| HELPER.to_owned(), |plugin| format!("kubectl_complete-{plugin}"))
}

fn failed(what: &str, error: &std::io::Error) -> Error {
    Error::new(Reason::FileUnwritable, what.to_owned()).cause(error.to_string())
}

/// The helper is the one that `install` makes.
fn is_ours(program: &Path, helper: &Path) -> bool {
    match fs::read_link(helper) {
        Ok(target) => target.file_name() == program.file_name(),
        Err(_) => fs::read_to_string(helper).is_ok_and(|text| text == own_shim(program)),
    }
}

/// The helper where there are no links: it asks the program of that name beside it. `os` is `windows`, or another.
pub fn shim(program: &str, os: &str) -> String {
    match os {
        "windows" => format!("@\"%~dp0{program}\" __complete %*\r\n"),
        _ => format!("#!/bin/sh\nexec \"$(dirname \"$0\")/{program}\" __complete \"$@\"\n"),
    }
}

/// The helper for this program on this machine.
fn own_shim(program: &Path) -> String {
    shim(&program.file_name().unwrap_or_default().to_string_lossy(), std::env::consts::OS)
}

fn install(ui: &Ui) -> Result<ExitCode> {
    let (program, helper) = places()?;
    let place = helper.display().to_string();
    if fs::symlink_metadata(&helper).is_ok() {
        return match is_ours(&program, &helper) {
            true => ui.data(&format!("{place} unchanged\n")).map(|()| ExitCode::Done),
            false => Err(Error::new(Reason::NameTaken, format!("{place} exists and is not ours"))
                .hint("move it away, then run the same command again")),
        };
    }
    put(&program, &helper).map_err(|error| {
        failed(&format!("{place} cannot be written"), &error).hint("run it as somebody who may write there")
    })?;
    let is_found = std::env::var_os("PATH").is_some_and(|path| {
        std::env::split_paths(&path).any(|directory| Some(directory.as_path()) == helper.parent())
    });
    if !is_found {
        ui.note("Its directory is not on PATH, so kubectl will not find it.");
    }
    ui.data(&format!("{place} created\n")).map(|()| ExitCode::Done)
}

#[cfg(unix)]
fn put(program: &Path, helper: &Path) -> std::io::Result<()> {
    // Relative, so that an upgrade that replaces the program keeps it.
    std::os::unix::fs::symlink(program.file_name().unwrap_or_default(), helper)
}

#[cfg(not(unix))]
fn put(program: &Path, helper: &Path) -> std::io::Result<()> {
    fs::write(helper, own_shim(program))
}

fn uninstall(ui: &Ui) -> Result<ExitCode> {
    let (program, helper) = places()?;
    let place = helper.display();
    if fs::symlink_metadata(&helper).is_err() {
        return ui.data(&format!("{place} not found\n")).map(|()| ExitCode::Done);
    }
    if !is_ours(&program, &helper) {
        return Err(Error::new(Reason::NameTaken, format!("{place} is not ours"))
            .hint("remove it yourself if you know what it is"));
    }
    fs::remove_file(&helper).map_err(|error| failed(&format!("{place} cannot be removed"), &error))?;
    ui.data(&format!("{place} deleted\n")).map(|()| ExitCode::Done)
}

fn status(ui: &Ui) -> Result<ExitCode> {
    let (program, helper) = places()?;
    let state = match fs::symlink_metadata(&helper) {
        Err(_) => "not installed; put it there: kubectl gemini completion install",
        Ok(_) if is_ours(&program, &helper) => "installed",
        Ok(_) => "somebody else's",
    };
    ui.data(&format!("{}: {state}\n", helper.display())).map(|()| ExitCode::Done)
}
