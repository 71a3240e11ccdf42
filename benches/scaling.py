"""How axonal's time grows with the network and shrinks with threads, and how near it comes to what the machine can do.

    cargo build --release && python benches/scaling.py [threads] [size] [start] [limits] [--pairs 3]

- threads: the microcircuit at full scale on one thread and on two, alternating; the median of the ratios.
- size: from a twentieth of it to the whole: seconds per simulated second, divided among neurons and synaptic events. Were time linear
  in both, the two costs (`--profile`) would be the same in every row.
- start: 4 000 neurons (CUBA) from the call to the first step, the process's own start and its end included.
- limits: memory read and sums added to (`cargo bench --bench limits`), and beside them the events of the microcircuit.

Needs Python alone. A run at full scale takes 2 GB.
"""
import argparse, json, os, statistics, subprocess, sys, time

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
SCALES = [0.05, 0.1, 0.2, 0.5, 1]


def axonal(config, settings, threads=2, seconds=None, *more):
    if seconds:
        settings = settings + [f'run.duration="{1000 * seconds + 200:g} ms"', 'run.warmup="200 ms"']
    command = [f"{ROOT}/target/release/axonal", "run", f"{ROOT}/configs/{config}.toml", "--json", "--threads", str(threads), "--out",
               f"/tmp/axonal_scaling_{os.getpid()}", "--force", *more]
    done = subprocess.run(command + [part for setting in settings for part in ("--set", setting)], capture_output=True, text=True)
    # 1 is an expectation of [expect] that is not met: these runs are short.
    return json.loads(done.stdout) if done.returncode <= 1 else sys.exit(done.stderr)


def microcircuit(scale, threads=2, seconds=2.0, *more):
    return axonal("microcircuit", [f"define.scale={scale}"], threads, seconds, *more)


def threads(pairs):
    runs = [(microcircuit(1, 1), microcircuit(1, 2)) for _ in range(pairs)]
    one, two = (statistics.median(pair[side]["real_time_factor"] for pair in runs) for side in (0, 1))
    ratio = statistics.median(a["real_time_factor"] / b["real_time_factor"] for a, b in runs)
    same = all(a["digest"] == b["digest"] for a, b in runs)
    print(f"one thread RTF {one:.2f}, two {two:.2f}: {ratio:.2f} x as fast; the {'same' if same else 'NOT THE SAME'} results")


def size(pairs):
    print(f"{'scale':<7}{'neurons':>9}{'synapses':>11}{'RTF':>8}{'build, s':>10}{'MiB':>7}{'ns a neuron and step':>23}{'ns an event':>14}{'G events/s':>12}")
    for scale in SCALES:
        # As many neuron steps in each row, so that all take about as long; never less than a second.
        seconds = min(max(1.0, 1.0 / scale), 10.0)
        runs = [microcircuit(scale, 2, seconds, "--profile") for _ in range(pairs)]
        middle = lambda of: statistics.median(of(run) for run in runs)
        steps = lambda run: run["neurons"] * run["steps"]
        ours = lambda run: run["ledger"]["arrived"]
        spent = lambda run, *phases: run["threads"] * 1e9 * sum(run["phases_s"][phase] for phase in phases)
        update = middle(lambda run: spent(run, "update", "stimulate") / steps(run))
        event = middle(lambda run: spent(run, "deliver", "receive") / ours(run))
        rate = middle(lambda run: ours(run) / run["wall_s"]["simulate"])
        print(f"{scale:<7}{runs[0]['neurons']:>9}{runs[0]['synapses']:>11}{middle(lambda run: run['real_time_factor']):>8.3f}"
              f"{middle(lambda run: run['wall_s']['build']):>10.2f}{middle(lambda run: run['peak_rss_mib']):>7.0f}{update:>23.2f}{event:>14.2f}{rate * 1e-9:>12.2f}",
              flush=True)
    print("(ns of one thread, Poisson input counted with the neurons; events: those between neurons)")


def start(pairs):
    settings = ['run.duration="5 ms"', 'run.warmup="0 ms"']
    times = []
    for _ in range(max(5 * pairs, 10)):
        begun = time.perf_counter()
        run = axonal("balanced_current", settings)
        wall = run["wall_s"]
        times.append((time.perf_counter() - begun - wall["simulate"] - wall["write"] - wall["plot"], wall["build"]))
    whole, build = (1e3 * statistics.median(column) for column in zip(*times))
    print(f"{run['neurons']} neurons, {run['synapses']} synapses: {whole:.0f} ms from the call to the first step, {build:.0f} ms of them building")


def limits(pairs):
    done = subprocess.run(["cargo", "bench", "--bench", "limits", "--quiet"], capture_output=True, text=True, cwd=ROOT)
    if done.returncode:
        sys.exit(done.stderr)
    machine = {}
    for line in done.stdout.splitlines():
        name, threads, value, unit = line.split("\t")
        machine[name, int(threads)] = float(value)
        print(f"{name.replace('_', ' '):<22}{threads} thread{'s' if threads != '1' else ' '}{value:>8} {unit}")
    for threads in (1, 2):
        runs = [microcircuit(1, threads, 2.0, "--profile") for _ in range(pairs)]
        rate = lambda run, seconds: 1e-9 * run["ledger"]["arrived"] / seconds
        whole = statistics.median(rate(run, run["wall_s"]["simulate"]) for run in runs)
        delivering = statistics.median(rate(run, run["phases_s"]["deliver"]) for run in runs)
        print(f"axonal, microcircuit  {threads} thread{'s' if threads > 1 else ' '}{whole:>8.2f} G events/s; {delivering:.2f} while it delivers: "
              f"{delivering / machine['scatter_from_memory', threads]:.0%} of the additions and {4 * delivering / machine['read', threads]:.0%} "
              f"of the reading (4 bytes a synapse) that the machine can do")


def main():
    parts = {part.__name__: part for part in (threads, size, start, limits)}
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("parts", nargs="*", choices=[*parts, []], default=list(parts))
    arguments.add_argument("--pairs", type=int, default=3)
    chosen = arguments.parse_args()
    for part in chosen.parts:
        parts[part](chosen.pairs)


if __name__ == "__main__":
    main()
