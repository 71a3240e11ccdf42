//! What a layered contrast is shown: samples with labels.
//!
//! [`source`] reads them from a file, [`check`] holds them against the network that they are for, [`split`] parts those
//! that train from those that test. None of these knows a config: what they find wrong is put into words here, and into
//! places by the reader of `[data]`.

pub mod check;
pub mod source;
pub mod split;

/// Samples of one kind, for training or for the test.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Samples {
    pub features: usize,
    /// `[sample][feature]`, scaled.
    pub x: Vec<f64>,
    /// 0 .. classes.
    pub y: Vec<u32>,
}

impl Samples {
    pub fn len(&self) -> usize {
        self.y.len()
    }

    pub fn is_empty(&self) -> bool {
        self.y.is_empty()
    }

    pub fn sample(&self, index: usize) -> &[f64] {
        &self.x[index * self.features..(index + 1) * self.features]
    }
}

/// The data set of one contrast.
#[derive(Clone, Debug, Default)]
pub struct Data {
    /// For the reader: `digits (built in), 1797 images`.
    pub source: String,
    pub classes: usize,
    /// Height and width, where samples are images.
    pub image: Option<(usize, usize)>,
    /// Empty if only a test set was given.
    pub train: Samples,
    pub test: Samples,
}
