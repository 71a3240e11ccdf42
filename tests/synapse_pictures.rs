//! Pictures that must show the parts of a synapse, or of a tree, that were asked for.

use axonal::plots::{Format, Kind, Request, draw};
use axonal::{Recording, Simulation};

fn run(text: &str) -> Recording {
    let simulation = Simulation::from_toml(text).unwrap_or_else(|error| panic!("{error}"));
    simulation.run().unwrap_or_else(|error| panic!("{error}")).recording
}

fn refused(text: &str, says: &[&str]) {
    let error = Simulation::from_toml(text).err().expect("a mistake").to_string();
    says.iter().for_each(|says| assert!(error.contains(says), "{says}: {error}"));
}

fn picture(recording: &Recording, request: &Request) -> String {
    String::from_utf8(draw(recording, request, Format::Svg).expect("drawn")).expect("SVG is text")
}

/// All of the shipped terminal that can be recorded: thirteen variables.
fn terminal() -> String {
    let text = include_str!("../configs/terminal.toml").replace("duration = \"25 ms\"", "duration = \"8 ms\"");
    let (all, few) =
        ("[\"O\", \"m\", \"h\", \"n\", \"F_A\", \"V_A\", \"V_m\", \"Ca\", \"T\"]", "[\"V_m\", \"O\", \"Ca\", \"T\"]");
    assert!(text.contains(few));
    text.replace(few, all)
}

/// The story of a synapse stands on one axis of time, whatever else was recorded.
#[test]
fn a_synapse_is_shown_from_the_potential_before_to_that_behind() {
    let recording = run(&terminal());
    let mut request = Request::new("release", Kind::Release);
    let shown = picture(&recording, &request);
    for label in ["V_m (mV)", "Ca (", "T (", "r.ampa", "g.ampa (nS)"] {
        assert!(shown.contains(label), "{label}");
    }
    assert_eq!(shown.matches("V_m (mV)").count(), 2, "before and behind");
    let stages = ["V_m (mV)", "Ca (", "T (", ">r.ampa", "g.ampa (nS)"].map(|label| shown.find(label));
    assert!(stages.windows(2).all(|pair| pair[0] < pair[1]), "from the terminal on: {stages:?}");
    assert!(shown.rfind("V_m (mV)") > shown.find("g.ampa (nS)"), "the cell behind it at the end");
    assert!(shown.contains("8 of 13 variables shown"));
    request.options.panels = Some(vec!["T".into(), "V_m".into()]);
    let shown = picture(&recording, &request);
    assert!(shown.contains("T (") && shown.matches("V_m (mV)").count() == 2 && !shown.contains("r.ampa"));
    request.options.panels = Some(vec!["Q".into()]);
    assert!(draw(&recording, &request, Format::Svg).expect_err("unknown").contains("`Q` is not recorded"));
    let plot = "[plot.release]\nkind = \"release\"\n";
    assert!(Simulation::from_toml(&terminal().replace(plot, &format!("{plot}panels = [\"V_m\", \"T\"]\n"))).is_ok());
}

const TREE: &str = r#"
[run]
duration = "2 ms"
dt = "0.025 ms"
temperature = "18.5 degC"
[cell.c]
model = "cable"
R_a = "35 ohm cm"
max_compartment = "50 um"
mechanisms.hh = {}
section.a = { length = "1 mm", diameter = "10 um" }
section.b = { parent = "a", length = "1 mm", diameter = "6 um" }
section.c = { parent = "a(0.5)", length = "1 mm", diameter = "6 um" }
section.d = { parent = "c", length = "1 mm", diameter = "6 um" }
[population.p]
cell = "c"
size = 1
spike.at = "b(1.0)"
[stimulus.s]
kind = "step"
to = "p.a(0)"
amplitude = "10 nA"
start = "0.1 ms"
stop = "0.4 ms"
[recorder.r]
of = "p"
at = ["a", "b", "c", "d"]
what = ["V_m"]
every = "0.05 ms"
"#;

#[test]
fn a_path_is_one_way_from_the_root() {
    let with = |path: &str| format!("{TREE}[plot.st]\nkind = \"space_time\"\npath = {path}\n");
    refused(&with("[\"b\", \"c\"]"), &["`b` and `c`"]);
    refused(&with("[\"a\", \"c\", \"b\"]"), &["`b` and `c` both hang on `a`"]);
    refused(&with("[\"a\", \"d\"]"), &["neither of `a` and `d` leads to the other"]);
    refused(&with("[\"b\", \"zz\"]"), &["no section `zz`", "`d`"]);
    for path in ["[\"a\", \"b\"]", "[\"d\", \"c\", \"a\"]", "[\"c\"]", "\"a\""] {
        assert!(Simulation::from_toml(&with(path)).is_ok(), "{path}");
    }
}

/// The path leaves `a` in its middle: 0.5 mm of it and all of `c` and `d`.
#[test]
fn a_path_turns_where_a_branch_leaves() {
    let recording = run(TREE);
    let mut request = Request::new("st", Kind::SpaceTime);
    request.options.path = vec!["a".into(), "c".into(), "d".into()];
    let shown = picture(&recording, &request);
    // Two along a path of 2.5 mm: beyond 2000 um in mm, and a single wave, whose places lie on a line.
    assert!(shown.contains("distance (mm)") && shown.contains("m/s"), "{shown}");
    request.options.path = vec!["b".into(), "c".into()];
    assert!(draw(&recording, &request, Format::Svg).expect_err("two ways").contains("`b` and `c`"));
}

#[test]
fn a_tree_is_coloured_by_what_was_asked_for() {
    let config = include_str!("../configs/dendrite.toml");
    let text = config.replace("morphologies/", "configs/morphologies/");
    let recorder = "\n[recorder.gates]\nof = \"cell\"\nat = [\"soma(0.5)\", \"apical\"]\nwhat = [\"m\", \"V_m\"]\n";
    let plot = |more: &str| format!("{text}{recorder}[plot.gates]\nkind = \"morphology\"\ndata = \"gates\"\n{more}\n");
    refused(&plot("variable = \"m\""), &["needs a `time`"]);
    let recording = run(&plot("variable = \"m\"\ntime = \"5 ms\""));
    let mut request = Request::new("tree", Kind::Morphology);
    request.data = vec!["gates".into()];
    request.options.time_ms = Some(5.0);
    assert!(picture(&recording, &request).contains("V_m at 5 ms"), "V_m unless another is asked for");
    request.options.variable = Some("m".into());
    assert!(picture(&recording, &request).contains("m at 5 ms"));
    request.options.variable = Some("q".into());
    assert!(draw(&recording, &request, Format::Svg).expect_err("unknown").contains("`q` was not recorded"));
}

/// SK channels of a pool that rests at 0.24 uM, of cells whose calcium is written, and of cells that say nothing: w_inf of Hay et al.
/// (2011) is 1 / (1 + (0.43 uM / Ca)^4.8). Channels of two thresholds are both drawn, each with its cell's name.
#[test]
fn channels_are_shown_as_their_cells_have_them() {
    let cell = |name: &str, more: &str| {
        format!(
            "[cell.{name}]\nmodel = \"cable\"\nR_a = \"100 ohm cm\"\nmechanisms.passive = {{}}\nmechanisms.k_ca = {{}}\n\
             section.s = {{ length = \"20 um\", diameter = \"20 um\", compartments = 1 }}\n{more}\n\
             [population.of_{name}]\ncell = \"{name}\"\nsize = 1\n"
        )
    };
    let text = format!(
        "[run]\nduration = \"1 ms\"\ndt = \"0.05 ms\"\ntemperature = \"22 degC\"\n{}{}{}",
        cell("pool", "mechanisms.ca_pool = { Ca_rest = \"0.00024 mM\" }\nmechanisms.na_traub = { V_T = \"-63 mV\" }"),
        cell(
            "ion",
            "ion.Ca = { inside = \"0.0001 mM\", outside = \"2 mM\" }\nmechanisms.na_traub = { V_T = \"-50 mV\" }"
        ),
        cell("silent", "")
    );
    let recording = run(&text);
    let open = |calcium: f64| 1.0 / (1.0 + (0.000_43 / calcium).powf(4.8));
    for (of, calcium) in [("of_pool", 2.4e-4), ("of_ion", 1e-4), ("of_silent", 5e-5)] {
        let seen = recording.channels.iter().find(|seen| seen.gate == "w" && seen.of == of).expect(of);
        assert!((seen.steady[0] / open(calcium) - 1.0).abs() < 1e-6, "{of}: {}", seen.steady[0]);
        assert!(seen.calcium_mm.is_some_and(|seen| (seen / calcium - 1.0).abs() < 1e-9), "{of}: {:?}", seen.calcium_mm);
    }
    let mut request = Request::new("gates", Kind::Channel);
    request.options.mechanisms = vec!["k_ca".into()];
    let shown = picture(&recording, &request);
    for label in ["w of of_pool", "w of of_silent", "0.00024 mM in of_pool", "0.0001 mM in of_ion"] {
        assert!(shown.contains(label), "{label}");
    }
    request.options.mechanisms = vec!["na_traub".into()];
    let shown = picture(&recording, &request);
    assert!(shown.contains("m of of_pool") && shown.contains("m of of_ion") && !shown.contains("mM in"));
}
