"""One small network in NEST and in Brian2: which neuron fires in which step.

    python replay.py            writes all the files beside it

needs numpy, nest-simulator 3.10 and brian2 2.9. 100 LIF neurons (80 excite, 20 inhibit), 3 000 synapses with their own weights and
delays (multapses and autapses among them), 10 000 spikes from outside, 1 s in steps of 0.1 ms; three shapes of synapse. Everything
is a decimal in a file, so that all read the same network.

A raster lists (step, neuron), a step of axonal being the time at which V_m was tested, added input included. What the others mean:

- NEST stamps a spike with the end of the step, as axonal. Its devices have a delay: a generator's spike at t - 0.1 ms with a delay
  of 0.1 ms arrives at t, as a spike of axonal's `spike_list` at t.
- Brian2 stamps the beginning of the step: one step earlier than axonal, always. `refractory` counts from there, so it is one step
  longer for the same number of steps at V_reset. A generator's spike at t - 0.1 ms without delay acts at t. Its order within a step
  (threshold, synapses, reset) is that of axonal for currents, which move V_m only in the next step. A jump of V_m must come before
  the test (LANGUAGE: "adds, tests"): the schedule is changed for these, and as spikes then wait for the next step, delays are a
  step shorter. A jump during refractoriness is dropped, as in NEST and axonal.
"""
import csv, os, sys
import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
DT, STEPS = 0.1, 10_000
NEURONS, EXCITATORY, SYNAPSES, INPUTS = 100, 80, 3000, 10_000
CELL = dict(C_m=250.0, tau_m=10.0, E_L=-65.0, V_th=-50.0, V_reset=-62.0, t_ref=2.0)
# tau of excitation and inhibition in ms, weight of a spike from outside; weights in mV or pA
SHAPES = {"exponential": (0.5, 2.0, 4100.0), "alpha": (0.4, 1.0, 1950.0), "delta": (None, None, 8.3)}


def write(name, header, rows):
    with open(os.path.join(HERE, name), "w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([header, *rows])


def read(name):
    with open(os.path.join(HERE, name)) as file:
        return list(zip(*([float(field) for field in row] for row in list(csv.reader(file))[1:])))


def network():
    """Sources of inhibition count from 0 within their own selection."""
    draw = np.random.default_rng(2014)
    for unit, size in (("pA", 250.0), ("mV", 0.45)):
        for kind, first, last, sign in (("excitation", 0, EXCITATORY, 1), ("inhibition", EXCITATORY, NEURONS, -2)):
            count = SYNAPSES * (last - first) // NEURONS
            weights = sign * draw.lognormal(-0.125, 0.5, count) * size
            rows = zip(draw.integers(0, last - first, count), draw.integers(0, NEURONS, count),
                       (f"{weight:.4g}" for weight in weights), (f"{delay / 10:.1f}" for delay in draw.integers(1, 51, count)))
            write(f"{kind}_{unit}.csv", ("source", "target", f"weight_{unit}", "delay_ms"), rows)
    # Not twice in a step: Brian2's generators refuse that.
    chosen = np.sort(draw.choice((STEPS - 10) * NEURONS, INPUTS, replace=False))
    write("input.csv", ("time_ms", "neuron"), ((f"{(cell // NEURONS + 5) / 10:.1f}", cell % NEURONS) for cell in chosen))


def of(shape):
    unit = "mV" if shape == "delta" else "pA"
    return [read(f"{kind}_{unit}.csv") for kind in ("excitation", "inhibition")]


def in_nest(shape):
    import nest
    nest.set_verbosity("M_ERROR")
    nest.ResetKernel()
    nest.resolution = DT
    tau_excitation, tau_inhibition, outside = SHAPES[shape]
    model = {"exponential": "iaf_psc_exp", "alpha": "iaf_psc_alpha", "delta": "iaf_psc_delta"}[shape]
    taus = {} if tau_excitation is None else dict(tau_syn_ex=tau_excitation, tau_syn_in=tau_inhibition)
    cells = nest.Create(model, NEURONS, params=dict(CELL, V_m=-65.0, **taus))
    for first, (sources, targets, weights, delays) in zip((0, EXCITATORY), of(shape)):
        ids = [np.array(list(column), int) + 1 + offset for column, offset in ((sources, first), (targets, 0))]
        nest.Connect(*ids, "one_to_one", dict(weight=np.array(weights), delay=np.array(delays)))
    times, neurons = (np.array(column) for column in read("input.csv"))
    generators = nest.Create("spike_generator", NEURONS)
    for neuron, generator in enumerate(generators):
        generator.spike_times = np.round(times[neurons == neuron] - DT, 1)
    nest.Connect(generators, cells, "one_to_one", dict(weight=outside, delay=DT))
    recorder = nest.Create("spike_recorder")
    nest.Connect(cells, recorder)
    nest.Simulate(STEPS * DT + DT)
    return np.round(np.array(recorder.events["times"]) / DT).astype(int), np.array(recorder.events["senders"]) - 1


def in_brian2(shape):
    import brian2 as b
    b.prefs.codegen.target = "numpy"
    b.start_scope()
    b.defaultclock.dt = DT * b.ms
    tau_excitation, tau_inhibition, outside = SHAPES[shape]
    unit = b.mV if shape == "delta" else b.pA
    jumps = shape == "delta"
    names = dict(tau=CELL["tau_m"] * b.ms, C=CELL["C_m"] * b.pF, E=CELL["E_L"] * b.mV, Vth=CELL["V_th"] * b.mV, Vr=CELL["V_reset"] * b.mV)
    equations = "dv/dt = (E - v)/tau" + ("" if jumps else " + (Ie + Ii)/C") + " : volt (unless refractory)"
    for sign, constant in (("e", tau_excitation), ("i", tau_inhibition)):
        if not jumps:
            names[f"t{sign}"] = constant * b.ms
            # An alpha function rises to its peak, the weight, at t = tau: I' = (e y - I)/tau, y' = -y/tau.
            equations += f"\ndI{sign}/dt = " + (f"-I{sign}/t{sign} : amp" if shape == "exponential" else
                                               f"(exp(1)*y{sign} - I{sign})/t{sign} : amp\ndy{sign}/dt = -y{sign}/t{sign} : amp")
    cells = b.NeuronGroup(NEURONS, equations, threshold="v >= Vth", reset="v = Vr", method="exact", namespace=names,
                          refractory=(CELL["t_ref"] + DT) * b.ms)
    cells.v = CELL["E_L"] * b.mV
    def onto(source, sources, targets, weights, delays, sign):
        """Synapses with these weights (mV or pA) and delays in steps."""
        variable = {"exponential": f"I{sign}_post += w", "alpha": f"y{sign}_post += w",
                    "delta": "v_post += w*int(not_refractory_post)"}[shape]
        synapses = b.Synapses(source, cells, "w : volt" if jumps else "w : amp", on_pre=variable)
        synapses.connect(i=np.array(sources, int), j=np.array(targets, int))
        synapses.w = np.array(weights) * unit
        synapses.delay = (np.array(delays) - jumps) * DT * b.ms
        return synapses
    objects = [onto(cells, np.array(sources) + first, targets, weights, np.round(np.array(delays) / DT), sign)
               for sign, first, (sources, targets, weights, delays) in zip("ei", (0, EXCITATORY), of(shape))]
    times, neurons = (np.array(column) for column in read("input.csv"))
    # With the changed schedule a generator's spike waits for the next step, as all do.
    early = DT * (2 if jumps else 1)
    generator = b.SpikeGeneratorGroup(NEURONS, neurons.astype(int), np.round(times - early, 1) * b.ms)
    everyone = np.arange(NEURONS)
    outer = onto(generator, everyone, everyone, np.full(NEURONS, outside), np.full(NEURONS, int(jumps)), "e")
    spikes = b.SpikeMonitor(cells)
    simulation = b.Network(cells, generator, outer, spikes, *objects)
    if jumps:
        simulation.schedule = ["start", "groups", "synapses", "thresholds", "resets", "end"]
    simulation.run(STEPS * DT * b.ms)
    return np.round(np.array(spikes.t / b.ms) / DT).astype(int), np.array(spikes.i)


if __name__ == "__main__":
    network()
    for shape in SHAPES:
        rasters = []
        for peer, run, offset in (("nest", in_nest, 0), ("brian2", in_brian2, 1)):
            steps, neurons = run(shape)
            kept = steps + offset <= STEPS
            order = np.lexsort((neurons[kept], steps[kept]))
            rows = list(zip(steps[kept][order], neurons[kept][order]))
            write(f"{shape}_{peer}.csv", ("step", "neuron"), rows)
            rasters.append({(step + offset, neuron) for step, neuron in rows})
        print(f"{shape}: {len(rasters[0])} spikes; Brian2's a step later: {'the same' if rasters[0] == rasters[1] else 'NOT the same'}")
        sys.stdout.flush()
