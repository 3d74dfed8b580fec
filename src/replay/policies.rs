//! The IAM stage: what the caller's policies make of the request's root fields.

use serde_json::{Value as Json, json};

use super::{Replay, World, decide};
use crate::api::AuthMode;
use crate::error::Result;
use crate::execute::{Execution, FieldInput, FieldOutcome, PolicyRefusal, Refusal};
use crate::gate::{Answer, region_of_host};
use crate::iam::{self, Access, ApiArn, Circumstances, Decision as Permit, Denial};
use crate::identity::Identity;
use crate::report::{Check, Decision, FieldError, GateOutcome, HttpResponse, Missing, RequestReport, Stage, Verdict};
use crate::request::CapturedRequest;
use crate::request::operation::Operation;

/// What a caller's policies make of some fields.
#[derive(Debug, Default)]
pub(super) struct Policies {
    /// The fields that they refuse.
    pub refused: Vec<PolicyRefusal>,
    /// Facts on which the others hang.
    pub missing: Vec<Missing>,
    notes: Vec<String>,
    checks: Vec<Check>,
}

/// What AppSync answered, as far as it bears on policies.
#[derive(Debug, Clone, Copy)]
pub(super) struct Proof<'a> {
    answer: Option<&'a Answer>,
    body: Option<&'a Json>,
}

impl<'a> Proof<'a> {
    pub fn of(answer: Option<&'a Answer>, body: Option<&'a Json>) -> Proof<'a> {
        Proof { answer, body }
    }

    /// `Permission denied`: a policy refused the request, whatever is known of them.
    pub fn is_refusal(self) -> bool {
        self.answer.is_some_and(Answer::is_refusal_by_policy)
    }

    /// Whether the answer proves that the policies let a field through: status 200, and without an error at the field
    /// where the policies' refusal would stand there.
    fn let_through(self, asked: &Asked<'_>) -> bool {
        let errors = self.body.and_then(|body| body.get("errors")).and_then(Json::as_array);
        let at_field = |error: &Json| error.get("path").is_some_and(|path| *path == json!([asked.response_key]));
        let denied = errors
            .into_iter()
            .flatten()
            .any(|error| at_field(error) && error.get("errorType").and_then(Json::as_str) == Some("Unauthorized"));
        self.answer.is_some_and(|answer| answer.status == 200) && (refuses_whole_request(asked) || !denied)
    }
}

/// A field of a request.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked<'a> {
    pub parent_type: &'a str,
    pub field: &'a str,
    pub response_key: &'a str,
    /// Whether it is the only root field.
    pub alone: bool,
}

impl<'a> Asked<'a> {
    /// What opening a WebSocket asks about: every field of subscriptions, by the guide's policy for it.
    pub fn connect(subscription_type: &'a str) -> Asked<'a> {
        Asked { parent_type: subscription_type, field: "*", response_key: "", alone: true }
    }

    /// The root fields of an operation. `__typename` and introspection have no ARN.
    pub fn roots(operation: &'a Operation) -> Vec<Asked<'a>> {
        let fields: Vec<_> = operation.fields.iter().filter(|field| !field.is_meta()).collect();
        let alone = fields.len() == 1;
        let asked = fields.into_iter().map(|field| Asked {
            parent_type: &field.parent_type,
            field: &field.name,
            response_key: &field.response_key,
            alone,
        });
        asked.collect()
    }
}

/// Whether a field that the policies refuse makes the answer a 401, in place of an error at that field.
///
/// Unverified for several root fields: seen is 401 `Permission denied` for operations of one, and AWS's article on
/// "Unauthorized" errors counts missing permissions on fields among the answers with status 200.
fn refuses_whole_request(asked: &Asked<'_>) -> bool {
    asked.alone
}

impl Replay<'_> {
    /// Asks the caller's policies about fields. Callers of other modes have none.
    pub(super) fn policies(
        &self,
        identity: &Identity,
        fields: &[Asked<'_>],
        request: Option<&CapturedRequest>,
        proof: Proof<'_>,
        world: &World<'_>,
    ) -> Result<Policies> {
        let mut found = Policies::default();
        if identity.mode != AuthMode::Iam {
            return Ok(found);
        }
        let access = self.access(identity, request, world, &mut found.notes)?;
        let known = identity.permissions.policies.is_some();
        for asked in fields.iter().filter(|asked| iam::is_asked_about(self.api.schema.is_root(asked.parent_type))) {
            let decision = access.decide(asked.parent_type, asked.field);
            let arn = access.arn(asked.parent_type, asked.field);
            if proof.is_refusal() {
                let pattern = access.arn_pattern(asked.parent_type, asked.field);
                found.proven_refusal(asked, decision, (&arn, &pattern));
            } else if proof.let_through(asked) {
                found.proven_passage(asked, &decision);
            } else {
                found.decided(asked, decision, &arn, world.skip_absent_policies && !known);
            }
        }
        Ok(found)
    }

    fn access(
        &self,
        identity: &Identity,
        request: Option<&CapturedRequest>,
        world: &World<'_>,
        notes: &mut Vec<String>,
    ) -> Result<Access> {
        let text = |name: &str| identity.context.get(name).and_then(Json::as_str);
        let arn: Vec<&str> = text("userArn").map(|arn| arn.splitn(6, ':').collect()).unwrap_or_default();
        let part = |at: usize| arn.get(at).copied().filter(|part| !part.is_empty());
        let region = self.api.region.as_deref().or_else(|| region_of_host(request.map_or("", |request| &request.host)));
        let partition = match region {
            Some(region) if region.starts_with("cn-") => "aws-cn",
            Some(region) if region.starts_with("us-gov-") => "aws-us-gov",
            Some(_) => "aws",
            None => part(1).unwrap_or_default(),
        };
        let api = ApiArn {
            partition: partition.to_owned(),
            region: region.unwrap_or_default().to_owned(),
            // AppSync has no resource policies: who is let in is of the API's own account.
            account: self.api.account.as_deref().or_else(|| text("accountId")).unwrap_or_default().to_owned(),
            api_id: self.api.id.clone().unwrap_or_default(),
        };
        let role = part(5).and_then(|resource| resource.strip_prefix("assumed-role/")?.split('/').next());
        let mut build = Vec::new();
        if let (Some(role), None) = (role, &identity.permissions.policies) {
            let shown = self.api.role_policies(role)?;
            build.clone_from(&shown.policies);
            notes.extend(shown.unread.iter().map(|what| format!("a policy of the build was not read: {what}")));
        }
        let header = |name: &str| request.and_then(|request| request.header(name));
        let around = Circumstances {
            now_ms: world.env.now_ms,
            region,
            user_agent: header("user-agent"),
            referer: header("referer"),
        };
        Ok(Access::new(identity.permissions.clone(), build, &identity.context, api, around))
    }

    /// The report of a request that its policies refuse as a whole, if they do.
    pub(super) fn refused_by_policies(
        &self,
        report: &mut RequestReport,
        fields: &[Asked<'_>],
        policies: &Policies,
        identity: &Identity,
        proof: Proof<'_>,
    ) -> bool {
        let whole = |refusal: &&PolicyRefusal| {
            let asked = fields.iter().find(|asked| asked.field == refusal.field);
            proof.is_refusal() || asked.is_some_and(refuses_whole_request)
        };
        let refused: Vec<&PolicyRefusal> = policies.refused.iter().filter(whole).collect();
        if refused.is_empty() {
            return false;
        }
        let (error_type, message) = ("UnauthorizedException", "Permission denied");
        for refusal in refused {
            let input = FieldInput::new(&refusal.parent_type, &refusal.field, serde_json::Map::new());
            let return_type = self.api.schema.field(&refusal.parent_type, &refusal.field);
            let return_type = return_type.map_or_else(String::new, |field| field.ty.to_string());
            let execution = Execution::refused(&input, Refusal::Policy(Box::new(refusal.denial.clone())));
            let mut field = self.explained(&FieldOutcome::of(input, return_type, execution), identity);
            field.error = Some(FieldError { message: message.to_owned(), error_type: Some(error_type.to_owned()) });
            report.fields.push(field);
        }
        let body = json!({ "errors": [{ "errorType": error_type, "message": message }] });
        report.response = Some(HttpResponse { status: 401, body });
        decide(report);
        true
    }

    /// A request of which nobody knows who sent it, but whose recorded answer is that of a policy: the signature was
    /// accepted, and the policies refused.
    pub(super) fn refused_by_unknown_policies(
        &self,
        report: &mut RequestReport,
        operation: &Operation,
        proof: Proof<'_>,
        world: &World<'_>,
    ) -> Result<bool> {
        let has_iam = self.api.modes().any(|mode| mode == AuthMode::Iam);
        let undecided = report.gate.as_ref().is_some_and(|gate| gate.outcome == GateOutcome::Undecided);
        if !proof.is_refusal() || !has_iam || !undecided {
            return Ok(false);
        }
        let whoever = Identity::unknown(AuthMode::Iam);
        let fields = Asked::roots(operation);
        let policies = self.policies(&whoever, &fields, None, proof, world)?;
        if !self.refused_by_policies(report, &fields, &policies, &whoever, proof) {
            return Ok(false);
        }
        if let Some(gate) = &mut report.gate {
            gate.outcome = GateOutcome::Passed;
            gate.mode = Some(AuthMode::Iam.name());
        }
        report.missing.clear();
        policies.tell(report);
        Ok(true)
    }
}

impl Policies {
    fn check(&mut self, asked: &Asked<'_>, code: &'static str, verdict: Verdict, found: &str, arn: &str) {
        let found = format!("{}.{}: {found}", asked.parent_type, asked.field);
        let expected = match arn {
            "" => String::new(),
            arn => format!("a statement that allows appsync:GraphQL on {arn}"),
        };
        self.checks.push(Check { code, verdict, found, expected });
    }

    fn refuse(&mut self, asked: &Asked<'_>, denial: Denial) {
        self.refused.push(PolicyRefusal {
            parent_type: asked.parent_type.to_owned(),
            field: asked.field.to_owned(),
            denial,
        });
    }

    fn decided(&mut self, asked: &Asked<'_>, decision: Permit, arn: &str, skip_absent: bool) {
        match decision {
            Permit::Allowed { by, open } => {
                self.taken_as_matching(&open);
                self.check(asked, "iam-no-allow", Verdict::Pass, &by, arn);
            }
            Permit::Denied(denial) => {
                self.taken_as_matching(&denial.open);
                self.check(asked, denial.code, Verdict::Fail, &denial.text, "");
                self.refuse(asked, denial);
            }
            Permit::KeysMissing { .. } | Permit::PoliciesMissing { .. } if skip_absent => {
                self.note("the caller's IAM policies were not given: that stage was skipped");
                self.check(asked, "iam-no-allow", Verdict::Skipped, "the caller's policies were not given", "");
            }
            Permit::KeysMissing { keys, by } => {
                let keys = keys.join(", ");
                self.check(asked, "iam-no-allow", Verdict::Unknown, &format!("{by} hangs on {keys}"), arn);
                self.miss(Missing {
                    fact: format!("condition key {keys}"),
                    why: format!("{by} hangs on it, and the request does not tell it"),
                    give_by: "`conditionKeys` in the --identity file".to_owned(),
                    ..Missing::default()
                });
            }
            Permit::PoliciesMissing { nearest } => {
                let mut why = "whether a policy lets the caller through is not known".to_owned();
                if let Some(nearest) = nearest {
                    why = format!("{why}: of those that the build shows nearest is {}", nearest.in_words());
                }
                self.check(asked, "iam-no-allow", Verdict::Unknown, "the caller's policies were not given", arn);
                self.miss(Missing {
                    fact: "IAM policy of the caller".to_owned(),
                    why,
                    give_by: "`policies` in the --identity file, as `aws iam get-role-policy` prints them, or a \
                              capture that holds the answer"
                        .to_owned(),
                    ..Missing::default()
                });
            }
        }
    }

    /// A recorded `Permission denied` decides, whatever the policies that are known say.
    fn proven_refusal(&mut self, asked: &Asked<'_>, decision: Permit, (arn, pattern): (&str, &str)) {
        let denial = match decision {
            Permit::Denied(denial) => denial,
            other => {
                let contradicted = matches!(other, Permit::Allowed { .. } | Permit::KeysMissing { .. });
                let but = match other {
                    Permit::Allowed { by, .. } => {
                        format!(
                            ": {by} allows it, so another policy (a boundary, a session's, the organization's) \
                                 refuses, or the caller is another"
                        )
                    }
                    _ => String::new(),
                };
                let text = format!(
                    "the recorded answer is 401 Permission denied: the signature was accepted, and the caller's \
                     policies do not let appsync:GraphQL on {arn} through{but}"
                );
                // What is not known to allow it may be what is missing; what is known to allow it is not.
                let layer = (!contradicted).then_some("policies");
                Denial {
                    code: "iam-no-allow",
                    text,
                    statement: None,
                    nearest: None,
                    open: Vec::new(),
                    layer,
                    denies: None,
                    arn: pattern.to_owned(),
                }
            }
        };
        self.check(asked, denial.code, Verdict::Fail, &denial.text, "");
        self.refuse(asked, denial);
    }

    /// A recorded answer past the policies decides, whatever those that are known say.
    fn proven_passage(&mut self, asked: &Asked<'_>, decision: &Permit) {
        if let Permit::Denied(denial) = decision {
            self.note(&format!(
                "the recorded answer is past the IAM policies, though by those given {}: are they this caller's, and \
                 is this the API?",
                denial.text
            ));
        }
        let found = "the recorded answer is past the policies";
        self.check(asked, "iam-no-allow", Verdict::Pass, found, "");
    }

    fn taken_as_matching(&mut self, open: &[&'static str]) {
        if open.is_empty() {
            return;
        }
        let give: Vec<String> = open.iter().map(|name| format!("--param {name}=…")).collect();
        self.note(&format!(
            "IAM: nobody gave {}, so these parts of the field's ARN were taken to match; give {}",
            open.join(", "),
            give.join(" ")
        ));
    }

    fn note(&mut self, note: &str) {
        if !self.notes.iter().any(|known| known == note) {
            self.notes.push(note.to_owned());
        }
    }

    fn miss(&mut self, missing: Missing) {
        if !self.missing.contains(&missing) {
            self.missing.push(missing);
        }
    }

    /// Puts checks and notes into the report.
    pub(super) fn tell(&self, report: &mut RequestReport) {
        if let Some(gate) = &mut report.gate {
            gate.checks.extend(self.checks.iter().cloned());
        }
        super::add_notes(report, self.notes.clone());
    }

    /// A request that everything else lets through is undecided while its policies are.
    pub(super) fn leave_open(&self, report: &mut RequestReport) {
        if self.missing.is_empty() || report.decision >= Decision::Undecided {
            return;
        }
        report.decision = Decision::Undecided;
        report.stage = Some(Stage::Iam);
        report.cause = None;
        super::add_missing(report, self.missing.clone());
    }
}
