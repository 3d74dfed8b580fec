//! Colours. They only repeat what the words say: without them nothing is lost.

use anstyle::{AnsiColor, Style};

use super::line::{Line, Role};

fn style(role: Role) -> Style {
    let colour = |colour: AnsiColor| colour.on_default();
    match role {
        Role::Plain => Style::new(),
        Role::Strong => Style::new().bold(),
        Role::Dim => Style::new().dimmed(),
        Role::Good => colour(AnsiColor::Green),
        Role::Bad => colour(AnsiColor::Red).bold(),
        Role::Unsure => colour(AnsiColor::Yellow).bold(),
        Role::Partial => colour(AnsiColor::Cyan).bold(),
    }
}

/// Lines as text, each with a line end; no trailing spaces; no escape sequence unless `colour`.
pub(super) fn print(lines: &[Line], colour: bool) -> String {
    let mut out = String::new();
    for line in lines {
        let visible: usize =
            line.chars().enumerate().filter(|(_, (c, _))| *c != ' ').map(|(at, _)| at + 1).last().unwrap_or(0);
        let mut left = visible;
        for piece in &line.pieces {
            let text: String = piece.text.chars().take(left).collect();
            left -= text.chars().count();
            let style = if colour { style(piece.role) } else { Style::new() };
            if text.trim().is_empty() {
                out.push_str(&text);
            } else {
                out.push_str(&format!("{}{text}{}", style.render(), style.render_reset()));
            }
        }
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trailing_spaces_go_and_escapes_come_only_with_colour() {
        let line = Line::of(Role::Bad, "✗ no").then("  ").with(Role::Dim, "  ");
        assert_eq!(print(std::slice::from_ref(&line), false), "✗ no\n");
        assert_eq!(print(&[line], true), "\u{1b}[1m\u{1b}[31m✗ no\u{1b}[0m\n");
    }
}
