//! `$util.log`: lines for CloudWatch.

use super::Type::{Any, Rest, Str};
use super::{Helper, Host, Type};
use crate::value::{Value, java};

const PAGE: &str = "utility-helpers-in-util (logging)";
const OVERLOADS: &[&[Type]] = &[&[Any], &[Str, Rest]];

pub(super) const TABLE: &[Helper] = &[
    Helper {
        path: "util.log.info",
        overloads: OVERLOADS,
        returns: "void",
        doc: "Logs a value, or a text whose `{}` are filled in order. Written at the field log levels INFO, DEBUG and ALL.",
        source: PAGE,
        unverified: "`{}` without an argument stays",
        examples: &[("$util.log.info('user {} asks', 'ann')ok", "ok")],
        run: |host, args| Ok(log(host, "INFO", args)),
    },
    Helper {
        path: "util.log.debug",
        overloads: OVERLOADS,
        returns: "void",
        doc: "The same, written at the field log levels DEBUG and ALL.",
        source: PAGE,
        unverified: "`{}` without an argument stays",
        examples: &[("#set($m = {'a':1})$util.log.debug($m)ok", "ok")],
        run: |host, args| Ok(log(host, "DEBUG", args)),
    },
    Helper {
        path: "util.log.error",
        overloads: OVERLOADS,
        returns: "void",
        doc: "The same, written at every field log level but NONE. Raises nothing.",
        source: PAGE,
        unverified: "`{}` without an argument stays",
        examples: &[("$util.log.error('{} and {}', 1, 2)ok", "ok")],
        run: |host, args| Ok(log(host, "ERROR", args)),
    },
];

fn log(host: &mut Host<'_>, level: &str, args: &[Value]) -> Value {
    host.logs.push(format!("{level} - {}", message(args)));
    Value::void()
}

/// Fills each `{}` by the next argument's `toString`. Unverified: `{}` without an argument stays as it is, and
/// arguments without `{}` are dropped, as SLF4J does.
fn message(args: &[Value]) -> String {
    let Some((Value::Str(format), rest)) = args.split_first() else {
        return args.first().map(java::to_string).unwrap_or_default();
    };
    let mut out = String::with_capacity(format.len());
    let mut rest = rest.iter();
    let mut pieces = format.split("{}");
    out.push_str(pieces.next().unwrap_or(""));
    for piece in pieces {
        match rest.next() {
            Some(value) => java::write_to(value, &mut out),
            None => out.push_str("{}"),
        }
        out.push_str(piece);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::tests::{call_in, json};
    use super::*;
    use crate::limits::Env;

    #[test]
    fn lines_carry_level_and_filled_text() {
        let env = Env::at(0);
        let mut host = Host::new(&env, "");
        call_in(&mut host, "util.log.info", &[Value::str("{} of {} {}"), Value::Int(1), json(r#"{"a":["b"]}"#)]);
        call_in(&mut host, "util.log.debug", &[json("[1,null]")]);
        call_in(&mut host, "util.log.error", &[Value::Null]);
        call_in(&mut host, "util.log.error", &[Value::str("plain"), Value::Int(1)]);
        assert_eq!(host.logs, ["INFO - 1 of {a=[b]} {}", "DEBUG - [1, null]", "ERROR - null", "ERROR - plain"]);
    }
}
