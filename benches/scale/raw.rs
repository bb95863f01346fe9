//! The bare lists, as fast as pages that come one after the other can be fetched: nothing is parsed, nothing is kept.
//! Runs as a process of its own, so that it is measured as the passes are.

use std::ffi::OsString;
use std::path::Path;

use crate::Result;
use crate::fill::{GROUPS, SNAPSHOTS};
use crate::server::Server;

/// The first word of a command line that asks for [`run`].
pub const WORD: &str = "raw-lists";
/// The second, for answers that are not compressed.
pub const PLAIN: &str = "plain";
/// The second, for answers that may be compressed, as kubectl's and ours are.
pub const GZIP: &str = "gzip";

/// kubectl's page size, and ours.
pub const PAGE: usize = 500;

/// The lists of a pass.
pub fn lists() -> [String; 3] {
    [
        format!("/{GROUPS}/snapshotgroups"),
        format!("/{SNAPSHOTS}/volumesnapshots"),
        "/api/v1/persistentvolumeclaims".to_owned(),
    ]
}

/// In the process of its own: fetches all pages of all lists and prints how many bytes they have.
pub async fn run(mut words: impl Iterator<Item = OsString>) -> Result<()> {
    let plain = words.next().is_some_and(|word| word == PLAIN);
    let kubeconfig = std::env::var_os("KUBECONFIG").ok_or("KUBECONFIG is not set")?;
    let server = Server::connect(Path::new(&kubeconfig), plain).await?;
    for list in lists() {
        let (mut pages, mut bytes, mut next) = (0, 0, String::new());
        loop {
            let page = server.bytes(&format!("{list}?limit={PAGE}{next}")).await?;
            pages += 1;
            bytes += page.len();
            match token(&page) {
                Some(token) => next = format!("&continue={token}"),
                None => break,
            }
        }
        // Standard output is not seen by anybody.
        eprintln!("{list} {pages} {bytes}");
    }
    Ok(())
}

/// The token of the next page. A list's own metadata stand at its begin or, for custom resources, at its end; what is
/// between is not looked at.
fn token(page: &[u8]) -> Option<String> {
    const NEAR: usize = 1_000;
    const KEY: &[u8] = b"\"continue\":\"";
    let near = |part: &[u8]| {
        let from = part.windows(KEY.len()).position(|window| window == KEY)? + KEY.len();
        let length = part[from..].iter().position(|byte| *byte == b'"')?;
        Some(String::from_utf8_lossy(&part[from..from + length]).into_owned()).filter(|text| !text.is_empty())
    };
    near(&page[..page.len().min(NEAR)]).or_else(|| near(&page[page.len().saturating_sub(NEAR)..]))
}
