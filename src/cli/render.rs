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

/// Of a line, at most this many bytes before and after the start of a span are laid out.
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
        group = group
            .element(Origin::path(name).line(line).char_column(column))
            .element(Snippet::source(shown.text).line_start(line).annotation(annotation));
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
    let from = floor(text, line_start.max(start.saturating_sub(WINDOW)));
    let to = floor(text, line_end.min(start + WINDOW)).max(from);
    let start = start.min(to);
    let end = end.clamp(start, to);
    Some(Excerpt { text: &text[from..to], span: start - from..end - from })
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
