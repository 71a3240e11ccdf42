//! Nodes without area: how their potential follows from compartments, and where a charge put there goes.
//!
//! Kirchhoff's law without a capacitance: V of such a node is a weighted mean of the compartments around it. A charge put
//! there leaves at once to the same compartments in the same shares, since the conductance matrix is symmetric.

/// For each node without area, (compartment, share) with shares that sum to one; empty for compartments.
pub(super) fn shares(parent: &[usize], axial: &[f64], area: &[f64]) -> Vec<Vec<(usize, f64)>> {
    let nodes = parent.len();
    let mut neighbours = vec![Vec::new(); nodes];
    for node in 1..nodes {
        neighbours[node].push((parent[node], axial[node]));
        neighbours[parent[node]].push((node, axial[node]));
    }
    (0..nodes).map(|node| if area[node] > 0.0 { vec![] } else { shares_of(node, &neighbours, area) }).collect()
}

/// Star-mesh elimination of the nodes without area around `node`, which is a tree: the conductance of each way out to
/// compartments is that of its parts in series and in parallel.
fn shares_of(node: usize, neighbours: &[Vec<(usize, f64)>], area: &[f64]) -> Vec<(usize, f64)> {
    let ways = ways_out(node, usize::MAX, neighbours, area);
    let sum: f64 = ways.iter().map(|(_, conductance)| conductance).sum();
    ways.into_iter().map(|(compartment, conductance)| (compartment, conductance / sum)).collect()
}

/// Conductances from `node` to the compartments on its side of `from`.
fn ways_out(node: usize, from: usize, neighbours: &[Vec<(usize, f64)>], area: &[f64]) -> Vec<(usize, f64)> {
    let mut ways = Vec::new();
    for &(next, axial) in neighbours[node].iter().filter(|(next, _)| *next != from) {
        if area[next] > 0.0 {
            ways.push((next, axial));
            continue;
        }
        let beyond = ways_out(next, node, neighbours, area);
        let sum: f64 = beyond.iter().map(|(_, conductance)| conductance).sum();
        ways.extend(
            beyond.into_iter().map(|(compartment, conductance)| (compartment, conductance * axial / (axial + sum))),
        );
    }
    ways
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_junctions_between_two_compartments_interpolate_linearly() {
        // Compartment 0, junctions 1 and 2 at a third and two thirds, compartment 3.
        let shares = shares(&[0, 0, 1, 2], &[0.0, 3.0, 3.0, 3.0], &[1.0, 0.0, 0.0, 1.0]);
        for (node, expected) in [(1, [2.0 / 3.0, 1.0 / 3.0]), (2, [1.0 / 3.0, 2.0 / 3.0])] {
            for (compartment, share) in &shares[node] {
                assert!((share - expected[usize::from(*compartment == 3)]).abs() < 1e-15);
            }
        }
        assert!(shares[0].is_empty());
    }
}
