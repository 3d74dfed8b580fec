//! A strict reader of the page: it takes only the elements and attributes that the page is made of, each closed where
//! it must be, so that anything that got in unescaped is a mistake.

use std::collections::HashSet;

const ELEMENTS: &[&str] = &[
    "html", "head", "meta", "title", "style", "body", "header", "main", "footer", "section", "article", "aside", "div",
    "span", "p", "a", "b", "i", "h1", "h2", "h3", "ul", "ol", "li", "dl", "dt", "dd", "table", "thead", "tbody", "tr",
    "th", "td", "details", "summary", "pre", "code",
];

const ATTRIBUTES: &[&str] = &[
    "lang",
    "charset",
    "http-equiv",
    "content",
    "name",
    "class",
    "id",
    "href",
    "style",
    "title",
    "role",
    "tabindex",
    "open",
    "value",
    "scope",
    "aria-hidden",
    "aria-describedby",
];

/// What was read.
#[derive(Debug, Default)]
pub struct Page {
    /// The names of its elements.
    pub elements: Vec<String>,
    /// The text outside of `<head>`, entities read.
    pub text: String,
    ids: HashSet<String>,
    references: Vec<String>,
}

impl Page {
    /// Reads a page.
    ///
    /// # Errors
    /// Whatever is not as it must be.
    pub fn read(html: &str) -> Result<Page, String> {
        let mut page = Page::default();
        let mut open: Vec<String> = Vec::new();
        let mut rest = html.strip_prefix("<!doctype html>").ok_or("no doctype")?;
        while let Some(at) = rest.find('<') {
            let (text, tag) = rest.split_at(at);
            page.add_text(text, &open)?;
            let end = tag.find('>').ok_or_else(|| format!("a tag without end: {tag:.60}"))?;
            let (inner, after) = (&tag[1..end], &tag[end + 1..]);
            rest = after;
            if let Some(name) = inner.strip_prefix('/') {
                let last = open.pop();
                if last.as_deref() != Some(name) {
                    return Err(format!("</{name}> closes {last:?}"));
                }
                continue;
            }
            let (name, attributes) = inner.split_once(' ').unwrap_or((inner, ""));
            if !ELEMENTS.contains(&name) {
                return Err(format!("<{name}> is no element of the page"));
            }
            page.attributes(attributes)?;
            page.elements.push(name.to_owned());
            if name == "style" {
                let end = rest.find("</style>").ok_or("no end of the style")?;
                rest = &rest[end + "</style>".len()..];
            } else if name != "meta" {
                open.push(name.to_owned());
            }
        }
        if !open.is_empty() || !rest.trim().is_empty() {
            return Err(format!("left open: {open:?}, left over: {rest:.60}"));
        }
        let lost: Vec<&String> = page.references.iter().filter(|id| !page.ids.contains(*id)).collect();
        if lost.is_empty() { Ok(page) } else { Err(format!("no such id: {lost:?}")) }
    }

    fn add_text(&mut self, text: &str, open: &[String]) -> Result<(), String> {
        let text = read_entities(text)?;
        if !open.iter().any(|name| name == "head") {
            self.text.push_str(&text);
        }
        Ok(())
    }

    fn attributes(&mut self, text: &str) -> Result<(), String> {
        let mut rest = text;
        while !rest.is_empty() {
            let end = rest.find(['=', ' ']).unwrap_or(rest.len());
            let name = &rest[..end];
            if !ATTRIBUTES.contains(&name) {
                return Err(format!("`{name}` is no attribute of the page"));
            }
            rest = &rest[end..];
            let mut value = String::new();
            if let Some(quoted) = rest.strip_prefix('=') {
                let quoted = quoted.strip_prefix('"').ok_or_else(|| format!("{name} is not quoted"))?;
                let end = quoted.find('"').ok_or_else(|| format!("{name} has no end"))?;
                value = read_entities(&quoted[..end])?;
                rest = &quoted[end + 1..];
            }
            rest = rest.strip_prefix(' ').unwrap_or(rest);
            match name {
                "id" if !self.ids.insert(value.clone()) => return Err(format!("the id {value} stands twice")),
                "href" => {
                    let id = value.strip_prefix('#').ok_or_else(|| format!("a link out of the page: {value}"))?;
                    self.references.push(id.to_owned());
                }
                "aria-describedby" => self.references.push(value),
                "style" if !value.strip_prefix("--in:").is_some_and(|n| n.bytes().all(|b| b.is_ascii_digit())) => {
                    return Err(format!("a style that is not ours: {value}"));
                }
                _ => {}
            }
        }
        Ok(())
    }
}

fn read_entities(text: &str) -> Result<String, String> {
    if let Some(bad) = text.chars().find(|c| *c == '>' || (c.is_control() && *c != '\n')) {
        return Err(format!("{bad:?} in {text:?}"));
    }
    let mut parts = text.split('&');
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (entity, rest) = part.split_once(';').ok_or_else(|| format!("a bare & in {text:?}"))?;
        out.push(match entity {
            "lt" => '<',
            "gt" => '>',
            "amp" => '&',
            "quot" => '"',
            "#x27" => '\'',
            "#x2f" => '/',
            other => return Err(format!("&{other}; in {text:?}")),
        });
        out.push_str(rest);
    }
    Ok(out)
}
