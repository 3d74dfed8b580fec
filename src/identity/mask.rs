//! Secrets as output may show them: an ellipsis and the last six characters.

/// A secret as it may be shown: `…f3Kx9Q`. A secret of fewer than twelve characters shows none of them.
/// One that AppSync masked already (`****f3Kx9Q`) shows what AppSync shows.
pub fn mask(secret: &str) -> String {
    if let Some(tail) = masked_tail(secret).filter(|tail| tail.chars().count() <= 6) {
        return format!("…{tail}");
    }
    let count = secret.chars().count();
    if count < 12 {
        return "…".to_owned();
    }
    let tail: String = secret.chars().skip(count - 6).collect();
    format!("…{tail}")
}

/// The last characters of a value that AppSync masked in its log: `****` stands before them.
pub fn masked_tail(value: &str) -> Option<&str> {
    value.trim().strip_prefix("****").map(|tail| tail.trim_start_matches('*'))
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
        assert_eq!(mask("****mgidri"), "…mgidri");
        assert_eq!(mask("****not-masked-at-all"), "…at-all");
    }
}
