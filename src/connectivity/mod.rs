//! Connection rules: which source meets which target.
//!
//! A rule is asked target by target, each with a random stream of its own, so that a network is built in parallel and
//! yet is the same for any number of threads. To add a rule: a file with a type that implements [`Rule`], and a line
//! in [`rule`].

mod all_to_all;
mod fixed_indegree;
mod one_to_one;
mod pairs;
mod pairwise_bernoulli;

use crate::num::rng::Stream;

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

    /// How many connections are to be expected, to estimate memory before any is drawn.
    fn expected(&self, sides: &Sides) -> f64;
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
}

/// What a rule says about itself.
#[derive(Clone, Copy, Debug)]
pub struct RuleInfo {
    pub name: &'static str,
    pub summary: &'static str,
    pub argument: Argument,
    /// The rule itself says which pairs there are: `autapses` has no meaning.
    pub explicit: bool,
    /// `multapses` must be stated.
    pub asks_multapses: bool,
    /// Makes sense for unordered pairs, as gap junctions need.
    pub for_gaps: bool,
}

/// Every rule.
pub const ALL: &[RuleInfo] =
    &[one_to_one::INFO, all_to_all::INFO, pairs::INFO, pairwise_bernoulli::INFO, fixed_indegree::INFO];

/// The evaluated argument of a rule.
#[derive(Clone, Debug)]
pub enum Given {
    Nothing,
    Pairs(Vec<(u32, u32)>),
    Number(f64),
}

/// The rule called `name`, or in words why its argument does not fit the sides.
pub fn rule(name: &str, given: Given, sides: &Sides) -> Result<Box<dyn Rule>, String> {
    match (name, given) {
        ("one_to_one", _) => one_to_one::OneToOne::new(sides).map(|rule| Box::new(rule) as Box<dyn Rule>),
        ("all_to_all", _) => Ok(Box::new(all_to_all::AllToAll)),
        ("pairs", Given::Pairs(list)) => pairs::Pairs::new(&list, sides).map(|rule| Box::new(rule) as Box<dyn Rule>),
        ("pairwise_bernoulli", Given::Number(p)) => Ok(Box::new(pairwise_bernoulli::PairwiseBernoulli::new(p))),
        ("fixed_indegree", Given::Number(n)) => {
            fixed_indegree::FixedIndegree::new(n as usize, sides).map(|rule| Box::new(rule) as Box<dyn Rule>)
        }
        _ => Err(format!("rule `{name}` does not take this argument")),
    }
}
