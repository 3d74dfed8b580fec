//! Response templates of 2018-05-29 that never look at `$ctx.error`: the data source's failure becomes null.

use super::finding::{CheckPlace, Found};
use super::subject::{Subject, can_fail};
use super::walk;
use crate::api::Code;

/// Reports response templates behind a 2018-05-29 request that do not read `$ctx.error`.
pub(super) fn check(subject: &Subject<'_>, found: &mut Found) {
    for exchange in subject.exchanges() {
        let Code::Vtl { request: Some(request), response: Some(response) } = exchange.code else { continue };
        if !can_fail(exchange.source) || !asks_by_2018(&request.text) {
            continue;
        }
        let Some(parsed) = subject.parsed(response) else { continue };
        if parsed.block.is_err() || (parsed.generated && !subject.options.generated) {
            continue;
        }
        // A template that hands the whole context on may hand the error on.
        let looks = walk::references(parsed.statements()).into_iter().any(|reference| {
            let named = matches!(reference.name.as_str(), "ctx" | "context");
            named && walk::path(reference).is_none_or(|path| matches!(path.get(1), None | Some(&"error")))
                || named && reference.steps.first().is_some_and(|step| parsed.source.slice(step.span).contains("error"))
        });
        if !looks {
            let message = format!(
                "this never looks at $ctx.error: if `{}` fails for {}, the field is null and nobody hears of it",
                exchange.source.name, exchange.name
            );
            let help = "begin with #if($ctx.error) $util.error($ctx.error.message, $ctx.error.type) #end";
            found.add(CheckPlace::at(&parsed.source, 1, 1, ""), message, help);
        }
    }
}

/// Whether a request template names the version in which AppSync leaves errors to the response template.
fn asks_by_2018(text: &str) -> bool {
    text.match_indices("2018-05-29").any(|(at, _)| {
        let before = text.get(..at).unwrap_or_default();
        before.get(before.len().saturating_sub(40)..).is_none_or(|before| before.contains("version"))
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::sample;

    fn found(request: &str, response: &str) -> usize {
        let report = sample("type Query { a: Int }").resolver("Query.a", request, response).report();
        report.of("swallowed-error").len()
    }

    #[test]
    fn only_2018_05_29_leaves_the_error_to_the_response_template() {
        let (old, new) = (r#"{"version": "2017-02-28"}"#, r#"{"version" : "2018-05-29", "operation": "GetItem"}"#);
        assert_eq!(found(new, "$util.toJson($ctx.result)"), 1);
        assert_eq!(found(old, "$util.toJson($ctx.result)"), 0);
        assert_eq!(found(new, "#if($ctx.error)$util.error($ctx.error.message, $ctx.error.type)#end {}"), 0);
        assert_eq!(found(new, "#if($util.isNull($context.error)){}#end"), 0);
        assert_eq!(found(new, "#set($error = $ctx.get(\"error\")){}"), 0);
        assert_eq!(found(new, "$util.toJson($ctx)"), 0);
    }
}
