//! How AppSync words a refusal, and what a recorded answer proves.

use serde_json::{Value as Json, json};

use super::GateInput;
use crate::api::AuthMode;
use crate::identity::mask::mask;
use crate::verdict::Transport;

/// An answer as far as the gate cares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The first error's type; a class prefix (`com.amazonaws…#`) is taken off.
    pub error_type: Option<String>,
    /// The first error's message.
    pub message: Option<String>,
    /// Whether the body has a `data` member: only requests past the gate do.
    pub has_data: bool,
}

impl Answer {
    /// Reads an answer's status and body.
    pub fn new(status: u16, body: Option<&Json>) -> Answer {
        let first =
            |member: &str| body.and_then(|body| body.pointer(&format!("/errors/0/{member}"))).and_then(Json::as_str);
        Answer {
            status,
            error_type: first("errorType").map(|name| name.rsplit('#').next().unwrap_or(name).to_owned()),
            message: first("message").map(str::to_owned),
            has_data: body.is_some_and(|body| body.get("data").is_some()),
        }
    }

    /// Whether it proves that the credential was accepted: 200, or an answer with `data`, or the refusal of an
    /// IAM policy (which comes after the signature).
    pub fn is_past_gate(&self) -> bool {
        (self.status == 200 && !self.is_of_gate()) || self.has_data || self.is_refusal_by_policy()
    }

    /// Whether it is the refusal of an IAM policy.
    pub fn is_refusal_by_policy(&self) -> bool {
        self.status == 401 && self.message.as_deref() == Some("Permission denied")
    }
}

impl Answer {
    /// Whether an answer without a status of its own, an `error` frame of a WebSocket, is the gate's refusal.
    fn is_of_gate(&self) -> bool {
        let name = self.error_type.as_deref().unwrap_or_default();
        !self.has_data && matches!(name, "UnauthorizedException" | "BadRequestException")
    }
}

/// A refusal: status, error type, message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    pub status: u16,
    pub error_type: String,
    pub message: Option<String>,
}

impl Refusal {
    fn new(status: u16, error_type: &str, message: &str) -> Refusal {
        Refusal { status, error_type: error_type.to_owned(), message: Some(message.to_owned()) }
    }

    /// The answer a capture holds, as the refusal it is.
    pub fn recorded(answer: &Answer) -> Refusal {
        let error_type = answer.error_type.clone().unwrap_or_else(|| UNAUTHORIZED.to_owned());
        Refusal { status: answer.status, error_type, message: answer.message.clone() }
    }

    /// The refusal as it comes over a WebSocket. A refused connect is recorded with one text for every credential,
    /// and with `BadRequestException` for signatures.
    ///
    /// Unverified for the credential of a `start` frame: its refusal comes as an `error` frame, which has no status.
    pub fn over(&self, transport: Transport) -> Refusal {
        match (transport, self.status) {
            (Transport::Http, _) => self.clone(),
            (Transport::Connect, 403) => {
                Refusal { status: 400, error_type: "BadRequestException".to_owned(), ..self.clone() }
            }
            (Transport::Connect, 401) => not_this_call(),
            (Transport::Connect, _) => self.clone(),
            (Transport::Start, 401) => Refusal { status: 200, ..not_this_call() },
            (Transport::Start, _) => Refusal { status: 200, ..self.clone() },
        }
    }

    /// The body: `{"errors":[{"errorType", "message"}]}`.
    pub fn body(&self) -> Json {
        match &self.message {
            Some(message) => json!({"errors": [{"errorType": self.error_type, "message": message}]}),
            None => json!({"errors": [{"errorType": self.error_type}]}),
        }
    }
}

const UNAUTHORIZED: &str = "UnauthorizedException";
const NO_HEADER: &str = "Valid authorization header not provided.";
const NO_JWT: &str = "Unable to parse JWT token.";
const NOT_THIS_CALL: &str = "You are not authorized to make this call.";

/// Recorded: no header that any mode of the API could use.
pub(super) fn no_usable_header() -> Refusal {
    Refusal::new(401, UNAUTHORIZED, NO_HEADER)
}

/// Recorded: a key that is unknown or expired, a Lambda authorizer that said no.
pub(super) fn not_this_call() -> Refusal {
    Refusal::new(401, UNAUTHORIZED, NOT_THIS_CALL)
}

/// Whether a recorded message is one that tells of a header or token that could not be used.
pub(super) fn is_parse_or_header_text(message: &str) -> bool {
    message == NO_JWT || is_no_header_text(message)
}

/// Whether a recorded message says that no credential was found: today's text, or that of 2018.
pub(super) fn is_no_header_text(message: &str) -> bool {
    message == NO_HEADER || message == "Missing authorization header"
}

/// Whether a recorded refusal is that of an API key or a Lambda authorizer.
pub(super) fn is_not_this_call(answer: &Answer) -> bool {
    (answer.status == 401 || answer.is_of_gate()) && answer.message.as_deref() == Some(NOT_THIS_CALL)
}

/// No credential at all. For an API whose only mode is IAM the SigV4 front end answers (unverified).
pub(super) fn absent(input: &GateInput<'_>) -> Refusal {
    match input.only_mode() {
        Some(AuthMode::Iam) => Refusal::new(403, "MissingAuthenticationTokenException", "Missing Authentication Token"),
        _ => no_usable_header(),
    }
}

/// An `Authorization` header that the API's modes cannot read (recorded: JWT-only and IAM-only APIs have texts of
/// their own).
pub(super) fn unreadable(input: &GateInput<'_>, header: &str) -> Refusal {
    let token_only = input.providers().all(|p| matches!(p.mode, Some(AuthMode::UserPool | AuthMode::Oidc)));
    if token_only {
        return Refusal::new(401, UNAUTHORIZED, NO_JWT);
    }
    if input.only_mode() == Some(AuthMode::Iam) {
        return incomplete_signature(header);
    }
    no_usable_header()
}

/// Recorded: the SigV4 front end lists what it misses. It also quotes the header, which is shown masked here.
pub(super) fn incomplete_signature(header: &str) -> Refusal {
    let message = format!(
        "Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' parameter. \
         Authorization header requires 'SignedHeaders' parameter. Authorization header requires existence of either \
         a 'X-Amz-Date' or a 'Date' header. Authorization={}",
        mask(header)
    );
    Refusal::new(403, "IncompleteSignatureException", &message)
}

/// Recorded.
pub(super) fn signature_mismatch() -> Refusal {
    let message = "The request signature we calculated does not match the signature you provided. Check your AWS \
                   Secret Access Key and signing method. Consult the service documentation for details.";
    Refusal::new(403, "InvalidSignatureException", message)
}

/// Recorded: `Signature expired: … is now earlier than …`.
pub(super) fn signature_expired(signed: &str, earliest: &str) -> Refusal {
    let message = format!("Signature expired: {signed} is now earlier than {earliest}");
    Refusal::new(403, "InvalidSignatureException", &message)
}

/// Recorded: an access key that does not exist, or temporary credentials without their session token.
pub(super) fn unrecognized_client() -> Refusal {
    Refusal::new(403, "UnrecognizedClientException", "The security token included in the request is invalid.")
}

/// Recorded.
pub(super) fn session_expired() -> Refusal {
    Refusal::new(403, "ExpiredTokenException", "The security token included in the request is expired")
}

/// Recorded.
pub(super) fn authorizer_not_invocable() -> Refusal {
    Refusal { status: 400, error_type: "BadRequestException".to_owned(), message: None }
}

/// An expired token. Recorded for user pools; for OIDC unverified: its other failures all say `Unauthorized`.
pub(super) fn token_expired(mode: AuthMode) -> Refusal {
    match mode {
        AuthMode::Oidc => token_refused(mode),
        _ => Refusal::new(401, UNAUTHORIZED, "Token has expired."),
    }
}

/// A token that fails any other check. Recorded for OIDC; unverified for user pools.
pub(super) fn token_refused(_mode: AuthMode) -> Refusal {
    Refusal::new(401, UNAUTHORIZED, "Unauthorized")
}
