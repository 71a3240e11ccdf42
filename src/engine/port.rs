//! The synapses of one kind at one place of a shard's neurons: state that decays, and what has just arrived.

use super::deliver::Sums;
use crate::network::Port;
use crate::num::dispatch::{self, Task};
use crate::num::math::exp;
use crate::synapses::{Linear, Synapse};
use std::ops::Range;

/// A [`Port`] for the neurons of one part of a population.
pub struct PortPart {
    /// Index in the network.
    pub port: usize,
    pub reversal: Option<f64>,
    linear: Option<Linear>,
    /// [`Linear::propagate`], and what an arrival on the grid adds to y.
    decay: [[f64; 2]; 2],
    unit: [f64; 2],
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
        let decay = linear.as_ref().map_or([[0.0; 2]; 2], Linear::propagate);
        let unit = if late { [1.0, 1.0] } else { linear.as_ref().map_or([0.0; 2], Linear::arrive) };
        PortPart {
            decay,
            unit,
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

    /// What an event of weight 1, `late` ms before the grid point, adds to each list of `arriving`.
    pub fn effect(&self, late: f64) -> [f64; 3] {
        let Some(linear) = self.linear.as_ref().filter(|_| self.late) else {
            let left = self.fades_with.filter(|_| late > 0.0).map_or(1.0, |tau_m| exp(-late / tau_m));
            return [left, 0.0, 0.0];
        };
        let (increments, impulse) = if late == 0.0 { (linear.arrive(), 0.0) } else { linear.arrive_late(late) };
        [increments[0], increments[1], impulse]
    }

    /// An event at one neuron, with its [`PortPart::effect`].
    pub fn arrive(&mut self, cell: usize, weight: f64, effect: &[f64; 3]) {
        self.arriving[0][cell] += weight * effect[0];
        if self.late {
            self.arriving[1][cell] += weight * effect[1];
            self.arriving[2][cell] += weight * effect[2];
        }
    }

    /// Takes over what arrives from other neurons: its slots begin at `slot`, whole sums count in `unit`.
    pub fn collect(&mut self, sums: &mut Sums, slot: usize, unit: Option<f64>) {
        let slots = slot..slot + self.arriving[0].len();
        let real = sums.real.get_mut(slots.clone()).unwrap_or_default();
        let whole = unit.and_then(|_| sums.whole.get_mut(slots)).unwrap_or_default();
        dispatch::run(Collect { real, whole, unit: unit.unwrap_or(0.0), out: &mut self.arriving[0] });
    }

    /// For events on the grid that add their weights themselves, where that is all that they do.
    pub fn arriving_as_weights(&mut self) -> Option<&mut [f64]> {
        (!self.late).then_some(&mut self.arriving[0])
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

    /// `row . y` and the late impulse, for the step that begins: `out[i]` is for neuron `cells.start + i`; one row for
    /// all or one a neuron.
    #[inline(always)]
    pub fn fill_over_step(&self, cells: Range<usize>, rows: &[[f64; 2]], out: &mut [f64]) {
        let first = &self.y[0][cells.clone()];
        match rows {
            [row] => out.iter_mut().zip(first).for_each(|(x, y)| *x = row[0] * y),
            _ => out.iter_mut().zip(first).zip(&rows[cells.clone()]).for_each(|((x, y), row)| *x = row[0] * y),
        }
        if let Some(second) = self.y[1].get(cells.clone()) {
            match rows {
                [row] => out.iter_mut().zip(second).for_each(|(x, y)| *x += row[1] * y),
                _ => out.iter_mut().zip(second).zip(&rows[cells.clone()]).for_each(|((x, y), row)| *x += row[1] * y),
            }
        }
        if let Some(impulse) = self.impulse.get(cells) {
            out.iter_mut().zip(impulse).for_each(|(x, impulse)| *x += impulse / self.dt_ms);
        }
    }

    /// To the next grid point, neurons `cells`: decays, then takes in what arrives.
    pub fn settle(&mut self, cells: Range<usize>) {
        dispatch::run(Settle { port: self, cells, decays: true });
    }

    /// What arrives at step 0 arrives without a step before it.
    pub fn take_in(&mut self) {
        let cells = 0..self.arriving[0].len();
        dispatch::run(Settle { port: self, cells, decays: false });
    }
}

/// [`PortPart::collect`].
struct Collect<'a> {
    real: &'a mut [f64],
    whole: &'a mut [i32],
    unit: f64,
    out: &'a mut [f64],
}

impl Task for Collect<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        for (out, sum) in self.out.iter_mut().zip(self.real) {
            *out += *sum;
            *sum = 0.0;
        }
        for (out, sum) in self.out.iter_mut().zip(self.whole) {
            *out += f64::from(*sum) * self.unit;
            *sum = 0;
        }
    }
}

/// [`PortPart::settle`], or without the decay.
struct Settle<'a> {
    port: &'a mut PortPart,
    cells: Range<usize>,
    decays: bool,
}

impl Task for Settle<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let PortPart { y: [y0, y1], arriving: [a0, a1, a2], decay, unit, impulse, .. } = self.port;
        let arriving = &mut a0[self.cells.clone()];
        let one = [[1.0, 0.0], [0.0, 1.0]];
        let (decay, unit) = (if self.decays { *decay } else { one }, *unit);
        match (y0.get_mut(self.cells.clone()), y1.get_mut(self.cells.clone())) {
            (Some(y0), Some(y1)) if !y1.is_empty() => {
                let second = a1.get_mut(self.cells.clone()).unwrap_or_default();
                for ((y0, y1), a) in y0.iter_mut().zip(y1.iter_mut()).zip(arriving.iter()) {
                    *y0 = decay[0][0] * *y0 + decay[0][1] * *y1 + unit[0] * a;
                    *y1 = decay[1][1] * *y1 + if second.is_empty() { unit[1] * a } else { 0.0 };
                }
                y1.iter_mut().zip(second).for_each(|(y1, a)| {
                    *y1 += unit[1] * *a;
                    *a = 0.0;
                });
            }
            (Some(y0), _) => {
                y0.iter_mut().zip(arriving.iter()).for_each(|(y0, a)| *y0 = decay[0][0] * *y0 + unit[0] * a);
                a1.get_mut(self.cells.clone()).unwrap_or_default().fill(0.0);
            }
            _ => {}
        }
        arriving.fill(0.0);
        if let (Some(impulse), Some(late)) = (impulse.get_mut(self.cells.clone()), a2.get_mut(self.cells)) {
            impulse.copy_from_slice(late);
            late.fill(0.0);
        }
    }
}
