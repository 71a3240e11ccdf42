"""Rates of the microcircuit at full scale beside NEST's (one seed, 3.2 s after 0.5 s), over seeds of ours.

    cargo build --release && python benches/microcircuit_statistics.py REFERENCE.json [SEED]...

The reference has, for each population, `mean_rate_hz` and the rate in windows of 0.8 s, from which its standard error is taken.
"""
import json, os, statistics, subprocess, sys

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")


def run(seed):
    command = [f"{ROOT}/target/release/axonal", "run", f"{ROOT}/configs/microcircuit.toml", "--json", "--seed", str(seed),
               "--out", "/tmp/axonal_statistics", "--force"]
    for setting in ("define.scale=1", 'run.duration="3700 ms"', 'run.warmup="500 ms"'):
        command += ["--set", setting]
    return json.loads(subprocess.run(command, capture_output=True, text=True).stdout)


reference = json.load(open(sys.argv[1]))["populations"]
runs = [run(seed) for seed in sys.argv[2:] or ["1", "2", "3"]]
for r in runs:
    print(f"RTF {r['real_time_factor']:.2f}, build {r['wall_s']['build']:.1f} s, {r['peak_rss_mib']:.0f} MiB")
print(f"{'population':<11}{'axonal':>8}{'sd':>7}{'NEST':>8}{'error':>7}{'difference':>12}")
for name, peer in reference.items():
    rates = [r["populations"][name]["rate_hz"] for r in runs]
    mean, windows = statistics.mean(rates), peer["rate_per_0p8s_window_hz"]
    own = statistics.stdev(rates) if len(rates) > 1 else 0.0
    error = (own**2 / len(rates) + statistics.variance(windows) / len(windows)) ** 0.5
    print(f"{name:<11}{mean:>8.3f}{own:>7.3f}{peer['mean_rate_hz']:>8.3f}{error:>7.3f}{100 * (mean / peer['mean_rate_hz'] - 1):>10.1f} %")
