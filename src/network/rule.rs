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
    /// Whether the target of this row is joined with the source of this column at all.
    pub fn joins(&self, (row, column): (usize, usize)) -> bool {
        match self {
            Arguments::Same(_) => true,
            Arguments::Numbers(grid) => *grid.at(row, column) != 0.0,
            Arguments::Reach(reach) => !reach.joins_nobody((row, column)),
        }
    }

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
            let cells = grid.cells.iter().enumerate().map(|(index, varied)| {
                let at = entry(value, (index / grid.columns, index % grid.columns));
                context.diagnostics.keep(varied.check(Range::Within(0.0, most), (at, ""), rule.info.name))?;
                let Varied::Constant(p) = varied else {
                    let message = "the argument of a rule is one fixed number";
                    context.push(Diagnostic::error(Code::WrongType, at.span, message));
                    return None;
                };
                Some(*p)
            });
            // All of them are looked at.
            let cells: Vec<Option<f64>> = cells.collect();
            let cells = cells.into_iter().collect::<Option<_>>()?;
            Some(Arguments::Numbers(Grid { rows: grid.rows, columns: grid.columns, cells }))
        }
        Argument::Count => {
            let grid = context.diagnostics.keep(context.evaluator.integer_grid(value, shape.0, shape.1))?;
            let wrong = |(_, number): &(usize, &i64)| **number < 0 || **number > u32::MAX as i64;
            for (index, bad) in grid.cells.iter().enumerate().filter(wrong) {
                let message =
                    format!("`{}` is {bad}, but must be zero or above, and at most {}", rule.info.name, u32::MAX);
                let at = entry(value, (index / grid.columns, index % grid.columns));
                let code = if *bad < 0 { Code::OutOfRange } else { Code::TooLarge };
                context.push(Diagnostic::error(code, at.span, message));
            }
            if grid.cells.iter().enumerate().any(|cell| wrong(&cell)) {
                return None;
            }
            let cells = grid.cells.iter().map(|&n| n as f64).collect();
            Some(Arguments::Numbers(Grid { rows: grid.rows, columns: grid.columns, cells }))
        }
    }
}

/// The entry of a matrix as it is written, or all of what is no list.
pub(super) fn entry(value: &Value, (row, column): (usize, usize)) -> &Value {
    let row = list(value).and_then(|rows| rows.get(row)).unwrap_or(value);
    list(row).and_then(|columns| columns.get(column)).unwrap_or(row)
}

fn list(value: &Value) -> Option<&[Value]> {
    match &value.data {
        Data::List(entries) => Some(entries),
        _ => None,
    }
}

fn read_pairs(context: &mut Context, value: &Value) -> Option<Vec<(u32, u32)>> {
    let list = context.diagnostics.keep(value.as_list("`pairs`"))?;
    // All of them are looked at.
    let pairs: Vec<Option<(u32, u32)>> = list.iter().map(|pair| read_pair(context, pair)).collect();
    pairs.into_iter().collect()
}

/// Pairs that are told one by one.
const SHOWN: usize = 10;

/// Tells all pairs that lie outside of selections of so many sources and targets.
pub(super) fn refuse_outside(
    context: &mut Context,
    rule: &WrittenRule,
    arguments: &Arguments,
    (sources, targets): (usize, usize),
) -> Option<()> {
    let (Some(pairs), Some(value)) = (arguments.pairs(), rule.argument) else { return Some(()) };
    let outside = |(_, pair): &(usize, &(u32, u32))| pair.0 as usize >= sources || pair.1 as usize >= targets;
    let count = pairs.iter().enumerate().filter(outside).count();
    for (index, (source, target)) in pairs.iter().enumerate().filter(outside).take(SHOWN) {
        let at = list(value).and_then(|list| list.get(index)).unwrap_or(value);
        let message = format!(
            "the pair [{source}, {target}] is outside the selections of {sources} sources and {targets} targets"
        );
        context.push(
            Diagnostic::error(Code::WrongShape, at.span, message).help("both count from 0 within the selections"),
        );
    }
    if count > SHOWN {
        let message = format!("{} more pairs lie outside of the selections", count - SHOWN);
        context.push(Diagnostic::error(Code::WrongShape, value.span, message));
    }
    (count == 0).then_some(())
}

fn read_pair(context: &mut Context, pair: &Value) -> Option<(u32, u32)> {
    let both = context.diagnostics.keep(pair.as_list("a pair"))?;
    let [source, target] = both else {
        let message = format!("a pair has two numbers, this one has {}", both.len());
        context.push(Diagnostic::error(Code::WrongShape, pair.span, message).help("write `[[0, 1], [1, 2]]`"));
        return None;
    };
    let mut end = |value: &Value| {
        let number = context.diagnostics.keep(context.evaluator.integer(value))?;
        let index = u32::try_from(number).ok();
        if index.is_none() {
            let message = format!("{number} is no index of a neuron");
            context.push(Diagnostic::error(Code::OutOfRange, value.span, message));
        }
        index
    };
    let (source, target) = (end(source), end(target));
    source.zip(target)
}
