//! The loops over the synapses of some cells, for the widest vectors that the machine has.

use super::{CELLS, Inflow, PortPart, Slots};
use crate::engine::deliver::Sums;
use crate::num::dispatch::Task;
use std::ops::Range;

/// [`PortPart::serve`] for one exponential on the grid, in one pass.
pub(super) struct Serve<'a, 'b> {
    pub(super) port: &'a mut PortPart,
    pub(super) sums: &'a mut Sums,
    pub(super) cells: Range<usize>,
    /// One for all neurons or one each.
    pub(super) rows: &'a [[f64; 2]],
    pub(super) into: &'a mut Inflow<'b>,
}

impl Task for Serve<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Serve { port, sums, cells, rows, into } = self;
        let PortPart { y: [y, _], arriving: [arriving, ..], decay, unit, slots, fresh, reversal, .. } = port;
        let own = if *fresh { &mut arriving[cells.clone()] } else { &mut [] };
        let means = if rows.len() == 1 { rows } else { &rows[cells.clone()] };
        let synapses = Synapses { decay: decay[0][0], unit: unit[0], means, reversal: *reversal };
        // What arrives: of stimuli, of other neurons, or both.
        match slots.map(|slots| (slots, sums.of(slots, &cells))) {
            None => synapses.step(&mut y[cells], own, into),
            Some((Slots { direct: true, .. }, (y, _))) => synapses.step(y, own, into),
            Some((slots, (real, whole))) => {
                let mut all = [0.0; CELLS];
                let all = &mut all[..cells.len()];
                if !own.is_empty() {
                    all.copy_from_slice(own);
                    own.fill(0.0);
                }
                Collect { real, whole, unit: slots.unit.unwrap_or(0.0), out: all }.run();
                synapses.step(&mut y[cells], all, into);
            }
        }
    }
}

/// Exponential synapses of one kind.
struct Synapses<'a> {
    decay: f64,
    unit: f64,
    /// The first of each times y: what stands for the step.
    means: &'a [[f64; 2]],
    reversal: Option<f64>,
}

impl Synapses<'_> {
    /// Adds up what acts during the step, decays, takes in what arrives, if the list is not empty.
    #[inline(always)]
    fn step(&self, y: &mut [f64], arriving: &mut [f64], into: &mut Inflow) {
        let Inflow { current, conductance, drive, begun } = into;
        let begun = std::mem::replace(&mut begun[usize::from(self.reversal.is_some())], true);
        let own = self.means.len() > 1;
        match (self.reversal, begun) {
            (None, false) if own => self.act::<false, false, true>(y, current, &mut []),
            (None, true) if own => self.act::<false, true, true>(y, current, &mut []),
            (None, false) => self.act::<false, false, false>(y, current, &mut []),
            (None, true) => self.act::<false, true, false>(y, current, &mut []),
            // A conductance acts alike on all.
            (Some(_), false) => self.act::<true, false, false>(y, conductance, drive),
            (Some(_), true) => self.act::<true, true, false>(y, conductance, drive),
        }
        for (y, arriving) in y.iter_mut().zip(arriving) {
            *y += self.unit * *arriving;
            *arriving = 0.0;
        }
    }

    /// `sum` takes what acts and, if it `CONDUCTS`, `drive` that times the reversal potential; what has `BEGUN` is added to. Neurons
    /// may have their `OWN` mean.
    #[inline(always)]
    fn act<const CONDUCTS: bool, const BEGUN: bool, const OWN: bool>(
        &self,
        y: &mut [f64],
        sum: &mut [f64],
        drive: &mut [f64],
    ) {
        let Synapses { decay, means, reversal, .. } = *self;
        let means = &means[..if OWN { y.len() } else { 1 }];
        let reversal = reversal.unwrap_or(0.0);
        let count = y.len();
        let (sum, drive) = (&mut sum[..count], &mut drive[..if CONDUCTS { count } else { 0 }]);
        for i in 0..count {
            let x = means[if OWN { i } else { 0 }][0] * y[i];
            sum[i] = if BEGUN { sum[i] + x } else { x };
            if CONDUCTS {
                drive[i] = if BEGUN { drive[i] + x * reversal } else { x * reversal };
            }
            y[i] *= decay;
        }
    }
}

/// [`PortPart::fill_over_step`].
pub(super) struct Fill<'a> {
    pub(super) port: &'a PortPart,
    pub(super) cells: Range<usize>,
    pub(super) rows: &'a [[f64; 2]],
    pub(super) out: &'a mut [f64],
}

impl Task for Fill<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        self.port.fill_over_step(self.cells, self.rows, self.out);
    }
}

/// [`PortPart::collect`].
pub(super) struct Collect<'a> {
    pub(super) real: &'a mut [f64],
    pub(super) whole: &'a mut [i32],
    pub(super) unit: f64,
    pub(super) out: &'a mut [f64],
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
pub(super) struct Settle<'a> {
    pub(super) port: &'a mut PortPart,
    pub(super) cells: Range<usize>,
    pub(super) decays: bool,
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
