//! What is allowed but seldom wise: a dt too coarse for what happens within it.

use super::context::Context;
use super::estimate::{BYTES_PER_SAMPLE, available_bytes, describe_bytes, estimate};
use super::{Body, Network, Site};
use crate::cable::{Block, SectionSpec};
use crate::error::{Code, Diagnostic, Span};
use crate::lift::Kernel;
use crate::mechanisms;
use crate::synapses::Synapse;
use std::collections::HashMap;

/// Warns of a dt that is too coarse for a time constant, or for gap junctions.
pub(super) fn read(context: &mut Context, network: &Network) {
    for population in &network.populations {
        let Some((tau, what)) = fastest(network, population) else { continue };
        if network.dt_ms <= tau {
            continue;
        }
        let span = find_span(context, &population.name);
        let message = format!("dt is {} ms, but {what} of `{}` is {} ms", network.dt_ms, population.name, shown(tau));
        let help = format!("use `dt = \"{} ms\"` or finer", advised(tau));
        context.push(Diagnostic::warning(Code::TooCoarse, span, message).help(help));
    }
    read_rest(context, network);
    read_temperature(context, network);
    read_gaps(context, network);
    read_memory(context, network);
}

/// Three decimals, or where these would be zeros, as many digits as tell it from 0.
fn shown(ms: f64) -> String {
    if ms >= 5e-4 { format!("{ms:.3}") } else { format!("{ms:.1e}") }
}

/// Warns of cells that shall begin at rest and have none.
fn read_rest(context: &mut Context, network: &Network) {
    for population in &network.populations {
        let Body::Cable(cable) = &population.body else { continue };
        if !cable.v.iter().any(Option::is_none) {
            continue;
        }
        let mut block = Block::new(cable.tree.clone(), 1, network.dt_ms, network.temperature_celsius, &[]);
        block.initialise(0, -65.0);
        let held = [(cable.tree.place(0, 0.5), cable.holding)];
        let span = find_span(context, &population.name);
        if !block.resting(0, &held) {
            let message = format!("`{}` has no resting state: its cells begin at -65 mV", population.name);
            context.push(Diagnostic::warning(Code::Suspicious, span, message));
            continue;
        }
        let v = block.voltage(&held[0].0, 0);
        if block.leaves_rest(&held) {
            let message = format!("`{}` has no stable rest: it balances at {v:.2} mV", population.name);
            let help =
                "it stays there until something disturbs it; `initial.V_m = \"-65 mV\"` lets it fire from the start";
            context.push(Diagnostic::warning(Code::Suspicious, span, message).help(help));
        }
    }
}

/// Warns of a squid that is too warm.
fn read_temperature(context: &mut Context, network: &Network) {
    let celsius = network.temperature_celsius;
    let squid = mechanisms::find("hh");
    let has = |section: &SectionSpec| section.mechanisms.iter().any(|(index, _)| Some(*index) == squid);
    let cables = network.populations.iter().filter_map(|population| match &population.body {
        Body::Cable(cable) => Some(cable),
        _ => None,
    });
    if celsius <= 30.0 || !cables.into_iter().any(|cable| cable.sections.iter().any(has)) {
        return;
    }
    let written = context.config.table("run").and_then(|run| run.get("temperature"));
    let span = written.map_or(Span::NONE, |value| value.span);
    let message = format!("at {celsius} degC the squid axon's channels are too fast to fire");
    let help = "Hodgkin and Huxley's axon stops firing near 33 degC; they measured at 6.3 and 18.5 degC";
    context.push(Diagnostic::warning(Code::Suspicious, span, message).help(help));
}

/// Refuses a run whose network and recordings together do not fit into memory.
fn read_memory(context: &mut Context, network: &Network) {
    let needed = estimate(network);
    let available = available_bytes();
    if needed.memory_bytes() <= available {
        return;
    }
    let message = format!(
        "the run needs about {}, and {} are free: {}",
        describe_bytes(needed.memory_bytes()),
        describe_bytes(available),
        needed.largest_items().join("; ")
    );
    let help = if needed.samples * BYTES_PER_SAMPLE > 0.5 * needed.memory_bytes() {
        "record fewer neurons, or less often with `every`, or run for a shorter time"
    } else {
        "make the network smaller"
    };
    context.push(Diagnostic::error(Code::TooLarge, Span::NONE, message).help(help));
}

/// The shortest time constant of a population's cells and of the synapses onto them, and what it is.
fn fastest(network: &Network, population: &super::Population) -> Option<(f64, String)> {
    let number = network.populations.iter().position(|other| other.name == population.name);
    let ports = network.ports.iter().filter(|port| Some(port.population) == number);
    let of_synapses = ports.filter_map(|port| {
        // Currents into a linear membrane are exact for any dt.
        let exact =
            port.reversal.is_none() && matches!(&population.body, Body::Point(p) if p.kernel.tau_m(0).is_some());
        let Synapse::Linear(linear) = &port.synapse else { return None };
        (!exact).then(|| (linear.fastest_ms(), format!("the fastest time constant of synapse `{}`", port.synapse_name)))
    });
    let all = of_cells(network, population).into_iter().chain(of_synapses);
    all.min_by(|a, b| a.0.total_cmp(&b.0))
}

fn of_cells(network: &Network, population: &super::Population) -> Vec<(f64, String)> {
    match &population.body {
        Body::Cable(cable) => {
            let mut block = Block::new(cable.tree.clone(), 1, network.dt_ms, network.temperature_celsius, &[]);
            block.initialise(0, -65.0);
            vec![(block.fastest_time_constant(0), "the fastest time constant of the membrane".into())]
        }
        Body::Point(point) => {
            let parameters = point.kernel.info().parameters.iter().zip(&point.parameters);
            let taus = parameters.filter(|(p, tau)| p.unit == "ms" && p.name.starts_with("tau") && **tau > 0.0);
            let membrane = point.kernel.tau_m(0).or_else(|| {
                let info = point.kernel.info();
                let number = |name| info.parameter(name).map(|(index, _)| point.parameters[index]);
                Some(number("C_m")? / number("g_L")?)
            });
            let membrane = membrane.map(|tau| (tau, "the membrane time constant".to_string()));
            membrane.into_iter().chain(taus.map(|(p, tau)| (*tau, format!("`{}`", p.name)))).collect()
        }
        _ => vec![],
    }
}

/// dt x sum(g) / C of gap junctions on point neurons: above 1, a step moves more charge than the difference holds.
fn read_gaps(context: &mut Context, network: &Network) {
    let mut load: HashMap<(usize, u32), f64> = HashMap::new();
    for gap in &network.gaps {
        for site in [&gap.a, &gap.b] {
            *load.entry((site.population, site.neuron)).or_default() += gap.conductance;
        }
    }
    let ratio = |(population, neuron): &(usize, u32), g: f64| {
        network.dt_ms * g / capacitance(network, &Site { population: *population, neuron: *neuron, place: None })
    };
    let worst =
        load.iter().map(|(site, &g)| (ratio(site, g), *site)).max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)));
    let Some((worst, (population, neuron))) = worst.filter(|(worst, _)| *worst > 1.0) else { return };
    let name = &network.populations[population].name;
    let span = find_span(context, name);
    let message =
        format!("the gap junctions of `{name}[{neuron}]` act within {:.2e} ms, less than dt", network.dt_ms / worst);
    let help = format!("use `dt = \"{} ms\"` or finer", advised(network.dt_ms / worst));
    context.push(Diagnostic::warning(Code::TooCoarse, span, message).help(help));
}

fn capacitance(network: &Network, site: &Site) -> f64 {
    match &network.populations[site.population].body {
        Body::Point(point) => kernel_capacitance(&*point.kernel, site.neuron),
        Body::Cable(cable) => cable.tree.total_capacitance(),
        _ => f64::INFINITY,
    }
}

fn kernel_capacitance(kernel: &dyn Kernel, neuron: u32) -> f64 {
    kernel.capacitance(neuron as usize).unwrap_or(f64::INFINITY)
}

/// A round number at most half of `tau`.
fn advised(tau: f64) -> f64 {
    let decade = 10f64.powf((tau / 2.0).log10().floor());
    let digit = [5.0, 2.5, 2.0, 1.0].into_iter().find(|digit| digit * decade <= tau / 2.0).unwrap_or(1.0);
    // Through text, so that 5 x 0.01 is 0.05.
    format!("{:.3e}", digit * decade).parse().unwrap_or(digit * decade)
}

fn find_span(context: &Context, population: &str) -> Span {
    let entries = context.config.entries("population");
    entries.iter().find(|(name, _)| name.text == population).map_or(Span::NONE, |(name, _)| name.span)
}
