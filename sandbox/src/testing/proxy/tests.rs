//! The proxy between a caller and a server that counts: what arrives there, what comes back, what is written down.
//! Each action is proven by both sides, because a fault that does not happen proves nothing.

use std::path::PathBuf;
use std::process::{Command, ExitStatus};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use anyhow::Result;
use http_body_util::BodyExt as _;
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::runtime::Builder;
use tokio::time::{sleep, timeout};

use super::*;

/// A server that counts what it carries out, and answers with a body in two parts.
struct Stub {
    carried_out: Arc<AtomicU32>,
    upstream: Upstream,
    _dir: Dir,
}

struct Dir(PathBuf);

impl Drop for Dir {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

const PAUSE: Duration = Duration::from_millis(300);
const THINGS: &str = "/apis/g/v1/namespaces/shop/things";

impl Stub {
    fn start() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let dir = std::env::temp_dir().join(format!("proxy-stub-{}-{number}", std::process::id()));
        fs::create_dir_all(&dir).unwrap();
        let authority = dir.join("ca.crt");
        let acceptor = serve::acceptor(&authority).unwrap();
        let carried_out = Arc::new(AtomicU32::new(0));
        let (count, (send, receive)) = (carried_out.clone(), mpsc::channel());
        // It ends with the test program.
        std::thread::spawn(move || {
            Builder::new_current_thread().enable_all().build().unwrap().block_on(async move {
                let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
                send.send(listener.local_addr().unwrap()).unwrap();
                loop {
                    let (stream, _) = listener.accept().await.unwrap();
                    let (acceptor, count) = (acceptor.clone(), count.clone());
                    tokio::spawn(async move {
                        let stream = acceptor.accept(stream).await.unwrap();
                        let service = service_fn(|request| serve_one(request, count.clone()));
                        http1::Builder::new().serve_connection(TokioIo::new(stream), service).await
                    });
                }
            });
        });
        let url = format!("https://{}", receive.recv().unwrap());
        let upstream = Upstream::new(&url, &fs::read(&authority).unwrap(), None).unwrap();
        Self { carried_out, upstream, _dir: Dir(dir) }
    }

    fn carried_out(&self) -> u32 {
        self.carried_out.load(Ordering::SeqCst)
    }
}

async fn serve_one(request: Request<Incoming>, count: Arc<AtomicU32>) -> Result<Response<answer::Body>> {
    request.into_body().collect().await?;
    let number = count.fetch_add(1, Ordering::SeqCst) + 1;
    let (mut sender, body) = http_body_util::Channel::new(1);
    tokio::spawn(async move {
        let _ = sender.send_data(Bytes::from(format!("number {number}, "))).await;
        sleep(PAUSE).await;
        let _ = sender.send_data(Bytes::from_static(b"and the end")).await;
    });
    Ok(Response::new(body.boxed()))
}

/// A proxy before a stub, and a caller.
struct Bench {
    stub: Stub,
    proxy: Proxy,
    caller: Upstream,
}

impl Bench {
    fn with(rules: Vec<Rule>) -> Self {
        let stub = Stub::start();
        let proxy = Proxy::before(stub.upstream.clone()).unwrap();
        proxy.rules(rules);
        let caller = Upstream::new(&proxy.url(), &fs::read(proxy.authority()).unwrap(), None).unwrap();
        Self { stub, proxy, caller }
    }

    /// What a call is answered: code and body, or nothing.
    fn call(&self, method: &str, path: &str, body: &'static str) -> Option<(u16, String)> {
        let ask = async {
            let (head, ()) = Request::builder().method(method).uri(path).body(()).unwrap().into_parts();
            let response = self.caller.ask(head, Bytes::from_static(body.as_bytes())).await?;
            let code = response.status().as_u16();
            let body = response.into_body().collect().await?.to_bytes();
            anyhow::Ok((code, String::from_utf8_lossy(&body).into_owned()))
        };
        let patient = async { timeout(Duration::from_secs(2), ask).await };
        Builder::new_current_thread().enable_all().build().unwrap().block_on(patient).ok()?.ok()
    }

    fn get(&self) -> Option<(u16, String)> {
        self.call("GET", &format!("{THINGS}/a"), "")
    }
}

const WHOLE: &str = "number 1, and the end";

#[test]
fn what_no_rule_is_about_passes_and_is_written_down() {
    let bench = Bench::with(vec![Rule::on(Verb::Delete, "things").does(Action::Drop)]);
    let path = format!("{THINGS}?dryRun=All");
    assert_eq!(bench.call("POST", &path, r#"{"kind": "Thing"}"#), Some((200, WHOLE.to_owned())));
    assert_eq!(bench.call("DELETE", &format!("{THINGS}/a"), ""), None);
    let calls = bench.proxy.take_calls();
    assert_eq!(
        (calls[0].number, calls[0].verb, calls[0].answered, calls[0].told),
        (1, Verb::Create, Some(200), Some(200))
    );
    assert_eq!(calls[0].body["kind"], "Thing");
    assert!(calls[0].is_dry_run() && !calls[0].is_change());
    assert_eq!((calls[1].number, calls[1].answered, calls[1].told), (2, None, None));
    assert!(calls[1].is_change() && calls[1].took.is_some());
    assert_eq!(bench.stub.carried_out(), 1);
    assert!(bench.proxy.calls().is_empty());
}

#[test]
fn an_answer_arrives_while_the_server_still_gives_it() {
    let bench = Bench::with(vec![]);
    let first = async {
        let (head, ()) = Request::get(format!("{THINGS}?watch=true")).body(()).unwrap().into_parts();
        let began = Instant::now();
        let response = bench.caller.ask(head, Bytes::new()).await.unwrap();
        let mut body = response.into_body();
        let first = body.frame().await.unwrap().unwrap().into_data().unwrap();
        (first, began.elapsed())
    };
    let (first, took) = Builder::new_current_thread().enable_all().build().unwrap().block_on(first);
    assert_eq!(first, "number 1, ");
    assert!(took < PAUSE, "the first part came only after {took:?}");
    assert_eq!(bench.proxy.calls()[0].verb, Verb::Watch);
}

#[test]
fn what_the_program_and_the_server_see_of_each_action() {
    let told = |told, forward| Action::Answer { told, forward };
    for (action, carried_out, answer) in [
        (Action::Drop, 0, None),
        (Action::LoseAnswer, 1, None),
        (Action::CutAnswer, 1, None),
        (Action::NeverAnswer { forward: false }, 0, None),
        (Action::NeverAnswer { forward: true }, 1, None),
        (told(Told::Status(503), false), 0, Some((503, "ServiceUnavailable"))),
        (told(Told::Status(504), true), 1, Some((504, "Timeout"))),
        (told(Told::TooMany(7), false), 0, Some((429, "\"retryAfterSeconds\":7"))),
        (told(Told::Overloaded(7), false), 0, Some((429, "Too many requests, please try again later."))),
        (Action::Twice, 2, Some((200, "number 2, and the end"))),
        (Action::Delay(PAUSE), 1, Some((200, WHOLE))),
    ] {
        let bench = Bench::with(vec![Rule::on(Verb::Get, "things").nth(1).does(action.clone())]);
        let began = Instant::now();
        let got = bench.get();
        let took = began.elapsed();
        assert_eq!(got.as_ref().map(|(code, _)| *code), answer.map(|(code, _)| code), "{action:?}");
        let (text, wanted) = (got.map(|(_, text)| text).unwrap_or_default(), answer.map(|(_, text)| text));
        assert!(text.contains(wanted.unwrap_or_default()), "{action:?}: {text}");
        assert_eq!(bench.stub.carried_out(), carried_out, "{action:?}");
        let call = bench.proxy.calls().remove(0);
        assert_eq!(call.answered.is_some(), carried_out > 0, "{action:?}");
        assert_eq!(call.action, action);
        match action {
            Action::NeverAnswer { .. } => assert!(took >= Duration::from_secs(2)),
            Action::Delay(_) => assert!(took >= 2 * PAUSE),
            _ => assert!(took < Duration::from_secs(2), "{action:?} took {took:?}"),
        }
        // The next one is not hit.
        assert_eq!(bench.get().unwrap().0, 200, "{action:?}");
    }
}

#[test]
fn another_actor_is_done_before_the_call_goes_on() {
    let (send, seen) = mpsc::channel();
    let rule = Rule::on(Verb::Get, "things").first(move |call| {
        std::thread::sleep(PAUSE);
        send.send(call.path.clone()).unwrap();
    });
    let bench = Bench::with(vec![rule]);
    assert_eq!(bench.stub.carried_out(), 0);
    assert_eq!(bench.get().unwrap().0, 200);
    assert_eq!(seen.try_recv().unwrap(), format!("{THINGS}/a"));
}

#[test]
fn the_program_gets_its_signal_on_the_side_that_was_asked_for() {
    use std::os::unix::process::ExitStatusExt as _;
    for (signal, when, number, carried_out, answered) in [
        (Signal::Kill, When::Before, 9, 0, false),
        (Signal::Kill, When::Answered, 9, 1, false),
        (Signal::Kill, When::After, 9, 1, true),
        (Signal::Term, When::Before, 15, 1, true),
        (Signal::Term, When::Answered, 15, 1, true),
        (Signal::Term, When::After, 15, 1, true),
    ] {
        let bench = Bench::with(vec![Rule::on_path("/things/a").does(Action::Signal(signal, when))]);
        let mut program = Command::new("sleep").arg("60").spawn().unwrap();
        bench.proxy.program(&program);
        let answer = bench.get();
        let status: ExitStatus = program.wait().unwrap();
        bench.proxy.no_program();
        assert_eq!(status.signal(), Some(number), "{signal:?} {when:?}");
        assert_eq!(bench.stub.carried_out(), carried_out, "{signal:?} {when:?}");
        assert_eq!(answer.is_some(), answered, "{signal:?} {when:?}");
    }
}
