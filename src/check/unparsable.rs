//! Templates that do not parse: every request that runs one fails.

use super::finding::{CheckPlace, Found};
use super::subject::{Parsed, Subject};
use crate::source_file::Span;

/// Reports a template that does not parse, at the place where it stops.
pub(super) fn check(_: &Subject<'_>, template: &Parsed, found: &mut Found) {
    if let Err(error) = &template.block {
        let span = Span { start: error.span.start, end: error.span.end.max(error.span.start) };
        let message = format!("this template does not parse: {}", error.message);
        let at = template.uses.first();
        let help = at.map_or(String::new(), |at| format!("every request for `{}.{}` fails", at.type_name, at.field));
        found.add(CheckPlace::of(&template.source, span), message, help);
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::request;

    #[test]
    fn the_place_is_where_reading_stops() {
        let report = request("{\n#if($ctx.args.id = 1)\n#end\n}");
        let [finding] = report.of("unparsable-template")[..] else { panic!("{report:?}") };
        assert_eq!((finding.place.line, finding.help.as_str()), (2, "every request for `Query.a` fails"));
        assert!(request("{#if($ctx.args.id == 1)#end}").of("unparsable-template").is_empty());
    }
}
