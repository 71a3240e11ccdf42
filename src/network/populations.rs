//! `[population.x]`: neurons of one cell, with what differs between them and where they start.

use super::cells::{CableCell, Kind, need_temperature};
use super::context::Context;
use super::gates;
use super::point_rest::{Cells, is_rest};
use super::poisson::PoissonCell;
use super::positions;
use super::spike_times::SpikeTimes;
use super::spikes::read_spike;
use super::synaptic_initial::SynapticInitial;
use super::targets::{name_key, varied_current};
use super::{Body, CableBody, PointBody, Population};
use crate::cable::{Overridden, Override, Tree};
use crate::config::evaluate::Varied;
use crate::config::keys::Keys;
use crate::config::value::{Name, Table, Value};
use crate::error::{Code, Diagnostic, Span};
use crate::lift::Parameters;
use crate::model::{ModelInfo, Parameter, Range};
use crate::num::rng::{Purpose, Stream};
use crate::{mechanisms, neurons};
use std::sync::Arc;

/// Reads every `[population.x]`.
pub(super) fn read(context: &mut Context) -> Vec<SynapticInitial> {
    let entries = context.config.entries("population");
    if context.config.names("population").is_empty() {
        let message = "the config has no `[population]`, so there is nothing to simulate".to_string();
        let contrasted = ["curve", "release", "layers"].iter().find(|kind| context.config.table(kind).is_some());
        let help = match contrasted {
            Some(kind) => format!("`[{kind}]` is what `axonal contrast` reads"),
            None => "add `[population.neurons]` with `cell` and `size`, or start from `axonal new relay`".into(),
        };
        context.push(Diagnostic::error(Code::MissingKey, Span::START, message).help(help));
    }
    let mut waiting = Vec::new();
    for (name, table) in entries {
        let mut own = Vec::new();
        if let Some(population) = read_one(context, name, table, &mut own) {
            context.populations.push(population);
            waiting.append(&mut own);
        }
    }
    waiting
}

fn read_one(
    context: &mut Context,
    name: &Name,
    table: &Table,
    waiting: &mut Vec<SynapticInitial>,
) -> Option<Population> {
    let what = format!("population `{}`", name.text);
    let mut keys = Keys::new(&what, table);
    let cell_value = keys.required("cell", "the name of a `[cell]`", &mut context.diagnostics);
    let cell_name = cell_value.and_then(|value| context.diagnostics.keep(value.as_text("`cell`")));
    let position = keys.optional("position");
    let placed = position.map(|value| positions::Written::read(context, value));
    let on_grid = placed.as_ref().and_then(|placed| placed.as_ref()?.count());
    let size = match (keys.optional("size"), on_grid) {
        (None, Some(count)) => fitting_size(context, "grid", count, position.map_or(name.span, |value| value.span)),
        (None, None) => {
            keys.required("size", "how many neurons", &mut context.diagnostics);
            None
        }
        (Some(value), on_grid) => read_size(context, value, on_grid),
    };
    let initial = keys.optional("initial").and_then(|v| context.diagnostics.keep(v.as_table("`initial`")));
    let set = keys.optional("set").and_then(|v| context.diagnostics.keep(v.as_table("`set`")));
    let spike = keys.optional("spike");
    keys.finish(&mut context.diagnostics);
    let cell = cell_name.zip(cell_value).and_then(|(name, value)| find_cell(context, name, value.span));
    let (cell_name, cell, size) = (cell_name?, cell?, size?);
    let mut reader =
        Reader { context, name: &name.text, size, index: 0, info: cell.info, what: &what, span: cell_value?.span };
    reader.index = reader.context.populations.len();
    let read = reader.body(cell.kind.clone(), set, initial, waiting);
    // What names a population with a mistake in `set` or `initial` has its own to tell: it gets one without these.
    let body = match read {
        None if set.is_some() || initial.is_some() => reader.body(cell.kind, None, None, &mut vec![])?,
        read => read?,
    };
    let detectors = read_spike(context, &body, spike, name, &what)?;
    let positions = match placed {
        Some(placed) => Some(placed?.place(context, &name.text, size)?),
        None => None,
    };
    Some(Population { name: name.text.clone(), cell: cell_name.to_string(), size, body, detectors, positions })
}

fn find_cell(context: &mut Context, name: &str, span: Span) -> Option<super::cells::Cell> {
    if let Some(cell) = context.cells.get(name) {
        return Some(cell.clone());
    }
    if !context.config.names("cell").contains(&name) {
        let message = format!("there is no cell `{name}`");
        let known = context.config.entries("cell").into_iter().map(|(known, _)| known.text.as_str());
        context.push(Diagnostic::error(Code::UnknownName, span, message).suggest(name, known));
    }
    None
}

fn read_size(context: &mut Context, value: &Value, on_grid: Option<i128>) -> Option<usize> {
    let size = i128::from(context.diagnostics.keep(context.evaluator.integer(value))?);
    if let Some(count) = on_grid.filter(|count| *count != size) {
        let message = format!("`size` is {size}, but `grid` has {count} places");
        context.push(Diagnostic::error(Code::Conflict, value.span, message).help("leave `size` out"));
        return None;
    }
    fitting_size(context, "size", size, value.span)
}

/// A number of neurons that there can be, as `key` gives it.
fn fitting_size(context: &mut Context, key: &str, size: i128, span: Span) -> Option<usize> {
    if size < 1 {
        let message = format!("`size` is {size}, but a population has at least one neuron");
        context.push(Diagnostic::error(Code::OutOfRange, span, message));
        return None;
    }
    let memory = super::estimate::available_bytes();
    if size as f64 * super::estimate::BYTES_PER_NEURON > memory || size > u32::MAX.into() {
        let needed = super::estimate::describe_bytes(size as f64 * super::estimate::BYTES_PER_NEURON);
        let message =
            format!("{size} neurons need about {needed}, and {} are free", super::estimate::describe_bytes(memory));
        context.push(Diagnostic::error(Code::TooLarge, span, message).help(format!("make `{key}` smaller")));
        return None;
    }
    Some(size as usize)
}

/// [`NeuronModel::complete`](crate::lift::NeuronModel::complete).
type Complete = fn(&mut [f64]) -> Result<(), String>;

/// Of a cable, everywhere.
const CAPACITANCE: Parameter = Parameter::new("C_m", "uF/cm^2", Range::Positive, "specific capacitance");

/// What the readers of one population share.
pub(super) struct Reader<'c, 'a, 'n> {
    pub context: &'c mut Context<'a>,
    pub name: &'n str,
    pub size: usize,
    pub index: usize,
    pub info: &'static ModelInfo,
    pub what: &'n str,
    pub span: Span,
}

impl Reader<'_, '_, '_> {
    fn body(
        &mut self,
        kind: Kind,
        set: Option<&Table>,
        initial: Option<&Table>,
        waiting: &mut Vec<SynapticInitial>,
    ) -> Option<Body> {
        match kind {
            Kind::Point { written, complete } => self.point((written, complete), set, initial, waiting),
            Kind::Cable(cable) => self.cable(cable, set, initial, waiting),
            Kind::Poisson(cell) => {
                let without = self.without("initial", initial, "variable");
                self.poisson(&cell, set).filter(|_| without.is_some())
            }
            Kind::SpikeSource(times) => {
                let without = [self.without("initial", initial, "variable"), self.without("set", set, "parameter")];
                self.spike_source(&times).filter(|_| without.iter().all(Option::is_some))
            }
        }
    }

    /// One number per neuron, each from a stream of its own.
    pub fn draw(&mut self, value: &Value, unit: &str, purpose: Purpose, key: &str) -> Option<Vec<f64>> {
        let varied = self.context.diagnostics.keep(self.context.evaluator.varied(value, unit))?;
        self.draw_varied(&varied, value, purpose, key)
    }

    fn draw_varied(&mut self, varied: &Varied, value: &Value, purpose: Purpose, key: &str) -> Option<Vec<f64>> {
        if !varied.shape_matches(self.size) {
            let message = format!("the list has another length than {} has neurons ({})", self.what, self.size);
            self.context.push(Diagnostic::error(Code::WrongShape, value.span, message));
            return None;
        }
        let seed = self.context.seeds.of(purpose);
        let stream_key = name_key(&["population", self.name, key]);
        let mut numbers = Vec::with_capacity(self.size);
        for neuron in 0..self.size {
            let mut stream = Stream::new(seed, purpose, stream_key, neuron as u64);
            let Some(number) = varied.value(neuron, self.size, &mut stream) else {
                let message = "more than 90 % of the draws fall outside the bounds".to_string();
                self.context.push(Diagnostic::error(Code::BadRandom, value.span, message));
                return None;
            };
            numbers.push(number);
        }
        Some(numbers)
    }

    /// `set.<parameter>`: one list per parameter that is set.
    fn set(&mut self, set: Option<&Table>, info: &ModelInfo, skip: &[&str]) -> Option<Vec<(usize, Vec<f64>)>> {
        let mut lists = Vec::new();
        let mut sound = true;
        for (name, value) in set.map_or(&[][..], |table| &table.entries) {
            if skip.contains(&name.text.as_str()) {
                continue;
            }
            let Some((index, parameter)) = info.parameter(&name.text) else {
                let message = format!("`{}` has no parameter `{}`", info.name, name.text);
                let known = info.parameters.iter().map(|p| p.name);
                self.context.push(Diagnostic::error(Code::UnknownKey, name.span, message).suggest(&name.text, known));
                sound = false;
                continue;
            };
            let purpose = Purpose::Parameter;
            let Some(mut list) = self.draw(value, parameter.unit, purpose, &name.text) else {
                sound = false;
                continue;
            };
            if parameter.on_grid && self.onto_grid(value, &mut list).is_none() {
                sound = false;
                continue;
            }
            sound &= self.all_in_range(&list, parameter, value).is_some();
            lists.push((index, list));
        }
        sound.then_some(lists)
    }

    /// Tells the first neuron whose number its parameter may not be.
    fn all_in_range(&mut self, list: &[f64], parameter: &Parameter, value: &Value) -> Option<()> {
        let Some(neuron) = list.iter().position(|&number| !parameter.range.holds(number)) else { return Some(()) };
        if list.windows(2).all(|pair| pair[0] == pair[1]) {
            return self.context.in_range(list[neuron], parameter, value).map(|_| ());
        }
        self.context.drawn_out_of_range((neuron, list[neuron]), parameter, value);
        None
    }

    /// Written times must lie on the grid; drawn ones are rounded, and counted.
    fn onto_grid(&mut self, value: &Value, list: &mut [f64]) -> Option<()> {
        let dt = self.context.dt_ms;
        let varied = self.context.diagnostics.keep(self.context.evaluator.varied(value, "ms"))?;
        if matches!(varied, Varied::Constant(_)) {
            self.context.diagnostics.keep(self.context.evaluator.steps(value))?;
        }
        let on_grid = |time: f64| (time / dt).round() * dt;
        // What a decimal loses in two is no shift.
        let shifted = |time: f64| (time - on_grid(time)).abs() > 1e-9 * dt.max(time.abs());
        if let (Varied::Each(_), Some(neuron)) = (&varied, list.iter().position(|time| shifted(*time))) {
            let message = format!("value {neuron} is {} ms, but times must be multiples of dt = {dt} ms", list[neuron]);
            self.context.push(Diagnostic::error(Code::OffGrid, value.span, message));
            return None;
        }
        for time in list.iter_mut() {
            if shifted(*time) {
                self.context.rounded.0 += 1;
                self.context.rounded.1 = self.context.rounded.1.max((*time - on_grid(*time)).abs());
            }
            *time = on_grid(*time);
        }
        Some(())
    }

    fn point(
        &mut self,
        (written, complete): (Vec<f64>, Vec<f64>),
        set: Option<&Table>,
        initial: Option<&Table>,
        waiting: &mut Vec<SynapticInitial>,
    ) -> Option<Body> {
        let entry = neurons::point(self.info.name)?;
        let first_set = set.and_then(|table| table.entries.first()).map_or(self.span, |(name, _)| name.span);
        let (set, given) = (self.set(set, self.info, &[]), self.initial(initial, waiting));
        let (set, given) = (set?, given?);
        let each: Vec<Vec<f64>> = if set.is_empty() {
            vec![complete]
        } else {
            self.each_neuron(&written, &set, (entry.complete, first_set))?
        };
        // Set to one value for all: as if it stood in the cell.
        let alike = each.windows(2).all(|pair| pair[0] == pair[1]);
        let each = if alike && !each.is_empty() { each.into_iter().take(1).collect() } else { each };
        let of = |neuron: usize| if each.len() == 1 { &each[0] } else { &each[neuron] };
        let v: Option<&Vec<f64>> = given.iter().find(|(name, _)| name == "V_m").map(|(_, list)| list);
        let mut columns = vec![Vec::with_capacity(self.size); self.info.variables.len()];
        for neuron in 0..self.size {
            let start = (entry.initial)(of(neuron), v.map(|list| list[neuron]));
            columns.iter_mut().zip(start).for_each(|(column, number)| column.push(number));
        }
        let threshold = ["V_th", "V_peak"].iter().find_map(|name| self.info.parameter(name)).map(|(i, _)| of(0)[i]);
        let first = of(0).clone();
        let parameters = if each.len() == 1 {
            Parameters::Same(each.into_iter().next()?)
        } else {
            Parameters::Each((0..first.len()).map(|p| each.iter().map(|numbers| numbers[p]).collect()).collect())
        };
        let kernel = (entry.kernel)(parameters, self.context.dt_ms);
        if let Some(value) = initial.and_then(|table| table.get("V_m")).filter(|value| is_rest(value)) {
            let cells = Cells { entry, kernel: &*kernel, dt_ms: self.context.dt_ms };
            if let Err(neuron) = cells.settle(&mut columns) {
                let what = self.what;
                let message =
                    format!("neuron {neuron} of {what} fires or moves for ever without input: it has no rest");
                let help = "write where `V_m` starts, such as `initial.V_m = \"-65 mV\"`";
                self.context.push(Diagnostic::error(Code::OutOfRange, value.span, message).help(help));
                return None;
            }
        }
        if let Some(draw) = entry.draw {
            self.draw_chances(draw, &mut columns);
        }
        for (name, list) in given {
            if let Some((index, _)) = self.info.variable(&name) {
                columns[index] = list;
            }
        }
        Some(Body::Point(PointBody { kernel, initial: columns, threshold, parameters: first }))
    }

    /// What chance decides at the start.
    fn draw_chances(&self, draw: fn(&mut [f64], f64), columns: &mut [Vec<f64>]) {
        let chance = self.context.seeds.key(Purpose::Initial, self.name);
        for neuron in 0..self.size {
            let mut start: Vec<f64> = columns.iter().map(|column| column[neuron]).collect();
            draw(&mut start, chance.uniform(neuron as u64, 0));
            columns.iter_mut().zip(start).for_each(|(column, number)| column[neuron] = number);
        }
    }

    /// The parameters of every neuron, each completed from what is written and checked on its own: with `set.C_m`,
    /// what follows from `C_m` follows from the new one.
    fn each_neuron(
        &mut self,
        parameters: &[f64],
        set: &[(usize, Vec<f64>)],
        (complete, at): (Complete, Span),
    ) -> Option<Vec<Vec<f64>>> {
        let mut each = Vec::with_capacity(self.size);
        for neuron in 0..self.size {
            let mut own = parameters.to_vec();
            set.iter().for_each(|(index, list)| own[*index] = list[neuron]);
            if let Err(reason) = complete(&mut own) {
                let message = format!("neuron {neuron} of {}: {reason}", self.what);
                self.context.push(Diagnostic::error(Code::OutOfRange, at, message));
                return None;
            }
            each.push(own);
        }
        Some(each)
    }

    fn cable(
        &mut self,
        cell: CableCell,
        set: Option<&Table>,
        initial: Option<&Table>,
        waiting: &mut Vec<SynapticInitial>,
    ) -> Option<Body> {
        let mut cell = cell;
        let overrides = self.overrides(&mut cell, set)?;
        let tree = match cell.point_area {
            Some(area) => Tree::point(area, cell.sections[0].capacitance, cell.sections[0].mechanisms.clone()),
            None => Tree::new(&cell.sections),
        };
        let tree = tree.with_calcium(cell.calcium);
        let compartments: usize = cell.sections.iter().map(|section| section.compartments).sum();
        let needed = compartments as f64 * self.size as f64 * super::estimate::BYTES_PER_COMPARTMENT;
        if needed > super::estimate::available_bytes() {
            let needed = super::estimate::describe_bytes(needed);
            let message = format!("{} with {compartments} compartments each need about {needed}", self.what);
            self.context.push(Diagnostic::error(Code::TooLarge, self.span, message));
            return None;
        }
        let (v, initial) = self.initial_voltage(initial);
        let variables = gates::cable_variables(&cell.sections);
        let gates = self.initial_gates(&variables, &initial, waiting);
        let (v, gates) = (v?, gates?);
        Some(Body::Cable(CableBody {
            info: self.info,
            tree: Arc::new(tree),
            section_names: cell.names,
            sections: cell.sections,
            overrides,
            v,
            gates,
            holding: cell.holding,
            morphology: cell.morphology,
        }))
    }

    /// `set` on a cable: a parameter of every mechanism that has one of that name, such as `E_K` of all potassium channels.
    fn overrides(&mut self, cell: &mut CableCell, set: Option<&Table>) -> Option<Vec<Override>> {
        let mut overrides = Vec::new();
        let mut sound = true;
        for (name, value) in set.map_or(&[][..], |table| &table.entries) {
            if cell.point_area.is_some() && name.text == "I_e" {
                let (varied, factor) = varied_current(self.context, value, cell.point_area)?;
                let Varied::Constant(number) = varied else {
                    let message = "`set.I_e` of `hodgkin_huxley` takes one number".to_string();
                    let help = "a current that differs between neurons is a `step` stimulus with `amplitude = \"linspace(...)\"`";
                    self.context.push(Diagnostic::error(Code::WrongType, value.span, message).help(help));
                    sound = false;
                    continue;
                };
                cell.holding = number * factor;
                continue;
            }
            if name.text == CAPACITANCE.name {
                let values = self.draw(value, CAPACITANCE.unit, Purpose::Parameter, &name.text);
                let fits = values.as_ref().and_then(|values| self.all_in_range(values, &CAPACITANCE, value));
                match values.filter(|_| fits.is_some()) {
                    Some(values) => {
                        overrides.push(Override { what: Overridden::Capacitance { section: None }, values });
                    }
                    None => sound = false,
                }
                continue;
            }
            let anywhere =
                || cell.sections.iter().flat_map(|section| &section.mechanisms).map(|(mechanism, _)| *mechanism);
            let mut holders: Vec<usize> = anywhere().collect();
            holders.sort_unstable();
            holders.dedup();
            let parameter = |mechanism: &usize| mechanisms::ALL[*mechanism].info.parameter(&name.text);
            holders.retain(|mechanism| parameter(mechanism).is_some());
            let Some((_, first)) = holders.first().and_then(parameter) else {
                let known = anywhere().flat_map(|mechanism| mechanisms::ALL[mechanism].info.parameters);
                let mut known: Vec<&str> = known.map(|parameter| parameter.name).collect();
                known.sort_unstable();
                known.dedup();
                let message = format!("`{}` cannot be set per neuron here", name.text);
                let error = Diagnostic::error(Code::UnknownKey, name.span, message);
                // Of the cell, though not of a mechanism.
                let of_cell = ["R_a", "length", "diameter", "compartments"].contains(&name.text.as_str());
                let help =
                    "of a cable `set` reaches numbers of mechanisms; what differs otherwise is a `[cell]` of its own";
                self.context.push(if of_cell { error.help(help) } else { error.suggest(&name.text, known) });
                sound = false;
                continue;
            };
            let Some(values) = self.draw(value, first.unit, Purpose::Parameter, &name.text) else {
                sound = false;
                continue;
            };
            if name.text == "q10" {
                let mechanism = mechanisms::ALL[holders[0]].info.name;
                need_temperature(self.context, name.span, &format!("the rates of mechanism `{mechanism}` depend"));
            }
            for (mechanism, (index, parameter)) in holders.iter().filter_map(|m| Some((*m, parameter(m)?))) {
                sound &= self.all_in_range(&values, parameter, value).is_some();
                let what = Overridden::Mechanism { mechanism, parameter: index, section: None };
                overrides.push(Override { what, values: values.clone() });
            }
        }
        sound.then_some(overrides)
    }

    /// That nothing is written in a table of `key` that can hold nothing.
    fn without(&mut self, key: &str, table: Option<&Table>, what: &str) -> Option<()> {
        let entries = table.map_or(&[][..], |table| &table.entries);
        for (name, _) in entries {
            let message = format!("`{}` has no {what} `{}` that `{key}` could change", self.info.name, name.text);
            let error = Diagnostic::error(Code::UnknownKey, name.span, message);
            self.context.push(match key {
                "set" => error.help("what differs between sources is a `[cell]` and a population of its own"),
                _ => error.help("it only sends spikes: nothing moves in it"),
            });
        }
        entries.is_empty().then_some(())
    }

    fn poisson(&mut self, cell: &PoissonCell, set: Option<&Table>) -> Option<Body> {
        let lists = self.set(set, self.info, &[])?;
        let span = set.and_then(|table| table.entries.first()).map_or(self.span, |(name, _)| name.span);
        cell.body(self.context, &lists, (self.what, span)).map(Body::Poisson)
    }

    fn spike_source(&mut self, times: &SpikeTimes) -> Option<Body> {
        Some(Body::SpikeSource(times.events(self.context, self.size, self.what)?.into()))
    }
}
