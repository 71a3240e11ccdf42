//! The synapses of one kind at one place of a shard's neurons: state that decays, and what has just arrived.

mod steps;

use super::deliver::Sums;
use super::release::Arrival;
use crate::cable::STAGES;
use crate::lift::Decaying;
use crate::network::Port;
use crate::num::bits::WORD;
use crate::num::dispatch;
use crate::num::math::exp;
use crate::synapses::{Linear, Synapse};
use std::ops::Range;
use steps::{Collect, Fill, Serve, Settle};

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
    /// A late jump of V_m has decayed with its cell's time constant (ms) when the grid point comes.
    fades_with: Vec<f64>,
    dt_ms: f64,
    /// y[0] and y[1] of [`Linear`], per neuron; the second is empty where it does not exist, the first goes on up to a multiple of
    /// [`WORD`].
    y: [Vec<f64>; 2],
    /// What arrives at the next grid point. A `delta`: jumps. On the grid: weights. Else: increments of y and the
    /// impulse that came before the grid point.
    arriving: [Vec<f64>; 3],
    /// Of receptors that follow a potential: the conductances at the solver's stages, set from outside.
    stages: Option<[Vec<f64>; STAGES]>,
    /// Impulse of late arrivals, to be spread over the step that begins (unit of y x ms).
    impulse: Vec<f64>,
    /// Where its sums stand, if spikes of other neurons come in on the grid.
    slots: Option<Slots>,
    /// Something may stand in `arriving` that did not come through the sums.
    fresh: bool,
    /// Its cells draw Poisson input for themselves in this step.
    pub drawn: bool,
}

/// A port's place in the [`Sums`] of its shard.
#[derive(Clone, Copy)]
pub struct Slots {
    pub first: usize,
    /// Of whole sums.
    pub unit: Option<f64>,
    /// What stands there is y\[0\] itself: weights are added to it when the step is over.
    pub direct: bool,
}

/// The inputs of some cells during the step that begins, as they add up.
pub struct Inflow<'a> {
    pub current: &'a mut [f64],
    pub conductance: &'a mut [f64],
    /// Conductance times reversal potential.
    pub drive: &'a mut [f64],
    /// Whether there is anything in `current`, and in the other two: what is not yet written need not be read.
    pub begun: [bool; 2],
}

/// Cells of a point population that are served together: what one pass leaves the next finds in the first-level cache.
pub const CELLS: usize = 512;
/// As many go through a step in one loop with their synapses: that takes fewer lists, and input is drawn for
/// [`GROUP`](crate::num::rng::GROUP) cells at a time, of which some are drawn for nothing at both ends.
pub const CELLS_TOGETHER: usize = 2048;

impl PortPart {
    /// `tau_m` is a cell's membrane time constant, where it has one.
    pub fn new(
        index: usize,
        port: &Port,
        range: &Range<usize>,
        dt_ms: f64,
        tau_m: impl Fn(usize) -> Option<f64>,
    ) -> PortPart {
        let zeros = |wanted: bool| vec![0.0; if wanted { range.len() } else { 0 }];
        let linear = match &port.synapse {
            Synapse::Delta => None,
            Synapse::Linear(linear) => Some(linear.clone()),
            Synapse::Kinetic(_) => None,
        };
        let graded = matches!(port.synapse, Synapse::Kinetic(_));
        let late = port.late && linear.is_some();
        let two = linear.as_ref().is_some_and(|linear| linear.states == 2);
        let whole_words = |wanted: bool| vec![0.0; if wanted { range.len().next_multiple_of(WORD) } else { 0 }];
        let mut y = [whole_words(linear.is_some() || graded), zeros(two)];
        if let Some(initial) = &port.initial {
            y[0][..range.len()].copy_from_slice(&initial[range.clone()]);
        }
        let arriving = [zeros(true), zeros(late), zeros(late)];
        let fades = port.late && matches!(port.synapse, Synapse::Delta);
        let fades_with = if fades { range.clone().map_while(tau_m).collect() } else { vec![] };
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
            stages: graded.then(|| std::array::from_fn(|_| zeros(true))),
            slots: None,
            fresh: true,
            drawn: false,
        }
    }

    /// Spikes of other neurons reach it on the grid.
    pub fn place(&mut self, slots: Slots) {
        self.slots = Some(slots);
    }

    /// Weights may be added to its state itself: it is one number, changed on the grid alone.
    pub fn may_be_direct(port: &Port) -> bool {
        matches!(&port.synapse, Synapse::Linear(linear) if linear.states == 1) && !port.late
    }

    /// Its state moves to where weights are added to it.
    pub fn move_into(&mut self, sums: &mut Sums) {
        if let Some(Slots { first, direct: true, .. }) = self.slots {
            let y = std::mem::take(&mut self.y[0]);
            sums.real[first..first + y.len()].copy_from_slice(&y);
        }
    }

    /// Events of one spike of another neuron that came between grid points.
    pub fn receive(&mut self, arrival: Arrival) {
        let late = arrival.late();
        let effect = self.effect(late);
        arrival.for_each(|cell, transmitted| {
            let left = self.fades_with.get(cell).map_or(1.0, |tau_m| exp(-late / tau_m));
            self.arrive(cell, transmitted * left, &effect);
        });
    }

    /// What an event of weight 1, `late` ms before the grid point, adds to each list of `arriving`.
    pub fn effect(&self, late: f64) -> [f64; 3] {
        let Some(linear) = self.linear.as_ref().filter(|_| self.late) else { return [1.0, 0.0, 0.0] };
        let (increments, impulse) = if late == 0.0 { (linear.arrive(), 0.0) } else { linear.arrive_late(late) };
        [increments[0], increments[1], impulse]
    }

    /// An event at one neuron, with its [`PortPart::effect`].
    pub fn arrive(&mut self, cell: usize, weight: f64, effect: &[f64; 3]) {
        self.fresh = true;
        self.arriving[0][cell] += weight * effect[0];
        if self.late {
            self.arriving[1][cell] += weight * effect[1];
            self.arriving[2][cell] += weight * effect[2];
        }
    }

    pub fn slots(&self) -> Option<Slots> {
        self.slots
    }

    /// Takes over what arrives from other neurons at some cells.
    pub fn collect(&mut self, sums: &mut Sums, cells: Range<usize>) {
        let Some(slots) = self.slots else { return };
        self.fresh = true;
        let (real, whole) = sums.of(slots, &cells);
        dispatch::run(Collect { real, whole, unit: slots.unit.unwrap_or(0.0), out: &mut self.arriving[0][cells] });
    }

    /// Takes over what arrives from other neurons at all cells.
    pub fn collect_all(&mut self, sums: &mut Sums) {
        self.collect(sums, 0..self.arriving[0].len());
    }

    /// One step of the synapses onto `cells`, if they have a course in time: what acts during it is added to `into`, then they
    /// decay, and what arrives at its end is taken in. `rows` is one row for all neurons or one each.
    pub fn serve(&mut self, sums: &mut Sums, cells: Range<usize>, rows: &[[f64; 2]], into: &mut Inflow) {
        if let Some([middle, _]) = &self.stages {
            into.add(&middle[cells.clone()], self.reversal);
        }
        if self.linear.is_none() {
            return;
        }
        if self.is_decaying() {
            return dispatch::run(Serve { port: self, sums, cells, rows, into });
        }
        self.collect(sums, cells.clone());
        let mut values = [0.0; CELLS];
        let values = &mut values[..cells.len()];
        dispatch::run(Fill { port: self, cells: cells.clone(), rows, out: values });
        into.add(values, self.reversal);
        self.settle(cells);
    }

    /// Its synapses can go through the step together with their cells.
    pub fn is_decaying(&self) -> bool {
        self.linear.is_some() && self.y[1].is_empty() && !self.late
    }

    /// Takes what arrives at the end of the step at some cells out of all lists into `out`; false if nothing stands there and
    /// nothing is to be added.
    pub fn take_arriving(&mut self, sums: &mut Sums, cells: &Range<usize>, out: &mut [f64]) -> bool {
        let slots = self.slots.filter(|slots| !slots.direct);
        if !self.fresh && slots.is_none() && !self.drawn {
            return false;
        }
        out.fill(0.0);
        if self.fresh {
            let own = &mut self.arriving[0][cells.clone()];
            out.copy_from_slice(own);
            own.fill(0.0);
        }
        if let Some(slots) = slots {
            let (real, whole) = sums.of(slots, cells);
            dispatch::run(Collect { real, whole, unit: slots.unit.unwrap_or(0.0), out });
        }
        true
    }

    /// Where y stands in `real` of the sums, if it stands there.
    pub fn place_in_sums(&self, cells: &Range<usize>) -> Range<usize> {
        match self.slots {
            Some(Slots { first, direct: true, .. }) => first + cells.start..first + cells.end,
            _ => 0..0,
        }
    }

    /// Its synapses onto `cells` as they go through the step together with them; `real` is what stands at
    /// [`PortPart::place_in_sums`], `mean` times y what stands for the step.
    pub fn decaying<'a>(
        &'a mut self,
        real: &'a mut [f64],
        cells: &Range<usize>,
        mean: f64,
        arriving: &'a [f64],
    ) -> Decaying<'a> {
        let y = if self.y[0].is_empty() { real } else { &mut self.y[0][cells.clone()] };
        Decaying { y, arriving, decay: self.decay[0][0], mean, reversal: self.reversal }
    }

    /// For events on the grid that add their weights themselves, where that is all that they do.
    pub fn arriving_as_weights(&mut self) -> Option<&mut [f64]> {
        self.fresh |= !self.late;
        (!self.late).then_some(&mut self.arriving[0])
    }

    /// All that had arrived at all cells has been taken in.
    pub fn all_served(&mut self) {
        self.fresh = false;
    }

    /// The jumps of a `delta` synapse that arrive at the next grid point.
    pub fn jumps(&self) -> Option<&[f64]> {
        (self.linear.is_none() && self.stages.is_none()).then_some(&self.arriving[0])
    }

    /// It acts over time, through a load of its own.
    pub fn is_continuous(&self) -> bool {
        self.linear.is_some() || self.stages.is_some()
    }

    /// Conductances of receptors that follow a potential: at the stages of the step that begins, by cell.
    pub fn stages(&mut self) -> Option<&mut [Vec<f64>; STAGES]> {
        self.stages.as_mut()
    }

    /// What stands for a stage of the step that begins; `out[i]` is for neuron `cells.start + i`.
    #[inline(always)]
    pub fn fill_at_stage(&self, cells: Range<usize>, stage: usize, row: [f64; 2], out: &mut [f64]) {
        match &self.stages {
            Some(stages) => out.copy_from_slice(&stages[stage][cells]),
            None => self.fill_over_step(cells, &[row], out),
        }
    }

    /// Of receptors that follow a potential: the conductance now.
    pub fn set_state(&mut self, cell: usize, conductance: f64) {
        self.y[0][cell] = conductance;
    }

    /// y[0] now.
    pub fn state(&self, cell: usize) -> f64 {
        self.y[0].get(cell).copied().unwrap_or(0.0)
    }

    /// y[0] now, wherever it stands.
    pub fn state_in(&self, sums: &Sums, cell: usize) -> f64 {
        match self.slots {
            Some(Slots { first, direct: true, .. }) => sums.real[first + cell],
            _ => self.state(cell),
        }
    }

    pub fn linear(&self) -> Option<&Linear> {
        self.linear.as_ref()
    }

    /// `row . y` and the late impulse, for the step that begins: `out[i]` is for neuron `cells.start + i`; one row for
    /// all or one a neuron.
    #[inline(always)]
    fn fill_over_step(&self, cells: Range<usize>, rows: &[[f64; 2]], out: &mut [f64]) {
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
        if self.stages.is_some() {
            return;
        }
        dispatch::run(Settle { port: self, cells, decays: true });
    }

    /// What arrives at step 0 arrives without a step before it.
    pub fn take_in(&mut self, sums: &mut Sums) {
        if self.stages.is_some() {
            return;
        }
        let cells = 0..self.arriving[0].len();
        if let Some(Slots { first, direct: true, .. }) = self.slots {
            let y = &mut sums.real[first..first + cells.len()];
            y.iter_mut().zip(&mut self.arriving[0]).for_each(|(y, arriving)| *y += std::mem::take(arriving));
            return;
        }
        dispatch::run(Settle { port: self, cells, decays: false });
    }
}

impl Inflow<'_> {
    /// Nothing more is to come.
    pub fn finish(&mut self) {
        if !self.begun[0] {
            self.current.fill(0.0);
        }
        if !self.begun[1] {
            self.conductance.fill(0.0);
            self.drive.fill(0.0);
        }
    }

    /// Adds currents, or conductances that have a reversal potential.
    fn add(&mut self, values: &[f64], reversal: Option<f64>) {
        let Inflow { current, conductance, drive, begun } = self;
        match reversal {
            None => {
                if !std::mem::replace(&mut begun[0], true) {
                    current.fill(0.0);
                }
                current.iter_mut().zip(values).for_each(|(sum, x)| *sum += x);
            }
            Some(reversal) => {
                if !std::mem::replace(&mut begun[1], true) {
                    conductance.fill(0.0);
                    drive.fill(0.0);
                }
                for ((g, drive), x) in conductance.iter_mut().zip(&mut **drive).zip(values) {
                    *g += x;
                    *drive += x * reversal;
                }
            }
        }
    }
}
