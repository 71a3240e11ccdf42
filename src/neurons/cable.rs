//! `cable`: a neuron with a shape, sections of membrane joined into a tree.
//!
//! Only its table stands on this shelf: sections and mechanisms are read by `network`, and its equations are solved by
//! [`cable`](crate::cable).

use crate::model::{ModelInfo, Parameter, Range, Variable};

pub const INFO: ModelInfo = ModelInfo {
    name: "cable",
    summary: "a neuron with a shape: a tree of sections, each a cylinder with its own membrane",
    equations: "C_m dV/dt = (d / 4 R_a) d2V/dx2 - sum of mechanisms g (V - E) + what is done to it, per area",
    reference: "Hodgkin & Huxley 1952, J Physiol 117:500-544, part III; Hines 1984, Int J Biomed Comput 15:69-76",
    parameters: &[
        Parameter::new("R_a", "ohm cm", Range::Positive, "axial resistivity; of the cell, or of a section"),
        Parameter::new("C_m", "uF/cm^2", Range::Positive, "capacitance per area; of the cell, or of a section")
            .default(1.0),
    ],
    variables: &[Variable::new("V_m", "mV", "membrane potential at a place; beside it, the gates of the mechanisms")],
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Default;

    /// A membrane of two layers of lipid has about 1 uF/cm^2 whatever the cell (Hodgkin & Huxley 1952, table 3); the
    /// resistance inside differs from cell to cell and has no default.
    #[test]
    fn only_the_capacitance_goes_without_saying() {
        assert_eq!(INFO.parameter("C_m").unwrap().1.default, Default::Number(1.0));
        assert_eq!(INFO.parameter("R_a").unwrap().1.default, Default::Required);
    }
}
