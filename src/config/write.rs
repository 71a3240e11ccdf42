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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Span;
    use proptest::prelude::*;

    #[test]
    fn a_written_config_reads_as_the_same_tree() {
        let text = "[run]\ntitle = \"a\\\"\\\\\\nb\"\nseed.structure = 1\nseed.input = 2\n\n[define]\nx = [1, [2.5], { a = true }]\n\n\
                    [cell.a]\nmechanisms.hh = {}\nsection.soma.length = \"20 um\"\n\n[expect]\n\"a.b\" = [-inf, 1e-5]\n";
        let config = Config::from_text("t", text).unwrap();
        assert_eq!(config.to_toml(), text);
    }

    /// The data of a tree without its places.
    fn bare(value: &Value) -> String {
        match &value.data {
            Data::List(items) => format!("{:?}", items.iter().map(bare).collect::<Vec<_>>()),
            Data::Table(table) => {
                // Headers follow the keys that stand outside of tables, hence sorted.
                let mut entries: Vec<_> = table.entries.iter().map(|(n, v)| (n.text.clone(), bare(v))).collect();
                entries.sort();
                format!("{entries:?}")
            }
            other => format!("{other:?}"),
        }
    }

    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            any::<String>().prop_map(Value::text),
            any::<bool>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map("[a-c.é\" ]{0,2}", inner, 0..4).prop_map(|entries| {
                    let mut table = Table::empty();
                    for (key, value) in entries {
                        table.entries.push((crate::config::value::Name { text: key, span: Span::NONE }, value));
                    }
                    Value::from(table)
                }),
            ]
        })
    }

    proptest! {
        #[test]
        fn any_tree_survives(kind in prop::sample::select(vec!["run", "cell", "x y"]), value in value()) {
            let mut config = Config::new();
            config.set_value(&[kind], value);
            let text = config.to_toml();
            let again = Config::from_text("t", &text).unwrap_or_else(|error| panic!("{error}\n{text}"));
            let whole = |config: Config| bare(&Value::from(config.root));
            prop_assert_eq!(whole(config), whole(again), "{}", text);
        }
    }
}
