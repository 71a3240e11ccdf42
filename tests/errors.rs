//! What a user reads who made a mistake: every message, with its caret and its help, as golden text.
//!
//! A case is a small sound config with one place changed. All messages of a table of cases stand in one file of
//! `tests/snapshots/`, to be read as a user would. After a change on purpose, `INSTA_UPDATE=always cargo test errors`
//! writes them anew: read the difference before keeping it.

use axonal::error::{Code, Severity};
use axonal::{Config, Error, Simulation};
use std::collections::BTreeSet;

/// A network with one of everything, and nothing wrong.
const SOUND: &str = r#"[run]
duration = "40 ms"
dt = "0.1 ms"
temperature = "6.3 degC"

[define]
base = "500 pA"

[cell.point]
model = "lif"
C_m = "250 pF"
tau_m = "10 ms"
E_L = "-70 mV"
V_th = "-55 mV"
V_reset = "-70 mV"
t_ref = "2 ms"

[cell.squid]
model = "hodgkin_huxley"

[cell.axon]
model = "cable"
R_a = "35.4 ohm cm"
mechanisms.hh = {}
[cell.axon.section.soma]
length = "20 um"
diameter = "20 um"
[cell.axon.section.fibre]
parent = "soma"
length = "200 um"
diameter = "2 um"
compartments = 4

[population.exc]
cell = "point"
size = 10
[population.inh]
cell = "point"
size = 5
[population.patch]
cell = "squid"
size = 2
[population.chain]
cell = "axon"
size = 3
spike = { at = "fibre(1.0)", threshold = "0 mV" }

[synapse.fast]
model = "exponential"
tau = "2 ms"
[synapse.ampa]
model = "dual_exponential"
tau_rise = "0.2 ms"
tau_decay = "2 ms"
E_rev = "0 mV"

[projection.feed]
from = "exc"
to = "inh"
rule = "all_to_all"
synapse = "fast"
weight = "20 pA"
delay = "1 ms"
[projection.along]
from = "chain"
to = "chain.soma(0.5)"
rule = { pairs = [[0, 1], [1, 2]] }
synapse = "ampa"
weight = "20 nS"
delay = "0.5 ms"

[gap_junction.hole]
between = ["chain[0].soma(0.5)", "chain[1].soma(0.5)"]
rule = "one_to_one"
conductance = "1 nS"

[stimulus.drive]
kind = "step"
to = "exc"
amplitude = "base"
start = "5 ms"

[recorder.seen]
of = "exc[0]"
what = ["V_m", "spikes"]

[measure.activity]
kind = "rate"
of = "exc"

[plot.trace]
kind = "trace"
data = "seen"

[expect]
"exc.rate" = ["0 Hz", "100 Hz"]
"#;

/// What is written, what is written instead, and the first error's code; what must stand there exactly once.
type Case = (&'static str, &'static str, Code);

/// Rates in bins, measures of spikes, and pictures of them, that cannot be.
const ANALYSIS: &[Case] = &[
    ("what = [\"V_m\", \"spikes\"]", "what = \"rate\"", Code::MissingKey),
    ("what = [\"V_m\", \"spikes\"]", "what = [\"rate\", \"V_m\"]\nevery = \"5 ms\"", Code::Conflict),
    ("what = [\"V_m\", \"spikes\"]", "what = \"rate\"\nevery = \"0.25 ms\"", Code::OffGrid),
    ("what = [\"V_m\", \"spikes\"]", "what = \"rate\"\nevery = \"50 ms\"", Code::OutOfRange),
    (
        "of = \"exc[0]\"\nwhat = [\"V_m\", \"spikes\"]",
        "of = \"chain\"\nat = \"soma\"\nwhat = \"rate\"\nevery = \"1 ms\"",
        Code::Conflict,
    ),
    ("kind = \"rate\"\nof = \"exc\"", "kind = \"correlation\"\nof = \"exc[0]\"", Code::BadSelection),
    ("kind = \"rate\"\nof = \"exc\"", "kind = \"synchrony\"\nof = \"exc\"\nbin = \"30 ms\"", Code::OutOfRange),
    ("kind = \"rate\"\nof = \"exc\"", "kind = \"correlation\"\nof = \"exc\"\nbin = \"0.25 ms\"", Code::OffGrid),
    ("kind = \"rate\"\nof = \"exc\"", "kind = \"correlation\"\nof = \"exc\"\nresolution = \"1 Hz\"", Code::UnknownKey),
    ("kind = \"rate\"\nof = \"exc\"", "kind = \"correlation\"\nof = \"exc\"\nneurons = 1", Code::OutOfRange),
    (
        "kind = \"rate\"\nof = \"exc\"",
        "kind = \"spectrum_peak\"\nof = \"exc\"\nresolution = \"1 Hz\"",
        Code::OutOfRange,
    ),
    ("kind = \"rate\"\nof = \"exc\"", "kind = \"cv\"\nof = \"exc\"\nleast_spikes = 2", Code::OutOfRange),
    ("kind = \"trace\"\ndata = \"seen\"", "kind = \"isi\"\ndata = \"inh\"", Code::BadSelection),
    ("kind = \"trace\"\ndata = \"seen\"", "kind = \"correlation\"\ndata = \"seen\"", Code::BadSelection),
    ("kind = \"trace\"\ndata = \"seen\"", "kind = \"spectra\"", Code::UnknownName),
    (
        "\"V_m\", \"spikes\"]\n\n[measure.activity]\nkind = \"rate\"\nof = \"exc\"\n\n[plot.trace]\nkind = \"trace\"",
        "\"V_m\"]\n\n[measure.activity]\nkind = \"rate\"\nof = \"exc\"\n\n[plot.trace]\nkind = \"raster\"",
        Code::BadSelection,
    ),
];

/// A misspelt word in every table of the language.
const TYPOS: &[Case] = &[
    ("[run]\nduration", "[run]\nduraton", Code::UnknownKey),
    ("[define]", "[defines]", Code::UnknownTable),
    ("model = \"lif\"", "model = \"lfi\"", Code::UnknownName),
    ("tau_m = \"10 ms\"", "tau_n = \"10 ms\"", Code::UnknownKey),
    ("model = \"hodgkin_huxley\"", "model = \"hodgkin_huxley\"\nE_na = \"50 mV\"", Code::UnknownKey),
    ("mechanisms.hh = {}", "mechanisms.hhh = {}", Code::UnknownName),
    ("mechanisms.hh = {}", "mechanisms.hh = { gNa = \"120 mS/cm^2\" }", Code::UnknownKey),
    ("diameter = \"2 um\"", "diametre = \"2 um\"", Code::UnknownKey),
    ("parent = \"soma\"", "parent = \"sona\"", Code::UnknownName),
    ("[population.inh]\ncell = \"point\"", "[population.inh]\ncell = \"pont\"", Code::UnknownName),
    ("size = 10", "szie = 10", Code::UnknownKey),
    ("at = \"fibre(1.0)\"", "at = \"fiber(1.0)\"", Code::UnknownName),
    ("threshold = \"0 mV\"", "treshold = \"0 mV\"", Code::UnknownKey),
    ("model = \"exponential\"", "model = \"exponentail\"", Code::UnknownName),
    ("tau_rise", "tau_raise", Code::UnknownKey),
    ("from = \"exc\"", "from = \"ecx\"", Code::UnknownName),
    ("rule = \"all_to_all\"", "rule = \"all-to-all\"", Code::UnknownName),
    ("synapse = \"fast\"", "synapse = \"fats\"", Code::UnknownName),
    ("delay = \"1 ms\"", "dealy = \"1 ms\"", Code::UnknownKey),
    ("chain.soma(0.5)\"\nrule", "chain.sooma(0.5)\"\nrule", Code::UnknownName),
    ("between", "betwen", Code::UnknownKey),
    ("conductance = \"1 nS\"", "conductivity = \"1 nS\"", Code::UnknownKey),
    ("kind = \"step\"", "kind = \"stepp\"", Code::UnknownName),
    ("amplitude", "ampltude", Code::UnknownKey),
    ("amplitude = \"base\"", "amplitude = \"bass\"", Code::UnknownName),
    ("of = \"exc[0]\"", "off = \"exc[0]\"", Code::UnknownKey),
    ("\"V_m\"", "\"Vm\"", Code::UnknownName),
    ("kind = \"rate\"", "kind = \"rates\"", Code::UnknownName),
    ("kind = \"trace\"", "kind = \"traces\"", Code::UnknownName),
    ("data = \"seen\"", "data = \"sean\"", Code::UnknownName),
    ("\"exc.rate\"", "\"exc.rates\"", Code::UnknownName),
    ("\"exc.rate\"", "\"ecx.rate\"", Code::UnknownName),
    ("\"exc.rate\"", "\"measure.activty\"", Code::UnknownName),
    ("[recorder.seen]", "[recoder.seen]", Code::UnknownTable),
];

/// Units and numbers.
const NUMBERS: &[Case] = &[
    ("C_m = \"250 pF\"", "C_m = 250", Code::BareNumber),
    ("C_m = \"250 pF\"", "C_m = \"250\"", Code::BareNumber),
    ("C_m = \"250 pF\"", "C_m = \"250 mV\"", Code::WrongDimension),
    ("C_m = \"250 pF\"", "C_m = \"1 uF/cm^2\"", Code::WrongDimension),
    ("C_m = \"250 pF\"", "C_m = \"0 pF\"", Code::OutOfRange),
    ("C_m = \"250 pF\"", "C_m = \"-250 pF\"", Code::OutOfRange),
    ("C_m = \"250 pF\"", "C_m = \"nan pF\"", Code::OutOfRange),
    ("C_m = \"250 pF\"", "C_m = \"inf pF\"", Code::OutOfRange),
    ("C_m = \"250 pF\"", "C_m = inf", Code::OutOfRange),
    ("C_m = \"250 pF\"", "C_m = \"1e999 pF\"", Code::OutOfRange),
    ("C_m = \"250 pF\"", "C_m = \"250 pf\"", Code::UnknownUnit),
    ("C_m = \"250 pF\"", "C_m = [\"250 pF\"]", Code::WrongShape),
    ("C_m = \"250 pF\"", "C_m = true", Code::WrongType),
    ("C_m = \"250 pF\"", "C_m = \"\"", Code::BadExpression),
    ("C_m = \"250 pF\"", "C_m = \"normal(250 pF, 10 pF)\"", Code::BadRandom),
    ("tau_m = \"10 ms\"", "tau_m = \"10 mS\"", Code::WrongDimension),
    ("tau_m = \"10 ms\"", "tau_m = \"10 s m\"", Code::WrongDimension),
    ("E_L = \"-70 mV\"", "E_L = \"-70 mv\"", Code::UnknownUnit),
    ("length = \"200 um\"", "length = \"200 um2\"", Code::UnknownUnit),
    ("compartments = 4", "compartments = \"4 um\"", Code::WrongDimension),
    ("compartments = 4", "compartments = 2.5", Code::OutOfRange),
    ("compartments = 4", "compartments = 0", Code::OutOfRange),
    ("conductance = \"1 nS\"", "conductance = \"-1 nS\"", Code::OutOfRange),
    ("weight = \"20 nS\"", "weight = \"-20 nS\"", Code::OutOfRange),
    ("weight = \"20 nS\"", "weight = \"20 pA\"", Code::WrongDimension),
    ("weight = \"20 pA\"", "weight = \"20 nS\"", Code::WrongDimension),
    ("tau = \"2 ms\"", "tau = \"0 ms\"", Code::OutOfRange),
    ("tau_rise = \"0.2 ms\"", "tau_rise = \"5 ms\"", Code::OutOfRange),
    ("mechanisms.hh = {}", "mechanisms.hh = { g_Na = \"-120 mS/cm^2\" }", Code::OutOfRange),
    ("mechanisms.hh = {}", "mechanisms.hh = { g_Na = \"120 nS\" }", Code::WrongDimension),
    ("temperature = \"6.3 degC\"", "temperature = 6.3", Code::BareNumber),
    ("temperature = \"6.3 degC\"", "temperature = \"6.3 C\"", Code::WrongDimension),
    ("temperature = \"6.3 degC\"", "temperature = \"-300 degC\"", Code::OutOfRange),
    ("size = 10", "size = 0", Code::OutOfRange),
    ("size = 10", "size = -1", Code::OutOfRange),
    ("size = 10", "size = 2.5", Code::OutOfRange),
    ("size = 10", "size = \"10 neurons\"", Code::UnknownUnit),
    ("size = 10", "size = 1_000_000_000_000_000_000", Code::TooLarge),
    ("size = 10", "size = 1e18", Code::TooLarge),
];

/// Times on the grid.
const TIMES: &[Case] = &[
    ("start = \"5 ms\"", "start = \"5.03 ms\"", Code::OffGrid),
    ("duration = \"40 ms\"", "duration = \"40.05 ms\"", Code::OffGrid),
    ("t_ref = \"2 ms\"", "t_ref = \"2.01 ms\"", Code::OffGrid),
    ("delay = \"1 ms\"", "delay = \"1.06 ms\"", Code::OffGrid),
    ("delay = \"1 ms\"", "delay = \"0 ms\"", Code::OutOfRange),
    ("delay = \"1 ms\"", "delay = \"-1 ms\"", Code::OutOfRange),
    ("delay = \"1 ms\"", "delay = \"0.05 ms\"", Code::OutOfRange),
    ("what = [", "every = \"0 ms\"\nwhat = [", Code::OutOfRange),
    ("what = [", "every = \"0.25 ms\"\nwhat = [", Code::OffGrid),
    ("dt = \"0.1 ms\"", "dt = \"0 ms\"", Code::OutOfRange),
    ("dt = \"0.1 ms\"", "dt = \"-0.1 ms\"", Code::OutOfRange),
    ("dt = \"0.1 ms\"", "dt = 0.1", Code::BareNumber),
    ("duration = \"40 ms\"", "duration = \"0 ms\"", Code::OutOfRange),
    ("duration = \"40 ms\"", "duration = \"-40 ms\"", Code::OutOfRange),
    ("duration = \"40 ms\"", "duration = \"inf ms\"", Code::OutOfRange),
    ("duration = \"40 ms\"", "duration = \"40 ms\"\nwarmup = \"50 ms\"", Code::OutOfRange),
    ("start = \"5 ms\"", "start = \"5 ms\"\nstop = \"4 ms\"", Code::OutOfRange),
];

/// Who, where, and to whom.
const PLACES: &[Case] = &[
    ("of = \"exc[0]\"", "of = \"exc[10]\"", Code::BadSelection),
    ("of = \"exc[0]\"", "of = \"exc[5..20]\"", Code::BadSelection),
    ("of = \"exc[0]\"", "of = \"exc[5..5]\"", Code::BadSelection),
    ("of = \"exc[0]\"", "of = \"exc[\"", Code::BadSelection),
    ("of = \"exc[0]\"", "of = 0", Code::WrongType),
    ("of = \"exc[0]\"", "of = \"exc.soma(0.5)\"", Code::BadSelection),
    ("chain.soma(0.5)\"\nrule", "chain.soma(1.5)\"\nrule", Code::OutOfRange),
    ("chain.soma(0.5)\"\nrule", "chain\"\nrule", Code::BadSelection),
    ("at = \"fibre(1.0)\"", "at = \"fibre(-0.1)\"", Code::OutOfRange),
    ("parent = \"soma\"", "parent = \"fibre\"", Code::Cycle),
    ("[cell.axon.section.soma]", "[cell.axon.section.soma]\nparent = \"fibre\"", Code::Cycle),
    ("parent = \"soma\"\n", "", Code::Conflict),
    ("rule = \"all_to_all\"", "rule = \"one_to_one\"", Code::WrongShape),
    ("rule = \"all_to_all\"", "rule = { pairs = [[0, 9]] }", Code::WrongShape),
    ("rule = \"all_to_all\"", "rule = { pairs = [[0, 1, 2]] }", Code::WrongShape),
    ("rule = \"all_to_all\"", "rule = { pairwise_bernoulli = 1.5 }", Code::OutOfRange),
    ("rule = \"all_to_all\"", "rule = { fixed_indegree = -1, x = 2 }", Code::WrongType),
    ("rule = \"all_to_all\"", "rule = { fixed_indegree = -1 }\nmultapses = true", Code::OutOfRange),
    ("rule = \"all_to_all\"", "rule = { fixed_indegree = 3 }", Code::MissingKey),
    ("rule = \"all_to_all\"", "rule = { fixed_indegree = 11 }\nmultapses = false", Code::WrongShape),
    ("rule = \"all_to_all\"", "rule = \"fixed_indegree\"", Code::WrongType),
    ("rule = \"all_to_all\"", "rule = \"all_to_all\"\nautapses = false", Code::Conflict),
    ("rule = \"all_to_all\"", "rule = \"all_to_all\"\nmultapses = false", Code::Conflict),
    ("to = \"inh\"", "to = \"exc\"", Code::MissingKey),
    ("to = \"inh\"", "to = [\"inh\", \"exc\"]", Code::MissingKey),
    ("weight = \"20 pA\"", "weight = [\"20 pA\", \"10 pA\"]", Code::WrongShape),
    ("weight = \"20 pA\"", "weight = [[\"20 pA\", \"10 pA\"]]", Code::WrongShape),
    ("between = [\"chain[0].soma(0.5)\", ", "between = [", Code::WrongShape),
    ("\"chain[1].soma(0.5)\"]", "\"chain[0].soma(0.5)\"]", Code::Conflict),
    ("amplitude = \"base\"", "amplitude = \"10 uA/cm^2\"", Code::WrongDimension),
    ("amplitude = \"base\"", "amplitude = [\"1 pA\", \"2 pA\"]", Code::WrongShape),
    ("amplitude = \"base\"", "amplitude = { each = [\"1 pA\", \"2 pA\"] }", Code::WrongShape),
    ("to = \"exc\"\namplitude = \"base\"", "to = \"chain.soma(0.5)\"\namplitude = \"1 uA/cm^2\"", Code::BadSelection),
];

/// What is missing, contradicts itself, or is of the wrong kind.
const SHAPES: &[Case] = &[
    ("[run]\nduration = \"40 ms\"", "[run]", Code::MissingKey),
    ("temperature = \"6.3 degC\"\n", "", Code::MissingKey),
    ("model = \"lif\"\n", "", Code::MissingKey),
    ("V_th = \"-55 mV\"\n", "", Code::MissingKey),
    ("C_m = \"250 pF\"\n", "", Code::Conflict),
    ("C_m = \"250 pF\"", "C_m = \"250 pF\"\ng_L = \"10 nS\"", Code::Conflict),
    ("R_a = \"35.4 ohm cm\"\n", "", Code::MissingKey),
    ("[population.inh]\ncell = \"point\"\n", "[population.inh]\n", Code::MissingKey),
    ("spike = { at = \"fibre(1.0)\", threshold = \"0 mV\" }", "spike = true", Code::WrongType),
    ("size = 10", "size = 10\nspike = { threshold = \"0 mV\" }", Code::Conflict),
    ("size = 10", "size = 10\ninitial.v = \"-60 mV\"", Code::UnknownKey),
    ("size = 10", "size = 10\nset.V_t = \"-50 mV\"", Code::UnknownKey),
    ("size = 10", "size = 10\nset.V_th = \"normal(-50 mV)\"", Code::BadRandom),
    ("size = 10", "size = 10\nset.V_th = \"normal(-50 mV, 1 mV) in [0 mV, 10 mV]\"", Code::BadRandom),
    ("size = 10", "size = 10\nset.V_th = \"linspace(-50 mV)\"", Code::BadExpression),
    ("size = 10", "size = 10\nset.V_th = { each = [\"-50 mV\"] }", Code::WrongShape),
    ("weight = \"20 pA\"\n", "", Code::MissingKey),
    ("delay = \"1 ms\"\n", "", Code::MissingKey),
    ("kind = \"step\"\n", "", Code::MissingKey),
    ("compartments = 4", "compartments = 4\nmax_compartment = \"10 um\"", Code::Conflict),
    ("base = \"500 pA\"", "base = \"other\"\nother = \"base\"", Code::Cycle),
    ("base = \"500 pA\"", "base = \"500 pA + 1 mV\"", Code::WrongDimension),
    ("base = \"500 pA\"", "base = \"500 pA * (2\"", Code::BadExpression),
    ("[population.exc]", "[population.\"1st\"]", Code::BadName),
    ("[synapse.fast]\n", "[synapse]\n", Code::WrongType),
    ("[plot.trace]", "[[plot]]", Code::WrongType),
    ("\"exc.rate\" = [\"0 Hz\", \"100 Hz\"]", "\"exc.rate\" = [\"100 Hz\", \"0 Hz\"]", Code::OutOfRange),
    ("\"exc.rate\" = [\"0 Hz\", \"100 Hz\"]", "\"exc.rate\" = [0, 100]", Code::BareNumber),
    ("\"exc.rate\" = [\"0 Hz\", \"100 Hz\"]", "\"exc.rate\" = \"10 Hz\"", Code::WrongShape),
    ("\"exc.rate\" = [\"0 Hz\", \"100 Hz\"]", "\"exc.rate\" = [\"0 Hz\"]", Code::WrongShape),
    ("kind = \"rate\"", "kind = \"velocity\"", Code::MissingKey),
    (
        "kind = \"step\"",
        "kind = \"spike_list\"\nfile = \"nowhere.csv\"\nsynapse = \"fast\"\nweight = \"1 pA\"",
        Code::Unreadable,
    ),
];

/// Not TOML.
const SYNTAX: &[Case] = &[
    ("[run]\n", "[run\n", Code::Syntax),
    ("dt = \"0.1 ms\"", "dt = 0.1 ms", Code::Syntax),
    ("dt = \"0.1 ms\"", "dt = \"0.1 ms", Code::Syntax),
    ("dt = \"0.1 ms\"", "dt =", Code::Syntax),
    ("dt = \"0.1 ms\"", "dt = \"0.1 ms\"\ndt = \"0.2 ms\"", Code::Syntax),
    ("[cell.squid]", "[cell.point]", Code::Syntax),
    ("size = 10", "size := 10", Code::Syntax),
];

const TABLES: &[(&str, &[Case])] = &[
    ("typos", TYPOS),
    ("numbers", NUMBERS),
    ("times", TIMES),
    ("places", PLACES),
    ("shapes", SHAPES),
    ("syntax", SYNTAX),
    ("analysis", ANALYSIS),
];

/// Codes that no config alone can cause, and where they are tested.
const ELSEWHERE: &[(Code, &str)] = &[
    (Code::Output, "files::run_directory, files::atomic: a disk that fills up"),
    (Code::Busy, "files::run_directory: a directory in use"),
];

fn build(text: &str) -> Result<Simulation, Error> {
    Simulation::new(Config::from_text("net.toml", text)?)
}

fn rendered(error: &Error) -> String {
    axonal::cli::render::render(&error.diagnostics, &error.sources, false, 80)
}

/// The sound config with one place changed.
fn changed(from: &str, to: &str) -> String {
    assert_eq!(SOUND.matches(from).count(), 1, "`{from}` must stand in the sound config once");
    SOUND.replace(from, to)
}

/// What the config with its mistake brings out: the diagnostics and how they read.
fn outcome(text: &str) -> (Vec<(Severity, Code)>, i32, String) {
    let (diagnostics, exit, shown) = match build(text) {
        Ok(built) => {
            let shown = axonal::cli::render::render(built.warnings(), &built.config().sources, false, 80);
            (built.warnings().to_vec(), 0, shown)
        }
        Err(error) => (error.diagnostics.clone(), error.exit as i32, rendered(&error)),
    };
    (diagnostics.iter().map(|d| (d.severity, d.code)).collect(), exit, shown)
}

/// How much memory is free differs between machines.
fn without_memory(page: &str) -> String {
    let line = |line: &str| match (line.find(", and "), line.strip_suffix(" are free")) {
        (Some(at), Some(_)) => format!("{}, and ... are free\n", &line[..at]),
        _ => format!("{line}\n"),
    };
    page.lines().map(line).collect()
}

fn golden(name: &str, cases: &[Case]) {
    let (mut page, mut wrong) = (String::new(), vec![]);
    for (from, to, code) in cases {
        let (found, exit, shown) = outcome(&changed(from, to));
        page += &format!("=== {} -> {} (exit {exit})\n\n{shown}\n", from.escape_debug(), to.escape_debug());
        let expected = if *code == Code::TooLarge { 4 } else { 2 };
        if !found.contains(&(Severity::Error, *code)) || exit != expected {
            wrong.push(format!(
                "{from:?} -> {to:?}: {code:?} expected, exit {expected}; found {found:?}, {exit}\n{shown}"
            ));
        }
    }
    insta::assert_snapshot!(format!("errors_{name}"), without_memory(&page));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_sound_config_is_sound() {
    let built = build(SOUND).map_err(|error| rendered(&error)).unwrap();
    assert_eq!(axonal::cli::render::render(built.warnings(), &built.config().sources, false, 80), "");
}

#[test]
fn analysis() {
    golden("analysis", ANALYSIS);
}

#[test]
fn typos() {
    golden("typos", TYPOS);
}

#[test]
fn numbers() {
    golden("numbers", NUMBERS);
}

#[test]
fn times() {
    golden("times", TIMES);
}

#[test]
fn places() {
    golden("places", PLACES);
}

#[test]
fn shapes() {
    golden("shapes", SHAPES);
}

#[test]
fn syntax() {
    golden("syntax", SYNTAX);
}

/// Several mistakes, each reported once, in the order of the file.
#[test]
fn several_at_once() {
    let mistakes = [
        ("dt = \"0.1 ms\"", "dt = \"0.1 mV\""),
        ("tau_decay = \"2 ms\"", "tau_decay = \"2 mV\""),
        ("compartments = 4", "compartments = 0"),
        ("[population.inh]\ncell = \"point\"", "[population.inh]\ncell = \"pont\""),
        ("size = 3", "size = 0"),
        ("rule = \"all_to_all\"", "rule = \"all_to_al\""),
        ("conductance = \"1 nS\"", "conductance = \"-1 nS\""),
        ("\"V_m\", \"spikes\"", "\"V_m\", \"spiks\""),
        ("kind = \"trace\"", "kind = \"trase\""),
    ];
    let text = mistakes.iter().fold(SOUND.to_string(), |text, (from, to)| {
        assert_eq!(SOUND.matches(from).count(), 1, "{from}");
        text.replace(from, to)
    });
    let error = build(&text).err().unwrap();
    insta::assert_snapshot!("errors_several", rendered(&error));
    let starts: Vec<u32> = error.diagnostics.iter().map(|d| d.span.start).collect();
    assert!(starts.is_sorted(), "{starts:?}");
    assert_eq!(error.diagnostics.len(), mistakes.len());
}

/// Files that are no configs at all.
#[test]
fn files() {
    let directory = tempfile::tempdir().unwrap();
    let at = |name: &str| directory.path().join(name);
    let sparse = std::fs::File::create(at("huge.toml")).unwrap();
    sparse.set_len(100 << 20).unwrap();
    std::fs::create_dir(at("directory.toml")).unwrap();
    let deep = format!("x = {}{}\n", "[".repeat(100_000), "]".repeat(100_000));
    let written: [(&str, &[u8]); 7] = [
        ("empty.toml", b""),
        ("blank.toml", b"\n \n# nothing\n"),
        ("latin1.toml", b"[run]\ntitle = \"caf\xe9\"\n"),
        ("binary.toml", b"\x00\x01\x02\xff\xfe"),
        ("utf16.toml", b"\xff\xfe[\x00r\x00u\x00n\x00]\x00"),
        ("deep.toml", deep.as_bytes()),
        ("word.toml", b"hello"),
    ];
    for (name, bytes) in written {
        std::fs::write(at(name), bytes).unwrap();
    }
    let mut page = String::new();
    let names = ["missing.toml", "huge.toml", "directory.toml"].into_iter().chain(written.map(|(name, _)| name));
    for name in names {
        let error = Config::from_file(&at(name)).and_then(Simulation::new).err().unwrap();
        assert_eq!(error.exit as i32, 2, "{name}");
        page += &format!("=== {name}\n\n{}\n", rendered(&error).replace(directory.path().to_str().unwrap(), "DIR"));
    }
    std::fs::write(at("spikes.csv"), "time_ms,neuron\n1.0,0\nsoon,1\n").unwrap();
    let source = "[cell.point]\nmodel = \"spike_source\"\nfile = \"spikes.csv\"\n[cell.other]";
    std::fs::write(at("reads.toml"), SOUND.replace("[cell.point]", source)).unwrap();
    let error = Config::from_file(&at("reads.toml")).and_then(Simulation::new).err().unwrap();
    assert!(error.diagnostics.iter().any(|diagnostic| diagnostic.code == Code::BadFile), "{error}");
    page += &rendered(&error).replace(directory.path().to_str().unwrap(), "DIR");
    insta::assert_snapshot!("errors_files", page);
}

/// What is allowed but seldom meant.
#[test]
fn warnings() {
    let cases = [
        ("dt = \"0.1 ms\"", "dt = \"0.5 ms\""),
        ("temperature = \"6.3 degC\"", "temperature = \"37 degC\""),
        ("between = [\"chain[0].soma(0.5)\", \"chain[1].soma(0.5)\"]", "between = [\"exc[0]\", \"exc[1]\"]"),
        ("conductance = \"1 nS\"", "conductance = \"1 mS\""),
    ];
    let mut page = String::new();
    for (from, to) in cases {
        let (found, exit, shown) = outcome(&changed(from, to));
        page += &format!("=== {} -> {} (exit {exit})\n\n{shown}\n", from.escape_debug(), to.escape_debug());
        assert!(!found.is_empty() && found.iter().all(|(severity, _)| *severity == Severity::Warning), "{shown}");
    }
    insta::assert_snapshot!("errors_warnings", page);
}

/// What only a run can tell.
#[test]
fn while_running() {
    let unmet = build(&changed("[\"0 Hz\", \"100 Hz\"]", "[\"0 Hz\", \"1 Hz\"]")).unwrap();
    let finished = unmet.run().unwrap();
    let unmet = axonal::cli::render::render(&finished.unmet, &unmet.config().sources, false, 80);
    let unbounded =
        changed("base = \"500 pA\"", "base = \"1e300 nA\"").replace("V_th = \"-55 mV\"", "V_th = \"inf mV\"");
    let absurd = build(&unbounded).map(|built| built.run());
    let absurd = match absurd {
        Ok(Ok(_)) => panic!("a run with absurd numbers is complete"),
        Ok(Err(error)) | Err(error) => error,
    };
    assert_eq!(absurd.exit as i32, 3);
    insta::assert_snapshot!("errors_running", format!("{unmet}\n{}", rendered(&absurd)));
}

#[test]
fn every_code_has_a_golden_message() {
    let here = [Code::Encoding, Code::BadFile, Code::Suspicious, Code::TooCoarse, Code::Numeric, Code::Expectation]
        .into_iter();
    let tabled = TABLES.iter().flat_map(|(_, cases)| cases.iter().map(|(_, _, code)| *code));
    let covered: BTreeSet<Code> = here.chain(tabled).chain(ELSEWHERE.iter().map(|(code, _)| *code)).collect();
    let bare: Vec<&Code> = Code::ALL.iter().filter(|code| !covered.contains(code)).collect();
    assert!(bare.is_empty(), "{bare:?}");
}
