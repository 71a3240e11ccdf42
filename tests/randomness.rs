//! Chance as it is asked for: connections over many seeds, Poisson counts and intervals, streams that know nothing of each
//! other; and what must not be left to chance: every event arrives, and sums are as exact as their weights.
//!
//! Bounds are five standard deviations of what theory says, so that a sound program fails once in a million.

use axonal::network::connections::Row;
use axonal::num::rng::{Key, Purpose};
use axonal::{Finished, Simulation};

const SEEDS: u64 = 60;
const SOURCES: usize = 24;
const TARGETS: usize = 30;

fn built(text: &str) -> Simulation {
    Simulation::from_toml(text).unwrap_or_else(|error| panic!("{error}\nin\n{text}"))
}

fn run(text: &str) -> Finished {
    built(text).run().unwrap_or_else(|error| panic!("{error}"))
}

/// `from` and `to` are two populations, or one: then a neuron may meet itself, or not, as `autapses` says.
fn network(rule: &str, permissions: &str, seed: u64, itself: bool) -> Simulation {
    let to = if itself { "from" } else { "to" };
    built(&format!(
        r#"
        [run]
        duration = "1 ms"
        dt = "0.1 ms"
        seed = {seed}
        [cell.leaky]
        model = "lif"
        tau_m = "10 ms"
        E_L = "-65 mV"
        V_th = "-50 mV"
        V_reset = "-65 mV"
        [population.from]
        cell = "leaky"
        position = {{ grid = [6, 4], extent = ["600 um", "400 um"] }}
        [population.to]
        cell = "leaky"
        position = {{ grid = [6, 5], extent = ["600 um", "500 um"] }}
        [synapse.jump]
        model = "delta"
        [projection.p]
        from = "from"
        to = "{to}"
        rule = {{ {rule} }}
        {permissions}
        synapse = "jump"
        weight = "1 mV"
        delay = "1 ms"
        "#
    ))
}

/// How often each pair [target][source] is connected.
fn pairs(simulation: &Simulation) -> Vec<Vec<u32>> {
    let connections = &simulation.network().pathways[0].connections;
    let mut counts = vec![vec![0; SOURCES]; connections.targets.len()];
    let mut total = 0;
    connections.for_each_row(|target, row| {
        row.sources.iter().for_each(|source| counts[target as usize][*source as usize] += 1);
        total += row.sources.len() as u64;
    });
    assert_eq!(total, connections.len());
    counts
}

fn in_degrees(counts: &[Vec<u32>]) -> Vec<u32> {
    counts.iter().map(|row| row.iter().sum()).collect()
}

fn out_degrees(counts: &[Vec<u32>]) -> Vec<u32> {
    (0..SOURCES).map(|source| counts.iter().map(|row| row[source]).sum()).collect()
}

/// Rules with a fixed number: exactly that, for every seed, and no pair twice or with itself where that is forbidden.
#[test]
fn fixed_numbers_are_exact() {
    for seed in 0..SEEDS {
        for (multapses, itself) in [(true, false), (false, false), (true, true), (false, true)] {
            let autapses = if itself { "autapses = false\n" } else { "" };
            let permissions = format!("{autapses}multapses = {multapses}");
            let drawn = |rule: &str| {
                let counts = pairs(&network(rule, &permissions, seed, itself));
                assert!(multapses || counts.iter().flatten().all(|count| *count <= 1), "{rule}, seed {seed}");
                assert!(!itself || (0..SOURCES).all(|neuron| counts[neuron][neuron] == 0), "{rule}, seed {seed}");
                counts
            };
            assert!(in_degrees(&drawn("fixed_indegree = 7")).iter().all(|degree| *degree == 7));
            assert!(out_degrees(&drawn("fixed_outdegree = 5")).iter().all(|degree| *degree == 5));
            assert_eq!(in_degrees(&drawn("fixed_total = 211")).iter().sum::<u32>(), 211);
        }
    }
}

/// Sum over cells of (seen - expected)^2 / variance: as large as their number, give or take.
fn chi_square(cells: impl Iterator<Item = (f64, f64, f64)>, what: &str) {
    let cells: Vec<f64> = cells.map(|(seen, expected, variance)| (seen - expected).powi(2) / variance).collect();
    let (sum, number) = (cells.iter().sum::<f64>(), cells.len() as f64);
    assert!((sum - number).abs() < 5.0 * (2.0 * number).sqrt(), "{what}: chi-square {sum:.1} of {number}");
}

const ONCE: &str = "multapses = false";
const TWICE: &str = "multapses = true";

/// Counts of pairs, added up over all seeds.
fn summed(rule: &str, permissions: &str) -> Vec<Vec<u32>> {
    let mut sums = vec![vec![0u32; SOURCES]; TARGETS];
    for seed in 0..SEEDS {
        let counts = pairs(&network(rule, permissions, seed, false));
        sums.iter_mut().flatten().zip(counts.iter().flatten()).for_each(|(sum, count)| *sum += count);
    }
    sums
}

/// Every pair is as likely as any other, whatever the rule: how often each was drawn, over all seeds.
#[test]
fn pairs_are_drawn_uniformly() {
    let (s, t) = (SOURCES as f64, TARGETS as f64);
    // Each of n draws takes one of so many pairs: with multapses the count of a pair is binomial, without it is 0 or 1.
    let thrown = |n: f64, pairs: f64| (n / pairs, n / pairs * (1.0 - 1.0 / pairs));
    let once = |n: f64, pairs: f64| (n / pairs, n / pairs * (1.0 - n / pairs));
    for (rule, permissions, (mean, variance)) in [
        ("pairwise_bernoulli = 0.2", "", (0.2, 0.16)),
        ("fixed_indegree = 7", TWICE, thrown(7.0, s)),
        ("fixed_indegree = 7", ONCE, once(7.0, s)),
        ("fixed_outdegree = 5", TWICE, thrown(5.0, t)),
        ("fixed_outdegree = 5", ONCE, once(5.0, t)),
        ("fixed_total = 211", TWICE, thrown(211.0, s * t)),
        ("fixed_total = 211", ONCE, once(211.0, s * t)),
        ("poisson_indegree = 6.5", TWICE, (6.5 / s, 6.5 / s)),
    ] {
        let n = SEEDS as f64;
        let sums = summed(rule, permissions);
        chi_square(sums.iter().flatten().map(|count| (f64::from(*count), n * mean, n * variance)), rule);
    }
}

/// The number of connections of a network: how it varies from seed to seed.
#[test]
fn numbers_of_connections_have_their_spread() {
    let cells = (SOURCES * TARGETS) as f64;
    let unordered = (SOURCES * (SOURCES - 1)) as f64 / 2.0;
    for (rule, permissions, itself, mean, variance) in [
        ("pairwise_bernoulli = 0.2", "", false, 0.2 * cells, 0.16 * cells),
        // Both ways or not at all: twice a binomial number.
        ("symmetric_pairwise_bernoulli = 0.3", "autapses = false", true, 0.6 * unordered, 4.0 * 0.21 * unordered),
        ("poisson_indegree = 6.5", TWICE, false, 6.5 * TARGETS as f64, 6.5 * TARGETS as f64),
    ] {
        let totals = (0..SEEDS).map(|seed| {
            let total: u32 = pairs(&network(rule, permissions, seed, itself)).iter().flatten().sum();
            (f64::from(total), mean, variance)
        });
        chi_square(totals, rule);
    }
    // In-degrees of `fixed_total` are those of connections that are thrown at random.
    let degrees = (0..SEEDS).flat_map(|seed| in_degrees(&pairs(&network("fixed_total = 3000", TWICE, seed, false))));
    let (mean, share) = (3000.0 / TARGETS as f64, 1.0 / TARGETS as f64);
    chi_square(degrees.map(|degree| (f64::from(degree), mean, mean * (1.0 - share))), "in-degrees of fixed_total");
}

/// Where distance matters, each pair has the chance that its profile says.
#[test]
fn chances_by_distance_are_those_of_the_profile() {
    let gauss = |d: f64| 0.8 * (-d * d / (2.0 * 150.0 * 150.0)).exp();
    let exponential = |d: f64| 0.9 * (-d / 120.0).exp();
    let linear = |d: f64| (0.7 * (1.0 - d / 350.0)).max(0.0);
    let disc = |d: f64| if d <= 230.0 { 0.4 } else { 0.0 };
    let profiles: [(&str, &dyn Fn(f64) -> f64); 4] = [
        ("gaussian = { p = 0.8, sigma = \"150 um\" }", &gauss),
        ("exponential = { p = 0.9, lambda = \"120 um\" }", &exponential),
        ("linear = { p = 0.7, reach = \"350 um\" }", &linear),
        ("disc = { p = 0.4, radius = \"230 um\" }", &disc),
    ];
    // The centres of fields of 100 um, both grids around 0, x the fastest.
    let at = |neuron: usize, rows: f64| {
        let (x, y) = ((neuron % 6) as f64, (neuron / 6) as f64);
        ((x - 2.5) * 100.0, (y + 0.5 - 0.5 * rows) * 100.0)
    };
    for (rule, chance) in profiles {
        let sums = summed(rule, "");
        let mut cells = vec![];
        for (target, row) in sums.iter().enumerate() {
            for (source, sum) in row.iter().enumerate() {
                let ((x, y), (u, v)) = (at(source, 4.0), at(target, 5.0));
                let p = chance(((x - u).powi(2) + (y - v).powi(2)).sqrt());
                if p == 0.0 {
                    assert_eq!(*sum, 0, "{rule}: {source} to {target}");
                } else {
                    let n = SEEDS as f64;
                    cells.push((f64::from(*sum), n * p, n * p * (1.0 - p)));
                }
            }
        }
        chi_square(cells.into_iter(), rule);
    }
}

/// Spike times in steps, of each of 200 cells in 20 s.
fn poisson_trains(cell: &str, seed: u64) -> Vec<Vec<i64>> {
    let finished = run(&format!(
        r#"
        [run]
        duration = "20 s"
        dt = "0.1 ms"
        seed = {seed}
        [cell.noise]
        model = "poisson"
        {cell}
        [population.cells]
        cell = "noise"
        size = 200
        [recorder.spikes]
        of = "cells"
        what = ["spikes"]
        "#
    ));
    let mut trains = vec![vec![]; 200];
    let recorded = &finished.recording.spikes[0];
    for (ms, neuron) in recorded.times_ms.iter().zip(&recorded.neurons) {
        trains[*neuron as usize].push((ms / 0.1).round() as i64);
    }
    trains
}

/// Counts: variance = mean. Intervals: geometric in steps, so exponential in time, and independent of the one before.
#[test]
fn poisson_cells_have_poisson_counts_and_exponential_intervals() {
    let (rate, dt) = (50.0, 1e-4);
    let trains = poisson_trains("rate = \"50 Hz\"", 3);
    let mean = rate * 20.0;
    chi_square(trains.iter().map(|train| (train.len() as f64, mean, mean)), "counts of 20 s");
    let mut intervals: Vec<i64> =
        trains.iter().flat_map(|train| train.windows(2).map(|pair| pair[1] - pair[0])).collect();
    // Kolmogorov and Smirnov: the largest distance between the shares that are at most k steps; 2.6 / sqrt(n) is passed once in
    // a million (2 exp(-2 x^2)). Two spikes in a step are an interval of 0.
    let n = intervals.len() as f64;
    intervals.sort_unstable();
    let mut largest = 0.0f64;
    for k in (0..2000).step_by(7) {
        let share = intervals.partition_point(|interval| *interval <= k) as f64 / n;
        // Of the next spike after one in step 0: none in the rest of its own step (half of it, on average) nor in k more.
        let expected = 1.0 - (-(rate * dt) * (k as f64 + 0.5)).exp();
        largest = largest.max((share - expected).abs());
    }
    // An interval that is cut off at the end of the run is not seen: 200 of them, of 200 000.
    assert!(largest < 2.6 / n.sqrt() + 200.0 / n, "{largest}");
    let correlations: f64 = trains
        .iter()
        .flat_map(|train| train.windows(3))
        .map(|three| {
            let [a, b] = [1, 2].map(|i| (three[i] - three[i - 1]) as f64 * rate * dt - 1.0);
            a * b
        })
        .sum();
    assert!(correlations.abs() < 5.0 * n.sqrt(), "neighbouring intervals: {}", correlations / n);
}

/// Counts of 200 cells in bins of 10 ms.
fn binned(trains: &[Vec<i64>]) -> Vec<Vec<f64>> {
    let mut counts = vec![vec![0.0; 2000]; trains.len()];
    for (count, train) in counts.iter_mut().zip(trains) {
        train.iter().filter(|step| **step < 200_000).for_each(|step| count[(step / 100) as usize] += 1.0);
    }
    counts
}

fn pearson(x: &[f64], y: &[f64]) -> f64 {
    let n = x.len() as f64;
    let (mx, my) = (x.iter().sum::<f64>() / n, y.iter().sum::<f64>() / n);
    let of = |a: &[f64], ma: f64, b: &[f64], mb: f64| a.iter().zip(b).map(|(a, b)| (a - ma) * (b - mb)).sum::<f64>();
    of(x, mx, y, my) / (of(x, mx, x, mx) * of(y, my, y, my)).sqrt()
}

/// Kuhn, Aertsen & Rotter 2003: spikes in common give cells, too, the correlation that is asked for, and leave the rate.
#[test]
fn poisson_cells_may_have_spikes_in_common() {
    for correlation in [0.0, 0.3, 1.0] {
        let trains = poisson_trains(&format!("rate = \"50 Hz\"\ncorrelation = {correlation}"), 5);
        let total: f64 = trains.iter().map(|train| train.len() as f64).sum();
        let (expected, spread) = (200.0 * 50.0 * 20.0, (200.0f64 * 1000.0 * (1.0 + 199.0 * correlation)).sqrt());
        assert!((total - expected).abs() < 5.0 * spread, "{correlation}: {total}");
        let counts = binned(&trains);
        let pairs: Vec<f64> = (1..200).map(|cell| pearson(&counts[cell - 1], &counts[cell])).collect();
        let mean = pairs.iter().sum::<f64>() / pairs.len() as f64;
        // A pair has an error of 1 / sqrt(2000) = 0.022, and all share the same hidden process.
        assert!((mean - correlation).abs() < 0.05, "{correlation}: {mean}");
        assert_eq!(correlation == 1.0, pairs.iter().all(|r| *r > 0.999), "{correlation}");
    }
}

/// Cells of one run, cells of runs with other seeds, cells of other names: no two know of each other.
#[test]
fn trains_of_other_neurons_and_seeds_are_uncorrelated() {
    let runs = [1, 2, 3].map(|seed| binned(&poisson_trains("rate = \"50 Hz\"", seed)));
    let mut largest = 0.0f64;
    for cell in 0..200 {
        for (a, b) in [(0, 1), (1, 2), (0, 2)] {
            largest = largest.max(pearson(&runs[a][cell], &runs[b][cell]).abs());
        }
        largest = largest.max(pearson(&runs[0][cell], &runs[0][(cell + 1) % 200]).abs());
    }
    // 800 pairs of 2 000 bins.
    assert!(largest < 5.5 / 2000f64.sqrt(), "{largest}");
}

/// Streams that differ in seed, purpose, owner or neuron alone: 4 000 draws each, all pairs of them.
#[test]
fn streams_that_differ_in_one_thing_are_uncorrelated() {
    let purposes = [
        Purpose::Structure,
        Purpose::Weight,
        Purpose::Delay,
        Purpose::Parameter,
        Purpose::Initial,
        Purpose::Amplitude,
        Purpose::Noise,
        Purpose::PoissonStimulus,
        Purpose::PoissonCell,
        Purpose::SharedSpikes,
        Purpose::Threshold,
    ];
    let mut streams: Vec<Vec<f64>> = vec![];
    let mut add = |key: Key, neuron: u64| streams.push((0..4000).map(|step| key.uniform(neuron, step)).collect());
    purposes.iter().for_each(|purpose| add(Key::new(1, *purpose, 0), 0));
    [2, 3, 1 << 32, u64::MAX].iter().for_each(|seed| add(Key::new(*seed, Purpose::Noise, 0), 0));
    [1, 2, 1 << 32].iter().for_each(|owner| add(Key::new(1, Purpose::Noise, *owner), 0));
    [1, 2, 3, 1 << 20, 1 << 32].iter().for_each(|neuron| add(Key::new(1, Purpose::Noise, 0), *neuron));
    for (index, first) in streams.iter().enumerate() {
        for (other, second) in streams[..index].iter().enumerate() {
            let r = pearson(first, second);
            assert!(r.abs() < 5.0 / 4000f64.sqrt(), "streams {other} and {index}: {r}");
        }
    }
}

/// sum of spikes x out-degree = arrived + in flight, counted by hand from the connections and the recorded spikes.
#[test]
fn every_synaptic_event_is_accounted_for() {
    let text = r#"
        [run]
        duration = "50 ms"
        dt = "0.1 ms"
        [cell.leaky]
        model = "lif"
        C_m = "250 pF"
        tau_m = "10 ms"
        E_L = "-65 mV"
        V_th = "-50 mV"
        V_reset = "-65 mV"
        t_ref = "2 ms"
        [population.cells]
        cell = "leaky"
        size = 300
        set.I_e = "uniform(380 pA, 700 pA)"
        [synapse.s]
        model = "exponential"
        tau = "1 ms"
        [projection.p]
        from = "cells"
        to = "cells"
        rule = { pairwise_bernoulli = 0.1 }
        autapses = true
        synapse = "s"
        weight = "normal(20 pA, 2 pA)"
        delay = "uniform(0.1 ms, 20 ms)"
        [recorder.spikes]
        of = "cells"
        what = ["spikes"]
    "#;
    let simulation = built(text);
    let finished = simulation.run().unwrap_or_else(|error| panic!("{error}"));
    let mut delays_of = vec![vec![]; 300];
    simulation.network().pathways[0].connections.for_each_row(|_, row: &Row| {
        row.sources
            .iter()
            .zip(&row.delays)
            .for_each(|(source, delay)| delays_of[*source as usize].push(i64::from(*delay)));
    });
    let recorded = &finished.recording.spikes[0];
    let (mut sent, mut arrived) = (0, 0);
    for (ms, neuron) in recorded.times_ms.iter().zip(&recorded.neurons) {
        let delays = &delays_of[*neuron as usize];
        sent += delays.len() as u64;
        arrived += delays.iter().filter(|delay| (ms / 0.1).round() as i64 + **delay <= 500).count() as u64;
    }
    assert!(sent > 10_000 && arrived < sent, "{sent} {arrived}");
    assert_eq!(finished.report.ledger, (sent, arrived, sent - arrived));
}

/// Weights of 16 bits are summed as whole numbers: the sum of many is the sum of what is stored, to the last bit, and each
/// stored weight is within half a unit, less than a two-thousandth of their spread, of the one that was drawn.
#[test]
fn narrow_sums_round_less_than_their_weights() {
    let text = r#"
        [run]
        duration = "2 ms"
        dt = "0.1 ms"
        [cell.leaky]
        model = "lif"
        C_m = "250 pF"
        tau_m = "10 ms"
        E_L = "-65 mV"
        V_th = "-50 mV"
        V_reset = "-65 mV"
        t_ref = "2 ms"
        [cell.silent]
        model = "lif"
        C_m = "250 pF"
        tau_m = "10 ms"
        E_L = "-65 mV"
        V_th = "inf mV"
        V_reset = "-65 mV"
        [population.sources]
        cell = "leaky"
        size = 1000
        initial.V_m = "-40 mV"
        [population.targets]
        cell = "silent"
        size = 40
        [synapse.s]
        model = "exponential"
        tau = "1 ms"
        [projection.p]
        from = "sources"
        to = "targets"
        rule = { fixed_indegree = 900 }
        multapses = true
        synapse = "s"
        weight = "normal(87.8 pA, 8.78 pA) keeping sign"
        delay = "1 ms"
        [recorder.current]
        of = "targets"
        what = ["I.s"]
    "#;
    let simulation = built(text);
    let finished = simulation.run().unwrap_or_else(|error| panic!("{error}"));
    let mut exact = vec![0.0; 40];
    simulation.network().pathways[0].connections.for_each_row(|target, row: &Row| {
        exact[target as usize] = row.weights.iter().sum();
    });
    // The unit of these weights: the least power of two of which 65 535 reach the largest weight possible (8.6 sd above).
    let unit = 2f64.powi(-8);
    assert!(unit < 1e-3 * 8.78);
    for (target, exact) in exact.iter().enumerate() {
        // All fire at 0; at 1 ms their sum is all there is.
        let found = finished.recording.recorders[0].traces[target].values[10];
        assert_eq!(found, (found / unit).round() * unit, "a sum of whole units, and nothing was lost");
        // Rounding of each is uniform within half a unit: sd unit / sqrt(12), of 900 weights.
        let spread = unit * (900f64 / 12.0).sqrt();
        assert!((found - exact).abs() < 5.0 * spread, "target {target}: {found} for {exact}");
    }
}

/// Where the potential rests at the threshold the hazard is rho_0: a Poisson process with dead time t_ref.
#[test]
fn a_neuron_that_rests_at_its_threshold_fires_at_random() {
    let text = r#"
        [run]
        duration = "2 s"
        dt = "0.1 ms"
        [cell.c]
        model = "escape_lif"
        C_m = "200 pF"
        tau_m = "20 ms"
        E_L = "-50 mV"
        V_th = "-50 mV"
        V_reset = "-50 mV"
        t_ref = "5 ms"
        rho_0 = "100 Hz"
        Delta_u = "2 mV"
        [population.p]
        cell = "c"
        size = 1000
        "#;
    let spikes = run(text).recording.populations[0].spikes as f64;
    // A spike waits for the grid, half a step in the mean; intervals of mean mu and standard deviation 1/rho_0 are
    // t / mu - (1 - 1/(rho_0 mu)^2) / 2 spikes in t ms (Cox 1962, Renewal Theory, section 4.2); no dead time comes before the
    // first, as if t were longer by one.
    let mean: f64 = 5.0 + 10.0 + 0.05;
    let expected = 1000.0 * (2005.0 / mean - 0.5 * (1.0 - (10.0 / mean).powi(2)));
    // Of each neuron t sd^2 / mu^3.
    let spread = (1000.0 * 2000.0 * 100.0 / mean.powi(3)).sqrt();
    assert!((spikes - expected).abs() < 5.0 * spread, "{spikes} spikes, {expected} +- {spread} expected");
}
