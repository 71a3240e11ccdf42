//! `run.json`: a contract with tools. Names and meanings stay; keys may be added.
//!
//! It is written first with status `running`, so that whoever finds the directory of a killed run knows what it is, and
//! again at the end. A number that is not known (yet) is `null`.

use crate::recording::{MeasureSeen, PopulationSeen};
use serde_json::{Map, Value, json};

/// How far a run came.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Status {
    #[default]
    Running,
    Complete,
    Interrupted,
    Failed,
}

impl Status {
    /// As written in `run.json`.
    pub fn name(self) -> &'static str {
        match self {
            Status::Running => "running",
            Status::Complete => "complete",
            Status::Interrupted => "interrupted",
            Status::Failed => "failed",
        }
    }
}

/// The three seeds that random numbers hang on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seeds {
    pub structure: u64,
    pub input: u64,
    pub initial: u64,
}

/// Where the time went, in s by the clock on the wall.
#[derive(Clone, Copy, Debug, Default)]
pub struct WallSeconds {
    pub build: f64,
    pub simulate: f64,
    pub write: f64,
    pub plot: f64,
}

/// How a run went: all that `run.json` says.
#[derive(Clone, Debug, Default)]
pub struct RunReport {
    pub title: String,
    pub status: Status,
    /// Why it failed, in a line.
    pub failure: Option<String>,
    pub neurons: u64,
    pub synapses: u64,
    pub duration_ms: f64,
    pub dt_ms: f64,
    /// Steps that were taken.
    pub steps: u64,
    pub warmup_ms: f64,
    pub threads: usize,
    pub seed: Seeds,
    pub measures: Vec<MeasureSeen>,
    /// Of `[expect]`; none of a run that was interrupted.
    pub expectations: Vec<ExpectationSeen>,
    pub wall_s: WallSeconds,
    /// Seconds of simulating per second simulated, over [warmup, duration].
    pub real_time_factor: Option<f64>,
    pub peak_rss_mib: f64,
    /// Spikes times the synapses that each reached.
    pub synaptic_events: u64,
    /// Of the events that neurons sent: all, those that arrived, those on their way at the end.
    pub ledger: (u64, u64, u64),
    /// Seconds in each phase of the steps, if it was asked for.
    pub phases: Vec<(&'static str, f64)>,
    pub populations: Vec<PopulationSeen>,
    /// Hash of every emitted spike and every recorded sample; empty while running.
    pub digest: String,
    /// Delays and file times that were moved to the grid, and the largest shift.
    pub rounded_times: u64,
    pub largest_shift_ms: f64,
    pub warnings: Vec<String>,
    /// The directory that the run filled, as the user would type it; not in `run.json`.
    pub directory: String,
    /// What it wrote there, by name: `--force` may replace these and nothing else.
    pub files: Vec<String>,
}

/// What came of an entry of `[expect]`.
#[derive(Clone, Debug, Default)]
pub struct ExpectationSeen {
    /// As written: `exc.rate`.
    pub key: String,
    pub range: (f64, f64),
    pub unit: String,
    pub value: Option<f64>,
    pub met: bool,
}

impl RunReport {
    /// Synaptic events per second of simulating; `None` before there is time.
    pub fn events_per_second(&self) -> Option<f64> {
        (self.wall_s.simulate > 0.0).then(|| self.synaptic_events as f64 / self.wall_s.simulate)
    }
}

/// The content of `run.json`.
pub fn run_json(report: &RunReport) -> Vec<u8> {
    let wall = &report.wall_s;
    let seed = &report.seed;
    let measures = report.measures.iter().map(|m| {
        let mut seen = json!({ "value": m.value, "unit": m.unit });
        if let Some(reason) = &m.reason {
            seen["reason"] = json!(reason);
        }
        if let Some(until) = m.until_ms {
            seen["until_ms"] = json!(until);
        }
        (m.name.clone(), seen)
    });
    let populations = report.populations.iter().map(|p| {
        let mut seen = json!({ "size": p.size, "spikes": p.spikes, "rate_hz": p.rate_hz, "cv_isi": p.cv_isi });
        seen["spikes_after_warmup"] = json!(p.counted);
        (p.name.clone(), seen)
    });
    let expectations = report.expectations.iter().map(|e| {
        let seen = json!({ "expected": [e.range.0, e.range.1], "unit": e.unit, "value": e.value, "met": e.met });
        (e.key.clone(), seen)
    });
    let mut json = json!({
        "axonal": env!("CARGO_PKG_VERSION"),
        "title": report.title,
        "status": report.status.name(),
        "neurons": report.neurons,
        "synapses": report.synapses,
        "duration_ms": report.duration_ms,
        "dt_ms": report.dt_ms,
        "steps": report.steps,
        "warmup_ms": report.warmup_ms,
        "threads": report.threads,
        "seed": { "structure": seed.structure, "input": seed.input, "initial": seed.initial },
        "measures": measures.collect::<Map<String, Value>>(),
        "expectations": expectations.collect::<Map<String, Value>>(),
        "wall_s": { "build": wall.build, "simulate": wall.simulate, "write": wall.write, "plot": wall.plot },
        "real_time_factor": report.real_time_factor,
        "peak_rss_mib": report.peak_rss_mib,
        "synaptic_events": report.synaptic_events,
        "synaptic_events_per_s": report.events_per_second(),
        "ledger": { "sent": report.ledger.0, "arrived": report.ledger.1, "in_flight": report.ledger.2 },
        "populations": populations.collect::<Map<String, Value>>(),
        "rounded_times": { "count": report.rounded_times, "largest_shift_ms": report.largest_shift_ms },
        "warnings": report.warnings,
        "digest": report.digest,
        "files": report.files,
    });
    if !report.phases.is_empty() {
        let phases = report.phases.iter().map(|(name, seconds)| (name.to_string(), json!(seconds)));
        json["phases_s"] = Value::Object(phases.collect());
    }
    if let Some(failure) = &report.failure {
        json["failure"] = json!(failure);
    }
    format!("{json:#}\n").into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_of_the_contract_is_there() {
        let report = RunReport {
            measures: vec![MeasureSeen { name: "speed".into(), unit: "m/s".into(), ..MeasureSeen::default() }],
            populations: vec![PopulationSeen { name: "exc".into(), spikes: 3, counted: 2, ..Default::default() }],
            ..RunReport::default()
        };
        let json: Value = serde_json::from_slice(&run_json(&report)).unwrap();
        let keys = [
            "axonal",
            "status",
            "neurons",
            "synapses",
            "duration_ms",
            "dt_ms",
            "steps",
            "warmup_ms",
            "threads",
            "seed",
            "measures",
            "wall_s",
            "real_time_factor",
            "peak_rss_mib",
            "synaptic_events",
            "populations",
            "digest",
        ];
        let found: Vec<&str> =
            json.as_object().unwrap().keys().map(String::as_str).filter(|k| keys.contains(k)).collect();
        assert_eq!(found, keys);
        assert_eq!(json["status"], "running");
        assert_eq!(json["measures"]["speed"], json!({ "value": null, "unit": "m/s" }));
        let exc = json!({ "size": 0, "spikes": 3, "spikes_after_warmup": 2, "rate_hz": null, "cv_isi": null });
        assert_eq!(json["populations"]["exc"], exc);
        let wall: Vec<&String> = json["wall_s"].as_object().unwrap().keys().collect();
        assert_eq!(wall, ["build", "simulate", "write", "plot"]);
        assert!(json["failure"].is_null());
    }
}
