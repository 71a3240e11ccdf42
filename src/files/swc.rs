//! Reconstructed neurons: SWC files, one sample of position and radius a line.
//!
//! `id type x y z radius parent`, in um, `#` before comments; type 1 is the soma, 2 the axon, 3 a basal and 4 an apical
//! dendrite; the parent of the root is -1 (Cannon et al. 1998, J Neurosci Methods 84:49). Parents may follow their
//! children. Every mistake names its line; after five, the rest is counted.

use super::unreadable;
use crate::error::{Code, Diagnostic, Error, Span};
use std::collections::HashMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

/// Mistakes that are spelt out.
const SHOWN: usize = 5;
/// The largest reconstructions have some million samples of forty bytes.
const LARGEST: u64 = 64 << 20;

/// What stands between the numbers of a line.
const SEPARATORS: [char; 4] = [' ', '\t', ',', ';'];
/// No coordinate and no radius is beyond (um), and no radius is less: an atom's.
const FARTHEST: f64 = 1e8;
const THINNEST: f64 = 1e-4;

/// One sample. Positions and radius in um.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    pub id: u64,
    pub kind: u32,
    pub at: [f64; 3],
    pub radius: f64,
    /// Index of its parent among the samples, which is less than its own; none of the root.
    pub parent: Option<usize>,
    pub line: usize,
    /// How many numbers follow the seven.
    pub beyond: usize,
}

/// The samples of a file, parents first and else in their order.
///
/// # Errors
/// `Unreadable`; `BadFile` without a span, one diagnostic for each mistake.
pub fn read(path: &Path) -> Result<Vec<Sample>, Error> {
    let file = File::open(path).map_err(|cause| unreadable(path, &cause))?;
    let mut bytes = Vec::new();
    file.take(LARGEST + 1).read_to_end(&mut bytes).map_err(|cause| unreadable(path, &cause))?;
    if bytes.len() as u64 > LARGEST {
        let message = format!("`{}` is larger than {} MB, which no reconstruction is", path.display(), LARGEST >> 20);
        return Err(Error::input(vec![Diagnostic::error(Code::TooLarge, Span::NONE, message)], Arc::default()));
    }
    // Comments may be in any encoding; numbers are plain.
    parse(&String::from_utf8_lossy(&bytes), &path.display().to_string())
}

fn parse(text: &str, name: &str) -> Result<Vec<Sample>, Error> {
    let mut reader = Reader { name, mistakes: vec![], beyond: 0, spoilt: vec![], nameless: false };
    let mut written = Vec::new();
    // Lines end with \n or \r\n, or, on the oldest machines, with \r.
    let end = if text.contains('\n') { '\n' } else { '\r' };
    for (index, line) in text.trim_start_matches('\u{feff}').split(end).enumerate() {
        let line = line.split('#').next().unwrap_or("").trim();
        if !line.is_empty() {
            written.extend(reader.sample(line, index + 1));
        }
    }
    let samples = reader.linked(written);
    match reader.mistakes.is_empty() {
        true => Ok(samples),
        false => Err(reader.into_error()),
    }
}

/// A sample with the id of its parent.
struct Written {
    sample: Sample,
    parent: i64,
}

struct Reader<'a> {
    name: &'a str,
    mistakes: Vec<Diagnostic>,
    /// Mistakes that are not spelt out.
    beyond: usize,
    /// Samples of lines with a mistake: those that hang on them make none.
    spoilt: Vec<i64>,
    /// A line with a mistake does not even tell its number.
    nameless: bool,
}

impl Reader<'_> {
    fn wrong(&mut self, line: usize, why: &str) {
        self.tell(line, why, None);
    }

    fn tell(&mut self, line: usize, why: &str, help: Option<&str>) {
        if self.mistakes.len() == SHOWN {
            self.beyond += 1;
            return;
        }
        let error = Diagnostic::error(Code::BadFile, Span::NONE, format!("`{}` line {line}: {why}", self.name));
        self.mistakes.push(match help {
            Some(help) => error.help(help),
            None => error,
        });
    }

    fn into_error(mut self) -> Error {
        if self.beyond > 0 {
            let more =
                if self.beyond == 1 { "one more mistake".into() } else { format!("{} more mistakes", self.beyond) };
            let message = format!("`{}` has {more}", self.name);
            self.mistakes.push(Diagnostic::error(Code::BadFile, Span::NONE, message));
        }
        Error::input(self.mistakes, Arc::default())
    }

    fn sample(&mut self, text: &str, line: usize) -> Option<Written> {
        let told = self.mistakes.len() + self.beyond;
        let read = self.fields(text, line);
        if self.mistakes.len() + self.beyond > told {
            match text.split(SEPARATORS).find(|field| !field.is_empty()).and_then(whole) {
                Some(id) => self.spoilt.push(id),
                None => self.nameless = true,
            }
            return None;
        }
        read
    }

    /// The numbers of a line; every mistake in it is told.
    fn fields(&mut self, text: &str, line: usize) -> Option<Written> {
        if let Some(field) = decimal_comma(text) {
            self.wrong(line, &format!("`{}` has a comma: write a point", shown(field)));
            return None;
        }
        let fields: Vec<&str> = text.split(SEPARATORS).filter(|field| !field.is_empty()).collect();
        if fields.len() < 7 {
            let here = if fields.len() == 1 { "is 1".to_string() } else { format!("are {}", fields.len()) };
            self.wrong(line, &format!("a sample has 7 numbers (id type x y z radius parent), here {here}"));
            return None;
        }
        let mut read = |index: usize, name: &str, kind: &str, number: Option<f64>| {
            if number.is_none() {
                self.wrong(line, &format!("the {name} is `{}`, which is not {kind}", shown(fields[index])));
            }
            number
        };
        let whole_of = |index: usize| whole(fields[index]).map(|number| number as f64);
        let number = |index: usize| fields[index].parse::<f64>().ok().filter(|x| x.is_finite());
        let (counted, finite) = ("a whole number from 0 on", "a finite number");
        let id = read(0, "id", counted, whole_of(0).filter(|id| *id >= 0.0));
        let kind = read(1, "type", counted, whole_of(1).filter(|kind| (0.0..=f64::from(u32::MAX)).contains(kind)));
        let [x, y, z] = [("x", 2), ("y", 3), ("z", 4)].map(|(name, index)| read(index, name, finite, number(index)));
        let radius = read(5, "radius", finite, number(5));
        let parent = read(6, "parent", "the number of a sample, or -1", whole_of(6).filter(|parent| *parent >= -1.0));
        let sample = shown(fields[0]);
        if let Some(far) = [x, y, z].into_iter().flatten().find(|x| x.abs() > FARTHEST) {
            self.wrong(line, &format!("sample {sample} is {far:e} um away, and no neuron is 100 m long"));
        }
        match radius {
            Some(radius) if radius <= 0.0 => {
                self.wrong(line, &format!("the radius of sample {sample} is {radius} um, but must be above zero"));
            }
            Some(radius) if !(THINNEST..=FARTHEST).contains(&radius) => {
                let than = if radius < THINNEST { "less than that of an atom" } else { "which no neuron has" };
                self.wrong(line, &format!("the radius of sample {sample} is {radius:e} um, {than}"));
            }
            _ => {}
        }
        let (id, kind, parent, radius) = (id? as u64, kind? as u32, parent? as i64, radius?);
        let (at, beyond) = ([x?, y?, z?], fields.len() - 7);
        Some(Written { sample: Sample { id, kind, at, radius, parent: None, line, beyond }, parent })
    }

    /// Finds parents and puts them first.
    fn linked(&mut self, written: Vec<Written>) -> Vec<Sample> {
        let mut index = HashMap::with_capacity(written.len());
        for (at, one) in written.iter().enumerate() {
            if let Some(first) = index.insert(one.sample.id, at) {
                let (id, line) = (one.sample.id, written[first].sample.line);
                self.wrong(one.sample.line, &format!("sample {id} stands in line {line}, too"));
            }
        }
        let mut children = vec![Vec::new(); written.len()];
        let mut roots = Vec::new();
        for (at, one) in written.iter().enumerate() {
            let (id, line) = (one.sample.id, one.sample.line);
            match one.parent {
                -1 => roots.push(at),
                parent => match index.get(&(parent as u64)) {
                    Some(&parent) => children[parent].push(at),
                    None if self.nameless || self.spoilt.contains(&parent) => {}
                    None => {
                        let help = (written.iter().all(|one| one.parent >= 0)).then_some("a root has the parent -1");
                        self.tell(line, &format!("the parent of sample {id}, {parent}, does not exist"), help);
                    }
                },
            }
        }
        for &root in roots.iter().skip(1) {
            let (id, line) = (written[root].sample.id, written[root].sample.line);
            let help = "write a sample of the first tree as its parent, or put it into a file of its own";
            self.tell(line, &format!("sample {id} is a second root: a neuron is one tree"), Some(help));
        }
        if !self.mistakes.is_empty() {
            return vec![];
        }
        let mut samples = Vec::with_capacity(written.len());
        let mut place = vec![usize::MAX; written.len()];
        let mut waiting = std::collections::BinaryHeap::from_iter(roots.iter().map(|&root| std::cmp::Reverse(root)));
        while let Some(std::cmp::Reverse(next)) = waiting.pop() {
            place[next] = samples.len();
            let parent = index.get(&(written[next].parent as u64)).filter(|_| written[next].parent >= 0);
            samples.push(Sample { parent: parent.map(|&parent| place[parent]), ..written[next].sample.clone() });
            waiting.extend(children[next].iter().map(|&child| std::cmp::Reverse(child)));
        }
        if let Some(lost) = place.iter().position(|place| *place == usize::MAX) {
            let (id, line) = (written[lost].sample.id, written[lost].sample.line);
            self.wrong(line, &format!("the parents of sample {id} lead in a circle: no root is reached"));
        } else if samples.is_empty() {
            self.wrong(1, "there are no samples");
        }
        samples
    }
}

/// A field like `0,5` among seven that spaces separate.
fn decimal_comma(text: &str) -> Option<&str> {
    let fields =
        || text.split([' ', '\t']).map(|field| field.trim_matches([',', ';'])).filter(|field| !field.is_empty());
    fields().find(|field| field.contains(',')).filter(|_| fields().count() >= 7)
}

/// A field as it may stand in a message: short, and without what a terminal would obey.
fn shown(field: &str) -> String {
    let short: String = field.chars().take(20).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
    if field.chars().count() > 20 { format!("{short}...") } else { short }
}

fn whole(text: &str) -> Option<i64> {
    // Some programs write `1.0`.
    text.parse().ok().or_else(|| {
        let number: f64 = text.parse().ok()?;
        (number.fract() == 0.0 && number.abs() < 9e15).then_some(number as i64)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mistakes(text: &str) -> String {
        parse(text, "a.swc").expect_err("a mistake").to_string()
    }

    #[test]
    fn samples_are_read_whatever_ends_their_lines() {
        let text = "# a neuron\r\n1 1 0 0 0 5 -1\r\n\r\n3 3 20 0 0 1.5 2 # tip\r\n 2\t3 10.0 0 0 1 1\r\n";
        let samples = parse(text, "a.swc").expect("sound");
        let ids: Vec<u64> = samples.iter().map(|sample| sample.id).collect();
        assert_eq!(ids, [1, 2, 3], "a parent stands before its children");
        assert_eq!((samples[2].parent, samples[2].radius, samples[2].line), (Some(1), 1.5, 4));
    }

    #[test]
    fn separators_and_ends_of_lines_may_be_others() {
        for text in [
            "# c\r1 1 0 0 0 5 -1\r2 3 20 0 0 1 1\r",
            "1,1,0,0,0,5,-1\n2, 3, 20, 0, 0, 1, 1\n",
            "\u{feff}1 1 0 0 0 5 -1\n2;3;20;0;0;1;1",
        ] {
            assert_eq!(parse(text, "a.swc").map_or(0, |samples| samples.len()), 2, "{text:?}");
        }
    }

    #[test]
    fn each_mistake_names_its_line() {
        let root = "1 1 0 0 0 5 -1\n";
        for (line, says) in [
            ("2 3 0 0 10 0 1", "line 2: the radius of sample 2 is 0 um"),
            ("2 3 0 nan 10 1 1", "line 2: the y is `nan`"),
            ("2 3 0 0 10 1 7", "line 2: the parent of sample 2, 7, does not exist"),
            ("2 3 0 0 10 1", "here are 6"),
            ("1 3 0 0 10 1 1", "sample 1 stands in line 1, too"),
            ("2 3 0 0 10 1 -1", "sample 2 is a second root"),
            ("2 3 0 0 10 1 3\n3 3 0 0 11 1 2", "line 2: the parents of sample 2 lead in a circle"),
            ("x 3 0 0 10 1 1", "the id is `x`"),
            ("2 -3 0 0 10 1 1", "the type is `-3`, which is not a whole number from 0 on"),
            ("2 3 0 0,5 10 1 1", "line 2: `0,5` has a comma"),
            ("2 3 1e300 0 10 1 1", "line 2: sample 2 is 1e300 um away"),
            ("2 3 0 0 10 1e-300 1", "line 2: the radius of sample 2 is 1e-300 um, less than that of an atom"),
            ("\u{1b}[2J 3 0 0 10 1 1", "the id is `\u{fffd}[2J`"),
            ("2", "here is 1"),
        ] {
            let told = mistakes(&format!("{root}{line}\n"));
            assert!(told.contains(says), "{told}");
        }
        assert!(mistakes("# nothing\n").contains("no samples"));
        assert!(mistakes(&format!("{root}{}", "2 3 0 0 1 0 1\n".repeat(9))).contains("4 more mistakes"));
        assert!(mistakes(&format!("{root}{}", "2 3 0 0 1 0 1\n".repeat(6))).contains("one more mistake"));
    }

    #[test]
    fn what_hangs_on_a_line_with_mistakes_makes_none_and_all_in_a_line_are_told() {
        let lines =
            |text: &str| mistakes(&format!("1 1 0 0 0 5 -1\n{text}\n3 3 0 0 9 1 2\n4 3 0 0 9 1 2")).lines().count();
        assert_eq!(lines("2 3 0 0 5 0 1"), 1);
        assert_eq!(lines("2 3 0 nan 5 -1 1"), 2);
        assert_eq!(lines("x 3 0 0 5 1 1"), 1);
    }
}
