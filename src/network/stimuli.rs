//! `[stimulus.x]`: currents and spikes from outside.

use super::clamp;
use super::context::Context;
use super::course;
use super::poisson::bearable;
use super::spike_times::{self, Event};
use super::synapses::{SynapseTable, find_synapse, port};
use super::targets::{Reached, density, is_one_compartment, name_key, one_place, resolve_all};
use super::windows;
use super::{Body, Drive, Stimulus, StimulusTarget};
use crate::cable::Place;
use crate::config::evaluate::{Grid, Varied};
use crate::config::keys::Keys;
use crate::config::value::{Data, Name, Table, Value};
use crate::error::{Code, Diagnostic};
use crate::model::{Default, ModelInfo, Parameter, Range};
use crate::num::rng::{Purpose, Stream};
use crate::stimuli::course::Course;
use crate::stimuli::noise::OrnsteinUhlenbeck;
use crate::stimuli::{self, Parts};
use crate::synapses::Synapse;

/// Reads every `[stimulus.x]`.
pub(super) fn read(context: &mut Context) -> Vec<Stimulus> {
    let entries = context.config.entries("stimulus");
    entries.into_iter().filter_map(|(name, table)| read_one(context, name, table)).flatten().collect()
}

/// One for each window in which it acts.
fn read_one(context: &mut Context, name: &Name, table: &Table) -> Option<Vec<Stimulus>> {
    let what = format!("stimulus `{}`", name.text);
    let mut keys = Keys::new(&what, table);
    let kind = keys.required("kind", "such as `\"step\"`", &mut context.diagnostics);
    let to = keys.required("to", "what it acts on", &mut context.diagnostics);
    let windows = windows::read(context, &mut keys, &["stimulus", &name.text]);
    let word = kind.and_then(|value| context.diagnostics.keep(value.as_text("`kind`")))?;
    let Some(info) = stimuli::ALL.iter().copied().find(|info| info.name == word) else {
        let message = format!("there is no stimulus kind `{word}`");
        let known = stimuli::ALL.iter().map(|info| info.name);
        context.push(Diagnostic::error(Code::UnknownName, kind?.span, message).suggest(word, known));
        return None;
    };
    let mut reader = Reader { context, keys, name: &name.text, what: &what, info, window: (0, 0) };
    let targets = to.and_then(|value| reader.targets(value));
    let mut stimuli = vec![];
    for &window in windows.as_deref().unwrap_or(&[(0, 0)]) {
        reader.window = window;
        let stimulus = match word {
            "poisson" | "spike_list" => reader.events(targets.as_deref()),
            "voltage_clamp" => {
                let named = (reader.name, reader.what);
                clamp::read(reader.context, &mut reader.keys, named, targets.as_deref(), window)
            }
            _ => reader.current(targets.as_deref()),
        };
        stimuli.push(stimulus);
        if stimuli.iter().any(Option::is_none) {
            break;
        }
    }
    let Reader { context, keys, .. } = reader;
    keys.finish(&mut context.diagnostics);
    windows?;
    stimuli.into_iter().collect()
}

struct Reader<'c, 'a, 'n> {
    context: &'c mut Context<'a>,
    keys: Keys<'n>,
    name: &'n str,
    what: &'n str,
    info: &'static ModelInfo,
    /// start, stop in steps.
    window: (i64, i64),
}

impl Reader<'_, '_, '_> {
    fn targets(&mut self, value: &Value) -> Option<Vec<Reached>> {
        resolve_all(self.context, value)
    }

    /// Kinds that inject a current.
    fn current(&mut self, targets: Option<&[Reached]>) -> Option<Stimulus> {
        let noisy = self.info.name == "noise";
        let shared = match if noisy { self.keys.optional("shared") } else { None } {
            Some(value) => self.context.diagnostics.keep(self.context.evaluator.boolean(value)),
            None => Some(false),
        };
        // Read every key even without targets, so that none is called unknown.
        let follows = self.info.name == "time_course";
        let values = if follows { self.keys.optional("values") } else { None };
        ["times", "between"].iter().filter(|_| follows).for_each(|key| self.keys.also_known(key));
        let written: Vec<Option<&Value>> =
            self.info.parameters.iter().map(|parameter| self.keys.optional_named(parameter.name)).collect();
        let (targets, shared) = (targets?, shared?);
        let mut built = Building::default();
        for (row, target) in targets.iter().enumerate() {
            let size = match values.map(|value| &value.data) {
                Some(Data::List(list)) => list.first(),
                _ => self.amplitude_of(&written),
            };
            let scale = self.scale(target, size)?;
            let first = built.amplitudes.len();
            match follows {
                true => self.course(target, &scale, &mut built)?,
                false => self.one_target(&written, targets.len(), row, target, &scale, &mut built)?,
            }
            built.unit = scale.unit.to_string();
            built.targets.push(StimulusTarget {
                population: target.population,
                neurons: target.neurons.clone(),
                places: scale.places,
                factor: scale.factor,
                port: None,
                first,
            });
        }
        let drive =
            if self.info.name == "noise" { Drive::Noise(built.noise) } else { Drive::Currents(built.waveforms) };
        Some(Stimulus {
            name: self.name.to_string(),
            kind: self.info.name,
            start: self.window.0,
            stop: self.window.1,
            targets: built.targets,
            drive,
            unit: built.unit,
            amplitudes: built.amplitudes,
            shared,
            key: name_key(&["stimulus", self.name]),
        })
    }

    /// The first written number that is a current: it tells whether densities are meant.
    fn amplitude_of<'v>(&self, written: &[Option<&'v Value>]) -> Option<&'v Value> {
        let currents = self.info.parameters.iter().zip(written).filter(|(parameter, _)| parameter.unit == "pA");
        currents.filter_map(|(_, value)| *value).next()
    }

    /// The same course for each of one target's neurons.
    fn course(&mut self, target: &Reached, scale: &Scale, built: &mut Building) -> Option<()> {
        let course = course::points(self.context, &mut self.keys, self.what, scale.unit, true)?;
        let average = course.average(self.window.0, self.window.1.min(self.context.steps));
        for _ in &target.neurons {
            built.amplitudes.push(average);
            built.waveforms.push(Box::new(course.scaled(scale.factor)));
        }
        Some(())
    }

    /// The waveforms of one target's neurons.
    fn one_target(
        &mut self,
        written: &[Option<&Value>],
        rows: usize,
        row: usize,
        target: &Reached,
        scale: &Scale,
        built: &mut Building,
    ) -> Option<()> {
        let mut columns = Vec::new();
        for (parameter, value) in self.info.parameters.iter().zip(written) {
            columns.push(self.column(parameter, *value, rows, row, target, scale.unit));
        }
        let columns: Vec<Vec<f64>> = columns.into_iter().collect::<Option<_>>()?;
        for position in 0..target.neurons.len() {
            let numbers: Vec<f64> = columns.iter().map(|column| column[position]).collect();
            let scaled: Vec<f64> = self
                .info
                .parameters
                .iter()
                .zip(&numbers)
                .map(|(parameter, number)| if parameter.unit == "pA" { number * scale.factor } else { *number })
                .collect();
            built.amplitudes.push(numbers.first().copied().unwrap_or(0.0));
            if self.info.name == "noise" {
                built.noise.push(OrnsteinUhlenbeck::new(scaled[0], scaled[1], scaled[2], self.context.dt_ms));
                continue;
            }
            let parts =
                Parts { parameters: &scaled, start: self.window.0, stop: self.window.1, dt_ms: self.context.dt_ms };
            let entry = stimuli::current(self.info.name)?;
            match (entry.build)(&parts) {
                Ok(waveform) => built.waveforms.push(waveform),
                Err(reason) => {
                    let message = format!("{}: {reason}", self.what);
                    self.context.push(Diagnostic::error(Code::OutOfRange, self.keys.span(), message));
                    return None;
                }
            }
        }
        Some(())
    }

    /// One parameter for every neuron of a target.
    fn column(
        &mut self,
        parameter: &Parameter,
        value: Option<&Value>,
        rows: usize,
        row: usize,
        target: &Reached,
        current_unit: &'static str,
    ) -> Option<Vec<f64>> {
        let count = target.neurons.len();
        // Of a current: that in which the others are written.
        let unit = if parameter.unit == "pA" { current_unit } else { parameter.unit };
        let Some(value) = value else {
            let path = ["stimulus", self.name];
            let own = Parameter { unit, ..*parameter };
            let number = self.context.parameter(&path, None, &own, self.keys.span(), self.what)?;
            return Some(vec![number; count]);
        };
        if parameter.on_grid || matches!(parameter.default, Default::Choice(_)) {
            let number = self.context.parameter(&[], Some(value), parameter, value.span, self.what)?;
            return Some(vec![number; count]);
        }
        course::refuse(self.context, value, parameter.name, self.info.name)?;
        let grid: Grid<Varied> =
            self.context.diagnostics.keep(self.context.evaluator.grid(value, unit, rows, 1, true))?;
        self.values(grid.at(row, 0), value, parameter, target)
    }

    /// A number per neuron, checked.
    fn values(&mut self, varied: &Varied, value: &Value, parameter: &Parameter, target: &Reached) -> Option<Vec<f64>> {
        let count = target.neurons.len();
        if !varied.shape_matches(count) {
            let message = format!("`{}` has another length than there are neurons ({count})", parameter.name);
            self.context.push(Diagnostic::error(Code::WrongShape, value.span, message));
            return None;
        }
        let key = name_key(&["stimulus", self.name, parameter.name, &target.key(self.context)]);
        let mut numbers = Vec::with_capacity(count);
        for (position, &neuron) in target.neurons.iter().enumerate() {
            let mut stream = Stream::new(self.context.seeds.input, Purpose::Amplitude, key, neuron as u64);
            let Some(number) = varied.value(position, count, &mut stream) else {
                let message = "more than 90 % of the draws fall outside the bounds".to_string();
                self.context.push(Diagnostic::error(Code::BadRandom, value.span, message));
                return None;
            };
            if !parameter.range.holds(number) && varied.is_random() {
                self.context.drawn_out_of_range((neuron as usize, number), parameter, value);
                return None;
            }
            self.context.in_range(number, parameter, value)?;
            numbers.push(number);
        }
        Some(numbers)
    }

    /// In which unit a current for `target` is written, and where it goes.
    fn scale(&mut self, target: &Reached, amplitude: Option<&Value>) -> Option<Scale> {
        let dense = amplitude.and_then(|value| self.context.evaluator.dimension(value)) == Some(density());
        let population = &self.context.populations[target.population];
        if let Body::Point(point) = &population.body {
            let unit = if point.kernel.info().name == "izhikevich" { "mV/ms" } else { "pA" };
            if unit == "pA" && point.kernel.capacitance(0).is_none() {
                let message = format!("a current cannot act on `{}`: its cell has no `C_m`", population.name);
                self.context.push(Diagnostic::error(Code::Conflict, target.span, message));
                return None;
            }
            return Some(Scale { unit, factor: 1.0, places: vec![] });
        }
        let Body::Cable(cable) = &population.body else {
            let place = one_place(self.context, target);
            self.context.keep(place)?;
            return None;
        };
        if !dense {
            let place = one_place(self.context, target);
            let (place, _) = self.context.keep(place)?;
            return Some(Scale {
                unit: "pA",
                factor: 1.0,
                places: place.into_iter().map(|place| (place, 1.0)).collect(),
            });
        }
        let section = match target.section {
            Some((section, None)) => section,
            None if is_one_compartment(cable) => 0,
            _ => {
                let message = "a density is spread over a whole section, so it takes no position".to_string();
                let name = &population.name;
                let help = match target.section {
                    Some((section, _)) => {
                        format!("write `{name}.{}`, or give the current in nA", cable.section_names[section])
                    }
                    None => format!("write `{name}.{}` to name the section", cable.section_names[0]),
                };
                self.context.push(Diagnostic::error(Code::BadSelection, target.span, message).help(help));
                return None;
            }
        };
        let area = cable.tree.section_area(section);
        let places: Vec<(Place, f64)> = cable.tree.parts_of_section(section);
        Some(Scale { unit: "uA/cm^2", factor: area * super::targets::DENSITY_TIMES_AREA, places })
    }

    /// The course of a rate, if it follows one.
    fn rate_course(&mut self, rate: Option<&Value>) -> Option<Option<Course>> {
        let Some(table) = rate.and_then(course::written) else { return Some(None) };
        let what = format!("`rate` of {}", self.what);
        course::read(self.context, table, &what, "Hz", false).map(Some)
    }

    /// Of the spikes of any two neurons; 0 where they have none in common.
    fn correlation(&mut self) -> Option<f64> {
        let Some(parameter) = self.info.parameters.iter().find(|parameter| parameter.name == "correlation") else {
            return Some(0.0);
        };
        let value = self.keys.optional_named(parameter.name);
        self.context.parameter(&["stimulus", self.name], value, parameter, self.keys.span(), self.what)
    }

    /// A number of the neurons of one of several targets, each of which may have a row of its own.
    fn of_row(
        &mut self,
        value: &Value,
        (unit, parameter): (&str, &Parameter),
        (row, rows): (usize, usize),
        target: &Reached,
    ) -> Option<Vec<f64>> {
        let grid = self.context.diagnostics.keep(self.context.evaluator.grid(value, unit, rows, 1, true))?;
        self.values(grid.at(row, 0), value, parameter, target)
    }

    /// Kinds that send spikes: `poisson` and `spike_list`.
    fn events(&mut self, targets: Option<&[Reached]>) -> Option<Stimulus> {
        let d = &mut self.context.diagnostics;
        let synapse_value = self.keys.required("synapse", "the name of a `[synapse]`", d);
        let weight = self.keys.required("weight", "how strong", d);
        let rate =
            if self.info.name == "poisson" { self.keys.required("rate", "such as `\"800 Hz\"`", d) } else { None };
        let correlation = self.correlation()?;
        let (times, file) = if self.info.name == "spike_list" {
            (self.keys.optional("times"), self.keys.optional("file"))
        } else {
            (None, None)
        };
        let synapse = synapse_value.and_then(|value| find_synapse(self.context, value));
        self.refuse_receptors(synapse.as_ref(), synapse_value)?;
        let course = self.rate_course(rate)?;
        let (targets, synapse, weight) = (targets?, synapse?, weight?);
        let mut reached = Vec::new();
        let mut means = Vec::new();
        let mut weights = Vec::new();
        let mut amplitudes = Vec::new();
        for (row, target) in targets.iter().enumerate() {
            let (port, unit) = port(self.context, target, &synapse, false, synapse_value?.span)?;
            let range = if unit == "nS" { Range::NonNegative } else { Range::Finite };
            let weight_table = Parameter::new("weight", "", range, "how strong");
            let own = self.of_row(weight, (unit, &weight_table), (row, targets.len()), target);
            // Both are read before one of them is missed.
            let rates = rate
                .filter(|_| course.is_none())
                .map(|rate| self.of_row(rate, ("Hz", &self.info.parameters[0]), (row, targets.len()), target));
            let own = own?;
            if let Some(rates) = rates {
                let rates = rates?;
                means.extend(rates.iter().map(|rate| rate * self.context.dt_ms * 1e-3));
                amplitudes.extend(rates);
            }
            let first = weights.len();
            weights.extend(own);
            reached.push(StimulusTarget {
                population: target.population,
                neurons: target.neurons.clone(),
                places: vec![],
                factor: 1.0,
                port: Some(port),
                first,
            });
        }
        let drive = match rate {
            Some(rate) if course.is_some() => self.swinging(rate, course?, correlation, weights, &mut amplitudes)?,
            Some(rate) => self.steady(rate, &means, correlation, weights)?,
            None => Drive::Events(self.spike_times(times, file, weights.len())?, weights),
        };
        let unit = if rate.is_some() { "Hz" } else { "" };
        Some(Stimulus {
            name: self.name.to_string(),
            kind: self.info.name,
            start: self.window.0,
            stop: self.window.1,
            targets: reached,
            drive,
            unit: unit.to_string(),
            amplitudes,
            shared: false,
            key: name_key(&["stimulus", self.name]),
        })
    }

    /// A stimulus has no terminal whose transmitter could open receptors.
    fn refuse_receptors(&mut self, synapse: Option<&SynapseTable>, value: Option<&Value>) -> Option<()> {
        let (Some(Synapse::Kinetic(_)), Some(value)) = (synapse.map(|table| &table.synapse), value) else {
            return Some(());
        };
        let message = "these receptors wait for the transmitter of a terminal, which a stimulus has not".to_string();
        let help = "reach them by a `[projection]`: for spikes from outside from a population of `poisson` or \
                    `spike_source` cells, with `transmitter = \"pulse\"` in the synapse";
        self.context.push(Diagnostic::error(Code::Conflict, value.span, message).help(help));
        None
    }

    /// Poisson input with a rate that follows a course; the amplitude is its average.
    fn swinging(
        &mut self,
        rate: &Value,
        course: Course,
        correlation: f64,
        weights: Vec<f64>,
        amplitudes: &mut Vec<f64>,
    ) -> Option<Drive> {
        let factor = self.context.dt_ms * 1e-3;
        bearable(self.context, course.most() * factor, correlation, rate.span)?;
        let mean = course.average(self.window.0, self.window.1.min(self.context.steps));
        *amplitudes = vec![mean; weights.len()];
        Some(Drive::poisson_course(course.scaled(factor), mean * factor, weights, correlation))
    }

    /// Poisson input with a constant rate.
    fn steady(&mut self, rate: &Value, means: &[f64], correlation: f64, weights: Vec<f64>) -> Option<Drive> {
        if correlation > 0.0 && means.iter().any(|mean| *mean != means[0]) {
            let message = "spikes in common need the same rate for all neurons".to_string();
            let help = "give one `rate`, or leave `correlation` out";
            self.context.push(Diagnostic::error(Code::Conflict, rate.span, message).help(help));
            return None;
        }
        bearable(self.context, means.iter().copied().fold(0.0, f64::max), correlation, rate.span)?;
        Some(Drive::poisson(means, weights, correlation))
    }

    /// (step, neuron reached or all), within start and stop.
    fn spike_times(&mut self, times: Option<&Value>, file: Option<&Value>, reached: usize) -> Option<Vec<Event>> {
        let written = spike_times::read(self.context, times, file, (self.what, self.keys.span()))?;
        let mut events = written.events(self.context, reached, self.what)?;
        // Of those that the run does not reach it was told.
        let any = events.iter().any(|(step, _)| *step <= self.context.steps);
        events.retain(|(step, _)| {
            (self.window.0..self.window.1).contains(step)
                || *step == self.window.1 && self.window.1 == self.context.steps
        });
        if any && events.is_empty() {
            let message =
                format!("{} sends no spike: none of its times lies between its start and its stop", self.what);
            self.context.push(Diagnostic::warning(Code::Suspicious, written.span(), message));
        }
        Some(events)
    }
}

/// What is gathered over the targets of a current.
#[derive(Default)]
struct Building {
    targets: Vec<StimulusTarget>,
    waveforms: Vec<Box<dyn stimuli::Waveform>>,
    noise: Vec<OrnsteinUhlenbeck>,
    amplitudes: Vec<f64>,
    unit: String,
}

/// How a written current becomes the engine's.
struct Scale {
    unit: &'static str,
    factor: f64,
    places: Vec<(Place, f64)>,
}
