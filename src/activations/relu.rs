//! The rectified linear unit: f(x) = max(0, x) (Nair & Hinton 2010).

use super::Activation;

pub struct Relu;

impl Activation for Relu {
    fn name(&self) -> &'static str {
        "relu"
    }

    fn value(&self, x: f64) -> f64 {
        x.max(0.0)
    }

    fn slope(&self, x: f64) -> f64 {
        if x > 0.0 { 1.0 } else { 0.0 }
    }
}
