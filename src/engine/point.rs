//! Point neurons of one part of a population: their columns, and what reaches them in a step.

use super::deliver::Sums;
use super::port::{CELLS, CELLS_TOGETHER, Inflow, PortPart};
use crate::lift::{Decaying, Inputs, Kernel, MOST_STATES, MOST_TOGETHER, Refractory};
use crate::network::PointBody;
use crate::num::aligned::Aligned;
use crate::num::bits::{WORD, occupied, places};
use crate::num::rng::Key;
use std::ops::Range;

/// Adds to a list what the cells of a range draw as input of a port, and says how many events these are.
type Drawn<'a> = &'a dyn Fn(usize, &Range<usize>, &mut [f64]) -> u64;

/// Columns of the state of point neurons, and what reaches them in a step.
pub struct PointPart {
    /// Each goes on behind the last cell up to a multiple of [`WORD`].
    pub columns: Vec<Aligned>,
    pub refractory: Refractory,
    /// Of the random stream of models that draw.
    key: Option<Key>,
    pub current: Vec<f64>,
    /// Currents arrive that are not constant: of stimuli or synapses.
    pub driven: bool,
    /// Of stimuli: `current` has them.
    pub stimulated: bool,
    /// All currents of the cells that go through the step together.
    sum: Vec<f64>,
    /// Of the cells that go through the step together.
    conductance: Vec<f64>,
    drive: Vec<f64>,
    jump: Vec<f64>,
    /// Per port: the row of `Linear` that stands for a step, one for all cells or one each.
    rows: Vec<Vec<[f64; 2]>>,
    /// All synapses with a course in time go through the step together with the cells, in one loop.
    together: bool,
    /// What arrives at these, of the cells that go through the step together.
    arriving: [Vec<f64>; MOST_TOGETHER],
    /// Who fires, a bit a cell.
    fired: Vec<u64>,
}

impl PointPart {
    pub(super) fn new(point: &PointBody, key: Key, range: &Range<usize>, ports: &[PortPart]) -> PointPart {
        let count = range.len();
        let kernel = &*point.kernel;
        let conducting = ports.iter().any(|port| port.reversal.is_some());
        let zeros = |wanted: bool| vec![0.0; if wanted { count } else { 0 }];
        let rows: Vec<Vec<[f64; 2]>> = ports.iter().map(|port| rows(kernel, range, port)).collect();
        let together = may_go_together(kernel, ports, &rows);
        PointPart {
            columns: point.initial.iter().map(|column| whole_words(&column[range.clone()])).collect(),
            refractory: Refractory::new(count),
            key: kernel.draw().map(|_| key),
            current: zeros(true),
            driven: ports.iter().any(|port| port.linear().is_some() && port.reversal.is_none()),
            stimulated: false,
            sum: vec![0.0; if together { CELLS_TOGETHER } else { CELLS }],
            conductance: vec![0.0; if conducting { CELLS } else { 0 }],
            drive: vec![0.0; if conducting { CELLS } else { 0 }],
            jump: zeros(true),
            rows,
            together,
            arriving: std::array::from_fn(|_| vec![0.0; if together { CELLS_TOGETHER } else { 0 }]),
            fired: vec![0; count.div_ceil(WORD)],
        }
    }

    /// Adds the jumps of step 0 and tests, without a step before.
    pub fn start(
        &mut self,
        kernel: &dyn Kernel,
        range: Range<usize>,
        ports: &mut [PortPart],
        sums: &mut Sums,
        fired: &mut Vec<(u32, f64)>,
    ) {
        let cells = 0..range.len();
        self.gather_jumps(ports, &cells);
        self.with_columns(cells.clone(), |columns, part| {
            let inputs = Inputs { jump: jumps(ports, &part.jump, &cells), chance: part.chance(0), ..Inputs::default() };
            kernel.start(range.clone(), columns, part.refractory.words(), &inputs, &mut part.fired);
        });
        self.fire(kernel, range.start, fired);
        ports.iter_mut().for_each(|port| port.take_in(sums));
    }

    /// Of what its cells draw at a grid point.
    fn chance(&self, step: i64) -> Option<(Key, u64)> {
        self.key.map(|key| (key, step as u64))
    }

    /// `step` -> `step` + 1 with the stimuli's currents already in `current`: some cells at a time, so that what one pass leaves
    /// the next finds in the first-level cache. Returns how many events of Poisson input its cells drew.
    pub fn advance(
        &mut self,
        kernel: &dyn Kernel,
        (range, step): (Range<usize>, i64),
        ports: &mut [PortPart],
        (sums, drawn): (&mut Sums, Drawn),
        fired: &mut Vec<(u32, f64)>,
    ) -> u64 {
        let mut events = 0;
        let few = if self.together { CELLS_TOGETHER } else { CELLS };
        for start in (0..range.len()).step_by(few) {
            let cells = start..(start + few).min(range.len());
            if self.together {
                events += self.advance_together(kernel, (range.start, step), ports, (sums, drawn), cells);
            } else {
                self.advance_after(kernel, (range.start, step), ports, sums, cells.clone());
                ports.iter_mut().filter(|port| port.jumps().is_some()).for_each(|port| port.settle(cells.clone()));
            }
        }
        ports.iter_mut().for_each(PortPart::all_served);
        self.refractory.pass();
        self.fire(kernel, range.start, fired);
        events
    }

    /// Some cells, after their synapses; `first` is the number of the part's first neuron.
    fn advance_after(
        &mut self,
        kernel: &dyn Kernel,
        (first, step): (usize, i64),
        ports: &mut [PortPart],
        sums: &mut Sums,
        cells: Range<usize>,
    ) {
        self.serve(ports, sums, &cells);
        self.with_columns(cells.clone(), |columns, part| {
            let conducting = 0..if part.conductance.is_empty() { 0 } else { cells.len() };
            let inputs = Inputs {
                current: if part.driven { &part.sum[..cells.len()] } else { &[] },
                conductance: &part.conductance[conducting.clone()],
                drive: &part.drive[conducting],
                jump: jumps(ports, &part.jump, &cells),
                chance: part.chance(step + 1),
            };
            let words = cells.start / WORD..cells.end.div_ceil(WORD);
            let (held, fired) = (&part.refractory.words()[words.clone()], &mut part.fired[words]);
            kernel.advance(first + cells.start..first + cells.end, columns, held, &inputs, fired);
        });
    }

    /// Some cells, together with their synapses.
    fn advance_together(
        &mut self,
        kernel: &dyn Kernel,
        (first, step): (usize, i64),
        ports: &mut [PortPart],
        (sums, drawn): (&mut Sums, Drawn),
        cells: Range<usize>,
    ) -> u64 {
        let (count, mut events) = (cells.len(), 0);
        // What goes through the step, in whole words.
        let all = cells.start..cells.end.next_multiple_of(WORD);
        if self.stimulated {
            self.sum[..count].copy_from_slice(&self.current[cells.clone()]);
            self.current[cells.clone()].fill(0.0);
        }
        let mut lists = std::mem::take(&mut self.arriving);
        let mut arriving: [&[f64]; MOST_TOGETHER] = [&[]; MOST_TOGETHER];
        let mut places: [Range<usize>; MOST_TOGETHER] = std::array::from_fn(|_| 0..0);
        let with_lists = ports.iter_mut().zip(&mut lists).zip(&mut arriving).zip(&mut places);
        for (number, (((port, list), arriving), place)) in with_lists.enumerate() {
            if port.take_arriving(sums, &cells, &mut list[..count]) {
                events += drawn(number, &cells, &mut list[..count]);
                *arriving = &list[..all.len()];
            }
            *place = port.place_in_sums(&all);
        }
        let Ok(in_sums) = sums.real.get_disjoint_mut(places) else { return events };
        let mut synapses: [Decaying; MOST_TOGETHER] = std::array::from_fn(|_| Decaying::none());
        let together = ports.len();
        let with_rows = ports.iter_mut().zip(&self.rows);
        for (((own, (port, rows)), real), arriving) in synapses.iter_mut().zip(with_rows).zip(in_sums).zip(arriving) {
            *own = port.decaying(real, &all, rows[0][0], arriving);
        }
        self.with_columns(all.clone(), |columns, part| {
            let current = if part.stimulated { &part.sum[..all.len()] } else { &[] };
            let inputs = Inputs { current, chance: part.chance(step + 1), ..Inputs::default() };
            let words = cells.start / WORD..cells.end.div_ceil(WORD);
            let (held, fired) = (&part.refractory.words()[words.clone()], &mut part.fired[words]);
            let range = first + cells.start..first + cells.end;
            kernel.advance_with(range, columns, held, &inputs, &mut synapses[..together], fired);
        });
        self.arriving = lists;
        events
    }

    /// Whether [`Kernel::advance_with`] serves its synapses.
    pub fn is_together(&self) -> bool {
        self.together
    }

    /// Hands out who fired, and holds them; `first` is the number of the first neuron.
    fn fire(&mut self, kernel: &dyn Kernel, first: usize, fired: &mut Vec<(u32, f64)>) {
        let alike = kernel.is_uniform().then(|| kernel.refractory(first));
        for (number, words) in self.fired.chunks(WORD).enumerate() {
            for word in places(occupied(words)) {
                for place in places(words[word]) {
                    let cell = (number * WORD + word) * WORD + place;
                    self.refractory.hold(cell, alike.unwrap_or_else(|| kernel.refractory(first + cell)));
                    fired.push(((first + cell) as u32, 0.0));
                }
            }
        }
    }

    /// What reaches `cells` in the step that begins and at its end: currents and conductances are added up, jumps stand
    /// ready.
    fn serve(&mut self, ports: &mut [PortPart], sums: &mut Sums, cells: &Range<usize>) {
        let count = cells.len();
        if self.stimulated {
            self.sum[..count].copy_from_slice(&self.current[cells.clone()]);
            self.current[cells.clone()].fill(0.0);
        }
        let conducting = if self.conductance.is_empty() { 0 } else { count };
        let mut into = Inflow {
            current: &mut self.sum[..count],
            conductance: &mut self.conductance[..conducting],
            drive: &mut self.drive[..conducting],
            begun: [self.stimulated, false],
        };
        for (port, rows) in ports.iter_mut().zip(&self.rows) {
            match port.jumps() {
                None => port.serve(sums, cells.clone(), rows, &mut into),
                Some(_) => port.collect(sums, cells.clone()),
            }
        }
        into.finish();
        self.gather_jumps(ports, cells);
    }

    /// Sums the jumps of several ports; those of one need no summing.
    fn gather_jumps(&mut self, ports: &[PortPart], cells: &Range<usize>) {
        if ports.iter().filter_map(PortPart::jumps).count() < 2 {
            return;
        }
        let sums = &mut self.jump[cells.clone()];
        sums.fill(0.0);
        for jumps in ports.iter().filter_map(PortPart::jumps) {
            sums.iter_mut().zip(&jumps[cells.clone()]).for_each(|(sum, jump)| *sum += jump);
        }
    }

    /// Lends the columns of `cells` as slices, with the rest of the part beside them.
    fn with_columns(&mut self, cells: Range<usize>, work: impl FnOnce(&mut [&mut [f64]], &mut PointPart)) {
        let mut columns = std::mem::take(&mut self.columns);
        let count = columns.len();
        let mut rest = columns.iter_mut();
        let mut slices: [&mut [f64]; MOST_STATES] =
            std::array::from_fn(|_| rest.next().map_or(&mut [][..], |column| &mut column[cells.clone()]));
        work(&mut slices[..count], self);
        self.columns = columns;
    }
}

/// A list that goes on up to a multiple of [`WORD`], with the last of its numbers.
fn whole_words(list: &[f64]) -> Aligned {
    let mut whole = Aligned::zeros(list.len().next_multiple_of(WORD));
    whole[..list.len()].copy_from_slice(list);
    whole[list.len()..].fill(list.last().copied().unwrap_or(0.0));
    whole
}

/// The jumps of all ports at `cells`: none, those of the only one, or their `sum`.
fn jumps<'a>(ports: &'a [PortPart], sum: &'a [f64], cells: &Range<usize>) -> &'a [f64] {
    let mut all = ports.iter().filter_map(PortPart::jumps);
    match (all.next(), all.next()) {
        (None, _) => &[],
        (Some(only), None) => &only[cells.clone()],
        _ => &sum[cells.clone()],
    }
}

/// Whether the synapses can go through the step in one loop with their cells: all are plain exponentials, alike in what they
/// do, and so are the cells.
fn may_go_together(kernel: &dyn Kernel, ports: &[PortPart], rows: &[Vec<[f64; 2]>]) -> bool {
    let alike = |port: &PortPart| port.is_decaying() && port.reversal.is_some() == ports[0].reversal.is_some();
    let few = (1..=MOST_TOGETHER).contains(&ports.len());
    few && kernel.is_uniform() && ports.iter().all(alike) && rows.iter().all(|rows| rows.len() == 1)
}

/// What stands for a port's input over a step: for currents into a linear membrane, the current with the same effect.
fn rows(kernel: &dyn Kernel, range: &Range<usize>, port: &PortPart) -> Vec<[f64; 2]> {
    let Some(linear) = port.linear() else { return vec![[0.0; 2]] };
    if port.reversal.is_some() {
        return vec![linear.mean()];
    }
    let row = |cell: usize| kernel.tau_m(cell).map_or_else(|| linear.mean(), |tau_m| linear.equivalent(tau_m));
    let first = kernel.tau_m(range.start);
    if range.clone().all(|cell| kernel.tau_m(cell) == first) {
        vec![row(range.start)]
    } else {
        range.clone().map(row).collect()
    }
}
