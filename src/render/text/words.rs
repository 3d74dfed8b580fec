//! Codes in the words of a reader: decisions, stages, checks, kinds of rules.

use super::line::{Line, Role};
use crate::report::{Decision, FieldReport, Outcome, RequestReport, Stage, Transport, Verdict};

/// The mark in front of a decision.
pub(in crate::render) fn mark(decision: Decision) -> Line {
    let role = match decision {
        Decision::Allowed => Role::Good,
        Decision::Filtered => Role::Partial,
        Decision::Error | Decision::Undecided => Role::Unsure,
        Decision::Denied => Role::Bad,
    };
    Line::of(role, mark_text(decision))
}

/// The mark as a character.
pub(in crate::render) fn mark_text(decision: Decision) -> &'static str {
    match decision {
        Decision::Allowed => "✓",
        Decision::Filtered => "~",
        Decision::Error => "!",
        Decision::Undecided => "?",
        Decision::Denied => "✗",
    }
}

/// What became of a field: `denied in the resolver`.
pub(in crate::render) fn verdict(decision: Decision, stage: Option<Stage>, cause: Option<&str>) -> &'static str {
    match decision {
        Decision::Allowed => "allowed",
        Decision::Undecided => "undecided",
        Decision::Filtered => match cause {
            Some("rows-withheld") => "allowed, rows withheld",
            Some("field-redacted") => "allowed, a value redacted",
            _ => "allowed, something withheld",
        },
        Decision::Error => match stage {
            Some(Stage::Gate) => "failed before any resolver",
            Some(Stage::Source) => "failed in the data source",
            Some(Stage::Resolver) => "failed in the resolver",
            _ => "failed",
        },
        Decision::Denied => match stage {
            Some(Stage::Gate) => "refused before any resolver",
            Some(Stage::Schema) => "denied by the schema",
            Some(Stage::Iam) => "refused by IAM",
            Some(Stage::Authorizer) => "denied by the Lambda authorizer",
            Some(Stage::Resolver) => "denied in the resolver",
            Some(Stage::Source) => "denied by the data source",
            Some(Stage::Propagation) => "null, because a field in it was denied",
            None => "denied",
        },
    }
}

/// A decision in one word.
pub(in crate::render) fn decided(decision: Decision) -> &'static str {
    match decision {
        Decision::Allowed => "allowed",
        Decision::Filtered => "filtered",
        Decision::Error => "failed",
        Decision::Undecided => "undecided",
        Decision::Denied => "denied",
    }
}

/// What became of an event that a subscription was held against.
pub(in crate::render) fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Delivered => "registered, event delivered",
        Outcome::Withheld => "registered, event withheld",
        Outcome::Ended => "registered, then ended",
        Outcome::Kept => "registered, goes on",
        Outcome::Unknown => "undecided",
    }
}

/// What the statement did at which a field's decision fell.
pub(in crate::render) fn here(decision: Decision) -> &'static str {
    match decision {
        Decision::Allowed => "allowed here",
        Decision::Filtered => "withheld here",
        Decision::Error => "failed here",
        Decision::Undecided => "undecided from here",
        Decision::Denied => "denied here",
    }
}

/// One word for the summary's column.
pub(in crate::render) fn stage(stage: Stage) -> &'static str {
    match stage {
        Stage::Gate => "gate",
        Stage::Schema => "schema",
        Stage::Iam => "IAM",
        Stage::Authorizer => "authorizer",
        Stage::Resolver => "resolver",
        Stage::Source => "data source",
        Stage::Propagation => "null",
    }
}

/// The mark of a check.
pub(in crate::render) fn check_mark(verdict: Verdict) -> Line {
    match verdict {
        Verdict::Pass => Line::of(Role::Good, "✓"),
        Verdict::Fail => Line::of(Role::Bad, "✗"),
        Verdict::Unknown => Line::of(Role::Unsure, "?"),
        Verdict::Skipped => Line::of(Role::Dim, "–"),
    }
}

/// What a check looks at, by the code it would give.
pub(in crate::render) fn check(code: &str) -> &str {
    match code {
        "no-credential" => "header",
        "bearer-prefix" => "prefix",
        "not-a-jwt" => "token form",
        "wrong-credential-kind" => "credential",
        "mode-not-configured" => "mode",
        "token-expired" => "expiry",
        "token-not-yet-valid" => "not before",
        "issuer-mismatch" => "issuer",
        "client-id-mismatch" => "client id",
        "signature-invalid" | "sigv4-mismatch" => "signature",
        "token-ttl-exceeded" => "token age",
        "api-key-unknown" => "key",
        "api-key-expired" => "key expiry",
        "sigv4-scope" => "scope",
        "sigv4-incomplete" => "parts",
        "sigv4-expired" => "signing time",
        "session-token-expired" => "session token",
        "authorizer-denied" => "authorizer",
        "authorizer-not-consulted" | "authorizer-token-rejected" => "token form",
        "authorizer-bad-answer" => "its answer",
        "authorizer-not-invocable" => "its function",
        "wrong-endpoint" => "endpoint",
        "iam-no-allow" | "iam-explicit-deny" | "iam-near-miss" => "policy",
        other => other,
    }
}

/// A rule by its kind; nothing where the kind says nothing.
pub(in crate::render) fn rule(kind: &str) -> Option<&'static str> {
    Some(match kind {
        "staticGroup" => "group rule",
        "dynamicGroup" => "rule for groups in the record",
        "owner" => "owner rule",
        "private" => "rule for every signed-in caller",
        "public" => "public rule",
        "iamRole" => "IAM role rule",
        "adminRole" => "admin role rule",
        _ => return None,
    })
}

/// A field's name for people: `Query.listPosts → items[].author.bio`.
pub(in crate::render) fn title(request: &RequestReport, field: &FieldReport) -> String {
    let own = format!("{}.{}", field.parent_type, field.field);
    let mut path = field.path.iter();
    let Some(root) = path.next().and_then(|key| key.as_str()) else { return own };
    let nested: String = path.fold(String::new(), |mut shown, key| {
        match key.as_str() {
            Some(name) if shown.is_empty() => shown.push_str(name),
            Some(name) => shown.push_str(&format!(".{name}")),
            None => shown.push_str("[]"),
        }
        shown
    });
    if nested.is_empty() {
        return if root == field.field { own } else { format!("{own} (as {root})") };
    }
    let at_root = |other: &&FieldReport| other.path.len() == 1 && other.path.first() == field.path.first();
    let root = match request.fields.iter().find(at_root) {
        Some(other) => format!("{}.{}", other.parent_type, other.field),
        None => format!("{}.{root}", root_type(request)),
    };
    format!("{root} → {nested}")
}

/// The request's name where no field is known: `mutation UpdatePost`.
pub(in crate::render) fn operation(request: &RequestReport) -> String {
    match &request.operation {
        None if request.transport == Transport::Connect => "WebSocket connect".to_owned(),
        Some(operation) => match &operation.name {
            Some(name) => format!("{} {name}", operation.kind),
            None => format!("{} without a name", operation.kind),
        },
        None => "request".to_owned(),
    }
}

fn root_type(request: &RequestReport) -> &'static str {
    match request.operation.as_ref().map(|operation| operation.kind) {
        Some("mutation") => "Mutation",
        Some("subscription") => "Subscription",
        _ => "Query",
    }
}

/// `1 request`, `2 requests`.
pub(in crate::render) fn count(n: usize, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}

/// How many requests came out which way: `9 allowed, 4 denied, 1 undecided`.
pub(in crate::render) fn tally(requests: &[&RequestReport]) -> String {
    let named = [
        (Decision::Allowed, "allowed"),
        (Decision::Filtered, "allowed with something withheld"),
        (Decision::Error, "failed"),
        (Decision::Denied, "denied"),
        (Decision::Undecided, "undecided"),
    ];
    let parts: Vec<String> = named
        .iter()
        .map(|(decision, name)| (requests.iter().filter(|request| request.decision == *decision).count(), name))
        .filter(|(n, _)| *n > 0)
        .map(|(n, name)| format!("{n} {name}"))
        .collect();
    parts.join(", ")
}
