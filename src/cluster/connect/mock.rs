//! A server that answers what a test says, for what no real server can be made to do on demand.
//! Only for tests of `cluster`.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Mutex};

use http::{Request, Response};
use kube::Client;
use kube::client::Body;
use serde_json::{Value, json};
use tower::BoxError;

use super::super::interrupt::Interrupt;
use super::super::notices::Notices;
use super::{Cluster, ServerClock};

/// What the server does with one request.
#[derive(Clone, Debug)]
pub enum Answer {
    /// Answers with a status code and a body.
    Says(u16, Value),
    /// Breaks the connection: whether the request was carried out, only the test knows.
    Lost,
    /// Refuses the connection: nothing has arrived.
    Refused,
}

impl Answer {
    /// A failure, as the API server words one.
    pub fn failure(code: u16, reason: &str) -> Self {
        let status = json!({"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code,
                            "reason": reason, "message": reason});
        Self::Says(code, status)
    }
}

/// What was asked: `DELETE /apis/…?dryRun=All` and the body.
pub type Asked = Arc<Mutex<Vec<(String, Value)>>>;

/// A cluster that gives `answers` in turn, and what it is asked. More requests than answers are refused.
pub fn cluster(answers: Vec<Answer>, interrupt: Interrupt) -> (Cluster, Asked) {
    let asked = Asked::default();
    let (log, answers) = (asked.clone(), Arc::new(Mutex::new(VecDeque::from(answers))));
    let service = tower::service_fn(move |request: Request<Body>| {
        let (log, answers) = (log.clone(), answers.clone());
        async move {
            let line = format!("{} {}", request.method(), request.uri());
            let bytes = request.into_body().collect_bytes().await?;
            log.lock().unwrap().push((line, serde_json::from_slice(&bytes).unwrap_or_default()));
            let answer = answers.lock().unwrap().pop_front().unwrap_or(Answer::Refused);
            let broken = |kind: io::ErrorKind| Err(BoxError::from(io::Error::from(kind)));
            match answer {
                Answer::Says(code, body) => {
                    Ok(Response::builder().status(code).body(Body::from(body.to_string().into_bytes()))?)
                }
                Answer::Lost => broken(io::ErrorKind::ConnectionReset),
                Answer::Refused => broken(io::ErrorKind::ConnectionRefused),
            }
        }
    });
    let cluster = Cluster {
        client: Client::new(service, "media"),
        namespace: "media".into(),
        home: "media".into(),
        server: "10.0.0.1:6443".into(),
        context: None,
        notices: Notices::new(|_| ()),
        interrupt,
        request_timeout: None,
        clock: ServerClock::default(),
        reached: Arc::default(),
        respite: super::Respite::default(),
    };
    (cluster, asked)
}
