//! The proxy's listening side: a certificate, a socket, a thread with a runtime of its own.
//! A call that fails ends its connection, and nothing else.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;

use anyhow::{Context, Result};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Builder;
use tokio::sync::oneshot;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use super::carry::{Shared, carry};

/// Starts to listen, and writes the certificate by which that is known to `authority`. Ends when `stopped` does.
pub(super) fn start(
    shared: Arc<Shared>,
    stopped: oneshot::Receiver<()>,
    authority: &Path,
) -> Result<(SocketAddr, JoinHandle<()>)> {
    let acceptor = acceptor(authority)?;
    let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let listener = {
        let _inside = runtime.enter();
        TcpListener::from_std(listener)?
    };
    let thread = std::thread::Builder::new().name("proxy".to_owned()).spawn(move || {
        runtime.block_on(async {
            tokio::select! {
                () = listen(listener, acceptor, shared) => {}
                _ = stopped => {}
            }
        });
        // A hook may still run: it belongs to a test that is over.
        runtime.shutdown_background();
    })?;
    Ok((address, thread))
}

async fn listen(listener: TcpListener, acceptor: TlsAcceptor, shared: Arc<Shared>) {
    loop {
        if let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(connection(stream, acceptor.clone(), shared.clone()));
        }
    }
}

async fn connection(stream: TcpStream, acceptor: TlsAcceptor, shared: Arc<Shared>) {
    let _ = stream.set_nodelay(true);
    let Ok(stream) = acceptor.accept(stream).await else { return };
    let service = service_fn(|request| carry(shared.clone(), request));
    // The error is what the rule wanted, or the program has gone away.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

/// An authority for this proxy alone, and a certificate below it.
pub(super) fn acceptor(authority: &Path) -> Result<TlsAcceptor> {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    let key = KeyPair::generate()?;
    let certificate = params.self_signed(&key)?;
    fs::write(authority, certificate.pem())
        .with_context(|| format!("cannot write {}", authority.display()))?;
    let issuer = Issuer::from_params(&params, &key);
    let key = KeyPair::generate()?;
    let leaf = CertificateParams::new(vec!["127.0.0.1".to_owned()])?.signed_by(&key, &issuer)?;
    let key = PrivateKeyDer::try_from(key.serialize_der()).map_err(anyhow::Error::msg)?;
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![leaf.der().clone()], key)?;
    Ok(Arc::new(config).into())
}
