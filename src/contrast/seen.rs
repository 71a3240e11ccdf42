//! What a layered contrast saw: all that the report and the pictures need, and nothing that can be computed from it.

/// What one column did on the test samples.
#[derive(Clone, Debug, Default)]
pub struct Column {
    pub name: String,
    /// "rate", "spiking", "biological" or "surrogate".
    pub kind: &'static str,
    /// One line: "integrate-and-fire, reset by subtraction, percentile 99.9, constant current, 256 steps".
    pub about: String,
    /// 1 for a rate column.
    pub steps: usize,
    /// Of one step, where time has a unit (biological columns).
    pub dt_ms: Option<f64>,
    /// `[step][sample]`: the class chosen after each step, ties to the lowest index.
    pub decisions: Vec<Vec<u8>>,
    /// The input, if it spikes, and the spiking layers.
    pub input: Option<LayerSeen>,
    /// Hidden layers and the output; empty for a rate column.
    pub layers: Vec<LayerSeen>,
    /// Multiply-accumulates for one sample over the whole run: of a rate column, all of them; of a spiking one, those
    /// of an input layer that takes numbers rather than spikes.
    pub macs: f64,
    pub warnings: Vec<String>,
    /// Wall seconds.
    pub seconds: f64,
}

/// One spiking layer over all test samples.
#[derive(Clone, Debug, Default)]
pub struct LayerSeen {
    pub size: usize,
    /// Synapses of one of its neurons.
    pub fan_out: usize,
    /// `[sample][neuron]`: spikes in the layer's window.
    pub counts: Vec<u32>,
    /// `[step]`: spikes of all samples in that step of the layer's own window.
    pub spikes_at: Vec<u64>,
    /// (step of the layer's window, neuron): of the sample that is shown.
    pub raster: Vec<(u32, u32)>,
    /// Spikes a step at full activation: 1 for abstract units.
    pub full_rate: f64,
    /// The ReLU network's activation that stands for the full rate.
    pub scale: f64,
}

/// The ReLU network on the test samples, which every spiking column is compared with.
#[derive(Clone, Debug, Default)]
pub struct Reference {
    /// `[layer][sample][unit]`: activations of the hidden layers, then the logits.
    pub activations: Vec<Vec<f64>>,
    /// `[sample]`.
    pub predictions: Vec<u8>,
}

/// All of one layered contrast.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    pub columns: Vec<Column>,
    pub reference: Reference,
    /// `[sample]`: 0 .. classes.
    pub labels: Vec<u32>,
    pub classes: usize,
    /// Inputs, hidden layers, outputs.
    pub sizes: Vec<usize>,
    /// For the reader: `digits (built in), 1797 images`.
    pub data: String,
    /// One for each activation that was trained.
    pub training: Vec<TrainingSeen>,
    /// One for each level of noise.
    pub noise: Vec<NoiseSeen>,
    /// Sample whose rasters were kept.
    pub shown: usize,
    /// Height and width, where samples are images.
    pub image: Option<(usize, usize)>,
    /// `[layer]`: multiply-accumulates of the ReLU network for one sample.
    pub macs: Vec<u64>,
}

/// How one training went.
#[derive(Clone, Debug, Default)]
pub struct TrainingSeen {
    pub activation: String,
    /// `[epoch]`.
    pub loss: Vec<f64>,
    /// `[epoch]`: on the training samples, 0..1.
    pub accuracy: Vec<f64>,
    /// At the end, 0..1.
    pub test_accuracy: f64,
    /// `[epoch][layer]`.
    pub gradient_norms: Vec<Vec<f64>>,
}

/// What noise on the input did.
#[derive(Clone, Debug, Default)]
pub struct NoiseSeen {
    /// Standard deviation, in units of the scaled input.
    pub level: f64,
    /// A column, or `relu, 8 looks`; its accuracy, 0..1.
    pub accuracies: Vec<(String, f64)>,
}
