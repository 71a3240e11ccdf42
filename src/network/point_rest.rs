//! `initial.V_m = "rest"` of point neurons: where they come to lie without input.

use crate::config::value::{Data, Value};
use crate::lift::{Inputs, Kernel};
use crate::num::bits::WORD;

/// A neuron that has not come to rest by then has none (ms).
const PATIENCE_MS: f64 = 20_000.0;
/// Looked at each time that so much is over (ms).
const LOOK_MS: f64 = 200.0;
/// At rest a state moves less than this share of itself, or of 1, between two looks.
const STILL: f64 = 1e-11;

/// `"rest"`.
pub(super) fn is_rest(value: &Value) -> bool {
    matches!(&value.data, Data::Text(word) if word == "rest")
}

/// Lets the cells of `columns` run until nothing moves: one of them if all are alike. `of_chance` are models whose other states
/// are not theirs alone: these stay. Fails with the number of a neuron that fires, or moves for ever.
pub(super) fn settle(kernel: &dyn Kernel, columns: &mut [Vec<f64>], dt_ms: f64, of_chance: bool) -> Result<(), usize> {
    let size = columns.first().map_or(0, Vec::len);
    let count = if kernel.is_uniform() { size.min(1) } else { size };
    let mut state: Vec<Vec<f64>> = columns.iter().map(|column| column[..count].to_vec()).collect();
    let (held, mut fired) = (vec![0; count.div_ceil(WORD)], vec![0u64; count.div_ceil(WORD)]);
    let look = (LOOK_MS / dt_ms).ceil().max(1.0) as usize;
    let mut moving = (count > 0).then_some(0);
    for _ in 0..(PATIENCE_MS / LOOK_MS) as usize {
        let before = state.clone();
        for _ in 0..look {
            let mut slices: Vec<&mut [f64]> = state.iter_mut().map(Vec::as_mut_slice).collect();
            kernel.advance(0..count, &mut slices, &held, &Inputs::default(), &mut fired);
            if let Some(word) = fired.iter().position(|word| *word != 0) {
                return Err(word * WORD + fired[word].trailing_zeros() as usize);
            }
        }
        let still = |now: f64, before: f64| (now - before).abs() <= STILL * before.abs().max(1.0);
        let settled = |cell: usize| {
            let watched = if of_chance { 1 } else { state.len() };
            state[..watched].iter().zip(&before).all(|(now, before)| still(now[cell], before[cell]))
        };
        moving = (0..count).find(|cell| !settled(*cell));
        if moving.is_none() {
            break;
        }
    }
    if let Some(cell) = moving {
        return Err(cell);
    }
    let taken = if of_chance { 1 } else { columns.len() };
    for (column, settled) in columns.iter_mut().zip(&state).take(taken) {
        match settled[..] {
            [one] => column.fill(one),
            _ => column.copy_from_slice(settled),
        }
    }
    Ok(())
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
        settle(&*kernel, &mut columns, 0.1, entry.draw.is_some()).map(|()| columns)
    }

    /// A LIF rests at E_L + I_e / g_L, and not at all if that is beyond its threshold.
    #[test]
    fn a_leaky_cell_rests_where_its_currents_cancel() {
        let of = |current: f64| [200.0, 20.0, f64::NAN, -60.0, -50.0, -60.0, 5.0, current];
        let found = settled("lif", &[&of(50.0), &of(-120.0)]).unwrap();
        assert!((found[0][0] + 55.0).abs() < 1e-9 && (found[0][1] + 72.0).abs() < 1e-9, "{found:?}");
        assert_eq!(settled("lif", &[&of(0.0), &of(150.0)]), Err(1));
    }
}
