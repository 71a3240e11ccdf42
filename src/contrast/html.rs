//! The page that a contrast leaves: sections of prose, tables and pictures, in one file that needs nothing else.

use crate::plots::Drawing;

/// One picture, with what to look for in it.
pub struct Picture {
    /// Of its file, without the extension.
    pub name: String,
    pub caption: String,
    pub drawing: Drawing,
}

#[derive(Clone, Debug, Default)]
pub struct Table {
    pub head: Vec<String>,
    pub rows: Vec<Vec<String>>,
}

#[derive(Default)]
pub struct Section {
    pub heading: String,
    pub paragraphs: Vec<String>,
    pub tables: Vec<Table>,
    pub pictures: Vec<Picture>,
}
