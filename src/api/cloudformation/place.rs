//! Where in a JSON text a value stands: serde_json gives values no places, so errors walk the text again.

/// One step of a path into a JSON value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::api) enum Step<'a> {
    /// A member of an object.
    Key(&'a str),
    /// An element of an array.
    Index(usize),
}

/// Where evaluation stands: a stack and a path in its template, linked from the inside out. `depth` counts every step
/// taken so far, across references too, and so bounds templates that refer to themselves.
#[derive(Clone, Copy)]
pub(in crate::api) struct At<'a> {
    pub(in crate::api) stack: usize,
    pub(in crate::api) depth: u32,
    link: Option<(&'a At<'a>, Step<'a>)>,
}

impl<'a> At<'a> {
    /// The top of a stack's template.
    pub(in crate::api) fn top(stack: usize) -> At<'static> {
        At { stack, depth: 0, link: None }
    }

    /// The top of a stack's template, reached by a reference from here.
    pub(in crate::api) fn jump(&self, stack: usize) -> At<'static> {
        At { stack, depth: self.depth + 1, link: None }
    }

    /// A member of the object here.
    pub(in crate::api) fn key(&'a self, key: &'a str) -> At<'a> {
        At { stack: self.stack, depth: self.depth + 1, link: Some((self, Step::Key(key))) }
    }

    /// An element of the array here.
    pub(in crate::api) fn index(&'a self, index: usize) -> At<'a> {
        At { stack: self.stack, depth: self.depth + 1, link: Some((self, Step::Index(index))) }
    }

    /// The path from the top.
    pub(in crate::api) fn path(&self) -> Vec<Step<'a>> {
        let mut path = Vec::new();
        let mut link = self.link;
        while let Some((parent, step)) = link {
            path.push(step);
            link = parent.link;
        }
        path.reverse();
        path
    }

    /// The logical id of the resource (or the name of the output, condition …) that the path goes through.
    pub(in crate::api) fn logical_id(&self) -> Option<&'a str> {
        match self.path().get(1) {
            Some(Step::Key(id)) => Some(id),
            _ => None,
        }
    }
}

/// The byte offset of the last key of a path, or of the element when it ends in an index; `None` when the text has no
/// such value.
pub(in crate::api) fn key_offset(text: &str, path: &[Step<'_>]) -> Option<usize> {
    let mut scan = Scan { bytes: text.as_bytes(), at: 0 };
    let mut offset = 0;
    for step in path {
        offset = match step {
            Step::Key(key) => scan.enter_member(text, key)?,
            Step::Index(index) => scan.enter_element(*index)?,
        };
    }
    Some(offset)
}

struct Scan<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Scan<'_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn space(&mut self) {
        while self.peek().is_some_and(|b| b.is_ascii_whitespace()) {
            self.at += 1;
        }
    }

    fn eat(&mut self, byte: u8) -> Option<()> {
        self.space();
        (self.peek() == Some(byte)).then(|| self.at += 1)
    }

    /// Past a string; returns its raw text.
    fn string(&mut self) -> Option<(usize, usize)> {
        self.eat(b'"')?;
        let start = self.at;
        loop {
            match self.peek()? {
                b'"' => break,
                b'\\' => self.at += 2,
                _ => self.at += 1,
            }
        }
        self.at += 1;
        Some((start, self.at - 1))
    }

    /// Past a value of any kind, without recursion.
    fn skip(&mut self) -> Option<()> {
        let mut open = 0usize;
        loop {
            self.space();
            match self.peek()? {
                b'"' => {
                    self.string()?;
                }
                b'{' | b'[' => {
                    open += 1;
                    self.at += 1;
                }
                b'}' | b']' => {
                    open = open.checked_sub(1)?;
                    self.at += 1;
                }
                b',' | b':' => self.at += 1,
                _ => {
                    while self.peek().is_some_and(|b| !matches!(b, b',' | b'}' | b']') && !b.is_ascii_whitespace()) {
                        self.at += 1;
                    }
                }
            }
            if open == 0 {
                return Some(());
            }
        }
    }

    /// To the value of a member; returns the offset of its key.
    fn enter_member(&mut self, text: &str, key: &str) -> Option<usize> {
        self.eat(b'{')?;
        loop {
            self.space();
            let offset = self.at;
            let (start, end) = self.string()?;
            self.eat(b':')?;
            // Keys of templates (logical ids, property names, functions) hold no escapes.
            if text.get(start..end) == Some(key) {
                return Some(offset);
            }
            self.skip()?;
            self.eat(b',')?;
        }
    }

    /// To an element; returns its offset.
    fn enter_element(&mut self, index: usize) -> Option<usize> {
        self.eat(b'[')?;
        for _ in 0..index {
            self.skip()?;
            self.eat(b',')?;
        }
        self.space();
        Some(self.at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_lead_to_their_key_or_element() {
        let text = r#"{ "a": {"x": "}\"]", "Fn::Bogus": 1}, "b": [ [1, {"c": 2}], true, {"Fn::Bogus" : [ 7 ]} ] }"#;
        for (path, found) in [
            (vec![Step::Key("a"), Step::Key("Fn::Bogus")], "\"Fn::Bogus\": 1"),
            (vec![Step::Key("b"), Step::Index(2), Step::Key("Fn::Bogus")], "\"Fn::Bogus\" :"),
            (vec![Step::Key("b"), Step::Index(1)], "true"),
        ] {
            assert!(text[key_offset(text, &path).unwrap()..].starts_with(found), "{path:?}");
        }
        assert_eq!(key_offset(text, &[Step::Key("a"), Step::Key("nope")]), None);
        assert_eq!(key_offset("{\"a\": \"", &[Step::Key("b")]), None);
    }
}
