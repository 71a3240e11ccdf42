"""axonal beside NEST and Brian2 on the networks of the literature: medians of alternating runs, and their ratio.

    cargo build --release && python benches/networks.py [NETWORK]... [--pairs 3] [--fast-math]

needs a Python with nest-simulator 3.10 and brian2 2.9 (PyPI) and, for Brian2's C++, a compiler. RTF is seconds of
simulating per second simulated, building and recording apart; both sides leave out the same first milliseconds: of COBA, those in
which it is kicked. The networks are those of configs/: the numbers of the microcircuit are read from there. A peer counts at its better
of one and two threads. Brian2 compiles as it comes, which is with a scalar `exp`; with --fast-math, by gcc's whole -ffast-math, which
makes a vector function of it, at the price of infinities and NaN.
"""
import argparse, json, math, os, statistics, subprocess, sys, time, tomllib

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
# config, settings, peer, simulated ms of the peer, ms left out
LARGE = ["population.exc.size=51200", "population.inh.size=12800", "projection.excitation.rule.pairwise_bernoulli=0.00125",
         "projection.inhibition.rule.pairwise_bernoulli=0.00125"]


def after(warmup, ms, *others):
    """Brian2 only counts spikes: nothing is recorded or measured here but in the last 5 ms."""
    last = f'"{ms - 5} ms"'
    return [f'run.duration="{ms} ms"', f'run.warmup="{warmup} ms"', f"recorder.spikes.start={last}", *(setting.format(last) for setting in others)]


WITHOUT_MEASURE, WITHOUT_TRACES = "measure.correlation.start={}", "recorder.membrane.start={}"
NETWORKS = {
    "microcircuit_0.1": ("microcircuit", ['run.duration="1300 ms"', 'run.warmup="300 ms"'], "nest", 1000, 300),
    "brunel": ("brunel", ['run.duration="700 ms"', 'run.warmup="200 ms"'], "nest", 500, 200),
    "cuba_4000": ("balanced_current", after(0, 2000, WITHOUT_MEASURE), "brian2", 2000, 0),
    "coba_4000": ("balanced_network", after(50, 2000, WITHOUT_MEASURE, WITHOUT_TRACES), "brian2", 1950, 50),
    "cobahh_4000": ("hodgkin_huxley_network", after(0, 500, WITHOUT_TRACES), "brian2", 500, 0),
    "cuba_64000": ("balanced_current", after(0, 500, WITHOUT_MEASURE) + LARGE, "brian2", 500, 0),
    "coba_64000": ("balanced_network", after(50, 500, WITHOUT_MEASURE, WITHOUT_TRACES) + LARGE, "brian2", 450, 50),
}


def axonal(network, threads):
    config, settings, *_ = NETWORKS[network]
    command = [f"{ROOT}/target/release/axonal", "run", f"{ROOT}/configs/{config}.toml", "--json", "--threads", str(threads),
               "--out", "/tmp/axonal_bench", "--force"]
    for setting in settings:
        command += ["--set", setting]
    done = subprocess.run(command, capture_output=True, text=True)
    run = json.loads(done.stdout) if done.stdout else sys.exit(done.stderr)
    spikes = sum(p["spikes"] for p in run["populations"].values())
    return {"rtf": run["real_time_factor"], "build": run["wall_s"]["build"], "mib": run["peak_rss_mib"], "spikes": spikes}


def nest_kernel(threads, seed=1):
    import nest
    nest.set_verbosity("M_ERROR")
    nest.ResetKernel()
    nest.set(resolution=0.1, local_num_threads=threads, rng_seed=seed)
    return nest


def nest_brunel(nest):
    cell = dict(C_m=1.0, tau_m=20.0, E_L=0.0, V_th=20.0, V_reset=10.0, V_m=0.0, t_ref=2.0)
    exc, inh = (nest.Create("iaf_psc_delta", n, params=cell) for n in (10000, 2500))
    everybody = exc + inh
    outside = nest.Create("poisson_generator", params=dict(rate=2 * 20.0 / (0.1 * 20.0) * 1e3))
    nest.Connect(outside, everybody, "all_to_all", dict(weight=0.1, delay=1.5))
    for source, indegree, weight in ((exc, 1000, 0.1), (inh, 250, -0.5)):
        nest.CopyModel("static_synapse_hom_w_hpc", f"s{indegree}", dict(weight=weight, delay=1.5))
        nest.Connect(source, everybody, dict(rule="fixed_indegree", indegree=indegree), dict(synapse_model=f"s{indegree}"))


def nest_microcircuit(nest, scale=0.1):
    with open(f"{ROOT}/configs/microcircuit.toml", "rb") as file:
        config = tomllib.load(file)
    define, names = config["define"], config["projection"]["cortex"]["from"]
    number = lambda text: float(text.split()[0])
    cell = dict(C_m=250.0, tau_m=10.0, E_L=-65.0, V_th=-50.0, V_reset=-65.0, t_ref=2.0, tau_syn_ex=0.5, tau_syn_in=0.5)
    weight = number(define["psc"]) / math.sqrt(scale)
    populations = []
    for name, external in zip(names, define["K_ext"]):
        written = config["population"][name]
        current = number(written["set"]["I_e"]) * (1 - math.sqrt(scale))
        # Half a neuron is rounded away from zero, as in axonal.
        cells = nest.Create("iaf_psc_exp", math.floor(number(written["size"]) * scale + 0.5), params=dict(cell, I_e=current))
        mean, sd = (number(part) for part in written["initial"]["V_m"].removeprefix("normal(").split(", "))
        cells.V_m = nest.random.normal(mean, sd)
        outside = nest.Create("poisson_generator", params=dict(rate=8.0 * external * scale))
        nest.Connect(outside, cells, "all_to_all", dict(weight=weight, delay=1.5))
        populations.append(cells)
    strength = lambda j: define["g"] if j == "g" else j
    for row, target in enumerate(populations):
        for column, source in enumerate(populations):
            total = round(define["K"][row][column] * scale**2)
            mean = strength(define["J"][row][column]) * weight
            delay = number(define["d"][0][column])
            if total:
                sign = dict(min=0.0) if mean > 0 else dict(max=0.0)
                drawn = nest.math.redraw(nest.random.normal(mean, abs(mean) / 10), **({"min": -math.inf, "max": math.inf} | sign))
                late = nest.math.redraw(nest.random.normal(delay, delay / 2), min=0.05, max=math.inf)
                nest.Connect(source, target, dict(rule="fixed_total_number", N=total),
                             dict(synapse_model="static_synapse_hpc", weight=drawn, delay=late))
    return populations


def run_nest(network, threads):
    *_, simulated, left_out = NETWORKS[network]
    nest = nest_kernel(threads)
    begun = time.perf_counter()
    nest_brunel(nest) if network == "brunel" else nest_microcircuit(nest)
    nest.Prepare()
    build = time.perf_counter() - begun
    nest.Run(left_out)
    begun = time.perf_counter()
    nest.Run(simulated)
    rtf = (time.perf_counter() - begun) / (simulated * 1e-3)
    return {"rtf": rtf, "build": build, "spikes": nest.local_spike_counter}


# What each network is to Brian2: equations, method, threshold, reset, refractory, jumps of a synapse, V at the start, dt in ms.
DECAY = "\ndge/dt = -ge/te : {0}\ndgi/dt = -gi/ti : {0}"
RATE = "\nd{0}/dt = {1}*(1 - {0}) - {2}*{0} : 1"
TRAUB = [("m", "0.32/mV*4*mV/exprel((13*mV - u)/(4*mV))/ms", "0.28/mV*5*mV/exprel((u - 40*mV)/(5*mV))/ms"),
         ("h", "0.128*exp((17*mV - u)/(18*mV))/ms", "4/(1 + exp((40*mV - u)/(5*mV)))/ms"),
         ("n", "0.032/mV*5*mV/exprel((15*mV - u)/(5*mV))/ms", "0.5*exp((10*mV - u)/(40*mV))/ms")]
BRIAN2 = {
    "cuba": ("dv/dt = (ge + gi - (v + 49*mV))/tau : volt (unless refractory)" + DECAY.format("volt"), "exact",
             "v > -50*mV", "v = -60*mV", "5*ms", ("1.62*mV", "-9*mV"), "-60*mV + 10*mV*rand()", 0.1),
    "coba": ("dv/dt = (ge*(0*mV - v) + gi*(-80*mV - v) - (v + 60*mV))/tau : volt (unless refractory)" + DECAY.format("1"),
             "exponential_euler", "v > -50*mV", "v = -60*mV", "5*ms", ("0.6", "6.7"), "-60*mV + 10*mV*rand()", 0.1),
    "cobahh": ("dv/dt = (10*nS*(-65*mV - v) + ge*(0*mV - v) + gi*(-80*mV - v) - 20*usiemens*m**3*h*(v - 50*mV)"
               " - 6*usiemens*n**4*(v + 90*mV))/(200*pF) : volt\nu = v + 63*mV : volt" + DECAY.format("siemens")
               + "".join(RATE.format(*gate) for gate in TRAUB), "exponential_euler",
               "v > -20*mV", "", "v > -20*mV", ("6*nS", "67*nS"), "-65*mV + 5*mV*(randn() - 1)", 0.05),
}


def run_brian2(network, threads, fast_math=False):
    import brian2 as b
    b.set_device("cpp_standalone", directory=f"/tmp/axonal_brian2_{network}_{threads}", build_on_run=False)
    if fast_math:
        b.prefs.codegen.cpp.extra_compile_args_gcc = ["-O3", "-march=native", "-ffast-math"]
    b.prefs.devices.cpp_standalone.openmp_threads = threads if threads > 1 else 0
    b.seed(1)
    *_, simulated, left_out = NETWORKS[network]
    kind, size = network.split("_")
    equations, method, threshold, reset, refractory, jumps, start, dt = BRIAN2[kind]
    b.defaultclock.dt = dt * b.ms
    size, exc = int(size), int(size) * 4 // 5
    names = dict(tau=20 * b.ms, te=5 * b.ms, ti=10 * b.ms)
    refractory = 5 * b.ms if refractory == "5*ms" else refractory
    cells = b.NeuronGroup(size, equations, threshold=threshold, reset=reset, refractory=refractory, method=method, namespace=names)
    cells.v = start
    objects, kick = [cells], None
    if kind == "coba":
        kick = b.PoissonInput(cells, "ge", 1, 300 * b.Hz, weight=0.6)
        objects.append(kick)
    if kind == "cobahh":
        cells.ge, cells.gi = "clip(1.5*randn() + 4, 0, 100)*10*nS", "clip(12*randn() + 20, 0, 100)*10*nS"
    for first, last, variable, jump in ((0, exc, "ge", jumps[0]), (exc, size, "gi", jumps[1])):
        synapses = b.Synapses(cells[first:last], cells, on_pre=f"{variable} += {jump}")
        synapses.connect(p=80 / size)
        objects.append(synapses)
    spikes = b.SpikeMonitor(cells, record=False)
    simulation = b.Network(*objects, spikes)
    if kick:
        simulation.run(left_out * b.ms)
        kick.active = False
    simulation.run(simulated * b.ms)
    begun = time.perf_counter()
    b.device.build(compile=True, run=True)
    whole = time.perf_counter() - begun
    return {"rtf": b.device._last_run_time / (simulated * 1e-3), "build": whole, "spikes": int(spikes.num_spikes)}


def peer(network, threads, options):
    command = [sys.executable, os.path.abspath(__file__), "--peer", network, "--threads", str(threads), *options]
    done = subprocess.run(command, capture_output=True, text=True)
    lines = [line for line in done.stdout.splitlines() if line.startswith('{"rtf"')]
    return json.loads(lines[-1]) if lines else sys.exit(done.stdout + done.stderr)


def median(runs):
    return {key: statistics.median(run[key] for run in runs) for key in runs[0]}


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("networks", nargs="*", default=list(NETWORKS))
    arguments.add_argument("--pairs", type=int, default=3)
    arguments.add_argument("--fast-math", action="store_true", help="let gcc make vectors of Brian2's exponentials")
    arguments.add_argument("--peer", help=argparse.SUPPRESS)
    arguments.add_argument("--threads", type=int, default=2, help=argparse.SUPPRESS)
    chosen = arguments.parse_args()
    if chosen.peer:
        run = run_nest(chosen.peer, chosen.threads) if NETWORKS[chosen.peer][2] == "nest" else run_brian2(chosen.peer, chosen.threads, chosen.fast_math)
        print(json.dumps(run))
        return
    print(f"{'network':<18}{'axonal':>9}{'peer':>9}  {'by':<10}{'ratio':>7}{'build, s':>12}{'peer':>8}{'MiB':>7}{'spikes':>10}{'peer':>9}")
    options = ["--fast-math"] if chosen.fast_math else []
    for network in chosen.networks:
        ours, theirs = [], {1: [], 2: []}
        for _ in range(chosen.pairs):
            ours.append(axonal(network, 2))
            for threads, runs in theirs.items():
                runs.append(peer(network, threads, options))
        threads = min(theirs, key=lambda threads: median(theirs[threads])["rtf"])
        ratio = statistics.median(their["rtf"] / our["rtf"] for our, their in zip(ours, theirs[threads]))
        ours, theirs = median(ours), median(theirs[threads])
        by = f"{NETWORKS[network][2]}, {threads}"
        print(f"{network:<18}{ours['rtf']:>9.4f}{theirs['rtf']:>9.3f}  {by:<10}{ratio:>7.1f}{ours['build']:>12.2f}{theirs['build']:>8.2f}"
              f"{ours['mib']:>7.0f}{ours['spikes']:>10.0f}{theirs['spikes']:>9.0f}", flush=True)


if __name__ == "__main__":
    main()
