//! Who meets whom: the rule of a projection or gap junction, as written.

use super::context::Context;
use super::distance::Reach;
use crate::config::evaluate::{Grid, Varied};
use crate::config::value::{Data, Value};
use crate::connectivity::{self, Argument, Given, RuleInfo};
use crate::error::{Code, Diagnostic, Span};
use crate::model::Range;

/// A rule as written: its name and what stands after it.
pub(super) struct WrittenRule<'a> {
    pub info: &'static RuleInfo,
    pub argument: Option<&'a Value>,
    pub span: Span,
}

/// `rule = "all_to_all"`, or `{ fixed_indegree = 80 }`.
pub(super) fn read_rule<'a>(context: &mut Context, value: &'a Value) -> Option<WrittenRule<'a>> {
    let (name, argument, span) = match &value.data {
        Data::Text(name) => (name.as_str(), None, value.span),
        Data::Table(table) if table.entries.len() == 1 => {
            let (name, argument) = &table.entries[0];
            (name.text.as_str(), Some(argument), name.span)
        }
        Data::Table(table) if table.entries.len() > 1 => {
            let names: Vec<String> = table.entries.iter().map(|(name, _)| format!("`{}`", name.text)).collect();
            let message = format!("`rule` names {}, but is one rule", names.join(" and "));
            let help = "give each a projection of its own; what belongs to a rule stands in its own table";
            context.push(Diagnostic::error(Code::WrongType, value.span, message).help(help));
            return None;
        }
        _ => {
            let message = format!("`rule` is {}, not one rule", value.kind());
            let help = "write `\"all_to_all\"`, or `{ pairwise_bernoulli = 0.1 }`";
            context.push(Diagnostic::error(Code::WrongType, value.span, message).help(help));
            return None;
        }
    };
    let Some(info) = connectivity::ALL.iter().find(|info| info.name == name) else {
        let message = format!("there is no connection rule `{name}`");
        let known = connectivity::ALL.iter().map(|info| info.name);
        context.push(Diagnostic::error(Code::UnknownName, span, message).suggest(name, known));
        return None;
    };
    if (info.argument == Argument::None) != argument.is_none() {
        let (message, help) = match info.argument {
            Argument::None => (format!("rule `{name}` takes no argument"), format!("write `rule = \"{name}\"`")),
            _ => (format!("rule `{name}` needs its argument"), format!("write `rule = {{ {name} = ... }}`")),
        };
        context.push(Diagnostic::error(Code::WrongType, span, message).help(help));
        return None;
    }
    Some(WrittenRule { info, argument, span })
}

/// The argument of a rule: the same for all sides, or a number for each pair of them.
pub(super) enum Arguments {
    Same(Given),
    Numbers(Grid<f64>),
    /// By distance.
    Reach(Reach),
}

impl Arguments {
    pub fn pairs(&self) -> Option<&[(u32, u32)]> {
        match self {
            Arguments::Same(Given::Pairs(pairs)) => Some(pairs),
            _ => None,
        }
    }
}

pub(super) fn read_argument(context: &mut Context, rule: &WrittenRule, shape: (usize, usize)) -> Option<Arguments> {
    let Some(value) = rule.argument else { return Some(Arguments::Same(Given::Nothing)) };
    match rule.info.argument {
        Argument::None => Some(Arguments::Same(Given::Nothing)),
        // A file is read where weights and delays are.
        Argument::File => Some(Arguments::Same(Given::Nothing)),
        Argument::Distance => Reach::read(context, rule, value, shape).map(Arguments::Reach),
        Argument::Pairs => read_pairs(context, value).map(|pairs| Arguments::Same(Given::Pairs(pairs))),
        Argument::Probability | Argument::Mean => {
            let most = if rule.info.argument == Argument::Mean { u32::MAX.into() } else { 1.0 };
            let grid = context.diagnostics.keep(context.evaluator.grid(value, "", shape.0, shape.1, false))?;
            let mut cells = Vec::new();
            for varied in &grid.cells {
                context.diagnostics.keep(varied.check(Range::Within(0.0, most), (value, ""), rule.info.name))?;
                let Varied::Constant(p) = varied else {
                    context.push(Diagnostic::error(
                        Code::WrongType,
                        value.span,
                        "the argument of a rule is one fixed number",
                    ));
                    return None;
                };
                cells.push(*p);
            }
            Some(Arguments::Numbers(Grid { rows: grid.rows, columns: grid.columns, cells }))
        }
        Argument::Count => {
            let grid = context.diagnostics.keep(context.evaluator.integer_grid(value, shape.0, shape.1))?;
            if let Some(bad) = grid.cells.iter().find(|&&n| n < 0 || n > u32::MAX as i64) {
                let message =
                    format!("`{}` is {bad}, but must be zero or above, and at most {}", rule.info.name, u32::MAX);
                context.push(Diagnostic::error(Code::OutOfRange, value.span, message));
                return None;
            }
            let cells = grid.cells.iter().map(|&n| n as f64).collect();
            Some(Arguments::Numbers(Grid { rows: grid.rows, columns: grid.columns, cells }))
        }
    }
}

fn read_pairs(context: &mut Context, value: &Value) -> Option<Vec<(u32, u32)>> {
    let list = context.diagnostics.keep(value.as_list("`pairs`"))?;
    let mut pairs = Vec::new();
    for pair in list {
        let both = context.diagnostics.keep(pair.as_list("a pair"))?;
        if both.len() != 2 {
            let message = format!("a pair has two numbers, this one has {}", both.len());
            context.push(Diagnostic::error(Code::WrongShape, pair.span, message).help("write `[[0, 1], [1, 2]]`"));
            return None;
        }
        let mut ends = [0u32; 2];
        for (end, value) in ends.iter_mut().zip(both) {
            let number = context.diagnostics.keep(context.evaluator.integer(value))?;
            let Ok(index) = u32::try_from(number) else {
                let message = format!("{number} is no index of a neuron");
                context.push(Diagnostic::error(Code::OutOfRange, value.span, message));
                return None;
            };
            *end = index;
        }
        pairs.push((ends[0], ends[1]));
    }
    Some(pairs)
}
