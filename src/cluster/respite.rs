//! A server that has too much to do says for how long it wants to be left alone. It said so to one request, and means all of them.
//! Must not make anybody wait longer than for an answer: who cannot wait is told.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::call::Call;
use super::failure::{Class, Failure};
use super::interrupt::Interrupt;
use crate::error::{Error, Reason};

/// Those who waited do not all come back in the same instant.
const SPREAD: u64 = 200;

/// When the server may be asked again. Copies share it.
#[derive(Clone, Debug, Default)]
pub struct Respite(Arc<Mutex<Option<Instant>>>);

impl Respite {
    /// It asked for no request before so long; what it asked for before still holds.
    pub(super) fn grant(&self, pause: Duration) {
        let mut until = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *until = (*until).max(Instant::now().checked_add(pause));
    }

    /// How long it lasts.
    pub(super) fn left(&self) -> Duration {
        let until = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        until.map_or(Duration::ZERO, |until| until.saturating_duration_since(Instant::now()))
    }

    /// Waits until `server` may be asked. An error has sent nothing: the server wants more time than a request may take, which is
    /// `limit`, or the user has asked to stop meanwhile. What is begun after that, such as giving a lock back, waits all the same.
    pub(super) async fn wait(
        &self,
        call: &Call,
        server: &str,
        limit: Duration,
        interrupt: &Interrupt,
    ) -> Result<(), Failure> {
        let began = Instant::now();
        let was_stopped = interrupt.is_requested();
        loop {
            let left = self.left();
            if left.is_zero() {
                return Ok(());
            }
            if left > limit.saturating_sub(began.elapsed()) {
                return Err(overloaded(call, server, left));
            }
            tracing::info!(%call, ?left, "the server wants to be left alone");
            tokio::select! {
                () = interrupt.requested(), if !was_stopped => return Err(not_sent(call)),
                () = sleep(left + Duration::from_millis(fastrand::u64(..SPREAD))) => {}
            }
        }
    }
}

fn overloaded(call: &Call, server: &str, left: Duration) -> Failure {
    let seconds = left.as_secs_f32().ceil();
    let why = format!("{server} has too much to do, and wants no request within the next {seconds}s");
    let error = Error::new(Reason::ServerRefused, format!("cannot {call}")).cause(why);
    Failure { error, class: Class::Unreachable, retry_after: Some(left) }
}

fn not_sent(call: &Call) -> Failure {
    let error = Error::new(Reason::Interrupted, format!("stopped before it was sent: {call}"));
    Failure { error, class: Class::Final, retry_after: None }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::call::{Kind, Verb};
    use super::super::connect::mock::{Answer, cluster};
    use super::*;

    fn later(seconds: u32) -> Answer {
        let details = json!({"retryAfterSeconds": seconds});
        let status = json!({"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": 429,
                            "reason": "TooManyRequests", "message": "later", "details": details});
        Answer::Says(429, status)
    }

    fn nothing() -> Answer {
        Answer::failure(404, "NotFound")
    }

    #[tokio::test]
    async fn what_one_request_is_told_holds_for_the_others() {
        let (cluster, asked) = cluster(vec![later(1), nothing(), nothing()], Interrupt::decided(false));
        let began = Instant::now();
        let other = async {
            sleep(Duration::from_millis(100)).await;
            let found = cluster.claim("other").await;
            (began.elapsed(), found)
        };
        let (first, (waited, second)) = futures::join!(cluster.claim("data"), other);
        assert!(first.unwrap().is_none() && second.unwrap().is_none());
        assert!(waited >= Duration::from_secs(1), "{waited:?}");
        assert_eq!(asked.lock().unwrap().len(), 3);
    }

    #[tokio::test]
    async fn what_is_asked_for_later_never_shortens_it() {
        let respite = Respite::default();
        assert_eq!(respite.left(), Duration::ZERO);
        respite.clone().grant(Duration::from_secs(60));
        respite.grant(Duration::from_secs(1));
        assert!(respite.left() > Duration::from_secs(50), "{:?}", respite.left());
        respite.grant(Duration::MAX);
        assert!(respite.left() > Duration::from_secs(50), "{:?}", respite.left());
    }

    #[tokio::test]
    async fn nobody_waits_for_longer_than_for_an_answer() {
        let respite = Respite::default();
        respite.grant(Duration::from_secs(90));
        let call = Call::one(Verb::Delete, Kind::Claim, Some("media"), "data");
        let limit = Duration::from_secs(30);
        let waited = respite.wait(&call, "10.0.0.1:6443", limit, &Interrupt::decided(false)).await;
        let failure = waited.unwrap_err();
        assert_eq!(failure.class, Class::Unreachable);
        assert!(failure.error.causes[0].contains("within the next 90s"), "{:?}", failure.error);
    }
}
