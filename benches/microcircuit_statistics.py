"""Does the microcircuit fire as NEST's? Rates, CV of intervals, correlations and synchrony, with their errors.

    cargo build --release
    python benches/microcircuit_statistics.py --reference REFERENCE.json [--seeds 10]          full scale, NEST's figures from a file
    python benches/microcircuit_statistics.py --scale 0.1 --nest-seeds 5 [--seeds 10]          NEST itself, in the same run

needs numpy, and nest-simulator 3.10 for the second. Both sides are analysed by the same functions over 3.2 s after 0.5 s:

- rate: spikes of all neurons; CV: mean over neurons with at least 3 spikes, and with at least 10;
- correlation: mean of Pearson's coefficient of the counts in bins of 2 ms, all pairs of 200 neurons that fired;
- synchrony: variance over mean of the counts of 1000 neurons (all, if there are fewer) in bins of 3 ms (Potjans & Diesmann 2014).

The last two look at neurons that are drawn. Of each of our runs they are the mean over many draws; the reference is one draw of one
run, so it has the error of one: the spread between our draws and between our runs. The error of a difference is thus
    sqrt(s^2 (1/n + 1/N) + d^2 (1/(n D) + 1/N)),    s, d: spread of runs and draws; n, N: runs of ours, of NEST; D: draws of ours.
A statistic agrees within 3 % or three such errors. With ten runs s itself is off by a quarter, so one in a hundred would be off by
more than three even if both were the same program.
"""
import argparse, json, os, subprocess, sys
import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.join(HERE, "..")
START, STOP, DT = 500.0, 3700.0, 0.1
DRAWS, CORRELATED, COUNTED = 20, 200, 1000
STATISTICS = {"rate": "mean_rate_hz", "cv3": "cv_isi_mean", "cv10": "cv_isi_mean_min10spikes", "correlation": "corr_mean",
              "synchrony": "synchrony_var_over_mean_3ms"}


def statistics(times, neurons, size, draws, seed=0):
    """Of one population: {name: mean over draws}, {name: variance of a draw}."""
    draw = np.random.default_rng(seed)
    order = np.lexsort((times, neurons))
    times, neurons = times[order] - START, neurons[order]
    counts = np.bincount(neurons, minlength=size)
    seconds = (STOP - START) * 1e-3
    same = neurons[1:] == neurons[:-1]
    intervals, owner = np.diff(times)[same], neurons[1:][same]
    number, sums, squares = (np.bincount(owner, weights, size) for weights in (None, intervals, intervals**2))
    found = {"rate": counts.sum() / size / seconds}
    for least in (3, 10):
        of = number >= least - 1
        mean = sums[of] / number[of]
        found[f"cv{least}"] = np.mean(np.sqrt(np.maximum(squares[of] / number[of] - mean**2, 0)) / mean)
    active, samples = np.flatnonzero(counts), {"correlation": [], "synchrony": []}
    for _ in range(draws):
        chosen = draw.choice(active, min(CORRELATED, len(active)), replace=False)
        place = np.full(size, -1)
        place[chosen] = np.arange(len(chosen))
        bins = int(round((STOP - START) / 2))
        seen = place[neurons] >= 0
        cells = place[neurons[seen]] * bins + np.minimum((times[seen] / 2 + 1e-9).astype(int), bins - 1)
        histogram = np.bincount(cells, minlength=len(chosen) * bins).reshape(len(chosen), bins)
        samples["correlation"].append(np.corrcoef(histogram)[np.triu_indices(len(chosen), 1)].mean())
        inside = np.zeros(size, bool)
        inside[draw.choice(size, min(COUNTED, size), replace=False)] = True
        bins = int((STOP - START) / 3)
        histogram = np.bincount((times[inside[neurons]] / 3 + 1e-9).astype(int), minlength=bins)[:bins]
        samples["synchrony"].append(histogram.var() / histogram.mean())
    found |= {name: np.mean(values) for name, values in samples.items()}
    spread = {name: np.var(values, ddof=1) if draws > 1 else 0.0 for name, values in samples.items()}
    return found, {name: spread.get(name, 0.0) for name in found}


def axonal(scale, seed):
    """(times, population, neuron) of every spike, and the sizes."""
    out = f"/tmp/axonal_statistics_{os.getpid()}"
    settings = [f"define.scale={scale}", f'run.duration="{STOP} ms"', f'run.warmup="{START} ms"', f'recorder.spikes.start="{START} ms"',
                'recorder.spikes.format="npz"']
    command = [f"{ROOT}/target/release/axonal", "run", f"{ROOT}/configs/microcircuit.toml", "--json", "--seed", str(seed), "--out", out, "--force"]
    done = subprocess.run(command + [part for setting in settings for part in ("--set", setting)], capture_output=True, text=True)
    # 1 is an expectation of [expect] that is not met, which is what is looked into here.
    if done.returncode > 1:
        sys.exit(done.stderr)
    spikes = np.load(f"{out}/spikes.npz")
    after = spikes["time_ms"] > START + DT / 2  # NEST's interval is open at its start
    sizes = [population["size"] for population in json.loads(done.stdout)["populations"].values()]
    return *(spikes[name][after] for name in ("time_ms", "population", "neuron")), sizes


def nest(scale, seed):
    """The same from NEST, in a process of its own."""
    file = f"/tmp/axonal_statistics_nest_{os.getpid()}.npz"
    command = [sys.executable, os.path.abspath(__file__), "--scale", str(scale), "--one-nest", file, str(seed)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stdout + done.stderr)
    spikes = np.load(file)
    return spikes["time_ms"], spikes["population"], spikes["neuron"], list(spikes["sizes"])


def one_nest(scale, file, seed):
    sys.path.insert(0, HERE)
    import networks
    kernel = networks.nest_kernel(2, int(seed))
    populations = networks.nest_microcircuit(kernel, scale)
    recorder = kernel.Create("spike_recorder", params=dict(start=START))
    for population in populations:
        kernel.Connect(population, recorder)
    kernel.Simulate(STOP)
    first = np.array([population[0].global_id for population in populations])
    senders = np.array(recorder.events["senders"])
    population = np.searchsorted(first, senders, side="right") - 1
    np.savez(file, time_ms=recorder.events["times"], population=population, neuron=senders - first[population],
             sizes=[len(population) for population in populations])


def analysed(run, seeds, draws):
    """[seed][population] -> (means, variances of draws)."""
    found = []
    for seed in seeds:
        times, population, neuron, sizes = run(seed)
        found.append([statistics(times[population == index], neuron[population == index].astype(int), size, draws, seed)
                      for index, size in enumerate(sizes)])
        print(".", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return found


def compare(name, ours, theirs, populations):
    """A table of one statistic; how many standard errors each population is off."""
    print(f"\n{name:<13}{'axonal':>10}{'spread':>9}{'NEST':>10}{'runs':>6}{'difference':>12}{'errors':>8}  verdict")
    off = []
    for index, population in enumerate(populations):
        mine = np.array([run[index][0][name] for run in ours])
        drawn = np.mean([run[index][1][name] for run in ours])
        n, runs = len(mine), len(theirs)
        # Means of D draws differ by the draws as well as by the runs.
        between = max(mine.var(ddof=1) - drawn / DRAWS, 0.0)
        peers = np.array([run[index][0][name] for run in theirs])
        if runs > 1:
            between = ((n - 1) * between + (runs - 1) * max(peers.var(ddof=1) - drawn / DRAWS, 0.0)) / (n + runs - 2)
        per_run = DRAWS if runs > 1 else 1
        error = np.sqrt(between * (1 / n + 1 / runs) + drawn * (1 / (n * DRAWS) + 1 / (runs * per_run)))
        difference = mine.mean() - peers.mean()
        relative, errors = difference / peers.mean(), difference / error
        agrees = "within 3 %" if abs(relative) <= 0.03 else "within errors" if abs(errors) <= 3 else "OFF"
        off.append(errors)
        print(f"{population:<13}{mine.mean():>10.4f}{np.sqrt(between):>9.4f}{peers.mean():>10.4f}{runs:>6}{100 * relative:>10.1f} %{errors:>8.1f}  {agrees}")
    return off


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--scale", type=float, default=1.0)
    arguments.add_argument("--seeds", type=int, default=10)
    arguments.add_argument("--reference")
    arguments.add_argument("--nest-seeds", type=int, default=0)
    arguments.add_argument("--one-nest", nargs=2, help=argparse.SUPPRESS)
    chosen = arguments.parse_args()
    if chosen.one_nest:
        one_nest(chosen.scale, *chosen.one_nest)
        return
    if bool(chosen.reference) == bool(chosen.nest_seeds) or chosen.seeds < 2:
        sys.exit("one of --reference and --nest-seeds, and two seeds at least")
    ours = analysed(lambda seed: axonal(chosen.scale, seed), range(1, chosen.seeds + 1), DRAWS)
    populations = ["L23E", "L23I", "L4E", "L4I", "L5E", "L5I", "L6E", "L6I"]
    if chosen.reference:
        with open(chosen.reference) as file:
            reference = json.load(file)["populations"]
        theirs = [[({ours: reference[name][key] for ours, key in STATISTICS.items()}, None) for name in populations]]
    else:
        theirs = analysed(lambda seed: nest(chosen.scale, seed), range(101, 101 + chosen.nest_seeds), DRAWS)
    off = [compare(name, ours, theirs, populations) for name in STATISTICS]
    print(f"\nmean square of the {np.size(off)} differences in standard errors: {np.mean(np.square(off)):.2f} (1 for two samples of the same)")


if __name__ == "__main__":
    main()
