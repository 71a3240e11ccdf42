//! Gap junctions of a shard. Between cables they stand in the solver's equations; where a point neuron is an end,
//! charge is exchanged in half a step before and half a step after the cells' own step (Strang 1968, SIAM J Numer Anal
//! 5:506), pair by pair: (V_a - V_b) decays with rate g (1/C_a + 1/C_b), exactly, and what leaves one side enters the
//! other. The second half runs in reverse order, which keeps second order.

use super::part::{Part, PartBody, new_block};
use crate::cable::{self, Place, Workspace};
use crate::error::{Code, Error, Exit};
use crate::lift::Kernel;
use crate::network::{Body, Network, Site};
use crate::num::math::expm1;

/// One end of a gap junction within a shard.
#[derive(Clone, Debug)]
pub struct End {
    pub part: usize,
    pub cell: usize,
    pub place: Option<Place>,
    /// 1/C (1/pF) as seen from the place.
    inverse_capacitance: f64,
}

/// A gap junction within a shard.
#[derive(Clone, Debug)]
pub struct Coupling {
    /// Of the `[gap_junction]` table.
    pub table: usize,
    pub a: End,
    pub b: End,
    pub conductance: f64,
    /// Both ends are cables: the solver has it.
    pub solved: bool,
}

/// All gap junctions of a shard.
#[derive(Default)]
pub struct Couplings {
    pub list: Vec<Coupling>,
    /// Parts whose blocks are solved together, and their gap junctions in terms of these blocks.
    pub joined: Vec<usize>,
    gaps: Vec<cable::Gap>,
    workspace: Workspace,
    /// Other threads may take a part of the cables.
    helped: bool,
}

impl Couplings {
    pub fn new(network: &Network, parts: &[Part], helped: bool) -> Result<Couplings, Error> {
        let part_of = |site: &Site| parts.iter().position(|part| part.population == site.population);
        let mut list = Vec::new();
        for gap in &network.gaps {
            let (Some(a), Some(b)) = (part_of(&gap.a), part_of(&gap.b)) else { continue };
            list.push((gap, a, b));
        }
        let mut couplings = Couplings { helped, ..Couplings::default() };
        for (gap, a, b) in list {
            let (a, b) = (end(network, parts, a, &gap.a), end(network, parts, b, &gap.b));
            let solved = [&a, &b].iter().all(|end| matches!(parts[end.part].body, PartBody::Cable(_)));
            couplings.list.push(Coupling { table: gap.table, a, b, conductance: gap.conductance, solved });
        }
        couplings.join(parts)?;
        Ok(couplings)
    }

    /// Numbers the blocks that are solved together.
    fn join(&mut self, parts: &[Part]) -> Result<(), Error> {
        let solved = self.list.iter().filter(|coupling| coupling.solved);
        self.joined = solved.clone().flat_map(|coupling| [coupling.a.part, coupling.b.part]).collect();
        self.joined.sort_unstable();
        self.joined.dedup();
        let mut first = vec![0; parts.len()];
        let (mut blocks, mut nodes) = (0, 0);
        for &part in &self.joined {
            first[part] = blocks;
            if let PartBody::Cable(cable) = &parts[part].body {
                blocks += cable.blocks.len();
                nodes = nodes.max(cable.blocks[0].tree().nodes());
            }
        }
        let site = |end: &End| match (&parts[end.part].body, end.place) {
            (PartBody::Cable(cable), Some(place)) => {
                Some((first[end.part] + end.cell / cable.lanes, end.cell % cable.lanes, place))
            }
            _ => None,
        };
        let gap = |coupling: &Coupling| {
            Some(cable::Gap { a: site(&coupling.a)?, b: site(&coupling.b)?, conductance: coupling.conductance })
        };
        self.gaps = solved.filter_map(gap).collect();
        self.workspace = Workspace::new(&self.gaps, nodes).map_err(|error| {
            Error::plain(Exit::Refused, Code::TooLarge, error.to_string())
                .help("use fewer gap junctions per group of joined cells")
        })?;
        Ok(())
    }

    /// Takes all cables of the shard from k to k+1.
    pub fn solve(&mut self, parts: &mut [Part]) {
        let (mut blocks, mut loads) = (Vec::new(), Vec::new());
        for (index, part) in parts.iter_mut().enumerate() {
            let PartBody::Cable(cable) = &mut part.body else { continue };
            if self.joined.contains(&index) {
                blocks.extend(cable.blocks.iter_mut());
                loads.extend(cable.loads.iter().map(Vec::as_slice));
                continue;
            }
            cable::step_apart(&mut cable.blocks, &cable.loads, self.helped);
        }
        if !blocks.is_empty() {
            cable::step(&mut blocks, &loads, &self.gaps, &mut self.workspace);
        }
    }

    /// Exchanges charge for `time` ms where a point neuron is an end.
    pub fn exchange(&self, parts: &mut [Part], time: f64, reverse: bool) {
        let unsolved = self.list.iter().filter(|coupling| !coupling.solved);
        if reverse {
            unsolved.rev().for_each(|coupling| coupling.exchange(parts, time));
        } else {
            unsolved.for_each(|coupling| coupling.exchange(parts, time));
        }
    }

    /// The current of table `table` into a site now (pA).
    pub fn current(&self, parts: &[Part], table: usize, part: usize, cell: usize, place: Option<&Place>) -> f64 {
        let here = |end: &End| (end.part, end.cell) == (part, cell) && end.place.as_ref() == place;
        let mut sum = 0.0;
        for coupling in self.list.iter().filter(|coupling| coupling.table == table) {
            let flow = coupling.conductance * (coupling.b.voltage(parts) - coupling.a.voltage(parts));
            sum += if here(&coupling.a) { flow } else { 0.0 };
            sum -= if here(&coupling.b) { flow } else { 0.0 };
        }
        sum
    }
}

impl Coupling {
    fn exchange(&self, parts: &mut [Part], time: f64) {
        let inverse = [&self.a, &self.b].map(|end| end.inverse(parts));
        let sum = inverse[0] + inverse[1];
        if sum == 0.0 {
            return;
        }
        let difference = self.b.voltage(parts) - self.a.voltage(parts);
        let charge = -difference * expm1(-self.conductance * time * sum) / sum;
        self.a.add(parts, charge, inverse[0]);
        self.b.add(parts, -charge, inverse[1]);
    }
}

impl End {
    fn voltage(&self, parts: &[Part]) -> f64 {
        parts[self.part].voltage(self.cell, self.place.as_ref())
    }

    /// A refractory cell holds its V_m whatever flows in.
    fn inverse(&self, parts: &[Part]) -> f64 {
        match &parts[self.part].body {
            PartBody::Point(point) if point.refractory.is_held(self.cell) => 0.0,
            _ => self.inverse_capacitance,
        }
    }

    fn add(&self, parts: &mut [Part], charge: f64, inverse: f64) {
        match &mut parts[self.part].body {
            PartBody::Point(point) => point.columns[0][self.cell] += charge * inverse,
            PartBody::Cable(cable) => {
                if let Some(place) = &self.place {
                    let lanes = cable.lanes;
                    cable.blocks[self.cell / lanes].add_charge(place, self.cell % lanes, charge);
                }
            }
            _ => {}
        }
    }
}

fn end(network: &Network, parts: &[Part], part: usize, site: &Site) -> End {
    let cell = site.neuron as usize - parts[part].range.start;
    let inverse_capacitance = match (&parts[part].body, &network.populations[site.population].body) {
        (PartBody::Point(_), Body::Point(point)) => kernel_inverse(&*point.kernel, site.neuron as usize),
        (PartBody::Cable(_), Body::Cable(cable)) => {
            // What a unit of charge does to V at the place, tried on a cell of its own.
            let neuron = site.neuron as usize;
            let mut block = new_block(network, cable, neuron..neuron + 1);
            let place = site.place.unwrap_or_else(|| cable.tree.place(0, 0.5));
            let before = block.voltage(&place, 0);
            block.add_charge(&place, 0, 1.0);
            block.voltage(&place, 0) - before
        }
        _ => 0.0,
    };
    End { part, cell, place: site.place, inverse_capacitance }
}

fn kernel_inverse(kernel: &dyn Kernel, neuron: usize) -> f64 {
    kernel.capacitance(neuron).map_or(0.0, |capacitance| 1.0 / capacitance)
}
