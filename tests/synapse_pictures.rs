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
