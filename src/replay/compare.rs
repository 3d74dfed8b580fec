//! Whether the replay gave the answer that the capture holds: status, and each error's path, type and message.

use serde_json::Value as Json;

use crate::report::{Decision, HttpResponse, RequestReport, Transport};

/// Fills in `reproduced`, and the differences before those that are there.
pub(super) fn reproduced(report: &mut RequestReport) {
    let Some(recorded) = &report.recorded else { return };
    let Some(response) = &report.response else { return };
    let mut differences = Vec::new();
    if recorded.status != response.status {
        differences.push(format!("status: recorded {}, here {}", recorded.status, response.status));
    }
    if recorded.body.is_null() {
        report.reproduced = Some(differences.is_empty());
        differences.append(&mut report.differences);
        report.differences = differences;
        return;
    }
    let (mut there, here) = (errors(recorded), errors(response));
    // Where facts are missing a field has no value: an error there or below says nothing against us.
    let open: Vec<Vec<String>> = (report.fields.iter())
        .filter(|field| field.decision == Decision::Undecided)
        .map(|field| field.path.iter().map(part).collect())
        .collect();
    // An `error` frame of a WebSocket has no path: a subscription has one root field.
    if report.transport == Transport::Start {
        let path = here.first().map(|error| error.path.clone()).unwrap_or_default();
        there.iter_mut().filter(|error| error.path.is_empty()).for_each(|error| error.path.clone_from(&path));
    }
    let all = there.len();
    there.retain(|error| !open.iter().any(|path| error.path.starts_with(path)));
    let compared = there.len() == all;
    for error in &there {
        match here.iter().find(|mine| mine.path == error.path && mine.error_type == error.error_type) {
            None => differences.push(format!("recorded, not here: {}", error.words())),
            Some(mine) if !same_message(&error.message, &mine.message) => {
                differences.push(format!("message: recorded \"{}\", here \"{}\"", error.message, mine.message));
            }
            Some(_) => {}
        }
    }
    for mine in &here {
        if !there.iter().any(|error| error.path == mine.path && error.error_type == mine.error_type) {
            differences.push(format!("here, not recorded: {}", mine.words()));
        }
    }
    report.reproduced = (compared || !differences.is_empty()).then_some(differences.is_empty());
    differences.append(&mut report.differences);
    report.differences = differences;
}

struct FieldErrorOf {
    path: Vec<String>,
    error_type: Option<String>,
    message: String,
}

impl FieldErrorOf {
    fn words(&self) -> String {
        let error_type = self.error_type.as_deref().unwrap_or("no type");
        let place = if self.path.is_empty() { String::new() } else { format!(" at {}", self.path.join(".")) };
        format!("{} ({error_type}){place}", self.message)
    }
}

fn errors(response: &HttpResponse) -> Vec<FieldErrorOf> {
    let Some(errors) = response.body.get("errors").and_then(Json::as_array) else { return Vec::new() };
    errors
        .iter()
        .map(|error| FieldErrorOf {
            path: error.get("path").and_then(Json::as_array).into_iter().flatten().map(part).collect(),
            error_type: error
                .get("errorType")
                .and_then(Json::as_str)
                .map(|name| name.rsplit('#').next().unwrap_or(name).to_owned()),
            message: error.get("message").and_then(Json::as_str).unwrap_or_default().to_owned(),
        })
        .collect()
}

fn part(part: &Json) -> String {
    part.as_str().map_or_else(|| part.to_string(), str::to_owned)
}

/// The message of a signature's missing parts ends with the header itself, which is masked here.
fn without_header(message: &str) -> &str {
    message.split_once(" Authorization=").map_or(message, |(before, _)| before)
}

/// Messages agree but for what changes from call to call (request ids), and for the type that a resolver's refusal
/// names: until about 2023 it was the field's return type.
pub(super) fn same_message(recorded: &str, here: &str) -> bool {
    let stable = |message: &str| message.split(" (Service:").next().unwrap_or(message).to_owned();
    if stable(recorded) == stable(here) || without_header(recorded) == without_header(here) {
        return true;
    }
    // The words of 2018, for a request without a credential.
    if recorded == "Missing authorization header" && here == "Valid authorization header not provided." {
        return true;
    }
    // A template that printed no JSON, in the words of 2018.
    if recorded.starts_with("Unable to parse the JSON document") && here.starts_with("Unable to convert ") {
        return true;
    }
    let refusal = |message: &str| {
        let rest = message.strip_prefix("Not Authorized to access ")?;
        rest.split_once(" on type ").map(|(field, _)| field.to_owned())
    };
    refusal(recorded).is_some() && refusal(recorded) == refusal(here)
}
