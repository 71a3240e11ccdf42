//! NEST's protocols A and B: a current step and scheduled spikes, excitatory and inhibitory, onto one neuron.
//!
//! NEST's devices act after their delay: the step from start + delay, a spike at its time + delay.

use crate::support::*;
use serde_json::Value;

/// What is done to the neuron, whatever it is.
pub struct Protocol {
    amplitude: f64,
    start: f64,
    stop: f64,
    excitatory: (Vec<f64>, f64),
    inhibitory: (Vec<f64>, f64),
    delay: f64,
    duration: f64,
}

impl Protocol {
    pub fn of(case: &Value) -> Protocol {
        let stimulus = &case["stimulus"];
        let get = |key: &str| number(&stimulus[key]);
        let delay = get("delay_ms");
        Protocol {
            amplitude: get("dc_amplitude_pA"),
            start: get("dc_start_ms") + delay,
            stop: get("dc_stop_ms") + delay,
            excitatory: (numbers(&stimulus["exc_spike_times_ms"]), get("exc_weight")),
            inhibitory: (numbers(&stimulus["inh_spike_times_ms"]), get("inh_weight")),
            delay,
            duration: get("t_end_ms"),
        }
    }

    /// A run of `cell` (tables `[cell.neuron]`, `[synapse.excitation]` and `[synapse.inhibition]`) under this protocol.
    /// `inhibition` multiplies the inhibitory weights: -1 where a reversal potential makes the sign.
    pub fn config(&self, dt: f64, cell: &str, unit: &str, inhibition: f64) -> String {
        let Protocol { amplitude, start, stop, delay, duration, .. } = self;
        let list = |times: &[f64]| times.iter().map(|t| format!("\"{t} ms\"")).collect::<Vec<_>>().join(", ");
        let (excitatory, inhibitory) = (list(&self.excitatory.0), list(&self.inhibitory.0));
        // The Izhikevich model has no capacitance: NEST's pA are its mV/ms.
        let current = if cell.contains("izhikevich") { "mV/ms" } else { "pA" };
        format!(
            r#"
            [run]
            duration = "{duration} ms"
            dt = "{dt} ms"
            temperature = "6.3 degC"
            {cell}
            [cell.excitatory]
            model = "spike_source"
            times = [{excitatory}]
            [cell.inhibitory]
            model = "spike_source"
            times = [{inhibitory}]
            [population.cell]
            cell = "neuron"
            size = 1
            [population.excitatory]
            cell = "excitatory"
            size = 1
            [population.inhibitory]
            cell = "inhibitory"
            size = 1
            [projection.excitation]
            from = "excitatory"
            to = "cell"
            rule = "one_to_one"
            synapse = "excitation"
            weight = "{} {unit}"
            delay = "{delay} ms"
            [projection.inhibition]
            from = "inhibitory"
            to = "cell"
            rule = "one_to_one"
            synapse = "inhibition"
            weight = "{} {unit}"
            delay = "{delay} ms"
            [stimulus.current]
            kind = "step"
            to = "cell"
            amplitude = "{amplitude} {current}"
            start = "{start} ms"
            stop = "{stop} ms"
            [recorder.cell]
            of = "cell"
            what = ["V_m", "spikes"]
            "#,
            self.excitatory.1,
            inhibition * self.inhibitory.1,
        )
    }
}
