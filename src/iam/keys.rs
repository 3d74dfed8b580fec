//! Condition keys: what is known of the caller and of the request.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use serde_json::Value as Json;

/// The values of condition keys, by name in lower case; `None` for a key that the request certainly does not have.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Keys(BTreeMap<String, Option<Vec<String>>>);

/// What is known of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Known<'a> {
    Values(&'a [String]),
    Absent,
    Unknown,
}

/// What a request says besides its caller.
#[derive(Debug, Clone, Copy, Default)]
pub struct Circumstances<'a> {
    /// The clock, in milliseconds since 1970 (UTC).
    pub now_ms: i64,
    /// The API's region.
    pub region: Option<&'a str>,
    /// `user-agent`
    pub user_agent: Option<&'a str>,
    /// `referer`
    pub referer: Option<&'a str>,
}

impl Keys {
    /// The keys of a caller whose `$ctx.identity` is given. `given` are the values that a person said.
    pub fn of(identity: &Json, given: &IndexMap<String, Option<Vec<String>>>, around: Circumstances<'_>) -> Keys {
        let mut keys = Keys::default();
        keys.circumstances(around);
        keys.principal(identity);
        keys.cognito(identity);
        for (name, values) in given {
            keys.0.insert(name.to_ascii_lowercase(), values.clone());
        }
        keys
    }

    pub fn get(&self, key: &str) -> Known<'_> {
        match self.0.get(&key.to_ascii_lowercase()) {
            Some(Some(values)) => Known::Values(values),
            Some(None) => Known::Absent,
            None => Known::Unknown,
        }
    }

    fn set(&mut self, key: &str, value: impl Into<String>) {
        self.0.insert(key.to_owned(), Some(vec![value.into()]));
    }

    fn absent(&mut self, key: &str) {
        self.0.insert(key.to_owned(), None);
    }

    fn circumstances(&mut self, around: Circumstances<'_>) {
        let time = jiff::Timestamp::from_second(around.now_ms.div_euclid(1000));
        if let Ok(time) = time {
            self.set("aws:currenttime", time.to_string());
        }
        self.set("aws:epochtime", around.now_ms.div_euclid(1000).to_string());
        // AppSync's endpoint speaks HTTPS only, and a caller comes to it himself.
        self.set("aws:securetransport", "true");
        self.set("aws:viaawsservice", "false");
        self.set("aws:principalisawsservice", "false");
        self.absent("aws:calledvia");
        for (key, value) in [
            ("aws:requestedregion", around.region),
            ("aws:useragent", around.user_agent),
            ("aws:referer", around.referer),
        ] {
            if let Some(value) = value {
                self.set(key, value);
            }
        }
    }

    /// `aws:PrincipalArn` of a role is not among these: the path of the role is not in the session's ARN.
    fn principal(&mut self, identity: &Json) {
        let text = |name: &str| identity.get(name).and_then(Json::as_str);
        if let Some(account) = text("accountId") {
            self.set("aws:principalaccount", account);
            self.set("aws:resourceaccount", account);
        }
        if let Some(id) = text("username") {
            self.set("aws:userid", id);
        }
        let addresses = identity.get("sourceIp").and_then(Json::as_array).map(Vec::as_slice);
        // Of several addresses that were forwarded it is not known which one AWS saw.
        if let Some([Json::String(only)]) = addresses {
            self.set("aws:sourceip", only.as_str());
        }
        let Some(arn) = text("userArn") else { return };
        let resource = arn.splitn(6, ':').nth(5).unwrap_or_default();
        let kind = match resource.split('/').next() {
            Some("user") => "User",
            Some("assumed-role") => "AssumedRole",
            Some("federated-user") => "FederatedUser",
            Some("root") => "Account",
            _ => return,
        };
        self.set("aws:principaltype", kind);
        if kind == "User" {
            self.set("aws:username", resource.rsplit('/').next().unwrap_or_default());
        } else {
            self.absent("aws:username");
        }
        if matches!(kind, "User" | "Account" | "FederatedUser") {
            self.set("aws:principalarn", arn);
        }
    }

    fn cognito(&mut self, identity: &Json) {
        let text = |name: &str| identity.get(name).and_then(Json::as_str);
        let key = |name: &str| format!("cognito-identity.amazonaws.com:{name}");
        let from_pool = text("userArn").is_some_and(|arn| arn.ends_with("/CognitoIdentityCredentials"));
        let members = [("sub", text("cognitoIdentityId")), ("aud", text("cognitoIdentityPoolId"))];
        for (name, value) in members {
            match value {
                Some(value) => self.set(&key(name), value),
                // Null is only certain where the caller is known to be of no identity pool.
                None if text("userArn").is_some() && !from_pool => self.absent(&key(name)),
                None => {}
            }
        }
        match (text("cognitoIdentityAuthType"), text("cognitoIdentityAuthProvider")) {
            (Some("unauthenticated"), _) => self.set(&key("amr"), "unauthenticated"),
            (Some("authenticated"), Some(providers)) => {
                let providers = providers.split(',').map(|provider| provider.trim().trim_matches('"').to_owned());
                let all = std::iter::once("authenticated".to_owned()).chain(providers).collect();
                self.0.insert(key("amr"), Some(all));
            }
            (None, _) if text("userArn").is_some() && !from_pool => self.absent(&key("amr")),
            _ => {}
        }
    }
}
