//! The files that a report names.

use super::{Condition, FieldReport, Report, Site};

impl Report {
    /// The names of all files that its places are in, each once: templates, and the schemas of rules.
    pub fn file_names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        for name in self.requests.iter().flat_map(|request| &request.fields).flat_map(of_field) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }
}

fn of_field(field: &FieldReport) -> Vec<&str> {
    let FieldReport { site, because, rules, hazards, trace, .. } = field;
    let mut names: Vec<&str> = site.iter().map(name).collect();
    names.extend(because.iter().flat_map(of_condition));
    for rule in rules {
        names.extend(rule.auth.iter().map(|auth| auth.file.as_str()));
        names.push(name(&rule.grant));
        names.extend(rule.blocked_by.iter().flat_map(of_condition));
    }
    names.extend(hazards.iter().filter_map(|hazard| hazard.site.as_ref()).map(name));
    names.extend(trace.iter().map(|trace| trace.template.as_str()));
    names
}

fn of_condition(condition: &Condition) -> impl Iterator<Item = &str> {
    let set = condition.operands.iter().filter_map(|operand| operand.set_at.as_ref());
    std::iter::once(&condition.site).chain(set).map(name)
}

fn name(site: &Site) -> &str {
    &site.template
}
