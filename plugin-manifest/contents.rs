//! What lies in an archive: the program, and what is read with it, passed on with it, or asks it.
//! Must hold regular files alone, all in one place: krew unpacks nothing else.

use std::fs;
use std::path::Path;

use clap::CommandFactory as _;
use kubectl_gemini::commands::Cli;
use kubectl_gemini::commands::completion::shim;

use super::krew::{Result, program_name};
use super::licences;

/// Name, mode and content.
pub type Files = Vec<(String, u32, Vec<u8>)>;

/// All files of the archive for an operating system as krew calls it, and a target as Rust calls it.
pub fn files(program: Vec<u8>, os: &str, target: &str) -> Result<Files> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let name = program_name(os);
    let helper = if os == "windows" { "kubectl_complete-gemini.cmd" } else { "kubectl_complete-gemini" };
    let mut files = vec![
        (name.to_owned(), 0o755, program),
        (helper.to_owned(), 0o755, shim(name, os).into_bytes()),
        ("LICENSE".to_owned(), 0o644, fs::read(root.join("LICENSE"))?),
        ("README.md".to_owned(), 0o644, fs::read(root.join("README.md"))?),
        ("THIRD-PARTY-LICENSES.txt".to_owned(), 0o644, licences::all(target)?.into_bytes()),
    ];
    files.extend(manual()?.into_iter().map(|(name, page)| (name, 0o644, page)));
    Ok(files)
}

/// A page for the program, and one for each command, by the names of their files.
fn manual() -> Result<Vec<(String, Vec<u8>)>> {
    let mut program = Cli::command();
    program.build();
    let is_told = |command: &&clap::Command| !command.is_hide_set() && command.get_name() != "help";
    let commands = program.get_subcommands().filter(is_told);
    let named = commands.map(|command| (format!("kubectl-gemini-{}", command.get_name()), command.clone()));
    let mut pages = vec![];
    for (name, command) in named.chain([("kubectl-gemini".to_owned(), program.clone())]) {
        let mut page = vec![];
        clap_mangen::Man::new(command).title(name.to_uppercase()).render(&mut page)?;
        pages.push((format!("{name}.1"), page));
    }
    Ok(pages)
}
