//! Creates whose answer is lost on the way: a proxy between the program and the API server cuts the connection.
//! What was made is found again and checked like any other; what nobody knows is called unknown.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use sandbox::testing::Namespace;

use super::doubts::Dropping;
use crate::support::{Run, backup, gemini_with, namespace, needs_sandbox, protected};

/// What becomes of a POST of a claim.
#[derive(Clone, Copy)]
enum Loss {
    /// It is carried out, but its answer does not arrive. So many times.
    Answer(usize),
    /// It never arrives.
    Request,
}

/// `kubectl proxy`, and before it the one that loses things.
struct Lossy {
    proxy: Child,
    kubeconfig: PathBuf,
    lost: Arc<AtomicUsize>,
}

impl Lossy {
    fn new(namespace: &Namespace, loss: Loss) -> Self {
        let cluster = namespace.cluster();
        let kubectl = sandbox::owner::info(cluster.sandbox().unwrap()).unwrap().bin.join("kubectl");
        let mut proxy = Command::new(kubectl)
            .args(["proxy", "--port=0"])
            .env("KUBECONFIG", cluster.kubeconfig())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(proxy.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let upstream = line.trim().rsplit(' ').next().unwrap().to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let lost = Arc::new(AtomicUsize::new(0));
        let counter = lost.clone();
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let (upstream, counter) = (upstream.clone(), counter.clone());
                thread::spawn(move || pass(client, &upstream, loss, &counter));
            }
        });
        let kubeconfig = std::env::temp_dir().join(format!("lossy-{}.yaml", namespace.name()));
        let text = format!(
            "apiVersion: v1\nkind: Config\ncurrent-context: x\nclusters: [{{name: x, cluster: {{server: 'http://{address}'}}}}]\n\
             users: [{{name: x, user: {{}}}}]\ncontexts: [{{name: x, context: {{cluster: x, user: x}}}}]\n"
        );
        fs::write(&kubeconfig, text).unwrap();
        Self { proxy, kubeconfig, lost }
    }

    fn run(&self, namespace: &Namespace, args: &[&str]) -> Run {
        let run = gemini_with(&self.kubeconfig, &[args, &["-n", namespace.name()]].concat());
        assert!(self.lost.load(Ordering::SeqCst) > 0, "nothing was lost:\n{}", run.stderr);
        run
    }
}

impl Drop for Lossy {
    fn drop(&mut self) {
        let _ = self.proxy.kill();
        let _ = self.proxy.wait();
        let _ = fs::remove_file(Path::new(&self.kubeconfig));
    }
}

/// Passes one request on, and its answer back unless that is to be lost.
fn pass(mut client: TcpStream, upstream: &str, loss: Loss, lost: &AtomicUsize) -> Option<()> {
    let mut reader = BufReader::new(client.try_clone().ok()?);
    let (mut head, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        if line == "\r\n" {
            break;
        }
        if let Some(bytes) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = bytes.trim().parse().ok()?;
        }
        head += &line;
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let is_create = head.starts_with("POST") && head.contains("/persistentvolumeclaims");
    let lose = is_create
        && match loss {
            Loss::Answer(times) => lost.fetch_add(1, Ordering::SeqCst) < times,
            Loss::Request => {
                lost.fetch_add(1, Ordering::SeqCst);
                return None;
            }
        };
    let mut server = TcpStream::connect(upstream).ok()?;
    server.write_all(format!("{head}Connection: close\r\n\r\n").as_bytes()).ok()?;
    server.write_all(&body).ok()?;
    let mut answer = vec![];
    server.read_to_end(&mut answer).ok()?;
    if !lose {
        client.write_all(&answer).ok()?;
    }
    Some(())
}

#[test]
fn a_claim_whose_answer_was_lost_is_found_again_and_proven() {
    if needs_sandbox("a_claim_whose_answer_was_lost_is_found_again_and_proven") {
        return;
    }
    let namespace = protected("lostclone");
    let snapshot = backup(&namespace, "db");
    let args = ["restore", "db", "--snapshot", &snapshot, "--to-pvc", "copy"];
    Lossy::new(&namespace, Loss::Answer(1)).run(&namespace, &args).exits(0).says(&["holds the data"]);
}

#[test]
fn an_empty_claim_is_not_adopted_because_its_answer_was_lost() {
    if needs_sandbox("an_empty_claim_is_not_adopted_because_its_answer_was_lost") {
        return;
    }
    let namespace = protected("lostempty");
    let snapshot = backup(&namespace, "db");
    let _policy = Dropping::new(&namespace);
    let args = ["restore", "db", "--snapshot", &snapshot, "--to-pvc", "copy"];
    let run = Lossy::new(&namespace, Loss::Answer(1)).run(&namespace, &args);
    run.fails_with(5, "RequestAltered", &["copy", "deleted again"]);
}

#[test]
fn a_group_s_own_claim_whose_answer_was_lost_is_its_own() {
    if needs_sandbox("a_group_s_own_claim_whose_answer_was_lost_is_its_own") {
        return;
    }
    let namespace = namespace("lostfirst");
    namespace.apply(
        "apiVersion: gemini.fairwinds.com/v1\nkind: SnapshotGroup\nmetadata: {name: db}\nspec:\n  \
         persistentVolumeClaim: {spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 16Mi}}}}\n  \
         schedule: [{every: day, keep: 1}]\n",
    );
    Lossy::new(&namespace, Loss::Answer(1)).run(&namespace, &["backup", "db"]).exits(0);
    assert_eq!(namespace.list("volumesnapshot").len(), 1);
}

#[test]
fn a_create_that_never_gets_an_answer_ends_as_unknown_and_says_where_to_look() {
    if needs_sandbox("a_create_that_never_gets_an_answer_ends_as_unknown_and_says_where_to_look") {
        return;
    }
    let namespace = protected("lostall");
    let snapshot = backup(&namespace, "db");
    let args = ["restore", "db", "--snapshot", &snapshot, "--to-pvc", "copy"];
    let run = Lossy::new(&namespace, Loss::Request).run(&namespace, &args);
    let look = format!("kubectl get pvc copy -n {}", namespace.name());
    run.fails_with(6, "OutcomeUnknown", &["pvc copy", &look]);
}
