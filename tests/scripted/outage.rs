//! A server that cannot answer for a while, and one that never can.

use std::time::{Duration, Instant};

use crate::gemini;
use crate::server::{Answer, failure, start};
use crate::world::shop;

fn busy() -> Option<Answer> {
    Some(failure(503, "ServiceUnavailable", "the server is currently unable to handle the request"))
}

#[test]
fn a_server_that_is_busy_for_ten_seconds_is_asked_again() {
    let since = Instant::now();
    let server =
        start(shop(), move |_| if since.elapsed() < Duration::from_secs(10) { busy() } else { None });
    let output = gemini(&server, &["list"]).output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}");
    assert!(String::from_utf8_lossy(&output.stdout).contains("postgres-backups"), "{stderr}");
    assert!(!stderr.contains("error"), "{stderr}");
}

#[test]
fn a_server_that_stays_busy_is_given_up_when_the_request_s_time_is_over() {
    let server = start(shop(), |_| busy());
    let began = Instant::now();
    let output = gemini(&server, &["list", "--request-timeout=2s"]).output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    for text in ["error: ", "currently unable to handle the request", "hint: "] {
        assert!(stderr.contains(text), "{text}: {stderr}");
    }
    // Unasked it would go on for 13 seconds and more.
    assert!(began.elapsed() < Duration::from_secs(12), "{:?}", began.elapsed());
}
