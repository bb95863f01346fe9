//! The way to the real server: one connection per call, with the administrator's certificate unless the call brings a
//! token of its own. Must not repeat a call, and must not follow the program when that goes away.

use std::fs;
use std::sync::Arc;

use anyhow::{Context, Result, anyhow};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{AUTHORIZATION, CONNECTION, CONTENT_LENGTH, HeaderMap, TRANSFER_ENCODING};
use hyper::http::request::Parts;
use hyper::http::uri::PathAndQuery;
use hyper::{Request, Response, Uri};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use crate::layout::Layout;
use crate::owner;

/// Who has no token says so: kubectl asks at the terminal for a name where a kubeconfig holds no credentials at all.
pub(super) const USER: &str = "proxy";
/// `proxy:proxy`
const PROXY_LOGIN: &str = "Basic cHJveHk6cHJveHk=";

/// A server to pass calls on to.
#[derive(Clone)]
pub struct Upstream {
    /// Host and port.
    authority: String,
    name: ServerName<'static>,
    /// With the administrator's certificate, if there is one.
    known: TlsConnector,
    /// For calls that say themselves who they are.
    unknown: TlsConnector,
}

impl Upstream {
    /// The API server of a sandbox, as its administrator.
    pub fn of_sandbox(layout: &Layout) -> Result<Self> {
        let read = |file: &str| fs::read(layout.pki(file)).with_context(|| format!("cannot read {file}"));
        let (certificate, key) = (read("admin.crt")?, read("admin.key")?);
        Self::new(&owner::info(layout)?.server, &read("ca.crt")?, Some((&certificate, &key)))
    }

    /// The server at `url`, whose certificate `authority` has signed (PEM), with a certificate and its key (PEM).
    pub fn new(url: &str, authority: &[u8], client: Option<(&[u8], &[u8])>) -> Result<Self> {
        let uri: Uri = url.parse().with_context(|| format!("{url} is no address"))?;
        let host = uri.host().with_context(|| format!("{url} names no host"))?;
        let port = uri.port_u16().unwrap_or(443);
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_slice_iter(authority) {
            roots.add(certificate?)?;
        }
        let config = || {
            let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
                .with_safe_default_protocol_versions()?
                .with_root_certificates(roots.clone());
            anyhow::Ok(builder)
        };
        let unknown = config()?.with_no_client_auth();
        let known = match client {
            Some((certificate, key)) => {
                let chain = CertificateDer::pem_slice_iter(certificate).collect::<Result<_, _>>()?;
                config()?.with_client_auth_cert(chain, PrivateKeyDer::from_pem_slice(key)?)?
            }
            None => unknown.clone(),
        };
        Ok(Self {
            authority: format!("{host}:{port}"),
            name: ServerName::try_from(host.to_owned())?,
            known: Arc::new(known).into(),
            unknown: Arc::new(unknown).into(),
        })
    }

    /// Asks the server. Returns when the head of its answer is there.
    pub(in crate::testing) async fn ask(&self, head: Parts, body: Bytes) -> Result<Response<Incoming>> {
        // The API server would believe a certificate first.
        let has_token = head.headers.get(AUTHORIZATION).is_some_and(|value| value != PROXY_LOGIN);
        let tls = if has_token { &self.unknown } else { &self.known };
        let stream = TcpStream::connect(&self.authority).await?;
        stream.set_nodelay(true)?;
        let stream = tls.connect(self.name.clone(), stream).await?;
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        let target = head.uri.path_and_query().map_or("/", PathAndQuery::as_str);
        let mut request = Request::builder().method(head.method).uri(target).body(Full::new(body))?;
        *request.headers_mut() = head.headers;
        without_hops(request.headers_mut());
        request.headers_mut().remove(CONTENT_LENGTH);
        if !has_token {
            request.headers_mut().remove(AUTHORIZATION);
        }
        let mut response = sender.send_request(request).await.map_err(|error| anyhow!(error))?;
        without_hops(response.headers_mut());
        Ok(response)
    }
}

/// What is said for one connection only is not passed on.
fn without_hops(headers: &mut HeaderMap) {
    headers.remove(CONNECTION);
    headers.remove(TRANSFER_ENCODING);
}
