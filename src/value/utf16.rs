//! Text by UTF-16 code units, as `java.lang.String` counts it. ASCII, the usual case, goes without conversion.
//!
//! A cut through a surrogate pair leaves U+FFFD on either side where Java would keep half a pair.

/// `length()`
pub(super) fn length(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.chars().map(char::len_utf16).sum() }
}

/// The byte where a code unit begins, and whether the unit is the second half of a pair (then the byte is the
/// pair's own). `None` beyond the end.
fn byte_of(text: &str, unit: usize) -> Option<(usize, bool)> {
    if text.is_ascii() {
        return (unit <= text.len()).then_some((unit, false));
    }
    let mut at = 0;
    for (byte, character) in text.char_indices() {
        if at == unit {
            return Some((byte, false));
        }
        at += character.len_utf16();
        if at > unit {
            return Some((byte, true));
        }
    }
    (at == unit).then_some((text.len(), false))
}

/// The code unit at an index.
pub(super) fn unit_at(text: &str, index: usize) -> Option<u16> {
    if text.is_ascii() {
        return text.as_bytes().get(index).map(|byte| u16::from(*byte));
    }
    text.encode_utf16().nth(index)
}

/// The code point that begins at an index: a lone surrogate when the index is inside a pair.
pub(super) fn code_point_at(text: &str, index: usize) -> Option<u32> {
    let (byte, inside) = byte_of(text, index)?;
    if inside {
        return unit_at(text, index).map(u32::from);
    }
    text.get(byte..)?.chars().next().map(u32::from)
}

/// The code point that ends before an index; `None` out of range.
pub(super) fn code_point_before(text: &str, index: usize) -> Option<u32> {
    let (byte, inside) = byte_of(text, index)?;
    if inside {
        return unit_at(text, index.checked_sub(1)?).map(u32::from);
    }
    text.get(..byte)?.chars().next_back().map(u32::from)
}

/// How many code points there are between two indices, half pairs counted; `None` out of range.
pub(super) fn code_point_count(text: &str, begin: usize, end: usize) -> Option<usize> {
    if begin > end || end > length(text) {
        return None;
    }
    let units = text.encode_utf16().skip(begin).take(end - begin);
    Some(char::decode_utf16(units).count())
}

/// `substring(begin, end)`; `None` out of range.
pub(super) fn slice(text: &str, begin: usize, end: usize) -> Option<String> {
    let (first, first_inside) = byte_of(text, begin)?;
    let (last, last_inside) = byte_of(text, end)?;
    if !first_inside && !last_inside {
        return text.get(first..last).map(str::to_owned);
    }
    let units: Vec<u16> = text.encode_utf16().skip(begin).take(end.checked_sub(begin)?).collect();
    Some(String::from_utf16_lossy(&units))
}

/// The index of the code unit where a byte's character begins.
pub(super) fn index_of_byte(text: &str, byte: usize) -> usize {
    text.get(..byte).map_or(0, length)
}

/// The text from a code unit on, with its first byte; the next whole character when the unit is inside a pair.
pub(super) fn tail(text: &str, from: usize) -> Option<(usize, &str)> {
    let (mut byte, inside) = byte_of(text, from)?;
    if inside {
        byte += text.get(byte..)?.chars().next()?.len_utf8();
    }
    Some((byte, text.get(byte..)?))
}

/// `indexOf(part, from)`: -1 when absent.
pub(super) fn index_of(text: &str, part: &str, from: usize) -> i32 {
    let all = length(text);
    if from >= all {
        return if part.is_empty() { i32::try_from(all).unwrap_or(i32::MAX) } else { -1 };
    }
    let found = tail(text, from).and_then(|(skipped, rest)| rest.find(part).map(|at| skipped + at));
    found.map_or(-1, |byte| i32::try_from(index_of_byte(text, byte)).unwrap_or(i32::MAX))
}

/// `lastIndexOf(part, from)`: the last place that begins at `from` or before, -1 when absent.
pub(super) fn last_index_of(text: &str, part: &str, from: usize) -> i32 {
    let limit = match byte_of(text, from) {
        Some((byte, _)) => text.len().min(byte.saturating_add(part.len())),
        None => text.len(),
    };
    // A limit inside a character cannot end a match: step back to where one can.
    let limit = (0..=limit).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    let found = text.get(..limit).and_then(|head| head.rfind(part));
    found.map_or(-1, |byte| i32::try_from(index_of_byte(text, byte)).unwrap_or(i32::MAX))
}

/// `startsWith(prefix, from)`
pub(super) fn starts_with_at(text: &str, prefix: &str, from: i32) -> bool {
    let Ok(from) = usize::try_from(from) else {
        return false;
    };
    match byte_of(text, from) {
        Some((byte, false)) => text.get(byte..).is_some_and(|rest| rest.starts_with(prefix)),
        _ => false,
    }
}

/// `regionMatches`
pub(super) fn region_matches(text: &str, at: i32, other: &str, from: i32, count: i32, ignore_case: bool) -> bool {
    let (Ok(at), Ok(from)) = (usize::try_from(at), usize::try_from(from)) else {
        return false;
    };
    // A count below zero compares nothing, once both places exist.
    let count = usize::try_from(count).unwrap_or(0);
    if at + count > length(text) || from + count > length(other) {
        return false;
    }
    let ours = text.encode_utf16().skip(at).take(count);
    let theirs = other.encode_utf16().skip(from).take(count);
    ours.zip(theirs).all(|(a, b)| a == b || (ignore_case && fold(a) == fold(b)))
}

/// `equalsIgnoreCase`
pub(super) fn equals_ignoring_case(a: &str, b: &str) -> bool {
    a.eq_ignore_ascii_case(b)
        || (length(a) == length(b) && a.encode_utf16().zip(b.encode_utf16()).all(|(a, b)| fold(a) == fold(b)))
}

/// `compareTo`: the difference of the first code units that differ, else of the lengths.
pub(super) fn compare(a: &str, b: &str) -> i32 {
    compare_units(a, b, |unit| unit)
}

/// `compareToIgnoreCase`
pub(super) fn compare_ignoring_case(a: &str, b: &str) -> i32 {
    compare_units(a, b, fold)
}

fn compare_units(a: &str, b: &str, fold: impl Fn(u16) -> u16) -> i32 {
    let mut units = a.encode_utf16().zip(b.encode_utf16());
    if let Some((a, b)) = units.find_map(|(a, b)| Some((fold(a), fold(b))).filter(|(a, b)| a != b)) {
        return i32::from(a) - i32::from(b);
    }
    let lengths = (i32::try_from(length(a)), i32::try_from(length(b)));
    lengths.0.unwrap_or(i32::MAX) - lengths.1.unwrap_or(i32::MAX)
}

/// Java folds case by code unit: to upper, then to lower.
fn fold(unit: u16) -> u16 {
    let Some(character) = char::from_u32(u32::from(unit)) else {
        return unit;
    };
    u16::try_from(u32::from(simple_lower(simple_upper(character)))).unwrap_or(unit)
}

/// `replace(char, char)`
pub(super) fn replace_unit(text: &str, from: u16, to: u16) -> String {
    let units: Vec<u16> = text.encode_utf16().map(|unit| if unit == from { to } else { unit }).collect();
    String::from_utf16_lossy(&units)
}

/// `lines()`: without their terminators, and without an empty one at the end.
pub(super) fn lines(text: &str) -> Vec<&str> {
    let mut rest = text;
    let mut lines = Vec::new();
    while !rest.is_empty() {
        let end = rest.find(['\n', '\r']).unwrap_or(rest.len());
        let (line, tail) = rest.split_at_checked(end).unwrap_or((rest, ""));
        lines.push(line);
        let tail = tail.strip_prefix("\r\n").or_else(|| tail.strip_prefix(['\n', '\r']));
        rest = tail.unwrap_or("");
    }
    lines
}

/// `indent(count)`: each line gets blanks (1024 at most) or loses them, and ends in a line feed.
pub(super) fn indent(text: &str, count: i32) -> String {
    let blanks = usize::try_from(count).unwrap_or(0).min(1 << 10);
    let fewer = usize::try_from(count.unsigned_abs()).unwrap_or(0);
    let mut out = String::new();
    for line in lines(text) {
        let mut line = line;
        if count < 0 {
            let white = line.char_indices().take_while(|(_, c)| is_whitespace(*c)).take(fewer).last();
            let cut = white.map_or(0, |(at, c)| at + c.len_utf8());
            line = line.get(cut..).unwrap_or("");
        }
        out.extend(std::iter::repeat_n(' ', blanks));
        out.push_str(line);
        out.push('\n');
    }
    out
}

/// `Character.toUpperCase(char)`: only one-to-one mappings.
pub(super) fn simple_upper(character: char) -> char {
    let mut mapped = character.to_uppercase();
    match (mapped.next(), mapped.next()) {
        (Some(one), None) => one,
        _ => character,
    }
}

/// `Character.toLowerCase(char)`: only one-to-one mappings.
pub(super) fn simple_lower(character: char) -> char {
    let mut mapped = character.to_lowercase();
    match (mapped.next(), mapped.next()) {
        (Some(one), None) => one,
        _ => character,
    }
}

/// `Character.isWhitespace`: Unicode separators but the non-breaking ones, and the control spaces.
pub(super) fn is_whitespace(character: char) -> bool {
    match character {
        '\t'..='\r' | '\u{1c}'..='\u{1f}' => true,
        '\u{a0}' | '\u{2007}' | '\u{202f}' | '\u{85}' => false,
        _ => character.is_whitespace(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indices_count_code_units_not_characters() {
        let text = "a😀é";
        assert_eq!(length(text), 4);
        assert_eq!(unit_at(text, 1), Some(0xd83d));
        assert_eq!(code_point_at(text, 1), Some(0x1f600));
        assert_eq!(code_point_at(text, 2), Some(0xde00));
        assert_eq!(slice(text, 1, 3).as_deref(), Some("😀"));
        assert_eq!(slice(text, 3, 4).as_deref(), Some("é"));
        assert_eq!(slice(text, 2, 4).as_deref(), Some("\u{fffd}é"));
        assert_eq!(slice(text, 2, 9), None);
        assert_eq!(index_of_byte(text, 5), 3);
    }
}
