//! Preflights: browsers ask before they send. One that fails is a matter of CORS or of a firewall, and the request
//! behind it never left.

use super::super::CapturedRequest;
use super::super::url::{host_of, is_appsync_host, path_of};
use super::entry::Response;

/// A preflight and its answer.
pub(super) struct Preflight {
    index: usize,
    place: String,
    to_appsync: bool,
    status: i64,
    error: String,
}

impl Preflight {
    pub fn new(index: usize, url: &str, response: &Response, error: &str) -> Preflight {
        let error = if response.error.is_empty() { error } else { &response.error };
        Preflight {
            index,
            place: place(url),
            to_appsync: is_appsync_host(&host_of(url)),
            status: response.status,
            error: error.to_owned(),
        }
    }

    fn failed(&self) -> bool {
        !(200..300).contains(&self.status)
    }

    fn in_words(&self) -> String {
        let answer = match (self.status, self.error.as_str()) {
            (0, "") => "got no answer".to_owned(),
            (0, error) => format!("got no answer ({error})"),
            (status, _) => format!("was answered {status}"),
        };
        format!(
            "the browser's preflight, entry {}, {answer}: a matter of CORS or a firewall, not of authorization",
            self.index
        )
    }
}

/// Where a URL leads, without its query.
fn place(url: &str) -> String {
    format!("{}{}", host_of(url), path_of(url))
}

/// Tells the requests behind failed preflights; those without such a request are returned in words.
pub(super) fn refused(preflights: &[Preflight], requests: &mut [CapturedRequest]) -> Vec<String> {
    let mut alone = Vec::new();
    for preflight in preflights.iter().filter(|preflight| preflight.failed()) {
        let mut told = false;
        for request in requests.iter_mut().filter(|request| request.recorded.is_none()) {
            if place(&request.url) == preflight.place {
                request.notes.push(preflight.in_words());
                told = true;
            }
        }
        // Said aloud also where a request carries it as a note: nothing else in the answer explains why none came.
        if told || preflight.to_appsync {
            alone.push(preflight.in_words());
        }
    }
    alone
}
