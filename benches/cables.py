"""Cables and rings of branched cells beside NEURON and Arbor: the same model, one run each in turn, medians and ratios.

    python benches/cables.py [cable_1000 cable_10000 points_10000 ring_256 ring_1024] [--pairs 3] [--axonal PATH] [--cpu]

Needs the PyPI packages `neuron` (9) and `arbor` (0.12); both run on as many threads as axonal, two. What is timed is the
simulation alone; how long each took to build is printed beside it. Nothing is recorded but spikes.

With `--cpu` each has one thread and its seconds of processor are counted, for a machine on which others work: the peers' of the
simulation, axonal's of its whole process.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time

DT = 0.025
CPU = "--cpu" in sys.argv
THREADS, clock = (1, time.process_time) if CPU else (2, time.perf_counter)
CASES = ["cable_1000", "cable_10000", "points_10000", "ring_256", "ring_1024"]


def branched(section, depth=3, parent="soma", name="d"):
    """Fourteen dendrites on a soma: two, each of which branches twice."""
    for side in "ab":
        own = f"{name}{side}"
        section(own, parent)
        if depth > 1:
            branched(section, depth - 1, own, own)


def config(case):
    head = f'[run]\nduration = "{duration(case)} ms"\ndt = "{DT} ms"\ntemperature = "6.3 degC"\n'
    kind, size = case.split("_")
    if kind == "cable":
        return head + (
            '[cell.axon]\nmodel = "cable"\nR_a = "100 ohm cm"\nmechanisms.hh = {}\n'
            f'section.axon = {{ length = "{10 * int(size)} um", diameter = "2 um", compartments = {size} }}\n'
            '[population.a]\ncell = "axon"\nsize = 1\n'
            '[stimulus.s]\nkind = "step"\nto = "a.axon(0.0)"\namplitude = "0.5 nA"\nstart = "1 ms"\nstop = "90 ms"\n'
        )
    if kind == "points":
        return head + (
            '[cell.hh]\nmodel = "hodgkin_huxley"\narea = "1000 um^2"\n'
            f'[population.a]\ncell = "hh"\nsize = {size}\n'
            '[stimulus.s]\nkind = "step"\nto = "a"\namplitude = "0.1 nA"\n'
        )
    text = [
        head,
        '[cell.b]\nmodel = "cable"\nR_a = "100 ohm cm"\nmechanisms.passive = { g_L = "0.1 mS/cm^2", E_L = "-65 mV" }\n'
        '[cell.b.section.soma]\nlength = "12.6 um"\ndiameter = "12.6 um"\ncompartments = 3\n'
        "mechanisms = { hh = {}, passive = false }\n",
    ]
    branched(
        lambda name, parent: text.append(
            f'[cell.b.section.{name}]\nparent = "{parent}"\nlength = "150 um"\ndiameter = "1 um"\ncompartments = 7\n'
        )
    )
    text.append(
        f'[population.ring]\ncell = "b"\nsize = {size}\nspike = {{ at = "soma(0.5)", threshold = "-10 mV" }}\n'
        '[synapse.x]\nmodel = "exponential"\ntau = "2 ms"\nE_rev = "0 mV"\n'
    )
    for number in range(10):
        text.append(
            f'[projection.p{number}]\nfrom = "ring"\nto = "ring.da(0.5)"\nsynapse = "x"\ndelay = "5 ms"\n'
            f'weight = "{10 if number == 0 else 0} nS"\nrule = {{ file = "ring_{number}.csv" }}\n'
        )
    text.append(
        '[stimulus.kick]\nkind = "step"\nto = "ring[0].soma(0.5)"\namplitude = "0.5 nA"\nstart = "1 ms"\nstop = "3 ms"\n'
    )
    return "".join(text)


def duration(case):
    return 200 if case.startswith("ring") else 100


def sources(size, number):
    """Of each cell: the one before it, and nine further ones that weigh nothing but cost what a synapse costs."""
    return [((target - 1 - 7 * number) % size, target) for target in range(size)]


def run_axonal(case, path):
    with tempfile.TemporaryDirectory() as folder:
        size = int(case.split("_")[1])
        for number in range(10 if case.startswith("ring") else 0):
            with open(f"{folder}/ring_{number}.csv", "w") as file:
                file.write("source,target\n" + "".join(f"{a},{b}\n" for a, b in sources(size, number)))
        with open(f"{folder}/c.toml", "w") as file:
            file.write(config(case))
        command = [path, "run", f"{folder}/c.toml", "--out", f"{folder}/o", "--threads", str(THREADS), "-q"]
        before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
        subprocess.run(command, check=True)
        spent = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before
        with open(f"{folder}/o/run.json") as file:
            run = json.load(file)
        spikes = sum(population["spikes"] for population in run["populations"].values())
        return spent if CPU else run["wall_s"]["simulate"], run["wall_s"]["build"], spikes, run["peak_rss_mib"]


def run_neuron(case):
    from neuron import h

    began = clock()
    h.load_file("stdrun.hoc")
    kind, size = case.split("_")[0], int(case.split("_")[1])
    context = h.ParallelContext()
    context.nthread(THREADS)
    keep, counters = [], []

    def clamp(segment, nanoampere, delay, length):
        stimulus = h.IClamp(segment)
        stimulus.delay, stimulus.dur, stimulus.amp = delay, length, nanoampere
        keep.append(stimulus)

    def count(segment):
        counter = h.APCount(segment)
        counter.thresh = -10
        counters.append(counter)

    if kind == "cable":
        axon = h.Section(name="axon")
        axon.L, axon.diam, axon.nseg, axon.Ra = 10 * size, 2, size, 100
        axon.insert("hh")
        clamp(axon(0), 0.5, 1, 89)
        count(axon(1))
        keep.append(axon)
    elif kind == "points":
        for index in range(size):
            cell = h.Section(name=f"p{index}")
            cell.L = cell.diam = (1000 / 3.141592653589793) ** 0.5
            cell.insert("hh")
            clamp(cell(0.5), 0.1, 0, 1e9)
            count(cell(0.5))
            keep.append(cell)
    else:
        somata, synapses = [], []
        for index in range(size):
            sections = {"soma": h.Section(name=f"soma{index}")}
            soma = sections["soma"]
            soma.L = soma.diam = 12.6
            soma.nseg, soma.Ra = 3, 100
            soma.insert("hh")

            def section(name, parent):
                own = sections[name] = h.Section(name=f"{name}{index}")
                own.L, own.diam, own.nseg, own.Ra = 150, 1, 7, 100
                own.insert("pas")
                own.g_pas, own.e_pas = 1e-4, -65
                own.connect(sections[parent](1))

            branched(section)
            synapse = h.ExpSyn(sections["da"](0.5))
            synapse.tau, synapse.e = 2, 0
            somata.append(soma)
            synapses.append(synapse)
            count(soma(0.5))
            keep.extend(sections.values())
        for number in range(10):
            for source, target in sources(size, number):
                link = h.NetCon(somata[source](0.5)._ref_v, synapses[target], sec=somata[source])
                link.threshold, link.delay, link.weight[0] = -10, 5, 0.01 if number == 0 else 0
                keep.append(link)
        clamp(somata[0](0.5), 0.5, 1, 2)
        keep.append(synapses)
    h.celsius, h.dt = 6.3, DT
    context.set_maxstep(5 if kind == "ring" else 10)
    h.finitialize(-65)
    built = clock()
    context.psolve(duration(case))
    return clock() - built, built - began, sum(int(counter.n) for counter in counters), 0


def run_arbor(case):
    import arbor as A
    from arbor import units as U

    began = clock()
    kind, size = case.split("_")[0], int(case.split("_")[1])

    def tree():
        segments = A.segment_tree()
        if kind == "cable":
            segments.append(A.mnpos, A.mpoint(0, 0, 0, 1), A.mpoint(10 * size, 0, 0, 1), tag=1)
            return segments, A.cv_policy_fixed_per_branch(size)
        if kind == "points":
            side = (1000 / 3.141592653589793) ** 0.5
            segments.append(A.mnpos, A.mpoint(0, 0, 0, side / 2), A.mpoint(side, 0, 0, side / 2), tag=1)
            return segments, A.cv_policy_fixed_per_branch(1)
        nodes = {"soma": (segments.append(A.mnpos, A.mpoint(0, 0, 0, 6.3), A.mpoint(12.6, 0, 0, 6.3), tag=1), 12.6)}

        def section(name, parent):
            above, x = nodes[parent]
            y = len(nodes) * 10
            near, far = A.mpoint(x, y, 0, 0.5), A.mpoint(x + 150, y, 0, 0.5)
            nodes[name] = (segments.append(above, near, far, tag=3), x + 150)

        branched(section)
        return segments, A.cv_policy_fixed_per_branch(7)

    class Recipe(A.recipe):
        def __init__(self):
            A.recipe.__init__(self)
            segments, policy = tree()
            decor = A.decor().set_property(Vm=-65 * U.mV, rL=100 * U.Ohm * U.cm, cm=0.01 * U.F / U.m2)
            decor = decor.paint("(tag 1)", A.density("hh"))
            if kind == "ring":
                decor = decor.paint("(tag 3)", A.density("pas/e=-65", {"g": 1e-4}))
                decor = decor.place('(on-components 0.5 (segment 1))', A.synapse("expsyn", {"tau": 2, "e": 0}), "syn")
            decor = decor.place("(location 0 0.5)", A.threshold_detector(-10 * U.mV), "detector")
            current = {"cable": (0.5, 1, 89), "points": (0.1, 0, 1000), "ring": (0.5, 1, 2)}[kind]
            clamp = A.i_clamp(current[1] * U.ms, current[2] * U.ms, current[0] * U.nA)
            place = "(location 0 0)" if kind == "cable" else "(location 0 0.5)"
            self.plain = A.cable_cell(segments, decor, A.label_dict(), policy)
            self.kicked = A.cable_cell(segments, decor.place(place, clamp), A.label_dict(), policy)
            self.properties = A.neuron_cable_properties()
            self.properties.set_property(tempK=279.45 * U.Kelvin)

        def num_cells(self):
            return 1 if kind == "cable" else size

        def cell_kind(self, gid):
            return A.cell_kind.cable

        def cell_description(self, gid):
            return self.kicked if kind != "ring" or gid == 0 else self.plain

        def global_properties(self, _):
            return self.properties

        def connections_on(self, gid):
            if kind != "ring":
                return []
            weight = lambda number: 0.01 if number == 0 else 0.0
            of = lambda number: (gid - 1 - 7 * number) % size
            return [A.connection((of(n), "detector"), "syn", weight(n), 5 * U.ms) for n in range(10)]

    recipe = Recipe()
    context = A.context(threads=THREADS)
    simulation = A.simulation(recipe, context, A.partition_load_balance(recipe, context))
    simulation.record(A.spike_recording.all)
    built = clock()
    simulation.run(duration(case) * U.ms, DT * U.ms)
    return clock() - built, built - began, len(simulation.spikes()), 0


def apart(tool, case):
    """In a process of its own: build time, memory and threads of one do not meddle with another."""
    command = [sys.executable, os.path.abspath(__file__), case, "--tool", tool] + ["--cpu"] * CPU
    out = subprocess.run(command, check=True, capture_output=True, text=True)
    return tuple(json.loads(out.stdout.strip().splitlines()[-1]))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", nargs="*", default=[])
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--axonal", default="target/release/axonal")
    parser.add_argument("--cpu", action="store_true")
    parser.add_argument("--tool")
    arguments = parser.parse_args()
    if arguments.tool:
        result = {"neuron": run_neuron, "arbor": run_arbor}[arguments.tool](arguments.cases[0])
        rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps([*result[:3], rss]))
        return
    print(f"{'case':14}{'tool':10}{'simulate s':>12}{'build s':>10}{'MiB':>8}{'spikes':>9}{'ratio':>8}")
    for case in arguments.cases or CASES:
        runs = {"axonal": [], "arbor": [], "neuron": []}
        for _ in range(arguments.pairs):
            runs["axonal"].append(run_axonal(case, arguments.axonal))
            runs["arbor"].append(apart("arbor", case))
            runs["neuron"].append(apart("neuron", case))
        own = statistics.median(run[0] for run in runs["axonal"])
        for tool, list_ in runs.items():
            middle = [statistics.median(run[column] for run in list_) for column in range(4)]
            ratio = middle[0] / own
            print(f"{case:14}{tool:10}{middle[0]:12.3f}{middle[1]:10.3f}{middle[3]:8.0f}{middle[2]:9.0f}{ratio:8.2f}")


if __name__ == "__main__":
    main()
