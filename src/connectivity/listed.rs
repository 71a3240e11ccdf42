//! Connections that were drawn source by source, and are asked for target by target.

use super::{Rule, Sides};
use crate::num::rng::Stream;

/// All sources of each target, ascending.
pub struct Listed {
    starts: Vec<usize>,
    sources: Vec<u32>,
}

impl Listed {
    /// Sorts by counting: `pairs` are (source, target) in ascending order of sources.
    pub fn new(pairs: impl Iterator<Item = (u32, u32)> + Clone, targets: usize) -> Listed {
        let mut starts = vec![0; targets + 1];
        pairs.clone().for_each(|pair| starts[pair.1 as usize + 1] += 1);
        (0..targets).for_each(|target| starts[target + 1] += starts[target]);
        let mut next = starts.clone();
        let mut sources = vec![0; starts[targets]];
        for (source, target) in pairs {
            sources[next[target as usize]] = source;
            next[target as usize] += 1;
        }
        Listed { starts, sources }
    }
}

impl Rule for Listed {
    fn sources_of(&self, target: usize, _: &Sides, _: &mut Stream, sources: &mut Vec<u32>) {
        sources.extend_from_slice(&self.sources[self.starts[target]..self.starts[target + 1]]);
    }

    fn degree(&self, target: usize, _: &Sides, _: &mut Stream) -> usize {
        self.starts[target + 1] - self.starts[target]
    }

    fn expected(&self, _: &Sides) -> f64 {
        self.sources.len() as f64
    }

    fn bytes(&self) -> f64 {
        size_of_val(&self.sources[..]) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::num::rng::Purpose;

    #[test]
    fn the_same_pairs_by_target() {
        let rule = Listed::new([(0, 2), (0, 0), (3, 2), (4, 2)].into_iter(), 4);
        let sides = Sides { sources: 5, targets: 4, itself: None, autapses: true, multapses: true };
        let mut stream = Stream::new(1, Purpose::Structure, 0, 0);
        let mut row = |target| {
            let mut sources = vec![];
            rule.sources_of(target, &sides, &mut stream, &mut sources);
            sources
        };
        assert_eq!([row(0), row(1), row(2), row(3)], [vec![0], vec![], vec![0, 3, 4], vec![]]);
    }
}
