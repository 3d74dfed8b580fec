//! Secrets of a request, masked wherever a report could show them: in operands that read a header, in recorded
//! bodies, in messages.

use serde_json::Value as Json;

use crate::identity::mask::mask;
use crate::report::{Condition, FieldReport, Operand, RequestReport};

/// Headers that hold credentials.
const CREDENTIALS: [&str; 5] = ["authorization", "x-api-key", "x-amz-security-token", "cookie", "proxy-authorization"];

/// The secret texts of a request's headers: whole values, and a token without its scheme.
#[derive(Debug, Default)]
pub(super) struct Secrets(Vec<String>);

impl Secrets {
    /// Reads them off headers and a token given otherwise.
    pub fn of(headers: &[(String, String)], token: Option<&str>) -> Secrets {
        let values = headers
            .iter()
            .filter(|(name, _)| CREDENTIALS.contains(&name.to_ascii_lowercase().as_str()))
            .map(|(_, value)| value.as_str());
        let mut found: Vec<String> = Vec::new();
        for value in values.chain(token) {
            // `Bearer x`, and of SigV4 `Signature=x`: the secret is the last word.
            for part in [value, value.rsplit([' ', '=']).next().unwrap_or(value)] {
                if part.len() >= 12 && !found.iter().any(|known| known == part) {
                    found.push(part.to_owned());
                }
            }
            // A signature alone would complete a token whose other parts are known.
            let parts: Vec<&str> = value.split('.').collect();
            if let [_, _, signature] = parts.as_slice()
                && signature.len() >= 12
            {
                found.push((*signature).to_owned());
            }
        }
        // The longest first, so that a whole goes before its parts.
        found.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        Secrets(found)
    }

    /// Masks them in a report.
    pub fn mask(&self, report: &mut RequestReport) {
        if self.0.is_empty() {
            return;
        }
        for response in [&mut report.response, &mut report.recorded].into_iter().flatten() {
            self.json(&mut response.body);
        }
        report.identity.iter_mut().for_each(|identity| self.json(identity));
        report.cause.iter_mut().for_each(|cause| self.text(&mut cause.text));
        for list in [&mut report.differences, &mut report.notes] {
            list.iter_mut().for_each(|text| self.text(text));
        }
        for missing in &mut report.missing {
            self.text(&mut missing.why);
            missing.unanswered.iter_mut().for_each(|unanswered| self.json(&mut unanswered.request));
        }
        if let Some(gate) = &mut report.gate {
            gate.message.iter_mut().for_each(|message| self.text(message));
            for check in &mut gate.checks {
                self.text(&mut check.found);
                self.text(&mut check.expected);
            }
        }
        report.fields.iter_mut().for_each(|field| self.field(field));
    }

    fn field(&self, field: &mut FieldReport) {
        field.error.iter_mut().for_each(|error| self.text(&mut error.message));
        field.cause.iter_mut().for_each(|cause| self.text(&mut cause.text));
        field.because.iter_mut().for_each(|condition| self.condition(condition));
        field.hazards.iter_mut().for_each(|hazard| self.text(&mut hazard.text));
        for rule in &mut field.rules {
            self.text(&mut rule.needs);
            rule.blocked_by.iter_mut().for_each(|condition| self.condition(condition));
        }
    }

    fn condition(&self, condition: &mut Condition) {
        self.text(&mut condition.text);
        self.json(&mut condition.value);
        condition.words.iter_mut().for_each(|words| self.text(words));
        for Operand { value, .. } in &mut condition.operands {
            self.json(value);
        }
    }

    fn text(&self, text: &mut String) {
        for secret in &self.0 {
            if text.contains(secret.as_str()) {
                *text = text.replace(secret.as_str(), &mask(secret));
            }
        }
    }

    fn json(&self, json: &mut Json) {
        match json {
            Json::String(text) => self.text(text),
            Json::Array(items) => items.iter_mut().for_each(|item| self.json(item)),
            Json::Object(members) => members.values_mut().for_each(|member| self.json(member)),
            _ => {}
        }
    }
}
