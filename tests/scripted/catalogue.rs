//! Every failure that people are told of, produced once: what it is called, what is said, and the way out.
//! `SNAPSHOTS=overwrite cargo test --test scripted` writes `catalogue.txt` anew; it is read like a page of the manual.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;

use kubectl_gemini::model::restore::{Journal, Step};
use serde_json::json;
use snapbox::{Data, assert_data_eq};

use crate::gemini;
use crate::server::{Answer, Request, World, failure, start};
use crate::world::{journal, shop, snapshot};

/// How the address of every server is written.
const ADDRESS: &str = "10.20.0.1:6443";

/// One failure: the server's world, what it says, and what is asked of the program.
struct Entry {
    reason: &'static str,
    args: &'static [&'static str],
    change: fn(&mut World),
    script: fn(&Request) -> Option<Answer>,
}

const fn entry(reason: &'static str, args: &'static [&'static str]) -> Entry {
    Entry { reason, args, change: |_| (), script: |_| None }
}

impl Entry {
    const fn world(self, change: fn(&mut World)) -> Self {
        Self { change, ..self }
    }

    const fn says(self, script: fn(&Request) -> Option<Answer>) -> Self {
        Self { script, ..self }
    }
}

const BACKUP: &[&str] = &["backup", "postgres-backups"];
const IN_PLACE: &[&str] = &["restore", "postgres-backups", "--latest", "--in-place", "--dry-run"];

fn on_create(request: &Request, code: u16, reason: &str, message: &str) -> Option<Answer> {
    let is_it = request.method == "POST" && request.path.ends_with("/volumesnapshots");
    is_it.then(|| failure(code, reason, message))
}

/// Those that a server has a part in.
const SERVED: &[Entry] = &[
    entry("Unauthorized", &["list"]).says(|_| Some(failure(401, "Unauthorized", "Unauthorized"))),
    entry("Forbidden", BACKUP).says(|request| {
        let message = "volumesnapshots.snapshot.storage.k8s.io is forbidden: User \"jane@example.com\" cannot create resource \"volumesnapshots\" in API group \"snapshot.storage.k8s.io\" in the namespace \"shop\"";
        on_create(request, 403, "Forbidden", message)
    }),
    entry("SnapshotGroupCrdMissing", &["list"]).world(|world| drop(world.apis.remove("gemini.fairwinds.com/v1"))),
    entry("SnapshotCrdMissing", &["list"]).world(|world| drop(world.apis.remove("snapshot.storage.k8s.io/v1"))),
    entry("SnapshotApiTooOld", &["list"]).world(|world| {
        let served = world.apis.remove("snapshot.storage.k8s.io/v1").unwrap();
        world.apis.insert("snapshot.storage.k8s.io/v1beta1", served);
    }),
    entry("ControllerSilent", &["run-once"]).world(|world| {
        world.objects.get_mut("snapshotgroups").unwrap().retain(|group| group["metadata"]["name"] == "wiki");
        let mut silent = snapshot("wiki", "wiki", 3, "hour");
        silent["status"].take();
        world.objects.insert("volumesnapshots", vec![silent]);
    }),
    entry("NoSnapshotClass", BACKUP).world(|world| {
        world.objects.get_mut("volumesnapshotclasses").unwrap()[0]["metadata"]["annotations"].take();
    }),
    entry("TwoDefaultClasses", BACKUP).world(|world| {
        let classes = world.objects.get_mut("volumesnapshotclasses").unwrap();
        let mut second = classes[0].clone();
        second["metadata"]["name"] = json!("ebs-hourly");
        classes.push(second);
    }),
    entry("DriverCannotSnapshot", BACKUP).world(|world| {
        let volume = &mut world.objects.get_mut("persistentvolumes").unwrap()[0];
        volume["spec"].as_object_mut().unwrap().remove("csi");
        volume["spec"]["hostPath"] = json!({"path": "/data"});
    }),
    entry("GroupNotFound", &["list", "postgres-backup"]),
    entry("WorkloadNotFound", &["restore", "--statefulset", "shop", "--latest", "--in-place", "--yes"]),
    entry("ClaimMissing", &["backup", "sessions"]),
    entry("ClaimPending", BACKUP).world(|world| {
        let claim = &mut world.objects.get_mut("persistentvolumeclaims").unwrap()[0];
        claim["status"] = json!({"phase": "Pending"});
        claim["spec"].as_object_mut().unwrap().remove("volumeName");
    }),
    entry("InvalidSchedule", &["prune", "legacy", "--dry-run"]),
    entry("SnapshotNotReady", &["restore", "photos", "--snapshot", "photos-late", "--to-pvc", "copy"]).world(|world| {
        let late = world.objects.get_mut("volumesnapshots").unwrap().last_mut().unwrap();
        late["metadata"]["name"] = json!("photos-late");
        late["status"]["error"] = json!({"message": "the array is full\u{1b}[2J"});
    }),
    entry("SnapshotNotFound", &["restore", "postgres-backups", "--at", "30 days ago", "--to-pvc", "copy"]),
    entry("ClaimInUse", IN_PLACE).world(|world| {
        let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "debug", "namespace": "shop", "uid": "uid-debug"},
            "spec": {"containers": [], "volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": "postgres-data"}}]},
            "status": {"phase": "Running"}});
        world.objects.insert("pods", vec![pod]);
    }),
    entry("GeminiActive", &["run-once"]).world(|world| {
        world.objects.get_mut("snapshotgroups").unwrap().truncate(1);
        let mut theirs = snapshot("postgres-backups", "postgres-data", 1, "day");
        theirs["metadata"]["annotations"].as_object_mut().unwrap().remove("gemini.fairwinds.com/phases");
        world.objects.get_mut("volumesnapshots").unwrap().push(theirs);
    }),
    entry("RestoreOpen", IN_PLACE).world(|world| {
        let volume = &mut world.objects.get_mut("persistentvolumes").unwrap()[0];
        volume["metadata"]["annotations"] = json!({
            "gemini.fairwinds.com/restore-id": "61bcd", "gemini.fairwinds.com/original-reclaim-policy": "Delete",
            "gemini.fairwinds.com/original-claim": "shop/postgres-data",
        });
    }),
    entry("QuotaExceeded", BACKUP).says(|request| {
        let message = "volumesnapshots.snapshot.storage.k8s.io \"x\" is forbidden: exceeded quota: few, requested: count/volumesnapshots.snapshot.storage.k8s.io=1, used: count/volumesnapshots.snapshot.storage.k8s.io=5, limited: count/volumesnapshots.snapshot.storage.k8s.io=5";
        on_create(request, 403, "Forbidden", message)
    }),
    entry("TimedOut", &["backup", "postgres-backups", "--timeout=1s"]),
    entry("AdmissionDenied", BACKUP).says(|request| {
        let message = "admission webhook \"snapshots.example.com\" denied the request: no snapshots on Sundays";
        on_create(request, 400, "BadRequest", message)
    }),
    entry("JournalInvalid", &["status", "61bcd"]).world(|world| {
        let object = world.objects.get_mut("configmaps").unwrap().last_mut().unwrap();
        let journal = Journal { version: 7, ..journal("61bcd", "photos", "photos-data", Step::Copy, None) };
        object["data"]["journal"] = json!(serde_json::to_string(&journal).unwrap());
    }),
    entry("RestoreNotFound", &["undo", "zzzzz", "--yes"]),
    entry("PurgeRefused", &["purge", "7f3ak", "--yes"]),
    entry("MassDeletion", &["prune", "postgres-backups", "--yes"]).world(|world| {
        let many = (1..=30).map(|age| snapshot("postgres-backups", "postgres-data", 24 * age, "day"));
        world.objects.insert("volumesnapshots", many.collect());
    }),
    entry("NotATerminal", &["restore", "postgres-backups"]),
];

/// The text with the same time wherever it names one, and the same second at the end of names.
fn timeless(text: &str) -> String {
    let mask = |text: &str, mask: &str| {
        text.len() >= mask.len()
            && text
                .bytes()
                .zip(mask.bytes())
                .all(|(c, m)| if m == b'0' { c.is_ascii_digit() } else { m == b'?' || c == m })
    };
    let (mut written, mut rest) = (String::new(), text);
    while let Some(first) = rest.chars().next() {
        let known = [
            ("0000-00-00?00:00:00", "2026-11-22T08:00:00"),
            ("0000-00-00?00:00", "2026-11-22 08:00"),
            ("0000000000", "1795341000"),
        ];
        let found = known.into_iter().find(|(shape, _)| mask(rest, shape));
        let (instead, length) = match found {
            Some((shape, instead)) => (instead, shape.len()),
            None => (&rest[..first.len_utf8()], first.len_utf8()),
        };
        written += instead;
        rest = &rest[length..];
    }
    written
}

/// What a person sees, with nothing in it that is another each time or elsewhere.
fn said(command: &mut Command, server: &str) -> String {
    let output = command.output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap().replace(server, ADDRESS);
    // What a machine says that is slow is no part of the failure.
    let stderr: String =
        stderr.split_inclusive('\n').filter(|line| !line.starts_with("still waiting for ")).collect();
    let lines = stderr.lines().map(|line| match line.split_once("lookup address information: ") {
        Some((before, _)) => format!("{before}lookup address information: (the system's words)\n"),
        None => format!("{line}\n"),
    });
    format!("{}[exit {}]\n", timeless(&lines.collect::<String>()), output.status.code().unwrap())
}

fn told(args: &[&str], said: &str, reason: &str) -> String {
    let words: Vec<_> = args
        .iter()
        .map(|arg| if arg.contains(' ') { format!("'{arg}'") } else { (*arg).to_owned() })
        .collect();
    assert!(said.contains(&format!("({reason})")), "{reason}: {said}");
    assert!(said.contains("\nhint: "), "{reason} shows no way out: {said}");
    for slip in ["Error(", "panicked", "Status {", "\u{1b}"] {
        assert!(!said.contains(slip), "{reason} shows {slip:?}: {said}");
    }
    format!("$ kubectl gemini {}\n{said}\n", words.join(" "))
}

/// Where no server answers.
fn unreached() -> Vec<(&'static str, &'static [&'static str], String)> {
    let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join("catalogue.kubeconfig");
    let config = "contexts: [{name: prod-eu-1, context: {cluster: a, user: b}}]\nclusters: [{name: a, cluster: {server: 'https://x'}}]\nusers: [{name: b, user: {}}]\n";
    fs::write(&place, config).unwrap();
    let plain = |args: &[&str], kubeconfig: &Path| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_kubectl-gemini"));
        command.args(args).env("KUBECONFIG", kubeconfig).env("NO_COLOR", "1").env_remove("RUST_LOG");
        said(&mut command, "no server")
    };
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let silent = listener.local_addr().unwrap().to_string();
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let insecure = TcpListener::bind("127.0.0.1:0").unwrap();
    let plain_http = insecure.local_addr().unwrap().to_string();
    std::thread::spawn(move || {
        for mut connection in insecure.incoming().flatten() {
            // Whoever speaks no TLS answers so, and does not listen.
            let _ = connection.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
        }
    });
    let at = |server: &str, args: &[&str]| said(&mut gemini(server, args), server);
    let tls = said(&mut gemini(&format!("https://{plain_http}"), &["list"]), &plain_http);
    vec![
        ("NoKubeconfig", &["list"][..], plain(&["list"], Path::new("/nonexistent/kubeconfig"))),
        (
            "ContextNotFound",
            &["list", "--context=prod-eu-2"],
            plain(&["list", "--context=prod-eu-2"], &place),
        ),
        ("ConnectRefused", &["list"], at(&closed, &["list"])),
        ("ConnectTimeout", &["list", "--request-timeout=1s"], at(&silent, &["list", "--request-timeout=1s"])),
        ("ConnectDns", &["list"], at("no-such-host.invalid", &["list"])),
        ("ConnectTls", &["list"], tls),
    ]
}

#[test]
fn every_failure_says_what_and_why_and_shows_a_way_out() {
    let mut catalogue = String::new();
    let mut seen = BTreeSet::new();
    for (reason, args, text) in unreached() {
        catalogue += &told(args, &text, reason);
        seen.insert(reason);
    }
    let texts: Vec<_> = std::thread::scope(|scope| {
        let run = |entry: &'static Entry| {
            let mut world = shop();
            (entry.change)(&mut world);
            let server = start(world, entry.script);
            said(&mut gemini(&server, entry.args), &server)
        };
        let running: Vec<_> = SERVED.iter().map(|entry| scope.spawn(move || run(entry))).collect();
        running.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    for (entry, text) in SERVED.iter().zip(texts) {
        catalogue += &told(entry.args, &text, entry.reason);
        assert!(seen.insert(entry.reason), "{} is there twice", entry.reason);
    }
    assert!(seen.len() >= 30, "{seen:?}");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scripted/catalogue.txt");
    assert_data_eq!(catalogue, Data::read_from(&path, None).raw());
}
