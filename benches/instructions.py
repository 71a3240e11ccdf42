"""Are the loops over cells still vectors? Instructions per cell and step, counted by valgrind: the same on every machine.

    cargo build --release && python benches/instructions.py [NAME]...

needs valgrind, and skips (exit 0, and says so) without it. A loop that the compiler no longer turns into vectors gives the same results
at twice to four times the instructions, and no test would notice. Each case runs for two durations; the difference is the work of
its steps alone, on one thread. valgrind knows AVX2, not AVX-512, so four lanes of f64 are what is counted. A bound is 1.3
times what the case took when it was set. `scalar` is what it took without vectors, well above; to see the alarm go off:
    RUSTFLAGS="-C no-vectorize-loops -C no-vectorize-slp" cargo build --release --target-dir target/scalar
    AXONAL_BINARY=target/scalar/release/axonal python benches/instructions.py
Exit 1 if a bound is passed.
"""
import os, re, shutil, subprocess, sys, tempfile

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
BINARY = os.environ.get("AXONAL_BINARY", f"{ROOT}/target/release/axonal")
CELLS, SHORT, LONG = 2048, 64, 192
# valgrind counts every byte of `rep stosb` as an instruction, and the C library takes it for lists of some length.
PLAIN = dict(os.environ, GLIBC_TUNABLES="glibc.cpu.x86_rep_stosb_threshold=1000000000:glibc.cpu.x86_rep_movsb_threshold=1000000000")

LIF = 'model = "lif"\nC_m = "250 pF"\ntau_m = "10 ms"\nE_L = "-65 mV"\nV_th = "-50 mV"\nV_reset = "-65 mV"\nt_ref = "2 ms"\n'
ONTO = ('[projection.p]\nfrom = "cells"\nto = "cells"\nrule = {{ pairs = [[0, 1]] }}\nsynapse = "s"\nweight = "1 {unit}"\ndelay = "1 ms"\n')
GATES = 'model = "cable"\nR_a = "100 ohm cm"\nC_m = "1 uF/cm^2"\nmechanisms.na_traub = {}\nmechanisms.k_traub = {}\n' \
        'mechanisms.passive = { g_L = "0.05 mS/cm^2", E_L = "-65 mV" }\n[cell.x.section.soma]\nlength = "80 um"\ndiameter = "80 um"\ncompartments = 1\n'


def synapse(model, unit, reversal=""):
    return f'[synapse.s]\n{model}\n{reversal}\n' + ONTO.format(unit=unit)


EXPONENTIAL, ALPHA = 'model = "exponential"\ntau = "2 ms"', 'model = "alpha"\ntau = "2 ms"'
# name: cell, what comes to it, instructions per cell and step: at most, and without vectors
CASES = {
    "lif": (LIF, "", 9, 20),
    "lif_exponential": (LIF, synapse(EXPONENTIAL, "pA"), 12, 33),
    "lif_alpha": (LIF, synapse(ALPHA, "pA"), 25, 54),
    "lif_conductance": (LIF, synapse(EXPONENTIAL, "nS", 'E_rev = "0 mV"'), 18, 97),
    "lif_poisson": (LIF, '[synapse.s]\n' + EXPONENTIAL + '\n[stimulus.p]\nkind = "poisson"\nto = "cells"\nrate = "8 kHz"\nsynapse = "s"\nweight = "1 pA"\n', 28, 99),
    "escape_lif": (LIF.replace('"lif"', '"escape_lif"') + 'rho_0 = "1 Hz"\nDelta_u = "2 mV"\n', "", 38, 88),
    "eif": ('model = "eif"\nC_m = "200 pF"\ng_L = "10 nS"\nE_L = "-65 mV"\nV_T = "-50 mV"\nDelta_T = "2 mV"\nV_reset = "-60 mV"\nt_ref = "2 ms"\n', "", 165, 445),
    "adex": ('model = "adex"\nC_m = "200 pF"\ng_L = "10 nS"\nE_L = "-70 mV"\nV_T = "-50 mV"\nDelta_T = "2 mV"\nV_peak = "0 mV"\nV_reset = "-58 mV"\n'
             'tau_w = "100 ms"\na = "2 nS"\nb = "40 pA"\nt_ref = "1 ms"\n', "", 173, 446),
    "izhikevich": ('model = "izhikevich"\na = "0.02 /ms"\nb = "0.2 /ms"\nc = "-65 mV"\nd = "8 mV/ms"\n', "", 17, 36),
    "mihalas_niebur": ('model = "mihalas_niebur"\nC_m = "100 pF"\ng_L = "5 nS"\nE_L = "-70 mV"\nV_reset = "-70 mV"\na = "0.005 /ms"\nb = "0.01 /ms"\n'
                       'Theta_inf = "-50 mV"\nTheta_reset = "-60 mV"\n', "", 27, 56),
    "hodgkin_huxley": ('model = "hodgkin_huxley"\narea = "1000 um^2"\n', "", 180, 1509),
    "traub": (GATES, "", 360, 1495),
}

def config(cell, extra, steps):
    dt = 0.025 if "hodgkin" in cell or "cable" in cell else 0.1
    crossing = 'spike = { at = "soma(0.5)", threshold = "0 mV" }\n' if "cable" in cell else ""
    return (f'[run]\nduration = "{steps * dt:g} ms"\ndt = "{dt} ms"\ntemperature = "6.3 degC"\n[cell.x]\n{cell}'
            f'[population.cells]\ncell = "x"\nsize = {CELLS}\n{crossing}{extra}')


def instructions(text):
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, "config.toml")
        with open(path, "w") as file:
            file.write(text)
        command = ["valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null", BINARY, "run", path, "--threads", "1",
                   "--out", os.path.join(directory, "out"), "--quiet"]
        done = subprocess.run(command, capture_output=True, text=True, env=PLAIN)
    found = re.search(r"I\s+refs:\s+([\d,]+)", done.stderr)
    return int(found[1].replace(",", "")) if done.returncode == 0 and found else sys.exit(done.stderr)


def per_cell(cell, extra):
    more, less = (instructions(config(cell, extra, steps)) for steps in (LONG, SHORT))
    return (more - less) / (LONG - SHORT) / CELLS


def main():
    if not shutil.which("valgrind"):
        print("skipped: there is no valgrind here")
        return
    chosen = sys.argv[1:] or list(CASES)
    failed = []
    print(f"{'instructions per cell and step':<34}{'found':>8}{'at most':>9}{'scalar':>8}")
    for name in chosen:
        cell, extra, bound, scalar = CASES[name]
        found = per_cell(cell, extra)
        failed += [name] if found > bound else []
        print(f"{name:<34}{found:>8.1f}{bound:>9}{scalar:>8}{'  TOO MANY: is the loop still a vector?' if found > bound else ''}", flush=True)
    sys.exit(1 if failed else 0)


main()
