//! Where a value stands in the response.

use std::fmt;

use serde_json::Value as Json;

/// A response path, from the innermost part outwards; lives on the stack while a selection is run.
#[derive(Debug, Clone, Copy)]
pub(super) struct Path<'p> {
    above: Option<&'p Path<'p>>,
    part: Part<'p>,
}

#[derive(Debug, Clone, Copy)]
enum Part<'p> {
    /// A response key: the alias, else the field's name.
    Key(&'p str),
    /// A place in a list.
    Index(usize),
}

impl<'p> Path<'p> {
    /// A field of the response's `data`.
    pub(super) fn root(key: &'p str) -> Self {
        Path { above: None, part: Part::Key(key) }
    }

    /// A field of the object that stands here.
    pub(super) fn key(&'p self, key: &'p str) -> Path<'p> {
        Path { above: Some(self), part: Part::Key(key) }
    }

    /// An item of the list that stands here.
    pub(super) fn index(&'p self, index: usize) -> Path<'p> {
        Path { above: Some(self), part: Part::Index(index) }
    }

    fn parts(&self) -> Vec<Part<'p>> {
        let mut parts = vec![self.part];
        let mut above = self.above;
        while let Some(path) = above {
            parts.push(path.part);
            above = path.above;
        }
        parts.reverse();
        parts
    }

    /// The path as it stands in an error: `["listPosts","items",0,"id"]`.
    pub(super) fn to_json(self) -> Vec<Json> {
        let part = |part: Part<'_>| match part {
            Part::Key(key) => Json::from(key),
            Part::Index(index) => Json::from(index),
        };
        self.parts().into_iter().map(part).collect()
    }
}

/// The path as it stands in a message: `/listPosts/items[0]/id`.
impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.parts().into_iter().try_for_each(|part| match part {
            Part::Key(key) => write!(f, "/{key}"),
            Part::Index(index) => write!(f, "[{index}]"),
        })
    }
}
