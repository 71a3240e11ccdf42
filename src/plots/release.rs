//! What happens at a synapse, stage by stage: a panel for each variable, from the terminal's potential to that of the cell behind.
//!
//! `panels` chooses, in its order. Where more were recorded than fit a page, the stages stay, as any synapse has them: the potentials
//! on both sides, calcium, transmitter, what it opens; what else was recorded fills the rest.

use crate::recording::Recording;

use super::scene::Drawing;
use super::unfit::Unfit;
use super::{Request, trace};

pub fn draw(recording: &Recording, request: &Request) -> Result<Drawing, String> {
    trace::draw(recording, &each(request))
}

/// As [`trace::check`].
pub fn check(recording: &Recording, request: &Request) -> Result<(), Unfit> {
    trace::check(recording, &each(request))
}

fn each(request: &Request) -> Request {
    let mut request = request.clone();
    request.options.each = true;
    request
}
