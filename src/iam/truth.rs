//! Yes, no, or "that hangs on something nobody gave".

/// A truth that missing facts may leave open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Truth {
    Yes,
    No,
    /// It hangs on these condition keys.
    Unknown(Vec<String>),
}

impl Truth {
    pub fn of(holds: bool) -> Truth {
        if holds { Truth::Yes } else { Truth::No }
    }

    pub fn unknown(key: &str) -> Truth {
        Truth::Unknown(vec![key.to_owned()])
    }

    pub fn and(self, other: Truth) -> Truth {
        match (self, other) {
            (Truth::No, _) | (_, Truth::No) => Truth::No,
            (Truth::Yes, other) | (other, Truth::Yes) => other,
            (Truth::Unknown(one), Truth::Unknown(more)) => Truth::Unknown(union(one, more)),
        }
    }

    pub fn or(self, other: Truth) -> Truth {
        match (self, other) {
            (Truth::Yes, _) | (_, Truth::Yes) => Truth::Yes,
            (Truth::No, other) | (other, Truth::No) => other,
            (Truth::Unknown(one), Truth::Unknown(more)) => Truth::Unknown(union(one, more)),
        }
    }

    pub fn negated(self) -> Truth {
        match self {
            Truth::Yes => Truth::No,
            Truth::No => Truth::Yes,
            unknown @ Truth::Unknown(_) => unknown,
        }
    }

    pub fn any(truths: impl IntoIterator<Item = Truth>) -> Truth {
        truths.into_iter().fold(Truth::No, Truth::or)
    }

    pub fn all(truths: impl IntoIterator<Item = Truth>) -> Truth {
        truths.into_iter().fold(Truth::Yes, Truth::and)
    }
}

fn union(mut one: Vec<String>, more: Vec<String>) -> Vec<String> {
    for key in more {
        if !one.contains(&key) {
            one.push(key);
        }
    }
    one
}
