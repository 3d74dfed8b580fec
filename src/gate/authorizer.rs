//! The Lambda authorizer: what it is asked, and what its answer means.

use serde_json::Value as Json;

use super::Passage;
use super::credential::Authorization;
use super::provider::client_id_matches;
use super::refusal;
use crate::api::AuthMode;
use crate::identity::Identity;
use crate::verdict::Missing;

impl Passage<'_> {
    pub(super) fn authorizer(&mut self, token: Option<&str>) {
        self.mode = Some(AuthMode::Lambda);
        self.provider = self.input.provider_of(AuthMode::Lambda);
        let provider = self.input.providers().find(|provider| provider.mode == Some(AuthMode::Lambda));
        if let Some(token) = token {
            let authorization = Authorization::of(token);
            self.credential = Some(authorization.shown());
            self.ledger.pass("no-credential", authorization.masked_in_words(), "a credential".to_owned());
            if let Some(regex) =
                provider.and_then(|p| p.identity_validation.as_deref()).filter(|regex| !regex.is_empty())
            {
                self.validate_token(regex, token);
            }
        }
        match self.input.facts {
            Some(facts) => {
                if let Some(context) = &facts.context {
                    self.identity = Some(Identity::verbatim(AuthMode::Lambda, context.clone()));
                } else if let Some(answer) = &facts.authorizer {
                    self.answer(answer);
                } else {
                    self.identity = Some(Identity::of_lambda(facts.resolver_context.as_ref(), Vec::new()));
                }
            }
            None => self.without_answer(),
        }
    }

    /// `identityValidationExpression`: a token that does not match is refused without asking the function.
    fn validate_token(&mut self, regex: &str, token: &str) {
        const CODE: &str = "authorizer-token-rejected";
        let expected = format!("a match of {regex}");
        match client_id_matches(regex, token) {
            Some(true) => self.ledger.pass(CODE, "the token matches".to_owned(), expected),
            Some(false) => {
                let found = "the token does not match identityValidationExpression".to_owned();
                self.ledger.fail(CODE, found, expected, refusal::not_this_call());
            }
            None => self.ledger.unknown(CODE, "a regular expression not understood here".to_owned(), expected),
        }
    }

    /// The function's answer. Anything but `"isAuthorized": true` is a no; a text `"true"` too (unverified).
    fn answer(&mut self, answer: &Json) {
        let expected = "isAuthorized true".to_owned();
        match answer.get("isAuthorized") {
            Some(Json::Bool(true)) => self.ledger.pass("authorizer-denied", "isAuthorized true".to_owned(), expected),
            Some(Json::Bool(false)) => {
                let found = "isAuthorized false".to_owned();
                return self.ledger.fail("authorizer-denied", found, expected, refusal::not_this_call());
            }
            other => {
                let found = match other {
                    Some(value) => format!("isAuthorized is {}, not a boolean", crate::json_file::describe(value)),
                    None => format!("no isAuthorized: the answer is {}", crate::json_file::describe(answer)),
                };
                return self.ledger.fail("authorizer-bad-answer", found, expected, refusal::not_this_call());
            }
        }
        if let Some(odd) = odd_member(answer) {
            self.ledger.unknown("authorizer-bad-answer", odd.clone(), "the documented form".to_owned());
            self.missing.push(Missing {
                fact: "what AppSync makes of the authorizer's answer".to_owned(),
                why: format!("{odd}, and nobody documents what AppSync does with that"),
                give_by: "a capture that holds the answer, or the function's answer in the documented form".to_owned(),
                ..Missing::default()
            });
            return;
        }
        let denied = answer.get("deniedFields").and_then(Json::as_array);
        let denied = denied.map(|all| all.iter().filter_map(|field| field.as_str().map(str::to_owned)).collect());
        let context = answer.get("resolverContext").and_then(Json::as_object);
        if context.is_some_and(|context| context.values().any(|value| value.is_object() || value.is_array())) {
            self.notes.push("resolverContext holds nested values, which AppSync does not support".to_owned());
        }
        self.identity = Some(Identity::of_lambda(context, denied.unwrap_or_default()));
    }

    /// Nobody said what the function answers: a recorded refusal does, anything else leaves it open.
    fn without_answer(&mut self) {
        let recorded = self.input.recorded;
        let expected = "isAuthorized true".to_owned();
        if recorded.is_some_and(refusal::is_not_this_call) {
            let found = "the recorded answer says so".to_owned();
            return self.ledger.fail("authorizer-denied", found, expected, refusal::not_this_call());
        }
        if recorded.is_some_and(|a| a.status == 400 && a.error_type.as_deref() == Some("BadRequestException")) {
            let found = "the recorded answer is 400 BadRequestException".to_owned();
            let expected = "a function that AppSync may invoke".to_owned();
            self.ledger.fail("authorizer-not-invocable", found, expected, refusal::authorizer_not_invocable());
            let function = self.input.providers().find_map(|provider| provider.authorizer.as_deref());
            return self.ledger.say(may_not_invoke(function.unwrap_or("FUNCTION")));
        }
        let found = if self.input.recorded_past_gate() {
            "the recorded answer is past the gate; what the authorizer gave along is not known"
        } else {
            "not known"
        };
        self.ledger.unknown("authorizer-denied", found.to_owned(), expected);
        self.missing.push(Missing {
            fact: "answer of the Lambda authorizer".to_owned(),
            why: "the function's answer is in no capture".to_owned(),
            give_by: "--identity FILE with mode lambda and `authorizer`, its answer verbatim".to_owned(),
            ..Missing::default()
        });
    }
}

/// A member of a yes that does not have its documented form: `deniedFields` a list of texts, `resolverContext` an
/// object. Null counts as absent.
///
/// Unverified: what AppSync makes of such an answer is not known, so it is not decided.
fn odd_member(answer: &Json) -> Option<String> {
    let given = |name: &str| answer.get(name).filter(|value| !value.is_null());
    if let Some(denied) = given("deniedFields") {
        match denied.as_array() {
            None => return Some(format!("deniedFields is {}, not a list", crate::json_file::describe(denied))),
            Some(all) if !all.iter().all(Json::is_string) => {
                return Some("deniedFields holds something else than texts".to_owned());
            }
            Some(_) => {}
        }
    }
    let context = given("resolverContext").filter(|context| !context.is_object())?;
    Some(format!("resolverContext is {}, not an object", crate::json_file::describe(context)))
}

/// What most often keeps AppSync from invoking the function, and the command that changes it.
fn may_not_invoke(function: &str) -> String {
    format!(
        "AppSync could not invoke the Lambda authorizer: most often the function lacks the permission \
         lambda:InvokeFunction for AppSync (else it is gone, or did not answer within 10 s). To give it: \
         `aws lambda add-permission --function-name {function} --statement-id appsync --principal \
         appsync.amazonaws.com --action lambda:InvokeFunction`"
    )
}
