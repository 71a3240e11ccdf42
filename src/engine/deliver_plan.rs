//! Which pathways travel together, and in which form their weights are kept.
//!
//! A spike costs as many cold accesses to memory as its source has segments of synapses, so all pathways from the same
//! population share segments where they can: a [`Route`](super::deliver::Route) is a set of pathways from one trigger
//! with weights of one form. Nothing here looks at threads or shards: the plan is a function of the network.
//!
//! Drawn weights take 16 bits where that is fine enough: as a multiple q of a unit, a power of two below a thousandth
//! of their standard deviation. The sums of what arrives are then whole numbers, exact in any order. Weights whose
//! spread is too wide for 65 535 units, or whose sums could leave 32 bits, are kept in single precision.

use super::port::PortPart;
use super::release::ByUse;
use crate::network::connections::Weights;
use crate::network::{Body, Network, Pathway, Port};

/// Pathways that travel together.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    pub source: usize,
    pub trigger: usize,
    /// Indices in the network, ascending.
    pub pathways: Vec<usize>,
    pub form: Form,
    /// Its weights change by use, and are then not kept as whole numbers; by chance: one pathway alone.
    pub by_use: ByUse,
    /// Spikes come between grid points, or meet others at their port that do: one pathway alone.
    pub late: bool,
    /// Its weights are added to the state of synapses itself ([`Slots::direct`](super::port::Slots::direct)).
    pub direct: bool,
}

/// How weights are kept.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Form {
    /// One for all.
    Same(f64),
    Fixed(Fixed),
    Single,
    Double,
}

/// weight = q 2^exponent, q from 0 to 65 535; all of one sign.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fixed {
    pub exponent: i32,
    pub negative: bool,
    /// The largest exponent that is fine enough for all.
    finest: i32,
}

/// The largest q.
pub const MOST_UNITS: f64 = 65_535.0;
/// A unit is below this share of the weights' standard deviation.
const FINE_ENOUGH: f64 = 1e-3;

/// Groups the pathways of `network`, in their order. The second list says of each port whether it is reached directly.
pub fn plan(network: &Network) -> (Vec<Plan>, Vec<bool>) {
    let fixed = Forms::new(network, true);
    let plans = fixed.grouped(network);
    if !may_overflow(network, &plans) {
        return (plans, fixed.direct);
    }
    let real = Forms::new(network, false);
    (real.grouped(network), real.direct)
}

/// How the weights of each pathway are kept.
pub fn forms(network: &Network) -> Vec<Form> {
    let mut forms = vec![Form::Double; network.pathways.len()];
    let (plans, _) = plan(network);
    for plan in plans.iter().filter(|plan| plan.by_use.quantal.is_none()) {
        plan.pathways.iter().for_each(|&pathway| forms[pathway] = plan.form);
    }
    forms
}

/// How weights are kept, and what that means for ports.
struct Forms {
    of_pathway: Vec<Form>,
    direct: Vec<bool>,
}

impl Forms {
    fn new(network: &Network, may_be_fixed: bool) -> Forms {
        let of = |pathway: &Pathway| {
            let once = fires_once_a_step(&network.populations[pathway.source].body);
            let constant = ByUse::of(&network.ports[pathway.port]).is_none();
            form(pathway, may_be_fixed && once && constant && !is_late(network, pathway))
        };
        let of_pathway: Vec<Form> = network.pathways.iter().map(of).collect();
        // A sum of whole numbers is taken in by the step; one of real numbers can as well stand in the state.
        let on_points = |port: &Port| matches!(network.populations[port.population].body, Body::Point(_));
        let mut direct: Vec<bool> =
            network.ports.iter().map(|port| on_points(port) && PortPart::may_be_direct(port)).collect();
        for (pathway, form) in network.pathways.iter().zip(&of_pathway) {
            direct[pathway.port] &= !matches!(form, Form::Fixed(_)) && !is_late(network, pathway);
        }
        Forms { of_pathway, direct }
    }

    fn grouped(&self, network: &Network) -> Vec<Plan> {
        let mut plans: Vec<Plan> = Vec::new();
        for (index, (pathway, &form)) in network.pathways.iter().zip(&self.of_pathway).enumerate() {
            let late = is_late(network, pathway);
            let by_use = ByUse::of(&network.ports[pathway.port]);
            let direct = self.direct[pathway.port];
            let fits = |plan: &&mut Plan| {
                (plan.source, plan.trigger, plan.late, late) == (pathway.source, pathway.trigger, false, false)
                    && (plan.by_use, plan.direct) == (by_use, direct)
                    && by_use.quantal.is_none()
                    && plan.form.with(form).is_some()
            };
            match plans.iter_mut().find(fits) {
                Some(plan) => {
                    plan.form = plan.form.with(form).unwrap_or(form);
                    plan.pathways.push(index);
                }
                None => {
                    let (source, trigger) = (pathway.source, pathway.trigger);
                    plans.push(Plan { source, trigger, pathways: vec![index], form, by_use, late, direct });
                }
            }
        }
        plans
    }
}

/// Spikes come between grid points, or meet others at their port that do.
fn is_late(network: &Network, pathway: &Pathway) -> bool {
    network.populations[pathway.source].crosses() || network.ports[pathway.port].late
}

/// Sources without a membrane may have several spikes in a step.
fn fires_once_a_step(body: &Body) -> bool {
    matches!(body, Body::Point(_) | Body::Cable(_))
}

fn form(pathway: &Pathway, may_be_fixed: bool) -> Form {
    match &pathway.connections.weights {
        Weights::Same(weight) => Form::Same(*weight),
        Weights::Listed(list) if list.iter().all(|weight| f64::from(*weight as f32) == *weight) => Form::Single,
        Weights::Listed(_) => Form::Double,
        Weights::Drawn(random) => {
            let (low, high) = random.drawn_extremes();
            let most = low.abs().max(high.abs());
            let exponent = ceil_log2(most / MOST_UNITS);
            let finest = ceil_log2(FINE_ENOUGH * random.sd_within_bounds()) - 1;
            let one_sign = low >= 0.0 || high <= 0.0;
            if may_be_fixed && one_sign && exponent <= finest {
                Form::Fixed(Fixed { exponent, negative: low < 0.0, finest })
            } else if most < f64::from(f32::MAX) {
                Form::Single
            } else {
                Form::Double
            }
        }
    }
}

impl Fixed {
    /// A weight in units.
    pub fn units(&self, weight: f64) -> u16 {
        (weight * self.per_unit() + 0.5).clamp(0.0, MOST_UNITS) as u16
    }

    /// Units in a weight of one; negative where the weights are.
    pub fn per_unit(&self) -> f64 {
        power_of_two(-self.exponent) * if self.negative { -1.0 } else { 1.0 }
    }
}

impl Form {
    /// What a drawn weight is when it is kept.
    pub fn kept(&self, weight: f64) -> f64 {
        match self {
            Form::Fixed(fixed) => f64::from(fixed.units(weight)) / fixed.per_unit(),
            Form::Single => f64::from(weight as f32),
            Form::Same(_) | Form::Double => weight,
        }
    }

    /// The form in which weights of both can be kept.
    fn with(self, other: Form) -> Option<Form> {
        match (self, other) {
            (Form::Same(a), Form::Same(b)) => (a == b).then_some(self),
            (Form::Fixed(a), Form::Fixed(b)) if a.negative == b.negative => {
                let exponent = a.exponent.max(b.exponent);
                let finest = a.finest.min(b.finest);
                (exponent <= finest).then_some(Form::Fixed(Fixed { exponent, negative: a.negative, finest }))
            }
            (Form::Single, Form::Single) | (Form::Double, Form::Double) => Some(self),
            _ => None,
        }
    }
}

/// The exponent of the unit in which each port counts: the smallest of all that reach it, and of all that travel with
/// those.
pub fn port_exponents(network: &Network, plans: &[Plan]) -> Vec<Option<i32>> {
    let mut exponents: Vec<Option<i32>> = vec![None; network.ports.len()];
    loop {
        let mut changed = false;
        for plan in plans {
            let Form::Fixed(fixed) = plan.form else { continue };
            let ports = || plan.pathways.iter().map(|&pathway| network.pathways[pathway].port);
            let least = ports().filter_map(|port| exponents[port]).fold(fixed.exponent, i32::min);
            for port in ports() {
                changed |= exponents[port] != Some(least);
                exponents[port] = Some(least);
            }
        }
        if !changed {
            return exponents;
        }
    }
}

/// Could the sum at a port leave 32 bits, if every source fired at once?
fn may_overflow(network: &Network, plans: &[Plan]) -> bool {
    let exponents = port_exponents(network, plans);
    let mut most = vec![0.0; network.ports.len()];
    for plan in plans {
        let Form::Fixed(fixed) = plan.form else { continue };
        for &pathway in &plan.pathways {
            let Pathway { port, connections, .. } = &network.pathways[pathway];
            let shift = fixed.exponent - exponents[*port].unwrap_or(fixed.exponent);
            most[*port] += connections.most_sources() as f64 * MOST_UNITS * power_of_two(shift);
        }
    }
    most.into_iter().any(|most| most > f64::from(i32::MAX))
}

/// 2^k for |k| < 1000.
pub fn power_of_two(k: i32) -> f64 {
    let half = if k < 0 { 0.5 } else { 2.0 };
    (0..k.unsigned_abs()).fold(1.0, |power, _| power * half)
}

/// The smallest k with x <= 2^k, for x from 2^-900 to 2^900; 900 and more beyond.
fn ceil_log2(x: f64) -> i32 {
    let mut k = 0;
    while power_of_two(k) < x && k < 900 {
        k += 1;
    }
    while power_of_two(k - 1) >= x && k > -900 {
        k -= 1;
    }
    k
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::random::Shape;
    use crate::config::random::{Bounds, Random};

    #[test]
    fn logarithms_of_powers_and_what_lies_between() {
        assert_eq!([1.0, 2.0, 0.25, 0.3, 5.0].map(ceil_log2), [0, 1, -2, -1, 3]);
        assert_eq!((power_of_two(-7), power_of_two(3)), (0.0078125, 8.0));
    }

    fn drawn(mean: f64, sd: f64, bounds: Bounds) -> Form {
        let shape = Shape::Normal { mean, sd };
        form(&Pathway::of_weights(Weights::Drawn(Random { shape, bounds })), true)
    }

    /// The weights of Potjans & Diesmann (2014): a step of 2^-7 pA is below a thousandth of 8.78 pA.
    #[test]
    fn weights_of_the_microcircuit_take_16_bits() {
        let excitatory = drawn(87.8, 8.78, Bounds::KeepSign);
        let doubled = drawn(175.6, 17.56, Bounds::KeepSign);
        let inhibitory = drawn(-351.2, 35.12, Bounds::KeepSign);
        let Some(Form::Fixed(both)) = excitatory.with(doubled) else { panic!("{excitatory:?} {doubled:?}") };
        assert_eq!((both.exponent, both.negative), (-7, false));
        let Form::Fixed(fixed) = inhibitory else { panic!("{inhibitory:?}") };
        assert!(fixed.negative && power_of_two(fixed.exponent) < 1e-3 * 35.12);
        assert_eq!(excitatory.with(inhibitory), None);
    }

    /// Of weights that bounds press together a thousandth of what is left of their standard deviation is below any unit.
    #[test]
    fn bounds_make_the_unit_finer() {
        let narrow = (100.0, 100.05);
        let clipped = drawn(100.0, 50.0, Bounds::Clip { low: narrow.0, high: narrow.1 });
        let redrawn = drawn(100.0, 0.2, Bounds::Redraw { low: narrow.0, high: narrow.1 });
        assert_eq!((clipped, redrawn), (Form::Single, Form::Single));
        assert!(matches!(drawn(100.0, 50.0, Bounds::Redraw { low: 50.0, high: 150.0 }), Form::Fixed(_)));
    }

    #[test]
    fn what_single_precision_cannot_tell_is_double() {
        assert_eq!(drawn(1e40, 1.0, Bounds::None), Form::Double);
        assert_eq!(drawn(0.0, 1e38, Bounds::None), Form::Double);
    }

    #[test]
    fn wide_or_two_sided_weights_stay_in_single_precision() {
        assert_eq!(drawn(100.0, 0.1, Bounds::KeepSign), Form::Single);
        assert_eq!(drawn(10.0, 5.0, Bounds::None), Form::Single);
    }
}
