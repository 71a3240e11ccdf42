//! `axonal check` of a layered contrast: every mistake at once, or what will be compared.

use serde_json::{Map, Value, json};

use super::args::CheckArguments;
use super::check::{diagnostics, large, refuse};
use super::table::{explained, table};
use super::{input, terminal};
use crate::config::Config;
use crate::contrast::plan::Plan;
use crate::contrast::{self, Prepared};
use crate::error::{Code, Error, Exit};

/// Reads the config and all files that it names, short of training or running anything.
pub fn check(arguments: &CheckArguments, config: &Config) -> Result<Exit, Error> {
    if arguments.resolved {
        let message = "a layered contrast is not resolved: `--resolved` writes out the defaults of a network";
        return refuse(arguments, Error::plain(Exit::BadInput, Code::Conflict, message).help("leave out `--resolved`"));
    }
    let plan = match contrast::prepare(config) {
        Ok(Prepared::Layered(plan)) => plan,
        // What has layers is layered.
        Ok(_) => return Ok(Exit::Complete),
        Err(error) => return refuse(arguments, error),
    };
    if arguments.json {
        let result = summary_json(&plan, diagnostics(&plan.warnings, &config.sources));
        return terminal::print(&format!("{result:#}\n"));
    }
    terminal::diagnostics(&plan.warnings, &config.sources);
    let (file, set) = (input::argument(&arguments.config), input::settings(&arguments.config));
    terminal::print(&format!("{}next: axonal contrast{file}{set}\n", describe(&plan)))
}

/// Multiply-accumulates for one sample.
fn macs(plan: &Plan) -> u64 {
    plan.sizes.windows(2).map(|pair| (pair[0] * pair[1]) as u64).sum()
}

fn describe(plan: &Plan) -> String {
    let mut out = if plan.title.is_empty() { String::new() } else { format!("{}\n", plan.title) };
    let sizes = plan.sizes.iter().map(usize::to_string).collect::<Vec<_>>().join(" - ");
    let weights = match (&plan.weights_file, plan.train) {
        (Some(file), _) => format!("from {}", file.path.display()),
        (None, Some(train)) => format!("trained for {} epochs, {} samples a step", train.epochs, train.batch),
        (None, None) => String::new(),
    };
    let samples =
        format!("{} to train, {} to test", large(plan.data.train.len() as f64), large(plan.data.test.len() as f64));
    let rows = [
        ("data", plan.data.source.clone()),
        ("samples", samples),
        ("layers", format!("{sizes}, {}", plan.activation.name())),
        ("weights", weights),
        ("work", format!("{} multiply-accumulates a sample", large(macs(plan) as f64))),
    ];
    let rows: Vec<Vec<String>> = rows.into_iter().map(|(name, what)| vec![name.to_string(), what]).collect();
    out += &format!("{}\n{}", terminal::heading("network"), table(&rows));
    let about: Vec<String> = plan.columns.iter().map(|column| column.about()).collect();
    let columns = plan.columns.iter().zip(&about).map(|(column, about)| (column.name.as_str(), about.as_str()));
    out + &format!("{}\n{}", terminal::heading("columns"), explained(columns))
}

fn summary_json(plan: &Plan, warnings: Value) -> Value {
    let columns = plan
        .columns
        .iter()
        .map(|column| (column.name.clone(), json!({ "steps": column.steps(), "about": column.about() })));
    json!({
        "ok": true,
        "title": plan.title,
        "data": plan.data.source,
        "samples": { "train": plan.data.train.len(), "test": plan.data.test.len() },
        "sizes": plan.sizes,
        "activation": plan.activation.name(),
        "macs_per_sample": macs(plan),
        "columns": columns.collect::<Map<String, Value>>(),
        "diagnostics": warnings,
    })
}
