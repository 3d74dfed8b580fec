//! Policies from JSON, in every form that AWS's tools print them in.

use serde_json::{Map, Value as Json};

use super::condition::{self, Test};
use crate::json_file::describe;

/// A policy document and its name.
#[derive(Debug, Clone, PartialEq)]
pub struct Policy {
    /// What people know it by.
    pub name: String,
    /// Its statements, in order.
    pub(super) statements: Vec<Statement>,
    /// Whether `${…}` stands for variables: version 2012-10-17.
    pub(super) variables: bool,
    /// Whether it is of a build, in which `${Name}` stands for a value nobody gave.
    pub(super) of_build: bool,
}

/// Whether a statement allows or denies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effect {
    Allow,
    Deny,
}

/// Names that an element lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Names {
    /// `Action`, `Resource`
    These(Vec<String>),
    /// `NotAction`, `NotResource`
    AllBut(Vec<String>),
}

/// A statement.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Statement {
    pub sid: Option<String>,
    /// From 1.
    pub number: usize,
    pub effect: Effect,
    pub actions: Names,
    pub resources: Names,
    pub conditions: Vec<Test>,
}

type Read<T> = Result<T, String>;

impl Policy {
    /// The policies of one JSON value: a document, what `aws iam get-role-policy`, `get-policy-version` and
    /// `get-account-authorization-details` print, or a list of such. A document may be a text, also URL-encoded.
    ///
    /// # Errors
    /// What keeps it from being a policy, in words.
    pub fn read_all(json: &Json) -> Read<Vec<Policy>> {
        let mut found = Vec::new();
        collect(json, None, &mut found)?;
        for (index, policy) in found.iter_mut().enumerate().filter(|(_, policy)| policy.name.is_empty()) {
            policy.name = format!("#{}", index + 1);
        }
        Ok(found)
    }

    /// A policy of a build.
    ///
    /// # Errors
    /// As [`Policy::read_all`].
    pub fn of_build(name: &str, document: &Json) -> Read<Policy> {
        Ok(Policy { of_build: true, ..Policy::document(name, document)? })
    }

    fn document(name: &str, document: &Json) -> Read<Policy> {
        let members = document.as_object().ok_or_else(|| format!("a policy document is {}", describe(document)))?;
        let statements = match members.get("Statement") {
            Some(Json::Array(many)) => many.iter().collect(),
            Some(one @ Json::Object(_)) => vec![one],
            Some(other) => return Err(format!("`Statement` is {}", describe(other))),
            None => return Err(no_document(members)),
        };
        let statements = statements.into_iter().enumerate();
        let statements = statements.map(|(index, json)| {
            Statement::read(index + 1, json).map_err(|error| match name {
                "" => format!("statement {}: {error}", index + 1),
                name => format!("statement {} of policy `{name}`: {error}", index + 1),
            })
        });
        Ok(Policy {
            name: name.to_owned(),
            statements: statements.collect::<Read<_>>()?,
            variables: members.get("Version").and_then(Json::as_str) == Some("2012-10-17"),
            of_build: false,
        })
    }
}

fn collect(json: &Json, name: Option<&str>, found: &mut Vec<Policy>) -> Read<()> {
    match json {
        Json::Array(many) => many.iter().try_for_each(|one| collect(one, name, found)),
        Json::String(text) => {
            let decoded = if text.trim_start().starts_with('{') { text.clone() } else { percent_decoded(text) };
            let document: Json = serde_json::from_str(&decoded)
                .map_err(|_| format!("a policy is the text `{}`, which is no document", shortened(text)))?;
            found.push(Policy::document(name.unwrap_or_default(), &document)?);
            Ok(())
        }
        Json::Object(members) => {
            let own = ["PolicyName", "VersionId"].into_iter().find_map(|key| members.get(key).and_then(Json::as_str));
            let name = name.or(own);
            if members.contains_key("Statement") {
                found.push(Policy::document(name.unwrap_or_default(), json)?);
                return Ok(());
            }
            let inner = inner(members);
            if inner.is_empty() {
                return Err(no_document(members));
            }
            inner.into_iter().try_for_each(|json| collect(json, name, found))
        }
        other => Err(format!("a policy is {}", describe(other))),
    }
}

/// What holds the documents, in the forms of AWS's tools.
fn inner(members: &Map<String, Json>) -> Vec<&Json> {
    const HOLDERS: [&str; 9] = [
        "PolicyDocument",
        "Document",
        "PolicyVersion",
        "Policy",
        "RolePolicyList",
        "UserPolicyList",
        "GroupPolicyList",
        "Policies",
        "PolicyVersionList",
    ];
    let in_force = |json: &&Json| match json {
        // Of a managed policy's versions only the default one counts.
        Json::Object(version) => version.get("IsDefaultVersion") != Some(&Json::Bool(false)),
        _ => true,
    };
    let held = HOLDERS.into_iter().filter_map(|key| members.get(key));
    held.flat_map(|held| match held {
        Json::Array(many) => many.iter().filter(in_force).collect::<Vec<_>>(),
        one => vec![one],
    })
    .collect()
}

fn no_document(members: &Map<String, Json>) -> String {
    let names_only = ["PolicyNames", "AttachedPolicies", "AttachedManagedPolicies", "PolicyArn"];
    if names_only.iter().any(|key| members.contains_key(*key)) {
        return "this names policies without their documents: give what `aws iam get-role-policy` and \
                `aws iam get-policy-version` print"
            .to_owned();
    }
    if members.contains_key("Version") {
        return "a policy document has no `Statement`".to_owned();
    }
    "a policy has neither `Statement` nor `PolicyDocument`".to_owned()
}

/// IAM's interface gives documents percent-encoded (RFC 3986).
fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let digits = after.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        let escaped = digits.filter(|_| *first == b'%').and_then(|digits| u8::from_str_radix(digits, 16).ok());
        bytes.push(escaped.unwrap_or(*first));
        rest = if escaped.is_some() { after.get(2..).unwrap_or_default() } else { after };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn shortened(text: &str) -> String {
    if text.chars().count() <= 40 {
        text.to_owned()
    } else {
        format!("{}…", text.chars().take(39).collect::<String>())
    }
}

impl Statement {
    fn read(number: usize, json: &Json) -> Read<Statement> {
        let members = json.as_object().ok_or_else(|| format!("it is {}", describe(json)))?;
        let effect = match members.get("Effect").and_then(Json::as_str) {
            Some("Allow") => Effect::Allow,
            Some("Deny") => Effect::Deny,
            Some(other) => return Err(format!("its `Effect` is `{other}`, neither `Allow` nor `Deny`")),
            None => return Err("it has no `Effect`".to_owned()),
        };
        Ok(Statement {
            sid: members.get("Sid").and_then(Json::as_str).filter(|sid| !sid.is_empty()).map(str::to_owned),
            number,
            effect,
            actions: names(members, "Action", "NotAction")?,
            resources: names(members, "Resource", "NotResource")?,
            conditions: condition::read(members.get("Condition"))?,
        })
    }

    /// `AllowQueries`, or its number.
    pub fn label(&self) -> String {
        self.sid.as_ref().map_or_else(|| self.number.to_string(), |sid| format!("`{sid}`"))
    }
}

fn names(members: &Map<String, Json>, these: &str, all_but: &str) -> Read<Names> {
    let list = |key: &str| -> Read<Option<Vec<String>>> {
        match members.get(key) {
            None => Ok(None),
            Some(Json::String(one)) => Ok(Some(vec![one.clone()])),
            Some(Json::Array(many)) => {
                let texts = many.iter().map(|one| one.as_str().map(str::to_owned));
                let texts: Option<Vec<String>> = texts.collect();
                texts.map(Some).ok_or_else(|| format!("its `{key}` holds something else than texts"))
            }
            Some(other) => Err(format!("its `{key}` is {}", describe(other))),
        }
    };
    match (list(these)?, list(all_but)?) {
        (Some(names), None) => Ok(Names::These(names)),
        (None, Some(names)) => Ok(Names::AllBut(names)),
        (Some(_), Some(_)) => Err(format!("it has both `{these}` and `{all_but}`")),
        (None, None) => Err(format!("it has no `{these}`")),
    }
}
