//! What the user wrote.
pub mod array;
pub mod decimal;
pub mod define;
pub mod evaluate;
pub mod expression;
pub mod interpret;
mod mistake;
pub mod quantity;
pub mod random;
pub mod value;
pub mod varied;
