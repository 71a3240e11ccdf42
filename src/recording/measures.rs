//! `[measure.x]`: one number about a run.
//!
//! | kind | unit | is |
//! |---|---|---|
//! | `velocity` | m/s | length of the path along the tree between two sites / difference of their first crossings: negative where `to` is first |
//! | `latency` | ms | first crossing at `to` minus that at `from`; with one site, or a point neuron's first spike, minus `start` |
//! | `peak` | mV | largest V_m |
//! | `amplitude` | mV | peak minus V_m at `start` |
//! | `attenuation` | | amplitude at `to` / amplitude at `from` |
//! | `width` | ms | time above half of the amplitude, around the peak |
//! | `max_slope` | mV/ms | steepest rise of V_m from one sample to the next |
//! | `after_hyperpolarisation` | mV | V_m at `start` minus the lowest after the peak |
//! | `rate` | Hz | spikes / neurons / time |
//! | `cv` | | mean over neurons of the coefficient of variation of their intervals: see [`analysis`](super::analysis) |
//! | `fano` | | mean over neurons of variance / mean of their spike counts in bins of 100 ms: 1 for a Poisson process |
//! | `synchrony` | | variance / mean of the counts of 1000 neurons together in bins of 3 ms: 1 if they are independent |
//! | `correlation` | | mean of pairwise correlation coefficients: see [`correlation`] |
//! | `spectrum_peak` | Hz | frequency at which the population's spikes have most power: see [`spectrum`](super::spectrum) |
//!
//! Over several neurons or sites a measure is the mean of those where it happened, and nothing if it happened nowhere.

use super::MeasureSeen;
use super::analysis::{SYNCHRONY_BIN_MS, mean, velocity};
use super::correlation;
use super::marks;
use super::spike_watch::SpikeWatch;
pub use super::watch::Watch;

/// What is measured, of what, where and when: names resolved to indices.
#[derive(Clone, Debug)]
pub struct MeasureSpec {
    pub name: String,
    pub kind: MeasureKind,
    pub population: String,
    pub neurons: Vec<usize>,
    /// More neurons, of other selections.
    pub beside: Vec<(String, Vec<usize>)>,
    /// `from` and `to`, or `at`, such as `axon(0.5)`; empty for point neurons.
    pub sites: Vec<String>,
    /// Length of the path along the tree between two sites (um).
    pub path_um: f64,
    pub start_ms: f64,
    pub stop_ms: f64,
    pub threshold_mv: f64,
    pub grain: Grain,
}

/// How finely spikes are looked at; a kind of measure has some of these.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Grain {
    /// Width of the bins.
    pub bin_ms: f64,
    /// At most so many neurons are looked at, where looking at all would say something else or take long.
    pub neurons: usize,
    /// Distance of neighbouring frequencies; as the window allows, if not given.
    pub resolution_hz: Option<f64>,
    /// Of neurons that count.
    pub least_spikes: u32,
}

impl Grain {
    /// What holds where nothing is written.
    pub fn of(kind: MeasureKind) -> Grain {
        let (bin_ms, neurons) = match kind {
            MeasureKind::Correlation => (correlation::BIN_MS, correlation::NEURONS),
            MeasureKind::Synchrony => (SYNCHRONY_BIN_MS, 1000),
            MeasureKind::Fano => (100.0, usize::MAX),
            _ => (1.0, usize::MAX),
        };
        Grain { bin_ms, neurons, resolution_hz: None, least_spikes: 3 }
    }
}

macro_rules! kinds {
    ($($kind:ident $name:literal $unit:literal,)*) => {
        /// What can be measured.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum MeasureKind { $($kind,)* }

        impl MeasureKind {
            /// All kinds, in the order of the table above.
            pub const ALL: &[MeasureKind] = &[$(MeasureKind::$kind,)*];

            /// As written in the config.
            pub fn name(self) -> &'static str {
                match self { $(MeasureKind::$kind => $name,)* }
            }
        }

        /// The unit of a kind of measure; `""` for a pure number.
        pub fn unit(kind: MeasureKind) -> &'static str {
            match kind { $(MeasureKind::$kind => $unit,)* }
        }
    };
}

kinds! {
    Velocity "velocity" "m/s",
    Latency "latency" "ms",
    Peak "peak" "mV",
    Amplitude "amplitude" "mV",
    Attenuation "attenuation" "",
    Width "width" "ms",
    MaxSlope "max_slope" "mV/ms",
    AfterHyperpolarisation "after_hyperpolarisation" "mV",
    Rate "rate" "Hz",
    Cv "cv" "",
    Synchrony "synchrony" "",
    Fano "fano" "",
    Correlation "correlation" "",
    SpectrumPeak "spectrum_peak" "Hz",
}

impl MeasureKind {
    pub fn from_name(name: &str) -> Option<MeasureKind> {
        MeasureKind::ALL.iter().copied().find(|kind| kind.name() == name)
    }

    /// It needs two sites, `from` and `to`.
    pub fn needs_two_sites(self) -> bool {
        matches!(self, MeasureKind::Velocity | MeasureKind::Attenuation)
    }

    /// It is a number about spikes, not about V_m.
    pub fn is_of_spikes(self) -> bool {
        use MeasureKind::{Correlation, Cv, Fano, Rate, SpectrumPeak, Synchrony};
        matches!(self, Rate | Cv | Synchrony | Fano | Correlation | SpectrumPeak)
    }

    /// Which keys of the config tell how finely it looks.
    pub fn grain_keys(self) -> &'static [&'static str] {
        match self {
            MeasureKind::Cv => &["least_spikes"],
            MeasureKind::Fano => &["bin"],
            MeasureKind::Synchrony | MeasureKind::Correlation => &["bin", "neurons"],
            MeasureKind::SpectrumPeak => &["bin", "resolution"],
            _ => &[],
        }
    }
}

impl MeasureSpec {
    /// Neurons, all selections together.
    pub fn count(&self) -> usize {
        self.neurons.len() + self.beside.iter().map(|(_, neurons)| neurons.len()).sum::<usize>()
    }

    /// Whether it must be given the spikes of its neurons at `spike.at`.
    pub fn needs_trains(&self) -> bool {
        self.kind.is_of_spikes() || (self.kind == MeasureKind::Latency && self.sites.is_empty())
    }

    /// Whether V_m must be watched, at each site of each neuron, or at each neuron if it has no sites.
    pub fn needs_watches(&self) -> bool {
        !self.needs_trains()
    }

    /// Places watched in each neuron.
    fn places(&self) -> usize {
        self.sites.len().max(1)
    }

    /// Fresh watches: for each neuron, one for each site (one for a point neuron); none if it needs none.
    pub fn watches(&self) -> Vec<Watch> {
        let count = if self.needs_watches() { self.count() * self.places() } else { 0 };
        vec![Watch::new(self.threshold_mv, self.start_ms, self.stop_ms); count]
    }

    /// The result of a run that went on to `reached_ms`, from watches in the order of [`watches`](MeasureSpec::watches), or
    /// from what was seen of the spikes.
    pub fn evaluate(&self, watches: &[Watch], spikes: Option<SpikeWatch>, reached_ms: f64) -> MeasureSeen {
        let value = match spikes {
            Some(spikes) => spikes.value(reached_ms),
            None => self.of_watches(watches).ok_or_else(|| self.why_not(watches)),
        };
        MeasureSeen {
            name: self.name.clone(),
            kind: self.kind.name().into(),
            value: value.as_ref().ok().copied().filter(|value| value.is_finite()),
            unit: unit(self.kind).into(),
            until_ms: (reached_ms < self.stop_ms).then_some(reached_ms),
            reason: value.err().filter(|reason| !reason.is_empty()),
            marks: marks::of(self, watches),
        }
    }

    fn of_watches(&self, watches: &[Watch]) -> Option<f64> {
        mean(
            watches.chunks(self.places()).filter_map(|places| self.of_neuron(places)).filter(|value| value.is_finite()),
        )
    }

    /// Why no neuron has a value.
    fn why_not(&self, watches: &[Watch]) -> String {
        let level = self.threshold_mv;
        match self.kind {
            MeasureKind::Latency | MeasureKind::Velocity => {
                let crossed = |site: usize| {
                    watches.iter().skip(site).step_by(self.places()).any(|watch| watch.first_crossing().is_some())
                };
                let both = |neuron: &[Watch]| neuron.iter().all(|watch| watch.first_crossing().is_some());
                if watches.chunks(self.places()).any(both) {
                    return format!("V_m rises through {level} mV at both places at the same time");
                }
                let place = match (0..self.places()).find(|site| !crossed(*site)).map(|site| self.sites.get(site)) {
                    Some(Some(site)) if !site.is_empty() => format!(" at {site}"),
                    Some(_) => String::new(),
                    None => " at both places of one neuron".to_string(),
                };
                format!("V_m does not rise through {level} mV{place}")
            }
            MeasureKind::AfterHyperpolarisation => {
                format!("V_m does not reach {level} mV: there is no spike to come after")
            }
            MeasureKind::Width => "V_m does not rise and fall again through half of its height".into(),
            _ => String::new(),
        }
    }

    pub(super) fn of_neuron(&self, places: &[Watch]) -> Option<f64> {
        let each = |what: fn(&Watch) -> Option<f64>| mean(places.iter().filter_map(what));
        match self.kind {
            MeasureKind::Peak => each(|place| place.peak().map(|peak| peak.1)),
            MeasureKind::Amplitude => each(Watch::amplitude),
            MeasureKind::Width => each(Watch::width),
            MeasureKind::MaxSlope => each(Watch::steepest),
            // Of a cell whose spikes are seen in V, there must be one.
            MeasureKind::AfterHyperpolarisation => {
                let spiked = |place: &&Watch| self.sites.is_empty() || place.reached_threshold();
                mean(places.iter().filter(spiked).filter_map(Watch::undershoot))
            }
            MeasureKind::Latency => match places {
                [from, .., to] => Some(to.first_crossing()? - from.first_crossing()?),
                _ => Some(places.first()?.first_crossing()? - self.start_ms),
            },
            MeasureKind::Velocity => {
                let [from, .., to] = places else { return None };
                velocity(self.path_um, to.first_crossing()? - from.first_crossing()?)
            }
            MeasureKind::Attenuation => {
                let [from, .., to] = places else { return None };
                Some(to.amplitude()? / from.amplitude()?)
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(kind: MeasureKind) -> MeasureSpec {
        MeasureSpec {
            name: "x".into(),
            kind,
            population: "axon".into(),
            neurons: vec![0, 1],
            beside: vec![],
            sites: vec!["axon(0.2)".into(), "axon(0.7)".into()],
            path_um: 1000.0,
            start_ms: 1.0,
            stop_ms: 20.0,
            threshold_mv: 0.0,
            grain: Grain::of(kind),
        }
    }

    /// A triangle from -70 mV to `height` above it, rising for 1 ms from `t` and falling for 1 ms.
    fn triangle(time: f64, t: f64, height: f64) -> f64 {
        -70.0 + height * (1.0 - (time - t - 1.0).abs()).max(0.0)
    }

    /// Two neurons and two sites; the wave starts at 5 and 7 ms and has 100 and 80 mV; the second neuron is silent.
    fn value(kind: MeasureKind) -> Option<f64> {
        let spec = spec(kind);
        let mut watches = spec.watches();
        for k in 0..800 {
            let time = k as f64 * 0.025;
            watches[0].feed(time, triangle(time, 5.0, 100.0));
            watches[1].feed(time, triangle(time, 7.0, 80.0));
            watches[2].feed(time, -70.0);
            watches[3].feed(time, -70.0);
        }
        spec.evaluate(&watches, None, 20.0).value
    }

    #[test]
    fn a_travelling_wave_is_measured() {
        // Crossings of 0 mV: 5 + 0.7 ms and 7 + 0.875 ms; 1 mm lies between.
        let between = 2.175;
        // The triangle is a line where it crosses, so what remains is rounding.
        let near = |kind, expected: f64| {
            let found = value(kind).unwrap();
            assert!((found - expected).abs() < 1e-9, "{kind:?}: {found} instead of {expected}");
        };
        near(MeasureKind::Latency, between);
        near(MeasureKind::Velocity, 1.0 / between);
        // Means over the neurons: the silent one has a peak of -70 mV and an amplitude of 0, and no width.
        near(MeasureKind::Peak, (20.0 - 70.0) / 2.0);
        near(MeasureKind::Amplitude, 90.0 / 2.0);
        near(MeasureKind::Attenuation, 0.8);
        near(MeasureKind::Width, 1.0);
        // 100, 80 and 0 mV/ms; nothing falls below the start.
        near(MeasureKind::MaxSlope, 45.0);
        near(MeasureKind::AfterHyperpolarisation, 0.0);
    }

    #[test]
    fn what_did_not_happen_is_told_with_its_reason() {
        let told = |kind: MeasureKind| {
            let spec = spec(kind);
            let mut watches = spec.watches();
            for k in 0..800 {
                let time = k as f64 * 0.025;
                watches[0].feed(time, triangle(time, 5.0, 100.0));
                watches[1].feed(time, -70.0 - time);
            }
            let seen = spec.evaluate(&watches[..2], None, 20.0);
            (seen.value, seen.reason.unwrap_or_default())
        };
        let crossing = (None, "V_m does not rise through 0 mV at axon(0.7)".to_string());
        assert_eq!((told(MeasureKind::Velocity), told(MeasureKind::Latency)), (crossing.clone(), crossing));
        let spec = MeasureSpec { sites: vec!["soma(0.5)".into()], ..spec(MeasureKind::AfterHyperpolarisation) };
        let mut watches = spec.watches();
        (0..100).for_each(|k| watches[0].feed(2.0 + f64::from(k), -70.0 - f64::from(k)));
        let seen = spec.evaluate(&watches, None, 20.0);
        assert!(seen.value.is_none() && seen.reason.is_some_and(|reason| reason.contains("no spike")));
    }

    #[test]
    fn every_kind_is_found_by_its_name() {
        for kind in MeasureKind::ALL {
            assert_eq!(MeasureKind::from_name(kind.name()), Some(*kind));
        }
        assert_eq!(MeasureKind::from_name("speed"), None);
    }
}
