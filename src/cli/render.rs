//! Diagnostics as text: the line, a caret beneath the fault, and what to do, in the look that cargo made familiar.
//!
//! Only the line that a span points at is handed to the layout, and of a huge line only the part around the span, so
//! that no config, however odd, makes the output long or slow.

use std::ops::Range;

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};

use crate::error::{Diagnostic, Severity, Source, Span, locate};

/// More than these are not read; they are counted.
const MOST: usize = 50;

/// A message, label or help line longer than this many characters is cut in its middle.
const LONGEST: usize = 600;

/// A line of more bytes than this is laid out in part.
const LONG_LINE: usize = 4000;

/// Of such a line, at most this many bytes before and after the start of a span are shown.
const WINDOW: usize = 400;

/// All diagnostics as text for a terminal of `width` columns, ending in a line break; empty without diagnostics.
/// Several are followed by their count: `3 errors, 1 warning`.
pub fn render(diagnostics: &[Diagnostic], sources: &[Source], colour: bool, width: usize) -> String {
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
    let renderer = renderer.decor_style(DecorStyle::Ascii).term_width(width.max(40));
    let mut out = String::new();
    for diagnostic in diagnostics.iter().take(MOST) {
        out += &one(diagnostic, sources, &renderer);
        out += "\n\n";
    }
    match diagnostics.len() {
        0 => {}
        1 => drop(out.pop()),
        number => {
            if number > MOST {
                out += &format!("... and {} more\n", number - MOST);
            }
            out += &format!("{}\n", count(diagnostics));
        }
    }
    out
}

/// `3 errors, 1 warning`
fn count(diagnostics: &[Diagnostic]) -> String {
    let errors = diagnostics.iter().filter(|d| d.severity == Severity::Error).count();
    let some = |number: usize, noun: &str| match number {
        0 => None,
        1 => Some(format!("1 {noun}")),
        _ => Some(format!("{number} {noun}s")),
    };
    let parts = [some(errors, "error"), some(diagnostics.len() - errors, "warning")];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn one(diagnostic: &Diagnostic, sources: &[Source], renderer: &Renderer) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let title = level.primary_title(shorten(&diagnostic.message)).id(diagnostic.code.name());
    let mut group = Group::with_title(title);
    let span = to_boundaries(diagnostic.span, sources);
    if let (Some(shown), Some((name, line, column))) = (excerpt(span, sources), locate(sources, span)) {
        let label = shorten(&diagnostic.label);
        let annotation = AnnotationKind::Primary.span(shown.span).label((!label.is_empty()).then_some(label));
        let snippet = Snippet::source(shown.text).line_start(line).annotation(annotation);
        group = match shown.whole {
            true => group.element(snippet.path(name)),
            // The layout would count columns from where the part begins.
            false => group.element(Origin::path(name).line(line).char_column(column)).element(snippet),
        };
    }
    for help in &diagnostic.help {
        group = group.element(Level::HELP.message(shorten(help)));
    }
    renderer.render(&[group])
}

/// What is shown of a source, and where in it the caret goes.
struct Excerpt<'a> {
    text: &'a str,
    span: Range<usize>,
    /// The text is the whole line.
    whole: bool,
}

/// The span within its text and on character boundaries, whatever it was.
fn to_boundaries(span: Span, sources: &[Source]) -> Span {
    let Some(source) = sources.get(span.source as usize) else { return Span::NONE };
    let start = floor(&source.text, span.start as usize);
    let end = floor(&source.text, span.end as usize).max(start);
    Span::new(span.source, start..end)
}

/// The greatest character boundary of `text` not beyond `offset`.
fn floor(text: &str, offset: usize) -> usize {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}

/// The line on which a span starts, and the part of the span on it.
fn excerpt<'a>(span: Span, sources: &'a [Source]) -> Option<Excerpt<'a>> {
    let text = &sources.get(span.source as usize)?.text;
    let (start, end) = (span.start as usize, span.end as usize);
    let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
    let line_end = text[start..].find('\n').map_or(text.len(), |at| start + at);
    let line_end = line_start + text[line_start..line_end].trim_end_matches('\r').len();
    let whole = line_end - line_start <= LONG_LINE;
    let reach = if whole { LONG_LINE } else { WINDOW };
    let from = floor(text, line_start.max(start.saturating_sub(reach)));
    let to = floor(text, line_end.min(start + reach)).max(from);
    let start = start.min(to);
    let end = end.clamp(start, to);
    Some(Excerpt { text: &text[from..to], span: start - from..end - from, whole })
}

/// Long texts without their middle; line breaks and other control characters would disturb the layout.
fn shorten(text: &str) -> String {
    let clean = |c: char| if c.is_control() { ' ' } else { c };
    let length = text.chars().count();
    if length <= LONGEST {
        return text.chars().map(clean).collect();
    }
    let head = text.chars().take(LONGEST / 2);
    let tail = text.chars().skip(length - LONGEST / 3);
    head.chain(" ... ".chars()).chain(tail).map(clean).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Code;
    use proptest::prelude::*;

    fn source(text: &str) -> Vec<Source> {
        vec![Source { name: "a.toml".into(), text: text.into() }]
    }

    #[test]
    fn a_diagnostic_points_explains_and_helps() {
        let sources = source("[cell.a]\r\n\té = \"x\", tau_n = 3\r\n");
        let span = Span::new(0, 21..26);
        let error = Diagnostic::error(Code::UnknownKey, span, "cell `a` has no key `tau_n`")
            .label("here")
            .help("did you mean `tau_m`?")
            .help("or not");
        let expected = "\
error[unknown-key]: cell `a` has no key `tau_n`
 --> a.toml:2:11
  |
2 |     é = \"x\", tau_n = 3
  |              ^^^^^ here
  |
  = help: did you mean `tau_m`?
  = help: or not
";
        assert_eq!(render(&[error], &sources, false, 100), expected);
    }

    #[test]
    fn without_a_place_there_is_no_source() {
        let warning = Diagnostic::warning(Code::Suspicious, Span::NONE, "odd").help("look");
        assert_eq!(render(&[warning], &[], false, 100), "warning[suspicious]: odd\n |\n = help: look\n");
        assert_eq!(render(&[], &[], false, 100), "");
    }

    #[test]
    fn several_are_counted() {
        let error = Diagnostic::error(Code::Syntax, Span::NONE, "a");
        let warning = Diagnostic::warning(Code::Syntax, Span::NONE, "b");
        let both = render(&[error.clone(), warning, error.clone()], &[], false, 100);
        assert_eq!(both, "error[syntax]: a\n\nwarning[syntax]: b\n\nerror[syntax]: a\n\n2 errors, 1 warning\n");
        let many = render(&vec![error; 1000], &[], false, 100);
        assert!(many.ends_with("... and 950 more\n1000 errors\n"), "{many}");
        assert_eq!(many.matches("error[").count(), MOST);
    }

    #[test]
    fn colour_only_where_wanted() {
        let error = Diagnostic::error(Code::Syntax, Span::NONE, "a");
        assert!(render(std::slice::from_ref(&error), &[], true, 100).contains('\u{1b}'));
        assert!(!render(&[error], &[], false, 100).contains('\u{1b}'));
    }

    #[test]
    fn huge_lines_and_messages_are_cut() {
        let sources = source(&format!("{}x{}", "é".repeat(1_000_000), " ".repeat(1_000_000)));
        let error = Diagnostic::error(Code::Syntax, Span::new(0, 2_000_000..2_900_000), "a".repeat(1_000_000));
        let text = render(&[error], &sources, false, 80);
        assert!(text.len() < 4000, "{}", text.len());
        assert!(text.contains("a.toml:1:1000001"), "{text}");
    }

    proptest! {
        #[test]
        fn no_span_panics(
            text in "[aé\t\r\n𝄞\u{0}\u{feff}]{0,40}",
            number in 0u32..3,
            start in prop_oneof![0u32..80, any::<u32>()],
            end in prop_oneof![0u32..80, any::<u32>()],
            width in 0usize..200,
            words in any::<String>(),
        ) {
            let error = Diagnostic::error(Code::Syntax, Span { source: number, start, end }, words.clone());
            let error = error.label(words.clone()).help(words);
            render(&[error.clone(), error], &source(&text), width % 2 == 0, width);
        }
    }
}
