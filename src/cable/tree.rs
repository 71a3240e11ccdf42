//! From sections to nodes: where compartments lie, what joins them, what a place means.
//!
//! A section is a cylinder cut into equal compartments. A compartment is a centre node with the membrane's area and
//! capacitance. Sections also have end nodes, and junction nodes where a child sits between two centres; these have
//! no area, so that their V is algebraic. The 0 end of a child IS its parent's node there. Nodes are numbered with
//! parents first, along each section from 0 to 1, so that a section's compartments are neighbours in memory and one
//! sweep from the last node to the first eliminates the tree (Hines 1984, Int J Biomed Comput 15:69-76).

use super::shape::Shape;
use crate::mechanisms::CALCIUM_AT_REST;

/// A piece of a cell as the user describes it.
#[derive(Clone, Debug)]
pub struct SectionSpec {
    pub name: String,
    /// (index of the parent section, position on it from 0 to 1); `None` for the root.
    pub parent: Option<(usize, f64)>,
    /// um.
    pub length: f64,
    /// um; where there is a profile, its mean over the length.
    pub diameter: f64,
    /// (distance from the 0 end, diameter) in um, ascending, first and last at the ends: truncated cones between them. Empty
    /// for a cylinder.
    pub profile: Vec<(f64, f64)>,
    /// At least one.
    pub compartments: usize,
    /// ohm cm.
    pub axial_resistivity: f64,
    /// uF/cm^2.
    pub capacitance: f64,
    /// (index in `mechanisms::ALL`, its parameters in the order of its table).
    pub mechanisms: Vec<(usize, Vec<f64>)>,
}

/// A point of a cell: between two neighbouring nodes, with the weights of linear interpolation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Place {
    pub nodes: [usize; 2],
    pub weights: [f64; 2],
}

impl Place {
    pub(super) fn node(node: usize) -> Place {
        Place { nodes: [node, node], weights: [1.0, 0.0] }
    }

    /// Its nodes with weights other than zero.
    pub(super) fn parts(&self) -> impl Iterator<Item = (usize, f64)> + '_ {
        self.nodes.into_iter().zip(self.weights).filter(|(_, weight)| *weight != 0.0)
    }

    /// Of its two nodes the child.
    pub(super) fn lower(&self) -> usize {
        self.nodes[0].max(self.nodes[1])
    }
}

/// A mechanism on some sections of a tree.
#[derive(Clone, Debug)]
pub(super) struct Painted {
    /// Index in `mechanisms::ALL`.
    pub mechanism: usize,
    /// Runs of compartments: (section, first node, nodes, parameters).
    pub runs: Vec<(usize, usize, usize, Vec<f64>)>,
}

#[derive(Clone, Debug)]
pub(super) struct SectionNodes {
    /// Section and position that it hangs on.
    pub parent: Option<(usize, f64)>,
    pub length: f64,
    /// Path distance of the 0 end from the root's (um).
    pub start: f64,
    pub area: f64,
    pub compartments: usize,
    /// (position, node) from 0 to 1, both ends included; the centre alone for a point.
    pub along: Vec<(f64, usize)>,
}

/// The nodes of one cell and what joins them.
#[derive(Clone, Debug)]
pub struct Tree {
    /// Of each node but the first; less than the node.
    pub(super) parent: Vec<usize>,
    /// Axial conductance to the parent (nS).
    pub(super) axial: Vec<f64>,
    /// Membrane area (um^2) and capacitance (pF); 0 at ends and junctions.
    pub(super) area: Vec<f64>,
    pub(super) capacitance: Vec<f64>,
    pub(super) section_of: Vec<usize>,
    pub(super) sections: Vec<SectionNodes>,
    pub(super) painted: Vec<Painted>,
    /// mM, where no mechanism holds it.
    pub(super) calcium_inside: f64,
    /// For a node without area: how its V, and a charge put there, is shared by compartments. Empty for compartments.
    pub(super) spread: Vec<Vec<(usize, f64)>>,
}

/// Positions on a section closer than this (a fraction of its length) are one.
const SAME_POSITION: f64 = 1e-9;

impl Tree {
    /// The nodes of `sections`, in any order, with one root and without cycles (which the caller has checked).
    pub fn new(sections: &[SectionSpec]) -> Tree {
        let mut tree = Tree::empty(sections.len());
        let children = children(sections);
        for index in parents_first(sections, &children) {
            tree.add_section(index, sections, &children[index]);
        }
        tree.finish();
        tree
    }

    /// With another concentration of calcium (mM) where no mechanism holds it.
    pub fn with_calcium(mut self, inside: Option<f64>) -> Tree {
        self.calcium_inside = inside.unwrap_or(CALCIUM_AT_REST);
        self
    }

    /// Calcium inside (mM) where no mechanism holds it.
    pub fn calcium_inside(&self) -> f64 {
        self.calcium_inside
    }

    /// One compartment of `area` (um^2) without ends; capacitance in uF/cm^2.
    pub fn point(area: f64, capacitance: f64, mechanisms: Vec<(usize, Vec<f64>)>) -> Tree {
        let mut tree = Tree::empty(1);
        tree.push(0, 0, 0.0, area, capacitance);
        tree.sections[0] = SectionNodes { area, compartments: 1, along: vec![(0.5, 0)], ..tree.sections[0].clone() };
        for (mechanism, parameters) in mechanisms {
            tree.paint(mechanism, (0, 0, 1, parameters));
        }
        tree.finish();
        tree
    }

    fn empty(sections: usize) -> Tree {
        let none = SectionNodes { parent: None, length: 0.0, start: 0.0, area: 0.0, compartments: 0, along: vec![] };
        Tree {
            parent: vec![],
            axial: vec![],
            area: vec![],
            capacitance: vec![],
            section_of: vec![],
            sections: vec![none; sections],
            painted: vec![],
            calcium_inside: CALCIUM_AT_REST,
            spread: vec![],
        }
    }

    fn push(&mut self, section: usize, parent: usize, axial: f64, area: f64, capacitance: f64) -> usize {
        self.parent.push(parent);
        self.axial.push(axial);
        self.area.push(area);
        self.capacitance.push(capacitance * area * PF_PER_UM2);
        self.section_of.push(section);
        self.parent.len() - 1
    }

    fn add_section(&mut self, index: usize, sections: &[SectionSpec], children: &[usize]) {
        let spec = &sections[index];
        let (start_node, start) = match spec.parent {
            Some((parent, position)) => (Some(self.node_at(parent, position)), self.path_distance(parent, position)),
            None => (None, 0.0),
        };
        let compartments = spec.compartments.max(1);
        let shape = Shape::of(spec);
        let step = 1.0 / compartments as f64;
        let first = start_node.unwrap_or_else(|| self.push(index, 0, 0.0, 0.0, 0.0));
        let mut along = vec![(0.0, first)];
        for (position, is_centre) in positions(index, sections, children) {
            let (before, neighbour) = along[along.len() - 1];
            let axial = shape.axial_conductance(before, position, spec.axial_resistivity);
            let area = if is_centre { shape.area(position - 0.5 * step, position + 0.5 * step) } else { 0.0 };
            let node = self.push(index, neighbour, axial, area, spec.capacitance);
            along.push((position, node));
        }
        for run in runs_of_compartments(&along, &self.area) {
            for (mechanism, parameters) in &spec.mechanisms {
                self.paint(*mechanism, (index, run.0, run.1, parameters.clone()));
            }
        }
        let (parent, length, area) = (spec.parent, spec.length, shape.area(0.0, 1.0));
        self.sections[index] = SectionNodes { parent, length, start, area, compartments, along };
    }

    fn paint(&mut self, mechanism: usize, run: (usize, usize, usize, Vec<f64>)) {
        match self.painted.iter_mut().find(|painted| painted.mechanism == mechanism) {
            Some(painted) => painted.runs.push(run),
            None => self.painted.push(Painted { mechanism, runs: vec![run] }),
        }
    }

    /// The node at a position where one was made.
    fn node_at(&self, section: usize, position: f64) -> usize {
        let place = self.place(section, position);
        place.nodes[usize::from(place.weights[1] > place.weights[0])]
    }

    /// The point at `x` (0 to 1) along a section.
    pub fn place(&self, section: usize, x: f64) -> Place {
        let along = &self.sections[section].along;
        let above = along.partition_point(|(position, _)| *position < x);
        if above == 0 || above == along.len() {
            return Place::node(along[above.min(along.len() - 1)].1);
        }
        let ((low, a), (high, b)) = (along[above - 1], along[above]);
        if x - low < SAME_POSITION {
            return Place::node(a);
        }
        if high - x < SAME_POSITION {
            return Place::node(b);
        }
        let weight = (x - low) / (high - low);
        Place { nodes: [a, b], weights: [1.0 - weight, weight] }
    }

    /// Path distance from the root's 0 end (um).
    pub fn path_distance(&self, section: usize, x: f64) -> f64 {
        self.sections[section].start + x * self.sections[section].length
    }

    /// Length of the only way along the tree from one point to another (um): up to where their ways to the root meet, and down.
    pub fn path_between(&self, from: (usize, f64), to: (usize, f64)) -> f64 {
        let to_root =
            |point| std::iter::successors(Some(point), |&(section, _): &(usize, f64)| self.sections[section].parent);
        let down: Vec<(usize, f64)> = to_root(to).collect();
        let distance = |(section, x)| self.path_distance(section, x);
        let meeting = to_root(from).find_map(|up| Some((up, *down.iter().find(|(section, _)| *section == up.0)?)));
        let Some((up, down)) = meeting else { return f64::NAN };
        (distance(from) - distance(up)) + (distance(to) - distance(down)) + (distance(up) - distance(down)).abs()
    }

    /// Place of each compartment's centre, with its part of the section's membrane.
    pub fn parts_of_section(&self, section: usize) -> Vec<(Place, f64)> {
        let own = self.sections[section].along.iter().filter(|(_, node)| self.is_own_centre(section, *node));
        own.map(|&(_, node)| (Place::node(node), self.area[node] / self.sections[section].area)).collect()
    }

    /// Length of a section (um).
    pub fn section_length(&self, section: usize) -> f64 {
        self.sections[section].length
    }

    /// Position and place of each compartment's centre.
    pub fn centre_places(&self, section: usize) -> Vec<(f64, Place)> {
        let centres = self.sections[section].along.iter().filter(|(_, node)| self.is_own_centre(section, *node));
        centres.map(|&(position, node)| (position, Place::node(node))).collect()
    }

    fn is_own_centre(&self, section: usize, node: usize) -> bool {
        self.area[node] > 0.0 && self.section_of[node] == section
    }

    pub fn nodes(&self) -> usize {
        self.parent.len()
    }

    /// Compartments of all sections.
    pub fn compartments(&self) -> usize {
        self.sections.iter().map(|section| section.compartments).sum()
    }

    pub fn sections(&self) -> usize {
        self.sections.len()
    }

    /// Membrane of one section (um^2).
    pub fn section_area(&self, section: usize) -> f64 {
        self.sections[section].area
    }

    /// Membrane of the cell (um^2).
    pub fn total_area(&self) -> f64 {
        self.area.iter().sum()
    }

    /// Capacitance of the cell (pF).
    pub fn total_capacitance(&self) -> f64 {
        self.capacitance.iter().sum()
    }

    /// Membrane area of each node (um^2), 0 at ends and junctions.
    pub fn areas(&self) -> &[f64] {
        &self.area
    }

    /// Capacitance of each node (pF), 0 at ends and junctions.
    pub fn capacitances(&self) -> &[f64] {
        &self.capacitance
    }

    /// Of each node: the sum of its conductances to parent and children (nS).
    pub(super) fn axial_sums(&self) -> Vec<f64> {
        let mut sums = vec![0.0; self.nodes()];
        for node in 1..self.nodes() {
            sums[node] += self.axial[node];
            sums[self.parent[node]] += self.axial[node];
        }
        sums
    }

    /// Whether the compartments at a place have a mechanism (index in `mechanisms::ALL`).
    pub fn carries(&self, mechanism: usize, place: &Place) -> bool {
        let has = |node: usize| {
            let mut runs =
                self.painted.iter().filter(|painted| painted.mechanism == mechanism).flat_map(|painted| &painted.runs);
            runs.any(|(_, first, nodes, _)| (*first..first + nodes).contains(&node))
        };
        self.compartments_near(place).iter().any(|(node, _)| has(*node))
    }

    /// Whether two places belong to one compartment.
    pub fn share_compartment(&self, one: &Place, other: &Place) -> bool {
        let near = self.compartments_near(other);
        self.compartments_near(one).iter().any(|(node, _)| near.iter().any(|(known, _)| known == node))
    }

    /// The compartments that a place belongs to, with weights whose sum is one.
    pub(super) fn compartments_near(&self, place: &Place) -> Vec<(usize, f64)> {
        let mut near = Vec::new();
        for (node, weight) in place.parts() {
            if self.spread[node].is_empty() {
                near.push((node, weight));
            }
            near.extend(self.spread[node].iter().map(|(compartment, share)| (*compartment, share * weight)));
        }
        near
    }

    fn finish(&mut self) {
        self.spread = super::spread::shares(&self.parent, &self.axial, &self.area);
    }
}

/// 1 uF/cm^2 in pF/um^2.
pub(super) const PF_PER_UM2: f64 = 0.01;
/// 1 mS/cm^2 in nS/um^2, and 1 uA/cm^2 in pA/um^2.
pub(super) const NS_PER_UM2: f64 = 0.01;

/// Of each section: those that hang on it.
fn children(sections: &[SectionSpec]) -> Vec<Vec<usize>> {
    let mut children = vec![Vec::new(); sections.len()];
    for (index, section) in sections.iter().enumerate() {
        if let Some((parent, _)) = section.parent {
            children[parent].push(index);
        }
    }
    children
}

/// Indices of sections, each after its parent.
fn parents_first(sections: &[SectionSpec], children: &[Vec<usize>]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..sections.len()).filter(|&i| sections[i].parent.is_none()).collect();
    let mut next = 0;
    while next < order.len() {
        order.extend(&children[order[next]]);
        next += 1;
    }
    order
}

/// Positions of a section's own nodes past its 0 end, ascending, and whether each is a centre.
fn positions(index: usize, sections: &[SectionSpec], children: &[usize]) -> Vec<(f64, bool)> {
    let compartments = sections[index].compartments.max(1);
    let mut list: Vec<(f64, bool)> =
        (0..compartments).map(|i| ((i as f64 + 0.5) / compartments as f64, true)).collect();
    list.push((1.0, false));
    for &child in children {
        if let Some((_, position)) = sections[child].parent
            && position > SAME_POSITION
            && list.iter().all(|(other, _)| (other - position).abs() >= SAME_POSITION)
        {
            list.push((position, false));
        }
    }
    list.sort_by(|a, b| a.0.total_cmp(&b.0));
    list
}

/// (first node, nodes) of each run of compartments along a section: junctions part them.
fn runs_of_compartments(along: &[(f64, usize)], area: &[f64]) -> Vec<(usize, usize)> {
    let mut runs: Vec<(usize, usize)> = Vec::new();
    // The 0 end may be a compartment, but then it is the parent's.
    for &(_, node) in along.iter().skip(1).filter(|(_, node)| area[*node] > 0.0) {
        match runs.last_mut() {
            Some((first, nodes)) if *first + *nodes == node => *nodes += 1,
            _ => runs.push((node, 1)),
        }
    }
    runs
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::cable) fn section(
        parent: Option<(usize, f64)>,
        length: f64,
        diameter: f64,
        compartments: usize,
    ) -> SectionSpec {
        SectionSpec {
            name: String::new(),
            parent,
            length,
            diameter,
            profile: vec![],
            compartments,
            axial_resistivity: 100.0,
            capacitance: 1.0,
            mechanisms: vec![],
        }
    }

    #[test]
    fn axial_conductance_is_ohms_law() {
        // 1 um^2 of 100 ohm cm over 100 um: R = 1 ohm m x 1e-4 m / 1e-12 m^2 = 1e8 ohm, so 10 nS.
        let shape = Shape::of(&section(None, 100.0, 2.0 / std::f64::consts::PI.sqrt(), 1));
        assert!((shape.axial_conductance(0.0, 1.0, 100.0) - 10.0).abs() < 1e-12);
    }

    #[test]
    fn a_place_lies_between_its_neighbours() {
        let tree = Tree::new(&[section(None, 100.0, 2.0, 2)]);
        assert_eq!(tree.nodes(), 4);
        assert_eq!(tree.place(0, 0.0), Place::node(0));
        assert_eq!(tree.place(0, 0.25), Place::node(1));
        assert_eq!(tree.place(0, 0.5), Place { nodes: [1, 2], weights: [0.5, 0.5] });
        assert_eq!(tree.place(0, 1.0), Place::node(3));
        assert!((tree.total_area() - std::f64::consts::PI * 200.0).abs() < 1e-9);
        assert!((tree.total_capacitance() - std::f64::consts::PI * 2.0).abs() < 1e-9, "1 uF/cm^2 = 0.01 pF/um^2");
        assert_eq!(tree.centre_places(0).iter().map(|(x, _)| *x).collect::<Vec<_>>(), [0.25, 0.75]);
    }

    #[test]
    fn children_sit_on_their_parents_nodes_in_any_order() {
        let tree = Tree::new(&[
            section(Some((1, 0.6)), 50.0, 1.0, 1),
            section(None, 100.0, 2.0, 2),
            section(Some((1, 0.0)), 10.0, 1.0, 1),
            section(Some((1, 1.0)), 10.0, 1.0, 1),
            section(Some((1, 0.25)), 10.0, 1.0, 1),
        ]);
        assert_eq!(tree.place(0, 0.0), tree.place(1, 0.6), "a junction node");
        assert_eq!(tree.place(2, 0.0), tree.place(1, 0.0));
        assert_eq!(tree.place(3, 0.0), tree.place(1, 1.0));
        assert_eq!(tree.place(4, 0.0), tree.place(1, 0.25), "a centre");
        assert!((1..tree.nodes()).all(|node| tree.parent[node] < node));
        assert!((tree.path_distance(0, 0.5) - 85.0).abs() < 1e-12);
        let between = |from, to, expected: f64| {
            let (there, back) = (tree.path_between(from, to), tree.path_between(to, from));
            assert!((there - expected).abs() < 1e-12 && (back - expected).abs() < 1e-12, "{from:?} {to:?}: {there}");
        };
        between((1, 0.1), (1, 0.9), 80.0);
        between((1, 0.1), (0, 0.5), 50.0 + 25.0);
        between((1, 0.9), (0, 0.5), 30.0 + 25.0);
        between((0, 0.5), (3, 0.5), 25.0 + 40.0 + 5.0);
        between((2, 1.0), (4, 1.0), 10.0 + 25.0 + 10.0);
        assert_eq!(tree.compartments(), 6);
        assert_eq!(tree.centre_places(4).len(), 1, "the parent's centre is not its own");
    }
}
