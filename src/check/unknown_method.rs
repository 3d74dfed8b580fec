//! Methods that no value of a template has: the call is null, and prints its own text.

use super::finding::{CheckPlace, Found, Severity};
use super::subject::{Parsed, Subject};
use super::walk;
use crate::json_file::nearest;
use crate::syntax::ast::StepKind;
use crate::util;
use crate::value::method::Method;

/// Reports calls of methods that vtlens knows of no class. One that is near to a known name is a warning; of another
/// it is only said that vtlens takes it for null.
pub(super) fn check(_: &Subject<'_>, template: &Parsed, found: &mut Found) {
    for reference in walk::references(template.statements()) {
        let helper = walk::helper_path(reference);
        // An unknown helper is a finding of its own; what follows a known one is a method again.
        let skipped = match &helper {
            Some((path, true)) if util::find(path).is_some() => path.matches('.').count(),
            Some(_) => continue,
            None => 0,
        };
        for step in reference.steps.iter().skip(skipped) {
            let StepKind::Call { name, .. } = &step.kind else { continue };
            if Method::from_name(name).is_some() {
                continue;
            }
            let place = CheckPlace::of(&template.source, step.span);
            let message = format!("no value has a method `{name}`: the call is null, and prints its own text");
            match nearest(name, Method::NAMES) {
                Some(near) => found.add(place, message, format!("did you mean `{near}`?")),
                None => {
                    let message = format!("vtlens knows no method `{name}` and takes the call for null");
                    found.graded(Severity::Note, place, message, "methods are those of Java's classes; letters count");
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Severity;
    use super::super::testing::request;

    #[test]
    fn a_misspelt_method_is_a_warning_an_unknown_one_a_note() {
        for (template, severity, help) in [
            ("$ctx.args.name.lenght()", Some(Severity::Warning), "did you mean `length`?"),
            ("#if($list.contain(\"a\"))#end", Some(Severity::Warning), "did you mean `contains`?"),
            ("$util.autoId().tolowercase()", Some(Severity::Warning), "did you mean `toLowerCase`?"),
            ("$x.parallelStreamOfAll()", Some(Severity::Note), "methods are those of Java's classes; letters count"),
            ("$map.keySet().size() $util.autoid() $util.qr($m.put('a', 1))", None, ""),
        ] {
            let report = request(template);
            let found = report.of("unknown-method");
            assert_eq!(found.first().map(|f| f.severity), severity, "{template}: {report:?}");
            assert_eq!(found.first().map_or("", |f| f.help.as_str()), help, "{template}");
        }
    }
}
