//! Why a population and its twin disagree: each reason is a number that is out of the ordinary, and a sentence.

use super::compare::Compared;
use crate::network::{Body, Population};
use crate::rate::inputs::Inputs;
use crate::rate::population_network::Group;
use crate::rate::relax::{Bins, Settling};

/// One reason.
#[derive(Clone, Debug, PartialEq)]
pub struct Reason {
    pub kind: &'static str,
    pub value: f64,
    /// Of `value`.
    pub unit: &'static str,
    pub says: String,
}

/// Rates that differ by less than this part (of the larger, and of 1 Hz) agree.
pub const AGREES: f64 = 0.05;
/// Part of its highest rate, 1/t_ref, from which an f-I curve visibly bends.
const NEAR_LIMIT: f64 = 0.2;
/// Variance over mean of spike counts; 1 is chance.
const TOGETHER: f64 = 2.0;
/// Fluctuation over distance from the threshold.
const NOISY: f64 = 0.5;
/// The same, for spikes by chance alone; a rarer chance is another reason. And the rate that counts as firing (Hz).
const CARRIES: f64 = 0.1;
const FIRES_HZ: f64 = 0.5;
/// Synaptic over leak conductance.
const SHUNTED: f64 = 0.5;
/// Rate when settled over rate at the onset.
const TIRES: f64 = 0.9;
/// A change of the input is over after so many time constants.
const TRANSIENT_TAUS: f64 = 5.0;

/// What is known of a population.
pub struct Evidence<'e, 'n> {
    pub compared: &'e Compared,
    pub group: &'e Group,
    pub population: &'e Population,
    pub inputs: &'e Inputs<'n>,
    pub bins: &'e Bins,
    pub dt_ms: f64,
    /// Standard deviation of the drive as the membrane sees it.
    pub fluctuation: f64,
    /// nS.
    pub conductance: f64,
    pub synchrony: Option<f64>,
    pub cv_isi: Option<f64>,
    /// Of its neurons' rates, Hz.
    pub fastest_hz: f64,
    pub ran_away: bool,
    pub settling: Option<Settling>,
}

/// Four digits, without zeros that say nothing.
pub fn short(number: f64) -> String {
    let digits = if number == 0.0 { 0 } else { 3 - number.abs().log10().floor() as i32 };
    let text = format!("{number:.*}", digits.clamp(0, 12) as usize);
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').into() } else { text }
}

/// All that apply, the largest part of the difference first.
pub fn reasons(evidence: &Evidence) -> Vec<Reason> {
    let parts = evidence.compared.parts;
    let input = [evidence.input(), evidence.runaway(), evidence.settling()];
    let fit = [evidence.saturation(), evidence.fit(), evidence.spread()];
    let mean_field =
        [evidence.noise(), evidence.adaptation(), evidence.transients(), evidence.shunting(), evidence.synchrony()];
    let mut groups: Vec<(f64, Vec<Reason>)> = vec![
        (parts.mean_field.abs(), mean_field.into_iter().flatten().collect()),
        (parts.fit.abs(), fit.into_iter().flatten().collect()),
        (parts.input.abs(), input.into_iter().flatten().collect()),
    ];
    groups.sort_by(|a, b| b.0.total_cmp(&a.0));
    groups.into_iter().flat_map(|(_, reasons)| reasons).collect()
}

impl Evidence<'_, '_> {
    /// A difference of rates (Hz) that is worth a word.
    fn matters(&self, hz: f64) -> bool {
        hz.abs() > AGREES * self.compared.spikes_hz.max(self.compared.twin_hz).max(1.0)
    }

    fn input(&self) -> Option<Reason> {
        let ((twin, met), unit) = (self.compared.drives, self.compared.drive_unit);
        let value = self.compared.parts.input;
        self.matters(value).then(|| Reason {
            kind: "input",
            value,
            unit: "Hz",
            says: format!(
                "its unit gets {} {unit} from the twin's rates, where the spikes' rates give {} {unit}: {value:+.1} Hz",
                short(twin),
                short(met)
            ),
        })
    }

    fn runaway(&self) -> Option<Reason> {
        let value = self.compared.twin_hz;
        self.ran_away.then(|| Reason {
            kind: "runaway",
            value,
            unit: "Hz",
            says: format!("a unit without a refractory time has no highest rate: it went up to one spike a step ({value:.0} Hz on the mean)"),
        })
    }

    fn settling(&self) -> Option<Reason> {
        let (value, says) = match self.settling? {
            Settling::Oscillates { low, high, .. } => {
                (high - low, format!("the twin goes up and down between {low:.1} and {high:.1} Hz"))
            }
            Settling::Moves { by, .. } => {
                (by, format!("the twin is still on its way: {by:.1} Hz in the last fifth of the run"))
            }
            _ => return None,
        };
        Some(Reason { kind: "unsettled", value, unit: "Hz", says })
    }

    /// How near it comes to 1/t_ref.
    fn saturation(&self) -> Option<Reason> {
        let value = self.fastest_hz * self.group.t_ref_ms * 1e-3;
        (value >= NEAR_LIMIT).then(|| Reason {
            kind: "saturation",
            value,
            unit: "",
            says: format!(
                "its fastest neuron fires at {:.0} Hz, {:.0} % of the {:.0} Hz that t_ref allows: the f-I curve bends, a \
                 line does not",
                self.fastest_hz,
                100.0 * value,
                1e3 / self.group.t_ref_ms
            ),
        })
    }

    fn fit(&self) -> Option<Reason> {
        let value = self.compared.parts.fit;
        if self.compared.unit.is_none() && self.compared.spikes_hz > 0.0 {
            return Some(Reason {
                kind: "fit",
                value,
                unit: "Hz",
                says: "a constant current of any size that was tried does not make it fire, so its unit is silent"
                    .into(),
            });
        }
        self.matters(value).then(|| Reason {
            kind: "fit",
            value,
            unit: "Hz",
            says: format!(
                "at the drive that it meets, its unit lies {:.1} Hz {} its f-I curve",
                value.abs(),
                if value > 0.0 { "above" } else { "below" }
            ),
        })
    }

    /// Neurons that are not all alike have one unit.
    fn spread(&self) -> Option<Reason> {
        let Body::Point(point) = &self.population.body else { return None };
        let info = point.kernel.info();
        let spread = |index: usize| {
            let stride = self.population.size.div_ceil(1000).max(1);
            let own = (0..self.population.size).step_by(stride).map(|neuron| point.kernel.parameters(neuron)[index]);
            let own: Vec<f64> = own.collect();
            let mean = own.iter().sum::<f64>() / own.len() as f64;
            (own.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / own.len() as f64).sqrt()
        };
        let parameters = info.parameters.iter().enumerate().filter(|(_, parameter)| parameter.name != "I_e");
        let mut spreads = parameters.map(|(index, parameter)| (parameter, spread(index)));
        // A value that is the same for all comes out of its mean but for rounding.
        let (parameter, value) = spreads.find(|(_, spread)| *spread > 1e-9)?;
        Some(Reason {
            kind: "spread",
            value,
            unit: parameter.unit,
            says: format!(
                "`{}` differs from neuron to neuron (standard deviation {} {}), its unit is that of the mean",
                parameter.name,
                short(value),
                parameter.unit
            ),
        })
    }

    /// Whether chance carries it over the threshold, or smooths it there.
    fn noise(&self) -> Option<Reason> {
        let threshold = self.compared.curve.rheobase?;
        let (drive, unit, sd) = (self.compared.drives.1, self.compared.drive_unit, self.fluctuation);
        let distance = (drive - threshold).abs();
        let value = sd / distance.max(f64::MIN_POSITIVE);
        let (below, [far, wide]) = (drive < threshold, [distance, sd].map(short));
        let says = if below && self.compared.spikes_hz > FIRES_HZ && value > CARRIES {
            let irregular = self.cv_isi.map_or(String::new(), |cv| format!(" (CV of its intervals {cv:.2})"));
            format!(
                "its mean drive is {far} {unit} below the threshold, so a steady one would leave it silent; chance ({wide} \
                 {unit}) makes it fire{irregular}"
            )
        } else if value > NOISY && sd > 0.0 {
            let side = if below { "below" } else { "above" };
            format!(
                "its drive is {far} {unit} {side} the threshold and fluctuates by {wide} {unit}, which rounds the corner \
                 of the ReLU"
            )
        } else {
            return None;
        };
        Some(Reason { kind: "noise", value: value.min(1e9), unit: "", says })
    }

    fn synchrony(&self) -> Option<Reason> {
        let value = self.synchrony.filter(|value| *value > TOGETHER && self.population.size > 1)?;
        Some(Reason {
            kind: "synchrony",
            value,
            unit: "",
            says: format!(
                "its neurons fire together: counts in 3 ms vary {value:.1} times as much as by chance, and a rate knows no \
                 instants"
            ),
        })
    }

    /// How much of the difference in time follows changes of the input.
    fn transients(&self) -> Option<Reason> {
        let lasts = TRANSIENT_TAUS * self.compared.tau_ms;
        let mut changes = self.inputs.changes();
        changes.insert(0, 0);
        let near = |bin: &usize| {
            let steps = self.bins.of(*bin);
            let after = |change: &i64| steps.end > *change && (steps.start - change) as f64 * self.dt_ms < lasts;
            changes.iter().any(after)
        };
        let bins = (0..self.bins.count()).filter(|bin| self.bins.of(*bin).start >= self.bins.warmup);
        let (mut during, mut all, mut time, mut total) = (0.0, 0.0, 0.0, 0.0);
        for bin in bins {
            let error = (self.compared.twin_in_time[bin] - self.compared.spikes_in_time[bin]).powi(2);
            (all, total) = (all + error, total + 1.0);
            if near(&bin) {
                (during, time) = (during + error, time + 1.0);
            }
        }
        let (value, part) = (during / all, time / total);
        let error = f64::sqrt(all / total);
        (value > 0.5 && part < 0.5 * value && self.matters(error)).then(|| Reason {
            kind: "transients",
            value,
            unit: "",
            says: format!(
                "{:.0} % of the squared difference falls into the {:.0} % of the time that is within {lasts:.0} ms after a \
                 change of the input",
                100.0 * value,
                100.0 * part
            ),
        })
    }

    /// How much slower it fires when settled than at the onset, at the drive that it meets.
    fn adaptation(&self) -> Option<Reason> {
        let points = &self.compared.curve.points;
        let drive = self.compared.drives.1;
        let firing = points.iter().filter(|point| point.rate > 0.0 && point.onset.is_some());
        let nearest = firing.min_by(|a, b| (a.drive - drive).abs().total_cmp(&(b.drive - drive).abs()))?;
        let value = nearest.rate / nearest.onset?;
        (value < TIRES).then(|| Reason {
            kind: "adaptation",
            value,
            unit: "",
            says: format!(
                "it tires: {} {} first makes it fire at {:.0} Hz, then at {:.0} Hz, the rate that its unit knows",
                short(nearest.drive),
                self.compared.drive_unit,
                nearest.onset.unwrap_or(0.0),
                nearest.rate
            ),
        })
    }

    fn shunting(&self) -> Option<Reason> {
        let leak = self.group.leak?;
        let value = self.conductance / leak;
        (value > SHUNTED).then(|| Reason {
            kind: "shunting",
            value,
            unit: "",
            says: format!(
                "its synapses conduct {:.1} nS on the mean, {value:.1} times its leak: they change the cell, not only its \
                 drive",
                self.conductance
            ),
        })
    }
}
