//! Noise on the input, the same for all: one noisy look at each sample, or several.
//!
//! A spiking network that integrates over time averages noise away; a network of numbers can do the same by looking as
//! often and averaging its scores. So both get as many looks: the spiking network a part of its steps for each.

use super::columns::Columns;
use super::{accuracy, is_rate};
use crate::contrast::seen::NoiseSeen;
use crate::contrast::{Progress, Stage, interrupted};
use crate::error::Error;
use crate::num::rng::{Key, Purpose};

/// Accuracies of all columns at every level of noise.
pub fn measure(columns: &Columns, progress: &mut Progress) -> Result<Vec<NoiseSeen>, Error> {
    let plan = columns.plan;
    let levels = &plan.noise.levels;
    let mut seen = vec![];
    for (number, level) in levels.iter().enumerate() {
        let (done, of) = (number as u64, levels.len() as u64);
        if progress(Stage { what: "robustness", done, of }) {
            return Err(interrupted());
        }
        seen.push(NoiseSeen { level: *level, accuracies: at_level(columns, *level, progress)? });
    }
    Ok(seen)
}

fn at_level(columns: &Columns, level: f64, progress: &mut Progress) -> Result<Vec<(String, f64)>, Error> {
    let plan = columns.plan;
    let looks = plan.noise.looks.max(1);
    let mut accuracies = vec![];
    for looks in if looks > 1 { vec![1, looks] } else { vec![1] } {
        let named = |name: &str| if looks == 1 { name.to_string() } else { format!("{name}, {looks} looks") };
        let inputs: Vec<Vec<f64>> = (0..looks).map(|look| noisy(&plan.data.test.x, plan.seed, level, look)).collect();
        for column in &plan.columns {
            let steps = (column.steps() / looks).max(1);
            let ready = columns.ready.iter().find(|(name, _)| *name == column.name).map(|(_, ready)| ready);
            let mut sum: Vec<f64> = vec![];
            for x in &inputs {
                let scores = match ready {
                    None if is_rate(&column.code) => columns.logits(x),
                    None => continue,
                    // Progress has been told where this is.
                    Some(ready) => columns.scores(ready, x, steps, &mut |_| progress(STILL))?,
                };
                sum.resize(scores.len(), 0.0);
                sum.iter_mut().zip(scores).for_each(|(sum, score)| *sum += score);
            }
            let decisions = columns.decide(sum);
            accuracies.push((named(&column.name), accuracy(&decisions, &plan.data.test.y)));
        }
    }
    Ok(accuracies)
}

/// Somewhere in between.
const STILL: Stage<'static> = Stage { what: "robustness", done: 0, of: 0 };

/// Inputs with normal noise; every look has its own.
fn noisy(x: &[f64], seed: u64, level: f64, look: usize) -> Vec<f64> {
    let key = Key::new(seed, Purpose::InputNoise, look as u64);
    x.iter().enumerate().map(|(index, x)| x + level * key.normal(index as u64, 0)).collect()
}
