//! Who asks: the headers that tell the requests of one run of one command from others in the server's audit log, as kubectl's do.
//! Must hold nothing that a user typed but the command's name.

use std::sync::OnceLock;

use http::header::{HeaderName, HeaderValue, USER_AGENT};

const COMMAND: HeaderName = HeaderName::from_static("kubectl-command");
const SESSION: HeaderName = HeaderName::from_static("kubectl-session");

/// The headers of every request; `command` is the subcommand.
pub(super) fn headers(command: &str) -> Vec<(HeaderName, HeaderValue)> {
    let (os, architecture) = (std::env::consts::OS, std::env::consts::ARCH);
    [
        (USER_AGENT, format!("kubectl-gemini/{} ({os}/{architecture})", env!("CARGO_PKG_VERSION"))),
        (COMMAND, format!("kubectl gemini {command}").trim_end().to_owned()),
        (SESSION, session().to_owned()),
    ]
    .into_iter()
    // None of them holds what a header may not.
    .filter_map(|(name, value)| Some((name, HeaderValue::try_from(value).ok()?)))
    .collect()
}

/// The same in all requests of this process.
fn session() -> &'static str {
    static SESSION: OnceLock<String> = OnceLock::new();
    SESSION.get_or_init(|| {
        // A random UUID, version 4.
        let bits = fastrand::u128(..) & !(0xf << 76 | 0x3 << 62) | 0x4 << 76 | 0x2 << 62;
        let hex = format!("{bits:032x}");
        [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(headers: &[(HeaderName, HeaderValue)]) -> Vec<(&str, &str)> {
        headers.iter().map(|(name, value)| (name.as_str(), value.to_str().unwrap())).collect()
    }

    #[test]
    fn the_server_is_told_the_program_the_command_and_the_session() {
        let headers = headers("run-once");
        let [(_, agent), (_, command), (_, session)] = said(&headers)[..] else { panic!("{headers:?}") };
        assert_eq!(
            headers.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(),
            ["user-agent", "kubectl-command", "kubectl-session"]
        );
        assert!(agent.starts_with(concat!("kubectl-gemini/", env!("CARGO_PKG_VERSION"), " (")), "{agent}");
        assert_eq!(command, "kubectl gemini run-once");
        let lengths: Vec<_> = session.split('-').map(str::len).collect();
        assert!(lengths == [8, 4, 4, 4, 12] && session.as_bytes()[14] == b'4', "{session}");
        assert!(session.chars().all(|c| c == '-' || c.is_ascii_hexdigit()), "{session}");
    }

    #[test]
    fn one_process_is_one_session_whatever_it_does() {
        assert_eq!(said(&headers("list"))[2], said(&headers(""))[2]);
        assert_eq!(said(&headers(""))[1], ("kubectl-command", "kubectl gemini"));
    }
}
