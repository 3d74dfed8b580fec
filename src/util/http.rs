//! `$util.http`: request headers on, response headers back.

use super::Type::{Any, Map, Str};
use super::{ErrorObject, Helper, Host, null_argument};
use crate::value::{self, MapKind, Value, java};

const PAGE: &str = "http-helpers-in-utils-http";

/// Headers that belong to one connection, lower-case.
const HOP_BY_HOP: &[&str] = &[
    "transfer-encoding",
    "connection",
    "host",
    "expect",
    "keep-alive",
    "upgrade",
    "proxy-authenticate",
    "proxy-authorization",
    "te",
    "content-length",
];
/// Further headers that a template may not set, lower-case.
const RESERVED: &[&str] = &[
    "access-control-allow-credentials",
    "access-control-allow-origin",
    "access-control-expose-headers",
    "access-control-max-age",
    "access-control-allow-methods",
    "access-control-allow-headers",
    "vary",
    "content-type",
];
/// Bytes of all names and values that a template may set.
const MAX_BYTES: usize = 4096;

pub(super) const TABLE: &[Helper] = &[
    Helper {
        path: "util.http.copyHeaders",
        overloads: &[&[Map]],
        returns: "Map",
        doc: "A copy of the headers without those of one connection, such as `host` and `content-length`.",
        source: PAGE,
        unverified: "",
        examples: &[("$util.http.copyHeaders({'Host':'h','authorization':'a'})", "{authorization=a}")],
        run: |_, args| match args {
            [Value::Map(headers)] => Ok(copy(headers)),
            _ => Err(null_argument()),
        },
    },
    Helper {
        path: "util.http.addResponseHeader",
        overloads: &[&[Str, Any]],
        returns: "void",
        doc: "Sets a header of the response. A reserved or empty name, a null value, or more than 4 KB in all adds an error of type `ResponseHeaderError` instead.",
        source: PAGE,
        unverified: "the texts of the errors",
        examples: &[("$util.http.addResponseHeader('x-trace', 7)ok", "ok")],
        run: |host, args| {
            if let [name, value] = args {
                add(host, name, value);
            }
            Ok(Value::void())
        },
    },
    Helper {
        path: "util.http.addResponseHeaders",
        overloads: &[&[Map]],
        returns: "void",
        doc: "Sets several headers of the response, each as by `addResponseHeader`.",
        source: PAGE,
        unverified: "the texts of the errors",
        examples: &[("$util.http.addResponseHeaders({'x-a':'1','x-b':'2'})ok", "ok")],
        run: |host, args| match args {
            [Value::Map(headers)] => {
                for (name, value) in headers.entries().iter() {
                    add(host, &name.0, value);
                }
                Ok(Value::void())
            }
            _ => Err(null_argument()),
        },
    },
];

fn copy(headers: &value::Map) -> Value {
    let entries = headers.entries();
    let kept = entries.iter().filter(|(name, _)| {
        let name = java::to_string(&name.0).to_lowercase();
        !HOP_BY_HOP.contains(&name.as_str())
    });
    let kept = kept.map(|(name, value)| (name.clone(), value.clone())).collect();
    Value::Map(value::Map::of(MapKind::LinkedHashMap, kept))
}

fn add(host: &mut Host<'_>, name: &Value, value: &Value) {
    let name = if name.is_null() { String::new() } else { java::to_string(name) };
    if let Err(message) = try_add(host, &name, value) {
        host.append_error(ErrorObject {
            message: Some(message),
            error_type: Some("ResponseHeaderError".to_owned()),
            data: Value::Null,
            info: Value::Null,
        });
    }
}

/// The rules are documented, the messages are ours (unverified).
fn try_add(host: &mut Host<'_>, name: &str, value: &Value) -> Result<(), String> {
    let lower = name.to_lowercase();
    if name.is_empty() {
        return Err("a response header needs a name".to_owned());
    }
    let reserved = HOP_BY_HOP.contains(&lower.as_str()) || RESERVED.contains(&lower.as_str());
    if reserved || lower.starts_with("x-amzn-") || lower.starts_with("x-amz-") {
        return Err(format!("response header `{name}` is reserved"));
    }
    if value.is_null() {
        return Err(format!("response header `{name}` has no value"));
    }
    let value = java::to_string(value);
    let others = host.response_headers.iter().filter(|(other, _)| other.to_lowercase() != lower);
    let bytes: usize = others.map(|(name, value)| name.len() + value.len()).sum();
    if bytes + name.len() + value.len() > MAX_BYTES {
        return Err(format!("response header `{name}` goes beyond {MAX_BYTES} bytes in all"));
    }
    host.response_headers.retain(|(other, _)| other.to_lowercase() != lower);
    host.response_headers.push((name.to_owned(), value));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::tests::{call_in, call_json, json};
    use super::*;
    use crate::limits::Env;

    #[test]
    fn headers_of_one_connection_are_not_copied() {
        let headers = r#"[{"Host":"h","TE":"x","authorization":"a","x-forwarded-for":"1.2.3.4","Content-Length":"3"}]"#;
        assert_eq!(call_json("util.http.copyHeaders", headers), r#"{"authorization":"a","x-forwarded-for":"1.2.3.4"}"#);
    }

    #[test]
    fn the_last_write_wins_and_reserved_names_become_errors() {
        let env = Env::at(0);
        let mut host = Host::new(&env, "");
        let mut add = |args: &[Value]| call_in(&mut host, "util.http.addResponseHeader", args);
        add(&[Value::str("X-A"), Value::Int(1)]);
        add(&[Value::str("x-a"), Value::Int(2)]);
        for name in ["Content-Type", "x-amzn-trace", "X-Amz-Id", "te", "", "Vary"] {
            add(&[Value::str(name), Value::str("v")]);
        }
        add(&[Value::str("x-null"), Value::Null]);
        add(&[Value::str("x-big"), Value::from("v".repeat(MAX_BYTES))]);
        call_in(&mut host, "util.http.addResponseHeaders", &[json(r#"{"x-b":"1","host":"h"}"#)]);
        assert_eq!(host.response_headers, [("x-a".to_owned(), "2".to_owned()), ("x-b".to_owned(), "1".to_owned())]);
        assert_eq!(host.out_errors.len(), 9);
        assert!(host.out_errors.iter().all(|error| error.error_type.as_deref() == Some("ResponseHeaderError")));
    }
}
