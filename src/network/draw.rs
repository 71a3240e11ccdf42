//! From a projection's keys to the [`Connections`] of one pathway: all that can be wrong with them is found here.

use super::connections::{Conduction, Connections, Delays, Weights};
use super::context::Context;
use super::estimate;
use super::rule::WrittenRule;
use super::targets::Reached;
use crate::config::evaluate::{Delay, Varied};
use crate::config::random::Random;
use crate::connectivity::{self, Given, Sides};
use crate::error::{Code, Diagnostic, Span};

/// Steps; the engine keeps a delay in 16 bits.
const LONGEST_DELAY: u32 = u16::MAX as u32;

/// What is known of one pathway.
pub(super) struct Draw<'d> {
    pub key: u64,
    pub sides: Sides,
    pub source: &'d Reached,
    pub target: &'d Reached,
    pub weight: (&'d Varied, Span, &'static str),
    pub delay: (WrittenDelay<'d>, Span),
}

/// How late spikes are.
pub(super) enum WrittenDelay<'d> {
    Time(&'d Delay),
    Conduction(Conduction),
}

impl Draw<'_> {
    /// By a rule whose argument stands at `at`, if it is one of several.
    pub(super) fn connect(
        &self,
        context: &mut Context,
        written: &WrittenRule,
        at: Option<Span>,
        given: Given,
    ) -> Option<Connections> {
        let at = at.unwrap_or(written.span);
        let each = (estimate::BYTES_PER_SYNAPSE, "synapses");
        afford(context, at, self.drawn_at_once(written.info.name, &given), each)?;
        let listed =
            matches!(self.weight.0, Varied::Each(_)) || matches!(self.delay.0, WrittenDelay::Time(Delay::Each(_)));
        let order = if listed { target_by_target(&given) } else { None };
        let in_order = |list: &[f64]| match &order {
            Some(order) if order.len() == list.len() => order.iter().map(|place| list[*place]).collect(),
            _ => list.to_vec(),
        };
        let source = connectivity::Source { seed: context.seeds.structure, key: self.key };
        let rule = match connectivity::rule(written.info.name, given, &self.sides, source) {
            Ok(rule) => rule,
            Err(reason) => {
                context.push(Diagnostic::error(Code::WrongShape, at, reason));
                return None;
            }
        };
        afford(context, at, rule.expected(&self.sides), each)?;
        let (delays, moved, shift) = self.delays(context, &in_order)?;
        let weights = match self.weight.0 {
            Varied::Constant(weight) => Weights::Same(*weight),
            Varied::Each(list) => Weights::Listed(in_order(list)),
            Varied::Random(random) => Weights::Drawn(*random),
            Varied::Linspace(..) => {
                return self.refuse_shape(context, "a weight is one number or a random value", self.weight.1);
            }
        };
        let whole = self.source.neurons.iter().enumerate().all(|(position, neuron)| position == *neuron as usize);
        let mut connections = Connections {
            rule,
            sides: self.sides.clone(),
            sources: if whole { vec![] } else { self.source.neurons.clone() },
            targets: self.target.neurons.clone(),
            weights,
            delays,
            seed: context.seeds.structure,
            key: self.key,
            starts: vec![],
            count: 0,
            most_sources: 0,
            is_estimate: false,
        };
        connections.count(context.roughly);
        connections.bound_delays(context.roughly);
        self.check_delays(context, &connections)?;
        self.check_lists(context, &connections)?;
        self.check_signs(context, &connections)?;
        self.warn_of_negative_delays(context, &connections);
        if shift > 0.0 {
            context.rounded.0 += moved.unwrap_or(connections.len());
            context.rounded.1 = context.rounded.1.max(shift);
        }
        Some(connections)
    }

    /// Connections of rules that draw them all before the first target asks.
    fn drawn_at_once(&self, rule: &str, given: &Given) -> f64 {
        let Given::Number(number) = given else { return 0.0 };
        match rule {
            "fixed_total" => *number,
            "fixed_outdegree" => number * self.sides.sources as f64,
            "symmetric_pairwise_bernoulli" => number * self.sides.sources as f64 * self.sides.targets as f64,
            _ => 0.0,
        }
    }

    /// Delays are kept in 16 bits.
    fn check_delays(&self, context: &mut Context, connections: &Connections) -> Option<()> {
        let longest = connections.delay_bounds().map_or(0, |(_, longest)| longest);
        // What is drawn may stay far from its bounds.
        let too_long = match &connections.delays {
            Delays::Drawn(steps) => (steps.share_above(LONGEST_DELAY) * connections.len() as f64).round(),
            _ => f64::from(longest > LONGEST_DELAY),
        };
        if too_long < 1.0 {
            return Some(());
        }
        let most = context.time_ms(LONGEST_DELAY.into());
        let message = match longest {
            _ if matches!(connections.delays, Delays::Drawn(_)) => {
                let all = connections.len();
                format!("about {too_long} of {all} delays are longer than {LONGEST_DELAY} steps ({most} ms), the most")
            }
            u32::MAX => {
                format!("a delay is longer than can be counted, and {LONGEST_DELAY} steps ({most} ms) is the most")
            }
            _ => format!("a delay has {longest} steps, and {LONGEST_DELAY} ({most} ms) is the most"),
        };
        context.push(Diagnostic::error(Code::TooLarge, self.delay.1, message).help("use a coarser dt"));
        None
    }

    /// The delays, how many were moved onto the grid, none if all were, and how far at most (ms).
    fn delays(
        &self,
        context: &mut Context,
        in_order: &dyn Fn(&[f64]) -> Vec<f64>,
    ) -> Option<(Delays, Option<u64>, f64)> {
        let dt = context.dt_ms;
        let delay = match &self.delay.0 {
            WrittenDelay::Time(delay) => *delay,
            // A distance takes any time.
            WrittenDelay::Conduction(conduction) => return Some((Delays::Far(conduction.clone()), None, 0.5 * dt)),
        };
        Some(match delay {
            Delay::Steps(steps) => match u32::try_from(*steps) {
                Ok(steps) => (Delays::Same(steps), None, 0.0),
                Err(_) => {
                    let message = format!("a delay has {steps} steps, and {LONGEST_DELAY} is the most");
                    context.push(Diagnostic::error(Code::TooLarge, self.delay.1, message).help("use a coarser dt"));
                    return None;
                }
            },
            Delay::Computed(ms) => {
                let (steps, moved) = round_delay(*ms, dt);
                (Delays::Same(steps), None, moved)
            }
            // A drawn time is anywhere between two grid points.
            Delay::Random(random) if random.mean_sd().0 < 0.0 => {
                let message = format!(
                    "the mean of the delays is {} ms, but nothing arrives before it was sent",
                    random.mean_sd().0
                );
                context.push(Diagnostic::error(Code::BadRandom, self.delay.1, message));
                return None;
            }
            Delay::Random(random) => match random.steps(dt) {
                Some(steps) => (Delays::Drawn(steps), None, shift_of_drawn(random, dt)),
                None => {
                    let message = "the bounds leave no multiple of dt, or the delays spread too far to be kept";
                    context.push(Diagnostic::error(Code::BadRandom, self.delay.1, message));
                    return None;
                }
            },
            Delay::Each(list) => {
                let rounded: Vec<(u32, f64)> = in_order(list).iter().map(|&ms| round_delay(ms, dt)).collect();
                let farthest = rounded.iter().fold(0.0, |most: f64, (_, moved)| most.max(*moved));
                // What a decimal loses when it is written in two is no move.
                let moved = rounded.iter().filter(|(_, moved)| *moved > 1e-9 * dt).count() as u64;
                (Delays::Listed(rounded.into_iter().map(|(steps, _)| steps).collect()), Some(moved), farthest)
            }
        })
    }

    fn refuse_shape<T>(&self, context: &mut Context, message: &str, span: Span) -> Option<T> {
        context.push(Diagnostic::error(Code::WrongShape, span, message));
        None
    }

    /// A list has one value for each connection.
    fn check_lists(&self, context: &mut Context, connections: &Connections) -> Option<()> {
        let differs = |length: usize| length as u64 != connections.len();
        match &connections.weights {
            Weights::Listed(list) if differs(list.len()) => {
                let message = format!("{} weights are given for {} connections", list.len(), connections.len());
                return self.refuse_shape(context, &message, self.weight.1);
            }
            _ => {}
        }
        match &connections.delays {
            Delays::Listed(list) if differs(list.len()) => {
                let message = format!("{} delays are given for {} connections", list.len(), connections.len());
                self.refuse_shape(context, &message, self.delay.1)
            }
            _ => Some(()),
        }
    }

    /// Of delays drawn below zero, which become one step.
    fn warn_of_negative_delays(&self, context: &mut Context, connections: &Connections) {
        let WrittenDelay::Time(Delay::Random(random)) = &self.delay.0 else { return };
        if random.extremes().0 >= 0.0 {
            return;
        }
        let all = connections.len();
        let count = (random.share_below(0.0) * all as f64).round();
        if count < 1.0 {
            return;
        }
        let message = format!("about {count} of {all} delays are drawn below zero, and become one step");
        let help =
            format!("`in [{} ms, inf]` draws them again; a smaller sd or a larger mean has fewer", context.dt_ms);
        context.push(Diagnostic::warning(Code::Suspicious, self.delay.1, message).help(help));
    }

    /// No conductance is negative.
    fn check_signs(&self, context: &mut Context, connections: &Connections) -> Option<()> {
        let Weights::Drawn(random) = &connections.weights else { return Some(()) };
        if self.weight.2 != "nS" || random.drawn_extremes().0 >= 0.0 {
            return Some(());
        }
        let least = connections.least_weight();
        if least >= 0.0 {
            return Some(());
        }
        let message =
            format!("weight: a drawn conductance is negative ({least:.4} nS); add `in [0 nS, inf]` or `keeping sign`");
        context.push(Diagnostic::error(Code::BadRandom, self.weight.1, message));
        None
    }
}

/// Connections are kept target by target: where in a list of pairs each of them stands.
fn target_by_target(given: &Given) -> Option<Vec<usize>> {
    let Given::Pairs(pairs) = given else { return None };
    if pairs.is_sorted_by_key(|pair| pair.1) {
        return None;
    }
    let mut order: Vec<usize> = (0..pairs.len()).collect();
    order.sort_by_key(|place| pairs[*place].1);
    Some(order)
}

/// Refuses `count` of `what` that do not fit into memory.
pub(super) fn afford(context: &mut Context, span: Span, count: f64, (bytes, what): (f64, &str)) -> Option<()> {
    let (needed, free) = (count * bytes, estimate::available_bytes());
    if needed <= free {
        return Some(());
    }
    let (needed, free) = (estimate::describe_bytes(needed), estimate::describe_bytes(free));
    let message = format!("about {} {what} need {needed}, and {free} are free", estimate::describe_count(count));
    context.push(Diagnostic::error(Code::TooLarge, span, message));
    None
}

/// How far a drawn delay is moved at most: half a step, or from below one step, where it may be drawn, to one.
fn shift_of_drawn(random: &Random, dt: f64) -> f64 {
    let (low, _) = random.drawn_extremes();
    (dt - low).max(0.5 * dt)
}

/// The nearest step, at least one, and how far that is from `ms`.
fn round_delay(ms: f64, dt: f64) -> (u32, f64) {
    let steps = (ms / dt).round().clamp(1.0, u32::MAX as f64);
    (steps as u32, (steps * dt - ms).abs())
}
