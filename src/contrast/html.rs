//! The page that a contrast leaves: sections of prose, tables and pictures, in one file that needs nothing else.

use crate::plots::{self, Drawing, Format};

/// One picture, with what to look for in it.
pub struct Picture {
    /// Of its file, without the extension.
    pub name: String,
    pub caption: String,
    pub drawing: Drawing,
}

#[derive(Clone, Debug, Default)]
pub struct Table {
    pub head: Vec<String>,
    pub rows: Vec<Vec<String>>,
}

#[derive(Default)]
pub struct Section {
    pub heading: String,
    pub paragraphs: Vec<String>,
    pub tables: Vec<Table>,
    pub pictures: Vec<Picture>,
}

/// Pictures stay on white, on which their colours were chosen.
const STYLE: &str = "
:root { color-scheme: light dark; --ink: #1a1a1a; --paper: #fff; --line: #ccc; --soft: #666 }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e6e6; --paper: #16181b; --line: #444; --soft: #a0a0a0 } }
body { max-width: 62rem; margin: 2rem auto; padding: 0 1rem; font: 16px/1.5 Inter, system-ui, sans-serif;
  color: var(--ink); background: var(--paper) }
h1 { font-size: 1.6rem } h2 { font-size: 1.2rem; margin-top: 2.5rem; border-bottom: 1px solid var(--line) }
nav a { margin-right: 1rem; white-space: nowrap } a { color: inherit }
table { border-collapse: collapse; margin: 1rem 0; font-variant-numeric: tabular-nums; font-size: 0.9rem }
th, td { padding: 0.25rem 0.8rem; border-bottom: 1px solid var(--line); text-align: right }
th:first-child, td:first-child { text-align: left }
figure { margin: 1.2rem 0 } figure svg { width: 100%; height: auto; background: #fff; border-radius: 4px }
figcaption { color: var(--soft); font-size: 0.9rem }
.wide { overflow-x: auto }
";

/// All sections as one file of HTML.
///
/// # Errors
/// In words, if a picture cannot be drawn.
pub fn page(title: &str, sections: &[Section]) -> Result<String, String> {
    let mut html = format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{0}</title>\n<meta name=\"viewport\" \
         content=\"width=device-width\"><style>{STYLE}</style></head><body>\n<h1>{0}</h1>\n",
        escaped(title)
    );
    if sections.len() > 1 {
        let link =
            |(number, section): (usize, &Section)| format!("<a href=\"#s{number}\">{}</a>", escaped(&section.heading));
        html += &format!("<nav>{}</nav>\n", sections.iter().enumerate().map(link).collect::<String>());
    }
    let mut pictures = 0;
    for (number, section) in sections.iter().enumerate() {
        html += &format!("<h2 id=\"s{number}\">{}</h2>\n", escaped(&section.heading));
        section.paragraphs.iter().for_each(|text| html += &format!("<p>{}</p>\n", escaped(text)));
        section.tables.iter().for_each(|table| html += &table.html());
        for picture in &section.pictures {
            pictures += 1;
            html += &picture.html(pictures)?;
        }
    }
    Ok(html + "</body></html>\n")
}

impl Table {
    fn html(&self) -> String {
        let row = |cells: &[String], tag: &str| {
            let cells: String = cells.iter().map(|cell| format!("<{tag}>{}</{tag}>", escaped(cell))).collect();
            format!("<tr>{cells}</tr>\n")
        };
        let rows: String = self.rows.iter().map(|cells| row(cells, "td")).collect();
        format!("<div class=\"wide\"><table>\n{}{rows}</table></div>\n", row(&self.head, "th"))
    }
}

impl Picture {
    /// `number` keeps the names within one picture apart from those of the others.
    fn html(&self, number: usize) -> Result<String, String> {
        let bytes = plots::encode(&self.drawing, Format::Svg)?;
        let svg = String::from_utf8(bytes).map_err(|_| format!("`{}` is not text", self.name))?;
        let start = svg.find("<svg").unwrap_or(0);
        let own = svg[start..]
            .replace("id=\"", &format!("id=\"p{number}-"))
            .replace("url(#", &format!("url(#p{number}-"))
            .replace("href=\"#", &format!("href=\"#p{number}-"));
        Ok(format!("<figure>\n{own}\n<figcaption>{}</figcaption></figure>\n", escaped(&self.caption)))
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plots::chart::Chart;

    #[test]
    fn a_page_holds_what_it_is_given_and_asks_for_nothing() {
        let picture =
            |name: &str| Picture { name: name.into(), caption: "less < more".into(), drawing: Chart::default().draw() };
        let table = Table { head: vec!["a".into()], rows: vec![vec!["1 & 2".into()]] };
        let section = Section {
            heading: "one".into(),
            paragraphs: vec!["text".into()],
            tables: vec![table],
            pictures: vec![picture("p"), picture("q")],
        };
        let html = page("a \"title\"", &[section, Section::default()]).unwrap();
        for part in ["a &quot;title&quot;", "1 &amp; 2", "less &lt; more", "<p>text</p>", "</html>"] {
            assert!(html.contains(part), "{part} is missing");
        }
        assert_eq!(html.matches("<svg").count(), 2);
        assert!(!html.contains("<script") && !html.contains("src="), "it needs nothing else");
    }
}
