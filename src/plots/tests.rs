//! What must be true of every picture, looked for in its SVG and in the head of its PNG.

use super::*;
use crate::recording::{PopulationSeen, Samples, SpikeTrains, Trace};

fn svg(recording: &Recording, request: &Request) -> String {
    String::from_utf8(draw(recording, request, Format::Svg).unwrap()).unwrap()
}

fn request(kind: Kind) -> Request {
    Request::new("plot", kind)
}

/// Every kind of plot of the made-up recordings, and the awkward cases.
fn gallery() -> Vec<(&'static str, Recording, Request)> {
    let mut narrow = request(Kind::Trace);
    narrow.options.panels = Some(vec!["V_m".into(), "n".into(), "m".into()]);
    let mut plane = request(Kind::PhasePlane);
    (plane.options.nullclines, plane.options.y) = (true, Some("u".into()));
    let mut ends = samples::relay(0.4, false);
    ends.recorders[0].traces.retain(|t| t.site == "soma(0.125)" || t.site == "axon(0.988)");
    ends.spikes[0].site = "axon(0.988)".into();
    let mut one = request(Kind::SpaceTime);
    one.options.neuron = Some(0);
    let chain = || samples::relay(0.4, false);
    let mut long = samples::integrate_and_fire(3);
    long.populations[0].name = "a_population_with_an_unreasonably_long_name_of_the_layer_2_3".into();
    long.title = "A very long title that says more about the run than anyone would want to read at once, and goes on and on until it no longer fits".into();
    for trace in &mut long.recorders[0].traces {
        trace.population = long.populations[0].name.clone();
    }
    vec![
        ("trace_hh", samples::hodgkin_huxley(), request(Kind::Trace)),
        ("trace_panels", samples::hodgkin_huxley(), narrow),
        ("trace_lif", samples::integrate_and_fire(3), request(Kind::Trace)),
        ("trace_many", samples::integrate_and_fire(50), request(Kind::Trace)),
        ("trace_ends", ends, request(Kind::Trace)),
        ("trace_cable", chain(), request(Kind::Trace)),
        ("trace_long_names", long, request(Kind::Trace)),
        ("raster_network", samples::network(25_000), request(Kind::Raster)),
        ("raster_image", samples::network(120_000), request(Kind::Raster)),
        ("raster_million", samples::network(1_000_000), request(Kind::Raster)),
        ("raster_few", samples::integrate_and_fire(12), request(Kind::Raster)),
        ("raster_one", samples::hodgkin_huxley(), request(Kind::Raster)),
        ("raster_silent", samples::network(0), request(Kind::Raster)),
        ("space_time_chain", chain(), request(Kind::SpaceTime)),
        ("space_time_one", chain(), one),
        ("space_time_broken", samples::relay(0.4, true), request(Kind::SpaceTime)),
        ("phase_plane", samples::cycle(), plane),
        ("f_i", samples::driven(), request(Kind::FI)),
        ("rate", samples::network(25_000), request(Kind::Rate)),
        ("rate_silent", samples::network(0), request(Kind::Rate)),
        ("isi", samples::network(25_000), request(Kind::Isi)),
        ("correlation", samples::network(25_000), request(Kind::Correlation)),
        ("spectrum", samples::network(25_000), request(Kind::Spectrum)),
        ("connectivity", samples::wired(4000), request(Kind::Connectivity)),
        ("connectivity_small", samples::wired(60), request(Kind::Connectivity)),
        ("network", samples::network(25_000), request(Kind::Network)),
        ("network_few", samples::network(12), request(Kind::Network)),
        ("network_points", samples::integrate_and_fire(12), request(Kind::Network)),
        ("f_i_one", samples::integrate_and_fire(30), request(Kind::FI)),
    ]
}

/// `AXONAL_GALLERY=DIR cargo test gallery` writes every picture, to be looked at; without it there is nothing to do.
#[test]
fn write_the_gallery() {
    let Some(directory) = std::env::var_os("AXONAL_GALLERY").map(std::path::PathBuf::from) else { return };
    for (name, recording, request) in gallery() {
        for format in [Format::Svg, Format::Png] {
            let started = std::time::Instant::now();
            let bytes = draw(&recording, &request, format).unwrap();
            println!("{name}.{} {} KB {:?}", format.extension(), bytes.len() / 1024, started.elapsed());
            std::fs::write(directory.join(format!("{name}.{}", format.extension())), bytes).unwrap();
        }
    }
}

#[test]
fn every_picture_draws_twice_to_the_same_bytes() {
    for (name, recording, request) in gallery() {
        for format in [Format::Svg, Format::Png] {
            let bytes = draw(&recording, &request, format).unwrap();
            assert!(bytes == draw(&recording, &request, format).unwrap(), "{name} differs");
            assert!(bytes.len() < 2_000_000, "{name}.{} has {} bytes", format.extension(), bytes.len());
        }
    }
}

#[test]
fn every_text_stands_on_the_page() {
    for (name, recording, request) in gallery() {
        let drawing = drawing(&recording, &request).unwrap();
        for mark in &drawing.marks {
            let scene::Mark::Text(label) = mark else { continue };
            assert!(label.size >= 100.0, "{name}: {} is smaller than 10 px", label.text);
            let width = text::width(&label.text, label.size, label.weight);
            let (along, length) =
                if label.upright { (label.at.1, drawing.size.1) } else { (label.at.0, drawing.size.0) };
            let (before, after) = match label.upright {
                false => (width * label.anchor, width * (1.0 - label.anchor)),
                true => (width * (1.0 - label.anchor), width * label.anchor),
            };
            let inside = f64::from(along) - before >= 0.0 && f64::from(along) + after <= f64::from(length);
            assert!(inside, "{name}: `{}` leaves the page", label.text);
        }
    }
}

#[test]
fn a_png_is_twice_the_layout_in_size() {
    let png = draw(&samples::hodgkin_huxley(), &request(Kind::Trace), Format::Png).unwrap();
    assert_eq!(&png[..8], b"\x89PNG\r\n\x1a\n");
    assert_eq!(u32::from_be_bytes(png[16..20].try_into().unwrap()), 1920);
}

#[test]
fn a_trace_names_its_axes_and_marks_every_spike() {
    let picture = svg(&samples::hodgkin_huxley(), &request(Kind::Trace));
    for label in ["membrane potential (mV)", "m, h, n", "input (µA/cm²)", "time (ms)", ">current<", "\u{2212}60"] {
        assert!(picture.contains(label), "{label} is missing");
    }
    // The ticks are one path of six upright strokes, the only one 1.4 px wide before the stimulus'.
    let ticks = picture.lines().find(|line| line.contains("stroke-width=\"14\"")).unwrap();
    assert_eq!(ticks.matches('M').count(), 6);
}

#[test]
fn a_model_that_resets_gets_a_line_up_from_the_threshold_per_spike() {
    let recording = samples::integrate_and_fire(3);
    let picture = svg(&recording, &request(Kind::Trace));
    let lines = picture.lines().filter(|line| line.contains("stroke-width=\"11\""));
    let drawn: usize = lines.map(|line| line.matches('M').count()).sum();
    assert!(drawn > 10);
    assert_eq!(drawn, recording.spikes[0].times_ms.len());
}

#[test]
fn a_peak_of_one_sample_is_drawn() {
    let mut values = vec![-65.0; 400_000];
    values[123_456] = 40.0;
    let trace = Trace { variable: "V_m".into(), unit: "mV".into(), values, ..Trace::default() };
    let recorder = Samples { recorder: "r".into(), every_ms: 0.1, traces: vec![trace], ..Samples::default() };
    let recording = Recording { duration_ms: 40_000.0, recorders: vec![recorder], ..Recording::default() };
    let picture = svg(&recording, &request(Kind::Trace));
    assert!(picture.contains("time (s)"));
    assert!(picture.len() < 10_000, "{} bytes", picture.len());
    // The curve (1.5 px) must rise over most of the panel of 320 px, and fall again.
    let curve = picture.lines().find(|line| line.contains("stroke-width=\"15\"")).unwrap();
    let steps = curve.split(|c: char| !(c.is_ascii_digit() || c == '-')).filter_map(|n| n.parse::<i32>().ok());
    let highest = steps.map(i32::abs).filter(|step| (2500..3200).contains(step)).count();
    assert!(highest >= 1, "{curve}");
}

#[test]
fn a_raster_has_a_mark_per_spike() {
    let picture = svg(&samples::network(5000), &request(Kind::Raster));
    let dots: usize = picture.lines().filter(|l| l.contains("linecap")).map(|l| l.matches("h0").count()).sum();
    assert_eq!(dots, 5000);
    assert!(picture.contains("5000 spikes of 4000 neurons") && picture.contains("rate (Hz)"));
    assert!(svg(&samples::network(0), &request(Kind::Raster)).contains(">no spikes<"));
    assert!(svg(&samples::network(100_000), &request(Kind::Raster)).contains("data:image/png;base64,"));
}

#[test]
fn space_and_time_show_the_speed_that_the_wave_has() {
    let picture = svg(&samples::relay(0.4, false), &request(Kind::SpaceTime));
    assert_eq!(picture.matches("0.400 m/s").count(), 5);
    assert!(picture.contains("V_m (mV)") && picture.contains("distance (mm)") && picture.contains(">axon<"));
    let broken = svg(&samples::relay(0.4, true), &request(Kind::SpaceTime));
    assert!(broken.contains("grey: no finite value") && broken.contains("of 44 places reach"));
}

#[test]
fn empty_single_and_absurd_recordings_draw_or_say_why() {
    let trace = |values: Vec<f64>| Trace {
        variable: "V_m".into(),
        unit: "mV".into(),
        distance_um: Some(values.len() as f64),
        values,
        ..Trace::default()
    };
    let cases = [vec![], vec![-65.0], vec![f64::NAN; 5], vec![-65.0; 5], vec![1e300, -1e300], vec![f64::INFINITY, 1.0]];
    for values in cases {
        let traces = vec![trace(values.clone()), Trace { distance_um: Some(1e3), ..trace(values) }];
        let spikes = vec![SpikeTrains { times_ms: vec![0.2], neurons: vec![7], ..SpikeTrains::default() }];
        let recorders = vec![Samples { every_ms: 0.1, traces, ..Samples::default() }];
        let recording = Recording { dt_ms: 0.1, duration_ms: 0.4, recorders, spikes, ..Recording::default() };
        for &kind in Kind::ALL {
            for format in [Format::Svg, Format::Png] {
                if let Err(why) = draw(&recording, &request(kind), format) {
                    assert!(why.len() > 10 && !why.ends_with('.'), "{why}");
                }
            }
        }
    }
    for &kind in Kind::ALL {
        assert!(draw(&Recording::default(), &request(kind), Format::Svg).is_err());
    }
}

#[test]
fn what_cannot_be_drawn_is_said_in_words() {
    let mut wanted = request(Kind::Trace);
    wanted.options.panels = Some(vec!["w".into()]);
    let why = draw(&samples::hodgkin_huxley(), &wanted, Format::Svg).unwrap_err();
    assert_eq!(why, "`w` is not recorded here; recorded: `V_m`, `h`, `m`, `n`");
    let unknown = Request { data: vec!["nobody".into()], ..request(Kind::Raster) };
    assert!(draw(&samples::network(10), &unknown, Format::Svg).unwrap_err().contains("`nobody`"));
}

/// `count` populations, each with the spikes of the first of `samples::network`.
fn many_populations(count: usize) -> Recording {
    let mut recording = samples::network(2000);
    let (population, trains) = (recording.populations[0].clone(), recording.spikes[0].clone());
    let name = |k: usize| format!("population_{k}");
    recording.populations = (0..count).map(|k| PopulationSeen { name: name(k), ..population.clone() }).collect();
    recording.spikes = (0..count).map(|k| SpikeTrains { population: name(k), ..trains.clone() }).collect();
    recording
}

#[test]
fn more_rates_than_can_be_told_apart_are_one() {
    let common = "rate: of all these neurons together";
    let raster = |count: usize| svg(&many_populations(count), &request(Kind::Raster));
    assert!(!raster(palette::COUNT).contains(common) && raster(palette::COUNT + 1).contains(common));
}

#[test]
fn a_logarithmic_axis_says_so() {
    let picture = svg(&samples::network(5000), &request(Kind::Spectrum));
    assert!(picture.contains("frequency (Hz, log)") && picture.contains("power (Hz, log)"));
}

/// Spikes that there was no room for are counted, and the picture says so.
#[test]
fn a_thinned_raster_says_what_it_shows() {
    let mut recording = samples::network(0);
    let mut keeper = crate::recording::thinning::Keeper::new(&recording.spikes, 0.1, 1000.0, 2000);
    for k in 0..10_000u32 {
        keeper.keep(&mut recording.spikes, 0, f64::from(k) * 0.1, k % 3200);
    }
    keeper.finish(&mut recording.spikes);
    let picture = svg(&recording, &request(Kind::Raster));
    assert!(picture.contains("10\u{a0}000 spikes of 4000 neurons"));
    assert!(picture.contains("1 of every 8 neurons of excitatory shown; rates are of all"));
    let rates = svg(&recording, &request(Kind::Rate));
    // 10 000 spikes of 3200 neurons in a second.
    assert!(rates.contains("mean 3.12 Hz") || rates.contains("mean 3.13 Hz"));
}

#[test]
fn populations_keep_their_colours() {
    let recording = samples::network(5000);
    let all = svg(&recording, &request(Kind::Isi));
    let one = svg(&recording, &Request { data: vec!["inhibitory".into()], ..request(Kind::Rate) });
    // The second of three is vermillion, alone, too.
    assert!(all.contains("#d55e00") && one.contains("#d55e00") && !one.contains("#0072b2"));
}

#[test]
fn a_block_of_the_matrix_is_synapses_per_neuron() {
    let picture = svg(&samples::wired(4000), &request(Kind::Connectivity));
    // 320 000 synapses onto 3200 neurons, from 3200: 100 each, 3.125 in 100 pairs.
    assert!(picture.contains(">100<") && picture.contains(">3.12<"));
}

#[test]
fn defaults_follow_what_was_recorded() {
    let kinds = |recording: &Recording| defaults(recording).iter().map(|r| r.kind).collect::<Vec<_>>();
    assert_eq!(kinds(&samples::hodgkin_huxley()), [Kind::Trace]);
    assert_eq!(kinds(&samples::relay(0.4, false)), [Kind::Trace, Kind::SpaceTime, Kind::Raster]);
    assert_eq!(kinds(&samples::network(10)), [Kind::Raster]);
}

#[test]
fn a_map_needs_two_dimensions_not_two_rows() {
    let mut recording = samples::integrate_and_fire(12);
    recording.populations[0].positions_um = (0..12).map(|k| [100.0 * f64::from(k), 0.0, 0.0]).collect();
    let map = request(Kind::Map);
    assert!(draw(&recording, &map, Format::Svg).unwrap_err().contains("two dimensions"));
    recording.populations[0].dimensions = 2;
    assert!(svg(&recording, &map).contains("first spike"));
    let mut one = samples::integrate_and_fire(1);
    (one.populations[0].positions_um, one.populations[0].dimensions) = (vec![[3.0, 4.0, 0.0]], 2);
    assert!(svg(&one, &map).contains("first spike"));
}

#[test]
fn where_no_population_has_a_pair_that_fired_it_is_said() {
    let mut recording = samples::network(12);
    recording.spikes.truncate(2);
    let (silent, one) = recording.spikes.split_at_mut(1);
    (silent[0].times_ms, silent[0].neurons) = (vec![], vec![]);
    (one[0].times_ms, one[0].neurons) = (vec![10.0, 20.0], vec![0, 0]);
    let why = |recording: &Recording| draw(recording, &request(Kind::Correlation), Format::Svg).unwrap_err();
    assert_eq!(why(&recording), "no population has two neurons that fired, from 0 to 1000 ms");
    (recording.spikes[1].times_ms, recording.spikes[1].neurons) = (vec![], vec![]);
    assert_eq!(why(&recording), "no neuron fired in 1000 ms, and a correlation needs two");
}

#[test]
fn kinds_have_the_names_of_the_language() {
    for (kind, name) in Kind::ALL.iter().zip(Kind::NAMES) {
        assert_eq!((kind.name(), Kind::from_name(name)), (*name, Some(*kind)));
    }
    assert_eq!(Kind::from_name("histogram"), None);
}
