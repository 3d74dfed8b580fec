//! What this process has read and must not print: every input teaches it, every output passes through it, errors
//! included. `--show-secrets` switches it off.

use std::borrow::Cow;
use std::sync::{LazyLock, Mutex, PoisonError};

use crate::Error;
use crate::secrets::Secrets;

#[derive(Default)]
struct Known {
    secrets: Secrets,
    shown: bool,
}

static KNOWN: LazyLock<Mutex<Known>> = LazyLock::new(Mutex::default);

fn with<T>(act: impl FnOnce(&mut Known) -> T) -> T {
    act(&mut KNOWN.lock().unwrap_or_else(PoisonError::into_inner))
}

/// Shows secrets from now on, if that is what the user asks for.
pub(super) fn show(shown: bool) {
    with(|known| known.shown = shown);
}

/// Learns from an input that may hold requests, contexts or callers.
pub(super) fn learn(text: &str) {
    with(|known| known.secrets.learn(text));
}

/// Learns from an input that is code: there a name in front of a text does not make it a credential.
pub(super) fn learn_forms(text: &str) {
    with(|known| known.secrets.learn_forms(text));
}

/// Learns a text that is a credential.
pub(super) fn add(credential: &str) {
    with(|known| known.secrets.learn_header("authorization", credential));
}

/// Learns from a command line that cannot be used, which messages quote: what `token` was given may be anything.
pub(super) fn learn_arguments(arguments: impl Iterator<Item = String>) {
    let arguments: Vec<String> = arguments.skip(1).collect();
    arguments.iter().for_each(|argument| learn(argument));
    if arguments.first().is_some_and(|command| command == "token") {
        let is_option = |text: &str| text.starts_with('-') && !text.contains(|c: char| c.is_ascii_digit() || c == '.');
        let may_be_token = |text: &&String| !is_option(text) && !std::path::Path::new(text).exists();
        arguments.iter().skip(1).filter(may_be_token).for_each(|argument| add(argument.trim_start_matches('-')));
    }
}

/// A text as it may be printed. What has the form of a credential is one wherever it was read, in a template too.
pub(super) fn masked(text: &str) -> Cow<'_, str> {
    with(|known| {
        if known.shown {
            return Cow::Borrowed(text);
        }
        known.secrets.learn_forms(text);
        known.secrets.mask(text)
    })
}

/// A JSON text as it may be printed; it stays JSON.
pub(super) fn masked_json(text: &str) -> Cow<'_, str> {
    with(|known| {
        if known.shown {
            return Cow::Borrowed(text);
        }
        known.secrets.learn_forms(text);
        Cow::Owned(known.secrets.mask_json_text(text))
    })
}

/// An error's text as it may be printed. It may quote a part of what could not be read, so whatever looks like a
/// credential in it counts as one.
pub(super) fn masked_error(error: &Error) -> String {
    masked_complaint(format!("{error:#}"))
}

/// As [`masked_error`], of a text.
pub(super) fn masked_complaint(text: String) -> String {
    with(|known| {
        if known.shown {
            return text;
        }
        known.secrets.learn(&text);
        known.secrets.learn_beginnings(&text);
        known.secrets.mask(&text).into_owned()
    })
}
