//! From the samples of a reconstruction to sections: unbranched stretches of one region.
//!
//! What a soma is, is a matter of convention, of which two are in use:
//! - [`SomaRule::Neuron`], as NEURON's Import3d (`read_swc.hoc` of NEURON 9): a soma of one sample, or of three of which two lie a
//!   radius from the first and nothing grows from these (NeuroMorpho's form), is a cylinder as long as it is wide, whose area is
//!   that of the sphere; what grows from it begins at its own first sample and is joined to the soma's middle. A soma of several
//!   samples is truncated cones, and what grows from one of its ends begins there, with its own diameter: the piece
//!   from the soma's sample to its first counts. Joined to the middle of the soma, and without that piece, is what grows from
//!   a sample between the ends; without that piece, what grows where the soma itself branches. A branch of one sample always
//!   begins in the soma's sample. Where the first sample of a neurite has two children, the one that does not follow it in
//!   the file begins at that sample, but is joined where the neurite is.
//! - [`SomaRule::Arbor`]: every sample is joined to its parent by a truncated cone of the child's region, soma or not; a soma of
//!   one sample has no shape and is refused (Arbor's `load_swc_arbor`).

use super::unusual::unusual;
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
    /// None of these.
    Other,
}

impl Region {
    pub const ALL: [Region; 5] = [Region::Soma, Region::Axon, Region::Dendrite, Region::Apical, Region::Other];

    pub fn name(self) -> &'static str {
        match self {
            Region::Soma => "soma",
            Region::Axon => "axon",
            Region::Dendrite => "dendrite",
            Region::Apical => "apical",
            Region::Other => "other",
        }
    }

    /// Of a sample whose parent is of region `parent`. Types 0, 5 and 6 (undefined, fork, end) tell where a neurite branches, not
    /// what it is: they are of the neurite that they stand on. Those beyond are of their author's own making.
    fn of(kind: u32, parent: Option<Region>) -> Region {
        match (kind, parent) {
            (1, _) => Region::Soma,
            (2, _) => Region::Axon,
            (3, _) => Region::Dendrite,
            (4, _) => Region::Apical,
            (0 | 5 | 6, Some(parent)) if parent != Region::Soma => parent,
            _ => Region::Other,
        }
    }
}

/// The region of each of `samples`, parents first.
fn regions(samples: &[Sample]) -> Vec<Region> {
    let mut regions: Vec<Region> = Vec::with_capacity(samples.len());
    for sample in samples {
        regions.push(Region::of(sample.kind, sample.parent.map(|parent| regions[parent])));
    }
    regions
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
    /// What was made of samples whose type names no region.
    pub unusual: Vec<String>,
}

/// Why samples make no tree of sections.
#[derive(Debug)]
pub struct Refused {
    /// In the file.
    pub line: usize,
    pub why: String,
    pub help: &'static str,
}

/// Cuts `samples`, parents first, into branches.
///
/// # Errors
/// If a branch has no length or the soma no shape.
pub fn cut(samples: &[Sample], rule: SomaRule) -> Result<Morphology, Refused> {
    let mut cutter = Cutter::new(samples, rule);
    if rule == SomaRule::Arbor && cutter.somata == 1 {
        let line = samples.iter().find(|sample| sample.kind == 1).map_or(1, |sample| sample.line);
        let why = "a soma of one sample has no shape by Arbor's rule".to_string();
        return Err(Refused { line, why, help: "write `soma = \"neuron\"`: a cylinder with the area of the sphere" });
    }
    (0..samples.len()).for_each(|index| cutter.take(index));
    cutter.finish()
}

struct Cutter<'a> {
    samples: &'a [Sample],
    regions: Vec<Region>,
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
        let alone = samples.first().is_some_and(|root| root.kind == 1) && somata == 1;
        let round = rule == SomaRule::Neuron && (alone || is_three_points(samples, somata, &children));
        let place = vec![(0, 0); samples.len()];
        Cutter {
            samples,
            regions: regions(samples),
            rule,
            somata,
            round,
            children,
            branches: vec![],
            place,
            parents: vec![],
        }
    }

    /// Adds a sample to its parent's branch, or begins one.
    fn take(&mut self, index: usize) {
        let sample = &self.samples[index];
        let region = self.regions[index];
        let point = point(sample);
        let Some(parent) = sample.parent else {
            return self.begin(index, region, vec![point], None);
        };
        let (above, of_parent) = (self.place[parent].0, self.regions[parent]);
        if region == of_parent {
            if self.round && region == Region::Soma {
                self.place[index] = self.place[parent];
                return;
            }
            let bare_root = self.parents[above].is_none() && self.branches[above].points.len() == 1;
            let last = self.place[parent].1 + 1 == self.branches[above].points.len();
            if last && (self.goes_on(parent) == Some(index) || bare_root) {
                self.branches[above].points.push(point);
                self.place[index] = (above, self.branches[above].points.len() - 1);
                return;
            }
        }
        let from_soma = of_parent == Region::Soma && region != Region::Soma && self.rule == SomaRule::Neuron;
        let [x, y, z, diameter] = self::point(&self.samples[parent]);
        let points = match (from_soma, self.goes_on(index)) {
            (false, _) => vec![[x, y, z, diameter], point],
            (true, Some(_)) if self.joint(parent) == Joint::Wire => vec![point],
            (true, _) => vec![[x, y, z, point[3]], point],
        };
        self.begin(index, region, points, Some(parent));
    }

    /// The child of a sample that its branch goes on with.
    fn goes_on(&self, index: usize) -> Option<usize> {
        let (all, of_soma) = self.children[index];
        let follows = self.is_child(index + 1, index) && self.regions[index + 1] == self.regions[index];
        let soma = self.regions[index] == Region::Soma;
        let goes_on = match (self.rule, soma) {
            (SomaRule::Neuron, true) => follows && of_soma == 1,
            (SomaRule::Neuron, false) if self.is_first_of_neurite(index) && all > 1 => follows,
            (_, true) => of_soma == 1,
            (_, false) => all == 1,
        };
        let child = |child: &usize| self.is_child(*child, index) && (!soma || self.regions[*child] == Region::Soma);
        let child = if goes_on { (index + 1..self.samples.len()).find(child) } else { None };
        child.filter(|&child| self.regions[child] == self.regions[index])
    }

    fn is_child(&self, child: usize, of: usize) -> bool {
        self.samples.get(child).is_some_and(|sample| sample.parent == Some(of))
    }

    /// Whether a sample is the first of what grows from the soma; Import3d does not look at the second of the file.
    fn is_first_of_neurite(&self, index: usize) -> bool {
        let grows = |parent| self.regions[index] != Region::Soma && self.regions[parent] == Region::Soma;
        index > 1 && self.samples[index].parent.is_some_and(grows)
    }

    /// By NEURON's rule: how what grows from a sample of the soma is joined there.
    fn joint(&self, parent: usize) -> Joint {
        let between = parent > 0 && self.goes_on(parent).is_some();
        let branches = self.children[parent].1 > 1;
        if self.round || between || branches { Joint::Wire } else { Joint::Piece }
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

    fn finish(mut self) -> Result<Morphology, Refused> {
        self.name();
        let lengths: Vec<Vec<f64>> =
            self.branches.iter().map(|branch| branch.profile().iter().map(|(x, _)| *x).collect()).collect();
        if let Some(flat) = lengths.iter().position(|along| along[along.len() - 1] <= 0.0) {
            return Err(self.without_length(flat));
        }
        let position = |sample: usize| {
            let (branch, point) = self.place[sample];
            let along = &lengths[branch];
            let middle = self.round && self.branches[branch].region == Region::Soma;
            (branch, if middle { 0.5 } else { along[point] / along[along.len() - 1] })
        };
        let join = |(branch, parent): (&Branch, &Option<usize>)| {
            let sample = (*parent)?;
            let (above, at) = position(sample);
            if self.rule == SomaRule::Arbor {
                return Some((above, at));
            }
            let in_soma = self.regions[sample] == Region::Soma && branch.region != Region::Soma;
            let between = in_soma && at > 0.0 && at < 1.0;
            let at_start = self.is_first_of_neurite(sample) && self.goes_on(sample).is_some();
            Some((
                above,
                if between {
                    0.5
                } else if at_start {
                    0.0
                } else {
                    at
                },
            ))
        };
        let parents: Vec<_> = self.branches.iter().zip(&self.parents).map(join).collect();
        let samples = self.samples.iter().enumerate().map(|(index, sample)| (sample.id, position(index))).collect();
        self.branches.iter_mut().zip(parents).for_each(|(branch, parent)| branch.parent = parent);
        let unusual = unusual(self.samples, &self.regions);
        Ok(Morphology { branches: self.branches, samples, unusual })
    }

    /// Which sample takes a branch its length.
    fn without_length(&self, flat: usize) -> Refused {
        let Branch { name, region, line, .. } = &self.branches[flat];
        let is_soma = |sample: &Sample| sample.kind == 1;
        let apart = |sample: &&Sample| is_soma(sample) && sample.parent.is_some_and(|up| !is_soma(&self.samples[up]));
        if let (Region::Soma, Some(second)) = (region, self.samples.iter().find(apart)) {
            let why = format!("sample {} is of the soma, but stands apart from that of line {line}", second.id);
            return Refused {
                line: second.line,
                why,
                help: "a neuron has one soma: give it the type of what it stands on",
            };
        }
        let own = self.samples.iter().zip(&self.place).filter(|(_, place)| place.0 == flat);
        let last = own.map(|(sample, _)| sample.line).max().unwrap_or(*line);
        let why = match last == *line {
            true => format!("section `{name}` has no length: its sample stands where its parent does"),
            false => {
                format!("section `{name}`, from line {line} to here, has no length: its samples stand at one place")
            }
        };
        Refused { line: last, why, help: "leave one of the two out, or move it" }
    }

    /// `soma`, `dendrite_0`, `dendrite_1`. Where a soma branches, its first section is `soma` all the same, the others are
    /// `soma_1`, `soma_2`: a config that names the soma suits every neuron.
    fn name(&mut self) {
        for region in Region::ALL {
            let own: Vec<usize> = (0..self.branches.len()).filter(|&i| self.branches[i].region == region).collect();
            for (number, &index) in own.iter().enumerate() {
                let alone = region == Region::Soma && number == 0;
                let name = region.name();
                self.branches[index].name = if alone { name.to_string() } else { format!("{name}_{number}") };
            }
        }
    }
}

/// How something is joined to a soma.
#[derive(Clone, Copy, PartialEq)]
enum Joint {
    /// By a piece of its own diameter.
    Piece,
    /// By a wire without membrane and resistance.
    Wire,
}

/// NeuroMorpho's form of a sphere: two samples of its diameter hang on the first, together a diameter away, and bear nothing.
fn is_three_points(samples: &[Sample], somata: usize, children: &[(usize, usize)]) -> bool {
    let [root, rest @ ..] = samples else { return false };
    let around: Vec<&Sample> =
        rest.iter().zip(&children[1..]).filter(|(s, c)| s.kind == 1 && c.0 == 0).map(|(sample, _)| sample).collect();
    let alike = |sample: &&Sample| sample.parent == Some(0) && sample.radius == root.radius;
    let away: f64 = around.iter().map(|sample| distance(&point(root), &point(sample))).sum();
    somata == 3
        && root.kind == 1
        && around.len() == 2
        && around.iter().all(alike)
        && (away / (2.0 * root.radius) - 1.0).abs() < NEARLY
}

/// How far from a diameter it may be: files are rounded to two digits.
const NEARLY: f64 = 0.01;

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
            Sample { id, kind, at: [x, 0.0, 0.0], radius, parent, line: id as usize, beyond: 0 }
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
        assert!(cut(&samples(NEURON), SomaRule::Arbor).is_err_and(|refused| refused.line == 1));
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
    fn types_that_name_no_region_are_told() {
        let mut list = NEURON.to_vec();
        (list[2].1, list[4].1) = (5, 6);
        list.extend([(7, 5, 0.0, 1.0, 1), (8, 5, 20.0, 1.0, 7), (9, 7, 99.0, 1.0, 4), (10, 7, 120.0, 1.0, 9)]);
        let cut = cut(&samples(&list), SomaRule::Neuron).expect("sound");
        let names: Vec<&str> = cut.branches.iter().map(|branch| branch.name.as_str()).collect();
        assert_eq!(names, ["soma", "dendrite_0", "dendrite_1", "dendrite_2", "axon_0", "other_0", "other_1"]);
        assert_eq!(
            cut.unusual,
            [
                "one sample of type 5, the first in line 3: of region `dendrite`, as what they grow from",
                "2 samples of type 5, the first in line 7: of region `other`",
                "one sample of type 6, the first in line 5: of region `dendrite`, as what they grow from",
                "2 samples of type 7, the first in line 9: of region `other`",
            ]
        );
    }

    #[test]
    fn a_soma_that_branches_has_a_section_called_soma() {
        let list = samples(&[
            (1, 1, 0.0, 5.0, -1),
            (2, 1, 10.0, 4.0, 1),
            (3, 1, -9.0, 4.0, 1),
            (4, 1, -20.0, 4.0, 1),
            (5, 3, 30.0, 1.0, 2),
            (6, 3, 50.0, 1.0, 5),
        ]);
        let cut = cut(&list, SomaRule::Neuron).expect("sound");
        let names: Vec<&str> = cut.branches.iter().map(|branch| branch.name.as_str()).collect();
        assert_eq!(names, ["soma", "soma_1", "soma_2", "dendrite_0"]);
        assert_eq!(cut.branches[3].parent, Some((0, 1.0)), "where its parent is");
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
