//! The shape of a section: a cylinder, or truncated cones one after the other.

use super::tree::SectionSpec;
use std::f64::consts::PI;

/// Distances from the 0 end and diameters (um), ascending in distance.
pub(super) struct Shape {
    points: Vec<(f64, f64)>,
    length: f64,
}

impl Shape {
    pub fn of(spec: &SectionSpec) -> Shape {
        let cylinder = || vec![(0.0, spec.diameter), (spec.length, spec.diameter)];
        let points = if spec.profile.len() < 2 { cylinder() } else { spec.profile.clone() };
        Shape { points, length: spec.length }
    }

    /// Membrane (um^2) between two positions from 0 to 1, without what closes the cones.
    pub fn area(&self, from: f64, to: f64) -> f64 {
        self.cones(from, to)
            .map(|(height, a, b)| PI * 0.5 * (a + b) * (height * height + 0.25 * (b - a) * (b - a)).sqrt())
            .sum()
    }

    /// Conductance (nS) along the axis between two positions, resistivity in ohm cm: of a cone of height h between diameters a
    /// and b it is pi a b / (4 R h). 1 um^2 / (1 ohm cm x 1 um) = 1e-8 cm^2 / (1e-4 ohm cm^2) = 1e5 nS.
    pub fn axial_conductance(&self, from: f64, to: f64, resistivity: f64) -> f64 {
        let resistance: f64 = self.cones(from, to).map(|(height, a, b)| 4.0 * height / (PI * a * b)).sum();
        1e5 / (resistivity * resistance)
    }

    /// (height, diameters at its ends) of each cone between two positions.
    fn cones(&self, from: f64, to: f64) -> impl Iterator<Item = (f64, f64, f64)> + '_ {
        let (from, to) = (from * self.length, to * self.length);
        let first = self.points.partition_point(|(x, _)| *x <= from).max(1) - 1;
        self.points[first..].windows(2).take_while(move |pair| pair[0].0 < to).filter_map(move |pair| {
            let ((x, a), (y, b)) = (pair[0], pair[1]);
            let (low, high) = (from.max(x), if y < self.length { to.min(y) } else { to });
            let diameter = |at: f64| a + (b - a) * ((at - x) / (y - x)).clamp(0.0, 1.0);
            (high > low && y > x).then(|| (high - low, diameter(low), diameter(high)))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::tree::tests::section;
    use super::*;

    fn cone() -> Shape {
        let mut spec = section(None, 30.0, 0.0, 1);
        spec.profile = vec![(0.0, 4.0), (10.0, 2.0), (30.0, 2.0)];
        Shape::of(&spec)
    }

    #[test]
    fn a_cone_and_a_cylinder_add_up() {
        let shape = cone();
        let slant = (100.0_f64 + 1.0).sqrt();
        assert!((shape.area(0.0, 1.0) - PI * (3.0 * slant + 40.0)).abs() < 1e-12);
        // The integral of 4 dx / (pi d^2) with d = 4 - x/5 is 4/pi x 5 (1/2 - 1/4) = 5/pi.
        let resistance = 5.0 / PI + 20.0 / PI;
        assert!((shape.axial_conductance(0.0, 1.0, 100.0) - 1e5 / (100.0 * resistance)).abs() < 1e-9);
    }

    #[test]
    fn parts_make_the_whole() {
        let shape = cone();
        let parts: f64 = (0..7).map(|i| shape.area(f64::from(i) / 7.0, f64::from(i + 1) / 7.0)).sum();
        assert!((parts - shape.area(0.0, 1.0)).abs() < 1e-12, "float sum order");
        let inverse: f64 =
            (0..7).map(|i| 1.0 / shape.axial_conductance(f64::from(i) / 7.0, f64::from(i + 1) / 7.0, 70.0)).sum();
        assert!((inverse * shape.axial_conductance(0.0, 1.0, 70.0) - 1.0).abs() < 1e-13);
    }
}
