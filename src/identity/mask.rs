//! Secrets as output may show them: an ellipsis and the last six characters.

/// A secret as it may be shown: `…f3Kx9Q`. A secret of fewer than twelve characters shows none of them.
pub fn mask(secret: &str) -> String {
    let count = secret.chars().count();
    if count < 12 {
        return "…".to_owned();
    }
    let tail: String = secret.chars().skip(count - 6).collect();
    format!("…{tail}")
}

#[cfg(test)]
mod tests {
    use super::mask;

    #[test]
    fn six_characters_and_no_more() {
        assert_eq!(mask("da2-abcdefghijklmnopqrstuvwxyz"), "…uvwxyz");
        assert_eq!(mask("short-one"), "…");
        assert_eq!(mask("ключ-очень-длинный"), "…линный");
        assert_eq!(mask(""), "…");
    }
}
