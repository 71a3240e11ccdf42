//! Where a cable's spikes are detected: `spike.at`, and other places that projections and recorders ask for.

use super::context::Context;
use super::targets::{find_place, is_one_compartment, label};
use super::{Body, CableBody, Detector};
use crate::cable::SectionSpec;
use crate::config::keys::Keys;
use crate::config::selection::place;
use crate::config::value::{Name, Table, Value};
use crate::error::{Code, Diagnostic};

/// `spike = { at, threshold }` of a crossing model; its default.
pub(super) fn read_spike(
    context: &mut Context,
    body: &Body,
    written: Option<&Value>,
    name: &Name,
    what: &str,
) -> Option<Vec<Detector>> {
    let Body::Cable(cable) = body else {
        if let Some(value) = written {
            let message = format!("{what} does not cross a threshold: `spike` has no meaning here");
            context.push(Diagnostic::error(Code::Conflict, value.span, message).help("leave `spike` out"));
        }
        return Some(vec![]);
    };
    let empty = Table::empty();
    let table = match written {
        Some(value) => context.diagnostics.keep(value.as_table("`spike`"))?,
        None => &empty,
    };
    let mut keys = Keys::new("`spike`", table);
    let at = keys.optional("at");
    let threshold = match keys.optional("threshold") {
        Some(value) => context.diagnostics.keep(context.evaluator.number(value, "mV"))?,
        None => {
            context.default_text(&["population", &name.text, "spike", "threshold"], "0 mV");
            0.0
        }
    };
    keys.finish(&mut context.diagnostics);
    let (section, position) = match at {
        Some(value) => {
            let place = context.diagnostics.keep(place(value))?;
            let (section, position) = context.diagnostics.keep(find_place(cable, &name.text, &place))?;
            (section, position.unwrap_or(0.5))
        }
        None if is_one_compartment(cable) => (0, 0.5),
        None => match far_end(&cable.sections) {
            Some(section) => {
                let text = format!("{}(1.0)", cable.section_names[section]);
                context.default_text(&["population", &name.text, "spike", "at"], text);
                (section, 1.0)
            }
            None => {
                let message = format!("{what} branches, so `spike.at` must say where its spikes are detected");
                let help = format!("add `spike = {{ at = \"{}(0.5)\" }}`", cable.section_names[0]);
                context.push(Diagnostic::error(Code::MissingKey, name.span, message).help(help));
                return None;
            }
        },
    };
    let place = cable.tree.place(section, position);
    Some(vec![Detector { label: label(cable, section, position), place, threshold }])
}

/// The last section of an unbranched cable.
fn far_end(sections: &[SectionSpec]) -> Option<usize> {
    let mut children = vec![0; sections.len()];
    for (parent, position) in sections.iter().filter_map(|section| section.parent) {
        children[parent] += 1;
        if children[parent] > 1 || position != 1.0 {
            return None;
        }
    }
    children.iter().position(|&count| count == 0)
}

/// The index of the detector at `place` of `population`, added if it is new.
pub(super) fn detector(context: &mut Context, population: usize, section: usize, position: f64) -> usize {
    let detectors = &context.populations[population].detectors;
    let threshold = detectors.first().map_or(0.0, |first| first.threshold);
    let Body::Cable(cable) = &context.populations[population].body else { return 0 };
    let label = label(cable, section, position);
    if let Some(index) = detectors.iter().position(|known| known.label == label) {
        return index;
    }
    let place = cable.tree.place(section, position);
    let detectors = &mut context.populations[population].detectors;
    detectors.push(Detector { label, place, threshold });
    detectors.len() - 1
}

/// Section and position of `spike.at`.
pub(super) fn spike_site(detectors: &[Detector], cable: &CableBody) -> Option<(usize, Option<f64>)> {
    let label = &detectors.first()?.label;
    let (name, position) = label.strip_suffix(')')?.split_once('(')?;
    let section = cable.section_names.iter().position(|known| known == name)?;
    Some((section, Some(position.parse().ok()?)))
}
