//! The language of a layered contrast: `[data]`, `[layers]`, `[train]`, `[contrast.x]` and their kin become a [`Plan`].
//!
//! | file | reads |
//! |---|---|
//! | `tables` | `[run]`, `[layers]`, `[train]`, `[noise]`, `[compare]` |
//! | `samples` | `[data]`, and the files that it names |
//! | `columns` | `[contrast.x]` |
//! | `expect` | `[expect]` |
//! | `cells` | what a biological column is made of: `[cell.x]`, `[synapse.x]` |
//! | `reader` | numbers, words and paths, with their mistakes |
//!
//! Time in an abstract column is counted in steps. In a biological one a step is `dt` of `[run]`, 1 ms unless it is
//! written, and `steps` counts these.

mod cells;
mod columns;
mod expect;
mod reader;
mod samples;
mod tables;

use super::plan::Plan;
use crate::config::Config;
use crate::error::{Code, Diagnostic, Error, Severity, Span};
use reader::Reader;
use std::sync::Arc;

/// Tables that a layered contrast has; others mean nothing in it.
const TABLES: &[&str] =
    &["run", "define", "data", "layers", "train", "contrast", "noise", "compare", "cell", "synapse", "expect"];

/// Reads all of `config`, and the samples that it names. Files of weights are only looked for: see
/// [`Plan::load_weights`].
///
/// # Errors
/// Every mistake of the config and of the samples at once.
pub fn read(config: &Config) -> Result<Plan, Error> {
    let mut reader = Reader::new(config);
    foreign_tables(&mut reader);
    let run = tables::run(&mut reader);
    let layers = tables::layers(&mut reader);
    let train = tables::train(&mut reader);
    tables::either_trained_or_given(&mut reader, &layers);
    let noise = tables::noise(&mut reader);
    let compare = tables::compare(&mut reader);
    let synapses = cells::synapses(&mut reader);
    let columns = columns::read(&mut reader, &layers, train, &synapses);
    let needs_training = config.table("train").is_some() || columns.iter().any(columns::is_trained);
    let data = samples::read(&mut reader, layers.sizes.as_deref(), needs_training, run.seed);
    if let Some(data) = &data {
        columns::warn_of_values(&mut reader, &columns, data);
    }
    let expectations = expect::read(&mut reader);
    let warnings = finish(reader)?;
    let (Some(sizes), Some(data)) = (layers.sizes, data) else {
        // Whatever left these out has been reported, so this is never reached.
        return Err(Error::plain(crate::error::Exit::BadInput, Code::MissingKey, "the contrast is not complete"));
    };
    Ok(Plan {
        title: run.title,
        seed: run.seed,
        data,
        sizes,
        activation: layers.activation,
        weights_file: layers.weights,
        weights: None,
        train,
        columns,
        noise,
        compare,
        expectations,
        warnings,
    })
}

/// A network beside the layers would never be looked at.
fn foreign_tables(reader: &mut Reader) {
    for (name, value) in &reader.config.root.entries {
        // What is no table of the language at all has been reported.
        if TABLES.contains(&name.text.as_str()) || !crate::config::TABLES.contains(&name.text.as_str()) {
            continue;
        }
        let message =
            format!("`[{}]` means nothing in a layered contrast, which `[layers]` makes of this file", name.text);
        let place = value.place();
        let span = if place.is_none() { name.span } else { place };
        reader.push(
            Diagnostic::error(Code::Conflict, span, message)
                .help("remove it, or remove `[layers]` to compare the network with its rate twin"),
        );
    }
}

/// The warnings, or every mistake in the order of the file.
fn finish(reader: Reader) -> Result<Vec<Diagnostic>, Error> {
    let sources = Arc::clone(&reader.config.sources);
    let mut list = reader.diagnostics.list;
    list.retain(|diagnostic| !diagnostic.message.is_empty());
    let place = |span: Span| (span.source, span.start);
    list.sort_by_key(|diagnostic| place(diagnostic.span));
    list.dedup_by(|a, b| a.span == b.span && a.message == b.message);
    match list.iter().any(|diagnostic| diagnostic.severity == Severity::Error) {
        true => Err(Error::input(list, sources)),
        false => Ok(list),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contrast::plan::{
        Cell, Code as Column, Conversion, InputCode, Normalize, Readout, Reset, Surrogate, Training,
    };
    use crate::neurons::{NeuronModel, lif::Lif};

    fn plan(text: &str) -> Plan {
        read(&Config::from_text("t.toml", text).unwrap()).unwrap_or_else(|error| panic!("{error}"))
    }

    fn converted(plan: &Plan, column: usize) -> &Conversion {
        match &plan.columns[column].code {
            Column::Converted(conversion) => conversion,
            _ => panic!("column {column} is not converted"),
        }
    }

    const SHORT: &str = "[data]\nsource = \"digits\"\n[layers]\nsizes = [64, 10]\n[train]\n\
                         [contrast.a]\ncode = \"spiking\"\nreset = \"zero\"\n\
                         [contrast.b]\ncode = \"spiking\"\ntrain = \"surrogate\"\n";

    #[test]
    fn what_is_left_out_has_its_default() {
        let plan = plan(SHORT);
        assert_eq!((plan.seed, plan.data.train.len(), plan.data.test.len()), (1, 1438, 359));
        assert_eq!((plan.data.classes, plan.data.image), (10, Some((8, 8))));
        assert!(plan.data.train.x.iter().all(|x| (0.0..=1.0).contains(x)));
        assert_eq!(plan.train, Some(Training { epochs: 20, batch: 32, learning_rate: 1e-3 }));
        assert_eq!((plan.noise.levels.as_slice(), plan.noise.looks), (&[0.0, 0.1, 0.2, 0.3, 0.5][..], 8));
        let expected = Conversion {
            cell: Cell::If,
            reset: Reset::Zero,
            normalize: Normalize::Percentile(99.9),
            input: InputCode::Current,
            initial: 0.5,
            readout: Readout::Current,
            steps: 256,
            correct_bias: true,
        };
        assert_eq!(*converted(&plan, 0), expected);
        let Column::Surrogate(trained) = &plan.columns[1].code else { panic!("not trained") };
        assert_eq!((trained.steps, trained.beta, trained.epochs, trained.batch), (25, 0.9, 20, 32));
        assert_eq!((trained.surrogate, trained.slope), (Surrogate::FastSigmoid, 25.0));
    }

    #[test]
    fn what_is_written_is_meant() {
        let text = SHORT
            .replace("[data]", "[run]\nseed = 7\ndt = \"0.5 ms\"\n[define]\nn = 32\n[data]\ntest = \"last 360\"")
            .replace("reset = \"zero\"", "cell = \"c\"\nsynapse = \"s\"\nnormalize = \"max\"\nsteps = \"2 * n\"")
            .replace("[train]", "[train]\nepochs = 3")
            + "[expect]\n\"a.accuracy\" = [0.5, 1]\n[noise]\nlevels = []\n[compare]\nactivation = false\n\
               [cell.c]\nmodel = \"lif\"\nC_m = \"0.2 nF\"\ntau_m = \"20 ms\"\nE_L = \"-70 mV\"\nV_th = \"-50 mV\"\n\
               t_ref = \"1.5 ms\"\n[synapse.s]\nmodel = \"exponential\"\ntau = \"4 ms\"\n";
        let plan = plan(&text);
        assert_eq!((plan.seed, plan.data.test.len(), plan.noise.levels.len()), (7, 360, 0));
        assert!(plan.compare.is_none());
        let conversion = converted(&plan, 0);
        assert_eq!((conversion.normalize, conversion.steps, conversion.reset), (Normalize::Max, 64, Reset::Zero));
        let Cell::Biological { name, parameters, dt_ms, tau_syn_ms } = &conversion.cell else {
            panic!("not biological")
        };
        assert_eq!((name.as_str(), *dt_ms, *tau_syn_ms), ("c", 0.5, 4.0));
        let value = |name: &str| parameters[Lif::INFO.parameter(name).unwrap().0];
        assert_eq!([value("C_m"), value("V_reset"), value("t_ref")], [200.0, -70.0, 1.5]);
        assert_eq!(
            plan.columns[0].about(),
            "cell `c` in mV and pA, reset to V_reset, maximum, constant current, 64 steps of 0.5 ms"
        );
        let unmet = |accuracy: f64| plan.expectations[0].unmet(&serde_json::json!({ "a": { "accuracy": accuracy } }));
        assert!(unmet(0.5).is_none() && unmet(1.0).is_none());
        assert_eq!(unmet(0.25).unwrap().message, "`a.accuracy` is 0.25, expected 0.5 to 1");
        assert!(plan.expectations[0].unmet(&serde_json::Value::Null).is_some());
        // The trained column learns as the layers do, unless it says otherwise.
        let Column::Surrogate(trained) = &plan.columns[1].code else { panic!("not trained") };
        assert_eq!(trained.epochs, 3);
    }

    #[test]
    fn with_weights_given_a_test_set_alone_is_enough() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("t.csv"), "0,1,2\n1,3,4\n").unwrap();
        std::fs::write(directory.path().join("w.npz"), "").unwrap();
        let text = "[data]\ntest_csv = \"t.csv\"\n[layers]\nsizes = [2, 2]\nweights = \"w.npz\"\n\
                    [contrast.relu]\ncode = \"rate\"\n";
        let mut config = Config::from_text("t.toml", text).unwrap();
        config.directory = directory.path().into();
        let mut plan = read(&config).unwrap();
        assert_eq!((plan.data.train.len(), plan.data.test.len()), (0, 2));
        assert_eq!(plan.data.test.sample(1), [3.0, 4.0]);
        let error =
            plan.load_weights(&config, |path, _, _| Err(crate::files::bad_file(path, "it is empty"))).unwrap_err();
        assert!(error.to_string().starts_with("t.toml:5:11: cannot read"), "{error}");
        // All of a set may be the test, too.
        let all = text.replace("test_csv = \"t.csv\"", "csv = \"t.csv\"\ntest = 1.0");
        let config = Config { directory: config.directory, ..Config::from_text("t.toml", &all).unwrap() };
        assert_eq!(read(&config).unwrap().data.test.len(), 2);
    }
}
