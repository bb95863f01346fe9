//! What the API server was asked, by its own count: `apiserver_request_total`, before and after.
//! Nobody else asks meanwhile; what the server asks itself is left out.

use std::collections::BTreeMap;

use crate::Result;
use crate::server::Server;

const METRIC: &str = "apiserver_request_total{";
/// API groups whose objects the API server itself never touches.
const THEIRS: [&str; 4] =
    ["snapshot.storage.k8s.io", "gemini.fairwinds.com", "storage.k8s.io", "authorization.k8s.io"];
/// Resources of the core API that it never touches either.
const CORE: [&str; 4] = ["persistentvolumeclaims", "persistentvolumes", "events", "pods"];

/// How often each kind of request was made: `LIST volumesnapshots`, `PATCH snapshotgroups/status`.
pub type Calls = BTreeMap<String, u64>;

/// The counts so far.
pub async fn count(server: &Server) -> Result<Calls> {
    let text = String::from_utf8(server.bytes("/metrics").await?)?;
    let mut calls = Calls::new();
    for line in text.lines() {
        if let Some((call, count)) = line.strip_prefix(METRIC).and_then(read) {
            *calls.entry(call).or_default() += count;
        }
    }
    Ok(calls)
}

/// What came between.
pub fn between(before: &Calls, after: &Calls) -> Calls {
    let made = |(call, count): (&String, &u64)| {
        let made = count.saturating_sub(before.get(call).copied().unwrap_or_default());
        (made > 0).then(|| (call.clone(), made))
    };
    after.iter().filter_map(made).collect()
}

/// How many requests of the given verbs there are.
pub fn with_verbs(calls: &Calls, verbs: &[&str]) -> u64 {
    let has = |call: &str| call.split(' ').next().is_some_and(|verb| verbs.contains(&verb));
    calls.iter().filter(|(call, _)| has(call)).map(|(_, count)| count).sum()
}

/// One line of the metric behind its name: labels and number.
fn read(line: &str) -> Option<(String, u64)> {
    let (labels, count) = line.split_once("} ")?;
    let label = |key: &str| {
        let (_, rest) = labels.split_once(&format!("{key}=\""))?;
        rest.split('"').next()
    };
    let (group, resource, verb) = (label("group")?, label("resource")?, label("verb")?);
    let subresource = label("subresource")?;
    // The server renews a lease of its own by GET and PUT; a run lock begins and ends with other verbs.
    // A watch is counted when it ends, whenever it began, and the server's own end, too.
    let lease = resource == "leases" && !["GET", "PUT"].contains(&verb);
    let discovery = resource.is_empty() && subresource.starts_with("api");
    let asked =
        THEIRS.contains(&group) || (group.is_empty() && CORE.contains(&resource)) || lease || discovery;
    let slash = if resource.is_empty() || subresource.is_empty() { "" } else { "/" };
    // Large numbers are written with an exponent.
    let count = count.parse::<f64>().ok()? as u64;
    (asked && verb != "WATCH").then(|| (format!("{verb} {resource}{slash}{subresource}"), count))
}
