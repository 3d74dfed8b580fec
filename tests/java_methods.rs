//! Java's methods against what Velocity 1.7 on Java 17 did with the same receiver, method and arguments.
//!
//! A row of the recording: receiver, method, arguments, outcome, and the receiver afterwards when it can change;
//! separated by tabs. Receivers and arguments are named as in [`value`].

use std::io::Read as _;
use std::rc::Rc;

use vtlens::limits::Env;
use vtlens::value::method::{Method, invoke};
use vtlens::value::{List, ListKind, Object, Thrown, Value, ViewKind, java};

fn list(items: Vec<Value>) -> Value {
    Value::list(items)
}

fn object(object: Object) -> Value {
    Value::object(object)
}

fn text(text: &str) -> Value {
    Value::str(text)
}

fn sample_map() -> Value {
    let map = Value::map([("l", text("v"))]);
    if let Value::Map(entries) = &map {
        entries.put(Value::Int(1), Value::Null);
        entries.put(text("n"), list(vec![Value::Int(1)]));
    }
    map
}

fn sample_view(kind: ViewKind) -> Value {
    match sample_map() {
        Value::Map(map) => object(Object::View(map, kind)),
        other => other,
    }
}

/// The value a name of the recording stands for, fresh each time.
fn value(name: &str) -> Value {
    let ints = |items: &[i32]| list(items.iter().map(|n| Value::Int(*n)).collect());
    let texts = |items: &[&str]| list(items.iter().map(|item| text(item)).collect());
    match name {
        "null" => Value::Null,
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        "1.5" => Value::Double(1.5),
        "2.0" => Value::Double(2.0),
        "-2.5" => Value::Double(-2.5),
        "NaN" => Value::Double(f64::NAN),
        "1e20" => Value::Double(1e20),
        "0.1" => Value::Double(0.1),
        "[]" => list(vec![]),
        "[l1]" => ints(&[1, 2, 3]),
        "[l2]" => list(vec![text("b"), text("l"), text("a"), Value::Null]),
        "[l3]" => texts(&["b", "c", "a"]),
        "[l4]" => list(vec![Value::Int(1), text("a")]),
        "A" => Value::array(vec![text("x"), text("l")]),
        "A0" => Value::array(vec![]),
        "{}" => Value::empty_map(),
        "{m1}" => sample_map(),
        "K" => sample_view(ViewKind::Keys),
        "V" => sample_view(ViewKind::Values),
        "E" => sample_view(ViewKind::Entries),
        "e" => match sample_map() {
            Value::Map(map) => object(Object::Entry { map, key: text("l"), seen: text("v") }),
            other => other,
        },
        "it" => object(Object::Iterator { items: vec![1.into(), 2.into(), 3.into()], next: 0.into() }),
        "C" => object(Object::Class("java.lang.String")),
        "CA" => object(Object::Class("[Ljava.lang.String;")),
        "CM" => object(Object::Class("java.util.LinkedHashMap")),
        _ => scalar(name),
    }
}

fn scalar(name: &str) -> Value {
    if let Some(characters) = name.strip_prefix('"') {
        return text(characters);
    }
    if let Some(character) = name.strip_prefix('\'') {
        return object(Object::Char(character.encode_utf16().next().unwrap()));
    }
    if let Some(big) = name.strip_prefix('B') {
        return Value::Big(Rc::new(big.parse().unwrap()));
    }
    match name.strip_suffix('L') {
        Some(long) => Value::Long(long.parse().unwrap()),
        None => Value::Int(name.parse().unwrap()),
    }
}

fn show_all(items: &[Value]) -> String {
    items.iter().map(show).collect::<Vec<_>>().join(", ")
}

fn is_array(value: &Value) -> Option<&Rc<List>> {
    match value {
        Value::List(list) if list.kind == ListKind::Array => Some(list),
        _ => None,
    }
}

/// A result as the recording words it: its class and its text.
fn show(value: &Value) -> String {
    if value.is_null() {
        return "null".to_owned();
    }
    if let Some(array) = is_array(value) {
        return format!("A[{}]", show_all(&array.items()));
    }
    if let Value::Object(object) = value {
        match &**object {
            Object::Iterator { items, next } => return format!("it[{}]", show_all(&items[next.get()..])),
            Object::Bytes(bytes) => {
                let bytes: Vec<String> = bytes.iter().map(|byte| byte.cast_signed().to_string()).collect();
                return format!("bytes[{}]", bytes.join(", "));
            }
            _ => {}
        }
    }
    format!("{} {}", java::class_name(value), java::to_string(value))
}

fn outcome(result: Result<Option<Value>, Thrown>) -> String {
    match result {
        Ok(None) => "none".to_owned(),
        Ok(Some(value)) => show(&value),
        Err(thrown) if thrown.message.is_empty() => format!("! {}: null", thrown.class),
        Err(thrown) => format!("! {}: {}", thrown.class, thrown.message),
    }
}

fn unescape(field: &str) -> String {
    let mut out = String::new();
    let mut rest = field.chars();
    while let Some(next) = rest.next() {
        match next {
            '\\' => out.push(match rest.next() {
                Some('n') => '\n',
                Some('r') => '\r',
                Some('t') => '\t',
                other => other.unwrap(),
            }),
            _ => out.push(next),
        }
    }
    out
}

/// The receiver afterwards, as the recording words it.
fn after(receiver: &Value) -> String {
    match receiver {
        Value::List(list) => java::to_string(&Value::list(list.items().clone())),
        Value::Map(_) => java::to_string(receiver),
        Value::Object(object) if matches!(**object, Object::View(..)) => java::to_string(receiver),
        _ => String::new(),
    }
}

#[test]
fn methods_do_what_java_did() {
    let env = Env::at(0);
    let packed = std::fs::File::open("tests/conformance/java-methods.tsv.gz").unwrap();
    let mut recording = String::new();
    flate2::read::GzDecoder::new(packed).read_to_string(&mut recording).unwrap();
    let mut failures = Vec::new();
    let mut rows = 0;
    for (number, row) in recording.lines().enumerate() {
        let [receiver, name, args, wanted, wanted_after] = row.split('\t').collect::<Vec<_>>()[..] else {
            panic!("row {}: {row}", number + 1);
        };
        rows += 1;
        let this = value(&unescape(receiver));
        let args: Vec<Value> = args.split(' ').filter(|arg| !arg.is_empty()).map(value).collect();
        let method = Method::from_name(name).unwrap();
        let mut found = outcome(invoke(&this, method, &args, &env));
        let wanted = unescape(wanted);
        if wanted == "void" && found == "java.lang.String " {
            found = "void".to_owned();
        }
        if found != wanted || after(&this) != unescape(wanted_after) {
            failures.push(format!("{row}\n    found {found}, then {}", after(&this)));
        }
    }
    assert!(rows > 1000, "only {rows} rows");
    assert!(failures.is_empty(), "{} of {rows} differ:\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn names_and_methods_go_both_ways() {
    for method in Method::ALL {
        assert_eq!(Method::from_name(method.name()), Some(*method));
    }
    assert_eq!(Method::from_name("push"), None);
    assert!(Method::Put.mutates() && Method::AddAll.mutates() && !Method::Get.mutates() && !Method::Contains.mutates());
}

#[test]
fn no_argument_makes_a_method_panic_or_run_away() {
    let env = Env::at(0);
    let names = [
        "\"hello",
        "\"aé😀lß",
        "5",
        "4294967296L",
        "1.5",
        "B-7",
        "true",
        "'l",
        "[l1]",
        "A",
        "{m1}",
        "K",
        "V",
        "E",
        "e",
        "it",
    ];
    let extremes = || {
        let mut all: Vec<Value> = [i32::MIN, -1, 0, 2, 3, i32::MAX].iter().map(|n| Value::Int(*n)).collect();
        all.extend([
            Value::Long(i64::MIN),
            Value::Double(f64::NAN),
            Value::Null,
            text(""),
            text("%1000000s"),
            text("("),
        ]);
        all
    };
    for name in names {
        for method in Method::ALL {
            for first in extremes() {
                let _ = invoke(&value(name), *method, std::slice::from_ref(&first), &env);
                for second in extremes() {
                    let _ = invoke(&value(name), *method, &[first.clone(), second.clone()], &env);
                }
                let this = value(name);
                let _ = invoke(&this, *method, &[first, this.clone()], &env);
                let _ = invoke(&this, *method, std::slice::from_ref(&this), &env);
                let _ = java::to_string(&this);
            }
        }
    }
    // A megabyte that grows a million times over is refused before it is built.
    let long = text(&"a".repeat(1 << 20));
    for (method, args) in [
        (Method::Repeat, vec![Value::Int(i32::MAX)]),
        (Method::Replace, vec![text(""), long.clone()]),
        (Method::ReplaceAll, vec![text("a"), long.clone()]),
    ] {
        let thrown = invoke(&long, method, &args, &env).unwrap_err();
        assert_eq!(thrown.class, "java.lang.OutOfMemoryError", "{}", method.name());
    }
}
