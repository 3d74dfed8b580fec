//! The author's rules behind the rules of one field's templates.

use super::author::{Guarded, Links};
use super::rule::Known;
use super::run::Run;
use super::{AuthorRules, Question};
use crate::api::ResolverKind;

/// What is asked of the author's rules about one field.
pub struct Authorship<'a> {
    author: &'a AuthorRules,
    guarded: Guarded<'a>,
    /// What the templates hold against claims, where Amplify made them.
    links: Option<Links>,
}

impl<'a> Authorship<'a> {
    /// Of a field whose templates ran; `denied` are the fields that the caller may not set, where that is why he was
    /// refused.
    pub fn new(question: Question<'a>, runs: &[Run], denied: &'a [String]) -> Self {
        // Amplify's resolvers begin by putting the name of their type into the stash.
        let amplify = |run: &Run| run.program.source.text().contains("stash.put(\"typeName\"");
        let links = runs.iter().any(amplify).then(|| Links::of(runs));
        let (api, input) = (question.api, question.input);
        let resolver = api.resolver(&input.parent_type, &input.field).ok().flatten();
        let pipeline = resolver.is_some_and(|resolver| matches!(resolver.kind, ResolverKind::Pipeline(_)));
        let guarded = Guarded { schema: &api.schema, input, mode: question.mode, pipeline, denied };
        Authorship { author: question.author, guarded, links }
    }

    /// The rules with the author's own behind them; those that he has nothing for are no ways in.
    pub fn attributed(&self, mut known: Vec<Known>) -> Vec<Known> {
        known.retain(|known| !self.author.refutes(known, self.guarded) && !self.asked_by_caller(known));
        known.iter_mut().for_each(|known| self.attribute(known));
        known
    }

    /// Puts the author's own rules behind one.
    pub fn attribute(&self, known: &mut Known) {
        if let Some(behind) = self.author.behind(known, self.guarded) {
            known.rule.kind = behind.kind.unwrap_or(known.rule.kind);
            let mut rules = behind.rules.into_iter();
            known.rule.auth = rules.next();
            known.rule.also_auth = rules.collect();
        } else if let (true, Some(links)) = (self.author.is_empty(), &self.links) {
            known.rule.auth = AuthorRules::again(known, self.guarded.mode, links);
        }
    }

    /// Whether a comparison with a record is the request's own filter: generated templates hold the attribute against
    /// nobody's claims.
    fn asked_by_caller(&self, known: &Known) -> bool {
        let object = known.subject.object.as_deref().filter(|_| known.rule.kind == "owner");
        let attribute = object.filter(|_| known.subject.object_is == "record" && known.subject.claims.is_empty());
        match (attribute, &self.links) {
            (Some(attribute), Some(links)) => !links.has(self.guarded.mode, attribute),
            _ => false,
        }
    }
}
