//! The other forms a secret may come out in: what clients, proxies and templates make of it.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use serde_json::Value as Json;

/// The forms of a secret that differ from itself.
pub(super) fn of(secret: &str) -> Vec<String> {
    let mut forms = vec![percent_encoded(secret)];
    let quoted = Json::from(secret).to_string();
    let quoted_again = Json::from(quoted.trim_matches('"')).to_string();
    forms.extend([quoted, quoted_again].map(|text| text.trim_matches('"').to_owned()));
    forms.push(secret.replace('/', "\\/"));
    // Markdown.
    forms.push(secret.replace('_', "\\_"));
    forms.retain(|form| form != secret);
    forms.extend(in_base64(secret.as_bytes()));
    forms
}

fn percent_encoded(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if plain(byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// What base64 makes of the bytes wherever they stand in what is encoded: three texts, as three bytes are four
/// characters, each without the characters that hang on the neighbours.
fn in_base64(secret: &[u8]) -> Vec<String> {
    let mut forms = Vec::new();
    for before in 0..3_usize {
        let mut bytes = vec![0; before];
        bytes.extend_from_slice(secret);
        let skip = (before * 8).div_ceil(6);
        for engine in [STANDARD_NO_PAD, URL_SAFE_NO_PAD] {
            let text = engine.encode(&bytes);
            let end = text.len() - usize::from(bytes.len() % 3 != 0);
            forms.extend(text.get(skip..end).map(str::to_owned));
        }
    }
    forms.dedup();
    forms
}
