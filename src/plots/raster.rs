use super::Request;
use super::scene::Drawing;
use crate::recording::Recording;
pub fn draw(_: &Recording, request: &Request) -> Result<Drawing, String> {
    Err(format!("`{}` is not drawn yet", request.kind.name()))
}
