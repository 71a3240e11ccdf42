//! Whether what a plot is to be drawn of will be there: said before the run, not after it.

use super::{cable_plots, seen};
use crate::cable::SectionSpec;
use crate::config::Config;
use crate::config::value::{Data, Name, Table, Value};
use crate::error::{Code, Diagnostic, Span};
use crate::network::{Body, Network, Recorder};
use crate::plots::{self, Kind, Request, Unfit, one_way};

/// Every plot whose data no recorder records.
pub fn check(config: &Config, network: &Network, requests: &[Request]) -> Vec<Diagnostic> {
    let mut wrong = vec![];
    let seen = std::cell::LazyCell::new(|| seen::outline(network));
    for (name, table) in config.entries("plot") {
        let Some(request) = requests.iter().find(|request| request.name == name.text) else { continue };
        let plot = Plot { name, table, kind: request.kind, network };
        let told = wrong.len();
        wrong.extend(cable_plots::check(network, request, table, plot.kind_span()));
        match request.kind {
            Kind::Raster | Kind::Isi | Kind::Correlation | Kind::Spectrum | Kind::Network | Kind::Rate | Kind::Map => {
                wrong.extend(plot.spikes());
            }
            Kind::Connectivity if network.synapses() == 0 => {
                let message = "there are no chemical synapses that this plot could show";
                wrong.push(Diagnostic::error(Code::BadSelection, plot.kind_span(), message).help("remove it"));
            }
            Kind::SpaceTime => wrong.extend(plot.path(request)),
            _ => {}
        }
        if wrong.len() == told {
            wrong.extend(plots::check(&seen, request).err().map(|unfit| plot.unfit(unfit)));
        }
    }
    wrong
}

/// A `[plot.x]` that is made of spikes, or of rates.
struct Plot<'p> {
    name: &'p Name,
    table: &'p Table,
    kind: Kind,
    network: &'p Network,
}

impl Plot<'_> {
    fn kind_span(&self) -> Span {
        self.table.get("kind").map_or(self.name.span, |value| value.span)
    }

    /// At the key that chose wrongly, if it is written.
    fn unfit(&self, unfit: Unfit) -> Diagnostic {
        let written = unfit.keys.iter().find_map(|key| self.table.get(key));
        Diagnostic::error(Code::BadSelection, written.map_or(self.kind_span(), |value| value.span), unfit.why)
    }

    /// What is wrong with each of its data, or with all of them.
    fn spikes(&self) -> Vec<Diagnostic> {
        let data: Vec<&Value> = match self.table.get("data") {
            Some(Value { data: Data::List(list), .. }) => list.iter().collect(),
            Some(value) => vec![value],
            None => vec![],
        };
        let named: Vec<(&str, Span)> =
            data.iter().filter_map(|value| Some((value.as_text("a name").ok()?, value.span))).collect();
        let mut wrong: Vec<Diagnostic> = named.iter().filter_map(|(name, span)| self.missing(name, *span)).collect();
        if named.is_empty() && !self.network.recorders.iter().any(|recorder| self.suits(recorder, None)) {
            let kind = self.kind.name();
            let message = format!("a plot of kind `{kind}` is made of spikes, and nobody records any");
            let what = if self.kind == Kind::Rate { "rate" } else { "spikes" };
            let help = format!("add a recorder with `what = \"{what}\"`");
            wrong.push(Diagnostic::error(Code::BadSelection, self.kind_span(), message).help(help));
        }
        if wrong.is_empty() && self.kind == Kind::Correlation {
            wrong.extend(self.lonely(&named));
        }
        wrong
    }

    /// Whether a recorder has spikes (or rates, where these will do) of the population, or of any.
    fn suits(&self, recorder: &Recorder, population: Option<usize>) -> bool {
        let of = |of: usize| population.is_none_or(|wanted| wanted == of);
        recorder.spikes.iter().any(|(population, ..)| of(*population))
            || self.kind == Kind::Rate && recorder.rates.iter().any(|counted| of(counted.population))
    }

    /// What is wrong with a recorder or population that the plot names.
    fn missing(&self, name: &str, span: Span) -> Option<Diagnostic> {
        let network = self.network;
        let kind = self.kind.name();
        let recorded = |population: usize| network.recorders.iter().any(|r| self.suits(r, Some(population)));
        if let Some(recorder) = network.recorders.iter().find(|recorder| !recorder.hidden && recorder.name == name) {
            // A recorder of potentials stands for the populations that it sees.
            if self.suits(recorder, None) || recorder.probes.iter().any(|probe| recorded(probe.population)) {
                return None;
            }
            let message = format!("recorder `{name}` has no spikes, which a plot of kind `{kind}` is made of");
            return Some(
                Diagnostic::error(Code::BadSelection, span, message)
                    .help("add `\"spikes\"` to its `what`, or name another"),
            );
        }
        let population = network.populations.iter().position(|population| population.name == name)?;
        let message = format!("nobody records the spikes of `{name}`, which a plot of kind `{kind}` is made of");
        let help = format!("add a recorder with `of = \"{name}\"` and `what = \"spikes\"`");
        (!recorded(population)).then(|| Diagnostic::error(Code::BadSelection, span, message).help(help))
    }

    /// What is wrong with a `path` that is one way on none of the cells that the plot shows.
    fn path(&self, request: &Request) -> Option<Diagnostic> {
        let span = self.table.get("path")?.span;
        let network = self.network;
        let shown = |recorder: &&Recorder, population: usize| {
            let names = [&recorder.name, &network.populations[population].name];
            request.data.is_empty() || request.data.iter().any(|name| names.contains(&name))
        };
        let probes = |recorder: &'_ Recorder| recorder.probes.iter().map(|probe| probe.population).collect::<Vec<_>>();
        let mut cells: Vec<usize> = vec![];
        for recorder in network.recorders.iter().filter(|recorder| !recorder.hidden) {
            cells.extend(probes(recorder).into_iter().filter(|population| shown(&recorder, *population)));
        }
        cells.sort_unstable();
        cells.dedup();
        let tried = cells.into_iter().filter_map(|population| match &network.populations[population].body {
            Body::Cable(cable) => {
                let name = |index: usize| cable.section_names[index].as_str();
                let parent =
                    |(index, section): (usize, &SectionSpec)| (name(index), section.parent.map(|(p, _)| name(p)));
                let sections: Vec<_> = cable.sections.iter().enumerate().map(parent).collect();
                Some(one_way(&sections, &request.options.path))
            }
            _ => None,
        });
        let tried: Vec<Result<(), String>> = tried.collect();
        if tried.iter().any(Result::is_ok) {
            return None;
        }
        let why = tried.into_iter().find_map(Result::err)?;
        Some(Diagnostic::error(Code::BadSelection, span, why))
    }

    /// A correlation of populations of which a single neuron is recorded each.
    fn lonely(&self, named: &[(&str, Span)]) -> Option<Diagnostic> {
        let wanted = |recorder: &&Recorder, population: usize| {
            let name = &self.network.populations[population].name;
            named.is_empty() || named.iter().any(|(known, _)| *known == recorder.name || *known == name)
        };
        let all =
            self.network.recorders.iter().flat_map(|recorder| recorder.spikes.iter().map(move |of| (recorder, of)));
        let mut sizes = all.filter(|(recorder, of)| wanted(recorder, of.0)).map(|(_, of)| of.2.len()).peekable();
        sizes.peek()?;
        if sizes.any(|size| size > 1) {
            return None;
        }
        let span = named.first().map_or(self.kind_span(), |(_, span)| *span);
        let message = "a correlation is between two neurons, and here a single one is recorded";
        Some(Diagnostic::error(Code::BadSelection, span, message).help("record more of them"))
    }
}
