//! Tables of all commands on narrow and wide screens and through a pipe: the same bytes, a line for each object, and no more than
//! eighty columns.

use std::process::Command;

use rexpect::session::spawn_command;

use crate::gemini;
use crate::server::start;
use crate::world::shop;

/// What prints tables, and how many objects each shows.
const TABLES: [(&[&str], usize); 8] = [
    (&["list"], 3),
    (&["list", "postgres-backups"], 6),
    (&["list", "--snapshots"], 7),
    (&["list", "--unprotected"], 1),
    (&["list", "--retained"], 1),
    (&["prune", "postgres-backups", "--dry-run"], 6),
    (&["status"], 2),
    (&["run-once", "--dry-run"], 5),
];

/// The groups of the table that everybody sees are those of the manual; the others have longer words for how they stand.
fn server(args: &[&str]) -> String {
    let mut world = shop();
    if args == ["list"] {
        world.objects.get_mut("snapshotgroups").unwrap().truncate(3);
    }
    start(world, |_| None)
}

/// What a terminal of a width shows of standard output.
fn shown(server: &str, args: &[&str], columns: u16) -> String {
    let inner = gemini(server, args);
    let mut outer = Command::new("sh");
    outer.args(["-c", &format!("stty cols {columns} rows 50 && exec \"$0\" \"$@\" 2>/dev/null")]);
    outer.arg(inner.get_program()).args(inner.get_args());
    outer.envs(inner.get_envs().filter_map(|(key, value)| Some((key, value?))));
    let mut session = spawn_command(outer, Some(20_000)).unwrap();
    session.exp_eof().unwrap().replace("\r\n", "\n")
}

#[test]
fn tables_are_the_same_on_every_screen_and_fit_eighty_columns() {
    for (args, objects) in TABLES {
        let server = server(args);
        let output = gemini(&server, args).output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        let piped = String::from_utf8(output.stdout).unwrap();
        let lines: Vec<_> = piped.lines().collect();
        assert_eq!(lines.len(), objects + 1, "{args:?}:\n{piped}{stderr}");
        let columns = lines[0].split_whitespace().count();
        for line in &lines {
            assert!(line.chars().count() <= 80, "{args:?}:\n{piped}");
            assert_eq!(line.trim_end(), *line, "{args:?}:\n{piped}");
            // Words of a line are values: `awk '{print $3}'` works.
            assert!(line.split_whitespace().count() == columns, "{args:?}:\n{piped}");
        }
        for width in [40, 80, 300] {
            assert_eq!(shown(&server, args, width), piped, "{args:?} on {width} columns");
        }
    }
}

/// Documents parse, and stand alone on standard output, whether it went well or not.
#[test]
fn documents_stand_alone_in_success_and_failure() {
    let server = start(shop(), |_| None);
    let more: [&[&str]; 7] = [
        &["backup", "postgres-backups", "--dry-run"],
        &["restore", "postgres-backups", "--latest", "--in-place", "--dry-run"],
        &["undo", "7f3ak", "--dry-run"],
        &["list", "nobody"],
        &["prune", "nobody"],
        &["restore", "nobody", "--latest", "--to-pvc=x"],
        &["status", "nobody"],
    ];
    for args in TABLES.iter().map(|(args, _)| *args).chain(more) {
        for format in ["json", "yaml"] {
            let output = gemini(&server, &[args, &["-o", format]].concat()).output().unwrap();
            let text = String::from_utf8(output.stdout).unwrap();
            let document: serde_json::Value = match format {
                "json" => {
                    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{args:?}: {error}\n{text}"))
                }
                _ => serde_yaml::from_str(&text).unwrap_or_else(|error| panic!("{args:?}: {error}\n{text}")),
            };
            assert_eq!(document["schemaVersion"], 1, "{args:?}: {text}");
            assert!(document["kind"].is_string(), "{args:?}: {text}");
        }
    }
}
