//! Carries connections from a port outside to the API server inside: over a Unix socket, which knows no network namespace.

use std::io;
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::thread;

/// Accepts on `listener` outside, for as long as the process lives, and goes on to the socket `to`.
pub fn outside(listener: TcpListener, to: PathBuf) {
    thread::spawn(move || {
        for client in listener.incoming().flatten() {
            if let Ok(server) = UnixStream::connect(&to) {
                join(client, server);
            }
        }
    });
}

/// Accepts on the socket `at`, for as long as the process lives, and goes on to the address `to` inside.
pub fn inside(at: &Path, to: String) -> io::Result<()> {
    let listener = UnixListener::bind(at)?;
    thread::spawn(move || {
        for client in listener.incoming().flatten() {
            if let Ok(server) = TcpStream::connect(&to) {
                join(server, client);
            }
        }
    });
    Ok(())
}

/// Copies both ways until both ends are done.
fn join(tcp: TcpStream, unix: UnixStream) {
    let (Ok(tcp2), Ok(unix2)) = (tcp.try_clone(), unix.try_clone()) else { return };
    thread::spawn(move || {
        let _ = io::copy(&mut &tcp, &mut &unix);
        let _ = unix.shutdown(Shutdown::Write);
    });
    thread::spawn(move || {
        let _ = io::copy(&mut &unix2, &mut &tcp2);
        let _ = tcp2.shutdown(Shutdown::Write);
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};

    #[test]
    fn bytes_and_ends_pass_both_ways() {
        let server = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = server.local_addr().unwrap();
        thread::spawn(move || {
            let (mut connection, _) = server.accept().unwrap();
            let mut request = String::new();
            connection.read_to_string(&mut request).unwrap();
            write!(connection, "answer to {request}").unwrap();
        });
        let socket = std::env::temp_dir().join(format!("sandbox-forward-{}", std::process::id()));
        inside(&socket, address.to_string()).unwrap();
        let public = TcpListener::bind("127.0.0.1:0").unwrap();
        let public_address = public.local_addr().unwrap();
        outside(public, socket.clone());

        let mut client = TcpStream::connect(public_address).unwrap();
        client.write_all(b"a question").unwrap();
        client.shutdown(Shutdown::Write).unwrap();
        let mut answer = String::new();
        client.read_to_string(&mut answer).unwrap();
        assert_eq!(answer, "answer to a question");
        std::fs::remove_file(socket).unwrap();
    }
}
