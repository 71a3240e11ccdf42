//! From a network of ReLUs to one of integrate-and-fire units: the same weights, on another scale.
//!
//! A unit that fires in every step says 1 and can say no more. So each layer is scaled until its activations lie
//! between 0 and 1:  W'_l = W_l lambda_(l-1) / lambda_l,  b'_l = b_l / lambda_l,  lambda_0 = 1, and lambda_l the largest
//! activation of layer l over the training set (Diehl et al. 2015, IJCNN), or a percentile of them, which gives the
//! rare largest away for a finer rate of all others (Rueckauer et al. 2017, Front Neurosci 11:682). Of the output
//! layer, the logits above 0.

use crate::contrast::plan::{Cell, Normalize};
use crate::error::{Code, Error, Exit};
use crate::rate::layers::{Dense, Layers};

/// Weights for units with threshold 1.
pub struct Converted {
    pub layers: Vec<Dense>,
    /// One per layer: the activation for which a unit fires at its full rate.
    pub scales: Vec<f64>,
}

/// Scales `layers` by the activations that `x` (`[sample][feature]`) calls forth.
///
/// # Errors
/// If the network's units cannot be stood for by rates, or a layer is silent on all samples.
pub fn convert(layers: &Layers, normalize: Normalize, x: &[f64]) -> Result<Converted, Error> {
    let name = layers.activation.name();
    let refused = |message: String| Error::plain(Exit::BadInput, Code::Conflict, message);
    if !["relu", "clipped_relu"].contains(&name) {
        let help = "a spiking column needs `activation = \"relu\"`; or train it directly: `train = \"surrogate\"`";
        return Err(refused(format!("units with `{name}` cannot be converted: a rate is a ReLU")).help(help));
    }
    let Some(percentile) = percentile_of(normalize) else {
        return Ok(Converted { layers: layers.dense.clone(), scales: vec![1.0; layers.dense.len()] });
    };
    let samples = x.len() / layers.dense[0].inputs;
    let mut scales: Vec<f64> = Vec::new();
    for (number, mut activations) in layers.activations_f64(x, samples).into_iter().enumerate() {
        activations.iter_mut().for_each(|a| *a = a.max(0.0));
        let scale = percentile_among(&mut activations, percentile);
        if scale <= 0.0 {
            let message =
                format!("no unit of layer {} is above 0 at percentile {percentile} of the samples", number + 1);
            return Err(refused(message).help("take a higher percentile, or `normalize = \"max\"`"));
        }
        scales.push(scale);
    }
    let scaled = layers.dense.iter().enumerate().map(|(number, layer)| {
        let before = if number == 0 { 1.0 } else { scales[number - 1] };
        let weights = layer.weights.iter().map(|w| w * before / scales[number]).collect();
        let bias = layer.bias.iter().map(|b| b / scales[number]).collect();
        Dense { weights, bias, ..layer.clone() }
    });
    Ok(Converted { layers: scaled.collect(), scales })
}

fn percentile_of(normalize: Normalize) -> Option<f64> {
    match normalize {
        Normalize::None => None,
        Normalize::Max => Some(100.0),
        Normalize::Percentile(p) => Some(p),
    }
}

/// The `p`-th percentile, between the two values next to it in proportion (Hyndman & Fan 1996, definition 7).
fn percentile_among(values: &mut [f64], p: f64) -> f64 {
    if values.is_empty() {
        return 0.0;
    }
    let place = p / 100.0 * (values.len() - 1) as f64;
    let below = place.floor() as usize;
    let (_, &mut low, above) = values.select_nth_unstable_by(below, f64::total_cmp);
    let high = above.iter().copied().fold(f64::INFINITY, f64::min);
    if high.is_finite() { low + (place - below as f64) * (high - low) } else { low }
}

/// What a leak takes from a unit's rate, to be given back as a bias.
///
/// V lies between 0 and the threshold, 1/2 on average, and loses (1 - beta) of it a step. It is given to every unit:
/// one without other input comes to rest at 1/2 and stays silent.
pub fn leak_correction(cell: &Cell) -> f64 {
    match cell {
        Cell::Leaky { beta } => 0.5 * (1.0 - beta),
        _ => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_those_of_numpy() {
        // numpy.percentile([4, 1, 3, 2, 10], [0, 50, 90, 100]) = 1, 3, 7.6, 10
        let of = |p: f64| percentile_among(&mut [4.0, 1.0, 3.0, 2.0, 10.0], p);
        assert_eq!((of(0.0), of(50.0), of(100.0)), (1.0, 3.0, 10.0));
        assert!((of(90.0) - 7.6).abs() < 1e-14, "rounding");
    }

    #[test]
    fn a_scaled_network_says_the_same_on_another_scale() {
        let dense = |inputs, outputs, weights: &[f64], bias: &[f64]| Dense {
            inputs,
            outputs,
            weights: weights.to_vec(),
            bias: bias.to_vec(),
        };
        let layers = Layers {
            dense: vec![dense(1, 2, &[2.0, -4.0], &[0.5, 1.0]), dense(2, 1, &[3.0, 1.0], &[-1.0])],
            activation: crate::activations::find("relu").unwrap(),
            single: true,
        };
        // x = 1: (2.5, 0), 6.5;  x = 0: (0.5, 1), 1.5
        let converted = convert(&layers, Normalize::Max, &[1.0, 0.0]).unwrap();
        assert_eq!(converted.scales, [2.5, 6.5]);
        assert_eq!(converted.layers[0].weights, [2.0 / 2.5, -4.0 / 2.5]);
        assert_eq!(converted.layers[1].weights, [3.0 * 2.5 / 6.5, 2.5 / 6.5]);
        assert_eq!(converted.layers[1].bias, [-1.0 / 6.5]);
    }
}
