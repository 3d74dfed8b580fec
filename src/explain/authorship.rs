//! The author's rules behind the rules of one field's templates.

use super::author::Guarded;
use super::rule::Known;
use super::run::Run;
use super::{AuthorRules, Question};
use crate::api::ResolverKind;
use crate::report::AuthorRule;

/// What is asked of the author's rules about one field.
pub struct Authorship<'a> {
    author: &'a AuthorRules,
    guarded: Guarded<'a>,
    /// Whether Amplify made the templates and nobody has its author's schema.
    generated: bool,
}

impl<'a> Authorship<'a> {
    /// Of a field whose templates ran; `denied` are the fields that the caller may not set, where that is why he was
    /// refused.
    pub fn new(question: Question<'a>, runs: &[Run], denied: &'a [String]) -> Self {
        // Amplify's resolvers begin by putting the name of their type into the stash.
        let amplify = |run: &Run| run.program.source.text().contains("stash.put(\"typeName\"");
        let generated = question.author.is_empty() && runs.iter().any(amplify);
        let (api, input) = (question.api, question.input);
        let resolver = api.resolver(&input.parent_type, &input.field).ok().flatten();
        let pipeline = resolver.is_some_and(|resolver| matches!(resolver.kind, ResolverKind::Pipeline(_)));
        let guarded = Guarded { schema: &api.schema, input, mode: question.mode, pipeline, denied };
        Authorship { author: question.author, guarded, generated }
    }

    /// The rules with the author's own behind them; those that he has nothing for are no ways in.
    pub fn attributed(&self, mut known: Vec<Known>) -> Vec<Known> {
        known.retain(|known| !self.author.refutes(known, self.guarded));
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
        } else if self.generated {
            known.rule.auth = self.again(known);
        }
    }

    fn again(&self, known: &Known) -> Option<AuthorRule> {
        AuthorRules::again(known, self.guarded.mode)
    }
}
