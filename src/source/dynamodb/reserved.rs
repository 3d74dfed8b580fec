//! The words that an expression may not use as bare names, from DynamoDB's developer guide ("Reserved words").

/// In alphabetical order, one a line.
const WORDS: &str = include_str!("reserved.txt");

/// Whether a bare name is a reserved word, in any case.
pub fn is_reserved(name: &str) -> bool {
    let upper = name.to_ascii_uppercase();
    WORDS.lines().any(|word| word == upper)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_guides_words_in_any_case_and_no_others() {
        assert_eq!(WORDS.lines().count(), 573);
        assert!(WORDS.lines().is_sorted(), "in order, so that a missing one is seen");
        for (name, reserved) in [("name", true), ("Status", true), ("OWNER", true), ("title", false), ("ids", false)] {
            assert_eq!(is_reserved(name), reserved, "{name}");
        }
    }
}
