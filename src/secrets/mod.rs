//! Credentials, kept out of whatever is printed.
//!
//! Whoever reads something that may hold credentials lets a [`Secrets`] learn from it: headers by their names, texts of
//! any form (HAR, curl, JSON, logs, cut-off files) by what credentials look like and by what stands in front of them.
//! Whoever prints lets it mask. Twelve characters in a row are the measure: as many of a secret are never shown, neither
//! as they were read nor in base64, percent-encoded or as JSON writes them; its last six may be, behind an ellipsis.
//!
//! Knows texts and the names of headers; nothing of requests, reports or formats.

mod find;
mod forms;
mod parts;
mod windows;

use std::borrow::Cow;

use serde_json::{Map, Value as Json};

use windows::Windows;

/// The credentials in a text that cannot be mistaken for anything else, as they stand there.
pub fn of_form(text: &str) -> Vec<String> {
    let mut all = Vec::new();
    find::formed(text, &mut |found| {
        let (find::Found::Secret(secret)
        | find::Found::Credential(secret)
        | find::Found::Cookies(secret)
        | find::Found::Encoded(secret, _)) = found;
        all.push(secret.to_owned());
    });
    all
}

/// The credentials that are known so far.
#[derive(Debug, Default)]
pub struct Secrets {
    windows: Windows,
}

impl Secrets {
    /// Nothing is known.
    pub fn new() -> Secrets {
        Secrets::default()
    }

    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        self.windows.is_empty()
    }

    /// Learns the credentials of a text: those with a name in front of them, and those of an unmistakable form.
    ///
    /// ```
    /// let mut secrets = vtlens::secrets::Secrets::new();
    /// secrets.learn("curl https://x.example/graphql -H 'x-api-key: da2-abcdefghijklmnopqrstuvwxyz'");
    /// assert_eq!(secrets.mask("sent da2-abcdefghijklmnopqrstuvwxyz"), "sent …uvwxyz");
    /// ```
    pub fn learn(&mut self, text: &str) {
        find::named(text, &mut |name, value| self.learn_header(name, value));
        self.learn_forms(text);
    }

    /// Learns the credentials of a text that cannot be mistaken for anything else, whatever stands around them: tokens,
    /// API keys, signatures, credentials in URLs and command lines.
    pub fn learn_forms(&mut self, text: &str) {
        find::formed(text, &mut |found| match found {
            find::Found::Secret(secret) => self.add(secret),
            find::Found::Credential(value) => self.learn_header("authorization", value),
            find::Found::Cookies(value) => self.learn_header("cookie", value),
            find::Found::Encoded(text, within) => {
                self.add(text);
                self.learn(&within);
            }
        });
    }

    /// Learns the beginnings of tokens, as a message quotes them. Elsewhere they may be anything in base64, such as the
    /// `nextToken` of a list.
    pub fn learn_beginnings(&mut self, text: &str) {
        find::beginnings(text, &mut |token| self.windows.add(token, false));
    }

    /// Learns a header, if it is one that carries credentials. `Bearer` and other schemes are not part of the secret.
    pub fn learn_header(&mut self, name: &str, value: &str) {
        if find::is_credential(name) {
            parts::of(name, value, &mut |secret| self.add(secret));
        }
        self.learn_forms(value);
    }

    /// Learns a text that is a secret as a whole. One of fewer than twelve characters is no use: it would be found
    /// everywhere.
    pub fn add(&mut self, secret: &str) {
        let secret = secret.trim();
        if secret.len() < windows::LENGTH || self.windows.covers(secret) {
            return;
        }
        self.windows.add(secret, true);
        for form in forms::of(secret) {
            self.windows.add(&form, false);
        }
    }

    /// A text without the secrets.
    pub fn mask<'t>(&self, text: &'t str) -> Cow<'t, str> {
        self.windows.mask(text)
    }

    /// Masks a text in place.
    pub fn mask_text(&self, text: &mut String) {
        if let Cow::Owned(masked) = self.mask(text) {
            *text = masked;
        }
    }

    /// Masks a value in place, the names of members included.
    pub fn mask_json(&self, json: &mut Json) {
        match json {
            Json::String(text) => self.mask_text(text),
            Json::Array(items) => items.iter_mut().for_each(|item| self.mask_json(item)),
            Json::Object(members) => {
                if members.keys().any(|name| matches!(self.mask(name), Cow::Owned(_))) {
                    let old = std::mem::take(members);
                    members.extend(old.into_iter().map(|(name, value)| (self.mask(&name).into_owned(), value)));
                }
                self.mask_members(members);
            }
            _ => {}
        }
    }

    fn mask_members(&self, members: &mut Map<String, Json>) {
        members.values_mut().for_each(|member| self.mask_json(member));
    }

    /// Masks the strings of a JSON text and leaves everything else of it as it is, so that JSON stays JSON.
    pub fn mask_json_text(&self, text: &str) -> String {
        if self.is_empty() {
            return text.to_owned();
        }
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, literal, after)) = next_string(rest) {
            out.push_str(before);
            match serde_json::from_str::<String>(literal) {
                Ok(value) => match self.mask(&value) {
                    Cow::Borrowed(_) => out.push_str(literal),
                    Cow::Owned(masked) => out.push_str(&literal_of(masked)),
                },
                Err(_) => out.push_str(literal),
            }
            rest = after;
        }
        out.push_str(rest);
        out
    }
}

/// A text as a string of JSON, without characters that drive terminals.
fn literal_of(text: String) -> String {
    let mut out = String::new();
    for c in Json::String(text).to_string().chars() {
        match c {
            '\u{7f}'..='\u{9f}' => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            _ => out.push(c),
        }
    }
    out
}

/// The first string literal of a JSON text, what stands before it and what behind.
fn next_string(text: &str) -> Option<(&str, &str, &str)> {
    let start = text.find('"')?;
    let (before, from) = text.split_at_checked(start)?;
    let mut escaped = false;
    let end = from.char_indices().skip(1).find_map(|(at, c)| {
        let closes = c == '"' && !escaped;
        escaped = c == '\\' && !escaped;
        closes.then_some(at + 1)
    })?;
    let (literal, after) = from.split_at_checked(end)?;
    Some((before, literal, after))
}

#[cfg(test)]
mod tests;
