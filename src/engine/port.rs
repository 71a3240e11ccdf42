//! The synapses of one kind at one place of a shard's neurons: state that decays, and what has just arrived.

use super::deliver::Segment;
use crate::network::Port;
use crate::num::math::exp;
use crate::synapses::{Linear, Synapse};
use std::ops::Range;

/// A [`Port`] for the neurons of one part of a population.
pub struct PortPart {
    /// Index in the network.
    pub port: usize,
    pub reversal: Option<f64>,
    linear: Option<Linear>,
    late: bool,
    /// A late jump of V_m has decayed with this time constant (ms) when the grid point comes.
    fades_with: Option<f64>,
    dt_ms: f64,
    /// y[0] and y[1] of [`Linear`], per neuron; the second is empty where it does not exist.
    y: [Vec<f64>; 2],
    /// What arrives at the next grid point. A `delta`: jumps. On the grid: weights. Else: increments of y and the
    /// impulse that came before the grid point.
    arriving: [Vec<f64>; 3],
    /// Impulse of late arrivals, to be spread over the step that begins (unit of y x ms).
    impulse: Vec<f64>,
}

impl PortPart {
    /// `tau_m` is the cells' membrane time constant, where they have one.
    pub fn new(index: usize, port: &Port, range: &Range<usize>, dt_ms: f64, tau_m: Option<f64>) -> PortPart {
        let zeros = |wanted: bool| vec![0.0; if wanted { range.len() } else { 0 }];
        let linear = match &port.synapse {
            Synapse::Delta => None,
            Synapse::Linear(linear) => Some(linear.clone()),
        };
        let late = port.late && linear.is_some();
        let two = linear.as_ref().is_some_and(|linear| linear.states == 2);
        let mut y = [zeros(linear.is_some()), zeros(two)];
        if let Some(initial) = &port.initial {
            y[0].copy_from_slice(&initial[range.clone()]);
        }
        let arriving = [zeros(true), zeros(late), zeros(late)];
        let fades_with = tau_m.filter(|_| linear.is_none());
        PortPart {
            fades_with,
            port: index,
            reversal: port.reversal,
            linear,
            late,
            dt_ms,
            y,
            arriving,
            impulse: zeros(late),
        }
    }

    /// One event with synapses on `targets`, `late` ms before the grid point.
    pub fn arrive(&mut self, targets: &[u32], weights: &Segment, late: f64) {
        let Some(linear) = self.linear.as_ref().filter(|_| self.late) else {
            let left = self.fades_with.filter(|_| late > 0.0).map_or(1.0, |tau_m| exp(-late / tau_m));
            return weights.add(targets, left, &mut self.arriving[0]);
        };
        let (increments, impulse) = if late == 0.0 { (linear.arrive(), 0.0) } else { linear.arrive_late(late) };
        weights.add(targets, increments[0], &mut self.arriving[0]);
        weights.add(targets, increments[1], &mut self.arriving[1]);
        weights.add(targets, impulse, &mut self.arriving[2]);
    }

    /// For deliveries on the grid that add weights themselves, per neuron.
    pub fn arriving(&mut self) -> &mut [f64] {
        &mut self.arriving[0]
    }

    /// The jumps of a `delta` synapse that arrive at the next grid point.
    pub fn jumps(&self) -> Option<&[f64]> {
        self.linear.is_none().then_some(&self.arriving[0])
    }

    /// y[0] now.
    pub fn state(&self, cell: usize) -> f64 {
        self.y[0].get(cell).copied().unwrap_or(0.0)
    }

    /// A conductance or current that stands for the step that begins: `row . y`, and the impulse spread over it.
    pub fn over_step(&self, cell: usize, row: [f64; 2]) -> f64 {
        self.at(cell, row) + self.impulse.get(cell).map_or(0.0, |impulse| impulse / self.dt_ms)
    }

    fn at(&self, cell: usize, row: [f64; 2]) -> f64 {
        row[0] * self.y[0][cell] + if self.y[1].is_empty() { 0.0 } else { row[1] * self.y[1][cell] }
    }

    pub fn linear(&self) -> Option<&Linear> {
        self.linear.as_ref()
    }

    /// To the next grid point: decays, then takes in what arrives.
    pub fn settle(&mut self) {
        if let Some(linear) = &self.linear {
            let [first, second] = linear.propagate();
            if self.y[1].is_empty() {
                self.y[0].iter_mut().for_each(|y| *y *= first[0]);
            } else {
                let [y0, y1] = &mut self.y;
                for (y0, y1) in y0.iter_mut().zip(y1) {
                    *y0 = first[0] * *y0 + first[1] * *y1;
                    *y1 *= second[1];
                }
            }
        }
        self.take_in();
    }

    /// What arrives at step 0 arrives without a step before it.
    pub fn take_in(&mut self) {
        if let Some(linear) = &self.linear {
            let unit = if self.late { [1.0, 1.0] } else { linear.arrive() };
            let second = if self.late { 1 } else { 0 };
            let add = |y: &mut [f64], arriving: &[f64], factor: f64| {
                y.iter_mut().zip(arriving).for_each(|(y, arriving)| *y += factor * arriving);
            };
            add(&mut self.y[0], &self.arriving[0], unit[0]);
            add(&mut self.y[1], &self.arriving[second], unit[1]);
            if self.late {
                self.impulse.copy_from_slice(&self.arriving[2]);
            }
        }
        self.arriving.iter_mut().for_each(|list| list.fill(0.0));
    }
}
