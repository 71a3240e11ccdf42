//! Recordings made up for tests: shapes like those of the models, without an engine.

use crate::recording::{
    ConnectivitySeen, DegreesSeen, Nullclines, PopulationSeen, ProjectionSeen, Recording, Samples, SectionSeen,
    SpikeTrains, StimulusSeen, Trace,
};

/// An action potential about its peak at 0 ms: mV above rest.
fn action_potential(ms: f64) -> f64 {
    let rise = 105.0 * (-(ms / 0.35).powi(2)).exp();
    let after = if ms > 0.0 { 14.0 * (ms / 1.5) * (1.0 - ms / 1.5).exp() } else { 0.0 };
    rise - after
}

fn trace(neuron: usize, variable: &str, unit: &str, values: Vec<f64>) -> Trace {
    Trace {
        population: "cell".into(),
        neuron,
        variable: variable.into(),
        unit: unit.into(),
        values,
        ..Trace::default()
    }
}

fn population(name: &str, size: usize) -> PopulationSeen {
    PopulationSeen {
        name: name.into(),
        size,
        cell: name.into(),
        model: "hodgkin_huxley".into(),
        ..PopulationSeen::default()
    }
}

fn trains(population: &str, size: usize, mut spikes: Vec<(f64, u32)>) -> SpikeTrains {
    spikes.sort_by(|a, b| a.partial_cmp(b).unwrap());
    SpikeTrains {
        population: population.into(),
        size,
        recorded: (0..size).collect(),
        times_ms: spikes.iter().map(|spike| spike.0).collect(),
        neurons: spikes.iter().map(|spike| spike.1).collect(),
        ..SpikeTrains::default()
    }
}

/// A deterministic number in 0..1.
fn noise(index: u64) -> f64 {
    let mixed = (index.wrapping_add(1)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mixed = (mixed ^ (mixed >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    ((mixed ^ (mixed >> 32)) >> 11) as f64 / (1u64 << 53) as f64
}

/// One Hodgkin-Huxley-like neuron that fires at 12, 28, 44, ... 92 ms, with gates and a step stimulus.
pub fn hodgkin_huxley() -> Recording {
    let spikes: Vec<f64> = (0..6).map(|k| 12.0 + 16.0 * f64::from(k)).collect();
    let times = (0..=4000).map(|k| f64::from(k) * 0.025);
    let near = |ms: f64| spikes.iter().map(|at| action_potential(ms - at)).sum::<f64>();
    let v: Vec<f64> = times.map(|ms| -65.0 + near(ms)).collect();
    let gate = |shift: f64, slope: f64| v.iter().map(move |v| 1.0 / (1.0 + (-(v - shift) / slope).exp())).collect();
    Recording {
        title: "A Hodgkin\u{2013}Huxley neuron under a step of current".into(),
        dt_ms: 0.025,
        duration_ms: 100.0,
        populations: vec![population("cell", 1)],
        recorders: vec![Samples {
            recorder: "membrane".into(),
            every_ms: 0.025,
            traces: vec![
                trace(0, "V_m", "mV", v.clone()),
                trace(0, "m", "", gate(-40.0, 9.0)),
                trace(0, "h", "", gate(-62.0, -7.0)),
                trace(0, "n", "", gate(-53.0, 16.0)),
            ],
            ..Samples::default()
        }],
        spikes: vec![trains("cell", 1, spikes.iter().map(|at| (*at, 0)).collect())],
        stimuli: vec![StimulusSeen {
            name: "current".into(),
            kind: "step".into(),
            to: vec!["cell".into()],
            neurons: vec![vec![0]],
            unit: "uA/cm^2".into(),
            waveform: vec![(0.0, 0.0), (10.0, 0.0), (10.0, 10.0), (95.0, 10.0), (95.0, 0.0), (100.0, 0.0)],
            start_ms: 10.0,
            stop_ms: 95.0,
            ..StimulusSeen::default()
        }],
        ..Recording::default()
    }
}

/// `count` integrate-and-fire neurons, ever more strongly driven, that reset at -50 mV.
pub fn integrate_and_fire(count: usize) -> Recording {
    let (mut traces, mut spikes) = (vec![], vec![]);
    for neuron in 0..count {
        let (drive, mut v) = (12.0 + 14.0 * neuron as f64 / count as f64, -70.0);
        let mut values = vec![v];
        for k in 1..=2000u32 {
            v += 0.1 / 10.0 * (-70.0 + drive - v + if k > 200 { 8.0 } else { -8.0 });
            if v >= -50.0 {
                v = -65.0;
                spikes.push((f64::from(k) * 0.1, neuron as u32));
            }
            values.push(v);
        }
        traces.push(trace(neuron, "V_m", "mV", values));
    }
    let amplitudes: Vec<f64> = (0..count).map(|k| 100.0 + 10.0 * k as f64).collect();
    Recording {
        title: "Integrate-and-fire neurons".into(),
        dt_ms: 0.1,
        duration_ms: 200.0,
        populations: vec![PopulationSeen { threshold_mv: Some(-50.0), ..population("cell", count) }],
        recorders: vec![Samples { recorder: "membrane".into(), every_ms: 0.1, traces, ..Samples::default() }],
        spikes: vec![trains("cell", count, spikes)],
        stimuli: vec![StimulusSeen {
            name: "current".into(),
            kind: "step".into(),
            to: vec!["cell".into()],
            neurons: vec![(0..count).collect()],
            unit: "pA".into(),
            waveform: vec![(0.0, 0.0), (20.0, 0.0), (20.0, 150.0), (200.0, 150.0)],
            amplitudes,
            start_ms: 20.0,
            stop_ms: 200.0,
            ..StimulusSeen::default()
        }],
        ..Recording::default()
    }
}

/// Five cables in a chain: a soma and an axon of 2 mm, through which an action potential runs at `speed` m/s.
pub fn relay(speed: f64, broken: bool) -> Recording {
    let section = |name: &str, parent: Option<&str>, start_um: f64, length_um: f64, compartments| SectionSeen {
        name: name.into(),
        parent: parent.map(str::to_string),
        length_um,
        diameter_um: 2.0,
        compartments,
        start_um,
        outline_um: vec![],
    };
    let sections = vec![section("soma", None, 0.0, 200.0, 4), section("axon", Some("soma"), 200.0, 2000.0, 40)];
    let (mut traces, mut spikes) = (vec![], vec![]);
    for neuron in 0..5 {
        for section in &sections {
            for k in 0..section.compartments {
                let position = (k as f64 + 0.5) / section.compartments as f64;
                let distance = section.start_um + position * section.length_um;
                let arrival = 2.0 + 4.5 * neuron as f64 + distance / 1000.0 / speed;
                let size = if broken && neuron == 4 { (1.3 - distance / 1000.0).clamp(0.0, 1.0) } else { 1.0 };
                let mut values: Vec<f64> =
                    (0..=1200).map(|k| -65.0 + size * action_potential(f64::from(k) * 0.025 - arrival)).collect();
                if broken && neuron == 1 {
                    values[300..420].fill(f64::NAN);
                }
                traces.push(Trace {
                    population: "chain".into(),
                    site: format!("{}({position:.3})", section.name),
                    section: Some(section.name.clone()),
                    position: Some(position),
                    distance_um: Some(distance),
                    ..trace(neuron, "V_m", "mV", values)
                });
            }
        }
        spikes.push((2.0 + 4.5 * neuron as f64 + 2.2 / speed, neuron as u32));
    }
    Recording {
        title: "An action potential travels down a chain of five neurons".into(),
        dt_ms: 0.025,
        duration_ms: 30.0,
        populations: vec![PopulationSeen { sections, ..population("chain", 5) }],
        recorders: vec![Samples { recorder: "cable".into(), every_ms: 0.025, traces, ..Samples::default() }],
        spikes: vec![SpikeTrains { site: "axon(1)".into(), ..trains("chain", 5, spikes) }],
        stimuli: vec![StimulusSeen {
            name: "touch".into(),
            kind: "pulse_train".into(),
            to: vec!["chain".into()],
            neurons: vec![vec![0]],
            unit: "nA".into(),
            waveform: vec![(0.0, 0.0), (1.0, 0.0), (1.0, 2.0), (1.5, 2.0), (1.5, 0.0), (30.0, 0.0)],
            ..StimulusSeen::default()
        }],
        ..Recording::default()
    }
}

/// Three populations of 3200, 700 and 100 neurons with `spikes` in all within a second, more at some times than others.
pub fn network(spikes: usize) -> Recording {
    let sizes = [("excitatory", 3200usize), ("inhibitory", 700), ("thalamus", 100)];
    let mut events: Vec<Vec<(f64, u32)>> = vec![vec![]; 3];
    for k in 0..spikes as u64 {
        let neuron = (noise(3 * k) * 4000.0) as usize;
        let (which, first) = if neuron < 3200 {
            (0, 0)
        } else if neuron < 3900 {
            (1, 3200)
        } else {
            (2, 3900)
        };
        let at = 1000.0 * noise(3 * k + 1);
        let wave = at + 12.0 * (at / 25.0).sin();
        events[which].push((wave.clamp(0.0, 1000.0), (neuron - first) as u32));
    }
    Recording {
        title: "A balanced network of 4000 neurons".into(),
        dt_ms: 0.1,
        duration_ms: 1000.0,
        populations: sizes.iter().map(|(name, size)| population(name, *size)).collect(),
        spikes: sizes.iter().zip(events).map(|((name, size), events)| trains(name, *size, events)).collect(),
        ..Recording::default()
    }
}

/// A FitzHugh-Nagumo-like cycle with its nullclines (FitzHugh 1961, I = 0.5).
pub fn cycle() -> Recording {
    let (mut v, mut w) = (-1.0f64, 1.0f64);
    let (mut vs, mut ws) = (vec![v], vec![w]);
    for _ in 0..4000 {
        let (dv, dw) = (v - v.powi(3) / 3.0 - w + 0.5, 0.08 * (v + 0.7 - 0.8 * w));
        (v, w) = (v + 0.05 * dv, w + 0.05 * dw);
        vs.push(v);
        ws.push(w);
    }
    let grid = || (-30..=30).map(|k| f64::from(k) * 0.1);
    Recording {
        title: "The phase plane of a relaxation oscillator".into(),
        dt_ms: 0.05,
        duration_ms: 200.0,
        populations: vec![population("cell", 1)],
        recorders: vec![Samples {
            recorder: "states".into(),
            every_ms: 0.05,
            traces: vec![trace(0, "V_m", "mV", vs), trace(0, "u", "mV/ms", ws)],
            ..Samples::default()
        }],
        spikes: vec![trains("cell", 1, vec![(52.025, 0), (90.0, 0)])],
        nullclines: vec![Nullclines {
            population: "cell".into(),
            x: "V_m".into(),
            y: "u".into(),
            input: "0.5 mV/ms".into(),
            x_nullcline: grid().map(|v| (v, v - v.powi(3) / 3.0 + 0.5)).collect(),
            y_nullcline: grid().map(|v| (v, (v + 0.7) / 0.8)).collect(),
            ..Nullclines::default()
        }],
        ..Recording::default()
    }
}

/// Neurons of two populations that fire the faster the more they are driven, up to a limit.
pub fn driven() -> Recording {
    let amplitudes: Vec<f64> = (0..21).map(|k| 25.0 * f64::from(k)).collect();
    let fire = |gain: f64, least: f64| {
        let mut spikes = vec![];
        for (neuron, amplitude) in amplitudes.iter().enumerate() {
            let rate = (gain * (amplitude - least).max(0.0)).min(180.0);
            let count = (rate * 0.9) as u32;
            spikes.extend((0..count).map(|k| (100.5 + 899.0 * f64::from(k) / f64::from(count), neuron as u32)));
        }
        spikes
    };
    Recording {
        title: "Firing rate against drive".into(),
        dt_ms: 0.1,
        duration_ms: 1000.0,
        warmup_ms: 100.0,
        populations: vec![population("lif", 21), population("hh", 21)],
        spikes: vec![trains("lif", 21, fire(0.6, 120.0)), trains("hh", 21, fire(0.3, 40.0))],
        stimuli: vec![StimulusSeen {
            name: "current".into(),
            to: vec!["lif".into(), "hh".into()],
            neurons: vec![(0..21).collect(), (0..21).collect()],
            unit: "pA".into(),
            amplitudes: [amplitudes.clone(), amplitudes.clone()].concat(),
            start_ms: 0.0,
            stop_ms: 1000.0,
            ..StimulusSeen::default()
        }],
        ..Recording::default()
    }
}

/// Two populations, four fifths of `neurons` and the rest: the first onto itself, 100 synapses each, and onto the second.
/// Few neurons have each synapse known.
pub fn wired(neurons: usize) -> Recording {
    let sizes = [neurons * 4 / 5, neurons / 5];
    let projection = |to: &str, synapses: usize| ProjectionSeen {
        from: "exc".into(),
        to: to.into(),
        synapse: "ampa".into(),
        synapses: synapses as u64,
        autapses: true,
        ..ProjectionSeen::default()
    };
    let bell = |population: &str| DegreesSeen {
        population: population.into(),
        low: 79.5,
        width: 2.0,
        counts: (0..20i32).map(|k| (400 - 4 * (k - 10).pow(2)) as u64).collect(),
    };
    let pairs = (0..neurons as u32).flat_map(|k| (0..6).map(move |j| (k * 4 / 5, (k * 7 + j * 11) % neurons as u32)));
    Recording {
        title: "Two populations and their synapses".into(),
        dt_ms: 0.1,
        duration_ms: 100.0,
        populations: vec![population("exc", sizes[0]), population("inh", sizes[1])],
        projections: vec![projection("exc", sizes[0] * 100), projection("inh", sizes[1] * 25)],
        connectivity: Some(ConnectivitySeen {
            every: 1,
            in_degrees: vec![bell("exc"), bell("inh")],
            out_degrees: vec![bell("exc"), DegreesSeen { population: "inh".into(), ..DegreesSeen::default() }],
            pairs: if neurons <= 500 { pairs.collect() } else { vec![] },
        }),
        ..Recording::default()
    }
}
