//! References that can be null, printed as they are into JSON: a null one prints its own source text.

use super::finding::{CheckPlace, Found, Severity};
use super::subject::{Parsed, Subject, Use};
use super::walk;
use crate::api::AuthMode;
use crate::api::schema::TypeRef;
use crate::syntax::ast::{Reference, Statement, StatementKind};

/// Reports references to the context that are printed raw into JSON and that can be null: unquoted they break the
/// JSON, within a string they become a value that nobody meant.
pub(super) fn check(subject: &Subject<'_>, template: &Parsed, found: &mut Found) {
    let mut json = Json::default();
    let mut printed = Vec::new();
    prints(template.statements(), &mut json, &mut printed);
    for (reference, quoted) in printed {
        let Some(path) = walk::path(reference).filter(|path| path.first() == Some(&"ctx")) else { continue };
        if is_asked_about(template, &path) {
            continue;
        }
        let Some(why) = can_be_null(subject, template, &path) else { continue };
        let text = template.source.slice(reference.span);
        let place = CheckPlace::of(&template.source, reference.span);
        if quoted {
            let help = format!("ask for null first, or print $util.toJson({text}) without the quotes");
            found.graded(Severity::Note, place, format!("{why}: then this string holds the text `{text}`"), help);
        } else {
            found.add(
                place,
                format!("{why}: then this prints `{text}`, which is no JSON"),
                format!("write $util.toJson({text})"),
            );
        }
    }
}

/// How far the JSON that a template prints has come.
#[derive(Debug, Clone, Default)]
struct Json {
    /// The first printed character; only an object or a list is JSON for sure.
    first: Option<char>,
    in_string: bool,
    escaped: bool,
    /// The last printed character outside of strings that is no blank.
    last: Option<char>,
}

impl Json {
    fn print(&mut self, text: &str) {
        for c in text.chars() {
            if self.in_string {
                match c {
                    _ if self.escaped => self.escaped = false,
                    '\\' => self.escaped = true,
                    '"' => self.in_string = false,
                    _ => {}
                }
            } else if !c.is_whitespace() {
                self.first.get_or_insert(c);
                self.in_string = c == '"';
                self.last = Some(c);
            }
        }
    }

    fn value(&mut self) {
        self.first.get_or_insert('v');
        if !self.in_string {
            self.last = Some('v');
        }
    }

    fn is_json(&self) -> bool {
        matches!(self.first, Some('{' | '['))
    }

    fn wants_value(&self) -> bool {
        !self.in_string && matches!(self.last, Some(':' | ',' | '['))
    }
}

/// Collects references that are printed where JSON has a value, and whether they are within a string.
fn prints<'t>(block: &'t [Statement], json: &mut Json, printed: &mut Vec<(&'t Reference, bool)>) {
    for statement in block {
        match &statement.kind {
            StatementKind::Text(text) => json.print(text),
            StatementKind::Output { reference, slashes } => {
                if *slashes == 0 && !reference.quiet && json.is_json() && (json.in_string || json.wants_value()) {
                    printed.push((reference, json.in_string));
                }
                json.value();
            }
            // Branches print alternatives: each starts where the others do, and the last one tells how it went on.
            StatementKind::If { arms, otherwise } => {
                let before = json.clone();
                for body in arms.iter().map(|(_, body)| body).chain(otherwise) {
                    *json = before.clone();
                    prints(body, json, printed);
                }
            }
            StatementKind::Foreach { body, .. } => prints(body, json, printed),
            _ => {}
        }
    }
}

/// Whether some condition of the template, or an assignment, is about the same value.
fn is_asked_about(template: &Parsed, path: &[&str]) -> bool {
    let same =
        |reference: &Reference| walk::path(reference).is_some_and(|other| path.starts_with(&other) && other.len() > 2);
    let block = template.statements();
    let asked = walk::conditions(block).into_iter().flat_map(walk::references_in).any(same);
    let mut set = false;
    walk::walk(block, &mut |node| {
        if let walk::Node::Statement(Statement { kind: StatementKind::Set { target, .. }, .. }) = node {
            set |= same(target);
        }
        if let walk::Node::Reference(reference) = node {
            // `$util.validate(!$util.isNull(..), ..)` and `$util.qr($ctx.args.put(..))` settle it too.
            let validates = walk::helper_path(reference).is_some_and(|(path, _)| path == "util.validate");
            set |= validates && template.source.slice(reference.span).contains(path.last().copied().unwrap_or(""));
            set |= walk::path_before_last(reference)
                .is_some_and(|before| before == path.get(..path.len() - 1).unwrap_or(&[]))
                && template.source.slice(reference.span).contains(".put(");
        }
    });
    asked || set
}

/// Why a value of the context can be null; `None` where that is not so, or not known.
fn can_be_null(subject: &Subject<'_>, template: &Parsed, path: &[&str]) -> Option<String> {
    match path {
        ["ctx", "args", argument, rest @ ..] => {
            template.uses.iter().find_map(|at| argument_is_null(subject, at, argument, rest))
        }
        ["ctx", "source", field, rest @ ..] => {
            let nullable = |at: &&Use| {
                let field = subject.api.schema.field(&at.type_name, field);
                field.is_some_and(|field| rest.is_empty() && !field.ty.is_non_null())
            };
            let at = template.uses.iter().find(nullable)?;
            Some(format!("`{}.{field}` can be null", at.type_name))
        }
        ["ctx", "identity", "claims", claim] => {
            (!ALWAYS.contains(claim)).then(|| format!("a token can lack claim {claim}"))
        }
        ["ctx", "identity", member] => {
            let lacks = |at: &Use| {
                let modes = subject.api.effective_modes(&at.type_name, &at.field).modes;
                modes.into_iter().map(|(mode, _)| mode).find(|mode| !members(*mode).contains(member))
            };
            let known = AuthMode::ALL.into_iter().any(|mode| members(mode).contains(member));
            let mode = template.uses.iter().find_map(lacks).filter(|_| known)?;
            Some(format!("callers with {} have no $ctx.identity.{member}", mode.words()))
        }
        _ => None,
    }
}

/// Claims that every token has.
const ALWAYS: [&str; 5] = ["sub", "iss", "exp", "iat", "aud"];

/// Members of `$ctx.identity` that callers of a mode always have.
fn members(mode: AuthMode) -> &'static [&'static str] {
    match mode {
        AuthMode::UserPool => &["sub", "issuer", "username", "claims", "sourceIp", "defaultAuthStrategy"],
        AuthMode::Oidc => &["sub", "issuer", "claims"],
        AuthMode::Iam => &["accountId", "sourceIp", "username", "userArn"],
        AuthMode::Lambda => &["resolverContext"],
        AuthMode::ApiKey => &[],
    }
}

/// Why an argument, or a part of it, can be null.
fn argument_is_null(subject: &Subject<'_>, at: &Use, argument: &str, rest: &[&str]) -> Option<String> {
    let schema = &subject.api.schema;
    let declared = schema.field(&at.type_name, &at.field)?.arg(argument)?;
    let mut name = argument.to_owned();
    let mut ty: &TypeRef = &declared.ty;
    let mut default = declared.default.is_some();
    for part in rest {
        if !ty.is_non_null() && !default {
            break;
        }
        let input = schema.input_fields(ty.base_name())?.get(*part)?;
        (ty, default) = (&input.ty, input.default.is_some());
        name = format!("{name}.{part}");
    }
    (!ty.is_non_null() && !default).then(|| format!("argument `{name}` of `{}.{}` can be null", at.type_name, at.field))
}

#[cfg(test)]
mod tests {
    use super::super::Severity;
    use super::super::testing::{request, sample};

    #[test]
    fn what_can_be_null_and_is_printed_raw_into_json_is_reported() {
        for (template, severity) in [
            (r#"{ "name": $ctx.args.name }"#, Some(Severity::Warning)),
            (r#"{ "list": [$context.arguments.name] }"#, Some(Severity::Warning)),
            (r#"{ "name": "$ctx.args.name" }"#, Some(Severity::Note)),
            (r#"{ "name": "x ${ctx.identity.claims.get("custom:family")}" }"#, Some(Severity::Note)),
            (r#"#if($x){ "a": 1#else{ "b": $ctx.args.name #end}"#, Some(Severity::Warning)),
            (r#"{ "id": $ctx.args.id }"#, None),
            (r#"{ "name": $util.toJson($ctx.args.name) }"#, None),
            (r#"{ "name": $!ctx.args.name }"#, None),
            (r##"{ "name": #if($ctx.args.name)"$ctx.args.name"#else null #end}"##, None),
            (r#"{ "sub": "$ctx.identity.sub" }"#, None),
            (r#"{ "q": "$ctx.args.unknown $x" }"#, None),
            (r#"name is $ctx.args.name"#, None),
            (r#"#set($x = "$ctx.args.name"){}"#, None),
        ] {
            let report = request(template);
            let found: Vec<Severity> = report.of("renders-itself").iter().map(|f| f.severity).collect();
            assert_eq!(found, Vec::from_iter(severity), "{template}: {report:?}");
        }
    }

    #[test]
    fn parts_of_inputs_and_modes_of_callers_count() {
        let schema = "type Query @aws_cognito_user_pools @aws_iam { a(input: In!): Int }
            input In { id: ID! note: String }";
        let report = sample(schema)
            .mode("mode = \"AWS_IAM\"")
            .resolver(
                "Query.a",
                r#"{ "a": $ctx.args.input.id, "b": $ctx.args.input.note, "c": "$ctx.identity.sub" }"#,
                "{}",
            )
            .report();
        let found: Vec<&str> = report.of("renders-itself").iter().map(|f| f.message.as_str()).collect();
        let [note, sub] = found[..] else { panic!("{found:?}") };
        assert!(note.contains("argument `input.note` of `Query.a` can be null"), "{note}");
        assert!(sub.contains("callers with IAM have no $ctx.identity.sub"), "{sub}");
    }
}
