//! An API server that holds what a test puts into it, and says what a test wants it to say: for what no real one can be made to
//! do on demand. It is asked over plain HTTP; what is made stays, and nothing ever happens to it.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::{Value, json};

/// One request.
pub struct Request {
    pub method: String,
    pub path: String,
    pub body: Value,
}

/// A status code and a document.
pub type Answer = (u16, Value);

/// A failure, as an API server words one.
pub fn failure(code: u16, reason: &str, message: &str) -> Answer {
    let status = json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "code": code,
                        "reason": reason, "message": message});
    (code, status)
}

/// What the server holds: objects by the plural of their kind, and the APIs that are served.
#[derive(Clone)]
pub struct World {
    pub objects: BTreeMap<&'static str, Vec<Value>>,
    /// `GROUP/VERSION` with its resources.
    pub apis: BTreeMap<&'static str, Vec<&'static str>>,
}

impl World {
    fn answer(&mut self, request: &Request) -> Answer {
        if request.method == "GET" {
            return self.read(&request.path);
        }
        let mut made = request.body.clone();
        made["metadata"]["uid"] = json!("uid-new");
        made["metadata"]["resourceVersion"] = json!("2");
        let plural = request.path.rsplit('/').next().unwrap_or_default();
        if plural == "selfsubjectaccessreviews" {
            made["status"]["allowed"] = json!(true);
        }
        if let (true, Some(objects)) = (request.method == "POST", self.objects.get_mut(plural)) {
            objects.push(made.clone());
        }
        (201, made)
    }

    fn read(&self, path: &str) -> Answer {
        let parts: Vec<_> = path.split('/').filter(|part| !part.is_empty()).collect();
        let rest = match parts.as_slice() {
            ["version"] => {
                return (
                    200,
                    json!({"major": "1", "minor": "36", "gitVersion": "v1.36.0", "gitCommit": "",
                "gitTreeState": "", "buildDate": "", "goVersion": "", "compiler": "", "platform": ""}),
                );
            }
            ["apis"] => return (200, self.groups()),
            ["apis", group, version] => return self.resources(&format!("{group}/{version}")),
            ["api", version] => return self.resources(version),
            ["apis", _, _, rest @ ..] | ["api", _, rest @ ..] => rest,
            _ => return failure(404, "NotFound", "the server could not find the requested resource"),
        };
        let (namespace, rest) = match rest {
            ["namespaces", namespace, rest @ ..] if !rest.is_empty() => (Some(*namespace), rest),
            rest => (None, rest),
        };
        let all = rest.first().and_then(|plural| self.objects.get(plural)).into_iter().flatten();
        let here = all.filter(|object| namespace.is_none_or(|name| object["metadata"]["namespace"] == name));
        match rest {
            [_] => {
                let items: Vec<_> = here.collect();
                (
                    200,
                    json!({"kind": "List", "apiVersion": "v1", "metadata": {"resourceVersion": "1"}, "items": items}),
                )
            }
            [plural, name, ..] => match here.into_iter().find(|object| object["metadata"]["name"] == *name) {
                Some(object) => (200, object.clone()),
                None => failure(404, "NotFound", &format!("{plural} \"{name}\" not found")),
            },
            [] => failure(404, "NotFound", "the server could not find the requested resource"),
        }
    }

    fn groups(&self) -> Value {
        let group = |api: &&str| {
            let (name, version) = api.split_once('/')?;
            let version = json!({"groupVersion": api, "version": version});
            Some(json!({"name": name, "versions": [version], "preferredVersion": version}))
        };
        let groups: Vec<_> = self.apis.keys().filter_map(group).collect();
        json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": groups})
    }

    fn resources(&self, api: &str) -> Answer {
        let Some(served) = self.apis.get(api) else {
            return failure(404, "NotFound", "the server could not find the requested resource");
        };
        let resource = |plural: &&str| json!({"name": plural, "singularName": "", "namespaced": true, "kind": "", "verbs": ["list"]});
        let resources: Vec<_> = served.iter().map(resource).collect();
        (
            200,
            json!({"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": api, "resources": resources}),
        )
    }
}

/// Starts a server that runs as long as the test program; where `script` has no answer, the world has. Its address follows.
pub fn start(world: World, script: impl Fn(&Request) -> Option<Answer> + Send + Sync + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let world = Mutex::new(world);
    let answers = Arc::new(move |request: &Request| {
        script(request).unwrap_or_else(|| world.lock().unwrap().answer(request))
    });
    thread::spawn(move || {
        for connection in listener.incoming().flatten() {
            let answers = Arc::clone(&answers);
            // A client that goes away is no matter.
            thread::spawn(move || serve(connection, &*answers).unwrap_or_default());
        }
    });
    address
}

fn serve(connection: TcpStream, answers: &dyn Fn(&Request) -> Answer) -> std::io::Result<()> {
    let mut reader = BufReader::new(connection);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let mut words = line.split_whitespace();
        let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let path = target.split('?').next().unwrap_or_default().to_owned();
        let method = method.to_owned();
        let mut length = 0;
        loop {
            let mut header = String::new();
            reader.read_line(&mut header)?;
            match header.trim().split_once(':') {
                Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                    length = value.trim().parse().unwrap_or_default();
                }
                Some(_) => {}
                None => break,
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body)?;
        let body = serde_json::from_slice(&body).unwrap_or_default();
        let (code, document) = answers(&Request { method, path, body });
        let text = document.to_string();
        let head = format!(
            "HTTP/1.1 {code} -\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            text.len()
        );
        reader.get_mut().write_all((head + &text).as_bytes())?;
    }
}
