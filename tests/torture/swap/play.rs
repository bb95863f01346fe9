//! One restore to be played: its claim, what it is restored from, the application that uses it, and the command line.
//! Must name everything that the command may touch: what it touches beside that is a violation.

use super::Kind;

/// A claim, its group, and the snapshot that is restored.
#[derive(Clone, Debug)]
pub struct Play {
    pub kind: Kind,
    pub claim: String,
    pub group: String,
    pub snapshot: String,
    /// The restore that is undone, or whose volume is given up.
    pub id: String,
    /// What makes the pods that use the claim.
    pub app: Option<String>,
    /// Claims and groups of all that are restored together, its own included.
    pub company: Vec<(String, String)>,
}

impl Play {
    /// The one of that number in its scene.
    pub fn new(kind: Kind, number: u32) -> Self {
        let (claim, group) = (format!("data{number}"), format!("db{number}"));
        Self {
            kind,
            snapshot: format!("db{number}-old"),
            id: String::new(),
            app: None,
            company: vec![(claim.clone(), group.clone())],
            claim,
            group,
        }
    }

    /// Restores its snapshot.
    pub fn restore(&self, kind: Kind) -> Vec<String> {
        let mode = if kind == Kind::Direct { "direct" } else { "staged" };
        let words =
            ["restore", &self.group, "--snapshot", &self.snapshot, "--in-place", "--yes", "--mode", mode];
        words.iter().chain(&["--timeout", "30s"]).map(|word| (*word).to_owned()).collect()
    }

    /// The command line that is run under the fault.
    pub fn args(&self) -> Vec<String> {
        let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        match self.kind {
            Kind::Staged | Kind::Direct | Kind::Running => self.restore(self.kind),
            Kind::Together => {
                let groups = self.company.iter().flat_map(|(_, group)| ["--group", group]);
                let rest = ["--latest", "--in-place", "--yes", "--mode", "staged", "--timeout", "30s"];
                words(&["restore"].into_iter().chain(groups).chain(rest).collect::<Vec<_>>())
            }
            Kind::Annotated => words(&["run-once", "--restore-annotated"]),
            Kind::Undo | Kind::UndoRunning => words(&["undo", &self.id, "--yes", "--timeout", "30s"]),
            Kind::Purge => words(&["purge", &self.id, "--yes", "--now", "--old-snapshots=may-be-lost"]),
        }
    }

    /// What makes the application's pods: its kind, and how that is called in addresses.
    pub fn maker(&self) -> (&'static str, &'static str) {
        match self.kind {
            Kind::UndoRunning => ("StatefulSet", "statefulsets"),
            _ => ("Deployment", "deployments"),
        }
    }

    /// The collection that holds the application.
    pub fn apps(&self) -> String {
        format!("/apis/apps/v1/namespaces/NS/{}", self.maker().1)
    }

    /// A claim of that name is one that is restored, or made for that.
    pub fn owns(&self, name: &str) -> bool {
        self.company.iter().any(|(claim, _)| name == claim || name.starts_with(&format!("{claim}-gr-")))
    }
}
