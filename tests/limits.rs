//! Too much, too little, no number at all: a clean error that points at it, never a wrap, a hang or a panic; a disk that is
//! full leaves a run that says it failed.

use axonal::error::Exit;
use axonal::files::atomic::Disk;
use axonal::files::run_directory::RunDirectory;
use axonal::{RunOptions, Simulation};

const BASE: &str = r#"
[run]
duration = "10 ms"
dt = "0.1 ms"
seed = 1
[cell.leaky]
model = "lif"
C_m = "250 pF"
tau_m = "10 ms"
E_L = "-65 mV"
V_th = "-50 mV"
V_reset = "-65 mV"
t_ref = "2 ms"
[cell.noise]
model = "poisson"
rate = "10 Hz"
[population.a]
cell = "leaky"
size = 100
[population.outside]
cell = "noise"
size = 7
[synapse.s]
model = "exponential"
tau = "2 ms"
[projection.p]
from = "a"
to = "a"
rule = { fixed_indegree = 3 }
autapses = true
multapses = true
synapse = "s"
weight = "10 pA"
delay = "1 ms"
[stimulus.n]
kind = "poisson"
to = "a"
rate = "8 kHz"
synapse = "s"
weight = "10 pA"
[recorder.r]
of = "a"
what = ["V_m", "spikes"]
every = "0.1 ms"
"#;

/// What is written instead of what, how it ends, what the message says.
const TRIALS: &[(&str, &str, Exit, &str)] = &[
    ("size = 100", "size = 5e9", Exit::Refused, "5000000000 neurons need"),
    ("size = 100", "size = 4294967297", Exit::Refused, "neurons need"),
    ("size = 100", "size = 9223372036854775808", Exit::BadInput, "too large"),
    ("size = 100", "size = -1", Exit::BadInput, "at least one neuron"),
    ("size = 100", "size = nan", Exit::BadInput, "not a number"),
    ("fixed_indegree = 3", "fixed_total = 1e12", Exit::Refused, "at most 4294967295"),
    ("fixed_indegree = 3", "fixed_indegree = 4000000000", Exit::Refused, "synapses need"),
    ("fixed_indegree = 3", "fixed_outdegree = 4000000000", Exit::Refused, "synapses need"),
    ("fixed_indegree = 3", "fixed_indegree = -3", Exit::BadInput, "zero or above"),
    ("fixed_indegree = 3", "poisson_indegree = 1e300", Exit::BadInput, "not 1e300"),
    ("fixed_indegree = 3", "poisson_indegree = nan", Exit::BadInput, "nan"),
    ("delay = \"1 ms\"", "delay = \"1e9 ms\"", Exit::Refused, "65535"),
    ("delay = \"1 ms\"", "delay = \"6553.6 ms\"", Exit::Refused, "65535"),
    ("delay = \"1 ms\"", "delay = \"-1 ms\"", Exit::BadInput, "must not be negative"),
    ("delay = \"1 ms\"", "delay = \"nan ms\"", Exit::BadInput, "not a number"),
    ("delay = \"1 ms\"", "delay = \"normal(1e9 ms, 1 ms)\"", Exit::BadInput, "too far to be kept"),
    ("dt = \"0.1 ms\"\nseed", "dt = \"1e-12 ms\"\nseed", Exit::Refused, "steps"),
    ("dt = \"0.1 ms\"\nseed", "dt = \"1e-300 ms\"\nseed", Exit::BadInput, "2^53"),
    ("dt = \"0.1 ms\"\nseed", "dt = \"-0.1 ms\"\nseed", Exit::BadInput, "above zero"),
    ("dt = \"0.1 ms\"\nseed", "dt = \"0 ms\"\nseed", Exit::BadInput, "above zero"),
    ("duration = \"10 ms\"", "duration = \"1e30 ms\"", Exit::BadInput, "2^53"),
    ("duration = \"10 ms\"", "duration = \"1e12 ms\"", Exit::Refused, "samples"),
    ("duration = \"10 ms\"", "duration = \"inf ms\"", Exit::BadInput, "finite"),
    ("seed = 1", "seed = 18446744073709551616", Exit::BadInput, "too large"),
    ("rate = \"8 kHz\"", "rate = \"1e30 Hz\"", Exit::BadInput, "spikes a step"),
    (
        "rate = \"8 kHz\"",
        "rate = { mean = \"1e30 Hz\", amplitude = \"1 Hz\", frequency = \"1 Hz\" }",
        Exit::BadInput,
        "spikes a step",
    ),
    ("rate = \"8 kHz\"", "rate = \"8 kHz\"\ncorrelation = 1e-9", Exit::BadInput, "spikes in common"),
    ("rate = \"8 kHz\"", "rate = \"-1 Hz\"", Exit::BadInput, "zero or above"),
    ("rate = \"10 Hz\"", "rate = \"1e30 Hz\"", Exit::BadInput, "spikes a step"),
    ("rate = \"10 Hz\"", "rate = \"10 Hz\"\ncorrelation = 2", Exit::BadInput, "between 0 and 1"),
    ("weight = \"10 pA\"\ndelay", "weight = \"inf pA\"\ndelay", Exit::BadInput, "finite"),
    ("tau_m = \"10 ms\"", "tau_m = \"0 ms\"", Exit::BadInput, "above zero"),
    ("t_ref = \"2 ms\"", "t_ref = \"1e18 ms\"", Exit::BadInput, "2^53"),
    ("from = \"a\"", "from = \"a[0..5000000000]\"", Exit::BadInput, "no neuron 100"),
    ("every = \"0.1 ms\"", "every = \"0 ms\"", Exit::BadInput, "at least one step"),
];

#[test]
fn what_is_too_large_or_no_number_is_refused_where_it_stands() {
    assert!(Simulation::from_toml(BASE).is_ok());
    for (old, new, exit, says) in TRIALS {
        assert_eq!(BASE.matches(old).count(), 1, "{old}");
        let error = Simulation::from_toml(&BASE.replace(old, new)).err().unwrap_or_else(|| panic!("`{new}` is taken"));
        assert!(error.to_string().contains(says), "{new}: {error}");
        assert_eq!(error.exit, *exit, "{new}: {error}");
        let placed = error.diagnostics.iter().any(|diagnostic| diagnostic.span != axonal::error::Span::NONE);
        assert!(placed || new.contains("1e12 ms"), "{new}: {error}");
    }
}

/// A list of the columns would fill the memory before anything could be said of it. Cells that take three fifths of what is free
/// have columns that take more than all.
#[test]
fn more_columns_than_fit_into_memory_are_refused_before_they_are_listed() {
    let size = (axonal::network::estimate::available_bytes() / 500.0 / 10_000.0) as usize;
    let text = format!(
        "[run]\nduration = \"1 ms\"\n[cell.long]\nmodel = \"cable\"\nR_a = \"100 ohm cm\"\n\
         mechanisms.passive = {{ g_L = \"0.1 mS/cm^2\", E_L = \"-65 mV\" }}\n\
         section.axon = {{ length = \"10 mm\", diameter = \"1 um\", compartments = 10000 }}\n\
         [population.p]\ncell = \"long\"\nsize = {size}\n\
         [recorder.r]\nof = \"p\"\nat = \"axon\"\nwhat = \"V_m\"\n"
    );
    let error = Simulation::from_toml(&text).err().unwrap();
    assert_eq!(error.exit, Exit::Refused, "{error}");
    assert!(error.to_string().contains("recorded columns need about"), "{error}");
    let span = error.diagnostics[0].span;
    assert_eq!(&text[span.start as usize..span.end as usize], "\"p\"", "{error}");
}

/// The samples of 10 ms take some 200 KB: the disk is full before, during and after them.
#[test]
fn a_full_disk_leaves_a_run_that_says_it_failed() {
    let simulation = Simulation::from_toml(BASE).unwrap();
    for bytes in [20_000, 60_000, 150_000] {
        let directory = tempfile::tempdir().unwrap();
        let out = directory.path().join("run");
        let run = RunDirectory::create(Disk::failing_after(bytes), Some(&out), "full", false).unwrap();
        let options = RunOptions { directory: Some(run), ..RunOptions::default() };
        let error = simulation.run_with(options, &mut |_| false).err().unwrap_or_else(|| panic!("{bytes} are enough"));
        assert_eq!(error.exit, Exit::Output, "{error}");
        let text = std::fs::read_to_string(out.join("run.json")).unwrap();
        let json: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(json["status"], "failed", "{bytes}: {text}");
        assert!(json["failure"].as_str().unwrap().contains("No space left"), "{bytes}: {text}");
    }
}

/// Three forms of weights, ten million synapses each. A fifth is left to what nobody adds up: sums, segments, large pages, allocators;
/// and what threads need for sorting they do not always need at the same time.
#[test]
fn the_memory_that_a_check_tells_is_what_a_run_takes() {
    let network = BASE.replace("size = 100", "size = 10000").replace("fixed_indegree = 3", "fixed_indegree = 1000");
    let out = tempfile::tempdir().unwrap();
    let path = out.path().join("large.toml");
    for weight in ["10 pA", "normal(10 pA, 1 pA) keeping sign", "normal(0 pA, 1 pA)"] {
        let short = network.replace("weight = \"10 pA\"\ndelay", &format!("weight = \"{weight}\"\ndelay"));
        std::fs::write(&path, short.replace("10 ms\"\ndt", "1 ms\"\ndt").replace("\"V_m\", ", "")).unwrap();
        let call = |verb: &[&str]| {
            let mut axonal = assert_cmd::Command::new(env!("CARGO_BIN_EXE_axonal"));
            axonal.args(verb).arg(&path).arg("--json").current_dir(&out).output().unwrap().stdout
        };
        let read = |text: &[u8]| serde_json::from_slice::<serde_json::Value>(text).unwrap();
        let told = read(&call(&["check"]))["memory_bytes"].as_f64().unwrap() / 1024.0 / 1024.0;
        let taken = read(&call(&["run", "--force"]))["peak_rss_mib"].as_f64().unwrap();
        assert!((0.8..1.5).contains(&(told / taken)), "{weight}: {told:.0} MiB for {taken:.0}");
    }
}
