//! The names in `\p{…}`: POSIX classes (ASCII in Java), general categories, scripts, binary properties, Java's own,
//! and the commoner blocks.

use fancy_regex::Regex;

/// The members of a class for a name, to stand between `[` and `]`.
///
/// # Errors
///
/// Java's description of what is wrong with the name.
pub(super) fn members(name: &str, ignore_case: bool, unicode: bool) -> Result<String, String> {
    let unknown = || format!("Unknown character property name {{{name}}}");
    if let Some((key, value)) = name.split_once('=') {
        let key = key.to_ascii_lowercase();
        let found = match key.as_str() {
            "sc" | "script" => script(value),
            "blk" | "block" => block(value),
            "gc" | "general_category" => category(value, ignore_case),
            _ => None,
        };
        return found.ok_or_else(|| format!("Unknown Unicode property {{name=<{key}>, value=<{value}>}}"));
    }
    if let Some(block_name) = name.strip_prefix("In") {
        return block(block_name).ok_or_else(unknown);
    }
    if let Some(rest) = name.strip_prefix("Is") {
        return binary(rest, ignore_case)
            .or_else(|| category(rest, ignore_case))
            .or_else(|| script(rest))
            .ok_or_else(unknown);
    }
    let found = if unicode { unicode_posix(name) } else { None };
    found.or_else(|| posix(name, ignore_case)).or_else(|| category(name, ignore_case)).ok_or_else(unknown)
}

/// Without `(?U)`: ASCII; and `java.lang.Character`'s methods.
fn posix(name: &str, ignore_case: bool) -> Option<String> {
    Some(
        match name {
            "Lower" | "Upper" if ignore_case => "a-zA-Z",
            "Lower" => "a-z",
            "Upper" => "A-Z",
            "ASCII" => "\\x{0}-\\x{7f}",
            "Alpha" => "a-zA-Z",
            "Digit" => "0-9",
            "Alnum" => "a-zA-Z0-9",
            "Punct" => "\\x{21}-\\x{2f}\\x{3a}-\\x{40}\\x{5b}-\\x{60}\\x{7b}-\\x{7e}",
            "Graph" => "\\x{21}-\\x{7e}",
            "Print" => "\\x{20}-\\x{7e}",
            "Blank" => " \\t",
            "Cntrl" => "\\x{0}-\\x{1f}\\x{7f}",
            "XDigit" => "0-9a-fA-F",
            "Space" => " \\t\\n\\x{b}\\x{c}\\r",
            "javaLowerCase" | "javaUpperCase" | "javaTitleCase" if ignore_case => "\\p{Lowercase}\\p{Uppercase}\\p{Lt}",
            "javaLowerCase" => "\\p{Lowercase}",
            "javaUpperCase" => "\\p{Uppercase}",
            "javaTitleCase" => "\\p{Lt}",
            "javaAlphabetic" => "\\p{Alphabetic}",
            "javaDigit" => "\\p{Nd}",
            "javaLetter" => "\\p{L}",
            "javaLetterOrDigit" => "\\p{L}\\p{Nd}",
            "javaISOControl" => "\\x{0}-\\x{1f}\\x{7f}-\\x{9f}",
            "javaSpaceChar" => "\\p{Z}",
            "javaWhitespace" => "\\t-\\r\\x{1c}-\\x{1f}[\\p{Z}&&[^\\x{a0}\\x{2007}\\x{202f}]]",
            _ => return None,
        }
        .to_owned(),
    )
}

/// With `(?U)` the POSIX classes are Unicode's.
fn unicode_posix(name: &str) -> Option<String> {
    Some(
        match name {
            "Lower" => "\\p{Lowercase}",
            "Upper" => "\\p{Uppercase}",
            "Alpha" => "\\p{Alphabetic}",
            "Digit" => "\\p{Nd}",
            "Alnum" => "\\p{Alphabetic}\\p{Nd}",
            "Punct" => "\\p{P}",
            "Space" => "\\p{White_Space}",
            "Cntrl" => "\\p{Cc}",
            "XDigit" => "\\p{Nd}\\p{Hex_Digit}",
            _ => return None,
        }
        .to_owned(),
    )
}

fn category(name: &str, ignore_case: bool) -> Option<String> {
    const NAMES: &[&str] = &[
        "Cn", "Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Me", "Mc", "Nd", "Nl", "No", "Zs", "Zl", "Zp", "Cc", "Cf", "Co",
        "Pd", "Ps", "Pe", "Pc", "Po", "Sm", "Sc", "Sk", "So", "Pi", "Pf", "L", "M", "N", "Z", "C", "P", "S",
    ];
    Some(match name {
        "Lu" | "Ll" | "Lt" if ignore_case => "\\p{Lu}\\p{Ll}\\p{Lt}".to_owned(),
        "LC" => "\\p{Lu}\\p{Ll}\\p{Lt}".to_owned(),
        "LD" => "\\p{L}\\p{Nd}".to_owned(),
        "L1" => "\\x{0}-\\x{ff}".to_owned(),
        "all" => "\\x{0}-\\x{10ffff}".to_owned(),
        // Surrogates are in no text of ours.
        "Cs" => "a&&b".to_owned(),
        _ if NAMES.contains(&name) => format!("\\p{{{name}}}"),
        _ => return None,
    })
}

/// The binary properties behind `Is`, in any case.
fn binary(name: &str, ignore_case: bool) -> Option<String> {
    Some(
        match name.to_ascii_uppercase().as_str() {
            "LOWERCASE" | "UPPERCASE" | "TITLECASE" if ignore_case => "\\p{Lowercase}\\p{Uppercase}\\p{Lt}",
            "ALPHABETIC" => "\\p{Alphabetic}",
            "LETTER" => "\\p{L}",
            "IDEOGRAPHIC" => "\\p{Ideographic}",
            "LOWERCASE" => "\\p{Lowercase}",
            "UPPERCASE" => "\\p{Uppercase}",
            "TITLECASE" => "\\p{Lt}",
            "WHITE_SPACE" | "WHITESPACE" => "\\p{White_Space}",
            "CONTROL" => "\\p{Cc}",
            "PUNCTUATION" => "\\p{P}",
            "HEX_DIGIT" | "HEXDIGIT" => "\\p{Nd}\\p{Hex_Digit}",
            "ASSIGNED" => "\\P{Cn}",
            "NONCHARACTER_CODE_POINT" | "NONCHARACTERCODEPOINT" => "\\p{Noncharacter_Code_Point}",
            "DIGIT" => "\\p{Nd}",
            "ALNUM" => "\\p{Alphabetic}\\p{Nd}",
            "JOIN_CONTROL" | "JOINCONTROL" => "\\p{Join_Control}",
            _ => return None,
        }
        .to_owned(),
    )
}

fn script(name: &str) -> Option<String> {
    let plain = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    let members = format!("\\p{{sc={name}}}");
    (plain && Regex::new(&format!("[{members}]")).is_ok()).then_some(members)
}

/// The commoner blocks; the other engine knows none.
fn block(name: &str) -> Option<String> {
    let plain: String = name.chars().filter(|c| !matches!(c, ' ' | '_' | '-')).collect();
    Some(
        match plain.to_ascii_uppercase().as_str() {
            "BASICLATIN" => "\\x{0}-\\x{7f}",
            "LATIN1SUPPLEMENT" => "\\x{80}-\\x{ff}",
            "LATINEXTENDEDA" => "\\x{100}-\\x{17f}",
            "COMBININGDIACRITICALMARKS" => "\\x{300}-\\x{36f}",
            "GREEK" | "GREEKANDCOPTIC" => "\\x{370}-\\x{3ff}",
            "CYRILLIC" => "\\x{400}-\\x{4ff}",
            "HEBREW" => "\\x{590}-\\x{5ff}",
            "ARABIC" => "\\x{600}-\\x{6ff}",
            "THAI" => "\\x{e00}-\\x{e7f}",
            "GENERALPUNCTUATION" => "\\x{2000}-\\x{206f}",
            "HIRAGANA" => "\\x{3040}-\\x{309f}",
            "KATAKANA" => "\\x{30a0}-\\x{30ff}",
            "CJKUNIFIEDIDEOGRAPHS" => "\\x{4e00}-\\x{9fff}",
            "HANGULSYLLABLES" => "\\x{ac00}-\\x{d7af}",
            "EMOTICONS" => "\\x{1f600}-\\x{1f64f}",
            _ => return None,
        }
        .to_owned(),
    )
}
