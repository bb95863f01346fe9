//! A database that is written to while its volume is snapshotted: it loses its rows, gets them back, and changes its mind.
//! A snapshot is what a power cut would leave; whether a database recovers from that, only a database can say.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;

use sandbox::node::Image;
use sandbox::testing::skip;

use crate::support::{Node, until};

/// Where Debian's packages put a server, one directory for each version.
const SERVERS: &str = "/usr/lib/postgresql";
const IMAGE: &str = "localhost/postgres";
/// The server does not run as root.
const USER: u32 = 70;
const PROGRAMS: [&str; 3] = ["initdb", "postgres", "psql"];
const MANIFEST: &str = include_str!("postgres.yaml");

/// The directory of the newest server that is installed here.
fn server() -> Option<PathBuf> {
    let versions = fs::read_dir(SERVERS).ok()?.flatten().map(|entry| entry.path());
    let mut whole: Vec<_> = versions.filter(|path| path.join("bin/postgres").is_file()).collect();
    whole.sort();
    whole.pop()
}

/// The libraries that a program is linked with.
fn libraries(program: &Path) -> BTreeSet<PathBuf> {
    let output = Command::new("ldd").arg(program).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.split_whitespace().filter(|word| word.starts_with('/')).map(PathBuf::from).collect()
}

fn below(directory: &Path, into: &mut BTreeSet<PathBuf>) {
    for entry in fs::read_dir(directory).unwrap().flatten() {
        match entry.path() {
            path if path.is_dir() => below(&path, into),
            path => drop(into.insert(path)),
        }
    }
}

/// A server with what it needs at the places where it looks for it.
fn image(server: &Path, scratch: &Path) -> Image {
    let version = server.file_name().unwrap();
    let mut files = BTreeSet::from(["/bin/busybox".into()]);
    for program in PROGRAMS {
        let program = server.join("bin").join(program);
        files.extend(libraries(&program));
        files.insert(program);
    }
    below(&Path::new("/usr/share/postgresql").join(version), &mut files);
    for library in ["dict_snowball.so", "plpgsql.so"] {
        files.insert(server.join("lib").join(library));
    }
    let within = |path: &Path| path.strip_prefix("/").unwrap().to_string_lossy().into_owned();
    let mut files: Vec<_> = files.into_iter().map(|path| (path.clone(), within(&path))).collect();
    let users = scratch.join("passwd");
    fs::write(&users, format!("postgres:x:{USER}:{USER}::/data:/bin/sh\n")).unwrap();
    files.push((users, "etc/passwd".to_owned()));
    let programs =
        PROGRAMS.map(|program| (format!("bin/{program}"), within(&server.join("bin").join(program))));
    let links = [("bin/sh".to_owned(), "bin/busybox".to_owned())].into_iter().chain(programs).collect();
    Image { files, links, entrypoint: None }
}

#[test]
fn a_database_gets_its_rows_back_and_changes_its_mind() {
    const TEST: &str = "a_database_gets_its_rows_back_and_changes_its_mind";
    let Some(server) = server() else {
        skip(TEST, "PostgreSQL's server is not installed (Debian's package postgresql)");
        return;
    };
    let Some(node) = Node::start("database") else { return };
    node.import(IMAGE, "dev", |scratch| image(&server, scratch));
    node.kubectl(&["apply", "-f", "-"], MANIFEST);
    let runs = || drop(node.kubectl(&["rollout", "status", "statefulset/db", "--timeout=120s"], ""));
    runs();
    let sql = |text: &str| {
        let psql = ["exec", "db-0", "--", "psql", "-h", "/tmp", "-U", "postgres", "-Atqc", text];
        node.kubectl(&psql, "").trim().to_owned()
    };
    let count = || sql("select count(*), sum(amount) from orders");
    sql(
        "create table orders (id serial primary key, amount int); create table noise (n int); create table enough (n int)",
    );
    sql("insert into orders (amount) select n from generate_series(1, 10000) n");
    let before = count();
    assert_eq!(before, "10000|50005000");

    // Somebody writes meanwhile, so that the snapshot finds pages that are not written back.
    let write = "do $$ begin for n in 1..30000 loop exit when exists (select from enough); \
                 insert into noise select generate_series(1, 50); commit; perform pg_sleep(0.004); end loop; end $$";
    thread::scope(|scope| {
        let writer = scope.spawn(|| sql(write));
        until("the writer to begin", || sql("select count(*) > 0 from noise") == "t");
        node.gemini(&["backup", "db"]);
        assert!(!writer.is_finished(), "nobody wrote any more when the snapshot was taken");
        sql("insert into enough values (1)");
    });
    sql("delete from orders where id > 3; insert into orders (amount) values (7)");
    assert_eq!(count(), "4|13");

    let (_, told) = node.gemini(&["restore", "db", "--latest", "--in-place", "--yes"]);
    assert!(told.contains("1 -> 0 replicas, later 0 -> 1"), "{told}");
    runs();
    assert_eq!(count(), before);
    // It was as after a power cut: the rows of the others are there up to some moment.
    let log = node.kubectl(&["logs", "db-0"], "");
    assert!(
        log.contains("database system was not properly shut down; automatic recovery in progress"),
        "{log}"
    );
    sql("insert into orders (amount) values (1)");

    let all: serde_json::Value = serde_json::from_str(&node.gemini(&["status", "-o", "json"]).0).unwrap();
    let id = all["items"][0]["restore"].as_str().unwrap();
    node.gemini(&["undo", id, "--yes"]);
    runs();
    assert_eq!(count(), "4|13");
}
