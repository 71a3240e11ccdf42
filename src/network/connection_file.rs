//! `rule = { file = "connections.csv" }`: who is connected to whom, and how strongly and how late where the file says so.

use super::context::Context;
use crate::config::value::{Data, Value};
use crate::error::{Code, Diagnostic, Span};
use crate::files::table_in::{ConnectionRow, read_connections};

/// Mistakes of a file that are spelt out.
const SHOWN: usize = 5;

/// The connections of a file, by target, those of a target as they stand there.
pub(super) struct FromFile {
    pub path: String,
    pub span: Span,
    rows: Vec<ConnectionRow>,
    weight_unit: Option<String>,
    delay_unit: Option<String>,
}

/// The path in a rule, if it is of this kind.
pub(super) fn path_in(rule: &Value) -> Option<&Value> {
    match &rule.data {
        Data::Table(table) if table.entries.len() == 1 && table.entries[0].0.text == "file" => {
            Some(&table.entries[0].1)
        }
        _ => None,
    }
}

impl FromFile {
    pub fn read(context: &mut Context, value: &Value) -> Option<FromFile> {
        let path = context.diagnostics.keep(value.as_text("`file`"))?;
        match read_connections(&context.file(value, path)) {
            Ok(mut table) => {
                if table.rows.is_empty() {
                    let message = format!("`{path}` holds no connections, only a header");
                    context.push(Diagnostic::warning(Code::Suspicious, value.span, message));
                }
                table.rows.sort_by_key(|row| row.target);
                let (weight_unit, delay_unit) = (table.weight_unit, table.delay_unit);
                Some(FromFile { path: path.into(), span: value.span, rows: table.rows, weight_unit, delay_unit })
            }
            Err(error) => {
                for diagnostic in error.diagnostics {
                    context.push(Diagnostic { span: value.span, ..diagnostic });
                }
                None
            }
        }
    }

    pub fn has_weights(&self) -> bool {
        self.weight_unit.is_some()
    }

    pub fn has_delays(&self) -> bool {
        self.delay_unit.is_some()
    }

    /// [source, target] within selections of these sizes.
    pub fn pairs(&self, context: &mut Context, sources: usize, targets: usize) -> Option<Vec<(u32, u32)>> {
        let fits = |row: &ConnectionRow| (row.source as usize) < sources && (row.target as usize) < targets;
        self.refuse(
            context,
            |row| !fits(row),
            |row| {
                format!(
                    "[{}, {}] is outside the selections of {sources} sources and {targets} targets",
                    row.source, row.target
                )
            },
        )?;
        Some(self.rows.iter().map(|row| (row.source as u32, row.target as u32)).collect())
    }

    /// What a pair's row is called: `` `c.csv` line 3 ``.
    pub fn line(&self, pair: usize) -> String {
        let line = self.rows.get(pair).map_or(0, |row| row.line);
        format!("`{}` line {line}", self.path)
    }

    /// In `unit`, one for each pair.
    pub fn weights(&self, context: &mut Context, unit: &str) -> Option<Vec<f64>> {
        let factor = self.factor(context, "weight", self.weight_unit.as_deref()?, unit)?;
        if unit == "nS" {
            let negative = |row: &ConnectionRow| row.weight.is_some_and(|weight| weight < 0.0);
            self.refuse(context, negative, |_| "a conductance cannot be negative".into())?;
        }
        let infinite = |row: &ConnectionRow| row.weight.is_some_and(|weight| !(weight * factor).is_finite());
        self.refuse(context, infinite, |_| format!("the weight is more than can be counted in {unit}"))?;
        Some(self.rows.iter().map(|row| row.weight.unwrap_or(f64::NAN) * factor).collect())
    }

    /// In ms, one for each pair.
    pub fn delays(&self, context: &mut Context) -> Option<Vec<f64>> {
        let factor = self.factor(context, "delay", self.delay_unit.as_deref()?, "ms")?;
        Some(self.rows.iter().map(|row| row.delay.unwrap_or(f64::NAN) * factor).collect())
    }

    /// What the unit in the header is in `unit`.
    fn factor(&self, context: &mut Context, column: &str, written: &str, unit: &str) -> Option<f64> {
        if written.is_empty() {
            let message = format!("the column `{column}` of `{}` has no unit", self.path);
            let help = format!("call it `{column}_{unit}`");
            context.push(Diagnostic::error(Code::BadFile, self.span, message).help(help));
            return None;
        }
        let one = Value { data: Data::Text(format!("1 {written}")), span: self.span };
        match context.evaluator.number(&one, unit) {
            Ok(factor) => Some(factor),
            Err(_) => {
                let message =
                    format!("the column `{column}_{written}` of `{}` must be in a unit like {unit}", self.path);
                context.push(Diagnostic::error(Code::BadFile, self.span, message));
                None
            }
        }
    }

    /// Reports the rows that are `wrong`.
    fn refuse(
        &self,
        context: &mut Context,
        wrong: impl Fn(&ConnectionRow) -> bool,
        why: impl Fn(&ConnectionRow) -> String,
    ) -> Option<()> {
        let bad: Vec<&ConnectionRow> = self.rows.iter().filter(|row| wrong(row)).collect();
        for row in bad.iter().take(SHOWN) {
            let message = format!("`{}` line {}: {}", self.path, row.line, why(row));
            context.push(Diagnostic::error(Code::BadFile, self.span, message));
        }
        if bad.len() > SHOWN {
            let message = format!("`{}` has {} more such lines", self.path, bad.len() - SHOWN);
            context.push(Diagnostic::error(Code::BadFile, self.span, message));
        }
        bad.is_empty().then_some(())
    }
}
