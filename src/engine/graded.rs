//! Receptors that follow the potential of a terminal, and what they open in their targets.
//!
//! The order of things is that of the gates in `cable::solver`: transmitter is taken in the middle of each of the step's two
//! intervals, from a parabola through V at k, k-1, k-2 (of a cascade, from a line through T at k and k-1), receptors go
//! exactly through the interval, and their conductances at its end are what the solver's stage sees. Magnesium blocks by the
//! target's V, extrapolated to the stage. So the whole is of second order. All cells that such synapses join live in one shard.

use super::part::{CablePart, Part, PartBody};
use crate::cable::{STAGE_TIMES, STAGES};
use crate::network::connections::Row;
use crate::network::{Graded, Network};
use crate::synapses::Kinetic;

/// The graded projections of a shard.
#[derive(Default)]
pub struct Grading {
    list: Vec<GradedPart>,
}

struct GradedPart {
    /// Index in the network.
    graded: usize,
    /// Indices of the parts, and of the port in the target's.
    source: usize,
    target: usize,
    port: usize,
    /// Neuron and state of its receptors; transmitter of a cascade at k and k-1.
    terminals: Vec<Terminal>,
    /// (target's cell, terminal, weight in nS), by target.
    synapses: Vec<(u32, u32, f64)>,
}

struct Terminal {
    cell: u32,
    state: [f64; 2],
    open: [f64; STAGES],
    transmitter: [f64; 2],
}

impl Grading {
    /// Those whose cells live here; `port_of` finds a port as (part, port within it).
    pub fn new(network: &Network, parts: &[Part], port_of: impl Fn(usize) -> Option<(usize, usize)>) -> Grading {
        let here = |(index, graded): (usize, &Graded)| {
            let source = parts.iter().position(|part| part.population == graded.source)?;
            let (target, port) = port_of(graded.port)?;
            let mut part = GradedPart { graded: index, source, target, port, terminals: vec![], synapses: vec![] };
            let mut terminal_of = vec![u32::MAX; network.populations[graded.source].size];
            let mut row = Row::default();
            for (position, &cell) in graded.connections.targets.iter().enumerate() {
                graded.connections.row(position, &mut row);
                for (i, &neuron) in row.sources.iter().enumerate() {
                    let terminal = &mut terminal_of[neuron as usize];
                    if *terminal == u32::MAX {
                        *terminal = part.terminals.len() as u32;
                        let nothing = [0.0; 2];
                        part.terminals.push(Terminal {
                            cell: neuron,
                            state: nothing,
                            open: nothing,
                            transmitter: nothing,
                        });
                    }
                    part.synapses.push((cell, *terminal, row.weight(i, &graded.connections.weights)));
                }
            }
            Some(part)
        };
        let mut grading = Grading { list: network.graded.iter().enumerate().filter_map(here).collect() };
        for part in &mut grading.list {
            part.look(network, parts);
            part.terminals.iter_mut().for_each(|terminal| terminal.transmitter[1] = terminal.transmitter[0]);
        }
        grading
    }

    /// Before the step k -> k+1: what its stages will see.
    pub fn load(&mut self, network: &Network, parts: &mut [Part]) {
        for own in &mut self.list {
            clear(&mut parts[own.target], own.port);
        }
        for own in &mut self.list {
            own.advance(network, parts);
            own.open(network, parts);
        }
    }

    /// After it, and at step 0: the conductances as a recorder sees them.
    pub fn settle(&mut self, network: &Network, parts: &mut [Part]) {
        for own in &self.list {
            let cells = parts[own.target].range.len();
            (0..cells).for_each(|cell| parts[own.target].ports[own.port].set_state(cell, 0.0));
        }
        for own in &mut self.list {
            own.look(network, parts);
            let receptor = &network.graded[own.graded].receptor;
            for &(cell, terminal, weight) in &own.synapses {
                let part = &mut parts[own.target];
                let v = part.voltage(cell as usize, network.ports[network.graded[own.graded].port].place.as_ref());
                let open = receptor.scheme.open(&own.terminals[terminal as usize].state);
                let sum = part.ports[own.port].state(cell as usize) + weight * open * receptor.scheme.let_through(v);
                part.ports[own.port].set_state(cell as usize, sum);
            }
        }
    }

    /// Transmitter (0, mM) or open receptors (1) at a neuron's terminal, now.
    pub fn read(&self, network: &Network, parts: &[Part], (graded, which): (usize, usize), neuron: u32) -> f64 {
        let Some(own) = self.list.iter().find(|own| own.graded == graded) else { return f64::NAN };
        let Some(terminal) = own.terminals.iter().find(|terminal| terminal.cell == neuron) else { return f64::NAN };
        let Graded { receptor, place, .. } = &network.graded[graded];
        match which {
            0 => match receptor.release.transmitter(parts[own.source].voltage(neuron as usize, Some(place))) {
                Some(reduced) => reduced,
                None => terminal.transmitter[0],
            },
            _ => receptor.scheme.open(&terminal.state),
        }
    }
}

fn clear(part: &mut Part, port: usize) {
    for stage in part.ports[port].stages().into_iter().flatten() {
        stage.fill(0.0);
    }
}

fn cable(part: &Part) -> Option<&CablePart> {
    match &part.body {
        PartBody::Cable(cable) => Some(cable),
        _ => None,
    }
}

/// The parabola through V at 0, -1, -2 (steps) at t.
fn ahead([v, before, earlier]: [f64; 3], t: f64) -> f64 {
    v + (1.5 * t + 0.5 * t * t) * (v - before) - (0.5 * t + 0.5 * t * t) * (before - earlier)
}

impl GradedPart {
    /// Looks at the transmitter of a cascade.
    fn look(&mut self, network: &Network, parts: &[Part]) {
        let graded = &network.graded[self.graded];
        let (Some(variable), Some(cable)) = (graded.cascade, cable(&parts[self.source])) else { return };
        for terminal in &mut self.terminals {
            let now = cable.gate(terminal.cell as usize, variable, &graded.place);
            terminal.transmitter = [now, terminal.transmitter[0]];
        }
    }

    /// Takes the receptors through the step.
    fn advance(&mut self, network: &Network, parts: &[Part]) {
        let graded = &network.graded[self.graded];
        let Kinetic { release, scheme } = &graded.receptor;
        let Some(cable) = cable(&parts[self.source]) else { return };
        for terminal in &mut self.terminals {
            let course = cable.course(terminal.cell as usize, &graded.place);
            let [now, before] = terminal.transmitter;
            let mut from = 0.0;
            for (open, to) in terminal.open.iter_mut().zip(STAGE_TIMES) {
                let middle = 0.5 * (from + to);
                let reduced = release.transmitter(ahead(course, middle));
                let transmitter = reduced.unwrap_or_else(|| (now + middle * (now - before)).max(0.0));
                scheme.advance(&mut terminal.state, transmitter, (to - from) * network.dt_ms);
                *open = scheme.open(&terminal.state);
                from = to;
            }
        }
    }

    /// Adds up the conductances in the targets.
    fn open(&self, network: &Network, parts: &mut [Part]) {
        let graded = &network.graded[self.graded];
        let scheme = &graded.receptor.scheme;
        let Some(place) = network.ports[graded.port].place else { return };
        for &(cell, terminal, weight) in &self.synapses {
            let Some(cable) = cable(&parts[self.target]) else { return };
            let course = cable.course(cell as usize, &place);
            let through = STAGE_TIMES.map(|t| scheme.let_through(ahead(course, t)));
            let open = self.terminals[terminal as usize].open;
            for (stage, list) in parts[self.target].ports[self.port].stages().into_iter().flatten().enumerate() {
                list[cell as usize] += weight * open[stage] * through[stage];
            }
        }
    }
}
