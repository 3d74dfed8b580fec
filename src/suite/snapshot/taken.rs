//! What a snapshot holds of a report: decisions, causes, statements and rules by their text, and the answer. No times,
//! no lines and columns, nothing that says who somebody is.

use serde_json::{Map, Value as Json, json};

use super::stable;
use crate::report::{AllowedBy, AuthorRule, Condition, FieldReport, RequestReport, Rule, Site};
use crate::suite::redact::{Aliases, Redactor};
use crate::verdict::{Cause, Decision, Stage, Verdict};

/// Columns of a line of JSON before it is laid out over several.
const WIDTH: usize = 90;

/// A report as text, each line indented.
pub(in crate::suite) fn taken(report: &RequestReport, aliases: &Aliases) -> String {
    let mut page = Page { redactor: Redactor::new(aliases), out: String::new() };
    page.request(report);
    page.out
}

struct Page<'a> {
    redactor: Redactor<'a>,
    out: String,
}

impl Page<'_> {
    /// A line; the later ones of a text hang below it.
    fn line(&mut self, depth: usize, text: &str) {
        for (at, line) in text.lines().enumerate() {
            let indent = if at == 0 { depth } else { depth + 1 };
            let line = format!("{}{}", "  ".repeat(indent + 1), line.trim_end());
            self.out.push_str(line.trim_end());
            self.out.push('\n');
        }
    }

    fn words(&self, text: &str) -> String {
        stable::text(&self.redactor.words(text))
    }

    fn request(&mut self, report: &RequestReport) {
        let gate = report.gate.as_ref();
        let refused = report.fields.is_empty();
        let cause = report.cause.as_ref().filter(|_| refused);
        self.line(0, &verdict(report.decision, report.stage.filter(|_| refused), cause));
        if let Some(cause) = cause {
            self.why(cause);
        }
        if let Some(gate) = gate.filter(|_| refused) {
            if let Some(message) = &gate.message {
                let kind = gate.error_type.as_deref().unwrap_or("null");
                self.line(1, &format!("error: {} {kind}: {}", gate.status, self.redactor.value(message)));
            }
            for check in gate.checks.iter().filter(|check| matches!(check.verdict, Verdict::Fail | Verdict::Unknown)) {
                let verdict = if check.verdict == Verdict::Fail { "fails" } else { "unknown" };
                let (found, expected) = (self.words(&check.found), self.words(&check.expected));
                self.line(1, &format!("check {} {verdict}: {found}; expected {expected}", check.code));
            }
        }
        for field in &report.fields {
            self.field(field);
        }
        for missing in &report.missing {
            self.line(0, &format!("missing: {}: {}", self.words(&missing.fact), self.words(&missing.why)));
        }
        if let Some(response) = &report.response {
            self.line(0, &format!("answer: {}", response.status));
            match answer(&response.body) {
                Json::Object(members) => members.iter().for_each(|(key, value)| self.json(1, key, value)),
                other => self.json(1, "body", &other),
            }
        }
    }

    /// A clause a line: what one rule says does not move what another does.
    fn why(&mut self, cause: &Cause) {
        let words = self.words(&cause.text);
        words.split("; ").enumerate().for_each(|(at, clause)| match at {
            0 => self.line(1, &format!("why: {clause}")),
            _ => self.line(2, clause),
        });
    }

    fn field(&mut self, field: &FieldReport) {
        let path: Vec<String> =
            field.path.iter().map(|step| step.as_str().map_or_else(|| step.to_string(), str::to_owned)).collect();
        let verdict = verdict(field.decision, field.stage, field.cause.as_ref());
        self.line(0, &format!("{} ({}.{}): {verdict}", path.join("."), field.parent_type, field.field));
        if let Some(cause) = &field.cause {
            self.why(cause);
        }
        if let Some(error) = &field.error {
            let kind = error.error_type.as_deref().unwrap_or("null");
            self.line(1, &format!("error: {kind}: {}", self.redactor.value(&error.message)));
        }
        if let Some(site) = &field.site {
            self.line(1, &format!("at: {}", stable::text(&site.template)));
            self.line(2, &self.redactor.code(&site.text));
        }
        // The schema has no conditions: which mode came and which are admitted is said already.
        let by_schema = field.stage == Some(Stage::Schema);
        for condition in field.because.iter().filter(|_| !by_schema) {
            self.condition(1, "because", condition);
        }
        if let Some(admitted) = &field.admitted_by {
            self.line(1, &format!("admitted by the schema: {}", self.words(&admitted.words)));
        }
        for by in &field.allowed_by {
            self.allowed_by(by);
        }
        // Rules are a set: the order of the author's, or the generator's, decides nothing.
        let mut rules: Vec<String> =
            field.rules.iter().map(|rule| self.apart(|page| page.rule(rule, by_schema))).collect();
        rules.sort();
        rules.dedup();
        self.out.extend(rules);
        for hazard in &field.hazards {
            self.line(1, &format!("beware {}: {}", hazard.code, self.words(&hazard.text)));
        }
        if let Some(delivery) = &field.delivery {
            self.json(1, "delivery", &json!(delivery));
        }
    }

    /// What is written meanwhile, taken out again.
    fn apart(&mut self, write: impl FnOnce(&mut Self)) -> String {
        let before = std::mem::take(&mut self.out);
        write(self);
        std::mem::replace(&mut self.out, before)
    }

    fn allowed_by(&mut self, by: &AllowedBy) {
        self.line(
            1,
            &format!("let in by {}: {}", by.kind, self.authors(by.auth.iter().chain(&by.also_auth), &by.grant)),
        );
        self.line(2, &self.words(&by.words));
    }

    fn rule(&mut self, rule: &Rule, by_schema: bool) {
        let needs = format!("needs {}", self.words(&rule.needs));
        if by_schema {
            self.line(1, &needs);
            return;
        }
        let authors = self.authors(rule.auth.iter().chain(&rule.also_auth), &rule.grant);
        self.line(1, &format!("rule {}: {authors}", rule.kind));
        self.line(2, &needs);
        if let Some(condition) = &rule.blocked_by {
            self.condition(2, "blocked by", condition);
        }
    }

    /// The author's rules; where nobody knows them, the statement.
    fn authors<'r>(&self, rules: impl Iterator<Item = &'r AuthorRule>, grant: &Site) -> String {
        let rules: Vec<String> = rules.map(|rule| self.redactor.code(&rule.text)).collect();
        if rules.is_empty() { self.redactor.code(&grant.text) } else { rules.join(" and ") }
    }

    fn condition(&mut self, depth: usize, what: &str, condition: &Condition) {
        let value = self.value(&condition.value);
        self.line(depth, &format!("{what} {} is {value}", self.words(&condition.text)));
        // A literal says its value itself.
        let literal = |text: &str, value: &Json| serde_json::from_str::<Json>(text).is_ok_and(|text| text == *value);
        for operand in condition.operands.iter().filter(|operand| !literal(&operand.text, &operand.value)) {
            let from = operand.from.as_ref().map(|from| format!(", {}", self.words(from))).unwrap_or_default();
            let value = self.value(&operand.value);
            self.line(depth + 1, &format!("{} = {value}{from}", self.words(&operand.text)));
        }
    }

    /// A value on one line.
    fn value(&self, json: &Json) -> String {
        one_line(&stable::sorted(&self.redactor.json(json)))
    }

    /// A value behind its name.
    fn json(&mut self, depth: usize, name: &str, json: &Json) {
        let mut text = format!("{name}: ");
        lay_out(&stable::sorted(&self.redactor.json(json)), depth, &mut text);
        for line in text.lines() {
            self.out.push_str(&format!("{}{line}\n", "  ".repeat(depth + 1)));
        }
    }
}

/// `denied, resolver, group-missing`
fn verdict(decision: Decision, stage: Option<Stage>, cause: Option<&Cause>) -> String {
    let name = |value: Json| value.as_str().map(str::to_owned);
    let parts = [name(json!(decision)), stage.and_then(|stage| name(json!(stage))), cause.map(|c| c.code.to_owned())];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// An answer without the places of its errors in the document, and without members that say nothing.
fn answer(body: &Json) -> Json {
    let Some(members) = body.as_object() else { return body.clone() };
    let said = |error: &Json| match error.as_object() {
        Some(error) => {
            let said = error.iter().filter(|(key, value)| *key != "locations" && !value.is_null());
            Json::Object(said.map(|(key, value)| (key.clone(), value.clone())).collect())
        }
        None => error.clone(),
    };
    let member = |(key, value): (&String, &Json)| {
        let value = match value.as_array().filter(|_| key == "errors") {
            Some(errors) => errors.iter().map(said).collect(),
            None => value.clone(),
        };
        (key.clone(), value)
    };
    Json::Object(members.iter().map(member).collect::<Map<_, _>>())
}

/// JSON on one line, with spaces where it may be wrapped.
fn one_line(json: &Json) -> String {
    match json {
        Json::Array(items) => format!("[{}]", items.iter().map(one_line).collect::<Vec<_>>().join(", ")),
        Json::Object(members) if !members.is_empty() => {
            let members = members.iter().map(|(key, value)| format!("{}: {}", json!(key), one_line(value)));
            format!("{{ {} }}", members.collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    }
}

/// JSON over as few lines as its width allows.
fn lay_out(json: &Json, depth: usize, out: &mut String) {
    let compact = one_line(json);
    let mut indented = |open: char, close: char, members: Vec<(Option<&String>, &Json)>| {
        out.push(open);
        let last = members.len().saturating_sub(1);
        for (at, (key, value)) in members.into_iter().enumerate() {
            let mut below = String::new();
            lay_out(value, depth + 1, &mut below);
            let key = key.map(|key| format!("{}: ", json!(key))).unwrap_or_default();
            let comma = if at < last { "," } else { "" };
            for (line, text) in below.lines().enumerate() {
                out.push_str("\n  ");
                out.push_str(if line == 0 { &key } else { "" });
                out.push_str(text);
            }
            out.push_str(comma);
        }
        out.push('\n');
        out.push(close);
    };
    match json {
        Json::Array(items) if depth * 2 + compact.len() > WIDTH && !items.is_empty() => {
            indented('[', ']', items.iter().map(|item| (None, item)).collect());
        }
        Json::Object(members) if depth * 2 + compact.len() > WIDTH && !members.is_empty() => {
            indented('{', '}', members.iter().map(|(key, value)| (Some(key), value)).collect());
        }
        _ => out.push_str(&compact),
    }
}
