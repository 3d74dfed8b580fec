//! Which provider a token belongs to, and whether it is meant for the clients the provider admits.

use crate::api::{AuthMode, AuthProvider, has_placeholder};

/// How a token's issuer fits a provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fit {
    /// It does not.
    No,
    /// The provider's issuer hangs on a parameter nobody gave; nothing speaks against it.
    Open,
    /// But for a slash at the end.
    ButForSlash,
    /// Exactly.
    Exact,
}

/// How to give the parameters that a value hangs on: `--param AuthCognitoUserPoolId=…`.
pub(super) fn how_to_give(value: &str) -> String {
    let names = value.split("${").skip(1).filter_map(|rest| rest.split('}').next());
    names.map(|name| format!("--param {name}=…")).collect::<Vec<_>>().join(" ")
}

/// What of a provider's issuer nobody gave. A pool's id tells its region too.
pub(super) fn open_part(provider: &AuthProvider) -> &str {
    provider.user_pool_id.as_deref().or(provider.issuer.as_deref()).unwrap_or_default()
}

/// The issuer a provider's tokens name; `None` where it is not configured.
pub fn issuer(provider: &AuthProvider) -> Option<String> {
    if provider.mode == Some(AuthMode::Oidc) {
        return provider.issuer.clone();
    }
    let pool = provider.user_pool_id.as_deref()?;
    // A pool's id begins with its region, so the region's own parameter is not needed.
    let region = match provider.region.as_deref() {
        Some(region) if !has_placeholder(region) => region,
        _ => pool
            .split_once('_')
            .map(|(region, _)| region)
            .filter(|region| !has_placeholder(region))
            .unwrap_or("${AWS::Region}"),
    };
    let domain = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
    Some(format!("https://cognito-idp.{region}.{domain}/{pool}"))
}

/// How a token's `iss` fits a provider.
pub(super) fn fit(provider: &AuthProvider, claimed: Option<&str>) -> Fit {
    let Some(claimed) = claimed else { return Fit::No };
    match issuer(provider) {
        Some(issuer) if issuer == claimed => Fit::Exact,
        Some(issuer) if issuer.trim_end_matches('/') == claimed.trim_end_matches('/') => Fit::ButForSlash,
        Some(issuer) if !has_placeholder(&issuer) => Fit::No,
        // Whatever the pool is: an issuer that is not Cognito's is none of a pool's.
        _ if provider.mode == Some(AuthMode::UserPool) && !claimed.contains("cognito-idp") => Fit::No,
        _ => Fit::Open,
    }
}

/// Whether a client id fits `appIdClientRegex` or `clientId`; `None` for a regex that does not compile.
///
/// Unverified: whether AppSync looks for a match anywhere in the value or of all of it. Find is taken: people list
/// ids with `|` and anchor where they mean it. The regex is Java's, read here by a close relative.
pub fn client_id_matches(regex: &str, value: &str) -> Option<bool> {
    fancy_regex::Regex::new(regex).ok()?.is_match(value).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pool(id: &str, region: Option<&str>) -> AuthProvider {
        let region = region.map(str::to_owned);
        AuthProvider {
            mode: Some(AuthMode::UserPool),
            user_pool_id: Some(id.into()),
            region,
            ..AuthProvider::default()
        }
    }

    #[test]
    fn issuers_of_pools() {
        let of = |id: &str, region: Option<&str>| issuer(&pool(id, region)).unwrap();
        assert_eq!(of("us-east-1_A", Some("us-east-1")), "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_A");
        assert_eq!(
            of("eu-west-1_A", Some("${AWS::Region}")),
            "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_A"
        );
        assert_eq!(of("cn-north-1_A", None), "https://cognito-idp.cn-north-1.amazonaws.com.cn/cn-north-1_A");
        assert_eq!(how_to_give(open_part(&pool("${Pool}", Some("${Region}")))), "--param Pool=…");
    }

    #[test]
    fn how_issuers_fit() {
        let oidc = |issuer: &str| AuthProvider {
            mode: Some(AuthMode::Oidc),
            issuer: Some(issuer.into()),
            ..AuthProvider::default()
        };
        let cognito = "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_A";
        let table = [
            (pool("us-east-1_A", None), Some(cognito), Fit::Exact),
            (pool("us-east-1_B", None), Some(cognito), Fit::No),
            (pool("${Pool}", None), Some(cognito), Fit::Open),
            (pool("${Pool}", None), Some("https://idp.example"), Fit::No),
            (pool("${Pool}", None), None, Fit::No),
            (oidc("https://t.example"), Some("https://t.example/"), Fit::ButForSlash),
            (oidc("https://t.example/"), Some("https://t.example/"), Fit::Exact),
            (oidc("${Issuer}"), Some("https://t.example/"), Fit::Open),
        ];
        for (provider, claimed, expected) in table {
            assert_eq!(fit(&provider, claimed), expected, "{provider:?} {claimed:?}");
        }
    }

    #[test]
    fn client_ids() {
        assert_eq!(client_id_matches("abc|def", "xdefx"), Some(true));
        assert_eq!(client_id_matches("^(abc|def)$", "xdefx"), Some(false));
        assert_eq!(client_id_matches("(", "x"), None);
    }
}
