//! NEURON's reading of a soma against NEURON.
//!
//! Area of the membrane and resistance seen from the soma's middle, by NEURON 9.0.2: `Import3d_SWC_read`, `Import3d_GUI.instantiate`,
//! 201 segments a section, `pas` of 1e-4 S/cm^2, R_a 100 ohm cm, `Impedance` at 0 Hz.

use super::block::Block;
use super::morphology::{SomaRule, cut};
use super::{SectionSpec, Tree};
use crate::files::swc::Sample;
use std::sync::Arc;

struct Case {
    what: &'static str,
    swc: &'static str,
    /// um^2.
    area: f64,
    /// Mohm.
    resistance: f64,
}

const CASES: &[Case] = &[
    Case {
        what: "from both ends of a soma of two samples",
        swc: "1 1 0 0 0 5 -1\n\
              2 1 0 10 0 5 1\n\
              3 3 0 20 0 1 2\n\
              4 3 0 90 0 .6 3\n\
              5 2 0 -10 0 .6 1\n\
              6 2 0 -90 0 .4 5",
        area: 1017.882563970,
        resistance: 986.0400383333,
    },
    Case {
        what: "from the ends and the middle of a soma of three samples",
        swc: "1 1 0 0 0 4 -1\n\
              2 1 0 6 0 6 1\n\
              3 1 0 12 0 4 2\n\
              4 3 0 20 0 1 3\n\
              5 3 0 90 0 .6 4\n\
              6 3 12 6 0 .8 2\n\
              7 3 80 6 0 .5 6\n\
              8 2 0 -10 0 .6 1\n\
              9 2 0 -90 0 .4 8\n\
              10 3 -15 6 0 1 2",
        area: 1460.507734041,
        resistance: 686.8480386322,
    },
    Case {
        what: "NeuroMorpho's sphere",
        swc: "1 1 0 0 0 5 -1\n\
              2 1 0 -5 0 5 1\n\
              3 1 0 5 0 5 1\n\
              4 3 9 0 0 1 1\n\
              5 3 90 0 0 .6 4\n\
              6 2 -10 0 0 .6 1\n\
              7 2 -90 0 0 .4 6",
        area: 972.6428489669,
        resistance: 1031.464357030,
    },
    Case {
        what: "three points from which something grows are no sphere",
        swc: "1 1 0 0 0 5 -1\n\
              2 1 0 -5 0 5 1\n\
              3 1 0 5 0 5 1\n\
              4 3 0 -12 0 1 2\n\
              5 3 0 -90 0 .6 4\n\
              6 2 0 12 0 .6 3\n\
              7 2 0 90 0 .4 6\n\
              8 3 9 0 0 1 1\n\
              9 3 90 0 0 .6 8",
        area: 1428.807284509,
        resistance: 702.4615207120,
    },
    Case {
        what: "a soma that branches",
        swc: "1 1 0 0 0 4 -1\n\
              2 1 0 8 0 5 1\n\
              3 1 6 12 0 4 2\n\
              4 1 -6 12 0 3 2\n\
              5 3 0 20 0 1 2\n\
              6 3 0 90 0 .6 5\n\
              7 3 16 20 0 1 3\n\
              8 3 60 60 0 .6 7\n\
              9 2 -12 20 0 .5 4\n\
              10 2 -60 60 0 .4 9",
        area: 1561.186251699,
        resistance: 642.0041817263,
    },
    Case {
        what: "a dendrite whose first sample forks",
        swc: "1 1 0 0 0 6 -1\n\
              2 2 0 -8 0 .6 1\n\
              3 2 0 -90 0 .4 2\n\
              4 3 0 10 0 1.5 1\n\
              5 3 0 80 0 1 4\n\
              6 3 60 30 0 .8 4\n\
              7 3 90 40 0 .6 6",
        area: 1855.899526166,
        resistance: 540.1754964877,
    },
    Case {
        what: "the same of the second sample of the file, which is looked at in another way",
        swc: "1 1 0 0 0 6 -1\n\
              2 3 0 10 0 1.5 1\n\
              3 3 0 80 0 1 2\n\
              4 3 60 30 0 .8 2\n\
              5 3 90 40 0 .6 4\n\
              6 2 0 -8 0 .6 1\n\
              7 2 0 -90 0 .4 6",
        area: 1950.147305774,
        resistance: 514.5365357123,
    },
    Case {
        what: "a fork at the end of a soma of two samples",
        swc: "1 1 0 0 0 4 -1\n\
              2 1 0 8 0 5 1\n\
              3 3 0 18 0 1.5 2\n\
              4 3 0 80 0 1 3\n\
              5 3 60 40 0 .8 3\n\
              6 3 90 50 0 .6 5\n\
              7 3 20 8 0 1 2",
        area: 1535.708408520,
        resistance: 652.5188497110,
    },
    Case {
        what: "a soma that is not the root",
        swc: "1 3 0 0 0 1 -1\n\
              2 3 0 30 0 1 1\n\
              3 1 0 40 0 6 2\n\
              4 3 0 50 0 1 3\n\
              5 3 0 100 0 .6 4\n\
              6 3 20 40 0 1 3",
        area: 874.1950923971,
        resistance: 1144.969154673,
    },
];

fn samples(text: &str) -> Vec<Sample> {
    let of = |(index, line): (usize, &str)| {
        let n: Vec<f64> = line.split_whitespace().map(|word| word.parse().expect("a number")).collect();
        let parent = if n[6] < 0.0 { None } else { Some(n[6] as usize - 1) };
        Sample {
            id: n[0] as u64,
            kind: n[1] as u32,
            at: [n[2], n[3], n[4]],
            radius: n[5],
            parent,
            line: index + 1,
            beyond: 0,
        }
    };
    text.lines().enumerate().map(of).collect()
}

/// Its tree, and which of its sections is the soma.
fn tree(text: &str) -> (Tree, usize) {
    let cut = cut(&samples(text), SomaRule::Neuron).expect("sound");
    let section = |branch: &super::morphology::Branch| {
        let profile = branch.profile();
        SectionSpec {
            name: branch.name.clone(),
            parent: branch.parent,
            length: profile[profile.len() - 1].0,
            diameter: f64::NAN,
            profile,
            compartments: 201,
            axial_resistivity: 100.0,
            capacitance: 1.0,
            mechanisms: vec![(crate::mechanisms::find("passive").expect("on the shelf"), vec![0.1, -70.0])],
        }
    };
    let soma = cut.branches.iter().position(|branch| branch.name == "soma").expect("it has one");
    (Tree::new(&cut.branches.iter().map(section).collect::<Vec<_>>()), soma)
}

#[test]
fn areas_and_resistances_are_neuron_s() {
    for case in CASES {
        let (tree, soma) = tree(case.swc);
        // NEURON keeps positions in single precision.
        let area = tree.total_area();
        assert!((area / case.area - 1.0).abs() < 1e-6, "{}: {area} um^2", case.what);
        let place = tree.place(soma, 0.5);
        let mut block = Block::new(Arc::new(tree), 1, 0.1, 6.3, &[]);
        block.initialise(0, -70.0);
        assert!(block.resting(0, &[(place, 1.0)]));
        // 1 mV / 1 pA is 1 Gohm; what is left is how the two treat the membrane next to a junction.
        let resistance = 1e3 * (block.voltage(&place, 0) + 70.0);
        assert!((resistance / case.resistance - 1.0).abs() < 1e-6, "{}: {resistance} Mohm", case.what);
    }
}
