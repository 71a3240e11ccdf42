//! Who is joined with whom, by what number: as it is written, in whatever order, and as it is written down again.

use axonal::Simulation;
use axonal::network::connections::Row;

const CELLS: &str = r#"
[run]
duration = "100 ms"
dt = "0.1 ms"
seed = 3
[cell.leaky]
model = "lif"
C_m = "250 pF"
tau_m = "10 ms"
E_L = "-65 mV"
V_th = "-50 mV"
V_reset = "-65 mV"
t_ref = "2 ms"
[synapse.s]
model = "exponential"
tau = "2 ms"
"#;

fn with(more: &str) -> Simulation {
    Simulation::from_toml(&format!("{CELLS}{more}")).unwrap_or_else(|error| panic!("{error}\n{more}"))
}

/// Pairs of which both neurons are on both sides count once, all others as they are.
#[test]
fn gap_junctions_join_whichever_side_is_written_first() {
    let joined = |between: &str| {
        let gap = "rule = \"all_to_all\"\nconductance = \"1 nS\"";
        let text =
            format!("[population.a]\ncell = \"leaky\"\nsize = 8\n[gap_junction.g]\nbetween = [{between}]\n{gap}\n");
        with(&text).network().gaps.len()
    };
    for (between, other_way_round, count) in [
        (r#""a[5..8]", "a[0..3]""#, r#""a[0..3]", "a[5..8]""#, 9),
        // Of 4 x 4 two are a neuron with itself, and {2, 3} is met twice.
        (r#""a[2..6]", "a[0..4]""#, r#""a[0..4]", "a[2..6]""#, 13),
        // Three with five others, and three pairs among themselves.
        (r#""a", "a[0..3]""#, r#""a[0..3]", "a""#, 18),
    ] {
        assert_eq!((joined(between), joined(other_way_round)), (count, count), "{between}");
    }
}

#[test]
fn listed_numbers_belong_to_pairs_in_their_order() {
    let pairs = "rule = { pairs = [[0, 2], [1, 0], [2, 1]] }";
    let projection = format!(
        "[population.a]\ncell = \"leaky\"\nsize = 4\n[projection.p]\nfrom = \"a\"\nto = \"a\"\n{pairs}\nsynapse = \"s\"\n\
         weight = {{ each = [\"1 pA\", \"2 pA\", \"3 pA\"] }}\ndelay = {{ each = [\"1 ms\", \"2 ms\", \"3 ms\"] }}\n"
    );
    let simulation = with(&projection);
    let (connections, mut found) = (&simulation.network().pathways[0].connections, vec![]);
    connections.for_each_row(|target, row: &Row| {
        for (i, source) in row.sources.iter().enumerate() {
            let delay = row.delay(i, &connections.delays);
            found.push((*source, target, row.weight(i, &connections.weights), delay));
        }
    });
    found.sort_by_key(|entry| entry.0);
    assert_eq!(found, [(0, 2, 1.0, 10), (1, 0, 2.0, 20), (2, 1, 3.0, 30)]);
    let gaps = format!(
        "[population.a]\ncell = \"leaky\"\nsize = 4\n[gap_junction.g]\nbetween = [\"a\", \"a\"]\n{pairs}\n\
         conductance = {{ each = [\"1 nS\", \"2 nS\", \"3 nS\"] }}\n"
    );
    let simulation = with(&gaps);
    let of = |gap: &axonal::network::Gap| (gap.a.neuron, gap.b.neuron, gap.conductance);
    let found: Vec<_> = simulation.network().gaps.iter().map(of).collect();
    assert_eq!(found, [(0, 2, 1.0), (1, 0, 2.0), (2, 1, 3.0)]);
}

/// Amplitudes, rates and weights: independent between the populations of a list, the same in every run.
#[test]
fn populations_of_a_stimulus_draw_for_themselves() {
    let text = r#"
[population.a]
cell = "leaky"
size = 40
[population.b]
cell = "leaky"
size = 40
[stimulus.i]
kind = "step"
to = ["a", "b"]
amplitude = "uniform(0 pA, 100 pA)"
[recorder.r]
of = ["a", "b"]
what = "I.i"
every = "100 ms"
"#;
    let first = || {
        let recording = with(text).run().unwrap().recording;
        recording.recorders[0].traces.iter().map(|trace| trace.values[0]).collect::<Vec<f64>>()
    };
    let values = first();
    let (a, b) = values.split_at(40);
    let mean = |x: &[f64]| x.iter().sum::<f64>() / 40.0;
    let moment = |x: &[f64], y: &[f64]| x.iter().zip(y).map(|(p, q)| (p - mean(x)) * (q - mean(y))).sum::<f64>();
    // Of 40 independent pairs r is within 4 / sqrt(40).
    assert!((moment(a, b) / (moment(a, a) * moment(b, b)).sqrt()).abs() < 0.63);
    assert!(a.iter().zip(b).all(|(p, q)| p != q));
    assert_eq!(values, first());
}

/// The file holds the weights that act, so that the rule `file` replays a run spike by spike.
#[test]
fn written_connections_replay_a_run() {
    let directory = tempfile::tempdir().unwrap();
    let network = |projections: &str| {
        format!(
            "{CELLS}[population.a]\ncell = \"leaky\"\nsize = 300\ninitial.V_m = \"uniform(-65 mV, -50 mV)\"\n\
             [stimulus.i]\nkind = \"step\"\nto = \"a\"\namplitude = \"400 pA\"\n\
             [recorder.s]\nof = \"a\"\nwhat = \"spikes\"\n{projections}"
        )
    };
    let drawn = |name: &str, from: &str, weight: &str| {
        format!(
            "[projection.{name}]\nfrom = \"{from}\"\nto = \"a\"\nrule = {{ fixed_indegree = 20 }}\nautapses = true\n\
             multapses = true\nsynapse = \"s\"\nweight = \"{weight} keeping sign\"\ndelay = \"uniform(0.5 ms, 3 ms)\"\n\
             [recorder.of_{name}]\nof = \"{name}\"\nwhat = \"connections\"\n"
        )
    };
    let listed = |name: &str, from: &str| {
        format!(
            "[projection.{name}]\nfrom = \"{from}\"\nto = \"a\"\nautapses = true\nsynapse = \"s\"\n\
             rule = {{ file = \"out/of_{name}_connections.csv\" }}\n"
        )
    };
    let up = drawn("up", "a[0..200]", "normal(20 pA, 2 pA)") + &drawn("down", "a[200..300]", "normal(-60 pA, 6 pA)");
    let run = |text: String, out: &str| {
        let path = directory.path().join("network.toml");
        std::fs::write(&path, text).unwrap();
        let mut axonal = assert_cmd::Command::new(env!("CARGO_BIN_EXE_axonal"));
        axonal.current_dir(&directory).args(["run", "network.toml", "--quiet", "--force", "--out", out]);
        axonal.assert().success();
        std::fs::read_to_string(directory.path().join(out).join("spikes.csv")).unwrap()
    };
    let first = run(network(&up), "out");
    let again = run(network(&(listed("up", "a[0..200]") + &listed("down", "a[200..300]"))), "again");
    assert!(first.lines().count() > 500, "{}", first.lines().count());
    assert_eq!(first, again);
}

#[test]
fn columns_and_sizes_that_would_be_taken_for_others_are_refused() {
    let directory = tempfile::tempdir().unwrap();
    let refused = |more: &str| {
        let path = directory.path().join("network.toml");
        std::fs::write(&path, format!("{CELLS}{more}")).unwrap();
        let output = assert_cmd::Command::new(env!("CARGO_BIN_EXE_axonal")).arg("check").arg(&path).output().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    for header in ["x_um,y_mm", "x_um,Y_um", "x_um,z_um", "x_um,y"] {
        std::fs::write(directory.path().join("places.csv"), format!("{header}\n0,0\n0,500\n")).unwrap();
        let placed = "[population.a]\ncell = \"leaky\"\nsize = 2\nposition = { file = \"places.csv\" }\n";
        let (code, text) = refused(placed);
        assert!(code == Some(2) && text.contains("would be ignored"), "{header}: {text}");
    }
    let grid = "[population.a]\ncell = \"leaky\"\nposition = { grid = [769546, 494770, 48448661], extent = [\"1 mm\", \"1 mm\", \"1 mm\"] }\n";
    let (code, text) = refused(grid);
    assert!(code == Some(4) && text.contains("18446744073709551620 neurons need"), "{text}");
    let delayed = "[population.a]\ncell = \"leaky\"\nsize = 20\n[projection.p]\nfrom = \"a\"\nto = \"a\"\nautapses = true\n\
                   rule = \"all_to_all\"\nsynapse = \"s\"\nweight = \"1 pA\"\ndelay = \"normal(10 s, 1 s)\"\n";
    let (code, text) = refused(delayed);
    assert!(code == Some(4) && text.contains("delays are longer than 65535 steps"), "{text}");
}
