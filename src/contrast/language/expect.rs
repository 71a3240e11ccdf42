//! `[expect]`: what must come out of a column, `"spiking.accuracy" = [0.9, 1]`.

use super::reader::Reader;
use crate::config::value::{Data as Written, Name, Value};
use crate::contrast::plan::{Expectation, NUMBERS};
use crate::error::{Code, Diagnostic};

/// Every expectation, of columns that are written.
pub fn read(reader: &mut Reader) -> Vec<Expectation> {
    let entries = reader.config.table("expect").map_or(&[][..], |table| &table.entries);
    entries.iter().filter_map(|(name, value)| expectation(reader, name, value)).collect()
}

fn expectation(reader: &mut Reader, name: &Name, value: &Value) -> Option<Expectation> {
    let (column, number) = name.text.split_once('.').unwrap_or((&name.text, ""));
    let config = reader.config;
    let columns: Vec<&str> = config.entries("contrast").iter().map(|(name, _)| name.text.as_str()).collect();
    let unknown = |message: String| Diagnostic::error(Code::UnknownName, name.span, message);
    if !columns.contains(&column) {
        reader.push(unknown(format!("there is no column `{column}`")).suggest(column, columns));
        return None;
    }
    let Some(number) = NUMBERS.iter().find(|known| **known == number) else {
        let message = format!("of a column, `{number}` cannot be expected");
        reader.push(unknown(message).suggest(number, NUMBERS.iter().copied()));
        return None;
    };
    let bounds = reader.diagnostics.keep(reader.evaluator.list(value, ""))?;
    let ([low, high], Written::List(_)) = (&bounds[..], &value.data) else {
        let error = Diagnostic::error(Code::WrongShape, value.span, "an expectation is a list of two numbers");
        reader.push(error.help(format!("write `\"{}\" = [low, high]`", name.text)));
        return None;
    };
    if low.is_nan() || high.is_nan() || low > high {
        let message = format!("nothing lies between {low} and {high}");
        reader.push(Diagnostic::error(Code::OutOfRange, value.span, message).help("write `[low, high]`"));
        return None;
    }
    Some(Expectation { column: column.into(), number, low: *low, high: *high, span: name.span })
}
