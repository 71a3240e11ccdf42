//! A network beside its twin: each population's neurons as spikes, and as units whose function is fitted to the f-I
//! curve of the very same cell, on the same wiring and the same input.
//!
//! The spiking network runs first, on the engine; what it did gives the drives that its cells met, and so the range
//! over which their f-I curves matter. Then the network of rates is evaluated (`rate::relax`), and the two are
//! compared population by population. Where they part, the difference is the sum of three: the twin was given another
//! input (its sources differ), its unit is not its cell's curve, or a mean drive does not tell what the cell does
//! (noise, synchrony, transients, adaptation).

mod charts;
mod compare;
mod f_i;
mod reasons;
mod report;
mod settings;
mod spikes;

#[cfg(test)]
mod tests;

pub use compare::{Compared, Parts, Twin};
pub use f_i::{Curve, Point};
pub use reasons::Reason;

use super::{Findings, Progress, Stage};
use crate::config::Config;
use crate::error::{Code, Diagnostic, Diagnostics, Error, Exit, Severity, Span};
use crate::network::{Body, Network};
use crate::rate::fit::{self, Given};
use crate::rate::inputs::Inputs;
use crate::rate::population_network::RateNetwork;
use crate::rate::relax::{Bins, Rates, Relaxation};
use crate::rate::units::Unit;
use crate::simulation::Simulation;
use crate::synapses::Synapse;
use settings::Asked;
use spikes::Counted;
use std::sync::Arc;

/// Evaluations of the drives that a relaxation takes, about: at least, and a millisecond.
const EVALUATIONS: usize = 2000;
const EVALUATIONS_PER_MS: f64 = 2.0;

/// Runs the network of `config` as spikes and as rates, and compares them.
///
/// # Errors
/// Every mistake in the config at once, with populations that no unit can stand for; `Numeric` if a state stops being a
/// number; `Interrupted` if `progress` asked to stop.
pub fn contrast(config: &Config, threads: Option<usize>, progress: &mut Progress) -> Result<(Findings, Twin), Error> {
    let (simulation, asked) = read(config)?;
    let network = simulation.network();
    let counted = spikes::run(network, threads, progress)?.ok_or_else(stopped)?;
    let evaluations = (network.time_ms(network.steps) * EVALUATIONS_PER_MS) as usize;
    let wiring = RateNetwork::new(network, evaluations.max(EVALUATIONS));
    let inputs = Inputs::new(&wiring);
    let met = Met::new(&wiring, &inputs, &counted);
    let mut fitted = Vec::new();
    for (population, own) in asked.iter().enumerate() {
        if progress(Stage { what: "f-I curves", done: population as u64, of: asked.len() as u64 }) {
            return Err(stopped());
        }
        let curve = f_i::measure(network, population, met.range[population])?;
        // A cell that is silent without input has a unit that is.
        let least_threshold = curve.rheobase.filter(|rheobase| *rheobase > 0.0).map(|_| 0.0);
        let given = Given { least_threshold, ..own.given };
        let has_membrane = wiring.groups[population].has_membrane;
        let unit = has_membrane.then(|| fit::fit(own.activation, given, &curve.pairs()));
        fitted.push(Fitted { curve, unit: unit.flatten(), asked: *own });
    }
    let rates = evaluate(&wiring, &inputs, &fitted, progress)?;
    let twin = Twin::new(&wiring, &inputs, &met, &counted, fitted, rates);
    let mut findings = report::findings(&twin);
    findings.warnings = warnings(&simulation, &twin);
    Ok((findings, twin))
}

/// What a population's unit was made from.
struct Fitted {
    curve: Curve,
    /// `None`: it never fires, or has no membrane.
    unit: Option<Unit>,
    asked: Asked,
}

fn stopped() -> Error {
    Error::plain(Exit::Interrupted, Code::Output, "stopped before the contrast was complete")
}

/// The network and what is asked of its units, or all that is wrong.
fn read(config: &Config) -> Result<(Simulation, Vec<Asked>), Error> {
    let mut diagnostics = Diagnostics::default();
    let simulation = Simulation::new(config.clone());
    let asked = settings::read(config, simulation.as_ref().ok().map(Simulation::network), &mut diagnostics);
    if let Ok(simulation) = &simulation {
        refuse(config, simulation.network(), &mut diagnostics);
    }
    match simulation {
        Ok(simulation) if !diagnostics.has_errors() => Ok((simulation, asked)),
        Ok(_) => Err(Error::input(diagnostics.list, Arc::clone(&config.sources))),
        Err(mut error) => {
            error.diagnostics.extend(diagnostics.list);
            error.diagnostics.sort_by_key(|diagnostic| (diagnostic.span.source, diagnostic.span.start));
            Err(error)
        }
    }
}

/// Populations that no unit can stand for.
fn refuse(config: &Config, network: &Network, diagnostics: &mut Diagnostics) {
    for population in &network.populations {
        let Body::Cable(cable) = &population.body else { continue };
        if cable.sections.len() == 1 && cable.sections[0].compartments == 1 {
            continue;
        }
        let entries = config.entries("population");
        let span = entries.iter().find(|(name, _)| name.text == population.name).map_or(Span::NONE, |(n, _)| n.span);
        let message = format!(
            "population `{}` is made of cables, and no single unit can stand for a cell with a shape",
            population.name
        );
        let help = "a network has a twin if all its cells are points: `lif`, `adex`, `izhikevich`, `hodgkin_huxley`";
        diagnostics.push(Diagnostic::error(Code::Conflict, span, message).help(help));
    }
    if network.steps == 0 {
        let message = "a run of no steps has no rates to compare".to_string();
        diagnostics.push(Diagnostic::error(Code::OutOfRange, Span::NONE, message));
    }
}

/// The drives that the spiking network met, as its mean rates give them.
struct Met {
    /// Per unit, mean after the warm-up.
    drives: Vec<f64>,
    /// Per population, over its units and all bins after the warm-up.
    range: Vec<(f64, f64)>,
}

impl Met {
    fn new(wiring: &RateNetwork, inputs: &Inputs, counted: &Counted) -> Met {
        let mut rates = vec![0.0; wiring.units];
        for (population, group) in wiring.groups.iter().enumerate() {
            let own = if wiring.per_neuron { counted.rates(population) } else { vec![counted.rate(population)] };
            rates[group.first..group.first + group.units].copy_from_slice(&own);
        }
        let mut recurrent = vec![0.0; wiring.units];
        (0..wiring.groups.len()).for_each(|population| wiring.add_drive(population, &rates, &mut recurrent));
        // Bins alone: windows are finer than an average needs.
        let bins = Bins::new(wiring, f64::INFINITY, 0.0);
        let mut drives = vec![0.0; wiring.units];
        let mut range = vec![(f64::INFINITY, f64::NEG_INFINITY); wiring.groups.len()];
        let mut now = vec![0.0; wiring.units];
        let counted_steps = (bins.steps - bins.warmup).max(1) as f64;
        for bin in (0..bins.count()).map(|bin| bins.of(bin)).filter(|bin| bin.end > bins.warmup) {
            let bin = bin.start.max(bins.warmup)..bin.end;
            inputs.drive(&bin, &mut now);
            let share = (bin.end - bin.start) as f64 / counted_steps;
            for (group, (lowest, highest)) in wiring.groups.iter().zip(&mut range) {
                for unit in group.first..group.first + group.units {
                    let drive = now[unit] + recurrent[unit];
                    drives[unit] += share * drive;
                    (*lowest, *highest) = (lowest.min(drive), highest.max(drive));
                }
            }
        }
        Met { drives, range }
    }
}

/// The rates of the twin.
fn evaluate(wiring: &RateNetwork, inputs: &Inputs, fitted: &[Fitted], progress: &mut Progress) -> Result<Rates, Error> {
    let units: Vec<Option<Unit>> = fitted.iter().map(|fitted| fitted.unit).collect();
    let tau_ms = wiring.groups.iter().zip(fitted).map(|(group, fitted)| fitted.asked.tau_ms.unwrap_or(group.tau_ms));
    let tau_ms: Vec<f64> = tau_ms.collect();
    let gains: Vec<f64> = units.iter().map(|unit| unit.map_or(0.0, |unit| unit.gain)).collect();
    let with_membrane = wiring.groups.iter().zip(&tau_ms).filter(|(group, _)| group.has_membrane);
    let shortest = with_membrane.map(|(_, tau)| *tau).fold(f64::INFINITY, f64::min);
    let bins = Bins::new(wiring, shortest, wiring.coupling(&gains));
    let relaxation = Relaxation { wiring, inputs, units: &units, tau_ms: &tau_ms, bins };
    relaxation.run(&mut |done, of| progress(Stage { what: "rates", done, of })).ok_or_else(stopped)
}

/// Of the network, and of what its twin leaves out.
fn warnings(simulation: &Simulation, twin: &Twin) -> Vec<String> {
    let network = simulation.network();
    let of_network = simulation.warnings().iter().filter(|warning| warning.severity == Severity::Warning);
    let mut warnings: Vec<String> = of_network.map(|warning| warning.message.clone()).collect();
    for name in &network.gap_names {
        warnings.push(format!("gap junction `{name}` couples potentials, not rates: the twin is without it"));
    }
    let mut tired: Vec<&str> = vec![];
    for port in network.ports.iter().filter(|port| port.short_term.is_some() || port.quantal.is_some()) {
        if !tired.contains(&port.synapse_name.as_str()) {
            tired.push(&port.synapse_name);
            warnings
                .push(format!("synapse `{}` changes by use: the twin has its weights as written", port.synapse_name));
        }
    }
    for chemical in network.chemical() {
        let port = &network.ports[chemical.port];
        if matches!(port.synapse, Synapse::Kinetic(_)) {
            let names = (chemical.name, &port.synapse_name);
            warnings.push(format!(
                "the receptors `{}` of projection `{}` add up no weights: the twin is without them",
                names.1, names.0
            ));
        }
    }
    warnings.extend(twin.unsettled());
    warnings
}
