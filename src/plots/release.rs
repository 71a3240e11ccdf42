//! What happens at a synapse, stage by stage: a panel for each variable, in the order in which they are named.

use crate::recording::Recording;

use super::scene::Drawing;
use super::{Request, trace};

pub fn draw(recording: &Recording, request: &Request) -> Result<Drawing, String> {
    let mut request = request.clone();
    request.options.panels = Some(vec!["each".into()]);
    trace::draw(recording, &request)
}
