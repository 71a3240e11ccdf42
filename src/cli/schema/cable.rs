//! The schema of cells with a shape.

use serde_json::{Value, json};

use super::{named, object, parameters, quantity, text, texts};
use crate::cable::morphology::{Region, SomaRule};
use crate::mechanisms;
use crate::neurons;

/// The keys of a `cable` cell.
pub fn cell() -> Vec<(&'static str, Value)> {
    let mut keys = membrane();
    let chain = object(
        vec![
            ("sections", texts("that follow one another: [\"internode\", \"node\"]")),
            ("count", quantity("how often")),
            ("parent", text("what the first hangs on")),
        ],
        &["sections", "count"],
    );
    let regions = Region::ALL.map(|region| (region.name(), object(membrane(), &[])));
    keys.push(("section", named(section())));
    keys.push(("chain", chain));
    keys.push(("morphology", text("the path of an SWC file")));
    keys.push(("soma", super::choice("whose reading of the soma to follow", SomaRule::NAMES)));
    keys.push(("region", object(regions.to_vec(), &[])));
    keys.push(("ion", ions()));
    keys
}

/// `ion.K`, and so on.
pub fn ions() -> Value {
    let ion = object(
        vec![
            ("E", quantity("reversal potential")),
            ("inside", quantity("concentration: \"140 mM\"")),
            ("outside", quantity("concentration: \"4 mM\"")),
        ],
        &[],
    );
    object(["Na", "K", "Ca"].map(|name| (name, ion.clone())).to_vec(), &[])
}

/// `[block.x]`.
pub fn block() -> Value {
    let names = mechanisms::ALL.iter().map(|entry| entry.info.name);
    object(
        vec![
            ("mechanism", super::choice("which channels", names)),
            ("parameter", text("of the mechanism: \"g_Na\"")),
            ("factor", quantity("what is left of it: 0 blocks all")),
            ("of", texts("populations; by default all that have the mechanism")),
            ("start", super::varied("when it begins, or a list of times; 0 ms")),
            ("stop", super::varied("when it ends, or a list of times; the end of the run")),
        ],
        &["mechanism", "parameter", "factor"],
    )
}

/// What a cable's cell and each of its sections may say.
fn membrane() -> Vec<(&'static str, Value)> {
    let mut keys = parameters(&neurons::cable::INFO);
    keys.push(("compartments", quantity("how many in a section; by default fine enough for 100 Hz")));
    keys.push(("d_lambda", quantity("compartments per length constant at 100 Hz: their length; 0.1")));
    keys.push(("max_compartment", quantity("the longest that a compartment may be: \"20 um\"")));
    let one = |entry: &mechanisms::Entry| {
        let table = object(parameters(entry.info), &[]);
        let off = json!({ "const": false, "description": "removed from this section" });
        (entry.info.name, json!({ "anyOf": [table, off], "description": entry.info.summary }))
    };
    keys.push(("mechanisms", object(mechanisms::ALL.iter().map(one).collect(), &[])));
    keys
}

fn section() -> Value {
    let mut keys = membrane();
    // A section of a reconstruction has its length and diameter from the file.
    keys.push(("parent", text("the section that it hangs on, at its end, or at a position: \"soma(0.5)\"")));
    keys.push(("length", quantity("such as \"100 um\"")));
    keys.push(("diameter", quantity("such as \"2 um\"")));
    object(keys, &[])
}
