//! Types that a field gives to a mode whose fields do not admit it: every leaf is refused.

use std::collections::HashMap;

use super::finding::{CheckPlace, Found, Severity};
use super::subject::Subject;
use crate::api::schema::{ModesFrom, TypeKind};
use crate::api::{Api, AuthMode};

/// Leaves that a message names before it counts the rest.
const NAMED: usize = 8;

/// A type that callers of a mode reach and some of whose fields refuse them.
struct Reached {
    /// The first field that leads there, and whether it is one of the root types.
    by: String,
    by_root: bool,
    refused: Vec<String>,
    /// How many fields the type has.
    fields: usize,
    /// Whether every refusal comes from the default mode: nobody wrote a directive.
    forgotten: bool,
}

/// Reports every such type, once a mode.
pub(super) fn check(subject: &Subject<'_>, found: &mut Found) {
    let api = subject.api;
    for mode in &subject.modes {
        for (type_name, reached) in reached_by(api, *mode) {
            let Some(def) = api.schema.type_def(&type_name) else { continue };
            let leaves = named(&reached.refused);
            let whole = reached.refused.len() == reached.fields;
            // Below the root a type with directives, or with root fields of its own, may well be meant so.
            let meant = !reached.forgotten || has_root_field(api, &type_name);
            let severity = if reached.by_root && (whole || reached.forgotten) || !meant {
                Severity::Warning
            } else {
                Severity::Note
            };
            let place = CheckPlace::at(api.schema.file(), def.line, def.column, &type_name);
            let (by, words) = (&reached.by, mode.words());
            let message = format!("`{by}` admits {words}, but `{type_name}` does not: it refuses {leaves} to them");
            let message = if whole {
                message
            } else {
                format!("`{by}` admits {words}, but of `{type_name}` it refuses {leaves}")
            };
            let directive = mode.directive();
            let help = if reached.forgotten {
                let default =
                    api.default_provider.mode.filter(|default| default != mode).map_or(String::new(), |default| {
                        format!(", and @{} beside it to keep the default mode", default.directive())
                    });
                format!("add @{directive} to type `{type_name}`{default}")
            } else {
                format!("add @{directive} there if these callers are to read them")
            };
            found.graded(severity, place, message, help);
        }
    }
}

/// Types with refused fields that callers of a mode reach, in the order of the walk.
fn reached_by(api: &Api, mode: AuthMode) -> Vec<(String, Reached)> {
    let mut found: Vec<(String, Reached)> = Vec::new();
    let mut seen: HashMap<String, ()> = HashMap::new();
    let mut queue: Vec<(String, String)> = Vec::new();
    let roots = [api.schema.query_type(), api.schema.mutation_type(), api.schema.subscription_type()];
    for root in roots {
        let Some(def) = api.schema.type_def(root) else { continue };
        for field in def.fields.values().filter(|field| admits(api, root, &field.name, mode).0) {
            let possible = api.schema.possible_types(field.ty.base_name()).into_iter();
            queue.extend(possible.map(|ty| (format!("{root}.{}", field.name), ty.to_owned())));
        }
    }
    let mut next = 0;
    while let Some((by, type_name)) = queue.get(next).cloned() {
        next += 1;
        if seen.insert(type_name.clone(), ()).is_some() {
            continue;
        }
        let Some(def) = api.schema.type_def(&type_name).filter(|def| def.kind == TypeKind::Object) else { continue };
        let mut refused = Vec::new();
        let mut forgotten = true;
        for field in def.fields.values() {
            match admits(api, &type_name, &field.name, mode) {
                (true, _) => {
                    let possible = api.schema.possible_types(field.ty.base_name()).into_iter();
                    queue.extend(possible.map(|ty| (format!("{type_name}.{}", field.name), ty.to_owned())));
                }
                // A field with directives of its own says what it wants.
                (false, ModesFrom::Field) => {}
                (false, from) => {
                    forgotten &= from == ModesFrom::Default;
                    refused.push(field.name.clone());
                }
            }
        }
        if !refused.is_empty() {
            let by_root = by.split_once('.').is_some_and(|(parent, _)| api.schema.is_root(parent));
            found.push((type_name, Reached { by, by_root, refused, fields: def.fields.len(), forgotten }));
        }
    }
    found
}

/// Whether a root field gives the type, so that it has rules of its own.
fn has_root_field(api: &Api, type_name: &str) -> bool {
    let roots = [api.schema.query_type(), api.schema.mutation_type(), api.schema.subscription_type()];
    let fields = roots.into_iter().filter_map(|root| api.schema.type_def(root)).flat_map(|def| def.fields.values());
    fields.into_iter().any(|field| api.schema.possible_types(field.ty.base_name()).contains(&type_name))
}

/// Whether a field admits a mode, the user pool's default action included, and what says so.
fn admits(api: &Api, type_name: &str, field: &str, mode: AuthMode) -> (bool, ModesFrom) {
    let effective = api.effective_modes(type_name, field);
    let denied = effective.from == ModesFrom::Default
        && mode == AuthMode::UserPool
        && api.default_provider.default_allow == Some(false);
    (effective.admits(mode).is_some() && !denied, effective.from)
}

fn named(fields: &[String]) -> String {
    let shown = if fields.len() > NAMED + 1 { NAMED } else { fields.len() };
    let names: Vec<String> = fields.iter().take(shown).map(|field| format!("`{field}`")).collect();
    match fields.len() - shown {
        0 => names.join(", "),
        more => format!("{} and {more} more", names.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::sample;
    use super::*;

    #[test]
    fn every_leaf_of_a_type_without_directive_is_named() {
        let schema = "type Query {\n  a: P @aws_cognito_user_pools\n}\ntype P { id: ID! body: String }";
        let report =
            sample(schema).default_mode("mode = \"API_KEY\"").mode("mode = \"AMAZON_COGNITO_USER_POOLS\"").report();
        let [finding] = report.of("type-lacks-directive")[..] else { panic!("{report:?}") };
        assert_eq!((finding.place.line, finding.place.column, finding.severity), (4, 6, Severity::Warning));
        assert!(
            finding.message.contains("`Query.a` admits user pool, but `P` does not: it refuses `id`, `body`"),
            "{}",
            finding.message
        );
        assert!(finding.help.contains("@aws_cognito_user_pools to type `P`, and @aws_api_key"), "{}", finding.help);
    }

    #[test]
    fn a_type_that_admits_the_mode_leads_on_to_the_one_that_does_not() {
        let schema = "type Query @aws_iam { a: List } type List @aws_iam { items: [P!] }\ntype P { id: ID! }";
        let report = sample(schema).mode("mode = \"AWS_IAM\"").report();
        let [finding] = report.of("type-lacks-directive")[..] else { panic!("{report:?}") };
        assert!(finding.message.contains("`List.items` admits IAM"), "{}", finding.message);
    }

    #[test]
    fn what_is_meant_is_no_warning() {
        let schema = "type Query @aws_iam @aws_cognito_user_pools { a: P }
            type P @aws_iam @aws_cognito_user_pools { id: ID! secret: String @aws_cognito_user_pools q: Q }
            type Q @aws_cognito_user_pools { id: ID! }";
        let report = sample(schema).mode("mode = \"AWS_IAM\"").report();
        let findings = report.of("type-lacks-directive");
        assert_eq!(findings.iter().map(|f| f.severity).collect::<Vec<_>>(), [Severity::Note], "{findings:?}");
    }

    #[test]
    fn a_nested_type_without_rules_of_its_own_is_forgotten_one_with_them_may_be_meant_so() {
        let schema = |own: &str| {
            format!("type Query {{ a: P @aws_api_key {own} }} type P @aws_api_key {{ q: Q }} type Q {{ id: ID! }}")
        };
        for (own, severity) in [("", Severity::Warning), ("q: Q", Severity::Note)] {
            let report = sample(&schema(own)).mode("mode = \"API_KEY\"").report();
            let found: Vec<Severity> = report.of("type-lacks-directive").iter().map(|f| f.severity).collect();
            assert_eq!(found, [severity], "{own}: {report:?}");
        }
    }

    #[test]
    fn default_action_deny_refuses_the_leaves_of_an_undirected_type() {
        let schema = "type Query { a: P @aws_cognito_user_pools(cognito_groups: [\"A\"]) } type P { id: ID! }";
        let deny = "mode = \"AMAZON_COGNITO_USER_POOLS\", default_action = \"DENY\"";
        assert_eq!(sample(schema).default_mode(deny).report().of("type-lacks-directive").len(), 1);
        assert_eq!(sample(schema).report().of("type-lacks-directive").len(), 0);
    }
}
