//! A plot that cannot be drawn of what is recorded: known before the run.

use crate::recording::Recording;

use super::{Kind, Request, connectivity, currents, f_i, map, phase_plane, release, space_time, trace};

/// Why, and which keys of the plot may have chosen wrongly, the likeliest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unfit {
    pub keys: &'static [&'static str],
    pub why: String,
}

impl Unfit {
    /// One that is the fault of these keys.
    pub(super) fn by(keys: &'static [&'static str]) -> impl Fn(String) -> Unfit {
        move |why| Unfit { keys, why }
    }
}

/// Whether a plot of a run could be drawn; `recording` is what the run will record, still without samples and spikes.
pub fn check(recording: &Recording, request: &Request) -> Result<(), Unfit> {
    match request.kind {
        Kind::Trace => trace::check(recording, request),
        Kind::Release => release::check(recording, request),
        Kind::Currents => currents::check(recording, request),
        Kind::PhasePlane => phase_plane::check(recording, request),
        Kind::FI => f_i::check(recording, request),
        Kind::Map => map::check(recording, request),
        Kind::Connectivity => connectivity::check(recording, request),
        Kind::SpaceTime => space_time::check(recording, request),
        _ => Ok(()),
    }
}
