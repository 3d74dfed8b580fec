//! What `init` made: the answer first, then what no test takes.

use super::line::{Line, Role};
use super::page::{Page, Row};
use super::{style, words};
use crate::render::Options;
use crate::suite::coverage::BranchKind;
use crate::suite::generate::{Summary, Uncovered};

/// How many templates with open branches are listed.
const MOST_TEMPLATES: usize = 8;

/// The summary as text, each line with a line end.
pub fn init(summary: &Summary, options: &Options) -> String {
    let mut page = Page::new(options);
    let file = summary.file.as_deref().unwrap_or("the suite");
    page.sides(vec![(Line::plain("wrote ").with(Role::Strong, file), Line::of(Role::Dim, &summary.api))]);
    let tests = words::count(summary.tests, "test", "tests");
    let decisions = words::count(summary.decisions, "decision", "decisions");
    let held = match summary.decisions - summary.passed {
        0 => Line::of(Role::Good, "all as measured"),
        failed => Line::of(Role::Bad, format!("{failed} not as measured")),
    };
    page.indented(Line::indent(2).then(format!("{tests}, {decisions}, ")).join(held));
    let share = summary.branches;
    let percent = share.percent();
    let role = if percent >= 90.0 { Role::Good } else { Role::Unsure };
    let mut line = Line::indent(2).with(role, format!("{percent:.0} %"));
    line = line.then(format!(" of the branches that decide about access ({} of {}", share.covered, share.total));
    line = line.then(match share.unreachable {
        0 => ")".to_owned(),
        more => format!("; {more} more that no request reaches)"),
    });
    page.indented(line);
    page.heading("callers");
    let row = |caller: &crate::suite::generate::Caller| Row {
        cells: vec![Line::plain(&caller.name)],
        last: Line::of(Role::Dim, &caller.note),
    };
    page.table(4, 30, summary.identities.iter().map(row).collect());
    uncovered(&mut page, summary, options);
    page.blank();
    page.indented(Line::plain("next: ").with(Role::Strong, format!("vtlens test {file}")));
    style::print(&page.lines, options.colour)
}

/// Branches that no test takes, by template.
fn uncovered(page: &mut Page, summary: &Summary, options: &Options) {
    if summary.uncovered.is_empty() {
        return;
    }
    page.heading(&format!("no test takes {}", words::count(summary.uncovered.len(), "branch", "branches")));
    let mut templates: Vec<&str> = summary.uncovered.iter().map(|branch| branch.template.as_str()).collect();
    templates.dedup();
    let most = if options.verbose { usize::MAX } else { MOST_TEMPLATES };
    for template in templates.iter().take(most) {
        let its: Vec<&Uncovered> = summary.uncovered.iter().filter(|branch| branch.template == **template).collect();
        match options.verbose {
            false => {
                let lines: Vec<String> = its.iter().map(|branch| branch.line.to_string()).collect();
                page.paragraph(Line::indent(4), Line::plain(format!("{template}:{}", lines.join(", "))));
            }
            true => {
                page.paragraph(Line::indent(4), Line::plain(*template));
                for branch in its {
                    let words = format!("{}  {}", way(branch.kind), branch.condition);
                    page.paragraph(Line::indent(6).then(format!("{:>4}  ", branch.line)), Line::of(Role::Dim, words));
                }
            }
        }
    }
    if templates.len() > most {
        let more = words::count(templates.len() - most, "template", "templates");
        page.indented(Line::indent(4).with(Role::Dim, format!("and {more} more: --verbose")));
    }
}

fn way(kind: BranchKind) -> &'static str {
    match kind {
        BranchKind::If => "#if",
        BranchKind::ElseIf => "#elseif",
        BranchKind::Else => "#else of",
        BranchKind::Past => "past",
        BranchKind::Loop => "#foreach",
        #[expect(unreachable_patterns, reason = "kinds may be added")]
        _ => "",
    }
}
