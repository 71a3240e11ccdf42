//! Recorders that look for a while, and at some neurons: what pictures say is said of these.

use axonal::plots::{Format, Kind, Request, draw};
use axonal::{Config, Recording, Simulation};

/// Sources that fire every 10 ms, from 5 ms to 595 ms: 100 Hz, always.
fn clock(recorders: &str) -> Recording {
    let times: Vec<String> = (0..60).map(|k| format!("\"{} ms\"", 10 * k + 5)).collect();
    let text = format!(
        "[run]\nduration = \"600 ms\"\ndt = \"0.1 ms\"\n[cell.s]\nmodel = \"spike_source\"\ntimes = [{}]\n\
         [population.p]\ncell = \"s\"\nsize = 8\n{recorders}",
        times.join(", ")
    );
    let simulation = Simulation::from_toml(&text).unwrap_or_else(|error| panic!("{error}"));
    simulation.run().unwrap_or_else(|error| panic!("{error}")).recording
}

fn picture(recording: &Recording, kind: Kind, data: &[&str]) -> String {
    let data = data.iter().map(|name| name.to_string()).collect();
    let bytes = draw(recording, &Request { data, ..Request::new("plot", kind) }, Format::Svg).unwrap();
    String::from_utf8(bytes).unwrap()
}

const ONE: &str = "[recorder.r]\nof = \"p\"\nwhat = \"spikes\"\nstart = \"200 ms\"\nstop = \"300 ms\"\n";
const TWO: &str = "[recorder.a]\nof = \"p[0..5]\"\nwhat = \"spikes\"\nstart = \"100 ms\"\nstop = \"200 ms\"\n\
                   [recorder.b]\nof = \"p[3..8]\"\nwhat = \"spikes\"\nstart = \"150 ms\"\nstop = \"400 ms\"\n";

/// Ten spikes in 100 ms are 100 Hz, not 10 spikes in 600 ms.
#[test]
fn rates_are_of_the_time_that_was_recorded() {
    let recording = clock(ONE);
    let rate = picture(&recording, Kind::Rate, &[]);
    assert!(rate.contains("mean 100 Hz") && rate.contains("recorded from 200 to 300 ms"), "{rate}");
    let network = picture(&recording, Kind::Network, &[]);
    assert!(network.contains(">100 Hz<") && network.contains("from 200 to 300 ms"), "{network}");
    for kind in [Kind::Isi, Kind::Correlation] {
        let said = picture(&recording, kind, &[]);
        assert!(said.contains("from 200 to 300 ms") && !said.contains("600 ms"), "{said}");
    }
    assert!(picture(&recording, Kind::Raster, &[]).contains("recorded from 200 to 300 ms"));
}

/// Five neurons, ten spikes each; seen by `b` alone: five neurons, 25 spikes each.
#[test]
fn a_recorder_stands_for_its_own_neurons_and_times() {
    let recording = clock(TWO);
    let a = picture(&recording, Kind::Raster, &["a"]);
    assert!(a.contains("50 spikes of 5 neurons (recorded, of 8)") && a.contains("recorded from 100 to 200 ms"), "{a}");
    assert!(picture(&recording, Kind::Raster, &["b"]).contains("125 spikes of 5 neurons"));
    assert!(picture(&recording, Kind::Rate, &["a"]).contains("mean 100 Hz"));
    let all = picture(&recording, Kind::Raster, &[]);
    assert!(all.contains("175 spikes of 10 neurons") && !all.contains("of 16"), "{all}");
    // Together they are two rows, and neither dilutes the other.
    let both = picture(&recording, Kind::Rate, &[]);
    assert!(both.contains(">p (a)<") && both.contains(">p (b)<") && both.matches("mean 100 Hz").count() == 2, "{both}");
    assert!(both.contains("each recorded from and to times of its own"));
}

/// A stimulus acts all the time, spikes are seen in a sixth of it.
#[test]
fn the_f_i_curve_counts_while_spikes_are_recorded() {
    let text = |window: &str| {
        format!(
            "[run]\nduration = \"600 ms\"\ndt = \"0.1 ms\"\n[cell.c]\nmodel = \"lif\"\nC_m = \"250 pF\"\ntau_m = \"10 ms\"\n\
             E_L = \"-65 mV\"\nV_th = \"-50 mV\"\nt_ref = \"2 ms\"\n[population.p]\ncell = \"c\"\nsize = 2\n\
             [stimulus.i]\nkind = \"step\"\nto = \"p\"\namplitude = \"linspace(400 pA, 900 pA)\"\n\
             [recorder.r]\nof = \"p\"\nwhat = \"spikes\"\n{window}[plot.f]\nkind = \"f_i\"\n"
        )
    };
    let run = |window: &str| Simulation::from_toml(&text(window)).map(|simulation| simulation.run().unwrap().recording);
    let recording = run("start = \"200 ms\"\nstop = \"300 ms\"\n").unwrap();
    let said = picture(&recording, Kind::FI, &[]);
    assert!(said.contains("between 200 and 300 ms"), "{said}");
    // T = t_ref + tau ln(RI / (RI - 15 mV)) = 2 + 10 ln(36 / 21) = 7.39 ms: 135 Hz, 13 spikes in 100 ms or 14. The axis
    // ends 6 % above 130 Hz; of the whole run it would be 22 Hz.
    assert!(said.contains(">120<") && !said.contains(">140<"), "{said}");
    // What is never recorded while the stimulus acts is no curve at 0 Hz.
    let why = run("start = \"600 ms\"\n").map(drop).unwrap_err().to_string();
    assert!(why.contains("no spikes are recorded while stimulus `i` acts"), "{why}");
}

/// The first action potential crosses at 6.897 ms and is stamped 6.9 ms, where the window begins: two are left.
#[test]
fn a_crossing_before_the_warm_up_ends_is_not_counted() {
    let mut config = Config::from_text("ap.toml", include_str!("../configs/action_potential.toml")).unwrap();
    config.set("run.warmup=\"6.9 ms\"").unwrap();
    let finished = Simulation::new(config).unwrap().run().unwrap();
    let (seen, seconds) = (&finished.report.populations[0], (finished.report.duration_ms - 6.9) * 1e-3);
    assert_eq!(seen.spikes, 3);
    assert!((seen.rate_hz.unwrap() - 2.0 / seconds).abs() < 1e-9, "{:?}", seen.rate_hz);
}
