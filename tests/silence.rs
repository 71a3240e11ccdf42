//! Mistakes that would otherwise pass in silence: each is told, with its place, and none hides another.

use axonal::error::Code;
use axonal::{Config, Error, Simulation};

const SOUND: &str = r#"[run]
duration = "10 ms"
dt = "0.1 ms"
[define]
strong = "10 pA"
[cell.c]
model = "lif"
C_m = "200 pF"
tau_m = "20 ms"
E_L = "-60 mV"
V_th = "-50 mV"
[cell.z]
model = "spike_source"
times = ["5 ms"]
[population.a]
cell = "c"
size = 4
[population.b]
cell = "c"
size = 6
[population.sources]
cell = "z"
size = 1
[synapse.s]
model = "exponential"
tau = "2 ms"
[projection.p]
from = "a"
to = "b"
rule = "all_to_all"
synapse = "s"
weight = "strong"
delay = "1 ms"
[stimulus.rain]
kind = "poisson"
to = "b"
rate = "100 Hz"
weight = "10 pA"
synapse = "s"
[recorder.spikes]
of = "a"
what = ["spikes"]
"#;

/// What is told of the sound config with these assignments.
fn told(assignments: &[&str]) -> Result<Simulation, Error> {
    let mut config = Config::from_text("net.toml", SOUND)?;
    assignments.iter().try_for_each(|assignment| config.set(assignment))?;
    Simulation::new(config)
}

fn codes(assignments: &[&str]) -> Vec<Code> {
    let error = told(assignments).err().unwrap_or_else(|| panic!("{assignments:?} passes in silence"));
    assert!(error.diagnostics.iter().all(|told| told.span.start < told.span.end), "each has its place");
    error.diagnostics.iter().map(|told| told.code).collect()
}

#[test]
fn nothing_is_wrong_to_begin_with() {
    assert!(told(&[]).unwrap().warnings().is_empty());
}

#[test]
fn names_that_nobody_uses_are_told() {
    assert_eq!(codes(&["define.stong=\"5 pA\""]), [Code::UnknownName]);
    let config = Config::from_text("net.toml", &SOUND.replace("weight = \"strong\"", "weight = \"7 pA\"")).unwrap();
    let warned = Simulation::new(config).unwrap();
    assert_eq!(warned.warnings().iter().map(|told| told.code).collect::<Vec<_>>(), [Code::UnknownName]);
}

#[test]
fn written_times_of_neurons_lie_on_the_grid_and_drawn_ones_are_counted() {
    assert_eq!(codes(&["population.a.set.t_ref=\"1.04 ms\""]), [Code::OffGrid]);
    let each = "population.a.set.t_ref={ each = [\"1 ms\", \"1.04 ms\", \"2 ms\", \"0 ms\"] }";
    assert_eq!(codes(&[each]), [Code::OffGrid]);
    let drawn = told(&["population.a.set.t_ref=\"uniform(1.01 ms, 1.09 ms)\""]).unwrap();
    let report = drawn.run().unwrap().report;
    assert_eq!(report.rounded_times, 4);
    assert!(report.largest_shift_ms > 0.0 && report.largest_shift_ms <= 0.05 + 1e-12, "{}", report.largest_shift_ms);
}

#[test]
fn sources_have_nothing_to_set() {
    let set = ["population.sources.set.times=[\"3 ms\"]", "population.sources.initial.V_m=\"-60 mV\""];
    assert_eq!(codes(&set), [Code::UnknownKey, Code::UnknownKey]);
}

#[test]
fn samples_do_not_go_where_spikes_go() {
    assert_eq!(codes(&["recorder.spikes.what=[\"V_m\", \"spikes\"]"]), [Code::Conflict]);
    assert!(told(&["recorder.spikes.what=[\"V_m\"]"]).is_ok(), "no spikes, no conflict");
}

#[test]
fn lengths_are_finite() {
    assert_eq!(
        codes(&["population.a.position={ grid = [2, 2], extent = [\"inf um\", \"1 um\"] }"]),
        [Code::OutOfRange]
    );
}

#[test]
fn a_mistake_in_one_table_hides_none_in_another() {
    let of_projection = [
        "projection.p.rule={ pairwise_bernoulli = 2 }",
        "projection.p.weight=\"1 mV\"",
        "projection.p.delay=\"0.15 ms\"",
    ];
    let expected = [Code::OutOfRange, Code::WrongDimension, Code::OffGrid];
    for (first, code) in [
        ("population.a.set.V_th=3", Code::BareNumber),
        ("population.a.size=0", Code::OutOfRange),
        ("projection.p.from=\"nobody\"", Code::UnknownName),
    ] {
        let all = [&[first], &of_projection[..], &["define={}"]].concat();
        assert_eq!(codes(&all), [&[code], &expected[..]].concat(), "{first}");
    }
    assert_eq!(codes(&["stimulus.rain.weight=1", "stimulus.rain.rate=100"]), [Code::BareNumber, Code::BareNumber]);
}

#[test]
fn all_entries_of_a_list_are_looked_at() {
    assert_eq!(
        codes(&["projection.p.rule={ pairs = [[9, 0], [0, 1], [0, 9]] }", "define={}", "projection.p.weight=\"1 pA\""])
            .len(),
        2
    );
    let matrix = "projection.p.rule={ pairwise_bernoulli = [[0.1, 1.5], [-0.1, 0]] }";
    let both =
        ["projection.p.from=[\"a\", \"b\"]", "projection.p.to=[\"a\", \"b\"]", "projection.p.autapses=false", matrix];
    assert_eq!(codes(&both), [Code::OutOfRange; 2]);
    let selections = "stimulus.rain.to=[\"b[9]\", \"b[0..2]\", \"b[5..1]\", \"nobody\"]";
    assert_eq!(codes(&[selections]).len(), 3);
}

#[test]
fn fields_that_no_column_names_are_told() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("pairs.csv");
    let with = |text: &str| {
        std::fs::write(&path, text).unwrap();
        let error = told(&[&format!("projection.p.rule={{ file = '{}' }}", path.display())]).err();
        error.map(|error| error.diagnostics.iter().map(|told| told.message.clone()).collect::<Vec<_>>())
    };
    assert_eq!(with("source,target\n0,1\n"), None);
    // A decimal comma.
    let told = with("source,target,delay_ms\n0,1,1,5\n").unwrap();
    assert!(told.iter().any(|told| told.contains(":2: the row has 4 fields, the header 3")), "{told:?}");
    let told = with("source,target,weigth_pA\n0,1,5\n").unwrap();
    assert!(told.iter().any(|told| told.contains("`weigth_pA` is not known")), "{told:?}");
}
