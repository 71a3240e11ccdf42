//! What a user reads who made a mistake in what is biological: receptors, clamps, channels, reconstructions.
//!
//! As in `errors`: a small sound config with one place changed, and all messages of a table in one snapshot. Here it is
//! asked that a mistake is told once, with its cause and nothing that follows from it.

use axonal::error::Severity;
use axonal::{Config, Error, Simulation};
use std::path::Path;

/// A terminal that releases, receptors, a synapse of spikes, a clamp and a reconstruction; nothing wrong.
const SOUND: &str = r#"[run]
duration = "20 ms"
dt = "0.1 ms"
temperature = "6.3 degC"

[cell.squid]
model = "hodgkin_huxley"

[cell.point]
model = "lif"
C_m = "250 pF"
tau_m = "10 ms"
E_L = "-70 mV"
V_th = "-55 mV"
V_reset = "-70 mV"
t_ref = "2 ms"

[cell.tree]
model = "cable"
R_a = "100 ohm cm"
C_m = "1 uF/cm^2"
mechanisms.hh = {}
morphology = "tree.swc"
soma = "neuron"
max_compartment = "20 um"

[population.q]
cell = "squid"
size = 2
[population.o]
cell = "point"
size = 2
[population.t]
cell = "tree"
size = 1
spike = { at = "soma(0.5)", threshold = "0 mV" }

[synapse.am]
model = "ampa"
transmitter = "reduced"
K_p = "4 mV"
[synapse.st]
model = "delta"
short_term = { U = 0.5, tau_rec = "800 ms", tau_fac = "0 ms" }
quantal = { n = 5 }

[projection.open]
from = "q"
to = "o"
rule = "one_to_one"
synapse = "am"
weight = "1 nS"
[projection.jump]
from = "q"
to = "o"
rule = "one_to_one"
synapse = "st"
weight = "1 mV"
delay = "1 ms"

[stimulus.vc]
kind = "voltage_clamp"
to = "q[0]"
levels = ["-65 mV", "0 mV"]
durations = ["5 ms", "15 ms"]
[stimulus.push]
kind = "step"
to = "o"
amplitude = "100 pA"

[block.half]
of = "q"
mechanism = "hh"
parameter = "g_Na"
factor = 0.5

[recorder.seen]
of = "o"
what = ["V_m", "g.am", "I.am", "I.push"]
[recorder.held]
of = "q"
what = ["V_m", "I.vc"]
[recorder.sites]
of = "t"
at = ["soma(0.5)", "dendrite_0(1.0)", "sample(5)"]
what = ["V_m", "m"]

[measure.delay]
kind = "latency"
of = "t"
from = "soma(0.5)"
to = "dendrite_0(1.0)"
"#;

/// A soma and two branches.
const TREE: &str = "1 1 0 0 0 5 -1\n2 3 0 10 0 1 1\n3 3 0 60 0 1 2\n4 2 0 -10 0 0.6 1\n5 2 0 -90 0 0.4 4\n";

/// What is written, and what is written instead; what must stand there exactly once.
type Case = (&'static str, &'static str);

/// What follows from a mistake elsewhere is not told.
const CAUSES: &[Case] = &[
    ("K_p = \"4 mV\"", "K_p = \"-4 mV\""),
    ("C_m = \"1 uF/cm^2\"", "C_m = \"0 uF/cm^2\""),
    ("mechanisms.hh = {}", "mechanisms.hh = { E_Na = \"40 mV\" }\nion.Na.E = \"60 mV\""),
    ("amplitude = \"100 pA\"", "amplitude = \"100 mV\""),
    ("levels = [\"-65 mV\", \"0 mV\"]", "levels = [\"-65 pA\", \"0 mV\"]"),
    ("weight = \"1 nS\"", "weight = \"1 pA\""),
    ("\"I.push\"", "\"I.push\", \"I.st\""),
    ("\"I.push\"", "\"I.pull\""),
    ("mechanisms.hh = {}", "mechanisms.hh = \"off\""),
    ("mechanisms.hh = {}", "mechanisms.hh = {}\nion.K = { insde = \"140 mM\", outside = \"4 mM\" }"),
    ("mechanisms.hh = {}", "mechanisms.hh = {}\nion.K = { E = \"-80 mV\", inside = \"140 mM\", outside = \"4 mM\" }"),
    ("mechanisms.hh = {}", "mechanisms.hh = {}\nmechanisms.ca_l = { P = \"0.1 m\" }"),
    (
        "mechanisms.hh = {}",
        "mechanisms.hh = {}\nmechanisms.ca_l = {}\nmechanisms.release = {}\nmechanisms.ca_pool = {}",
    ),
    ("[run]\n", "data = \"digits\"\n[run]\n"),
];

/// Places, clamps and plots that cannot be.
const PLACES: &[Case] = &[
    ("sample(5)", "sample(50)"),
    ("\"sample(5)\"", "\"sample\""),
    ("levels = [\"-65 mV\", \"0 mV\"]", "levels = []"),
    ("levels = [\"-65 mV\", \"0 mV\"]", "levels = \"linspace(-65 mV, 0 mV)\""),
    ("levels = [\"-65 mV\", \"0 mV\"]", "levels = [\"-65 mV\", \"0 mV\"]\nlevel = \"0 mV\""),
    ("levels = [\"-65 mV\", \"0 mV\"]", "levels = [\"-65 mV\", { each = [\"-10 mV\", \"0 mV\"] }]"),
    ("levels = [\"-65 mV\", \"0 mV\"]", "level = \"0 mV\""),
    ("levels = [\"-65 mV\", \"0 mV\"]\n", ""),
    (
        "to = \"q[0]\"\nlevels = [\"-65 mV\", \"0 mV\"]\ndurations = [\"5 ms\", \"15 ms\"]",
        "to = \"t.soma(0.5)\"\nlevel = \"0 mV\"\n[recorder.elsewhere]\nof = \"t\"\nat = \"axon_0(1.0)\"\nwhat = \"I.vc\"",
    ),
    (
        "[measure.delay]",
        "[plot.gates]\nkind = \"channel\"\nmechanisms = [\"ca_t\", \"nope\", \"passive\"]\n[measure.delay]",
    ),
    ("[measure.delay]", "[plot.tree]\nkind = \"morphology\"\ndata = \"seen\"\n[measure.delay]"),
    ("[measure.delay]", "[plot.tree]\nkind = \"morphology\"\ntime = \"99 ms\"\n[measure.delay]"),
    ("[measure.delay]", "[plot.flow]\nkind = \"currents\"\n[measure.delay]"),
];

/// One number, said twice; what is no way; what is asked of the wrong thing.
const CONFLICTS: &[Case] = &[
    ("mechanisms.hh = {}", "mechanisms.hh = { E_K = \"-77 mV\" }\nion.K.E = \"-90 mV\""),
    (
        "mechanisms.hh = {}",
        "ion.Ca = { inside = \"50e-6 mM\", outside = \"2 mM\" }\nmechanisms.ca_pool = { Ca_rest = \"1e-4 mM\" }\n\
         mechanisms.ca_hva = {}\nmechanisms.hh = {}",
    ),
    (
        "kind = \"latency\"\nof = \"t\"\nfrom = \"soma(0.5)\"\nto = \"dendrite_0(1.0)\"",
        "kind = \"latency\"\nof = \"t\"\nfrom = \"soma(0.5)\"",
    ),
    (
        "kind = \"latency\"\nof = \"t\"\nfrom = \"soma(0.5)\"\nto = \"dendrite_0(1.0)\"",
        "kind = \"velocity\"\nof = \"t\"\nfrom = \"dendrite_0(0.5)\"\nto = \"dendrite_0(0.5)\"",
    ),
    ("transmitter = \"reduced\"", "transmitter = \"reduced\"\nshort_term = { U = 0.5, tau_rec = \"100 ms\" }"),
    ("transmitter = \"reduced\"", "transmitter = \"reduced\"\nquantal = { n = 2, p = 0.5, tau_rec = \"1 s\" }"),
    ("mechanisms.hh = {}", "mechanisms.passive = {}"),
    (
        "of = \"o\"\nwhat = [\"V_m\", \"g.am\", \"I.am\", \"I.push\"]",
        "of = \"jump\"\nwhat = [\"vesicles\", \"relased.st\", \"R.st\"]",
    ),
    (
        "kind = \"latency\"\nof = \"t\"\nfrom = \"soma(0.5)\"\nto = \"dendrite_0(1.0)\"",
        "kind = \"velocity\"\nof = \"q\"\nfrom = \"soma(0.2)\"\nto = \"soma(0.8)\"",
    ),
    ("cell = \"point\"\nsize = 2", "cell = \"point\"\nsize = 2\ninitial.g = { am = \"1 nS\" }"),
    ("\"I.push\"", "\"I.push\", \"r.am\""),
    (
        "of = \"o\"\nwhat = [\"V_m\", \"g.am\", \"I.am\", \"I.push\"]",
        "of = \"open\"\nat = \"soma(0.5)\"\nwhat = [\"r.am\"]",
    ),
];

/// Allowed, but seldom meant.
const WARNED: &[Case] = &[
    ("durations = [\"5 ms\", \"15 ms\"]", "durations = [\"5 ms\", \"5 ms\"]\nstop = \"7 ms\""),
    ("U = 0.5", "U = 0"),
    ("parameter = \"g_Na\"", "parameter = \"E_K\""),
    ("mechanisms.hh = {}", "mechanisms.hh = {}\nion.Ca.E = \"120 mV\""),
    ("mechanisms.hh = {}", "mechanisms.hh = {}\nmechanisms.ca_l = false"),
    ("mechanisms.hh = {}", "mechanisms.hh = {}\nmechanisms.release = {}"),
    ("durations = [\"5 ms\", \"15 ms\"]", "durations = [\"5 ms\", \"25 ms\"]"),
    ("max_compartment = \"20 um\"", "max_compartment = \"20 um\"\nregion.apical = { C_m = \"2 uF/cm^2\" }"),
];

/// A cable of sections, and what cannot be said of it.
const SECTIONS: &[Case] = &[
    (
        "morphology = \"tree.swc\"\nsoma = \"neuron\"",
        "region.soma = { C_m = \"1 uF/cm^2\" }\nsection.soma = { length = \"20 um\", diameter = \"20 um\" }",
    ),
    (
        "morphology = \"tree.swc\"\nsoma = \"neuron\"",
        "chain = { sections = [\"inter\"], count = 8 }\nsection.inter = { length = \"20 um\", diameter = \"20 um\" }\nsection.inter_8 = { C_m = \"2 uF/cm^2\" }",
    ),
];

/// How things are called.
const WORDS: &[Case] = &[
    (
        "temperature = \"6.3 degC\"",
        "[cell.y]\nmodel = \"cable\"\nR_a = \"1 ohm m\"\nsection.a = { length = \"9 um\", diameter = \"9 um\" }\nion.Na = { inside = \"15 mM\", outside = \"150 mM\" }",
    ),
    ("mechanisms.hh = {}", "mechanisms.hh = {}\nion.Na = { inside = \"0 mM\", outside = \"150 mM\" }"),
    ("max_compartment = \"20 um\"", "d_lambda = 0"),
    ("transmitter = \"reduced\"", "alpha = \"1 mV\""),
    (
        "of = \"o\"\nwhat = [\"V_m\", \"g.am\", \"I.am\", \"I.push\"]",
        "of = \"open\"\nwhat = [\"r\", \"T.ampa\", \"q\"]",
    ),
    (
        "of = \"o\"\nwhat = [\"V_m\", \"g.am\", \"I.am\", \"I.push\"]",
        "of = \"jump\"\nwhat = [\"x\", \"u.st\", \"w.st\"]",
    ),
];

/// Mistakes beside one another, which are told together: how many.
const SEVERAL: &[(&str, &str, usize)] = &[
    ("\"soma(0.5)\", \"dendrite_0(1.0)\", \"sample(5)\"", "\"soma(1.5)\", \"apical_7(0.5)\", \"sample(99)\"", 3),
    (
        "short_term = { U = 0.5, tau_rec = \"800 ms\", tau_fac = \"0 ms\" }\nquantal = { n = 5 }",
        "quantal = { n = 5 }",
        2,
    ),
    (
        "short_term = { U = 0.5, tau_rec = \"800 ms\", tau_fac = \"0 ms\" }\nquantal = { n = 5 }",
        "quantal = { n = 2.5, p = -0.1, tau_rec = \"1 s\" }",
        2,
    ),
    ("U = 0.5, tau_rec = \"800 ms\", tau_fac = \"0 ms\" }\nquantal = { n = 5 }", "U = 2 }\nquantal = { n = 0 }", 3),
    ("of = \"q\"\nmechanism = \"hh\"\nparameter = \"g_Na\"", "of = \"p\"\nmechanism = \"hhh\"\nparameter = \"gNa\"", 3),
    ("from = \"soma(0.5)\"\nto = \"dendrite_0(1.0)\"", "from = \"sma(0.5)\"\nto = \"node_16(0.5)\"", 2),
    ("durations = [\"5 ms\", \"15 ms\"]", "durations = [\"-2 ms\", \"3\"]", 1),
    ("cell = \"squid\"\nsize = 2", "cell = \"squid\"\nsize = 0\n[expect]\n\"q.spike\" = [0, 1]", 2),
    ("cell = \"squid\"\nsize = 2", "cell = \"squit\"\nsize = -1", 2),
    ("transmitter = \"reduced\"\nK_p = \"4 mV\"", "transmitter = \"pulse\"\nK_p = \"4 mV\"\nV_p = \"2 mV\"", 2),
];

fn build(directory: &Path, text: &str) -> Result<Simulation, Error> {
    std::fs::write(directory.join("net.toml"), text).unwrap();
    Simulation::new(Config::from_file(&directory.join("net.toml"))?)
}

/// What the config with its mistake brings out, as a user reads it; how many errors and warnings there are.
fn outcome(text: &str, tree: &str) -> (usize, usize, String) {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("tree.swc"), tree).unwrap();
    let shown = |list: &[axonal::error::Diagnostic], sources: &[axonal::error::Source]| {
        let page = axonal::cli::render::render(list, sources, false, 80);
        page.replace(directory.path().to_str().unwrap(), "DIR")
    };
    let (list, page) = match build(directory.path(), text) {
        Ok(built) => (built.warnings().to_vec(), shown(built.warnings(), &built.config().sources)),
        Err(error) => (error.diagnostics.clone(), shown(&error.diagnostics, &error.sources)),
    };
    let errors = list.iter().filter(|d| d.severity == Severity::Error).count();
    (errors, list.len() - errors, page)
}

fn changed(from: &str, to: &str) -> String {
    assert_eq!(SOUND.matches(from).count(), 1, "`{from}` must stand in the sound config once");
    SOUND.replace(from, to)
}

/// Shows each case of a table; each has at least one error where errors are expected, else a warning.
fn golden(name: &str, cases: &[Case], errors: bool) {
    let mut page = String::new();
    for (from, to) in cases {
        let (wrong, warned, shown) = outcome(&changed(from, to), TREE);
        page += &format!("=== {} -> {}\n\n{shown}\n", from.escape_debug(), to.escape_debug());
        assert!(if errors { wrong > 0 } else { wrong == 0 && warned > 0 }, "{from} -> {to}\n{shown}");
    }
    insta::assert_snapshot!(format!("biology_{name}"), page);
}

#[test]
fn the_sound_config_is_sound() {
    assert_eq!(outcome(SOUND, TREE), (0, 0, String::new()));
}

#[test]
fn causes() {
    golden("causes", CAUSES, true);
    for (from, to) in CAUSES {
        let (wrong, warned, shown) = outcome(&changed(from, to), TREE);
        assert_eq!((wrong, warned), (1, 0), "one mistake, one message:\n{shown}");
    }
}

#[test]
fn several() {
    let cases: Vec<Case> = SEVERAL.iter().map(|(from, to, _)| (*from, *to)).collect();
    golden("several", &cases, true);
    for (from, to, count) in SEVERAL {
        let (wrong, _, shown) = outcome(&changed(from, to), TREE);
        assert_eq!(wrong, *count, "all at once, and each once:\n{shown}");
    }
}

#[test]
fn places() {
    golden("places", PLACES, true);
}

#[test]
fn conflicts() {
    golden("conflicts", CONFLICTS, true);
}

/// An ion and a parameter that say the same are one number, as a resolved config has them.
#[test]
fn an_ion_and_its_channels_may_agree() {
    let agreed = changed("mechanisms.hh = {}", "mechanisms.hh = { E_K = \"-90 mV\" }\nion.K.E = \"-90 mV\"");
    assert_eq!(outcome(&agreed, TREE), (0, 0, String::new()));
}

#[test]
fn warned() {
    golden("warned", WARNED, false);
}

#[test]
fn words() {
    golden("words", WORDS, true);
}

#[test]
fn sections() {
    golden("sections", SECTIONS, true);
}

/// Pictures of what no cell has, and the currents of kinds of channels.
#[test]
fn pictures_that_would_be_empty() {
    let with = |rest: &str| {
        let squid = "[cell.c]\nmodel = \"hodgkin_huxley\"\n[population.p]\ncell = \"c\"\nsize = 1\n";
        let run = "[run]\nduration = \"1 ms\"\ndt = \"0.1 ms\"\ntemperature = \"6.3 degC\"\n";
        let recorder = "[recorder.r]\nof = \"p\"\nwhat = [\"V_m\", \"I.hh\", \"I.hh.Na\", \"I.hh.K\", \"I.hh.L\"]\n";
        outcome(&format!("{run}{squid}{recorder}{rest}"), TREE)
    };
    assert_eq!(with("[plot.a]\nkind = \"currents\"\n[plot.b]\nkind = \"channel\"\n"), (0, 0, String::new()));
    let (wrong, _, shown) = with("[plot.a]\nkind = \"morphology\"\n");
    assert!(wrong == 1 && shown.contains("no cell here was read from an SWC file"), "{shown}");
}

/// The line that is at fault, where a reconstruction cannot be cut into sections, and what is not read of it.
#[test]
fn lines_of_a_reconstruction() {
    let second = "1 1 0 0 0 5 -1\n2 3 0 10 0 1 1\n3 3 0 60 0 1 2\n4 1 0 90 0 5 3\n5 2 0 -90 0 0.4 1\n";
    let (wrong, _, shown) = outcome(SOUND, second);
    assert!(
        wrong == 1 && shown.contains("line 4: sample 4 is of the soma, but stands apart from that of line 1"),
        "{shown}"
    );
    let twice = TREE.replace("3 3 0 60 0 1 2", "3 3 0 10 0 1 2");
    let (wrong, _, shown) = outcome(SOUND, &twice);
    assert!(
        wrong == 1 && shown.contains("line 3: section `dendrite_0`, from line 2 to here, has no length"),
        "{shown}"
    );
    let (wrong, warned, shown) = outcome(SOUND, &TREE.replace("3 3 0 60 0 1 2", "3 3 0 60 0 1 2 7 8"));
    let told = "one line with more than 7 numbers, the first line 3";
    assert!((wrong, warned) == (0, 1) && shown.replace("\n", " ").contains(told), "{shown}");
}

/// What `--set` wrote: a name like another, and a number where tables are.
#[test]
fn what_was_set_is_told_once_and_by_its_cause() {
    let set = |assignment: &str| {
        let mut config = Config::from_text("net.toml", SOUND).unwrap_or_else(|error| panic!("{error}"));
        config.set(assignment).unwrap_or_else(|error| panic!("{error}"));
        config.directory = tempfile::tempdir().unwrap().path().to_path_buf();
        Simulation::new(config).err().map(|error| error.to_string()).expect("a mistake")
    };
    let told = set("cell.sqiud.mechanisms.hh.g_Na=\"120 mS/cm^2\"");
    assert!(told.contains("cell `sqiud` has no `model`") && told.contains("did you mean `squid`?"), "{told}");
    let told = set("population.q=3");
    assert!(
        told.contains("`q` stands directly in `[population]`") && !told.contains("there is no population `q`"),
        "{told}"
    );
}
