//! What one number costs: operations of an activation function, and of a neuron that says the same in spikes.
//!
//! Counted by hand in the code that runs: `rate/shapes.rs`, `neurons/*.rs`, `mechanisms/hh.rs` with `cable/solver.rs` for one
//! compartment. What is constant during a run (1/C_m, exp(-dt/tau_m)) costs nothing; changing a sign is part of the
//! addition that follows. Spikes are rare and so is what they cost.

use super::measure::Curve;
use crate::rate::shapes::{sigmoid, softplus};
use serde_json::{Map, Value, json};
use std::hint::black_box;
use std::time::Instant;

/// How often each kind of operation is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Operations {
    pub compare: u32,
    /// Additions and subtractions.
    pub add: u32,
    pub multiply: u32,
    pub divide: u32,
    pub exp: u32,
    pub ln: u32,
}

/// Elementary operations of one exponential in `num/math.rs`: 2 comparisons, 21 additions, 20 multiplications, 4 on bits.
pub const EXP: u32 = 47;
/// And of a logarithm, by chance as many.
pub const LN: u32 = 47;

impl Operations {
    const fn of(compare: u32, add: u32, multiply: u32, divide: u32, exp: u32, ln: u32) -> Operations {
        Operations { compare, add, multiply, divide, exp, ln }
    }

    /// Comparisons, additions, multiplications, divisions, with exponentials and logarithms taken apart.
    pub fn elementary(&self) -> u32 {
        self.compare + self.add + self.multiply + self.divide + self.exp * EXP + self.ln * LN
    }

    fn json(&self) -> Map<String, Value> {
        let counts = [self.compare, self.add, self.multiply, self.divide, self.exp, self.ln, self.elementary()];
        let names = ["compare", "add", "multiply", "divide", "exp", "ln", "elementary"];
        names.iter().map(|name| name.to_string()).zip(counts.map(Value::from)).collect()
    }

    /// "1 exp, 1 add, 1 divide".
    fn words(&self) -> String {
        let counts = [self.exp, self.ln, self.divide, self.multiply, self.add, self.compare];
        let names = ["exp", "ln", "divide", "multiply", "add", "compare"];
        let present = counts.iter().zip(names).filter(|(count, _)| **count > 0);
        present.map(|(count, name)| format!("{count} {name}")).collect::<Vec<_>>().join(", ")
    }
}

/// An activation function, evaluated once.
struct Unit {
    name: &'static str,
    title: &'static str,
    operations: Operations,
    value: fn(f64) -> f64,
}

const UNITS: [Unit; 4] = [
    Unit { name: "relu", title: "ReLU", operations: Operations::of(1, 0, 0, 0, 0, 0), value: |x| x.max(0.0) },
    Unit {
        name: "clipped_relu",
        title: "clipped ReLU",
        operations: Operations::of(2, 0, 0, 0, 0, 0),
        value: |x| x.clamp(0.0, 1.0),
    },
    Unit { name: "sigmoid", title: "sigmoid", operations: Operations::of(0, 1, 0, 1, 1, 0), value: sigmoid },
    Unit { name: "softplus", title: "softplus", operations: Operations::of(1, 2, 0, 0, 1, 1), value: softplus },
];

/// One step of one neuron of a model under a current, without synapses.
pub fn of_step(model: &str) -> Option<Operations> {
    Some(match model {
        // E_L + (V - E_L) decay + (I + I_e) gain; the threshold.
        "lif" => Operations::of(1, 4, 2, 0, 0, 0),
        // Four slopes of a comparison, 8 additions, 8 multiplications and an exponential each, three states between
        // them, two sums at the end, whether the upstroke ends (an exponential), the threshold.
        "adex" => Operations::of(6, 51, 52, 0, 5, 0),
        // 0.04 V^2 + k1 V + k0 - u + I + I_e; V; u; the threshold.
        "izhikevich" => Operations::of(1, 9, 6, 0, 0, 0),
        // Two stages of: six rates from the powers of a series of ten terms, three gates, conductances, the solve; what the two
        // predictions of V differ in; the crossing of the threshold.
        "hodgkin_huxley" => Operations::of(10, 129, 226, 9, 0, 0),
        _ => return None,
    })
}

/// What a neuron costs where it fires at half of its fastest.
pub struct NeuronCost {
    pub name: String,
    pub model: String,
    pub step: Operations,
    pub steps_per_spike: f64,
    pub step_ns: f64,
}

impl NeuronCost {
    pub fn per_spike(&self) -> f64 {
        self.steps_per_spike * f64::from(self.step.elementary())
    }
}

/// The neurons of the curves without noise, where the cost of a step is known and something fired.
pub fn neurons(curves: &[Curve]) -> Vec<NeuronCost> {
    let cost = |curve: &Curve| {
        let half = 0.5 * curve.rate_hz.iter().fold(0.0, |top: f64, rate| top.max(*rate));
        Some(NeuronCost {
            name: curve.plan.name.clone(),
            model: curve.plan.model.clone(),
            step: of_step(&curve.plan.model)?,
            steps_per_spike: (half > 0.0).then(|| 1000.0 / (half * curve.dt_ms))?,
            step_ns: curve.step_ns,
        })
    };
    curves.iter().filter(|curve| curve.plan.noise.is_none()).filter_map(cost).collect()
}

/// Numbers for `contrast.json`, and rows of a table.
pub struct Told {
    pub json: Value,
    pub head: Vec<String>,
    pub rows: Vec<Vec<String>>,
}

/// Counts, and times measured now on this machine.
pub fn tell(neurons: &[NeuronCost]) -> Told {
    let times = UNITS.each_ref().map(|unit| nanoseconds(unit.value));
    let relu = times[0].max(1e-3);
    let (mut units, mut cells, mut rows) = (Map::new(), Map::new(), vec![]);
    for (unit, time) in UNITS.iter().zip(times) {
        let mut told = unit.operations.json();
        told.insert("ns".into(), json!(time));
        told.insert("time_over_relu".into(), json!(time / relu));
        units.insert(unit.name.into(), told.into());
        let total = unit.operations.elementary();
        let row = [unit.title, "one value", &unit.operations.words(), &total.to_string()].map(str::to_string);
        rows.push([&row[..], &[format!("{} x", super::digits(time / relu, 2))]].concat());
    }
    for cell in neurons {
        let mut told = cell.step.json();
        told.insert("model".into(), json!(cell.model));
        told.insert("steps_per_spike".into(), json!(cell.steps_per_spike));
        told.insert("elementary_per_spike".into(), json!(cell.per_spike()));
        told.insert("ns_per_step".into(), json!(cell.step_ns));
        told.insert("time_over_relu".into(), json!(cell.step_ns * cell.steps_per_spike / relu));
        cells.insert(cell.name.clone(), told.into());
        let steps = super::digits(cell.steps_per_spike, 2);
        let time = cell.step_ns / relu;
        let names = |what: &str| vec![cell.name.clone(), what.to_string()];
        let (words, total) = (cell.step.words(), cell.step.elementary().to_string());
        rows.push([names("one step"), vec![words, total, format!("{} x", super::digits(time, 2))]].concat());
        let (total, time) = (super::digits(cell.per_spike(), 2), super::digits(time * cell.steps_per_spike, 2));
        rows.push([names("one spike"), vec![format!("{steps} steps"), total, format!("{time} x")]].concat());
    }
    let head = ["unit", "for", "operations", "elementary", "time, ReLU = 1"].map(str::to_string).to_vec();
    let json = json!({ "elementary_of_exp": EXP, "elementary_of_ln": LN, "units": units, "neurons": cells });
    Told { json, head, rows }
}

/// Time for one value of `f` in a loop over many: the shortest of a few tries, the others were disturbed.
fn nanoseconds(f: fn(f64) -> f64) -> f64 {
    const VALUES: usize = 1024;
    const ROUNDS: usize = 16;
    let x: Vec<f64> = (0..VALUES).map(|i| 16.0 * i as f64 / VALUES as f64 - 8.0).collect();
    let mut y = vec![0.0; VALUES];
    let mut shortest = f64::INFINITY;
    for _ in 0..8 {
        let begun = Instant::now();
        for _ in 0..ROUNDS {
            for (y, x) in y.iter_mut().zip(black_box(&x)) {
                *y = f(*x);
            }
            black_box(&mut y);
        }
        shortest = shortest.min(begun.elapsed().as_secs_f64());
    }
    shortest * 1e9 / (VALUES * ROUNDS) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(path: &str) -> String {
        std::fs::read_to_string(format!("{}/src/{path}", env!("CARGO_MANIFEST_DIR"))).unwrap()
    }

    fn between<'t>(text: &'t str, from: &str, to: &str) -> &'t str {
        let start = text.find(from).unwrap();
        &text[start..start + text[start + 1..].find(to).unwrap()]
    }

    /// Exponentials are what is dear: they are counted again in the sources that run.
    #[test]
    fn exponentials_are_as_many_as_in_the_code() {
        let hh = source("mechanisms/hh.rs");
        let code = |line: &&str| !line.trim_start().starts_with("//");
        let gates: String = between(&hh, "fn kinetics", "#[cfg(test)]").lines().filter(code).collect();
        assert!(gates.contains("fn rates") && gates.contains("exp_of_little(") && !gates.contains("exp("));
        assert_eq!(of_step("hodgkin_huxley").unwrap().exp, 0);
        let adex = source("neurons/adex.rs");
        assert_eq!(between(&adex, "fn upstroke", "\n}").matches("exp(").count(), 1);
        let step = between(&adex, "fn runge_kutta", "\n}");
        let exps = step.matches("slope(c").count() + step.matches("upstroke(c").count();
        assert_eq!(of_step("adex").unwrap().exp, exps as u32);
        assert!(
            of_step("lif").unwrap().exp == 0 && of_step("izhikevich").unwrap().exp == 0 && of_step("cable").is_none()
        );
    }

    #[test]
    fn a_relu_is_one_comparison_and_a_sigmoid_an_exponential() {
        assert_eq!(UNITS[0].operations.elementary(), 1);
        assert_eq!(UNITS[0].operations.words(), "1 compare");
        assert_eq!(UNITS[2].operations.elementary(), 2 + EXP);
        assert_eq!(UNITS[2].operations.words(), "1 exp, 1 divide, 1 add");
    }

    #[test]
    fn every_unit_is_told_with_a_time() {
        let told = tell(&[]);
        assert_eq!(told.rows.len(), UNITS.len());
        for unit in UNITS {
            let one = &told.json["units"][unit.name];
            assert!(one["ns"].as_f64().unwrap() > 0.0 && one["elementary"].as_u64().unwrap() > 0, "{one}");
        }
    }
}
