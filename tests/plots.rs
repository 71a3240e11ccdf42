//! Pictures of real runs: the right labels and marks, the same bytes each time, in SVG and PNG.
//!
//! The golden text of a picture is what it says, and how much of each mark it draws, not its bytes: those may change
//! with a font's outline, these only with what is shown. `INSTA_UPDATE=always cargo test plots` writes it anew.

use axonal::plots::{Format, Kind, Request, defaults, draw};
use axonal::{Recording, Simulation};
use std::collections::BTreeMap;

/// A lif neuron under a constant current: one spike each 25 ms or so.
const POINT: &str = r#"
[run]
title = "one neuron"
duration = "100 ms"
dt = "0.1 ms"
[cell.c]
model = "lif"
C_m = "250 pF"
tau_m = "10 ms"
E_L = "-70 mV"
V_th = "-55 mV"
V_reset = "-70 mV"
t_ref = "2 ms"
[population.p]
cell = "c"
size = 1
[stimulus.drive]
kind = "step"
to = "p"
amplitude = "450 pA"
start = "10 ms"
stop = "90 ms"
[recorder.seen]
of = "p"
what = ["V_m", "spikes"]
"#;

/// Sources whose spikes are known: neuron 0 at 1 and 3 ms, neuron 1 at 3 ms.
const SOURCES: &str = r#"
[run]
duration = "10 ms"
dt = "0.1 ms"
[cell.s]
model = "spike_source"
times = ["1 ms", "3 ms"]
[population.p]
cell = "s"
size = 2
[recorder.seen]
of = "p"
what = ["spikes"]
"#;

/// A short squid axon with a wave on it.
const CABLE: &str = r#"
[run]
title = "a wave"
duration = "6 ms"
dt = "0.025 ms"
temperature = "6.3 degC"
[cell.axon]
model = "cable"
R_a = "35.4 ohm cm"
mechanisms.hh = {}
[cell.axon.section.fibre]
length = "20 mm"
diameter = "476 um"
compartments = 40
[population.p]
cell = "axon"
size = 1
[stimulus.touch]
kind = "step"
to = "p.fibre(0)"
amplitude = "20 uA"
start = "0.5 ms"
stop = "1 ms"
[recorder.line]
of = "p"
at = "fibre"
what = ["V_m"]
every = "0.05 ms"
"#;

/// Neurons of two populations that are driven apart, and one of many in windows; the spikes of a file for each of two.
const DRIVEN: &str = r#"
[stimulus.apart]
kind = "step"
to = ["p", "q"]
amplitude = ["-100 pA", "500 pA"]
[stimulus.ladder]
kind = "sine"
to = "many"
amplitude = "linspace(0 pA, 290 pA)"
frequency = "50 Hz"
[population.q]
cell = "c"
size = 1
[population.many]
cell = "c"
size = 30
[synapse.E]
model = "exponential"
tau = "2 ms"
[stimulus.list]
kind = "spike_list"
to = "many"
synapse = "E"
weight = "1 pA"
file = "spikes.csv"
[recorder.of_q]
of = "q"
what = ["V_m"]
[recorder.of_many]
of = "many[10, 20, 29]"
what = ["V_m"]
"#;

/// A small network: sources that drive neurons, which inhibit one another; spikes of all, and rates in bins.
const NETWORK: &str = r#"
[run]
title = "a small network"
duration = "500 ms"
warmup = "100 ms"
dt = "0.1 ms"
[cell.s]
model = "poisson"
rate = "40 Hz"
[cell.c]
model = "lif"
tau_m = "10 ms"
E_L = "-70 mV"
V_th = "-55 mV"
V_reset = "-70 mV"
t_ref = "2 ms"
[population.sources]
cell = "s"
size = 30
[population.cells]
cell = "c"
size = 20
[synapse.jump]
model = "delta"
[projection.drive]
from = "sources"
to = "cells"
rule = { fixed_indegree = 12 }
multapses = false
synapse = "jump"
weight = "4 mV"
delay = "1 ms"
[projection.rivalry]
from = "cells"
to = "cells"
rule = { fixed_indegree = 3 }
autapses = false
multapses = false
synapse = "jump"
weight = "-2 mV"
delay = "1 ms"
[recorder.seen]
of = ["sources", "cells"]
what = ["spikes", "rate"]
every = "5 ms"
[plot.wiring]
kind = "connectivity"
"#;

fn run(text: &str) -> Recording {
    let simulation = Simulation::from_toml(text).unwrap_or_else(|error| panic!("{error}"));
    simulation.run().unwrap_or_else(|error| panic!("{error}")).recording
}

fn svg(recording: &Recording, kind: Kind) -> String {
    let bytes = draw(recording, &Request::new("plot", kind), Format::Svg).unwrap();
    assert_eq!(bytes, draw(recording, &Request::new("plot", kind), Format::Svg).unwrap(), "not the same bytes twice");
    String::from_utf8(bytes).unwrap()
}

/// The texts of a picture in the order drawn, then how often each element occurs.
fn anatomy(svg: &str) -> String {
    let mut texts = vec![];
    for piece in svg.split("<text").skip(1) {
        let inside = piece.split_once('>').map_or("", |(_, rest)| rest);
        texts.push(inside.split("</text>").next().unwrap_or("").to_string());
    }
    let mut elements: BTreeMap<&str, usize> = BTreeMap::new();
    for piece in svg.split('<').skip(1).filter(|piece| piece.starts_with(|c: char| c.is_ascii_alphabetic())) {
        *elements.entry(piece.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap()).or_default() += 1;
    }
    format!("{}\n\n{elements:?}\n", texts.join("\n"))
}

#[test]
fn a_trace() {
    insta::assert_snapshot!("plot_trace", anatomy(&svg(&run(POINT), Kind::Trace)));
}

#[test]
fn a_raster() {
    insta::assert_snapshot!("plot_raster", anatomy(&svg(&run(SOURCES), Kind::Raster)));
}

#[test]
fn a_wave_in_space_and_time() {
    insta::assert_snapshot!("plot_space_time", anatomy(&svg(&run(CABLE), Kind::SpaceTime)));
}

/// One run, a page of each kind that is about populations.
#[test]
fn populations() {
    let recording = run(NETWORK);
    let kinds = [Kind::Rate, Kind::Isi, Kind::Correlation, Kind::Spectrum, Kind::Connectivity, Kind::Network];
    for kind in kinds {
        insta::assert_snapshot!(format!("plot_{}", kind.name()), anatomy(&svg(&recording, kind)));
    }
}

/// Two runs of the same config draw the same bytes.
#[test]
fn a_run_drawn_again_is_the_same_picture() {
    for text in [POINT, SOURCES, CABLE, NETWORK] {
        let (first, second) = (run(text), run(text));
        for request in defaults(&first) {
            for format in [Format::Svg, Format::Png] {
                assert!(draw(&first, &request, format) == draw(&second, &request, format), "{}", request.name);
            }
        }
    }
}

/// What is beneath a trace was done to the neurons above, not to others.
#[test]
fn an_input_is_that_of_the_neurons_drawn() {
    let directory = tempfile::tempdir().unwrap();
    let spikes = (0..30).map(|k| format!("{}.0,{k}\n{}.0,{k}\n", 20 + k, 60 + k));
    std::fs::write(directory.path().join("spikes.csv"), format!("time_ms,neuron\n{}", spikes.collect::<String>()))
        .unwrap();
    let text = format!("{POINT}{DRIVEN}").replace("[stimulus.drive]", "[stimulus.first]");
    let mut config = axonal::Config::from_text("config.toml", &text).unwrap();
    config.directory = directory.path().into();
    let recording = Simulation::new(config).unwrap().run().unwrap().recording;
    let of = |name: &str| recording.stimuli.iter().find(|stimulus| stimulus.name == name).unwrap();
    let highest = |corners: &[(f64, f64)]| corners.iter().map(|corner| corner.1).fold(0.0, f64::max);
    assert_eq!(highest(&of("apart").others[0].corners), 500.0);
    let own = of("ladder").others.iter().map(|other| (other.of[0], highest(&other.corners).round()));
    assert_eq!(own.collect::<Vec<_>>(), [(10, 100.0), (20, 200.0), (29, 290.0)]);
    assert_eq!(of("list").events_of, [10, 20, 29, 10, 20, 29]);
    assert_eq!(of("list").events_ms, [30.0, 40.0, 49.0, 70.0, 80.0, 89.0]);
    let drawn = |recorder: &str| {
        let request = Request { data: vec![recorder.into()], ..Request::new("plot", Kind::Trace) };
        String::from_utf8(draw(&recording, &request, Format::Svg).unwrap()).unwrap()
    };
    let alone = drawn("of_q");
    assert!(alone.contains(">400<") && !alone.contains("\u{2212}100<") && alone.contains(">apart<"));
    insta::assert_snapshot!("plot_trace_driven", anatomy(&drawn("of_many")));
}

#[test]
fn a_png_opens_and_has_its_size() {
    for (text, kind) in [(POINT, Kind::Trace), (SOURCES, Kind::Raster), (CABLE, Kind::SpaceTime)] {
        let recording = run(text);
        let picture = svg(&recording, kind);
        let size = |name: &str| {
            let (_, rest) = picture.split_once(&format!("{name}=\"")).unwrap();
            rest.split('"').next().unwrap().parse::<f64>().unwrap()
        };
        let png = draw(&recording, &Request::new("plot", kind), Format::Png).unwrap();
        let opened = tiny_skia::Pixmap::decode_png(&png).unwrap();
        let twice = (2.0 * size("width"), 2.0 * size("height"));
        assert_eq!((f64::from(opened.width()), f64::from(opened.height())), twice);
        let white = tiny_skia::PremultipliedColorU8::from_rgba(255, 255, 255, 255).unwrap();
        assert!(opened.pixels().iter().any(|pixel| *pixel != white), "an empty picture");
    }
}

#[test]
fn no_spike_and_one_spike_are_pictures_too() {
    let silent = run(&SOURCES.replace("[\"1 ms\", \"3 ms\"]", "[]"));
    assert!(silent.spikes[0].times_ms.is_empty());
    assert!(svg(&silent, Kind::Raster).contains(">no spikes<"));
    let one = run(&SOURCES.replace("[\"1 ms\", \"3 ms\"]", "[\"3 ms\"]").replace("size = 2", "size = 1"));
    assert_eq!(one.spikes[0].times_ms, [3.0]);
    let picture = svg(&one, Kind::Raster);
    assert!(picture.contains("1 spike of 1 neuron"), "{}", anatomy(&picture));
    let resting = run(&POINT.replace("450 pA", "0 pA"));
    insta::assert_snapshot!("plot_trace_at_rest", anatomy(&svg(&resting, Kind::Trace)));
}
