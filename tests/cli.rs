//! What the command line answers, and how it ends: each test in a directory of its own.

use assert_cmd::Command;
use serde_json::Value;
use std::path::Path;
use std::process::Output;
use tempfile::TempDir;

/// Runs `axonal` with `arguments` in `directory`.
fn axonal(directory: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_axonal"));
    command.current_dir(directory).args(arguments).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// What needs the memory is told one by one, the largest first.
#[test]
fn a_run_that_does_not_fit_is_refused_with_its_items() {
    let directory = TempDir::new().unwrap();
    let config = r#"
[run]
duration = "1e8 s"
dt = "0.1 ms"
[cell.c]
model = "lif"
tau_m = "10 ms"
E_L = "-70 mV"
V_th = "-50 mV"
[population.many]
cell = "c"
size = 1000
[recorder.much]
of = "many"
what = ["V_m"]
[recorder.less]
of = "many"
what = ["V_m"]
every = "0.4 ms"
"#;
    std::fs::write(directory.path().join("big.toml"), config).unwrap();
    let (_, stderr) = ends(directory.path(), &["check", "big.toml"], 4);
    let (much, less) = (stderr.find("samples of `much`"), stderr.find("samples of `less`"));
    assert!(much.is_some() && much < less, "{stderr}");
    assert!(stderr.contains("every"), "the help names what to change: {stderr}");
}

/// Runs, expects the exit code, and returns (stdout, stderr).
fn ends(directory: &Path, arguments: &[&str], code: i32) -> (String, String) {
    let output = axonal(directory, arguments);
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(code), "axonal {}\n{out}\n{err}", arguments.join(" "));
    (out, err)
}

fn json(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// A leaky neuron under a current that makes it fire, with what each test needs.
fn lif(directory: &Path, more: &str) {
    let config = "[run]\nduration = \"50 ms\"\n[cell.lif]\nmodel = \"lif\"\nC_m = \"250 pF\"\ntau_m = \"10 ms\"\n\
         E_L = \"-70 mV\"\nV_th = \"-55 mV\"\n[population.p]\ncell = \"lif\"\nsize = 3\n[stimulus.i]\nkind = \"step\"\n\
         to = \"p\"\namplitude = \"500 pA\"\n[recorder.v]\nof = \"p\"\nwhat = [\"V_m\", \"spikes\"]\n";
    std::fs::write(directory.join("lif.toml"), format!("{config}{more}")).unwrap();
}

#[test]
fn help_opens_with_examples() {
    let directory = TempDir::new().unwrap();
    for command in ["", "run", "check", "plot", "models", "new"] {
        let arguments: Vec<&str> = command.split_whitespace().chain(["--help"]).collect();
        let (out, _) = ends(directory.path(), &arguments, 0);
        let (examples, usage) = (out.find("Examples:").unwrap(), out.find("Usage:").unwrap());
        assert!(examples < usage, "{out}");
    }
    ends(directory.path(), &["rnu"], 2);
    ends(directory.path(), &["run", "--no-such-flag"], 2);
}

#[test]
fn run_without_a_file_is_the_relay() {
    let directory = TempDir::new().unwrap();
    let (out, _) = ends(directory.path(), &["run"], 0);
    assert!(out.contains("chain  5 x cable: 5 spikes") && out.contains("velocity"), "{out}");
    assert!(out.lines().last().unwrap().starts_with("next: axonal "), "{out}");
    assert!(out.lines().all(|line| line.chars().count() <= 80), "{out}");
    let latest = directory.path().join("output/relay/latest");
    for name in ["config.toml", "resolved.toml", "recording.json", "spikes.csv", "ends.csv", "ends.svg", "axon.svg"] {
        assert!(latest.join(name).is_file(), "{name}");
    }
    let run = json(&latest.join("run.json"));
    let keys = "axonal status neurons synapses duration_ms dt_ms steps warmup_ms threads seed measures wall_s \
                real_time_factor peak_rss_mib synaptic_events populations digest";
    for key in keys.split_whitespace() {
        assert!(!run[key].is_null(), "{key}");
    }
    assert_eq!((run["status"].as_str(), run["populations"]["chain"]["spikes"].as_u64()), (Some("complete"), Some(5)));
}

#[test]
fn flags_of_run() {
    let directory = TempDir::new().unwrap();
    lif(directory.path(), "");
    let digest = |arguments: &[&str]| {
        let arguments = [&["run", "lif.toml", "--json"], arguments].concat();
        let (out, _) = ends(directory.path(), &arguments, 0);
        serde_json::from_str::<Value>(&out).unwrap()["digest"].as_str().unwrap().to_string()
    };
    let one = digest(&["--threads", "1"]);
    assert_eq!(one, digest(&["--threads", "2"]));
    assert_ne!(one, digest(&["--set", "stimulus.i.amplitude=510 pA"]));
    assert_eq!(ends(directory.path(), &["run", "lif.toml", "-q"], 0).0, "");
    ends(directory.path(), &["run", "lif.toml", "--out", "here", "--format", "png"], 0);
    assert!(directory.path().join("here/v_trace.png").is_file());
    ends(directory.path(), &["run", "lif.toml", "--threads", "0"], 2);
    let (_, err) = ends(directory.path(), &["run", "lif.toml", "--set", "run.duratoin=1 ms"], 2);
    assert!(err.contains("did you mean `duration`") && err.contains("--set"), "{err}");
}

#[test]
fn every_end_has_its_code() {
    let directory = TempDir::new().unwrap();
    let at = directory.path();
    lif(at, "[expect]\n\"p.spikes\" = [0, 1]\n");
    let (_, err) = ends(at, &["run", "lif.toml"], 1);
    assert!(err.contains("error[expectation]") && err.contains("lif.toml:"), "{err}");
    ends(at, &["run", "missing.toml"], 2);
    ends(at, &["run", "."], 2);
    ends(at, &["check", "lif.toml", "--set", "population.p.size=0"], 2);
    let absurd = ["run", "lif.toml", "--set", "stimulus.i.amplitude=1e300 nA", "--set", "cell.lif.V_th=inf mV"];
    let (_, err) = ends(at, &absurd, 3);
    assert!(err.contains("`V_m` of `p[0]`"), "{err}");
    ends(at, &["run", "lif.toml", "--set", "population.p.size=1000000000000000000"], 4);
    ends(at, &["run", "lif.toml", "--out", "lif.toml/below"], 5);
    ends(at, &["run", "lif.toml", "--out", "twice"], 1);
    let (_, err) = ends(at, &["run", "lif.toml", "--out", "twice"], 7);
    assert!(err.contains("--force"), "{err}");
    ends(at, &["run", "lif.toml", "--out", "twice", "--force"], 1);
}

#[test]
fn check_finds_all_or_tells_what_it_needs() {
    let directory = TempDir::new().unwrap();
    lif(directory.path(), "");
    let (out, _) = ends(directory.path(), &["check", "lif.toml"], 0);
    assert!(out.contains("500 steps") && out.contains("memory"), "{out}");
    let (out, _) = ends(directory.path(), &["check", "lif.toml", "--resolved"], 0);
    std::fs::write(directory.path().join("resolved.toml"), &out).unwrap();
    assert!(out.contains("t_ref") && out.contains("seed"), "{out}");
    ends(directory.path(), &["check", "resolved.toml"], 0);
    let typos = ["check", "lif.toml", "--set", "cell.lif.tau_n=1 ms", "--set", "recorder.v.evry=1 ms"];
    let (_, err) = ends(directory.path(), &typos, 2);
    assert!(err.contains("tau_n") && err.contains("evry") && err.contains("2 errors"), "{err}");
}

/// Paths are relative to the config, wherever it is run from; the resolved one stands in the run directory.
#[test]
fn what_a_run_resolved_runs_again() {
    let directory = TempDir::new().unwrap();
    let at = directory.path();
    std::fs::create_dir(at.join("models")).unwrap();
    std::fs::write(at.join("models/spikes.csv"), "time_ms,population,neuron\n1.0,a,0\n2.0,b,1\n3.0,a,1\n").unwrap();
    std::fs::write(at.join("models/pairs.csv"), "source,target,weight_pA\n0,1,900\n2,0,800\n").unwrap();
    let more = "[cell.played]\nmodel = \"spike_source\"\nfile = { path = \"spikes.csv\", population = \"a\" }\n\
                [population.q]\ncell = \"played\"\nsize = 3\n[synapse.s]\nmodel = \"exponential\"\ntau = \"2 ms\"\n\
                [projection.qp]\nfrom = \"q\"\nto = \"p\"\nrule.file = \"pairs.csv\"\nsynapse = \"s\"\ndelay = \"1 ms\"\n";
    lif(&at.join("models"), more);
    ends(at, &["run", "models/lif.toml", "--out", "first"], 0);
    ends(at, &["run", "first/resolved.toml", "--out", "second"], 0);
    let digest = |run: &str| json(&at.join(run).join("run.json"))["digest"].clone();
    assert_eq!(digest("first"), digest("second"));
}

#[test]
fn plot_needs_the_run_directory_alone() {
    let directory = TempDir::new().unwrap();
    lif(directory.path(), "");
    ends(directory.path(), &["run", "lif.toml", "--out", "here"], 0);
    std::fs::remove_file(directory.path().join("lif.toml")).unwrap();
    std::fs::remove_file(directory.path().join("here/raster.svg")).unwrap();
    ends(directory.path(), &["plot", "here"], 0);
    assert!(directory.path().join("here/raster.svg").is_file());
    ends(directory.path(), &["plot", "here", "raster", "--format", "png"], 0);
    assert!(directory.path().join("here/raster.png").is_file());
    ends(directory.path(), &["plot", "nowhere"], 2);
    ends(directory.path(), &["plot", "here", "rastre"], 2);
}

#[test]
fn models_schema_completions() {
    let directory = TempDir::new().unwrap();
    let (out, _) = ends(directory.path(), &["models"], 0);
    assert!(["lif", "adex", "hh", "dual_exponential", "fixed_indegree"].iter().all(|name| out.contains(name)), "{out}");
    let (out, _) = ends(directory.path(), &["models", "adex"], 0);
    assert!(out.contains("tau_w dw/dt") && out.contains("Delta_T") && out.contains("Brette"), "{out}");
    let (_, err) = ends(directory.path(), &["models", "adx"], 2);
    assert!(err.contains("adex"), "{err}");
    let (out, _) = ends(directory.path(), &["schema"], 0);
    let schema: Value = serde_json::from_str(&out).unwrap();
    assert!(schema["properties"]["population"].is_object());
    for shell in ["bash", "zsh", "fish"] {
        assert!(ends(directory.path(), &["completions", shell], 0).0.contains("axonal"));
    }
}

#[test]
fn new_writes_what_check_accepts() {
    let directory = TempDir::new().unwrap();
    let (out, _) = ends(directory.path(), &["new"], 0);
    for template in ["relay", "action_potential", "squid_axon", "firing_patterns", "f_i_curve", "balanced_network"] {
        assert!(out.contains(template), "{out}");
        ends(directory.path(), &["new", template], 0);
        ends(directory.path(), &["check", &format!("{template}.toml")], 0);
    }
    let before = std::fs::read(directory.path().join("relay.toml")).unwrap();
    assert_ne!(axonal(directory.path(), &["new", "relay"]).status.code(), Some(0));
    assert_eq!(std::fs::read(directory.path().join("relay.toml")).unwrap(), before);
}

/// A layered contrast is checked, and not run; what is wrong with it leaves no directory behind.
#[test]
fn a_layered_contrast_is_known_as_one() {
    let directory = TempDir::new().unwrap();
    ends(directory.path(), &["new", "contrast_digits"], 0);
    let file = "contrast_digits.toml";
    let (out, _) = ends(directory.path(), &["check", file], 0);
    assert!(out.contains("1438 to train, 359 to test") && out.contains("50 432 multiply-accumulates"), "{out}");
    assert!(out.contains(&format!("next: axonal contrast {file}")), "{out}");
    let (out, _) = ends(directory.path(), &["check", file, "--json", "--set", "data.test=\"last 360\""], 0);
    let checked: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(checked["samples"]["test"], 360);
    assert_eq!(checked["columns"]["spiking"]["steps"], 256);
    let (_, err) = ends(directory.path(), &["run", file], 2);
    assert!(err.contains(&format!("axonal contrast {file}")), "{err}");
    let wrong = ["contrast", file, "--set", "contrast.spiking.reset=\"never\"", "--out", "here"];
    let (_, err) = ends(directory.path(), &wrong, 2);
    assert!(err.contains("`reset` cannot be `never`"), "{err}");
    assert!(!directory.path().join("here").exists());
}

/// A signal ends a long run early, with what it has seen complete and marked interrupted.
#[cfg(unix)]
#[test]
fn signals_end_a_run_in_order() {
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        let directory = TempDir::new().unwrap();
        lif(directory.path(), "");
        let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_axonal"))
            .current_dir(directory.path())
            .args([
                "run",
                "lif.toml",
                "--set",
                "run.duration=100000 s",
                "--set",
                "recorder.v.every=10 ms",
                "--out",
                "here",
            ])
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap();
        let begun = directory.path().join("here/v.csv.partial");
        while !begun.exists() {
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
        let kill = format!("kill -{signal} {}", child.id());
        assert!(std::process::Command::new("sh").args(["-c", &kill]).status().unwrap().success());
        assert_eq!(child.wait().unwrap().code(), Some(code), "{signal}");
        let run = json(&directory.path().join("here/run.json"));
        assert_eq!(run["status"].as_str(), Some("interrupted"));
        assert!(directory.path().join("here/v.csv").is_file() && !begun.exists());
        ends(directory.path(), &["plot", "here", "trace"], 0);
    }
}
