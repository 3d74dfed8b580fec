//! Which authorization modes a field admits, by its directives (appsync-authz §4.2 and §4.3).

use super::{Directive, Schema};
use crate::api::model::AuthMode;

/// Where the admitted modes of a field are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ModesFrom {
    /// Directives on the field.
    Field,
    /// Directives on the type.
    Type,
    /// No directive: the API's default mode.
    Default,
}

/// A directive that AppSync ignores silently.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IgnoredDirective {
    /// Its name without `@`.
    pub name: String,
    /// Why.
    pub reason: &'static str,
    /// Line, from 1.
    pub line: u32,
    /// Column, from 1.
    pub column: u32,
}

/// The modes a field admits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EffectiveModes {
    /// Each mode with the groups one of which the token must hold, if it must.
    pub modes: Vec<(AuthMode, Option<Vec<String>>)>,
    /// Where that is written.
    pub from: ModesFrom,
    /// Line of the first deciding directive; for the default mode, of the type's name. 0 when the type is not declared.
    pub line: u32,
    /// Column there.
    pub column: u32,
    /// Directives that would have narrowed it but have no effect.
    pub ignored: Vec<IgnoredDirective>,
}

impl EffectiveModes {
    /// Whether a mode is admitted: the groups it asks for (`Some(None)` for none), or `None`.
    pub fn admits(&self, mode: AuthMode) -> Option<Option<&[String]>> {
        self.modes.iter().find(|(admitted, _)| *admitted == mode).map(|(_, groups)| groups.as_deref())
    }
}

impl Schema {
    /// The modes that a field admits. `configured` are the API's modes, the default one first.
    ///
    /// Directives on the field replace those on the type, and those replace the default; they never add to it.
    pub fn effective_modes(&self, type_name: &str, field: &str, configured: &[AuthMode]) -> EffectiveModes {
        let type_def = self.type_def(type_name);
        let mut ignored = Vec::new();
        if let Some(def) = type_def.and_then(|def| def.fields.get(field)) {
            let found = admitted(&def.directives, configured, true, &mut ignored);
            if let Some((line, column)) = found.place {
                return EffectiveModes { modes: found.modes, from: ModesFrom::Field, line, column, ignored };
            }
        }
        if let Some(def) = type_def {
            let found = admitted(&def.directives, configured, false, &mut ignored);
            if let Some((line, column)) = found.place {
                return EffectiveModes { modes: found.modes, from: ModesFrom::Type, line, column, ignored };
            }
        }
        EffectiveModes {
            modes: configured.first().map(|mode| (*mode, None)).into_iter().collect(),
            from: ModesFrom::Default,
            line: type_def.map_or(0, |def| def.line),
            column: type_def.map_or(0, |def| def.column),
            ignored,
        }
    }
}

#[derive(Default)]
struct Admitted {
    modes: Vec<(AuthMode, Option<Vec<String>>)>,
    place: Option<(u32, u32)>,
}

fn admitted(
    directives: &[Directive],
    configured: &[AuthMode],
    on_field: bool,
    ignored: &mut Vec<IgnoredDirective>,
) -> Admitted {
    let mut found = Admitted::default();
    let has_pool_directive = directives.iter().any(|d| d.name == AuthMode::UserPool.directive());
    for directive in directives {
        let (mode, groups) = if directive.name == "aws_auth" {
            if let Some(reason) = aws_auth_without_effect(configured, on_field, has_pool_directive) {
                ignored.push(IgnoredDirective {
                    name: directive.name.clone(),
                    reason,
                    line: directive.line,
                    column: directive.column,
                });
                continue;
            }
            (AuthMode::UserPool, directive.strings("cognito_groups"))
        } else if let Some(mode) = AuthMode::ALL.into_iter().find(|mode| mode.directive() == directive.name) {
            let groups = (mode == AuthMode::UserPool).then(|| directive.strings("cognito_groups")).flatten();
            (mode, groups)
        } else {
            continue;
        };
        found.place.get_or_insert((directive.line, directive.column));
        if !found.modes.iter().any(|(known, _)| *known == mode) {
            found.modes.push((mode, groups));
        }
    }
    found
}

/// Why an `@aws_auth` does nothing. That any additional mode switches it off is recorded from the live service; that
/// a second user pool does so too, and that `@aws_cognito_user_pools` beside it wins, is unverified.
fn aws_auth_without_effect(configured: &[AuthMode], on_field: bool, beside_pool: bool) -> Option<&'static str> {
    if configured != [AuthMode::UserPool] {
        Some("it works only where the user pool is the API's sole mode; use @aws_cognito_user_pools(cognito_groups: …)")
    } else if !on_field {
        Some("it belongs on fields, not on types")
    } else if beside_pool {
        Some("@aws_cognito_user_pools on the same field is read instead")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::super::TypeKind;
    use super::*;
    use crate::source_file::SourceFile;

    const TEXT: &str = r#"
"About posts" type Post @aws_api_key @aws_iam {
  id: ID!
  secret: String @aws_iam
  staff: [String!]! @aws_cognito_user_pools(cognito_groups: ["Admin", "Staff"])
  one: String @aws_cognito_user_pools(cognito_groups: "Admin")
}
type Plain { a: Int }
type Query {
  old(limit: Int = 10, order: Order = ASC): Plain @aws_auth(cognito_groups: ["Admin"])
  posts(ids: [ ID! ]!): [ Post ] @custom(x: {y: [1, 2]})
}
extend type Query @aws_oidc { later: AWSJSON }
type Subscription { onPost(id: ID): Post @aws_subscribe(mutations: ["createPost", "updatePost"]) }
enum Order { ASC DESC }
input Where { id: ID = "x", order: [Order!] }
interface Node { id: ID! }
interface Other { id: ID! }
type A implements Node & Other { id: ID! }
union Any = Post | Plain
"#;

    fn schema() -> Schema {
        Schema::parse(SourceFile::new("schema.graphql", TEXT)).unwrap()
    }

    #[test]
    fn field_directives_replace_the_types_and_those_replace_the_default() {
        use AuthMode::{ApiKey, Iam, Oidc, UserPool};
        let schema = schema();
        let both = &[UserPool, ApiKey][..];
        let groups = |names: &[&str]| Some(names.iter().map(|s| s.to_string()).collect::<Vec<_>>());
        for (type_name, field, modes, from, line) in [
            ("Post", "id", vec![(ApiKey, None), (Iam, None)], ModesFrom::Type, 2),
            ("Post", "secret", vec![(Iam, None)], ModesFrom::Field, 4),
            ("Post", "staff", vec![(UserPool, groups(&["Admin", "Staff"]))], ModesFrom::Field, 5),
            ("Post", "one", vec![(UserPool, groups(&["Admin"]))], ModesFrom::Field, 6),
            ("Plain", "a", vec![(UserPool, None)], ModesFrom::Default, 8),
            ("Query", "later", vec![(Oidc, None)], ModesFrom::Type, 13),
            ("Missing", "x", vec![(UserPool, None)], ModesFrom::Default, 0),
        ] {
            let found = schema.effective_modes(type_name, field, both);
            assert_eq!((found.modes, found.from, found.line), (modes, from, line), "{type_name}.{field}");
        }
    }

    #[test]
    fn aws_auth_counts_only_when_the_user_pool_is_the_sole_mode() {
        let text = r#"type Query { f: Int @aws_auth(cognito_groups: ["Admin"]) }"#;
        let schema = Schema::parse(SourceFile::new("s", text)).unwrap();
        let alone = schema.effective_modes("Query", "f", &[AuthMode::UserPool]);
        assert_eq!(alone.admits(AuthMode::UserPool), Some(Some(&["Admin".to_owned()][..])));
        assert!(alone.ignored.is_empty());
        let more = schema.effective_modes("Query", "f", &[AuthMode::UserPool, AuthMode::ApiKey]);
        assert_eq!(more.admits(AuthMode::UserPool), Some(None), "open to every user of the pool");
        assert_eq!((more.from, more.ignored.len(), more.ignored[0].column), (ModesFrom::Default, 1, 21));
    }

    #[test]
    fn types_arguments_and_places_are_those_of_the_text() {
        let schema = schema();
        let posts = schema.field("Query", "posts").unwrap();
        assert_eq!((posts.ty.to_string(), posts.args[0].ty.to_string()), ("[Post]".into(), "[ID!]!".into()));
        assert_eq!((posts.line, posts.column), (11, 3));
        let old = schema.field("Query", "old").unwrap();
        assert_eq!(old.arg("limit").unwrap().default, Some(10.into()));
        assert_eq!(old.arg("order").unwrap().default, Some("ASC".into()));
        assert_eq!(schema.input_fields("Where").unwrap()["id"].default, Some("x".into()));
        assert_eq!(schema.enum_values("Order").unwrap(), ["ASC", "DESC"]);
        assert_eq!(schema.possible_types("Node"), ["A"]);
        assert_eq!(schema.possible_types("Any"), ["Post", "Plain"]);
        assert_eq!(schema.type_kind("AWSJSON"), Some(TypeKind::Scalar));
        assert_eq!(schema.type_kind("Nope"), None);
        let feeds = schema.field("Subscription", "onPost").unwrap().subscribed_mutations();
        assert_eq!(feeds.unwrap(), ["createPost", "updatePost"]);
    }

    #[test]
    fn a_syntax_error_names_the_word_and_its_place() {
        for (text, line, column, word) in [
            ("type Query {\n  a: Int\n  b Strin\n}", 3, 5, "`Strin`"),
            ("tpye Query { a: Int }", 1, 1, "`tpye`"),
            ("", 1, 1, "too early"),
        ] {
            let error = Schema::parse(SourceFile::new("s.graphql", text)).unwrap_err();
            let place = error.place().unwrap();
            assert_eq!((place.line, place.column), (line, column), "{text}");
            assert!(error.message().contains(word), "{}", error.message());
        }
    }

    #[test]
    fn roots_can_be_renamed() {
        let text = "schema { query: Q mutation: M } type Q { a: Int } type M { b: Int }";
        let schema = Schema::parse(SourceFile::new("s", text)).unwrap();
        assert_eq!((schema.query_type(), schema.mutation_type()), ("Q", "M"));
        assert!(schema.is_root("M") && !schema.is_root("Mutation"));
    }
}
