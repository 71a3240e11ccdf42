//! Spikes and connections that a user brings as NumPy arrays (`.npz`). Rows are counted from 1, as lines are.

use super::npy::{Array, Values};
use super::table_in::{ConnectionRow, ConnectionTable, SpikeRow, TimeText, misspelt, plain};
use super::unreadable;
use crate::error::{Code, Error};
use std::fs::File;
use std::path::Path;

/// An archive, opened.
struct Arrays<'p> {
    path: &'p Path,
    /// Of all arrays.
    names: Vec<String>,
    /// Those that were wanted.
    arrays: Vec<(String, Array)>,
}

/// The unit in an array's name, `weight_pA`, if it is one of `name`.
fn unit_of(known: &str, name: &str) -> Option<String> {
    match known.strip_prefix(name)? {
        "" => Some(String::new()),
        rest => rest.strip_prefix('_').map(str::to_owned),
    }
}

impl<'p> Arrays<'p> {
    /// Those of these names, with a unit or without, are read.
    fn open(path: &'p Path, wanted: &[&str]) -> Result<Arrays<'p>, Error> {
        let file = File::open(path).map_err(|cause| unreadable(path, &cause))?;
        let mut archive = Arrays { path, names: vec![], arrays: vec![] };
        let wants = |known: &str| wanted.iter().any(|name| unit_of(known, name).is_some());
        (archive.names, archive.arrays) = super::npz::read_some(file, wants).map_err(|what| archive.bad(what))?;
        Ok(archive)
    }

    fn bad(&self, what: String) -> Error {
        plain(Code::BadFile, format!("`{}`: {what}", self.path.display()))
    }

    fn find(&self, name: &str) -> Option<&Array> {
        self.arrays.iter().find(|(known, _)| known == name).map(|(_, array)| array)
    }

    /// A line of numbers.
    fn numbers(&self, name: &str) -> Result<Vec<f64>, Error> {
        let array = self.find(name).ok_or_else(|| self.bad(format!("it has no array `{name}`")))?;
        if array.shape.len() != 1 {
            return Err(self.bad(format!("`{name}` has the shape {:?}", array.shape)));
        }
        array.values.to_f64().ok_or_else(|| self.bad(format!("`{name}` holds no numbers")))
    }

    /// The array `<name>_<unit>`, and its unit.
    fn with_unit(&self, name: &str) -> Result<Option<(Vec<f64>, String)>, Error> {
        let units: Vec<String> = self.names.iter().filter_map(|known| unit_of(known, name)).collect();
        if let [first, second, ..] = &units[..] {
            let full = |unit: &String| if unit.is_empty() { name.to_owned() } else { format!("{name}_{unit}") };
            return Err(self.bad(format!("the arrays `{}` and `{}` say the same", full(first), full(second))));
        }
        if let Some((near, right)) = self.names.iter().find_map(|known| misspelt(known, &[(name, !units.is_empty())])) {
            let what = format!("the array `{near}` is not known, and would be ignored; is it `{right}`?");
            return Err(self.bad(what));
        }
        let unit = units.into_iter().next();
        let full = |unit: &String| if unit.is_empty() { name.to_owned() } else { format!("{name}_{unit}") };
        unit.map(|unit| Ok((self.numbers(&full(&unit))?, unit))).transpose()
    }

    fn same_lengths(&self, lengths: &[usize]) -> Result<(), Error> {
        match lengths.iter().find(|length| **length != lengths[0]) {
            Some(other) => Err(self.bad(format!("its arrays have {} and {other} numbers", lengths[0]))),
            None => Ok(()),
        }
    }

    fn index(&self, name: &str, row: usize, number: f64) -> Result<u64, Error> {
        if number.fract() == 0.0 && (0.0..9e15).contains(&number) {
            return Ok(number as u64);
        }
        Err(self.bad(format!("number {} of `{name}` is {number}, which is no index", row + 1)))
    }

    /// The names that `population` has: words, or numbers that count in `populations`.
    fn populations(&self) -> Result<Option<Vec<String>>, Error> {
        let Some(array) = self.find("population") else { return Ok(None) };
        if let Values::Text(names) = &array.values {
            return Ok(Some(names.clone()));
        }
        let Some(Array { values: Values::Text(names), .. }) = self.find("populations") else {
            let what = "`population` holds numbers, and there is no array `populations` of names to count in";
            return Err(self.bad(what.into()));
        };
        let name = |(row, number): (usize, f64)| {
            let index = self.index("population", row, number)? as usize;
            let missing =
                || self.bad(format!("number {} of `population` is {index}, of {} names", row + 1, names.len()));
            names.get(index).cloned().ok_or_else(missing)
        };
        self.numbers("population")?.into_iter().enumerate().map(name).collect::<Result<_, _>>().map(Some)
    }
}

/// The arrays `time_ms` and `neuron`, and `population` if there is one: also what a run writes.
pub(super) fn spikes(path: &Path) -> Result<Vec<SpikeRow>, Error> {
    let archive = Arrays::open(path, &["time_ms", "neuron", "population", "populations"])?;
    let (times, neurons) = (archive.numbers("time_ms")?, archive.numbers("neuron")?);
    let populations = archive.populations()?;
    let named = populations.as_ref().map_or(times.len(), Vec::len);
    archive.same_lengths(&[times.len(), neurons.len(), named])?;
    let row = |(at, (time, neuron)): (usize, (&f64, &f64))| {
        if !(time.is_finite() && *time >= 0.0) {
            return Err(archive.bad(format!("number {} of `time_ms` is {time}", at + 1)));
        }
        // 3 * 0.1 is not 0.3 in binary: a millionth of a nanosecond is left out.
        let time = TimeText(format!("{time:.9}"));
        let population = populations.as_ref().map(|names| names[at].clone());
        Ok(SpikeRow { time, population, neuron: archive.index("neuron", at, *neuron)?, line: at as u64 + 1 })
    };
    times.iter().zip(&neurons).enumerate().map(row).collect()
}

/// The arrays `source`, `target`, `weight_<unit>` and `delay_<unit>`.
pub(super) fn connections(path: &Path) -> Result<ConnectionTable, Error> {
    let archive = Arrays::open(path, &["source", "target", "weight", "delay"])?;
    let (source, target) = (archive.numbers("source")?, archive.numbers("target")?);
    let (weight, delay) = (archive.with_unit("weight")?, archive.with_unit("delay")?);
    let length = |column: &Option<(Vec<f64>, String)>| column.as_ref().map_or(source.len(), |(x, _)| x.len());
    archive.same_lengths(&[source.len(), target.len(), length(&weight), length(&delay)])?;
    let mut rows = Vec::with_capacity(source.len());
    for at in 0..source.len() {
        let of = |column: &Option<(Vec<f64>, String)>| column.as_ref().map(|(values, _)| values[at]);
        let (weight, delay) = (of(&weight), of(&delay));
        if weight.is_some_and(|x| !x.is_finite()) || delay.is_some_and(|x| !(x.is_finite() && x >= 0.0)) {
            let what = format!("a weight or delay of number {} is not finite, or a delay is negative", at + 1);
            return Err(archive.bad(what));
        }
        let (source, target) = (archive.index("source", at, source[at])?, archive.index("target", at, target[at])?);
        rows.push(ConnectionRow { source, target, weight, delay, line: at as u64 + 1 });
    }
    let unit = |column: Option<(Vec<f64>, String)>| column.map(|(_, unit)| unit);
    Ok(ConnectionTable { weight_unit: unit(weight), delay_unit: unit(delay), rows })
}
