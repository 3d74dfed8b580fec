//! API keys that the build declares, against the clock.

use super::finding::{CheckPlace, Found};
use super::subject::Subject;
use crate::api::{AuthMode, DeclaredApiKey};

const DAY: i64 = 86_400;

/// Reports keys whose declared end has passed.
pub(super) fn expired(subject: &Subject<'_>, found: &mut Found) {
    each(
        subject,
        found,
        |left| left <= 0,
        |id, end, left| format!("by this build API key `{id}` ended {end}, {} ago", days(-left)),
    );
}

/// Reports keys that end within the days that the person named.
pub(super) fn near(subject: &Subject<'_>, found: &mut Found) {
    let days_ahead = subject.options.days.saturating_mul(DAY);
    each(
        subject,
        found,
        |left| left > 0 && left <= days_ahead,
        |id, end, left| format!("by this build API key `{id}` ends {end}, in {}", days(left)),
    );
}

fn each(
    subject: &Subject<'_>,
    found: &mut Found,
    is_meant: impl Fn(i64) -> bool,
    words: impl Fn(&str, String, i64) -> String,
) {
    let file = subject.api.declared_in();
    if !subject.modes.contains(&AuthMode::ApiKey) {
        return;
    }
    for DeclaredApiKey { id, expires } in &subject.api.api_keys {
        let Some(expires) = *expires else { continue };
        let left = expires.saturating_sub(subject.options.now_s);
        if is_meant(left) {
            let end = jiff::Timestamp::from_second(expires).map_or_else(|_| expires.to_string(), |end| end.to_string());
            let help =
                "fine if somebody prolonged it since; if not: `aws appsync update-api-key --expires EPOCH_SECONDS`";
            found.add(CheckPlace::find(&file, &[&format!("\"{id}\""), id]), words(id, end, left), help);
        }
    }
}

fn days(seconds: i64) -> String {
    match seconds / DAY {
        0 => "less than a day".to_owned(),
        1 => "1 day".to_owned(),
        days => format!("{days} days"),
    }
}

#[cfg(test)]
mod tests {
    use crate::api::{Api, LoadOptions};
    use crate::check::{Options, check};

    #[test]
    fn keys_are_held_against_the_clock() {
        let folder = tempfile::tempdir().unwrap();
        let template = r#"{ "Resources": {
            "Api": { "Type": "AWS::AppSync::GraphQLApi", "Properties": { "Name": "a", "AuthenticationType": "API_KEY" } },
            "Schema": { "Type": "AWS::AppSync::GraphQLSchema", "Properties": {
                "ApiId": { "Fn::GetAtt": ["Api", "ApiId"] }, "Definition": "type Query { a: Int }" } },
            "Key": { "Type": "AWS::AppSync::ApiKey", "Properties": {
                "ApiId": { "Fn::GetAtt": ["Api", "ApiId"] }, "Expires": 1800000000 } } } }"#;
        std::fs::write(folder.path().join("template.json"), template).unwrap();
        let api = Api::open(folder.path(), &LoadOptions::default()).unwrap();
        for (now_s, days, code) in [
            (1_800_000_000, 30, Some("api-key-expired")),
            (1_799_999_999, 30, Some("key-near-expiry")),
            (1_800_000_000 - 40 * 86_400, 30, None),
            (1_800_000_000 - 40 * 86_400, 60, Some("key-near-expiry")),
        ] {
            let report = check(&api, &Options { now_s, days, ..Options::default() }).unwrap();
            let found = report.findings.iter().find(|f| f.code.contains("key")).map(|f| (f.code, f.place.line));
            assert_eq!(found, code.map(|code| (code, 5)), "{now_s}: {:?}", report.findings);
        }
    }
}
