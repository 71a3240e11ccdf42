//! Connection rules: which source meets which target.
//!
//! A rule is asked target by target, each with a random stream of its own, so that a network is built in parallel and
//! yet is the same for any number of threads. To add a rule: a file with a type that implements [`Rule`], and a line
//! in [`rule`].

mod all_to_all;
mod r#box;
mod disc;
pub mod distance;
mod exponential;
mod file;
mod fixed_indegree;
mod fixed_outdegree;
mod fixed_total;
mod gaussian;
mod linear;
mod listed;
mod one_to_one;
mod pairs;
mod pairwise_bernoulli;
mod poisson_indegree;
mod symmetric_pairwise_bernoulli;

use crate::num::rng::{Key, Purpose, Stream};

/// The two sides of a projection, counted within their selections.
#[derive(Clone, Debug)]
pub struct Sides {
    pub sources: usize,
    pub targets: usize,
    /// For each target, its position among the sources, if the same neuron is on both sides.
    pub itself: Option<Vec<Option<u32>>>,
    /// May a neuron connect to itself? Only asked where the sides overlap.
    pub autapses: bool,
    /// May a pair be connected more than once? Only asked of the fixed rules.
    pub multapses: bool,
}

impl Sides {
    /// The source that is target `target` itself, if it is to be left out.
    fn excluded(&self, target: usize) -> Option<u32> {
        if self.autapses { None } else { self.itself.as_ref().and_then(|list| list[target]) }
    }
}

/// Draws the sources of one target after the other.
pub trait Rule: Send + Sync {
    /// Appends the sources (positions in the selection) of `target`, in the order of their synapse index.
    fn sources_of(&self, target: usize, sides: &Sides, stream: &mut Stream, sources: &mut Vec<u32>);

    /// How many sources [`Rule::sources_of`] would append.
    fn degree(&self, target: usize, sides: &Sides, stream: &mut Stream) -> usize {
        let mut sources = Vec::new();
        self.sources_of(target, sides, stream, &mut sources);
        sources.len()
    }

    /// Are a target's sources drawn to learn how many they are?
    fn counts_by_drawing(&self) -> bool {
        false
    }

    /// How many connections are to be expected, to estimate memory before any is drawn.
    fn expected(&self, sides: &Sides) -> f64;

    /// Memory that it keeps of its connections, if it does not draw them anew for each target.
    fn bytes(&self) -> f64 {
        0.0
    }
}

/// What a rule takes as its argument in the config.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Argument {
    None,
    /// A list of pairs [source, target].
    Pairs,
    /// A number from 0 to 1.
    Probability,
    /// An integer, 0 or above.
    Count,
    /// A number, 0 or above.
    Mean,
    /// A path.
    File,
    /// A table of numbers: those of the [`distance::Shape`].
    Distance,
}

/// What a rule says about itself.
#[derive(Clone, Copy, Debug)]
pub struct RuleInfo {
    pub name: &'static str,
    pub summary: &'static str,
    pub argument: Argument,
    /// The rule itself says which pairs there are: `autapses` may be left out, unless a neuron is joined with itself.
    pub explicit: bool,
    /// `multapses` must be stated.
    pub asks_multapses: bool,
    /// Makes sense for unordered pairs, as gap junctions need.
    pub for_gaps: bool,
}

/// Every rule.
pub const ALL: &[RuleInfo] = &[
    one_to_one::INFO,
    all_to_all::INFO,
    pairs::INFO,
    pairwise_bernoulli::INFO,
    symmetric_pairwise_bernoulli::INFO,
    fixed_indegree::INFO,
    fixed_outdegree::INFO,
    fixed_total::INFO,
    poisson_indegree::INFO,
    file::INFO,
    gaussian::SHAPE.info,
    exponential::SHAPE.info,
    linear::SHAPE.info,
    disc::SHAPE.info,
    r#box::SHAPE.info,
];

/// The evaluated argument of a rule.
#[derive(Clone, Debug)]
pub enum Given {
    Nothing,
    Pairs(Vec<(u32, u32)>),
    Number(f64),
    Distance {
        /// In the order of the shape's parameters.
        numbers: Vec<f64>,
        /// um, may be infinite.
        within: f64,
        places: distance::Places,
    },
}

/// The random streams of one projection, for rules that draw before they are asked for a target.
#[derive(Clone, Copy, Debug)]
pub struct Source {
    pub seed: u64,
    pub key: u64,
}

impl Source {
    /// For numbers that are no stream's.
    fn key(self) -> Key {
        Key::new(self.seed, Purpose::Structure, self.key)
    }

    /// A stream that no target has.
    fn stream(self, number: u64) -> Stream {
        Stream::new(self.seed, Purpose::Structure, self.key, 1 << 60 | number)
    }
}

/// The rule called `name`, or in words why its argument does not fit the sides.
pub fn rule(name: &str, given: Given, sides: &Sides, source: Source) -> Result<Box<dyn Rule>, String> {
    fn boxed(rule: Result<impl Rule + 'static, String>) -> Result<Box<dyn Rule>, String> {
        rule.map(|rule| Box::new(rule) as Box<dyn Rule>)
    }
    match (name, given) {
        ("one_to_one", _) => boxed(one_to_one::OneToOne::new(sides)),
        ("all_to_all", _) => Ok(Box::new(all_to_all::AllToAll)),
        ("pairs" | "file", Given::Pairs(list)) => boxed(pairs::Pairs::new(&list, sides)),
        ("pairwise_bernoulli", Given::Number(p)) => Ok(Box::new(pairwise_bernoulli::PairwiseBernoulli::new(p))),
        ("symmetric_pairwise_bernoulli", Given::Number(p)) => {
            boxed(symmetric_pairwise_bernoulli::new(p, sides, source))
        }
        ("fixed_indegree", Given::Number(n)) => boxed(fixed_indegree::FixedIndegree::new(n as usize, sides)),
        ("fixed_outdegree", Given::Number(n)) => boxed(fixed_outdegree::new(n as usize, sides, source)),
        ("fixed_total", Given::Number(n)) => fixed_total::new(n as u64, sides, source),
        ("poisson_indegree", Given::Number(mean)) => boxed(poisson_indegree::PoissonIndegree::new(mean, sides, source)),
        (name, Given::Distance { numbers, within, places }) => match distance::shape(name) {
            Some(shape) => Ok(Box::new(distance::ByDistance::new((shape.build)(&numbers), within, places))),
            None => Err(format!("rule `{name}` asks for no distance")),
        },
        _ => Err(format!("rule `{name}` does not take this argument")),
    }
}
