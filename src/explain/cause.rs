//! The cause: a stable code, and one sentence with the person's own values in it.

use serde_json::Value as Json;

use super::rule::{Known, Subject};
use super::words::value;
use crate::execute::FieldInput;
use crate::report::{Cause, Condition};

/// What is known of a denial besides its rules.
#[derive(Debug, Clone, Copy)]
pub struct Situation<'a> {
    /// The error's message.
    pub message: &'a str,
    /// The token's use: `access`, `id`.
    pub token_use: Option<&'a str>,
    /// Whether the denying condition asks for the mode alone.
    pub by_mode: bool,
    /// The caller's mode in words.
    pub mode: &'a str,
    /// Whether the record that the rules ask about does not exist.
    pub record_missing: bool,
    /// Whether the record was withheld by a filter, or a condition failed on it.
    pub withheld: bool,
    /// Whether a condition of a write failed.
    pub condition_failed: bool,
    /// The field, with its arguments.
    pub input: &'a FieldInput,
    /// `$ctx.identity`
    pub identity: &'a Json,
    /// Whether a template raised it by `$util.unauthorized()` rather than by `$util.error`.
    pub unauthorized: bool,
    /// The innermost condition that led there, and came out true.
    pub refused_by: Option<&'a Condition>,
}

/// The cause of a denial by a resolver.
pub fn resolver(situation: Situation<'_>, rules: &[Known]) -> Cause {
    let denied = super::fields::denied(situation.message);
    if !denied.is_empty() {
        return Cause { code: "field-not-allowed", text: fields_denied(&denied, situation, rules) };
    }
    if situation.by_mode {
        let mut text = format!("{} has no rule for callers with {}", situation.input.field, situation.mode);
        if let Some(admin) = rules.iter().find(|known| known.rule.kind == "adminRole") {
            text.push_str(&format!(", but for admin roles: {}", sentence(admin, situation)));
        }
        return Cause { code: "no-rule-for-mode", text };
    }
    if situation.record_missing && rules.iter().any(|known| known.subject.object_is == "record") {
        let text = record_missing(situation, rules);
        return Cause { code: "record-missing", text };
    }
    let nearest: Vec<&Known> = nearest(rules);
    if let Some(first) = nearest.first() {
        let code = code(first, situation);
        return Cause { code, text: sentences(&nearest, situation).join("; ") };
    }
    if let Some(entry) =
        rules.iter().find_map(|known| known.rule.needs.strip_prefix("stash ")?.strip_suffix(" is true"))
    {
        let text = format!("no template of this resolver sets stash {entry}: the type has no rule of its own");
        return Cause { code: "no-rule-for-mode", text };
    }
    if !rules.is_empty() && rules.iter().all(|known| known.rule.needs.starts_with("authorization mode")) {
        let text = format!("{} has no rule for callers with {}", situation.input.field, situation.mode);
        return Cause { code: "no-rule-for-mode", text };
    }
    if let (true, Some(condition)) = (rules.is_empty(), situation.refused_by) {
        let words = condition.words.as_deref().unwrap_or(&condition.text);
        return Cause {
            code: "claim-mismatch",
            text: format!("the template refuses whoever comes with this: {words}"),
        };
    }
    if rules.is_empty() && situation.unauthorized {
        let text = format!("no rule allows {} to anybody", situation.input.field);
        return Cause { code: "operation-not-allowed", text };
    }
    let code = if situation.unauthorized { "resolver-unauthorized" } else { "resolver-error" };
    Cause { code, text: format!("{}: {}", situation.message, first_words(rules)).trim_end_matches(": ").to_owned() }
}

/// What keeps a caller from each of the rules, the first few in a sentence each.
fn sentences(nearest: &[&Known], situation: Situation<'_>) -> Vec<String> {
    let mut sentences: Vec<String> = Vec::new();
    for (at, known) in nearest.iter().enumerate() {
        // That an argument could be left out says nothing more about one that was spoken of.
        let object = &known.subject.object;
        let left_out = [" is absent", " is left out"].iter().any(|end| known.rule.needs.ends_with(end));
        if left_out && object.is_some() && nearest.iter().take(at).any(|other| other.subject.object == *object) {
            continue;
        }
        let sentence = match known.rule.kind {
            _ if refuses(known) => {
                let words = known.rule.blocked_by.as_ref().and_then(|condition| condition.words.clone());
                format!("the template refuses whoever comes with this: {}", words.unwrap_or_default())
            }
            "staticGroup" => {
                let same =
                    |other: &&&Known| other.rule.kind == "staticGroup" && other.subject.claims == known.subject.claims;
                static_groups(&nearest.iter().filter(same).copied().collect::<Vec<_>>(), situation)
            }
            "adminRole" if nearest.iter().any(|known| known.rule.kind == "iamRole") => {
                format!("no admin role either ({})", known.rule.needs)
            }
            _ => sentence(known, situation),
        };
        if !sentences.contains(&sentence) && sentences.len() < 3 {
            sentences.push(sentence);
        }
    }
    sentences
}

/// Which fields, and what keeps the caller from the rules that let them be written.
fn fields_denied(denied: &[String], situation: Situation<'_>, rules: &[Known]) -> String {
    let given = situation.input.arguments.get("input");
    let to_null = |field: &&String| given.and_then(|given| given.get(*field)).is_some_and(Json::is_null);
    let (nulls, others): (Vec<&String>, Vec<&String>) = denied.iter().partition(to_null);
    let joined = |fields: &[&String]| fields.iter().map(|field| field.as_str()).collect::<Vec<_>>().join(", ");
    let what = match (others.as_slice(), nulls.as_slice()) {
        (others, []) => format!("{} may not be set", joined(others)),
        ([], nulls) => format!("{} may not be set to null", joined(nulls)),
        (others, nulls) => format!("{} may not be set, nor {} to null", joined(others), joined(nulls)),
    };
    let field = &situation.input.field;
    match sentences(&nearest(rules), situation).as_slice() {
        [] => format!("{what} in {field} by callers with {}", situation.mode),
        sentences => format!("{what} by you in {field}: {}", sentences.join("; ")),
    }
}

/// Which record there is not, and what of the caller would have done without one.
fn record_missing(situation: Situation<'_>, rules: &[Known]) -> String {
    let arguments = &situation.input.arguments;
    let given = arguments.get("input").and_then(Json::as_object).unwrap_or(arguments);
    let id = given.get("id").map(|id| format!(" with id {}", value(id))).unwrap_or_default();
    let mut text = format!("there is no record{id}, so no rule about its owner or groups can hold");
    let static_rules: Vec<&Known> = rules.iter().filter(|known| known.rule.kind == "staticGroup").collect();
    if !static_rules.is_empty() {
        text.push_str("; ");
        text.push_str(&static_groups(&static_rules, situation));
    }
    text
}

/// The rules of the caller's own mode; those of other modes say less about why this caller was refused.
fn nearest(rules: &[Known]) -> Vec<&Known> {
    let own = |kind: &str| matches!(kind, "staticGroup" | "dynamicGroup" | "owner" | "iamRole" | "adminRole");
    let mode = |known: &Known| known.rule.needs.starts_with("authorization mode");
    let mut found: Vec<&Known> = rules.iter().filter(|known| own(known.rule.kind) && !mode(known)).collect();
    if found.is_empty() {
        let given = |known: &&Known| !known.subject.claims.is_empty() || known.subject.object.is_some();
        found = rules.iter().filter(|known| known.rule.kind == "other").filter(given).collect();
    }
    // An admin role in a list is rarely what an IAM caller lacks, nor groups of the record what somebody without any.
    let no_groups = |known: &&Known| known.rule.kind == "dynamicGroup" && known.subject.claim_absent;
    found.sort_by_key(|known| (known.rule.kind == "adminRole", no_groups(known)));
    found
}

/// Whether a rule keeps people out for what they have, rather than for what they lack.
fn refuses(known: &Known) -> bool {
    let wants_less = |words: &&str| known.rule.needs.contains(*words);
    !known.subject.claims.is_empty() && [" does not contain ", " is none of "].iter().any(wants_less)
}

fn code(known: &Known, situation: Situation<'_>) -> &'static str {
    let subject = &known.subject;
    if situation.condition_failed {
        return "condition-failed";
    }
    if subject.text_in_loop {
        return "claim-format";
    }
    if refuses(known) {
        return "claim-mismatch";
    }
    // Who has no groups at all lacks the group; a claim of one's own may be in the other kind of token.
    let lacks_group = known.rule.kind == "staticGroup" && !in_id_tokens_only(&subject.claims, situation.token_use);
    if subject.claim_absent && !lacks_group && !subject.claims.is_empty() {
        return missing_claim_code(subject, situation);
    }
    match known.rule.kind {
        "staticGroup" | "dynamicGroup" => "group-missing",
        "owner" if situation.withheld => "record-not-yours",
        "owner" => "owner-mismatch",
        "iamRole" => "iam-role-not-matched",
        "adminRole" => "admin-role-not-matched",
        _ if !subject.claims.is_empty() => "claim-mismatch",
        _ => "resolver-unauthorized",
    }
}

fn missing_claim_code(subject: &Subject, situation: Situation<'_>) -> &'static str {
    if in_id_tokens_only(&subject.claims, situation.token_use) {
        "claim-missing-in-access-token"
    } else {
        "claim-missing"
    }
}

/// Custom attributes and standard attributes are in Cognito's ID tokens, not in its access tokens.
pub fn in_id_tokens_only(claims: &[impl AsRef<str>], token_use: Option<&str>) -> bool {
    const ID_ONLY: [&str; 6] = ["email", "phone_number", "name", "given_name", "family_name", "cognito:username"];
    token_use == Some("access")
        && claims.iter().map(AsRef::as_ref).any(|claim| claim.starts_with("custom:") || ID_ONLY.contains(&claim))
}

/// Behind "is absent": the kind of token, where that is why.
pub fn why_absent(claims: &[impl AsRef<str>], token_use: Option<&str>) -> &'static str {
    if in_id_tokens_only(claims, token_use) { ": this is an access token, ID tokens carry it" } else { "" }
}

fn static_groups(known: &[&Known], situation: Situation<'_>) -> String {
    let mut wanted: Vec<Json> = Vec::new();
    for group in known.iter().flat_map(|known| &known.subject.wanted) {
        let group = Json::String(group.clone());
        if !wanted.contains(&group) {
            wanted.push(group);
        }
    }
    let claim = known.iter().find_map(|known| known.subject.claims.first()).map_or("cognito:groups", String::as_str);
    let held = situation.identity.get("claims").and_then(|claims| claims.get(claim));
    let wanted = value(&Json::Array(wanted));
    match held {
        None | Some(Json::Null) => {
            let why = why_absent(&[claim], situation.token_use);
            format!("claim {claim} is absent{why}; it would have to hold one of {wanted}")
        }
        Some(held) if claim == "cognito:groups" => {
            format!("the token's groups {} include none of {wanted}", value(held))
        }
        Some(held) => format!("claim {claim} {} holds none of {wanted}", value(held)),
    }
}

fn sentence(known: &Known, situation: Situation<'_>) -> String {
    let subject = &known.subject;
    if subject.text_in_loop {
        let claims = subject.claims.join(" or ");
        let held = situation.identity.get("claims").and_then(|all| all.get(subject.claims.first()?));
        let held = held.map(value).unwrap_or_default();
        return format!("claim {claims} is the text {held}, and the template goes through it as a list");
    }
    if subject.claim_absent && !subject.claims.is_empty() {
        let claims = subject.claims.join(" or ");
        return format!("claim {claims} is absent{}", why_absent(&subject.claims, situation.token_use));
    }
    match (known.rule.kind, &subject.object) {
        (_, Some(path)) if known.rule.needs.ends_with(" is left out") => {
            let given = sent(path, situation).map_or_else(|| "something".to_owned(), value);
            format!("the argument {path} is {given}; templates tell that from one that is left out")
        }
        ("owner", Some(path)) => {
            let held = subject.object_value.as_ref().unwrap_or(&Json::Null);
            let yours = subject.caller_value.as_ref().map(value).unwrap_or_default();
            let what = if subject.object_is == "argument" { "argument" } else { "record's" };
            let absent = if given_as_null(subject, path, situation) { "null" } else { "absent" };
            let path =
                if subject.object_is == "argument" { path.as_str() } else { path.rsplit('.').next().unwrap_or(path) };
            if held.is_null() && yours.is_empty() {
                format!("the {what} {path} is {absent}")
            } else if yours.is_empty() {
                format!("not so: {}", known.rule.needs)
            } else if held.is_array() {
                format!("the {what} {path} {} holds none of you ({})", value(held), yours.trim_matches(['[', ']']))
            } else if held.is_null() {
                format!("the {what} {path} is {absent}, so it is not you ({})", yours.trim_matches(['[', ']']))
            } else {
                format!("the {what} {path} {} is not you ({})", value(held), yours.trim_matches(['[', ']']))
            }
        }
        ("dynamicGroup", Some(path)) => {
            let held = subject.object_value.as_ref().unwrap_or(&Json::Null);
            let whole = subject.claims.first().and_then(|claim| situation.identity.get("claims")?.get(claim));
            let yours = whole.or(subject.caller_value.as_ref()).map_or_else(|| "[]".to_owned(), value);
            let what = if subject.object_is == "argument" { "argument" } else { "record's" };
            if held.is_null() {
                return format!("the {what} {path} is absent, so it holds none of your groups {yours}");
            }
            format!("the {what} {path} {} holds none of your groups {yours}", value(held))
        }
        ("other", Some(path)) if !subject.claims.is_empty() => {
            let held = subject.object_value.as_ref().unwrap_or(&Json::Null);
            let yours = subject.caller_value.as_ref().map(value).unwrap_or_default();
            let what = if subject.object_is == "argument" { "argument" } else { "record's" };
            format!("the {what} {path} {} is not your {} {yours}", value(held), subject.claims.join(" or "))
        }
        ("iamRole", _) if known.rule.needs == "identity cognitoIdentityPoolId is absent" => {
            let pool = situation.identity.get("cognitoIdentityPoolId").map(value).unwrap_or_default();
            format!(
                "you came through identity pool {pool}, and what lets IAM callers in everywhere is for those without one"
            )
        }
        ("iamRole", _) => format!("you are {}, not the role of the rule ({})", you(situation), known.rule.needs),
        ("adminRole", _) => format!("you are {}, no admin role ({})", you(situation), known.rule.needs),
        _ => format!("not so: {}", known.rule.needs),
    }
}

/// Whether an argument was sent, as null: templates tell that from one that was left out.
fn given_as_null(subject: &Subject, path: &str, situation: Situation<'_>) -> bool {
    subject.object_is == "argument" && sent(path, situation).is_some_and(Json::is_null)
}

/// An argument that was sent, by its path.
fn sent<'a>(path: &str, situation: Situation<'a>) -> Option<&'a Json> {
    let (first, rest) = path.split_once('.').unwrap_or((path, ""));
    let first = situation.input.arguments.get(first)?;
    rest.split('.').filter(|name| !name.is_empty()).try_fold(first, |at, name| at.get(name))
}

/// The IAM caller, as templates compare him.
fn you(situation: Situation<'_>) -> String {
    situation.identity.get("userArn").map_or_else(|| "somebody without a userArn".to_owned(), value)
}

fn first_words(rules: &[Known]) -> String {
    let needs = nearest(rules).first().map(|known| known.rule.needs.clone());
    needs.map(|needs| format!("that needs {needs}")).unwrap_or_default()
}
