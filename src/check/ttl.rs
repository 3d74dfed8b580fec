//! TTLs of OIDC that are milliseconds and were meant as seconds or minutes: every token is too old.

use super::finding::{CheckPlace, Found, Severity};
use super::subject::Subject;

/// Below this many milliseconds no token gets from its issuer to AppSync in time.
const SECOND: i64 = 1_000;
/// Below this many milliseconds hardly anybody means it.
const MINUTE: i64 = 60_000;

/// Reports `iatTTL` and `authTTL` that are too short to be meant.
pub(super) fn check(subject: &Subject<'_>, found: &mut Found) {
    let file = subject.api.declared_in();
    for provider in subject.api.providers() {
        let ttls = [
            ("iatTTL", provider.iat_ttl_ms, ["iat_ttl", "IatTTL"]),
            ("authTTL", provider.auth_ttl_ms, ["auth_ttl", "AuthTTL"]),
        ];
        for (name, ttl, words) in ttls {
            // 0 stands for "not set" in CloudFormation's own examples.
            let Some(ttl) = ttl.filter(|ttl| (1..MINUTE).contains(ttl)) else { continue };
            let (severity, outcome) = if ttl < SECOND {
                (Severity::Error, "every token is refused as too old".to_owned())
            } else {
                (Severity::Warning, format!("a token is refused {} after it was issued", seconds(ttl)))
            };
            let help = format!("{ttl} seconds are {} milliseconds", ttl.saturating_mul(SECOND));
            let message = format!("{name} is {ttl} milliseconds: {outcome}");
            found.graded(severity, CheckPlace::find(&file, &words), message, help);
        }
    }
}

fn seconds(ms: i64) -> String {
    if ms % SECOND == 0 { format!("{} s", ms / SECOND) } else { format!("{}.{:03} s", ms / SECOND, ms % SECOND) }
}

#[cfg(test)]
mod tests {
    use super::super::testing::sample;
    use super::*;

    #[test]
    fn seconds_and_minutes_given_as_milliseconds_are_seen() {
        let oidc = |ttls: &str| {
            let provider = format!("mode = \"OPENID_CONNECT\", issuer = \"https://i.example.com\"{ttls}");
            sample("type Query { a: Int }").default_mode(&provider).report()
        };
        for (ttls, severities) in [
            ("", vec![]),
            (", iat_ttl = 3600000, auth_ttl = 3600000", vec![]),
            (", iat_ttl = 0", vec![]),
            (", iat_ttl = 300", vec![Severity::Error]),
            (", iat_ttl = 3600", vec![Severity::Warning]),
            (", iat_ttl = 60, auth_ttl = 999", vec![Severity::Error, Severity::Error]),
        ] {
            let report = oidc(ttls);
            let found: Vec<Severity> = report.of("ttl-below-a-second").iter().map(|f| f.severity).collect();
            assert_eq!(found, severities, "{ttls}");
        }
        let report = oidc(", iat_ttl = 300");
        let finding = report.of("ttl-below-a-second")[0];
        assert_eq!((finding.place.file.as_str(), finding.place.line), ("vtlens.toml", 2));
        assert_eq!(finding.help, "300 seconds are 300000 milliseconds");
    }
}
