//! The callers of a suite: for each mode the owner, a stranger, and one for each thing that lets somebody in.

use indexmap::{IndexMap, IndexSet};
use serde_json::{Map, Value as Json, json};

use super::plain;
use crate::api::AuthMode;
use crate::replay::who::{Condition, Way, WhoCan};

/// The group that the member of a record's groups is in.
const TEAM: &str = "team";

/// Everybody who is asked.
#[derive(Debug, Default)]
pub(super) struct People {
    /// Each as `--identity` takes them, by name.
    pub all: IndexMap<String, Json>,
    /// What each stands for.
    pub notes: IndexMap<String, String>,
    /// By mode: whose the records are.
    owners: IndexMap<AuthMode, String>,
    strangers: IndexMap<AuthMode, String>,
    /// By mode: who is in a group that records name.
    members: IndexMap<AuthMode, String>,
    /// By mode: the claims that hold groups.
    group_claims: IndexMap<AuthMode, IndexSet<String>>,
}

/// What the ways of one mode ask of callers.
#[derive(Debug, Default)]
struct Asked {
    /// Claims that something is compared with, or that have to be there.
    claims: IndexSet<String>,
    group_claims: IndexSet<String>,
    /// Claims with the values that let in, those of one way together.
    roles: IndexSet<Vec<(String, &'static str, Json)>>,
    owns: bool,
    is_member: bool,
}

/// What a way says of its caller, be it needed to get in or to see something.
pub(super) fn conditions(way: &Way) -> impl Iterator<Item = &Condition> {
    way.conditions.iter().chain(way.restricts.iter().flat_map(|restriction| &restriction.conditions))
}

/// A claim or a member of the authorizer's answer, by its own name.
fn claim_of(name: &str) -> &str {
    name.strip_prefix("identity.resolverContext.").or_else(|| name.strip_prefix("identity.")).unwrap_or(name)
}

impl People {
    /// Those that the ways into all fields are for.
    pub(super) fn of(modes: &[AuthMode], found: &[WhoCan]) -> People {
        let mut people = People::default();
        let by_claims: Vec<AuthMode> =
            modes.iter().copied().filter(|mode| matches!(mode, AuthMode::UserPool | AuthMode::Oidc)).collect();
        for mode in modes {
            let ways = || found.iter().flat_map(|found| &found.ways).filter(|way| way.mode == mode.name());
            match mode {
                AuthMode::ApiKey => {
                    people.add("api-key", json!({ "mode": "apiKey" }), "whoever has the API's key");
                }
                AuthMode::Iam => people.principals(ways()),
                AuthMode::UserPool | AuthMode::Oidc | AuthMode::Lambda => {
                    let prefix = match mode {
                        AuthMode::Lambda => "lambda-",
                        AuthMode::Oidc if by_claims.len() > 1 => "oidc-",
                        _ => "",
                    };
                    people.by_claims(*mode, prefix, &asked(ways()));
                }
            }
        }
        people
    }

    fn add(&mut self, name: &str, identity: Json, note: impl Into<String>) -> String {
        if let Some((known, _)) = self.all.iter().find(|(_, known)| **known == identity) {
            return known.clone();
        }
        let taken = |name: &String| self.all.contains_key(name);
        let mut free = name.to_owned();
        let mut number = 2;
        while taken(&free) {
            free = format!("{name}-{number}");
            number += 1;
        }
        self.all.insert(free.clone(), identity);
        self.notes.insert(free.clone(), note.into());
        free
    }

    fn by_claims(&mut self, mode: AuthMode, prefix: &str, asked: &Asked) {
        if asked.owns {
            let name = format!("{prefix}owner");
            let identity = person(mode, &name, asked, &[]);
            let name = self.add(&name, identity, "whose the records are");
            self.owners.insert(mode, name);
        }
        let name = match (mode, asked.owns) {
            (AuthMode::Lambda, false) => "lambda".to_owned(),
            (_, true) => format!("{prefix}stranger"),
            (_, false) => format!("{prefix}user"),
        };
        let identity = person(mode, &name, asked, &[]);
        let note = if mode == AuthMode::Lambda { "let in by the authorizer" } else { "signed in, and nothing else" };
        let name = self.add(&name, identity, note);
        self.strangers.insert(mode, name);
        for role in &asked.roles {
            let named = role.iter().filter_map(|(_, _, value)| value.as_str()).map(plain::slug).next();
            let name = format!("{prefix}{}", named.filter(|name| !name.is_empty()).unwrap_or("special".to_owned()));
            let words: Vec<String> = role.iter().map(|(claim, _, value)| format!("{claim} {value}")).collect();
            let identity = person(mode, &name, &Asked::default(), role);
            self.add(&name, identity, words.join(", "));
        }
        if asked.is_member {
            let name = format!("{prefix}member");
            let groups: Vec<(String, &'static str, Json)> =
                asked.group_claims.iter().map(|claim| (claim.clone(), "contains", json!(TEAM))).collect();
            let identity = person(mode, &name, &Asked::default(), &groups);
            let name = self.add(&name, identity, "in the group that the records name");
            self.members.insert(mode, name);
        }
        self.group_claims.insert(mode, asked.group_claims.clone());
    }

    fn principals<'w>(&mut self, ways: impl Iterator<Item = &'w Way>) {
        let any = json!({ "mode": "iam", "userArn": "arn:aws:sts::123456789012:assumed-role/some-role/some-session" });
        self.add("iam-role", any.clone(), "any principal with a signature");
        let mut through_pool = false;
        for way in ways {
            through_pool |= conditions(way).any(|condition| condition.path.starts_with("cognito"));
            let mut identity = plain::value(&way.proof.identity);
            if let Some(members) = identity.as_object_mut() {
                members.shift_remove("username");
            }
            let name = principal(&identity);
            let note = way.conditions.iter().filter(|condition| condition.on == "identity");
            let note = note.map(|condition| condition.words.clone()).collect::<Vec<_>>().join(", ");
            self.add(&name, identity, note);
        }
        for kind in ["authenticated", "unauthenticated"] {
            let is_it = |identity: &Json| identity.pointer("/cognito/authType").is_some_and(|is| is == kind);
            if through_pool && !self.all.values().any(is_it) {
                let mut identity = any.clone();
                if let Some(members) = identity.as_object_mut() {
                    let pool = plain::value(&json!("any-cognitoIdentityPoolId"));
                    let id = plain::value(&json!("any-cognitoIdentityId"));
                    let cognito = json!({ "identityPoolId": pool, "identityId": id, "authType": kind });
                    members.insert("cognito".to_owned(), cognito);
                }
                self.add(&format!("iam-{kind}"), identity, format!("through an identity pool, {kind}"));
            }
        }
    }

    /// What of whom a record holds for a mode's caller to get in: `sub::username` of the owner, the member's group.
    pub(super) fn value(&self, mode: AuthMode, of: &str) -> Option<Json> {
        let is_group = self.is_group(mode, of);
        let name = if is_group { self.members.get(&mode) } else { self.owners.get(&mode) };
        self.part(self.all.get(name.or(self.owners.get(&mode))?)?, of)
    }

    /// The same of somebody else.
    pub(super) fn other(&self, mode: AuthMode, of: &str) -> Option<Json> {
        if self.is_group(mode, of) {
            return Some(json!("another team"));
        }
        self.part(self.all.get(self.strangers.get(&mode)?)?, of)
    }

    pub(super) fn is_group(&self, mode: AuthMode, claim: &str) -> bool {
        self.group_claims.get(&mode).is_some_and(|claims| claims.contains(claim_of(claim)))
    }

    fn part(&self, identity: &Json, of: &str) -> Option<Json> {
        let one = |name: &str| {
            let name = claim_of(name);
            let within = |key: &str| identity.get(key).and_then(|held| held.get(name));
            let of_token = (name == "username").then(|| identity.pointer("/claims/cognito:username")).flatten();
            let held =
                within("claims").or(of_token).or_else(|| within("resolverContext")).or_else(|| identity.get(name));
            match held? {
                Json::Array(items) => items.first().cloned(),
                held => Some(held.clone()),
            }
        };
        if !of.contains("::") {
            return one(of);
        }
        let parts: Option<Vec<String>> = of.split("::").map(|part| one(part)?.as_str().map(str::to_owned)).collect();
        parts.map(|parts| json!(parts.join("::")))
    }
}

fn asked<'w>(ways: impl Iterator<Item = &'w Way>) -> Asked {
    let mut asked = Asked::default();
    let ways: Vec<&Way> = ways.collect();
    for way in &ways {
        let claims = way.proof.identity.get("claims").and_then(Json::as_object);
        let listed = claims.into_iter().flatten().filter(|(_, held)| held.is_array());
        asked.group_claims.extend(listed.map(|(name, _)| name.clone()));
    }
    for way in ways {
        let of_caller = |condition: &&Condition| matches!(condition.on, "claims" | "identity");
        // What the caller has to be because a record holds it is said the other way round, too.
        if way.conditions.iter().filter(of_caller).any(|one| one.value.as_ref().is_some_and(plain::is_made_up)) {
            continue;
        }
        let literal = |condition: &Condition| {
            let value = condition.value.clone()?;
            Some((claim_of(&condition.path).to_owned(), condition.op, value))
        };
        let role: Vec<_> = way.conditions.iter().filter(of_caller).filter_map(literal).collect();
        if !role.is_empty() && role.iter().all(|(_, op, _)| matches!(*op, "is" | "contains")) {
            asked.roles.insert(role);
        }
        for restriction in &way.restricts {
            let alternatives = restriction.conditions.iter().filter(of_caller).filter_map(literal);
            let fit =
                alternatives.filter(|(_, op, value)| matches!(*op, "is" | "contains") && !plain::is_made_up(value));
            asked.roles.extend(fit.map(|one| vec![one]));
        }
        for condition in conditions(way) {
            let of_caller = matches!(condition.on, "claims" | "identity");
            if of_caller && matches!(condition.op, "present" | "list") && condition.on == "claims" {
                asked.claims.insert(condition.path.clone());
            }
            if of_caller {
                continue;
            }
            for name in condition.claims.iter().flat_map(|joined| joined.split("::")).map(claim_of) {
                if asked.group_claims.contains(name) {
                    asked.is_member = true;
                } else {
                    asked.owns = true;
                    asked.claims.insert(name.to_owned());
                }
            }
        }
    }
    asked
}

/// Somebody with claims of their own, each telling whose it is.
fn person(mode: AuthMode, name: &str, asked: &Asked, role: &[(String, &'static str, Json)]) -> Json {
    let mut claims = Map::new();
    if mode != AuthMode::Lambda {
        claims.insert("sub".to_owned(), json!(format!("{name}-sub")));
    }
    if mode == AuthMode::UserPool {
        claims.insert("cognito:username".to_owned(), json!(name));
    }
    for claim in asked.claims.iter().filter(|claim| !asked.group_claims.contains(*claim)) {
        let own = match claim.as_str() {
            "sub" | "cognito:username" => continue,
            "username" if mode == AuthMode::UserPool => continue,
            "username" => name.to_owned(),
            "email" => format!("{name}@example.com"),
            other => format!("{name}-{}", plain::slug(other.rsplit([':', '/']).next().unwrap_or(other))),
        };
        claims.insert(claim.clone(), json!(own));
    }
    for (claim, op, value) in role {
        let value = filled(value, &claims, name);
        claims
            .insert(claim.clone(), if *op == "contains" && mode != AuthMode::Lambda { json!([value]) } else { value });
    }
    match mode {
        AuthMode::UserPool => json!({ "mode": "userPool", "claims": claims }),
        AuthMode::Oidc => json!({ "mode": "oidc", "claims": claims }),
        _ => json!({ "mode": "lambda", "resolverContext": claims }),
    }
}

/// `managers-{custom:tenant}` with the caller's own claim in it.
fn filled(value: &Json, claims: &Map<String, Json>, name: &str) -> Json {
    let Some(text) = value.as_str() else { return value.clone() };
    let Some((before, rest)) = text.split_once('{').filter(|(before, _)| !before.ends_with('$')) else {
        return value.clone();
    };
    let Some((claim, after)) = rest.split_once('}') else { return value.clone() };
    let own = claims.get(claim).and_then(Json::as_str).unwrap_or(name);
    json!(format!("{before}{own}{after}"))
}

/// The name of a principal: how it came, or its role.
fn principal(identity: &Json) -> String {
    if let Some(kind) = identity.pointer("/cognito/authType").and_then(Json::as_str) {
        return format!("iam-{}", plain::slug(kind));
    }
    let arn = identity.get("userArn").and_then(Json::as_str).unwrap_or_default();
    let role = arn.split("assumed-role/").nth(1).unwrap_or(arn).split('/').next().unwrap_or_default();
    let name = plain::slug(role);
    // `us-east-1_POOL_Full-access` is a role of Amplify's admin pages.
    let short = role.splitn(3, '_').nth(2).map(plain::slug).filter(|short| !short.is_empty());
    match (role, short) {
        ("some-role", _) | ("", _) => "iam-role".to_owned(),
        (_, Some(short)) => format!("iam-{short}"),
        _ => format!("iam-{name}"),
    }
}
