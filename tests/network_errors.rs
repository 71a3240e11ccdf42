//! What a user reads whose network cannot be, or cannot be drawn: golden text, told before anything runs.
//!
//! `INSTA_UPDATE=always cargo test network_errors` writes the messages anew.

use axonal::cli::render::render;
use axonal::simulation::Outline;
use axonal::{Config, Simulation};
use std::path::Path;

/// Cells and synapses that every case begins with.
const PARTS: &str = r#"[run]
duration = "10 ms"
dt = "0.1 ms"
temperature = "6.3 degC"
[cell.leaky]
model = "lif"
C_m = "250 pF"
tau_m = "10 ms"
E_L = "-65 mV"
V_th = "-50 mV"
V_reset = "-65 mV"
t_ref = "2 ms"
[cell.squid]
model = "hodgkin_huxley"
[synapse.E]
model = "exponential"
tau = "2 ms"
[population.p]
cell = "leaky"
size = 4
"#;

/// A projection of `p` onto itself.
fn onto_itself(rest: &str) -> String {
    format!("[projection.pp]\nfrom = \"p\"\nto = \"p\"\nsynapse = \"E\"\n{rest}\n")
}

/// A cell with a shape.
const CABLE: &str = "[cell.fibre]\nmodel = \"cable\"\nR_a = \"100 ohm cm\"\nmechanisms.passive = { g_L = \"0.1 mS/cm^2\", E_L = \"-65 mV\" }\n\
                     [cell.fibre.section.soma]\nlength = \"20 um\"\ndiameter = \"20 um\"\ncompartments = 3\n\
                     [population.c]\ncell = \"fibre\"\nsize = 1\n";

const RECORDED: &str = "[recorder.r]\nof = \"p[0..2]\"\nwhat = [\"V_m\", \"spikes\"]\n";

/// A plot of what [`RECORDED`] sees.
fn plot(rest: &str) -> String {
    format!("{RECORDED}[plot.x]\n{rest}\n")
}

/// What `axonal check` tells of the parts and `more`, in a directory with a file of connections and one of spikes.
fn told(more: &str, directory: &Path) -> String {
    std::fs::write(directory.join("pairs.csv"), "source,target\n0,1\n2,2\n").unwrap();
    std::fs::write(directory.join("spikes.csv"), "time_ms,population,neuron\n1.0,a,0\n2.04,b,0\n3.0,a,1\n").unwrap();
    std::fs::write(directory.join("late.csv"), "time_ms,neuron\n600,0\n500.0,1\n1,0\n").unwrap();
    std::fs::write(directory.join("none.csv"), "time_ms,neuron\n").unwrap();
    std::fs::write(directory.join("seconds.csv"), "time_s,neuron\n0.1,0\n").unwrap();
    std::fs::write(directory.join("semicolons.csv"), "time_ms;neuron\n0.1;0\n").unwrap();
    std::fs::write(directory.join("nobody.csv"), "source,target\n").unwrap();
    let mut config = Config::from_text("config.toml", &format!("{PARTS}{more}")).unwrap();
    config.directory = directory.into();
    let (sources, outline) = (config.sources.clone(), Outline::new(config));
    let told = match &outline {
        Ok(outline) => render(outline.warnings(), &sources, false, 80),
        Err(error) => render(&error.diagnostics, &error.sources, false, 80),
    };
    told.replace(&format!("{}/", directory.display()), "")
}

fn golden(name: &str, cases: &[String]) {
    let directory = tempfile::tempdir().unwrap();
    let each = cases.iter().map(|more| format!("{more}\n{}\n", told(more, directory.path())));
    let page = each.collect::<Vec<_>>().join("----------------------------------------\n");
    insta::with_settings!({ omit_expression => true }, { insta::assert_snapshot!(name, page) });
}

#[test]
fn who_lists_a_neuron_with_itself_says_so() {
    let rest = "weight = \"1 pA\"\ndelay = \"1 ms\"";
    golden(
        "network_autapses",
        &[
            onto_itself(&format!("rule = {{ pairs = [[0, 1], [1, 1]] }}\n{rest}")),
            onto_itself(&format!("rule = {{ pairs = [[0, 1], [1, 1]] }}\nautapses = false\n{rest}")),
            onto_itself(&format!("rule = {{ pairs = [[0, 1], [1, 1]] }}\nautapses = true\n{rest}")),
            onto_itself(&format!("rule = {{ pairs = [[0, 1]] }}\n{rest}")),
            onto_itself(&format!("rule = {{ file = \"pairs.csv\" }}\n{rest}")),
            onto_itself(&format!("rule = \"one_to_one\"\n{rest}")),
        ],
    );
}

#[test]
fn spikes_of_a_file_are_somebodys() {
    let listed = |rest: &str| {
        format!("[stimulus.s]\nkind = \"spike_list\"\nto = \"p\"\nsynapse = \"E\"\nweight = \"1 pA\"\n{rest}\n")
    };
    golden(
        "network_spike_files",
        &[
            listed("file = \"spikes.csv\""),
            listed("file = { path = \"spikes.csv\", population = \"c\" }"),
            listed("file = { path = \"spikes.csv\", population = \"b\", times = \"nearest\" }"),
            listed("file = { path = \"spikes.csv\", population = \"b\" }"),
            listed("file = { path = \"spikes.csv\", population = \"a\" }"),
        ],
    );
}

#[test]
fn numbers_are_told_as_they_were_written() {
    let space = |delay: &str| {
        "position = { grid = [2, 2], extent = [\"1 mm\", \"1 mm\"] }\n".to_string()
            + &onto_itself(&format!(
                "rule = {{ disc = {{ p = 0.5, radius = \"-0.2 mm\" }} }}\nautapses = false\nweight = \"1 pA\"\n{delay}"
            ))
    };
    // A jump of a cable's V_m is a charge.
    let charge = |weight: &str| {
        let delta = "[synapse.d]\nmodel = \"delta\"\n[projection.d]\nfrom = \"p[0]\"\nto = \"c.soma(0.5)\"\n";
        let rest = format!("rule = \"one_to_one\"\nsynapse = \"d\"\ndelay = \"1 ms\"\nweight = {weight}\n");
        [CABLE, delta, &rest].concat()
    };
    golden(
        "network_numbers",
        &[
            space("delay = { base = \"0.5 ms\", speed = \"-0.3 m/s\" }"),
            // Too many sources of one pathway: nothing is said of the current that they would have brought.
            "[projection.pp]\nfrom = [\"p[0..2]\", \"p[2..4]\"]\nto = [\"p[0..2]\", \"p[2..4]\"]\n\
             rule = { fixed_indegree = [[1, 5], [1, 1]] }\nautapses = false\nmultapses = false\nsynapse = \"E\"\n\
             weight = \"1 pA\"\ndelay = \"1 ms\"\n[recorder.r]\nof = \"p\"\nwhat = [\"V_m\", \"I.E\"]\n"
                .into(),
            "initial = { V_m = \"-60 mV\", Q = 1, w = \"3 pA\" }\n".into(),
            "[population.h]\ncell = \"squid\"\nsize = 2\ninitial = { V_m = \"-6 V\", Q = 1, m = 3, w = 4 }\n".into(),
            "[recorder.r]\nof = \"p\"\nwhat = \"rate\"\nevery = \"3 ms\"\n".into(),
            charge("\"3 mV\""),
            charge("3"),
            "[recorder.r]\nof = \"p\"\nwhat = \"rate\"\nevery = \"3 ms\"\nstop = \"9 ms\"\n".into(),
        ],
    );
}

#[test]
fn a_plot_that_cannot_be_drawn_is_told_before_the_run() {
    let drive = "[stimulus.i]\nkind = \"step\"\nto = \"p[2..4]\"\namplitude = \"1 nA\"\n";
    golden(
        "network_plots",
        &[
            plot("kind = \"trace\"\npanels = [\"V_m\", \"w\"]"),
            plot("kind = \"trace\"\nneurons = [0, 3]"),
            plot("kind = \"trace\"\nneurons = [0, 1]"),
            plot("kind = \"release\"\npanels = [\"T\"]"),
            plot("kind = \"currents\"\nneurons = 3"),
            plot("kind = \"map\""),
            plot("kind = \"space_time\""),
            plot("kind = \"phase_plane\"\nx = \"V_m\"\ny = \"w\""),
            plot("kind = \"phase_plane\"\nx = \"V_m\"\nneuron = 3"),
            plot("kind = \"f_i\""),
            plot(&format!("kind = \"f_i\"\nagainst = \"stimulus.i.frequency\"\n{drive}")),
            plot(&format!("kind = \"f_i\"\nagainst = \"stimulus.j.amplitude\"\n{drive}")),
            plot(&format!("kind = \"f_i\"\nagainst = \"stimulus.i.amplitude\"\n{drive}")),
            "[recorder.r]\nof = \"p\"\nwhat = \"spikes\"\n[plot.x]\nkind = \"trace\"\n".into(),
        ],
    );
}

#[test]
fn what_happens_outside_of_the_run_is_told() {
    let stimulus = |rest: &str| format!("[stimulus.s]\nto = \"p\"\n{rest}\n");
    let list = "kind = \"spike_list\"\nsynapse = \"E\"\nweight = \"1 pA\"\n";
    golden(
        "network_times",
        &[
            stimulus(&format!("{list}times = [\"25 ms\"]")),
            stimulus(&format!("{list}times = [\"5 ms\", \"25 ms\"]")),
            // The end itself is reached.
            stimulus(&format!("{list}times = [\"10 ms\", \"11 ms\", \"600 ms\"]")),
            stimulus(&format!("{list}times = [\"5 ms\", \"25 ms\"]\nstart = \"6 ms\"")),
            stimulus(&format!("{list}file = \"late.csv\"")),
            "[cell.s]\nmodel = \"spike_source\"\nfile = \"late.csv\"\n[population.s]\ncell = \"s\"\nsize = 2\n".into(),
            "[cell.s]\nmodel = \"spike_source\"\ntimes = [\"25 ms\", \"1 ms\"]\n[population.s]\ncell = \"s\"\nsize = 2\n"
                .into(),
            stimulus(
                "kind = \"noise\"\nstd = \"1 pA\"\ntau = \"2 ms\"\nmean = { times = [\"0 ms\"], values = [\"1 pA\"] }",
            ),
            stimulus("kind = \"step\"\namplitude = { mean = \"1 pA\", amplitude = \"1 pA\", frequency = \"9 Hz\" }"),
            stimulus("kind = \"poisson\"\nsynapse = \"E\"\nweight = \"1 pA\"\nrate = \"normal(5 Hz, 10 Hz)\""),
            "[recorder.r]\nof = \"p\"\nwhat = \"V_m\"\nstart = \"30 ms\"\n".into(),
            "[recorder.r]\nof = \"p\"\nwhat = \"V_m\"\nstart = \"8 ms\"\nstop = \"5 ms\"\n".into(),
        ],
    );
}

#[test]
fn what_is_empty_doubled_or_below_zero_is_told() {
    let rest = "autapses = false\nmultapses = true\nweight = \"1 pA\"";
    let delays = |delay: &str| onto_itself(&format!("rule = {{ fixed_total = 1000 }}\n{rest}\ndelay = {delay}"));
    let twice = "[projection.pp]\nfrom = \"p\"\nto = [\"p[0..3]\", \"p[2..4]\"]\nsynapse = \"E\"\nrule = \"all_to_all\"\n\
                 autapses = true\nweight = \"1 pA\"\ndelay = \"1 ms\"\n";
    let step = "[stimulus.s]\nkind = \"step\"\nto = [\"p\", \"p\"]\namplitude = \"1 pA\"\n";
    let recorder = |rest: &str| format!("[recorder.r]\n{rest}\n");
    let listed =
        "[stimulus.s]\nkind = \"spike_list\"\nto = \"p\"\nsynapse = \"E\"\nweight = \"1 pA\"\nfile = \"none.csv\"\n";
    golden(
        "network_doubts",
        &[
            // Of a normal distribution 16 % are more than one standard deviation below its mean.
            delays("\"normal(1 ms, 1 ms)\""),
            // A quarter of four milliseconds.
            delays("\"uniform(-1 ms, 3 ms)\""),
            delays("\"normal(1 ms, 1 ms) in [0.1 ms, inf]\""),
            twice.into(),
            step.into(),
            listed.into(),
            recorder("of = \"p\"\nwhat = [\"V_m\", \"spikes\", \"V_m\"]"),
            recorder("of = [\"p[0..2]\", \"p[1..3]\"]\nwhat = \"V_m\""),
            recorder("of = [\"p\", \"p\"]\nwhat = \"spikes\""),
            recorder("of = [\"p[0..2]\", \"p[1..3]\"]\nwhat = \"rate\"\nevery = \"5 ms\""),
            recorder("of = \"c\"\nwhat = \"V_m\"\nat = [\"soma\", \"soma(0.5)\"]") + CABLE,
            onto_itself("rule = { file = \"nobody.csv\" }\nautapses = false\nweight = \"1 pA\"\ndelay = \"1 ms\""),
        ],
    );
}

/// A rule, a weight and a delay that are each wrong: nobody should mend one to be told of the next.
#[test]
fn mistakes_of_one_projection_come_together() {
    let rest = "autapses = false\nmultapses = true\nweight = \"1 nS\"\ndelay = \"1.05 ms\"";
    let recorder = |rest: &str| format!("[recorder.r]\n{rest}\nwhat = \"connections\"\n");
    golden(
        "network_together",
        &[
            onto_itself(&format!("rule = {{ fixed_indegree = 1.5 }}\n{rest}").replace("1.05", "0.1")),
            onto_itself(&format!("rule = {{ fixed_indegree = 10 }}\n{rest}")),
            onto_itself(&format!("rule = {{ fixed_indegre = 10 }}\n{rest}")),
            "[stimulus.s]\nkind = \"spike_list\"\nto = \"p\"\nsynapse = \"E\"\nweight = \"1 pA\"\nfile = \"seconds.csv\"\n".into(),
            "[stimulus.s]\nkind = \"spike_list\"\nto = \"p\"\nsynapse = \"E\"\nweight = \"1 pA\"\nfile = \"semicolons.csv\"\n"
                .into(),
            "[measure.m]\nkind = \"rate\"\nof = \"p\"\nstart = \"70 ms\"\n".into(),
            recorder("of = \"p\""),
        ],
    );
}

/// A sheet of neurons, near ones connected by chance.
const SHEET: &str = r#"[population.sheet]
cell = "leaky"
position = { grid = [60, 50], extent = ["1 mm", "1 mm"] }
[projection.near]
from = "sheet"
to = "sheet"
rule = { gaussian = { p = 0.5, sigma = "100 um" } }
autapses = false
synapse = "E"
weight = "normal(10 pA, 2 pA)"
delay = { base = "0.5 ms", speed = "0.3 m/s" }
[projection.some]
from = "sheet"
to = "p"
rule = { fixed_indegree = 100 }
multapses = false
synapse = "E"
weight = "1 pA"
delay = "1 ms"
"#;

#[test]
fn a_check_estimates_what_a_run_draws() {
    let config = || Config::from_text("config.toml", &format!("{PARTS}{SHEET}")).unwrap();
    let (outline, simulation) = (Outline::new(config()).unwrap(), Simulation::new(config()).unwrap());
    let (rough, exact) = (outline.network().chemical(), simulation.network().chemical());
    assert!(rough[0].connections.is_estimate() && !rough[1].connections.is_estimate());
    assert!(!exact[0].connections.is_estimate());
    assert_eq!((rough[1].connections.len(), exact[1].connections.len()), (400, 400));
    let (expected, drawn) = (rough[0].connections.len() as f64, exact[0].connections.len() as f64);
    // Chances of 1 in 47 targets are summed, at the edges and within, and a neuron's chance to meet itself is in them.
    assert!((expected / drawn - 1.0).abs() < 0.03, "{expected} expected, {drawn} drawn");
}
