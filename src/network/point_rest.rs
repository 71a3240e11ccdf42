//! `initial.V_m = "rest"` of point neurons: where they come to lie without input.

use crate::config::value::{Data, Value};
use crate::lift::{Inputs, Kernel};
use crate::neurons::PointEntry;
use crate::num::bits::WORD;

/// A neuron that has not come to rest by then has none (ms).
const PATIENCE_MS: f64 = 20_000.0;
/// Looked at each time that so much is over (ms).
const LOOK_MS: f64 = 200.0;
/// How long a constant current takes to come (ms).
const RAMP_MS: f64 = 5_000.0;
/// Off the balance, so that it is left if it does not hold (mV).
const KICK: f64 = 1e-3;
/// Where nullclines are looked at: from this potential on, so far apart, so often (mV).
const LOWEST: f64 = -200.0;
const SEARCH: f64 = 0.02;
const SEARCHED: usize = 12_500;
/// At rest a state moves less than this share of itself, or of 1, between two looks.
const STILL: f64 = 1e-11;

/// `"rest"`.
pub(super) fn is_rest(value: &Value) -> bool {
    matches!(&value.data, Data::Text(word) if word == "rest")
}

/// What is known of the cells that shall come to rest.
pub(super) struct Cells<'a> {
    pub entry: &'a PointEntry,
    pub kernel: &'a dyn Kernel,
    pub dt_ms: f64,
}

impl Cells<'_> {
    /// Lets the cells of `columns` run until nothing moves: one of them if all are alike. Models that draw keep their states but
    /// V_m. Fails with the number of a neuron that fires, or moves for ever.
    pub fn settle(&self, columns: &mut [Vec<f64>]) -> Result<(), usize> {
        let size = columns.first().map_or(0, Vec::len);
        let count = if self.kernel.is_uniform() { size.min(1) } else { size };
        let mut state: Vec<Vec<f64>> = columns.iter().map(|column| column[..count].to_vec()).collect();
        if !self.start_on_nullclines(&mut state) {
            self.switch_on(&mut state)?;
        }
        let taken = if self.entry.draw.is_some() { 1 } else { columns.len() };
        let look = (LOOK_MS / self.dt_ms).ceil().max(1.0) as usize;
        let mut moving = (count > 0).then_some(0);
        for _ in 0..(PATIENCE_MS / LOOK_MS) as usize {
            let before = state.clone();
            self.run(&mut state, look, |_, current| current.fill(0.0))?;
            let still = |now: f64, before: f64| (now - before).abs() <= STILL * before.abs().max(1.0);
            let settled =
                |cell: usize| state[..taken].iter().zip(&before).all(|(now, before)| still(now[cell], before[cell]));
            moving = (0..count).find(|cell| !settled(*cell));
            if moving.is_none() {
                break;
            }
        }
        if let Some(cell) = moving {
            return Err(cell);
        }
        for (column, settled) in columns.iter_mut().zip(&state).take(taken) {
            match settled[..] {
                [one] => column.fill(one),
                _ => column.copy_from_slice(settled),
            }
        }
        Ok(())
    }

    /// Some steps with the current that `drive` says of each; fails with a neuron that fires.
    fn run(&self, state: &mut [Vec<f64>], steps: usize, drive: impl Fn(usize, &mut [f64])) -> Result<(), usize> {
        let count = state.first().map_or(0, Vec::len);
        let words = count.div_ceil(WORD);
        let (held, mut fired, mut current) = (vec![0; words], vec![0u64; words], vec![0.0; count]);
        for step in 0..steps {
            drive(step, &mut current);
            let mut slices: Vec<&mut [f64]> = state.iter_mut().map(Vec::as_mut_slice).collect();
            let input = Inputs { current: &current, ..Inputs::default() };
            self.kernel.advance(0..count, &mut slices, &held, &input, &mut fired);
            if let Some(word) = fired.iter().position(|word| *word != 0) {
                return Err(word * WORD + fired[word].trailing_zeros() as usize);
            }
        }
        Ok(())
    }

    /// Of two variables with known nullclines: starts where these meet first. What lies beyond is a saddle.
    fn start_on_nullclines(&self, state: &mut [Vec<f64>]) -> bool {
        let [v, other] = state else { return false };
        for (cell, (v, other)) in v.iter_mut().zip(other).enumerate() {
            let parameters = self.kernel.parameters(cell);
            let apart = |v: f64| {
                let (fast, slow) = (self.entry.nullclines)(&parameters, v, 0.0)?;
                Some((fast - slow, slow))
            };
            if apart(*v).is_none() {
                return false;
            }
            let grid = |step: usize| LOWEST + step as f64 * SEARCH;
            let falls = |v: f64| apart(v).is_some_and(|(apart, _)| apart <= 0.0);
            let Some(step) = (1..SEARCHED).find(|step| falls(grid(*step))) else { continue };
            let (mut low, mut high) = (grid(step - 1), grid(step));
            for _ in 0..60 {
                let middle = 0.5 * (low + high);
                if falls(middle) { high = middle } else { low = middle }
            }
            (*v, *other) = (high + KICK, apart(high).map_or(*other, |(_, slow)| slow));
        }
        true
    }

    /// Lets the constant current of the cells grow slowly from nothing, so that what adapts keeps up.
    fn switch_on(&self, state: &mut [Vec<f64>]) -> Result<(), usize> {
        let Some((index, _)) = self.kernel.info().parameter("I_e") else { return Ok(()) };
        let count = state.first().map_or(0, Vec::len);
        let constant: Vec<f64> = (0..count).map(|cell| self.kernel.parameters(cell)[index]).collect();
        if constant.iter().all(|current| *current == 0.0) {
            return Ok(());
        }
        let steps = (RAMP_MS / self.dt_ms).ceil().max(1.0) as usize;
        self.run(state, steps, |step, current| {
            let missing = 1.0 - (step + 1) as f64 / steps as f64;
            current.iter_mut().zip(&constant).for_each(|(current, constant)| *current = -missing * constant);
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lift::Parameters;
    use crate::neurons;

    /// Columns of `size` cells of a model, with its own start.
    fn settled(model: &str, parameters: &[&[f64]]) -> Result<Vec<Vec<f64>>, usize> {
        let entry = neurons::point(model).unwrap();
        let each: Vec<Vec<f64>> = parameters
            .iter()
            .map(|numbers| {
                let mut numbers = numbers.to_vec();
                (entry.complete)(&mut numbers).unwrap();
                numbers
            })
            .collect();
        let starts: Vec<Vec<f64>> = each.iter().map(|numbers| (entry.initial)(numbers, None)).collect();
        let mut columns: Vec<Vec<f64>> =
            (0..starts[0].len()).map(|state| starts.iter().map(|start| start[state]).collect()).collect();
        let columns_of = |p: usize| each.iter().map(|numbers| numbers[p]).collect();
        let kernel = (entry.kernel)(Parameters::Each((0..each[0].len()).map(columns_of).collect()), 0.1);
        Cells { entry, kernel: &*kernel, dt_ms: 0.1 }.settle(&mut columns).map(|()| columns)
    }

    /// A LIF rests at E_L + I_e / g_L, and not at all if that is beyond its threshold.
    #[test]
    fn a_leaky_cell_rests_where_its_currents_cancel() {
        let of = |current: f64| [200.0, 20.0, f64::NAN, -60.0, -50.0, -60.0, 5.0, current];
        let found = settled("lif", &[&of(50.0), &of(-120.0)]).unwrap();
        assert!((found[0][0] + 55.0).abs() < 1e-9 && (found[0][1] + 72.0).abs() < 1e-9, "{found:?}");
        assert_eq!(settled("lif", &[&of(0.0), &of(150.0)]), Err(1));
    }

    /// The root of the equations of an AdEx that a slower adaptation would make fire on its way there.
    #[test]
    fn what_adapts_may_take_its_time() {
        let entry = neurons::point("adex").unwrap();
        let value = |name: &str| match name {
            "C_m" | "tau_w" => 100.0,
            "g_L" => 10.0,
            "E_L" => -70.0,
            "Delta_T" => 2.0,
            "V_T" => -50.0,
            "V_reset" => -65.0,
            "a" => 30.0,
            "I_e" => 400.0,
            _ => 0.0,
        };
        let parameters: Vec<f64> = entry.info.parameters.iter().map(|p| value(p.name)).collect();
        let found = settled("adex", &[&parameters]).unwrap();
        // 10 (2 e^((V + 50)/2) - (V + 70)) + 400 = 30 (V + 70), nearly 40 (V + 70) = 400.
        let v = found[0][0];
        let balance = 10.0 * (2.0 * ((v + 50.0) / 2.0).exp() - (v + 70.0)) + 400.0 - 30.0 * (v + 70.0);
        assert!(balance.abs() < 1e-6 && (v + 60.0).abs() < 0.01, "{v}: {balance} pA");
    }
}
