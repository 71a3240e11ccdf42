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
