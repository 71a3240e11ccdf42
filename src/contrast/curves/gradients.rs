//! What learning feels: the slope of a unit, and the product of slopes through a chain of them.
//!
//! Backpropagation multiplies the error by the slope of every unit that it passes. A sigmoid's slope,
//! s (1 - s), is 1/4 at best, so ten layers leave at most 4^-10, a millionth (Hochreiter 1991; Glorot, Bordes & Bengio
//! 2011). A ReLU that is on hands the error back whole; one that is off, nothing. Here units hang in a chain, each fed by the one
//! before with weight 1: x_k = f(x_{k-1}), and d x_n / d x_0 is the product of the slopes at each.

use crate::rate::shapes::{Shape, sigmoid, softplus};

/// Layers of the longest chain.
pub const LAYERS: usize = 10;
/// What the first unit of the chain is fed.
pub const FED: f64 = 1.0;

/// A unit of gain or height 1, position 0 and width 1.
pub fn value(shape: Shape, x: f64) -> f64 {
    match shape {
        Shape::Relu => x.max(0.0),
        Shape::ClippedRelu => x.clamp(0.0, 1.0),
        Shape::Sigmoid => sigmoid(x),
        Shape::Softplus => softplus(x),
    }
}

/// Its derivative; at a corner, the one from the left.
pub fn slope(shape: Shape, x: f64) -> f64 {
    match shape {
        Shape::Relu => f64::from(x > 0.0),
        Shape::ClippedRelu => f64::from(x > 0.0 && x <= 1.0),
        Shape::Sigmoid => sigmoid(x) * (1.0 - sigmoid(x)),
        Shape::Softplus => sigmoid(x),
    }
}

/// Steepest that the function gets anywhere.
pub fn steepest(shape: Shape) -> f64 {
    if shape == Shape::Sigmoid { 0.25 } else { 1.0 }
}

/// Product of slopes through 1, 2 ... [`LAYERS`] units, the first of which is fed `x`.
pub fn through_layers(shape: Shape, mut x: f64) -> Vec<f64> {
    let mut product = 1.0;
    let layer = |_| {
        product *= slope(shape, x);
        x = value(shape, x);
        product
    };
    (0..LAYERS).map(layer).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slopes_are_derivatives() {
        for shape in Shape::ALL {
            for x in [-7.3, -1.1, -0.2, 0.4, 0.9, 1.3, 5.0] {
                let h = 1e-5;
                let quotient = (value(shape, x + h) - value(shape, x - h)) / (2.0 * h);
                // Rounding, 1e-16/h, and the next term, h^2.
                assert!((slope(shape, x) - quotient).abs() < 1e-9, "{shape:?} at {x}");
                assert!(slope(shape, x) <= steepest(shape));
            }
        }
    }

    #[test]
    fn a_sigmoid_loses_three_quarters_a_layer_at_least_and_a_relu_nothing() {
        let (relu, sigmoid) = (through_layers(Shape::Relu, FED), through_layers(Shape::Sigmoid, FED));
        assert!(relu.iter().all(|product| *product == 1.0));
        for (layer, product) in sigmoid.iter().enumerate() {
            assert!(*product > 0.0 && *product <= 0.25f64.powi(layer as i32 + 1));
        }
        // s(1) = 0.731059, so the first slope is 0.731059 x 0.268941.
        assert!((sigmoid[0] - 0.196_612).abs() < 1e-6);
        assert_eq!(through_layers(Shape::Relu, -1.0), [0.0; LAYERS]);
    }
}
