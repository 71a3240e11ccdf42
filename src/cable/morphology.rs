//! From the samples of a reconstruction to sections: unbranched stretches of one region.
//!
//! What a soma is, is a matter of convention, of which two are in use:
//! - [`SomaRule::Neuron`]: a soma of one sample, or of three of which two lie a radius from the first (NeuroMorpho's form), is a
//!   cylinder as long as it is wide, whose area is that of the sphere. What grows from a soma begins at its own first sample
//!   and is joined to the soma's middle; a branch of one sample begins in the soma's sample, with its own diameter
//!   (NEURON's Import3d; Arbor's `load_swc_neuron`).
//! - [`SomaRule::Arbor`]: every sample is joined to its parent by a truncated cone of the child's region, soma or not; a soma of
//!   one sample has no shape and is refused (Arbor's `load_swc_arbor`).

use crate::files::swc::Sample;
use std::collections::HashMap;

/// How the soma of a reconstruction is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SomaRule {
    Neuron,
    Arbor,
}

impl SomaRule {
    pub const NAMES: [&str; 2] = ["neuron", "arbor"];
}

/// What a sample belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Region {
    Soma,
    Axon,
    Dendrite,
    Apical,
}

impl Region {
    pub const ALL: [Region; 4] = [Region::Soma, Region::Axon, Region::Dendrite, Region::Apical];

    pub fn name(self) -> &'static str {
        match self {
            Region::Soma => "soma",
            Region::Axon => "axon",
            Region::Dendrite => "dendrite",
            Region::Apical => "apical",
        }
    }

    /// SWC's types; those beyond 4 are of the user's own making and taken for dendrites.
    fn of(kind: u32) -> Region {
        match kind {
            1 => Region::Soma,
            2 => Region::Axon,
            4 => Region::Apical,
            _ => Region::Dendrite,
        }
    }
}

/// An unbranched stretch.
#[derive(Clone, Debug)]
pub struct Branch {
    /// `dendrite_0`.
    pub name: String,
    pub region: Region,
    /// (branch, position on it).
    pub parent: Option<(usize, f64)>,
    /// Position and diameter of each point, um.
    pub points: Vec<[f64; 4]>,
    /// Line of its first sample.
    line: usize,
}

impl Branch {
    /// (distance from the 0 end, diameter) of each point, um.
    pub fn profile(&self) -> Vec<(f64, f64)> {
        let mut along = 0.0;
        let mut before = self.points[0];
        let at = |point: &[f64; 4]| {
            along += distance(&before, point);
            before = *point;
            (along, point[3])
        };
        self.points.iter().map(at).collect()
    }
}

/// The branches of a reconstruction, in the order of their first samples.
pub struct Morphology {
    pub branches: Vec<Branch>,
    /// Of each sample's id: branch and position.
    pub samples: HashMap<u64, (usize, f64)>,
}

/// Cuts `samples`, parents first, into branches.
///
/// # Errors
/// In words, with the line, if a branch has no length or the soma no shape.
pub fn cut(samples: &[Sample], rule: SomaRule) -> Result<Morphology, String> {
    let mut cutter = Cutter::new(samples, rule);
    if rule == SomaRule::Arbor && cutter.somata == 1 {
        let line = samples.iter().find(|sample| sample.kind == 1).map_or(1, |sample| sample.line);
        return Err(format!("line {line}: a soma of one sample has no shape by Arbor's rule"));
    }
    (0..samples.len()).for_each(|index| cutter.take(index));
    cutter.finish()
}

struct Cutter<'a> {
    samples: &'a [Sample],
    rule: SomaRule,
    somata: usize,
    /// The soma is a cylinder around its first sample.
    round: bool,
    /// Of each sample: children, children in the soma.
    children: Vec<(usize, usize)>,
    branches: Vec<Branch>,
    /// Of each sample: branch, and point on it.
    place: Vec<(usize, usize)>,
    /// The parent sample of each branch.
    parents: Vec<Option<usize>>,
}

impl<'a> Cutter<'a> {
    fn new(samples: &'a [Sample], rule: SomaRule) -> Cutter<'a> {
        let mut children = vec![(0, 0); samples.len()];
        for sample in samples {
            if let Some(parent) = sample.parent {
                children[parent].0 += 1;
                children[parent].1 += usize::from(sample.kind == 1);
            }
        }
        let somata = samples.iter().filter(|sample| sample.kind == 1).count();
        let round = rule == SomaRule::Neuron && (somata == 1 || is_three_points(samples, somata));
        let place = vec![(0, 0); samples.len()];
        Cutter { samples, rule, somata, round, children, branches: vec![], place, parents: vec![] }
    }

    /// Adds a sample to its parent's branch, or begins one.
    fn take(&mut self, index: usize) {
        let sample = &self.samples[index];
        let region = Region::of(sample.kind);
        let point = point(sample);
        let Some(parent) = sample.parent else {
            return self.begin(index, region, vec![point], None);
        };
        let (above, of_parent) = (self.place[parent].0, Region::of(self.samples[parent].kind));
        if region == of_parent {
            if self.round && region == Region::Soma {
                self.place[index] = self.place[parent];
                return;
            }
            let alone = match region {
                Region::Soma => self.children[parent].1 == 1,
                _ => self.children[parent].0 == 1,
            };
            let bare_root = self.parents[above].is_none() && self.branches[above].points.len() == 1;
            let last = self.place[parent].1 + 1 == self.branches[above].points.len();
            if last && (alone || bare_root) {
                self.branches[above].points.push(point);
                self.place[index] = (above, self.branches[above].points.len() - 1);
                return;
            }
        }
        let from_soma = of_parent == Region::Soma && region != Region::Soma && self.rule == SomaRule::Neuron;
        let points = match (from_soma, self.children[index].0) {
            (false, _) => vec![self::point(&self.samples[parent]), point],
            // It would be a point: it begins in the soma.
            (true, children) if children != 1 || !self.goes_on(index) => {
                let [x, y, z, _] = self::point(&self.samples[parent]);
                vec![[x, y, z, point[3]], point]
            }
            (true, _) => vec![point],
        };
        self.begin(index, region, points, Some(parent));
    }

    /// Whether the only child of a sample is of its region.
    fn goes_on(&self, index: usize) -> bool {
        let children = self.samples[index + 1..].iter().find(|sample| sample.parent == Some(index));
        children.is_some_and(|child| Region::of(child.kind) == Region::of(self.samples[index].kind))
    }

    fn begin(&mut self, index: usize, region: Region, points: Vec<[f64; 4]>, parent: Option<usize>) {
        let points = match self.round && region == Region::Soma {
            true => cylinder(&self.samples[index]),
            false => points,
        };
        self.place[index] = (self.branches.len(), points.len() - 1);
        let line = self.samples[index].line;
        self.branches.push(Branch { name: String::new(), region, parent: None, points, line });
        self.parents.push(parent);
    }

    fn finish(mut self) -> Result<Morphology, String> {
        self.name();
        let lengths: Vec<Vec<f64>> =
            self.branches.iter().map(|branch| branch.profile().iter().map(|(x, _)| *x).collect()).collect();
        for (branch, along) in self.branches.iter().zip(&lengths) {
            if along[along.len() - 1] <= 0.0 {
                return Err(format!("line {}: section `{}` has no length", branch.line, branch.name));
            }
        }
        let position = |sample: usize| {
            let (branch, point) = self.place[sample];
            let along = &lengths[branch];
            let middle = self.round && self.branches[branch].region == Region::Soma;
            (branch, if middle { 0.5 } else { along[point] / along[along.len() - 1] })
        };
        let one_soma = self.branches.iter().filter(|branch| branch.region == Region::Soma).count() == 1;
        let join = |(branch, parent): (&Branch, &Option<usize>)| {
            let (above, at) = position((*parent)?);
            let in_soma = self.branches[above].region == Region::Soma && branch.region != Region::Soma;
            let middle = in_soma && one_soma && self.rule == SomaRule::Neuron;
            Some((above, if middle { 0.5 } else { at }))
        };
        let parents: Vec<_> = self.branches.iter().zip(&self.parents).map(join).collect();
        let samples = self.samples.iter().enumerate().map(|(index, sample)| (sample.id, position(index))).collect();
        self.branches.iter_mut().zip(parents).for_each(|(branch, parent)| branch.parent = parent);
        Ok(Morphology { branches: self.branches, samples })
    }

    /// `soma`, `dendrite_0`, `dendrite_1`.
    fn name(&mut self) {
        for region in Region::ALL {
            let own: Vec<usize> = (0..self.branches.len()).filter(|&i| self.branches[i].region == region).collect();
            for (number, &index) in own.iter().enumerate() {
                let alone = region == Region::Soma && own.len() == 1;
                let name = region.name();
                self.branches[index].name = if alone { name.to_string() } else { format!("{name}_{number}") };
            }
        }
    }
}

/// NeuroMorpho's form of a sphere: two samples hang on the first, each about a radius away.
fn is_three_points(samples: &[Sample], somata: usize) -> bool {
    let root = &samples[0];
    let around = samples.iter().filter(|sample| sample.kind == 1 && sample.parent == Some(0));
    let away = |sample: &Sample| (distance(&point(root), &point(sample)) / root.radius - 1.0).abs() < NEARLY;
    somata == 3 && root.kind == 1 && around.filter(|sample| away(sample)).count() == 2
}

/// How far from a radius the samples of a three-point soma may be: files are rounded to two digits.
const NEARLY: f64 = 0.05;

/// A cylinder along y as long as it is wide.
fn cylinder(sample: &Sample) -> Vec<[f64; 4]> {
    let ([x, y, z], r) = (sample.at, sample.radius);
    vec![[x, y - r, z, 2.0 * r], [x, y + r, z, 2.0 * r]]
}

fn point(sample: &Sample) -> [f64; 4] {
    let [x, y, z] = sample.at;
    [x, y, z, 2.0 * sample.radius]
}

fn distance(a: &[f64; 4], b: &[f64; 4]) -> f64 {
    (0..3).map(|axis| (a[axis] - b[axis]) * (a[axis] - b[axis])).sum::<f64>().sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// (id, type, x, radius, parent's id) along x.
    fn samples(list: &[(u64, u32, f64, f64, i64)]) -> Vec<Sample> {
        let of = |&(id, kind, x, radius, parent): &(u64, u32, f64, f64, i64)| {
            let parent = list.iter().position(|other| other.0 as i64 == parent);
            Sample { id, kind, at: [x, 0.0, 0.0], radius, parent, line: id as usize }
        };
        list.iter().map(of).collect()
    }

    const NEURON: &[(u64, u32, f64, f64, i64)] = &[
        (1, 1, 0.0, 10.0, -1),
        (2, 3, 10.0, 2.0, 1),
        (3, 3, 50.0, 1.0, 2),
        (4, 3, 90.0, 1.0, 3),
        (5, 3, 70.0, 0.5, 3),
        (6, 2, -12.0, 0.5, 1),
    ];

    /// Name, parent, length.
    type Told = (String, Option<(usize, f64)>, f64);

    fn told(morphology: &Morphology) -> Vec<Told> {
        let length = |branch: &Branch| branch.profile().last().map_or(0.0, |(x, _)| *x);
        morphology.branches.iter().map(|branch| (branch.name.clone(), branch.parent, length(branch))).collect()
    }

    #[test]
    fn neuron_s_rule_begins_dendrites_at_their_own_samples() {
        let cut = cut(&samples(NEURON), SomaRule::Neuron).expect("sound");
        let expected = [
            ("soma", None, 20.0),
            ("dendrite_0", Some((0, 0.5)), 40.0),
            ("dendrite_1", Some((1, 1.0)), 40.0),
            ("dendrite_2", Some((1, 1.0)), 20.0),
            ("axon_0", Some((0, 0.5)), 12.0),
        ];
        assert_eq!(told(&cut), expected.map(|(name, parent, length)| (name.to_string(), parent, length)));
        assert_eq!(cut.branches[4].points[0][3], 1.0, "the axon's own diameter");
        assert_eq!((cut.samples[&1], cut.samples[&3], cut.samples[&5]), ((0, 0.5), (1, 1.0), (3, 1.0)));
    }

    #[test]
    fn arbor_s_rule_joins_every_sample_to_its_parent() {
        assert!(cut(&samples(NEURON), SomaRule::Arbor).is_err_and(|why| why.contains("line 1")));
        let mut two = NEURON.to_vec();
        two.insert(1, (7, 1, 5.0, 9.0, 1));
        two[2].4 = 7;
        let cut = cut(&samples(&two), SomaRule::Arbor).expect("sound");
        let expected = [
            ("soma", None, 5.0),
            ("dendrite_0", Some((0, 1.0)), 45.0),
            ("dendrite_1", Some((1, 1.0)), 40.0),
            ("dendrite_2", Some((1, 1.0)), 20.0),
            ("axon_0", Some((0, 0.0)), 12.0),
        ];
        assert_eq!(told(&cut), expected.map(|(name, parent, length)| (name.to_string(), parent, length)));
        assert_eq!(cut.branches[1].points[0][3], 18.0, "the soma's diameter");
    }

    #[test]
    fn three_points_are_a_sphere() {
        let mut list = samples(&[(1, 1, 0.0, 8.0, -1), (2, 1, 0.0, 8.0, 1), (3, 1, 0.0, 8.0, 1), (4, 3, 30.0, 1.0, 1)]);
        (list[1].at[1], list[2].at[1]) = (-8.0, 8.0);
        let cut = cut(&list, SomaRule::Neuron).expect("sound");
        assert_eq!(told(&cut)[0], ("soma".to_string(), None, 16.0));
        assert_eq!(told(&cut)[1], ("dendrite_0".to_string(), Some((0, 0.5)), 30.0));
    }

    #[test]
    fn a_tree_without_a_soma_has_a_root_with_a_length() {
        let list = samples(&[(1, 3, 0.0, 1.0, -1), (2, 3, 10.0, 1.0, 1), (3, 3, -10.0, 1.0, 1)]);
        let cut = cut(&list, SomaRule::Arbor).expect("sound");
        let expected = [("dendrite_0", None, 10.0), ("dendrite_1", Some((0, 0.0)), 10.0)];
        assert_eq!(told(&cut), expected.map(|(name, parent, length)| (name.to_string(), parent, length)));
    }
}
