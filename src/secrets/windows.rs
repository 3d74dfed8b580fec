//! Every stretch of twelve bytes of every secret. A text that holds one of them shows a part of a secret, however it was
//! cut, wrapped or quoted on the way.

use std::borrow::Cow;
use std::ops::Range;

use rustc_hash::FxHashSet;

/// Bytes of a secret that must not stand in a row.
pub(super) const LENGTH: usize = 12;
/// Characters that may be shown: as many as AppSync's own logs show.
const SHOWN: usize = 6;

type Window = [u8; LENGTH];

#[derive(Debug, Default)]
pub(super) struct Windows {
    all: FxHashSet<Window>,
    /// The last ones of secrets as they were read.
    tails: FxHashSet<Window>,
}

impl Windows {
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Adds the windows of a text; `whole` says that its end is a secret's end, and may be shown.
    pub fn add(&mut self, text: &str, whole: bool) {
        let mut last = None;
        for window in windows(text) {
            self.all.insert(window);
            last = Some(window);
        }
        if let (true, Some(last)) = (whole, last) {
            self.tails.insert(last);
        }
    }

    /// Whether a text is known from its first byte to its last.
    pub fn covers(&self, text: &str) -> bool {
        let mut some = false;
        windows(text).all(|window| {
            some = true;
            self.all.contains(&window)
        }) && some
            && windows(text).last().is_some_and(|last| self.tails.contains(&last))
    }

    /// The text with an ellipsis, and at a secret's end its last characters, in place of each stretch of a secret.
    pub fn mask<'t>(&self, text: &'t str) -> Cow<'t, str> {
        if self.all.is_empty() || text.len() < LENGTH {
            return Cow::Borrowed(text);
        }
        let mut out = String::new();
        let mut done = 0;
        for run in self.runs(text) {
            let Some(run) = whole_characters(text, run) else { continue };
            out.push_str(text.get(done..run.start).unwrap_or_default());
            out.push('…');
            let hidden = text.get(run.clone()).unwrap_or_default();
            out.push_str(self.shown(hidden));
            done = run.end;
        }
        if done == 0 {
            return Cow::Borrowed(text);
        }
        out.push_str(text.get(done..).unwrap_or_default());
        Cow::Owned(out)
    }

    /// What may be shown of a stretch.
    fn shown<'t>(&self, hidden: &'t str) -> &'t str {
        let at_end = hidden.as_bytes().last_chunk::<LENGTH>().is_some_and(|last| self.tails.contains(last));
        let start = hidden.char_indices().rev().nth(SHOWN - 1).map(|(at, _)| at);
        let tail = start.filter(|_| at_end).and_then(|start| hidden.get(start..)).unwrap_or_default();
        // A part of an escape sequence would change what stands behind it.
        if tail.contains('\\') { "" } else { tail }
    }

    /// Stretches of the text that windows cover.
    fn runs(&self, text: &str) -> Vec<Range<usize>> {
        let mut runs: Vec<Range<usize>> = Vec::new();
        for (at, window) in windows(text).enumerate() {
            if self.all.contains(&window) {
                match runs.last_mut() {
                    Some(run) if run.end >= at => run.end = at + LENGTH,
                    _ => runs.push(at..at + LENGTH),
                }
            }
        }
        runs
    }
}

fn windows(text: &str) -> impl Iterator<Item = Window> + '_ {
    text.as_bytes().windows(LENGTH).filter_map(|window| window.try_into().ok())
}

/// The stretch in whole characters, and in whole escape sequences where the text is JSON or code.
fn whole_characters(text: &str, run: Range<usize>) -> Option<Range<usize>> {
    let mut start = run.start;
    let mut end = run.end;
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    while !text.is_char_boundary(end) {
        end += 1;
    }
    let bytes = text.as_bytes();
    let slashes =
        |before: usize| bytes.get(..before).unwrap_or_default().iter().rev().take_while(|b| **b == b'\\').count();
    // The letter of `\n` is none of the secret's; neither are the digits of `\u00e9`.
    if slashes(start) % 2 == 1 {
        start += text.get(start..)?.chars().next()?.len_utf8();
    }
    for back in 1..=5_usize.min(start) {
        let at = start - back;
        if bytes.get(at) == Some(&b'u') && slashes(at) % 2 == 1 {
            start = (at + 5).min(end);
        }
    }
    if slashes(end) % 2 == 1 && end > start {
        end -= 1;
    }
    (text.is_char_boundary(start) && start < end).then_some(start..end)
}
