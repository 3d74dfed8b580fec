//! References with methods, properties and indices against what Velocity 1.7 on Java 17 rendered.
//!
//! The templates of the recording hold no directives; a small reader here stands for the engine, so that only
//! `value::method` and `value::access` are on trial.

use vtlens::limits::Env;
use vtlens::value::method::{Method, invoke};
use vtlens::value::parse::parse_json;
use vtlens::value::{Map, MapKind, Thrown, Value, access, java};

struct Reader<'a> {
    text: &'a str,
    at: usize,
    variables: &'a Map,
    env: &'a Env,
}

/// Why a template ended early: what Velocity's message must contain.
struct Ended(String);

impl Reader<'_> {
    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn eat(&mut self, token: &str) -> bool {
        let found = self.rest().starts_with(token);
        if found {
            self.at += token.len();
        }
        found
    }

    fn blanks(&mut self) {
        while self.eat(" ") {}
    }

    fn take(&mut self, belongs: impl Fn(char) -> bool) -> String {
        let rest = self.rest();
        let taken = rest[..rest.find(|c| !belongs(c)).unwrap_or(rest.len())].to_owned();
        self.at += taken.len();
        taken
    }

    fn word(&mut self) -> String {
        if self.rest().starts_with(|c: char| c.is_ascii_alphabetic()) {
            self.take(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))
        } else {
            String::new()
        }
    }

    /// Text with references in it: a null one prints its own source, or nothing with `!`.
    fn render(&mut self) -> Result<String, Ended> {
        let mut out = String::new();
        while self.at < self.text.len() {
            if self.rest().starts_with('$') {
                let start = self.at;
                match self.reference()? {
                    Some((Value::Null, true)) => {}
                    None | Some((Value::Null, false)) => out.push_str(&self.text[start..self.at]),
                    Some((value, _)) => java::write_to(&value, &mut out),
                }
            } else {
                out.push_str(&self.take(|c| c != '$'));
            }
        }
        Ok(out)
    }

    /// A reference and whether it is quiet; `None` for a `$` that begins none.
    fn reference(&mut self) -> Result<Option<(Value, bool)>, Ended> {
        self.at += 1;
        let quiet = self.eat("!");
        let braced = self.eat("{");
        let name = self.word();
        if name.is_empty() {
            return Ok(None);
        }
        let mut value = self.variables.get_str(&name).unwrap_or_default();
        loop {
            let back = self.at;
            if self.eat(".") {
                let name = self.word();
                if name.is_empty() {
                    self.at = back;
                    break;
                }
                value = if self.eat("(") { self.call(&value, &name)? } else { self.property(&value, &name)? };
            } else if self.eat("[") {
                self.blanks();
                let index = self.argument()?;
                self.blanks();
                self.eat("]");
                value = access::index(&value, &index).map_err(|thrown| {
                    if thrown.class.ends_with("VelocityException") {
                        return Ended(thrown.message);
                    }
                    let (argument, class) = (java::class_name(&index), java::class_name(&value));
                    Ended(format!("Error invoking method 'get({argument})' in {class} at"))
                })?;
            } else {
                break;
            }
        }
        if braced {
            self.eat("}");
        }
        Ok(Some((value, quiet)))
    }

    fn property(&mut self, value: &Value, name: &str) -> Result<Value, Ended> {
        access::property(value, name).map_err(|thrown| Ended(thrown.message))
    }

    fn call(&mut self, receiver: &Value, name: &str) -> Result<Value, Ended> {
        let mut args = Vec::new();
        self.blanks();
        while !self.eat(")") {
            args.push(self.argument()?);
            self.blanks();
            self.eat(",");
            self.blanks();
        }
        let Some(method) = Method::from_name(name) else {
            return Ok(Value::Null);
        };
        let found = invoke(receiver, method, &args, self.env);
        found.map(Option::unwrap_or_default).map_err(|Thrown { class, message }| {
            let message = if message.is_empty() { String::new() } else { format!(": {message}") };
            let of = java::class_name(receiver);
            Ended(format!("Invocation of method '{name}' in  class {of} threw exception {class}{message} at"))
        })
    }

    fn argument(&mut self) -> Result<Value, Ended> {
        Ok(match self.rest().chars().next().unwrap() {
            '$' => self.reference()?.map(|(value, _)| value).unwrap_or_default(),
            '\'' => {
                self.at += 1;
                let text = self.take(|c| c != '\'');
                self.at += 1;
                Value::from(text)
            }
            '"' => {
                self.at += 1;
                let text = self.take(|c| c != '"');
                self.at += 1;
                let mut inner = Reader { text: &text, at: 0, variables: self.variables, env: self.env };
                Value::from(inner.render()?)
            }
            '[' => {
                self.at += 1;
                let mut items = Vec::new();
                while !self.eat("]") {
                    items.push(self.argument()?);
                    self.blanks();
                    self.eat(",");
                    self.blanks();
                }
                Value::list(items)
            }
            '{' => {
                self.at += 1;
                let map = Map::of(MapKind::LinkedHashMap, Default::default());
                while !self.eat("}") {
                    let key = self.argument()?;
                    self.blanks();
                    self.eat(":");
                    self.blanks();
                    map.put(key, self.argument()?);
                    self.blanks();
                    self.eat(",");
                    self.blanks();
                }
                Value::Map(map)
            }
            first if first.is_ascii_digit() || first == '-' => {
                let number = self.take(|c| c.is_ascii_digit() || matches!(c, '-' | '.'));
                java::integer(&number).unwrap_or_else(|| Value::Double(number.parse().unwrap()))
            }
            _ => match self.word().as_str() {
                "true" => Value::Bool(true),
                "false" => Value::Bool(false),
                "" => panic!("an argument at {:?} of {:?}", self.rest(), self.text),
                _ => Value::Null,
            },
        })
    }
}

#[test]
fn expressions_render_as_velocity_rendered_them() {
    let env = Env::at(0);
    let mut failures = Vec::new();
    let mut count = 0;
    for line in include_str!("conformance/java-expressions.jsonl").lines() {
        count += 1;
        let case = parse_json(line).unwrap();
        let field = |name: &str| access::property(&case, name).unwrap();
        let template = java::to_string(&field("template"));
        let (Value::Map(variables), Value::Map(expect)) = (field("vars"), field("expect")) else {
            panic!("{line}");
        };
        let rendered = Reader { text: &template, at: 0, variables: &variables, env: &env }.render();
        let wanted = |name: &str| expect.get_str(name).map(|text| java::to_string(&text));
        match (rendered, wanted("out"), wanted("error")) {
            (Ok(found), Some(wanted), _) if found == wanted => {}
            (Err(Ended(found)), _, Some(wanted)) if wanted.starts_with(&found) => {}
            (Ok(found) | Err(Ended(found)), out, error) => {
                failures.push(format!("{template}: {} but {found}", out.or(error).unwrap_or_default()));
            }
        }
    }
    assert!(count > 500, "only {count} cases");
    assert!(failures.is_empty(), "{} of {count} differ:\n{}", failures.len(), failures.join("\n"));
}
