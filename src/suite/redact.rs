//! What a snapshot must not tell, and would not keep from run to run: who people are, credentials, accounts, what one
//! deployment has for a name. Each such value has an alias instead, the same wherever it stands: `<eve.sub>` of a caller
//! of the suite, `<UserTable.5.email>` of a person in its data, `<email#1>` of anybody else.
//!
//! Knows suites and JSON; nothing of how a snapshot is laid out.

mod forms;

use std::cell::RefCell;

use indexmap::{IndexMap, IndexSet};
use serde_json::{Map, Value as Json};

use super::model::{Action, Scenario, Suite, Test};
use crate::api::{Api, has_placeholder};
use crate::explain::is_group_claim;
use crate::identity::mask::mask;
use crate::identity::person::{is_personal, is_personal_claim};
use crate::identity::{IdentityFacts, jwt};
use crate::source::Data;
use forms::Part;

/// Shorter values of parameters stand in too many texts by chance.
const SHORTEST_PARAMETER: usize = 6;
/// Shorter names of people are aliased as whole values and beside `::`, but not within a text.
const SHORTEST_IN_TEXT: usize = 3;
/// Shorter names of people are not looked for in what templates and vtlens itself say.
const DISTINCTIVE: usize = 8;

/// The aliases of a suite: those of its callers first, so that nobody who is added changes another's.
#[derive(Debug, Clone, Default)]
pub(super) struct Aliases {
    known: IndexMap<String, String>,
    taken: IndexSet<String>,
    /// What the suite spells out and harms nobody: names of groups.
    open: IndexSet<String>,
    counts: IndexMap<String, usize>,
}

impl Aliases {
    /// Of everything that a suite, its API and its data name.
    pub(super) fn of(suite: &Suite, params: &IndexMap<String, String>, api: &Api, data: &Data) -> Aliases {
        let mut aliases = Aliases::default();
        for facts in suite.identities.values() {
            aliases.open_groups(facts.claims.as_ref());
            aliases.open_groups(facts.context.as_ref().and_then(|context| context.get("claims")?.as_object()));
        }
        for (name, facts) in &suite.identities {
            aliases.learn_caller(name, facts);
        }
        aliases.learn_deployment(suite, params, api);
        for table in data.table_names() {
            let items = data.table(table).map(|table| table.to_json()).unwrap_or_default();
            for (index, item) in items.as_array().into_iter().flatten().enumerate() {
                let id = item.get("id").and_then(Json::as_str).filter(|id| forms::of(id).is_none());
                let id = id.map_or_else(|| (index + 1).to_string(), str::to_owned);
                aliases.learn(item, "", &|_, key| format!("{table}.{id}.{key}"));
            }
        }
        for (name, response) in data.responses() {
            aliases.learn(response, "", &|_, key| format!("{name}.{key}"));
        }
        aliases
    }

    /// With what a test itself sends, numbered as it stands there.
    pub(super) fn of_test(&self, test: &Test) -> Aliases {
        let mut aliases = self.clone();
        let actions: Vec<&Action> = match &test.scenario {
            Scenario::Callers { action, .. } => vec![action],
            Scenario::Story(steps) => steps.iter().map(|step| &step.action).collect(),
        };
        for action in actions {
            match action {
                Action::Field { arguments, source, .. } => {
                    aliases.learn_members(arguments, &Aliases::next);
                    aliases.learn(source, "", &Aliases::next);
                }
                Action::Query { variables, .. } => aliases.learn_members(variables, &Aliases::next),
            }
        }
        aliases
    }

    /// The next of a kind: `email#1`.
    fn next(&self, kind: &str) -> String {
        format!("{kind}#{}", self.counts.get(kind).copied().unwrap_or(0) + 1)
    }

    fn open_groups(&mut self, claims: Option<&Map<String, Json>>) {
        for (_, value) in claims.into_iter().flatten().filter(|(claim, _)| is_group_claim(claim)) {
            let texts = value.as_array().map_or_else(|| vec![value], |items| items.iter().collect());
            self.open.extend(texts.into_iter().filter_map(Json::as_str).map(str::to_owned));
        }
    }

    fn learn_caller(&mut self, name: &str, facts: &IdentityFacts) {
        let of = |key: &str| format!("{name}.{key}");
        let decoded = facts.token.as_ref().and_then(|token| jwt::decode(token).ok());
        let claims = [facts.claims.as_ref(), decoded.as_ref().map(|token| &token.claims)].into_iter().flatten();
        let context = facts.context.as_ref();
        let claims: Vec<_> = claims.chain(context.and_then(|context| context.get("claims")?.as_object())).collect();
        // A login by mail has one value for both: it is the `sub`, whatever comes first.
        let subject = claims.iter().filter_map(|claims| claims.get("sub")?.as_str());
        subject.for_each(|subject| self.add(subject, of("sub")));
        for (claim, value) in claims.iter().flat_map(|claims| claims.iter()) {
            if let (true, Some(text)) = (is_personal_claim(claim), value.as_str()) {
                self.add(text, of(plain(claim)));
            }
        }
        if let Some((key, value)) = facts.user_arn.as_deref().and_then(principal) {
            self.add(value, of(key));
        }
        for (key, value) in [
            ("username", facts.username.as_ref()),
            ("identityId", facts.cognito.as_ref().and_then(|cognito| cognito.identity_id.as_ref())),
            ("identityPoolId", facts.cognito.as_ref().and_then(|cognito| cognito.identity_pool_id.as_ref())),
        ] {
            value.into_iter().for_each(|value| self.add(value, of(key)));
        }
        facts.source_ip.iter().flatten().for_each(|ip| self.add(ip, of("sourceIp")));
        let keys = facts.api_keys.iter().flatten().map(|key| (&key.id, "apiKey"));
        for (secret, key) in facts.token.iter().map(|token| (token, "token")).chain(keys) {
            self.add(secret, of(key));
            // As reports show it.
            self.add(&mask(secret), of(key));
        }
        for json in [context, facts.authorizer.as_ref()].into_iter().flatten() {
            self.learn(json, "", &|_, key| of(key));
        }
        facts.resolver_context.iter().for_each(|context| self.learn_members(context, &|_, key| of(key)));
    }

    /// What another deployment has other values for.
    fn learn_deployment(&mut self, suite: &Suite, params: &IndexMap<String, String>, api: &Api) {
        let params = params.iter().chain(&suite.params).map(|(name, value)| (name.as_str(), value));
        let pool = std::iter::once(&api.default_provider)
            .chain(&api.additional)
            .filter_map(|provider| Some(("userPoolId", provider.user_pool_id.as_ref()?)));
        let own = [("AWS::AccountId", &api.account), ("AWS::Region", &api.region), ("ApiId", &api.id)];
        let own = own.into_iter().filter_map(|(name, value)| Some((name, value.as_ref()?)));
        for (name, value) in own.chain(pool).chain(params) {
            if value.len() >= SHORTEST_PARAMETER && !has_placeholder(value) {
                let name = match name {
                    "AWS::AccountId" => "account",
                    "AWS::Region" => "region",
                    "ApiId" | "apiId" => "apiId",
                    other => other,
                };
                self.add(value, name.to_owned());
            }
        }
    }

    fn learn_members(&mut self, members: &Map<String, Json>, name: &dyn Fn(&Aliases, &str) -> String) {
        members.iter().for_each(|(key, value)| self.learn(value, key, name));
    }

    /// Learns what names people in a value that stands under a key.
    fn learn(&mut self, json: &Json, key: &str, name: &dyn Fn(&Aliases, &str) -> String) {
        match json {
            Json::String(text) => {
                let pair = text.split_once("::").filter(|(sub, user)| is_word(sub) && is_word(user));
                if let Some((sub, user)) = pair {
                    self.learn_as(sub, "sub", name);
                    self.learn_as(user, "username", name);
                } else if is_personal(key) {
                    self.learn_as(text, plain(key), name);
                } else if let Some(kind) = forms::of(text) {
                    self.learn_as(text, if key.is_empty() { kind } else { key }, name);
                }
            }
            Json::Array(items) => items.iter().for_each(|item| self.learn(item, key, name)),
            Json::Object(members) => self.learn_members(members, name),
            _ => {}
        }
    }

    fn learn_as(&mut self, value: &str, kind: &str, name: &dyn Fn(&Aliases, &str) -> String) {
        if self.is_new(value) {
            let alias = name(self, kind);
            if alias == self.next(kind) {
                *self.counts.entry(kind.to_owned()).or_default() += 1;
            }
            self.add(value, alias);
        }
    }

    fn is_new(&self, value: &str) -> bool {
        !value.is_empty() && !self.known.contains_key(value) && !self.open.contains(value)
    }

    /// Gives a value an alias, unless it has one. Two values never share one.
    fn add(&mut self, value: &str, alias: String) {
        if !self.is_new(value) {
            return;
        }
        let masked = value.starts_with('…');
        let numbered = (2..).map(|n| format!("{alias}.{n}"));
        let free = std::iter::once(alias.clone()).chain(numbered).find(|name| masked || !self.taken.contains(name));
        let alias = free.unwrap_or(alias);
        self.taken.insert(alias.clone());
        self.known.insert(value.to_owned(), format!("<{alias}>"));
    }
}

/// Whose ARN it is: of a role the session, which people and machines call after themselves; of a user the name. What
/// every login through an identity pool has for a session names nobody.
fn principal(arn: &str) -> Option<(&'static str, &str)> {
    let resource = arn.splitn(6, ':').nth(5)?;
    let (kind, rest) = resource.split_once('/')?;
    let (_, name) = rest.rsplit_once('/').unwrap_or(("", rest));
    match kind {
        "assumed-role" if name != "CognitoIdentityCredentials" && rest != name => Some(("session", name)),
        "user" => Some(("user", name)),
        _ => None,
    }
}

/// `cognito:username` is `username`.
fn plain(claim: &str) -> &str {
    claim.rsplit_once(':').map_or(claim, |(_, name)| name)
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && !text.contains(|c: char| c.is_whitespace() || c == ':')
}

/// Puts aliases in place of values, in one snapshot of one caller.
#[derive(Debug)]
pub(super) struct Redactor<'a> {
    aliases: &'a Aliases,
    /// Values that nothing announced, each by the alias it was given.
    met: RefCell<Aliases>,
}

impl<'a> Redactor<'a> {
    /// With a test's aliases.
    pub(super) fn new(aliases: &'a Aliases) -> Self {
        let met = Aliases { counts: aliases.counts.clone(), ..Aliases::default() };
        Redactor { aliases, met: RefCell::new(met) }
    }

    /// A value: the texts in it, and the names of its members.
    pub(super) fn json(&self, json: &Json) -> Json {
        match json {
            Json::String(text) => Json::String(self.value(text)),
            Json::Array(items) => items.iter().map(|item| self.json(item)).collect(),
            Json::Object(members) => {
                Json::Object(members.iter().map(|(key, value)| (self.code(key), self.json(value))).collect())
            }
            other => other.clone(),
        }
    }

    /// A value that is a text, or a message of the API.
    pub(super) fn value(&self, text: &str) -> String {
        match self.aliases.known.get(text) {
            Some(alias) => alias.clone(),
            None if self.aliases.open.contains(text) => text.to_owned(),
            None => self.replaced(text, SHORTEST_IN_TEXT),
        }
    }

    /// Words of ours: values stand in them in double quotes.
    pub(super) fn words(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        for (index, part) in text.split('"').enumerate() {
            if index > 0 {
                out.push('"');
            }
            out.push_str(&if index % 2 == 1 { self.value(part) } else { self.code(part) });
        }
        out
    }

    /// Code of a template or schema, where names that are short are its own.
    pub(super) fn code(&self, text: &str) -> String {
        self.replaced(text, DISTINCTIVE)
    }

    /// With aliases for values that their form gives away, and between those for values that are known.
    fn replaced(&self, text: &str, shortest: usize) -> String {
        let mut out = String::with_capacity(text.len());
        for part in forms::parts(text) {
            match part {
                Part::Formed(kind, value) => out.push_str(&self.met(kind, value)),
                Part::Text(text) => self.add_replaced(text, shortest, &mut out),
            }
        }
        out
    }

    fn add_replaced(&self, text: &str, shortest: usize, out: &mut String) {
        let mut there: Vec<(&str, &str)> = self.aliases.known.iter().map(|(v, a)| (v.as_str(), a.as_str())).collect();
        there.retain(|(value, _)| text.contains(value));
        there.sort_by_key(|(value, _)| std::cmp::Reverse(value.len()));
        let mut rest = text;
        let mut before: Option<char> = out.chars().last();
        while let Some(next) = rest.chars().next() {
            let fits = |value: &str| {
                let after = rest.get(value.len()..).unwrap_or_default();
                let length = value.chars().count();
                // `us-east-1_POOL1234_Full-access` names a pool; `bob_smith` is not bob.
                let continues = |c: char| c.is_alphanumeric() || c == '_' && length < DISTINCTIVE;
                let bounded = !before.is_some_and(continues) && !after.starts_with(continues);
                let in_pair = out.ends_with("::") || after.starts_with("::");
                rest.starts_with(value) && bounded && (length >= shortest || in_pair && shortest < DISTINCTIVE)
            };
            if let Some((value, alias)) = there.iter().find(|(value, _)| fits(value)) {
                out.push_str(alias);
                rest = rest.get(value.len()..).unwrap_or_default();
                before = value.chars().last();
            } else {
                out.push(next);
                rest = rest.get(next.len_utf8()..).unwrap_or_default();
                before = Some(next);
            }
        }
    }

    /// The alias of a value that its form gives away.
    fn met(&self, kind: &str, value: &str) -> String {
        if let Some(alias) = self.aliases.known.get(value) {
            return alias.clone();
        }
        let mut met = self.met.borrow_mut();
        met.learn_as(value, kind, &Aliases::next);
        met.known.get(value).cloned().unwrap_or_default()
    }
}
