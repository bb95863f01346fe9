//! What must be known of a command line before it is read: how much is logged, as kubectl spells it, and whether there is colour.
//! Must not fail: what is wrong is found when it is read.

use std::ffi::OsString;

use anstream::ColorChoice;

/// Writes `-v 6` and `-v6` as `-v=6`: kubectl takes all of them, but here a bare `-v` has a meaning, too.
pub fn with_levels(args: impl Iterator<Item = OsString>) -> Vec<OsString> {
    let is_level = |text: &str| text.len() == 1 && text.chars().all(|c| c.is_ascii_digit());
    let mut written: Vec<OsString> = vec![];
    for arg in args {
        let after_v = matches!(written.last().and_then(|last| last.to_str()), Some("-v" | "--v"));
        match arg.to_str() {
            Some(level) if after_v && is_level(level) => {
                if let Some(last) = written.last_mut() {
                    last.push(format!("={level}"));
                }
            }
            Some(text) if text.strip_prefix("-v").is_some_and(is_level) => {
                written.push(text.replacen("-v", "-v=", 1).into());
            }
            _ => written.push(arg),
        }
    }
    written
}

/// `--color`, so that also what is said of a wrong command line, and the help, follow it. Of several the last.
pub fn colour(args: &[OsString]) -> ColorChoice {
    let (mut said, mut before) = (None, "");
    for word in args.iter().map(|arg| arg.to_str().unwrap_or_default()).take_while(|word| *word != "--") {
        said = word.strip_prefix("--color=").or((before == "--color").then_some(word)).or(said);
        before = word;
    }
    match said {
        Some("always") => ColorChoice::Always,
        Some("never") => ColorChoice::Never,
        _ => ColorChoice::Auto,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_may_be_written_as_kubectl_s() {
        let written = |line: &str| {
            let args = with_levels(line.split(' ').map(OsString::from));
            args.iter().map(|arg| arg.to_string_lossy()).collect::<Vec<_>>().join(" ")
        };
        for (line, wanted) in [
            ("list -v 6 photos", "list -v=6 photos"),
            ("list -v6", "list -v=6"),
            ("list --v 8", "list --v=8"),
            ("list -v=6 6", "list -v=6 6"),
            ("list -v photos", "list -v photos"),
            ("list -n 6", "list -n 6"),
        ] {
            assert_eq!(written(line), wanted);
        }
    }

    #[test]
    fn colour_is_known_before_the_command_line_is_right() {
        for (line, wanted) in [
            ("p list", ColorChoice::Auto),
            ("p", ColorChoice::Auto),
            ("p --color=never", ColorChoice::Never),
            ("p --color never lst", ColorChoice::Never),
            ("p lst --color=never --color always", ColorChoice::Always),
            ("p lst --color=always --color=auto", ColorChoice::Auto),
            ("p lst -- --color=always", ColorChoice::Auto),
            ("p lst --color", ColorChoice::Auto),
        ] {
            let args: Vec<_> = line.split(' ').map(OsString::from).collect();
            assert_eq!(colour(&args), wanted, "{line}");
        }
    }
}
