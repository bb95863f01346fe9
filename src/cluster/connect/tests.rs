//! A server that is there and then is not: how long a read is sent again, and what is said in the end.
//! The server is a mock, which refuses connections when it has no answer left.

use std::time::Duration;

use backon::BackoffBuilder as _;

use super::mock::{Answer, cluster};
use super::*;
use crate::error::ExitCode;
use crate::model::claim::Claim;

fn nothing() -> Answer {
    Answer::failure(404, "NotFound")
}

/// Reads as often as there are numbers, with an answer each time that a number of refusals is over.
async fn read(answers: Vec<Answer>, times: usize) -> (Result<Option<Claim>>, usize) {
    let (mut cluster, asked) = cluster(answers, Interrupt::decided(false));
    cluster.request_timeout = Some(Duration::from_secs(3));
    let mut last = Ok(None);
    for _ in 0..times {
        last = cluster.claim("data").await;
    }
    let asked = asked.lock().unwrap().len();
    (last, asked)
}

#[tokio::test]
async fn a_server_that_never_was_there_is_not_waited_for() {
    let (last, asked) = read(vec![], 1).await;
    let error = last.unwrap_err();
    assert_eq!((error.reason, error.exit_code(), asked), (Reason::ConnectRefused, ExitCode::Failed, 1));
}

#[tokio::test]
async fn a_server_that_comes_back_in_time_was_never_away() {
    let (last, asked) = read(vec![nothing(), Answer::Refused, nothing()], 2).await;
    assert_eq!((last.unwrap().is_none(), asked), (true, 3));
}

#[tokio::test]
async fn a_server_that_stays_away_leaves_the_work_to_the_next_run() {
    let (last, asked) = read(vec![nothing()], 2).await;
    let error = last.unwrap_err();
    assert_eq!((error.reason, error.exit_code()), (Reason::ServerAway, ExitCode::Interrupted));
    assert!(error.message.contains("was refused") && asked > 2, "{asked}: {error}");
}

/// Longer than most restarts of an API server behind a load balancer, whatever is drawn by lot.
#[test]
fn a_server_that_is_busy_for_ten_seconds_is_outlasted() {
    for _ in 0..100 {
        let pauses: Duration = backoff().build().take(BUSY).sum();
        assert!(pauses > Duration::from_secs(10), "{pauses:?}");
    }
}
