//! What a WebSocket changes: a connect has a credential and nothing else, and answers are frames.

use crate::gate::Answer;
use crate::report::{Decision, HttpResponse, RequestReport, Transport};
use crate::request::{self, CapturedRequest, Recorded};

/// A recorded answer as the gate sees it. Without a body a header still names the kind of refusal.
pub(super) fn answer(recorded: &Recorded) -> Answer {
    let mut answer = Answer::new(recorded.status, recorded.body.as_json());
    if answer.error_type.is_none() && !answer.has_data {
        let header = recorded.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("x-amzn-errortype"));
        let name = header.and_then(|(_, value)| value.split(':').next()).map(str::trim).unwrap_or_default();
        answer.error_type = (!name.is_empty()).then(|| name.to_owned());
    }
    answer
}

/// What is wrong with the place that a WebSocket connects to. An answer that let it in proves it right.
pub(super) fn wrong_endpoint(request: &CapturedRequest) -> Option<(String, String)> {
    let let_in = request.recorded.as_ref().is_some_and(|recorded| recorded.status == 200);
    if request.transport != Transport::Connect || let_in {
        return None;
    }
    request::wrong_endpoint(&request.url, &request.headers)
}

/// Decides about a connect: the gate alone does, and a recorded `connection_ack` settles what it leaves open.
pub(super) fn connect(report: &mut RequestReport, passed: bool) {
    let let_in = report.recorded.as_ref().is_some_and(|recorded| recorded.status == 200);
    if passed || (let_in && report.decision == Decision::Undecided) {
        report.decision = Decision::Allowed;
        report.stage = None;
        report.missing.clear();
        report.response = Some(HttpResponse { status: 200, body: serde_json::Value::Null });
    }
}

/// Whether the capture says the same of a connect.
pub(super) fn reproduced(report: &mut RequestReport) {
    // Status and text of a refused connect have changed with the years: that it was refused is what counts.
    if let (Some(recorded), Some(response)) = (&report.recorded, &report.response) {
        let words = |status: u16| if status == 200 { "let in" } else { "refused" };
        let (there, here) = (words(recorded.status), words(response.status));
        report.reproduced = Some(there == here);
        if there != here {
            report.differences.push(format!("the connect: recorded {there}, here {here}"));
        }
    }
}
