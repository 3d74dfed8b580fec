//! A report without the secrets of its request. Every part is taken apart to the last member, so that a new one does not
//! compile before somebody has thought of what it may hold.

use crate::identity::IdentityFacts;
use crate::report::{
    AdmittedBy, AllowedBy, AuthorRule, Cause, Check, Condition, Credential, Delivery, Edit, FieldError, FieldReport,
    FilterCondition, FilterGroup, FilterTest, Fix, Gate, Hazard, HttpResponse, Missing, Operand, Operation,
    RequestReport, RequestSource, Rule, SeenValue, Site, SlicedTemplate, SubscriptionFilter, TemplateTrace,
    TracedValue, Unanswered,
};
use crate::request::CapturedRequest;
use crate::secrets::Secrets;

/// What a captured request shows of its caller: headers, the URL, credentials within the body's texts.
pub(super) fn of_request(request: &CapturedRequest) -> Secrets {
    let mut secrets = Secrets::new();
    let recorded = request.recorded.as_ref().map(|recorded| recorded.headers.as_slice()).unwrap_or_default();
    for (name, value) in request.headers.iter().chain(recorded) {
        secrets.learn_header(name, value);
    }
    secrets.learn(&request.url);
    for value in request.body.variables.values() {
        secrets.learn_forms(&value.to_string());
    }
    secrets
}

/// What a person said of the caller.
pub(super) fn learn_facts(secrets: &mut Secrets, facts: &IdentityFacts) {
    facts.token.iter().for_each(|token| secrets.learn_header("authorization", token));
    facts.api_keys.iter().flatten().for_each(|key| secrets.add(&key.id));
}

/// Masks whatever of a report is a secret.
pub(super) fn mask(secrets: &Secrets, report: &mut RequestReport) {
    if secrets.is_empty() {
        return;
    }
    let RequestReport {
        source,
        transport: _,
        request_id: _,
        at: _,
        clock: _,
        operation,
        decision: _,
        stage: _,
        cause,
        gate,
        identity,
        fields,
        response,
        recorded,
        reproduced: _,
        differences,
        missing,
        notes,
        fixes,
        proposals,
    } = report;
    // They were tried before; what came of them is in the fixes.
    proposals.clear();
    fixes.iter_mut().for_each(|fix| mask_fix(secrets, fix));
    if let Some(RequestSource { file, entry: _, kind: _ }) = source {
        secrets.mask_text(file);
    }
    if let Some(Operation { kind: _, name }) = operation {
        texts(secrets, name);
    }
    cause.iter_mut().for_each(|cause| mask_cause(secrets, cause));
    gate.iter_mut().for_each(|gate| mask_gate(secrets, gate));
    identity.iter_mut().for_each(|identity| secrets.mask_json(identity));
    fields.iter_mut().for_each(|field| mask_field(secrets, field));
    for HttpResponse { status: _, body } in [response, recorded].into_iter().flatten() {
        secrets.mask_json(body);
    }
    texts(secrets, differences);
    missing.iter_mut().for_each(|missing| mask_missing(secrets, missing));
    texts(secrets, notes);
}

fn texts<'t>(secrets: &Secrets, texts: impl IntoIterator<Item = &'t mut String>) {
    texts.into_iter().for_each(|text| secrets.mask_text(text));
}

fn mask_cause(secrets: &Secrets, Cause { code: _, text }: &mut Cause) {
    secrets.mask_text(text);
}

fn mask_gate(secrets: &Secrets, gate: &mut Gate) {
    let Gate { outcome: _, mode: _, credential, status: _, error_type, message, checks } = gate;
    if let Some(Credential { kind: _, shown, token_use }) = credential {
        texts(secrets, shown.iter_mut().chain(token_use));
    }
    texts(secrets, error_type.iter_mut().chain(message));
    for Check { code: _, verdict: _, found, expected } in checks {
        texts(secrets, [found, expected]);
    }
}

fn mask_missing(secrets: &Secrets, missing: &mut Missing) {
    let Missing { fact, why, give_by, unanswered } = missing;
    texts(secrets, [fact, why, give_by]);
    if let Some(unanswered) = unanswered {
        let Unanswered { request, fixture } = &mut **unanswered;
        secrets.mask_json(request);
        fixture.iter_mut().for_each(|fixture| secrets.mask_json(fixture));
    }
}

fn mask_field(secrets: &Secrets, field: &mut FieldReport) {
    let FieldReport {
        path: _,
        parent_type: _,
        field: _,
        return_type: _,
        decision: _,
        stage: _,
        error,
        site,
        because,
        admitted_by,
        allowed_by,
        slice,
        rules,
        fixes,
        cause,
        hazards,
        subscription_filter,
        delivery,
        proposals,
        trace,
    } = field;
    // They were tried before; what came of them is in the fixes.
    proposals.clear();
    if let Some(FieldError { message, error_type }) = error {
        secrets.mask_text(message);
        texts(secrets, error_type);
    }
    site.iter_mut().for_each(|site| mask_site(secrets, site));
    because.iter_mut().for_each(|condition| mask_condition(secrets, condition));
    for SlicedTemplate { template, lines: _ } in slice {
        secrets.mask_text(template);
    }
    if let Some(AdmittedBy { site, words }) = admitted_by {
        site.iter_mut().for_each(|site| mask_site(secrets, site));
        secrets.mask_text(words);
    }
    allowed_by.iter_mut().for_each(|by| mask_allowed_by(secrets, by));
    for Rule { id: _, kind: _, auth, also_auth, grant, blocked_by, needs } in rules {
        for AuthorRule { file: _, line: _, text, reconstructed: _ } in auth.iter_mut().chain(also_auth) {
            secrets.mask_text(text);
        }
        mask_site(secrets, grant);
        blocked_by.iter_mut().for_each(|condition| mask_condition(secrets, condition));
        secrets.mask_text(needs);
    }
    fixes.iter_mut().for_each(|fix| mask_fix(secrets, fix));
    cause.iter_mut().for_each(|cause| mask_cause(secrets, cause));
    for Hazard { code: _, site, text } in hazards {
        site.iter_mut().for_each(|site| mask_site(secrets, site));
        secrets.mask_text(text);
    }
    subscription_filter.iter_mut().for_each(|filter| mask_filter(secrets, filter));
    delivery.iter_mut().for_each(|delivery| mask_delivery(secrets, delivery));
    trace.iter_mut().for_each(|template| mask_trace(secrets, template));
}

/// Of a template that has a secret written into it, the places behind it on its line are off by what masking cut.
fn mask_trace(secrets: &Secrets, trace: &mut TemplateTrace) {
    let TemplateTrace { template, part: _, outcome: _, source, spans: _, values } = trace;
    texts(secrets, [template, source]);
    for TracedValue { at: _, kind: _, text, values, more: _ } in values {
        secrets.mask_text(text);
        for SeenValue { value, from, kept: _, times: _ } in values {
            secrets.mask_json(value);
            texts(secrets, from);
        }
    }
}

fn mask_fix(secrets: &Secrets, Fix { text, verified: _, edits, open }: &mut Fix) {
    secrets.mask_text(text);
    texts(secrets, open);
    for Edit { target: _, path, op: _, value } in edits {
        path.iter_mut().chain([value]).for_each(|json| secrets.mask_json(json));
    }
}

fn mask_allowed_by(secrets: &Secrets, by: &mut AllowedBy) {
    let AllowedBy { id: _, kind: _, auth, grant, past, because, words, also_auth } = by;
    for AuthorRule { file: _, line: _, text, reconstructed: _ } in auth.iter_mut().chain(also_auth) {
        secrets.mask_text(text);
    }
    mask_site(secrets, grant);
    past.iter_mut().for_each(|site| mask_site(secrets, site));
    because.iter_mut().for_each(|condition| mask_condition(secrets, condition));
    secrets.mask_text(words);
}

fn mask_site(secrets: &Secrets, site: &mut Site) {
    let Site { template, line: _, column: _, end_line: _, end_column: _, text, source_line } = site;
    texts(secrets, [template, text, source_line]);
}

fn mask_condition(secrets: &Secrets, condition: &mut Condition) {
    let Condition { site, text, value, operands, words } = condition;
    mask_site(secrets, site);
    secrets.mask_text(text);
    secrets.mask_json(value);
    for Operand { text, value, from, set_at } in operands {
        secrets.mask_text(text);
        secrets.mask_json(value);
        texts(secrets, from);
        set_at.iter_mut().for_each(|site| mask_site(secrets, site));
    }
    texts(secrets, words);
}

fn mask_filter(secrets: &Secrets, filter: &mut SubscriptionFilter) {
    let SubscriptionFilter { by: _, groups, unknown, set } = filter;
    for FilterTest { field, operator, value } in groups.iter_mut().flatten() {
        texts(secrets, [field, operator]);
        secrets.mask_json(value);
    }
    texts(secrets, unknown);
    set.iter_mut().for_each(|set| secrets.mask_json(set));
}

fn mask_delivery(secrets: &Secrets, delivery: &mut Delivery) {
    let Delivery { outcome: _, by: _, groups, redacted, missing } = delivery;
    for FilterGroup { holds: _, conditions } in groups {
        for FilterCondition { field, operator: _, value, found, holds: _ } in conditions {
            secrets.mask_text(field);
            secrets.mask_json(value);
            secrets.mask_json(found);
        }
    }
    texts(secrets, redacted);
    missing.iter_mut().for_each(|missing| mask_missing(secrets, missing));
}
