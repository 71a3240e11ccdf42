//! `[expect]`: what must come out, checked after the run.

use super::context::Context;
use super::{Expectation, Expected};
use crate::config::value::{Name, Value};
use crate::error::{Code, Diagnostic};
use crate::recording::measures::{MeasureSpec, unit};

/// What a value may lie beside a bound that it is equal to: a mean or a quotient is rounded a few thousand times at most, by 1e-16
/// each. Far less than any measurement.
const ROUNDING: f64 = 1e-12;

impl Expectation {
    /// A value is as expected.
    pub fn holds(&self, value: f64) -> bool {
        let [below, above] = [self.low, self.high].map(|bound| ROUNDING * bound.abs());
        value >= self.low - below && value <= self.high + above
    }
}

/// Reads `[expect]`.
pub(super) fn read(context: &mut Context, measures: &[MeasureSpec]) -> Vec<Expectation> {
    let Some(table) = context.config.table("expect") else { return vec![] };
    table.entries.iter().filter_map(|(name, value)| read_one(context, name, value, measures)).collect()
}

fn read_one(context: &mut Context, name: &Name, value: &Value, measures: &[MeasureSpec]) -> Option<Expectation> {
    let bad = |message: String| Diagnostic::error(Code::UnknownName, name.span, message);
    let Some((left, right)) = name.text.split_once('.') else {
        let message = format!("`{}` names nothing that can be expected", name.text);
        context.push(bad(message).help("write `\"<population>.rate\"`, `.cv`, `.spikes`, or `\"measure.<name>\"`"));
        return None;
    };
    let (what, unit) = if left == "measure" {
        let Some(index) = measures.iter().position(|measure| measure.name == right) else {
            // A measure that could not be read has been reported.
            let written: Vec<String> = context.config.entries("measure").iter().map(|(n, _)| n.text.clone()).collect();
            if !written.iter().any(|known| known == right) {
                let known = written.iter().map(String::as_str);
                context.push(bad(format!("there is no measure `{right}`")).suggest(right, known));
            }
            return None;
        };
        (Expected::Measure(index), unit(measures[index].kind))
    } else {
        let population = Name { text: left.to_string(), span: name.span };
        let found = context.population(&population);
        let population = context.keep(found);
        let (what, unit): (fn(usize) -> Expected, &str) = match right {
            "rate" => (Expected::Rate, "Hz"),
            "cv" => (Expected::Cv, ""),
            "spikes" => (Expected::Spikes, ""),
            _ => {
                let message = format!("`{right}` of a population cannot be expected");
                context.push(bad(message).suggest(right, ["rate", "cv", "spikes"]));
                return None;
            }
        };
        (what(population?), unit)
    };
    let list = context.diagnostics.keep(context.evaluator.list(value, unit))?;
    let &[low, high] = list.as_slice() else {
        let message = format!("an expectation is two numbers, not {}", list.len());
        context.push(Diagnostic::error(Code::WrongShape, value.span, message).help("write `[low, high]`"));
        return None;
    };
    if low > high {
        let message = format!("the range is empty: {low} is above {high}");
        context.push(Diagnostic::error(Code::OutOfRange, value.span, message));
        return None;
    }
    Some(Expectation { what, key: name.text.clone(), low, high, unit: unit.to_string(), span: name.span })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Span;

    #[test]
    fn bounds_forgive_rounding_and_no_more() {
        let holds = |low: f64, high: f64, value: f64| {
            let (key, unit) = (String::new(), String::new());
            Expectation { what: Expected::Rate(0), key, low, high, unit, span: Span::NONE }.holds(value)
        };
        assert!(holds(60.0, 70.0, 59.999_999_999_999_99) && holds(-70.0, -60.0, -59.999_999_999_999_99));
        assert!(!holds(60.0, 70.0, 59.999_999_999) && !holds(-70.0, -60.0, -59.999_999_999));
        assert!(holds(0.0, f64::INFINITY, 1e300) && holds(f64::NEG_INFINITY, 0.0, 0.0) && !holds(0.0, 1.0, -1e-300));
        assert!(!holds(0.0, 1.0, f64::NAN));
    }
}
