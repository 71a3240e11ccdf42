//! A table for the terminal: columns as wide as they must be, lines no longer than the terminal is wide; elsewhere nothing is cut.

use super::terminal;

/// Columns of text that is broken at spaces.
const WIDTH: usize = 80;

/// Rows that are printed; more become a count.
const MOST: usize = 40;

/// Lines with the columns of `rows` aligned, each ending with a line break. The last column is cut if the line becomes
/// too long for the terminal.
pub fn table(rows: &[Vec<String>]) -> String {
    within(rows, terminal::stdout_width())
}

fn within(rows: &[Vec<String>], most: usize) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let shown = &rows[..rows.len().min(MOST)];
    let width = |column: usize| shown.iter().filter_map(|row| row.get(column)).map(|c| c.chars().count()).max();
    let widths: Vec<usize> = (0..columns).map(|column| width(column).unwrap_or(0)).collect();
    let mut out = String::new();
    for row in shown {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            line += &format!("{cell:<width$}  ");
        }
        out += &cut(line.trim_end(), most);
        out.push('\n');
    }
    if rows.len() > MOST {
        out += &format!("  and {} more\n", rows.len() - MOST);
    }
    out
}

/// At most `width` characters, with dots where some are missing.
fn cut(line: &str, width: usize) -> String {
    if line.chars().count() <= width {
        return line.into();
    }
    line.chars().take(width - 3).chain("...".chars()).collect()
}

/// Names with their explanations, indented by two, the explanations wrapped beside the names.
pub fn explained<'a>(entries: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let entries: Vec<(&str, &str)> = entries.into_iter().collect();
    let width = entries.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
    let line = |(name, text): (&str, &str)| format!("  {name:width$}  {}\n", wrapped(text, width + 4).trim());
    entries.into_iter().map(line).collect()
}

/// `text` in lines of at most 80 characters, each after `indent` spaces, broken at spaces.
pub fn wrapped(text: &str, indent: usize) -> String {
    let mut out = String::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        if !line.is_empty() && indent + line.chars().count() + 1 + word.chars().count() > WIDTH {
            out += &format!("{:indent$}{line}\n", "");
            line.clear();
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line += word;
    }
    out + &format!("{:indent$}{line}\n", "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned_and_lines_cut() {
        let rows = [vec!["a".into(), "bb".into()], vec!["ccc".into(), "d".repeat(100)]];
        let text = within(&rows, 80);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "a    bb");
        assert!(lines[1].starts_with("ccc  ddd") && lines[1].ends_with("...") && lines[1].len() == 80);
        assert!(within(&rows, usize::MAX).ends_with("ddd\n"));
    }

    #[test]
    fn long_texts_are_broken_at_spaces() {
        let text = wrapped(&"word ".repeat(40), 2);
        assert!(text.lines().all(|line| line.len() <= 80 && line.starts_with("  word")));
        assert_eq!(text.matches("word").count(), 40);
    }
}
