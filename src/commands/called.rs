//! The command line under the name by which the program was called: whoever installed it under another name must find that name
//! in its help. Must not read any argument but the first.

use std::ffi::{OsStr, OsString};
use std::path::Path;

use clap::{CommandFactory as _, FromArgMatches as _};

use super::Cli;

/// How it is called by those who did not rename it.
const USUAL: &str = "kubectl gemini";

/// Reads a whole command line, the program's name first.
pub fn read(args: Vec<OsString>) -> Result<Cli, clap::Error> {
    let mut command = command(args.first().map(OsString::as_os_str).unwrap_or_default());
    let matches = command.try_get_matches_from_mut(args)?;
    let mut cli = Cli::from_arg_matches(&matches).map_err(|error| error.format(&mut command))?;
    cli.global.command = matches.subcommand_name().unwrap_or_default().to_owned();
    Ok(cli)
}

/// All commands and flags of a program of this name. kubectl finds `kubectl-gemini_snapshots` as `kubectl gemini-snapshots`.
fn command(program: &OsStr) -> clap::Command {
    let command = Cli::command();
    match plugin(program) {
        Some(plugin) => {
            let name = format!("kubectl {}", plugin.replace('-', " ").replace('_', "-"));
            renamed(command.display_name(format!("kubectl-{plugin}")), &name).bin_name(name)
        }
        None => command,
    }
}

/// What kubectl makes a command of, if the name is one that it looks for and not the usual one.
fn plugin(program: &OsStr) -> Option<String> {
    let name = Path::new(program).file_name()?.to_str()?;
    let name = name.strip_suffix(".exe").unwrap_or(name);
    let plugin = name.strip_prefix("kubectl-").filter(|plugin| *plugin != "gemini")?;
    let is_word = plugin.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c));
    (is_word && plugin.starts_with(|c: char| c.is_ascii_alphanumeric())).then(|| plugin.to_owned())
}

/// Examples are to be copied.
fn renamed(mut command: clap::Command, name: &str) -> clap::Command {
    let text = |text: &clap::builder::StyledStr| text.to_string().replace(USUAL, name);
    if let Some(about) = command.get_long_about().map(text) {
        command = command.long_about(about);
    }
    if let Some(after) = command.get_after_help().map(text) {
        command = command.after_help(after);
    }
    command.mut_subcommands(|sub| renamed(sub, name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usage_line_follows_the_name_by_which_kubectl_found_the_program() {
        for (program, wanted) in [
            ("kubectl-gemini", "kubectl gemini"),
            ("/opt/krew/bin/kubectl-gemini", "kubectl gemini"),
            ("kubectl-gemini_snapshots", "kubectl gemini-snapshots"),
            ("/opt/krew/bin/kubectl-gemini_snapshots.exe", "kubectl gemini-snapshots"),
            ("kubectl-snap-shots", "kubectl snap shots"),
            ("kubectl-gemini v2", "kubectl gemini"),
            ("kubectl-", "kubectl gemini"),
            ("gemini", "kubectl gemini"),
            ("", "kubectl gemini"),
        ] {
            let help = command(OsStr::new(program)).render_help().to_string();
            assert!(help.contains(&format!("{wanted} [OPTIONS]")), "{program}: {help}");
            assert!(help.contains(&format!("Use \"{wanted} COMMAND --help\"")), "{program}: {help}");
        }
    }

    #[test]
    fn the_version_and_the_examples_follow_it_too() {
        let said = |line: &str| read(line.split(' ').map(OsString::from).collect()).unwrap_err().to_string();
        assert!(said("kubectl-gemini --version").starts_with("kubectl-gemini v"));
        assert!(said("bin/kubectl-gemini_snapshots --version").starts_with("kubectl-gemini_snapshots v"));
        let help = said("kubectl-gemini_snapshots restore --help");
        assert!(
            help.contains("kubectl gemini-snapshots restore photos") && !help.contains("kubectl gemini "),
            "{help}"
        );
        let wrong = said("kubectl-gemini_snapshots prune --perhaps");
        assert!(wrong.contains("Usage: kubectl gemini-snapshots prune"), "{wrong}");
    }

    #[test]
    fn the_server_can_be_told_which_command_it_is() {
        let cli = read(["kubectl-gemini", "-n", "shop", "run-once"].map(OsString::from).into()).unwrap();
        assert_eq!(cli.global.command, "run-once");
    }
}
