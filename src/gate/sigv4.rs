//! SigV4: what can be seen of a signature without the secret.

use super::Passage;
use super::credential::header;
use super::refusal::{self, Refusal};
use super::token::{duration, moment};
use crate::api::AuthMode;
use crate::identity::Identity;
use crate::identity::mask::mask;
use crate::verdict::{Credential, Missing, Transport};

/// How far a signature's date may be from the service's clock, in milliseconds.
const SKEW_MS: i64 = 5 * 60 * 1000;

impl Passage<'_> {
    /// A signed request, or one whose signature got lost, or one that facts describe.
    pub(super) fn sigv4(&mut self, authorization: Option<&str>) {
        self.mode = Some(AuthMode::Iam);
        self.provider = self.input.provider_of(AuthMode::Iam);
        self.credential = Some(Credential { kind: "sigv4", shown: authorization.map(mask), token_use: None });
        if let Some(text) = authorization {
            let found = format!("Authorization {}", mask(text));
            self.ledger.pass("no-credential", found, "a credential".to_owned());
            self.signature(text);
        }
        let facts = self.input.facts;
        if let Some(expiration) = facts.and_then(|facts| facts.expiration) {
            let expected = format!("after {}", moment(self.input.now_ms));
            let found = format!("the session ends {}", moment(expiration.0));
            if expiration.0 > self.input.now_ms {
                self.ledger.pass("session-token-expired", found, expected);
            } else {
                self.ledger.fail("session-token-expired", found, expected, refusal::session_expired());
            }
        }
        self.recorded_signature_fault();
        let source_ip = self.input.source_ip();
        self.identity = match facts {
            Some(facts) => match &facts.context {
                Some(context) => Some(Identity::verbatim(AuthMode::Iam, context.clone())),
                None if facts.knows_iam_caller() => {
                    Some(Identity::of_iam(&facts.iam_caller(&source_ip), facts.permissions()))
                }
                None => None,
            },
            None => None,
        };
        if let (Some(identity), Some(facts)) = (&mut self.identity, facts) {
            identity.permissions = facts.permissions();
        }
        if self.identity.is_none() {
            self.missing.push(Missing {
                fact: "identity of the IAM caller".to_owned(),
                why: "a signature tells the access key, not the role behind it".to_owned(),
                give_by: "--identity FILE with mode iam and userArn, as `aws sts get-caller-identity` prints it"
                    .to_owned(),
                ..Missing::default()
            });
        }
    }

    fn signature(&mut self, text: &str) {
        let headers = self.input.headers;
        let parameters = text.split_once(' ').map_or("", |(_, rest)| rest);
        let get = |name: &str| {
            let mut all = parameters.split(',').filter_map(|part| part.trim().split_once('='));
            all.find(|(key, _)| *key == name).map(|(_, value)| value)
        };
        let signed_at = header(headers, "x-amz-date").or_else(|| header(headers, "date"));
        let mut lacking: Vec<&str> =
            ["Credential", "SignedHeaders", "Signature"].into_iter().filter(|name| get(name).is_none()).collect();
        if signed_at.is_none() {
            lacking.push("X-Amz-Date");
        }
        let expected = "Credential, SignedHeaders, Signature and X-Amz-Date".to_owned();
        if lacking.is_empty() {
            self.ledger.pass("sigv4-incomplete", "all parts".to_owned(), expected);
        } else {
            let found = format!("no {}", lacking.join(", "));
            self.ledger.fail("sigv4-incomplete", found, expected, refusal::incomplete_signature(text));
        }
        if let Some(credential) = get("Credential") {
            self.scope(credential);
        }
        if let Some(signed_ms) = signed_at.and_then(read_date) {
            self.date(signed_ms);
        }
        let found = "not checked: the secret key is in no capture".to_owned();
        self.ledger.unknown("sigv4-mismatch", found, self.what_is_signed());
    }

    /// What the signature covers. Over a WebSocket it is not the request that was sent.
    fn what_is_signed(&self) -> String {
        let host = if self.input.host.is_empty() { "HOST" } else { self.input.host };
        match self.input.transport {
            Transport::Http => "the signature of this request".to_owned(),
            Transport::Connect => format!("the signature of POST https://{host}/graphql/connect with the body {{}}"),
            Transport::Start => format!("the signature of POST https://{host}/graphql with the frame's `data` as body"),
        }
    }

    /// `AKID/yyyymmdd/REGION/appsync/aws4_request`
    fn scope(&mut self, credential: &str) {
        let parts: Vec<&str> = credential.split('/').collect();
        let [.., region, service, "aws4_request"] = parts.as_slice() else {
            let expected = "KEY/DATE/REGION/appsync/aws4_request".to_owned();
            let found = "a scope of another form".to_owned();
            return self.ledger.fail("sigv4-scope", found, expected, refusal::signature_mismatch());
        };
        let host_region = region_of_host(self.input.host);
        let expected = format!("{}/appsync", host_region.unwrap_or("REGION"));
        let found = format!("{region}/{service}");
        if *service == "appsync" && host_region.is_none_or(|of_host| of_host == *region) {
            self.ledger.pass("sigv4-scope", found, expected);
        } else {
            self.ledger.fail("sigv4-scope", found, expected, refusal::signature_mismatch());
        }
        let key = parts.first().copied().unwrap_or_default();
        let has_session_token = header(self.input.headers, "x-amz-security-token").is_some();
        if key.starts_with("da2-") {
            let found = "the access key is an API key's id".to_owned();
            let expected = "an access key: AKIA… or ASIA…".to_owned();
            self.ledger.fail("wrong-credential-kind", found, expected, refusal::unrecognized_client());
        } else if key.starts_with("ASIA") && !has_session_token && !self.input.recorded_past_gate() {
            let found = "temporary credentials (ASIA…) without X-Amz-Security-Token".to_owned();
            let expected = "the session token beside the signature".to_owned();
            self.ledger.fail("sigv4-incomplete", found, expected, refusal::unrecognized_client());
        }
    }

    fn date(&mut self, signed_ms: i64) {
        let now = self.input.now_ms;
        let expected = format!("within 5 min of {}", moment(now));
        let found = format!("signed {}", moment(signed_ms));
        let off = now.saturating_sub(signed_ms);
        if off.abs() <= SKEW_MS {
            return self.ledger.pass("sigv4-expired", found, expected);
        }
        let direction = if off > 0 { "before" } else { "after" };
        let found = format!("{found}, {} {direction} the request", duration(off.abs()));
        let refusal = refusal::signature_expired(&compact(signed_ms), &compact(now.saturating_sub(SKEW_MS)));
        self.ledger.fail("sigv4-expired", found, expected, refusal);
    }

    /// Without the secret only the recorded answer can tell a signature that does not fit.
    fn recorded_signature_fault(&mut self) {
        if self.ledger.has_failed() {
            return;
        }
        if self.input.transport != Transport::Http {
            return self.recorded_socket_fault();
        }
        let Some(answer) = self.input.recorded.filter(|answer| answer.status == 403) else { return };
        let expired = answer.message.as_deref().is_some_and(|message| message.starts_with("Signature expired"));
        let (code, expected) = match answer.error_type.as_deref() {
            Some("ExpiredTokenException") => ("session-token-expired", "a session that has not ended"),
            Some("InvalidSignatureException") if expired => ("sigv4-expired", "a fresh signature"),
            Some("InvalidSignatureException") => ("sigv4-mismatch", "the signature of this request"),
            Some("UnrecognizedClientException" | "IncompleteSignatureException") => {
                ("sigv4-incomplete", "a known access key")
            }
            _ => return,
        };
        let refusal = Refusal::recorded(answer);
        let found = format!("the recorded answer is 403 {}", refusal.error_type);
        self.ledger.fail(code, found, expected.to_owned(), refusal);
    }

    /// A signed connect or `start` that was refused although all that can be seen of its signature holds.
    ///
    /// Unverified that the signature is the reason: it is in every thread where the reason was found; a policy that
    /// lacks `appsync:GraphQL` on subscriptions might be refused in the same words.
    fn recorded_socket_fault(&mut self) {
        let Some(answer) = self.input.recorded.filter(|answer| !answer.is_past_gate()) else { return };
        let refusal = Refusal::recorded(answer);
        let found = format!("the recorded answer is {} {}", answer.status, refusal.error_type);
        let expected = self.what_is_signed();
        self.ledger.fail("sigv4-mismatch", found, expected, refusal);
    }
}

/// The region in AppSync's own host names.
pub fn region_of_host(host: &str) -> Option<&str> {
    let mut labels = host.split('.').skip_while(|label| *label != "appsync-api");
    labels.next()?;
    labels.next()
}

/// `20260115T120000Z`, in milliseconds since 1970. Other forms (the HTTP date) are not read.
fn read_date(text: &str) -> Option<i64> {
    let civil = jiff::civil::DateTime::strptime("%Y%m%dT%H%M%SZ", text.trim()).ok()?;
    Some(civil.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp().as_millisecond())
}

fn compact(ms: i64) -> String {
    jiff::Timestamp::from_millisecond(ms).map_or_else(|_| ms.to_string(), |t| t.strftime("%Y%m%dT%H%M%SZ").to_string())
}
