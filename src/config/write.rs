//! The tree as TOML again: for `resolved.toml`, and for the `config.toml` of configs built in Rust.
//!
//! Named tables get a header, what they hold is written with dotted keys: `section.soma.length = "20 um"`.

use super::value::{Data, Table, Value};
use super::{Config, UNNAMED};

impl Config {
    /// The whole config as a TOML text, in the order of the tree. Reading it gives the same tree.
    pub fn to_toml(&self) -> String {
        let mut out = String::new();
        let is_table = |value: &Value| matches!(value.data, Data::Table(_));
        for (name, value) in self.root.entries.iter().filter(|(_, value)| !is_table(value)) {
            line(&mut out, &key(&name.text), value);
        }
        for (name, value) in &self.root.entries {
            let Data::Table(table) = &value.data else { continue };
            let kind = key(&name.text);
            let all_named = table.entries.iter().all(|(_, value)| is_table(value));
            if UNNAMED.contains(&name.text.as_str()) || table.entries.is_empty() || !all_named {
                section(&mut out, &kind, table);
                continue;
            }
            for (name, value) in &table.entries {
                let Data::Table(named) = &value.data else { continue };
                section(&mut out, &format!("{kind}.{}", key(&name.text)), named);
            }
        }
        out
    }
}

fn section(out: &mut String, header: &str, table: &Table) {
    out.push_str(if out.is_empty() { "" } else { "\n" });
    *out += &format!("[{header}]\n");
    for (name, value) in &table.entries {
        line(out, &key(&name.text), value);
    }
}

/// `path = value`, or a line for each key of a table.
fn line(out: &mut String, path: &str, value: &Value) {
    match &value.data {
        Data::Table(table) if !table.entries.is_empty() => {
            for (name, value) in &table.entries {
                line(out, &format!("{path}.{}", key(&name.text)), value);
            }
        }
        _ => {
            *out += path;
            *out += " = ";
            inline(out, value);
            out.push('\n');
        }
    }
}

fn inline(out: &mut String, value: &Value) {
    match &value.data {
        Data::Bool(flag) => *out += if *flag { "true" } else { "false" },
        Data::Number(digits) => *out += digits,
        Data::Text(text) => quote(out, text),
        Data::List(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                *out += if index > 0 { ", " } else { "" };
                inline(out, item);
            }
            out.push(']');
        }
        Data::Table(table) => {
            out.push('{');
            for (index, (name, value)) in table.entries.iter().enumerate() {
                *out += if index > 0 { ", " } else { " " };
                *out += &key(&name.text);
                *out += " = ";
                inline(out, value);
            }
            *out += if table.entries.is_empty() { "}" } else { " }" };
        }
    }
}

/// A key, in quotes if it needs them.
fn key(text: &str) -> String {
    let bare = !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    if bare {
        return text.into();
    }
    let mut quoted = String::new();
    quote(&mut quoted, text);
    quoted
}

/// A basic string.
fn quote(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => *out += "\\\"",
            '\\' => *out += "\\\\",
            '\n' => *out += "\\n",
            '\t' => *out += "\\t",
            '\r' => *out += "\\r",
            c if c.is_control() => *out += &format!("\\u{:04X}", c as u32),
            c => out.push(c),
        }
    }
    out.push('"');
}
