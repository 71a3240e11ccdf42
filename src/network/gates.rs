//! The variables of a cable's mechanisms by name: `m`, or `m.na_traub` where several mechanisms have one of that name.

use crate::cable::SectionSpec;
use crate::error::{Code, Diagnostic, Span};
use crate::mechanisms;

/// A gate, or a concentration, of a mechanism that a cable has somewhere.
pub(crate) struct CableVariable {
    pub name: &'static str,
    pub unit: &'static str,
    pub mechanism: usize,
    pub gate: usize,
}

impl CableVariable {
    /// `m.na_traub`
    fn qualified(&self) -> String {
        format!("{}.{}", self.name, mechanisms::ALL[self.mechanism].info.name)
    }
}

/// Every variable of the mechanisms that occur in `sections`.
pub(crate) fn cable_variables(sections: &[SectionSpec]) -> Vec<CableVariable> {
    let mut used: Vec<usize> = sections.iter().flat_map(|section| section.mechanisms.iter().map(|(m, _)| *m)).collect();
    used.sort_unstable();
    used.dedup();
    let gates = |mechanism: usize| {
        let variables = mechanisms::ALL[mechanism].info.variables.iter().enumerate();
        variables.map(move |(gate, v)| CableVariable { name: v.name, unit: v.unit, mechanism, gate })
    };
    used.into_iter().flat_map(gates).collect()
}

/// What a name may mean: `m` every variable so called, `m.hh` that of one mechanism.
pub(super) fn named<'v>(variables: &'v [CableVariable], name: &str) -> Vec<&'v CableVariable> {
    let (bare, of) = name.split_once('.').map_or((name, None), |(bare, of)| (bare, Some(of)));
    let fits = |v: &&CableVariable| v.name == bare && of.is_none_or(|of| mechanisms::ALL[v.mechanism].info.name == of);
    variables.iter().filter(fits).collect()
}

/// A name that means several.
pub(super) fn ambiguous(name: &str, found: &[&CableVariable], span: Span) -> Diagnostic {
    let meant: Vec<String> = found.iter().map(|variable| format!("`{}`", variable.qualified())).collect();
    let message = format!("`{name}` is a variable of {} mechanisms here", found.len());
    Diagnostic::error(Code::Conflict, span, message).help(format!("say which: {}", meant.join(" or ")))
}

/// The names that mean one of `variables` each.
pub(super) fn known(variables: &[CableVariable]) -> Vec<String> {
    let name = |v: &CableVariable| match named(variables, v.name).len() {
        1 => v.name.to_string(),
        _ => v.qualified(),
    };
    variables.iter().map(name).collect()
}
