//! `axonal models recorder`: the keys of a table of the config, as the schema knows them.

use serde_json::{Map, Value};

use super::schema::schema;
use super::table::{explained, wrapped};
use super::terminal;
use crate::error::nearest;

/// Tables whose keys are told; those of the others stand with their models.
const TOLD: &[&str] = &["run", "population", "projection", "gap_junction", "recorder", "measure", "plot"];

/// The keys of the table of this name, or of `position`, which stands in one.
pub fn of_table(name: &str) -> Option<String> {
    let schema = schema();
    let tables = &schema["properties"];
    if name == "position" {
        let table = named(&tables["population"])["properties"]["position"].clone();
        let summary = "where the neurons of a [population.x] are";
        let example = "position = { grid = [40, 40], extent = [\"1 mm\", \"1 mm\"] }";
        return Some(page(name, summary, &wrapped(example, 2), &table));
    }
    let name = *TOLD.iter().find(|known| **known == name)?;
    let summary = tables[name]["description"].as_str().unwrap_or("");
    let table = named(&tables[name]);
    let header = if name == "run" { "  [run]\n".to_string() } else { format!("  [{name}.x]\n") };
    Some(page(name, summary, &header, table))
}

/// The table of this kind whose name is most like a word.
pub fn near(word: &str) -> Option<&'static str> {
    nearest(word, TOLD)
}

/// What stands under any name of the user's, or the table itself.
fn named(table: &Value) -> &Value {
    let any = table["patternProperties"].as_object().and_then(|patterns| patterns.values().next());
    any.unwrap_or(table)
}

fn page(name: &str, summary: &str, header: &str, table: &Value) -> String {
    let mut out = format!("{}: {summary}\n{header}", terminal::heading(name));
    let general = rows(table);
    // Of a table whose keys hang on its kind, those that all kinds have stand first.
    let kinds = branches(table);
    let common =
        |row: &(String, String)| row.0 != "kind" && kinds.len() > 1 && kinds.iter().all(|(_, own)| own.contains(row));
    let shared: Vec<_> =
        kinds.first().map_or(vec![], |(_, own)| own.iter().filter(|row| common(row)).cloned().collect());
    out += &section("keys", &[general, shared].concat());
    for (kind, own) in &kinds {
        let own: Vec<_> = own.iter().filter(|row| row.0 != "kind" && !common(row)).cloned().collect();
        if !own.is_empty() {
            out += &section(&format!("keys of `{kind}`"), &own);
        }
    }
    out
}

/// A heading and a line for each key.
pub fn section(title: &str, rows: &[(String, String)]) -> String {
    let rows = rows.iter().map(|(key, what)| (key.as_str(), what.as_str()));
    format!("\n{}\n{}", terminal::heading(title), explained(rows))
}

/// Each kind with its keys.
fn branches(table: &Value) -> Vec<(String, Vec<(String, String)>)> {
    let all = table["allOf"].as_array().cloned().unwrap_or_default();
    let one = |branch: &Value| {
        let of = branch["if"]["properties"].as_object()?.values().next()?["const"].as_str()?.to_string();
        Some((of, rows(&branch["then"])))
    };
    all.iter().filter_map(one).collect()
}

/// Each key with what it is, those of a table within as `position.grid`.
fn rows(table: &Value) -> Vec<(String, String)> {
    let none = Map::new();
    let needed: Vec<&str> =
        table["required"].as_array().map_or(vec![], |list| list.iter().filter_map(Value::as_str).collect());
    let mut rows = vec![];
    for (key, what) in table["properties"].as_object().unwrap_or(&none) {
        let inner = rows_within(key, what);
        if !inner.is_empty() {
            rows.extend(inner);
            continue;
        }
        rows.push((key.clone(), told(what, needed.contains(&key.as_str()))));
    }
    rows
}

fn rows_within(key: &str, what: &Value) -> Vec<(String, String)> {
    if what["properties"].is_null() || !what["description"].is_null() {
        return vec![];
    }
    rows(what).into_iter().map(|(inner, what)| (format!("{key}.{inner}"), what)).collect()
}

/// What a property says of itself, and what words it may be.
pub fn told(what: &Value, needed: bool) -> String {
    let mut text = what["description"].as_str().unwrap_or("").replace('\n', "; ");
    if let Some(words) = what["enum"].as_array() {
        let words: Vec<&str> = words.iter().filter_map(Value::as_str).collect();
        text += &format!(" ({})", words.join(", "));
    }
    if needed { format!("{text}; required") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each page fits a terminal, and tells of every key that the schema has.
    #[test]
    fn tables_tell_their_keys() {
        for name in TOLD.iter().copied().chain(["position"]) {
            let text = of_table(name).unwrap();
            assert!(text.lines().all(|line| line.replace("\x1b[1m", "").chars().count() <= 84), "{text}");
        }
        let holds = |name: &str, keys: &[&str]| {
            let text = of_table(name).unwrap();
            keys.iter().for_each(|key| assert!(text.contains(&format!("  {key} ")), "{key} of {name}: {text}"));
        };
        holds("recorder", &["of", "at", "what", "every", "start", "stop", "format"]);
        holds("measure", &["bin", "neurons", "least_spikes", "resolution"]);
        holds("plot", &["data", "title", "panels", "against", "path", "nullclines", "mechanisms", "variable"]);
        holds("population", &["cell", "size", "position.grid", "position.extent", "set", "spike.at"]);
        holds("position", &["grid", "random", "file", "extent", "centre"]);
        assert_eq!((of_table("lif"), near("recoder")), (None, Some("recorder")));
    }
}
