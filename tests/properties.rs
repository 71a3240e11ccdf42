//! What must hold for any network and any text, tried on random ones.

use crate::configs::shipped;
use axonal::Simulation;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

/// A small random network of every kind of point neuron and synapse, with recorders on all of it.
#[derive(Clone, Debug)]
struct Net {
    model: usize,
    size: usize,
    synapse: usize,
    conductance: bool,
    weight: f64,
    drive: f64,
    probability: f64,
    delay: u32,
    gap: Option<f64>,
    seed: u32,
}

fn nets() -> impl Strategy<Value = Net> {
    let cell = (0..3usize, 1..12usize, 0..4usize, any::<bool>());
    let numbers = (0.0..50.0f64, -500.0..2000.0f64, 0.0..1.0f64, 1..30u32);
    (cell, numbers, prop::option::of(0.0..20.0f64), any::<u32>()).prop_map(
        |((model, size, synapse, conductance), (weight, drive, probability, delay), gap, seed)| Net {
            model,
            size,
            synapse,
            conductance,
            weight,
            drive,
            probability,
            delay,
            gap,
            seed,
        },
    )
}

const CELLS: [&str; 3] = [
    "model = \"lif\"\nC_m = \"250 pF\"\ntau_m = \"10 ms\"\nE_L = \"-70 mV\"\nV_th = \"-55 mV\"\nV_reset = \"-70 mV\"\nt_ref = \"2 ms\"",
    "model = \"adex\"\nC_m = \"200 pF\"\ng_L = \"12 nS\"\nE_L = \"-70 mV\"\nV_T = \"-50 mV\"\nDelta_T = \"2 mV\"\nV_peak = \"0 mV\"\nV_reset = \"-58 mV\"\ntau_w = \"300 ms\"\na = \"2 nS\"\nb = \"60 pA\"",
    "model = \"hodgkin_huxley\"",
];

const SYNAPSES: [&str; 4] = [
    "model = \"delta\"",
    "model = \"exponential\"\ntau = \"5 ms\"",
    "model = \"alpha\"\ntau = \"2 ms\"",
    "model = \"dual_exponential\"\ntau_rise = \"0.5 ms\"\ntau_decay = \"3 ms\"",
];

impl Net {
    fn toml(&self, every: &str, what: &str) -> String {
        let conductance = self.conductance && self.synapse > 0;
        let unit = match (self.synapse, conductance, self.model) {
            (0, _, 2) => "fC",
            (0, _, _) => "mV",
            (_, true, _) => "nS",
            _ => "pA",
        };
        let reversal = if conductance { "E_rev = \"0 mV\"" } else { "" };
        let gap = self.gap.filter(|_| self.size > 1).map_or(String::new(), |g| {
            format!(
                "[gap_junction.g]\nbetween = [\"p[0]\", \"p[1]\"]\nrule = \"one_to_one\"\nconductance = \"{g} nS\"\n"
            )
        });
        format!(
            "[run]\nduration = \"60 ms\"\ndt = \"0.05 ms\"\ntemperature = \"6.3 degC\"\nseed = {seed}\n\
             [cell.c]\n{cell}\n[population.p]\ncell = \"c\"\nsize = {size}\n\
             [synapse.s]\n{synapse}\n{reversal}\n\
             [projection.q]\nfrom = \"p\"\nto = \"p\"\nrule = {{ pairwise_bernoulli = {p} }}\nautapses = true\n\
             synapse = \"s\"\nweight = \"{weight} {unit}\"\ndelay = \"{delay} ms\"\n\
             [stimulus.i]\nkind = \"step\"\nto = \"p\"\namplitude = \"{drive} pA\"\n\
             [stimulus.n]\nkind = \"noise\"\nto = \"p\"\nmean = \"0 pA\"\nstd = \"50 pA\"\ntau = \"5 ms\"\n\
             {gap}[recorder.r]\nof = \"p\"\nwhat = {what}\nevery = \"{every}\"\n",
            seed = self.seed,
            cell = CELLS[self.model],
            size = self.size,
            synapse = SYNAPSES[self.synapse],
            p = self.probability,
            weight = self.weight,
            delay = f64::from(self.delay) / 20.0,
            drive = self.drive,
        )
    }
}

fn build(text: &str) -> Simulation {
    Simulation::from_toml(text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

fn run(text: &str) -> axonal::Finished {
    build(text).run().unwrap_or_else(|error| panic!("{error}\n{text}"))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, rng_seed: RngSeed::Fixed(1), ..ProptestConfig::default() })]

    #[test]
    fn any_small_network_runs_to_finite_numbers(net in nets()) {
        let finished = run(&net.toml("0.05 ms", "[\"V_m\", \"spikes\"]"));
        let samples = &finished.recording.recorders[0];
        prop_assert_eq!(samples.len(), 1201);
        prop_assert!(samples.traces.iter().all(|trace| trace.values.iter().all(|v| v.is_finite())));
        let trains = &finished.recording.spikes[0];
        prop_assert!(trains.times_ms.is_sorted());
        prop_assert_eq!(trains.times_ms.len() as u64, finished.recording.populations[0].spikes);
    }

    /// Looking does not touch: the spikes are the same however often, and whatever, is recorded.
    #[test]
    fn recorders_change_no_spike(net in nets()) {
        let often = run(&net.toml("0.05 ms", "[\"V_m\", \"spikes\"]"));
        let seldom = run(&net.toml("7 ms", "[\"spikes\"]"));
        prop_assert_eq!(&often.recording.spikes[0].times_ms, &seldom.recording.spikes[0].times_ms);
        prop_assert_eq!(&often.recording.spikes[0].neurons, &seldom.recording.spikes[0].neurons);
        prop_assert_eq!(often.recording.populations[0].spikes, seldom.recording.populations[0].spikes);
    }

    /// The bits do not depend on the number of threads.
    #[test]
    fn threads_change_nothing(net in nets()) {
        let simulation = build(&net.toml("0.5 ms", "[\"V_m\", \"spikes\"]"));
        let digest = |threads| {
            let options = axonal::RunOptions { threads: Some(threads), ..Default::default() };
            simulation.run_with(options, &mut |_| false).map(|finished| finished.report.digest)
        };
        prop_assert_eq!(digest(1).unwrap(), digest(3).unwrap());
    }

    /// What leaves one side of a gap junction enters the other: two passive cells without a leak of their own keep
    /// their mean charge. Here they have a leak, and start at rest but for a current into one; their mean voltage,
    /// weighted by capacitance, is then that of the same two cells without the junction.
    #[test]
    fn a_gap_junction_keeps_the_charge(g in 0.0..40.0f64, drive in -300.0..300.0f64) {
        let net = |g: f64| format!(
            "[run]\nduration = \"40 ms\"\ndt = \"0.1 ms\"\n\
             [cell.c]\nmodel = \"lif\"\nC_m = \"250 pF\"\ntau_m = \"10 ms\"\nE_L = \"-70 mV\"\nV_th = \"inf mV\"\nV_reset = \"-70 mV\"\nt_ref = \"0 ms\"\n\
             [population.p]\ncell = \"c\"\nsize = 2\n\
             [gap_junction.g]\nbetween = [\"p[0]\", \"p[1]\"]\nrule = \"one_to_one\"\nconductance = \"{g} nS\"\n\
             [stimulus.i]\nkind = \"step\"\nto = \"p[0]\"\namplitude = \"{drive} pA\"\nstop = \"20 ms\"\n\
             [recorder.r]\nof = \"p\"\nwhat = [\"V_m\", \"I.g\"]\n");
        let (joined, apart) = (run(&net(g)), run(&net(0.0)));
        let value = |run: &axonal::Finished, neuron, name: &str, k: usize| {
            let found = |t: &&axonal::recording::Trace| t.neuron == neuron && t.variable == name;
            run.recording.recorders[0].traces.iter().find(found).unwrap().values[k]
        };
        for k in (0..=400).step_by(40) {
            let mean = |run: &axonal::Finished| value(run, 0, "V_m", k) + value(run, 1, "V_m", k);
            // 400 steps of rounding of numbers near 100.
            prop_assert!((mean(&joined) - mean(&apart)).abs() < 400.0 * 100.0 * f64::EPSILON);
            let (into, out) = (value(&joined, 0, "I.g", k), value(&joined, 1, "I.g", k));
            prop_assert!((into + out).abs() <= f64::EPSILON * into.abs(), "{} {}", into, out);
        }
    }

    /// Between spikes the voltage of a leaky integrator lies between its resting potential and where its input drives it.
    #[test]
    fn a_lif_voltage_lies_within_what_drives_it(drive in -800.0..800.0f64, start in 0.0..1.0f64) {
        // Resistance tau_m / C_m = 40 Mohm; the threshold is 15 mV above rest.
        let text = format!(
            "[run]\nduration = \"80 ms\"\ndt = \"0.1 ms\"\n[cell.c]\n{}\n[population.p]\ncell = \"c\"\nsize = 1\n\
             initial.V_m = \"{} mV\"\n[stimulus.i]\nkind = \"step\"\nto = \"p\"\namplitude = \"{drive} pA\"\n\
             [recorder.r]\nof = \"p\"\nwhat = [\"V_m\", \"spikes\"]\n", CELLS[0], -70.0 + 14.0 * start);
        let finished = run(&text);
        let steady = -70.0 + 0.04 * drive;
        let (low, high) = (steady.min(-70.0) - 1e-9, steady.max(-70.0 + 14.0 * start).min(-55.0) + 1e-9);
        let values = &finished.recording.recorders[0].traces[0].values;
        prop_assert!(values.iter().all(|v| (low..=high).contains(v)), "{} {}", low, high);
        let spikes = finished.recording.spikes[0].times_ms.len();
        prop_assert_eq!(spikes > 0, steady > -55.0 && 80.0 > time_to_threshold(steady, -70.0 + 14.0 * start));
    }
}

/// tau_m ln((V_inf - V_0)/(V_inf - V_th)), up to the next grid point.
fn time_to_threshold(steady: f64, start: f64) -> f64 {
    (100.0 * (10.0 * ((steady - start) / (steady + 55.0)).ln()) / 10.0).ceil() / 10.0
}

/// One blow to a text.
#[derive(Clone, Debug)]
enum Blow {
    DropLine,
    DoubleLine,
    SwapLines(usize),
    Cut,
    Insert(char),
    Replace(char),
}

fn blows() -> impl Strategy<Value = Vec<(usize, Blow)>> {
    let odd =
        prop::sample::select("\"'[]{}=.,#\n\\ -+*/^()0123456789eEµΩ\u{0}\u{7f}😀naif".chars().collect::<Vec<_>>());
    let blow = prop_oneof![
        Just(Blow::DropLine),
        Just(Blow::DoubleLine),
        (0..200usize).prop_map(Blow::SwapLines),
        Just(Blow::Cut),
        odd.clone().prop_map(Blow::Insert),
        odd.prop_map(Blow::Replace),
    ];
    prop::collection::vec((any::<usize>(), blow), 1..6)
}

fn struck(text: &str, blows: &[(usize, Blow)]) -> String {
    let mut text = text.to_string();
    for (at, blow) in blows {
        let mut lines: Vec<&str> = text.lines().collect();
        let mut chars: Vec<char> = text.chars().collect();
        if lines.is_empty() {
            return text;
        }
        let (line, place) = (at % lines.len(), at % chars.len().max(1));
        text = match blow {
            Blow::DropLine => {
                lines.remove(line);
                lines.join("\n")
            }
            Blow::DoubleLine => {
                lines.insert(line, lines[line]);
                lines.join("\n")
            }
            Blow::SwapLines(other) => {
                let other = other % lines.len();
                lines.swap(line, other);
                lines.join("\n")
            }
            Blow::Cut => chars[..place].iter().collect(),
            Blow::Insert(c) => {
                chars.insert(place, *c);
                chars.into_iter().collect()
            }
            Blow::Replace(c) => {
                chars[place] = *c;
                chars.into_iter().collect()
            }
        };
    }
    text
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, rng_seed: RngSeed::Fixed(1), ..ProptestConfig::default() })]

    /// Whatever happens to a config, it is understood or explained, and the explanation can be shown.
    #[test]
    fn no_text_brings_the_reader_down(which in any::<prop::sample::Index>(), blows in blows()) {
        let configs = shipped();
        // The large network takes a second to build; its text is like the others'.
        let small: Vec<_> = configs.iter().filter(|(name, _)| name != "balanced_network").collect();
        let (_, path) = small[which.index(small.len())];
        let text = struck(&std::fs::read_to_string(path).unwrap(), &blows);
        if let Err(error) = Simulation::from_toml(&text) {
            let shown = axonal::cli::render::render(&error.diagnostics, &error.sources, false, 80);
            prop_assert!(shown.contains("error["), "{}", shown);
            let silent = error.diagnostics.iter().find(|d| d.message.is_empty());
            prop_assert!(silent.is_none(), "{:?}", silent);
        }
    }
}
