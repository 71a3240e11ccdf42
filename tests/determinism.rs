//! The same bits for any number of threads, and for any order of tables.
//!
//! The digest covers every spike and every recorded sample. The networks between them use every model, synapse, rule and
//! stimulus, gap junctions between points and between cables, random weights, delays, parameters and initial values. They
//! are large enough (hundreds of neurons) to be split among threads.

use axonal::{Finished, RunOptions, Simulation};

fn run_on(config: &str, threads: usize) -> Finished {
    let simulation = Simulation::from_toml(config).unwrap_or_else(|error| panic!("{error}\nin\n{config}"));
    let options = RunOptions { threads: Some(threads), ..RunOptions::default() };
    simulation.run_with(options, &mut |_| false).unwrap_or_else(|error| panic!("{error}"))
}

fn spikes_of(finished: &Finished) -> u64 {
    finished.recording.populations.iter().map(|population| population.spikes).sum()
}

/// The name of each network, and its config.
const NETWORKS: [(&str, &str); 16] = [
    (
        "quanta on and between grid points, receptors behind spikes and potentials, onto points and cables",
        r#"
        [cell.point]
        model = "adex"
        C_m = "200 pF"
        g_L = "10 nS"
        E_L = "-70 mV"
        V_T = "-50 mV"
        Delta_T = "2 mV"
        V_peak = "0 mV"
        V_reset = "-58 mV"
        tau_w = "100 ms"
        a = "2 nS"
        b = "40 pA"
        t_ref = "1 ms"
        [cell.squid]
        model = "hodgkin_huxley"
        [cell.clock]
        model = "poisson"
        rate = "100 Hz"
        [population.outside]
        cell = "clock"
        size = 90
        [population.a]
        cell = "point"
        size = 260
        initial.V_m = "normal(-60 mV, 5 mV)"
        [population.b]
        cell = "squid"
        size = 140
        set.g_Na = "normal(120 mS/cm^2, 5 mS/cm^2)"
        [population.c]
        cell = "point"
        size = 70
        [synapse.quanta]
        model = "exponential"
        tau = "3 ms"
        E_rev = "0 mV"
        quantal = { n = 5, p = 0.4, tau_rec = "20 ms" }
        [synapse.tired]
        model = "alpha"
        tau = "2 ms"
        short_term = { U = 0.3, tau_rec = "50 ms", tau_fac = "100 ms", initial = { x = 0.7 } }
        quantal = { n = 3 }
        [synapse.nmda]
        model = "nmda"
        transmitter = "pulse"
        [synapse.gaba_b]
        model = "gaba_b"
        transmitter = "pulse"
        T_max = "0.5 mM"
        duration = "0.33 ms"
        [synapse.gaba_a]
        model = "gaba_a"
        [projection.in]
        from = "outside"
        to = ["a", "b"]
        rule = { fixed_indegree = 12 }
        multapses = true
        synapse = "quanta"
        weight = [["uniform(5 nS, 15 nS)"], ["200 nS"]]
        delay = "uniform(1 ms, 3 ms)"
        [projection.tired]
        from = ["a", "b"]
        to = ["a", "b"]
        rule = { pairwise_bernoulli = 0.05 }
        autapses = false
        synapse = "tired"
        weight = "-60 pA"
        delay = "0.7 ms"
        [projection.slow]
        from = ["a", "outside", "b"]
        to = ["a", "b"]
        rule = { fixed_outdegree = 4 }
        autapses = true
        multapses = true
        synapse = "nmda"
        weight = "uniform(1 nS, 2 nS)"
        delay = "uniform(0.3 ms, 2 ms)"
        [projection.slower]
        from = ["a", "b"]
        to = ["b", "a"]
        rule = { pairwise_bernoulli = 0.03 }
        autapses = true
        synapse = "gaba_b"
        weight = "1 nS"
        delay = "1.1 ms"
        [projection.graded]
        from = "b"
        to = "c"
        rule = { fixed_indegree = 5 }
        multapses = true
        synapse = "gaba_a"
        weight = "1 nS"
        [stimulus.noise]
        kind = "poisson"
        to = ["a", "b"]
        rate = "500 Hz"
        synapse = "quanta"
        weight = ["5 nS", "100 nS"]
        start = ["0 ms", "30 ms"]
        stop = ["20 ms", "50 ms"]
        [recorder.terminals]
        of = "slow"
        what = ["r.nmda", "T.nmda"]
        every = "0.5 ms"
        [recorder.slower]
        of = "slower"
        what = "r.gaba_b"
        "#,
    ),
    (
        "escape_lif, correlated Poisson input, stimuli that act several times",
        r#"
        [cell.noisy]
        model = "escape_lif"
        C_m = "250 pF"
        tau_m = "10 ms"
        E_L = "-65 mV"
        V_th = "-50 mV"
        V_reset = "-65 mV"
        t_ref = "2 ms"
        rho_0 = "100 Hz"
        Delta_u = "2 mV"
        [population.a]
        cell = "noisy"
        size = 333
        initial.V_m = "normal(-60 mV, 5 mV)"
        [population.b]
        cell = "noisy"
        size = 130
        set.rho_0 = "uniform(50 Hz, 200 Hz)"
        [synapse.psc]
        model = "exponential"
        tau = "2 ms"
        [projection.all]
        from = ["a", "b"]
        to = ["a", "b"]
        rule = { fixed_indegree = 20 }
        autapses = true
        multapses = true
        synapse = "psc"
        weight = [["40 pA", "-80 pA"], ["60 pA", "-100 pA"]]
        delay = "1.5 ms"
        [stimulus.common]
        kind = "poisson"
        to = ["a", "b"]
        rate = "2000 Hz"
        correlation = 0.2
        synapse = "psc"
        weight = "60 pA"
        start = ["0 ms", "30 ms"]
        stop = ["20 ms", "80 ms"]
        [stimulus.rhythm]
        kind = "noise"
        to = "a"
        mean = "100 pA"
        std = "50 pA"
        tau = "5 ms"
        start = ["5 ms", "40 ms"]
        stop = ["25 ms"]
        "#,
    ),
    (
        "neurons in space: eif and mihalas_niebur, rules of distance, delays of conduction",
        r#"
        [cell.exponential]
        model = "eif"
        C_m = "200 pF"
        g_L = "10 nS"
        E_L = "-65 mV"
        V_T = "-50 mV"
        Delta_T = "2 mV"
        V_reset = "-60 mV"
        t_ref = "2 ms"
        [cell.general]
        model = "mihalas_niebur"
        C_m = "100 pF"
        g_L = "5 nS"
        E_L = "-70 mV"
        V_reset = "-70 mV"
        a = "0.005 /ms"
        b = "0.01 /ms"
        Theta_inf = "-50 mV"
        Theta_reset = "-60 mV"
        A2 = "-20 pA"
        [population.sheet]
        cell = "exponential"
        position = { grid = [20, 18], extent = ["1 mm", "0.9 mm"] }
        initial.V_m = "uniform(-65 mV, -52 mV)"
        [population.cloud]
        cell = "general"
        size = 250
        position = { random = "box", extent = ["1 mm", "0.9 mm"] }
        initial.V_m = "uniform(-70 mV, -52 mV)"
        set.A1 = "uniform(-50 pA, 10 pA)"
        [synapse.psc]
        model = "exponential"
        tau = "2 ms"
        [synapse.gaba]
        model = "alpha"
        tau = "2 ms"
        E_rev = "-80 mV"
        [projection.near]
        from = "sheet"
        to = "sheet"
        rule = { gaussian = { p = 0.5, sigma = "120 um", within = "400 um", periodic = true } }
        autapses = false
        synapse = "psc"
        weight = "normal(60 pA, 20 pA)"
        delay = { base = "0.4 ms", speed = "0.3 m/s", periodic = true }
        [projection.far]
        from = "sheet"
        to = "cloud"
        rule = { exponential = { p = 0.4, lambda = "300 um" } }
        synapse = "psc"
        weight = "80 pA"
        delay = { speed = "0.2 m/s" }
        [projection.back]
        from = "cloud"
        to = ["sheet", "cloud"]
        rule = { linear = { p = 0.3, reach = "500 um" } }
        autapses = true
        synapse = "gaba"
        weight = "1 nS"
        delay = "1 ms"
        [stimulus.drive]
        kind = "step"
        to = ["sheet", "cloud"]
        amplitude = ["170 pA", "160 pA"]
        [stimulus.rhythm]
        kind = "poisson"
        to = "sheet"
        rate = { mean = "900 Hz", amplitude = "800 Hz", frequency = "20 Hz" }
        synapse = "psc"
        weight = "40 pA"
        "#,
    ),
    (
        "LIF, weights of 16 bits, fixed_total and poisson_indegree, many populations",
        r#"
        [cell.leaky]
        model = "lif"
        C_m = "250 pF"
        tau_m = "10 ms"
        E_L = "-65 mV"
        V_th = "-50 mV"
        V_reset = "-65 mV"
        t_ref = "2 ms"
        [population.a]
        cell = "leaky"
        size = 333
        initial.V_m = "normal(-60 mV, 5 mV)"
        [population.b]
        cell = "leaky"
        size = 130
        initial.V_m = "normal(-60 mV, 5 mV)"
        [synapse.psc]
        model = "exponential"
        tau = "0.5 ms"
        [projection.all]
        from = ["a", "b"]
        to = ["a", "b"]
        rule = { fixed_total = [[9000, 4000], [5000, 2000]] }
        autapses = false
        multapses = true
        synapse = "psc"
        weight = [["normal(120 pA, 12 pA) keeping sign", "normal(-400 pA, 40 pA) keeping sign"], ["normal(240 pA, 24 pA) keeping sign", "normal(-400 pA, 40 pA) keeping sign"]]
        delay = "normal(1.5 ms, 0.75 ms) in [0.1 ms, inf]"
        [projection.more]
        from = "b"
        to = "a"
        rule = { poisson_indegree = 7.5 }
        multapses = true
        synapse = "psc"
        weight = "lognormal(50 pA, 80 pA)"
        delay = "1 ms"
        [stimulus.background]
        kind = "poisson"
        to = ["a", "b"]
        rate = ["14 kHz", "16 kHz"]
        synapse = "psc"
        weight = "87.8 pA"
        "#,
    ),
    (
        "LIF, fixed_outdegree, symmetric_pairwise_bernoulli, fixed_total without multapses",
        r#"
        [cell.leaky]
        model = "lif"
        C_m = "250 pF"
        tau_m = "10 ms"
        E_L = "-65 mV"
        V_th = "-50 mV"
        V_reset = "-65 mV"
        t_ref = "2 ms"
        I_e = "390 pA"
        [population.a]
        cell = "leaky"
        size = 400
        initial.V_m = "uniform(-65 mV, -50 mV)"
        [synapse.psc]
        model = "alpha"
        tau = "1 ms"
        [synapse.jump]
        model = "delta"
        [projection.out]
        from = "a"
        to = "a"
        rule = { fixed_outdegree = 20 }
        autapses = false
        multapses = false
        synapse = "psc"
        weight = "exponential(30 pA)"
        delay = "uniform(0.2 ms, 4 ms)"
        [projection.both]
        from = "a"
        to = "a"
        rule = { symmetric_pairwise_bernoulli = 0.05 }
        autapses = false
        synapse = "jump"
        weight = "-0.1 mV"
        delay = "0.5 ms"
        [projection.total]
        from = "a[0..200]"
        to = "a[100..400]"
        rule = { fixed_total = 3000 }
        autapses = true
        multapses = false
        synapse = "jump"
        weight = "normal(0.2 mV, 0.01 mV)"
        delay = "0.1 ms"
        "#,
    ),
    (
        "cells with the channels of Traub & Miles, conductances",
        r#"
        [cell.neuron]
        model = "cable"
        R_a = "100 ohm cm"
        C_m = "1 uF/cm^2"
        mechanisms.na_traub = {}
        mechanisms.k_traub = {}
        mechanisms.passive = { g_L = "0.05 mS/cm^2", E_L = "-65 mV" }
        [cell.neuron.section.soma]
        length = "80 um"
        diameter = "80 um"
        compartments = 1
        [population.a]
        cell = "neuron"
        size = 200
        spike = { at = "soma(0.5)", threshold = "-20 mV" }
        initial.V_m = "normal(-65 mV, 5 mV)"
        initial.g.excitatory = "uniform(0 nS, 60 nS)"
        [synapse.excitatory]
        model = "exponential"
        tau = "5 ms"
        E_rev = "0 mV"
        [projection.excitation]
        from = "a"
        to = "a"
        rule = { fixed_indegree = 10 }
        autapses = false
        multapses = true
        synapse = "excitatory"
        weight = "10 nS"
        delay = "0.3 ms"
        "#,
    ),
    (
        "terminals with calcium and graded receptors, synapses that change by use, a clamp and a block",
        r#"
        [cell.neuron]
        model = "cable"
        R_a = "100 ohm cm"
        mechanisms.hh = {}
        mechanisms.ca_t = {}
        mechanisms.k_ca = {}
        mechanisms.ca_pool = {}
        [cell.neuron.section.soma]
        length = "20 um"
        diameter = "20 um"
        compartments = 1
        [cell.neuron.section.dendrite]
        parent = "soma"
        length = "200 um"
        diameter = "1 um"
        compartments = 3
        [population.a]
        cell = "neuron"
        size = 150
        spike = { at = "soma(0.5)", threshold = "-20 mV" }
        initial.V_m = "normal(-65 mV, 5 mV)"
        set.g_Na = "normal(120 mS/cm^2, 5 mS/cm^2)"
        [population.b]
        cell = "neuron"
        size = 150
        spike = { at = "soma(0.5)", threshold = "-20 mV" }
        [synapse.receptor]
        model = "nmda"
        [synapse.tired]
        model = "exponential"
        tau = "5 ms"
        E_rev = "0 mV"
        short_term = { U = 0.4, tau_rec = "50 ms", tau_fac = "20 ms" }
        [projection.graded]
        from = "a.soma(0.5)"
        to = "b.dendrite(0.5)"
        rule = { fixed_indegree = 3 }
        multapses = true
        synapse = "receptor"
        weight = "uniform(0.5 nS, 2 nS)"
        [projection.used]
        from = "b"
        to = "b.dendrite(1.0)"
        rule = { fixed_indegree = 5 }
        autapses = false
        multapses = true
        synapse = "tired"
        weight = "normal(5 nS, 1 nS) keeping sign"
        delay = "0.3 ms"
        [stimulus.current]
        kind = "step"
        to = "a.soma(0.5)"
        amplitude = "uniform(0 nA, 1 nA)"
        [stimulus.noise]
        kind = "poisson"
        to = "b.dendrite(1.0)"
        rate = "200 Hz"
        synapse = "tired"
        weight = "5 nS"
        [stimulus.clamp]
        kind = "voltage_clamp"
        to = "a[3].soma(0.5)"
        levels = ["-65 mV", "0 mV"]
        durations = ["2 ms", "3 ms"]
        [block.drug]
        mechanism = "hh"
        parameter = "g_K"
        factor = 0.7
        start = "3 ms"
        "#,
    ),
    (
        "LIF, delta synapses, fixed_indegree, poisson neurons",
        r#"
        [cell.leaky]
        model = "lif"
        C_m = "250 pF"
        tau_m = "20 ms"
        E_L = "0 mV"
        V_th = "20 mV"
        V_reset = "10 mV"
        t_ref = "2 ms"
        [cell.noise]
        model = "poisson"
        rate = "8 kHz"
        [population.outside]
        cell = "noise"
        size = 40
        [population.cells]
        cell = "leaky"
        size = 600
        initial.V_m = "uniform(0 mV, 20 mV)"
        [synapse.jump]
        model = "delta"
        [projection.drive]
        from = "outside"
        to = "cells"
        rule = { fixed_indegree = 2 }
        multapses = false
        synapse = "jump"
        weight = "0.2 mV"
        delay = "0.1 ms"
        [projection.recurrent]
        from = "cells"
        to = "cells"
        rule = { fixed_indegree = 30 }
        autapses = false
        multapses = true
        synapse = "jump"
        weight = "normal(0.1 mV, 0.05 mV)"
        delay = "uniform(0.5 ms, 3 ms)"
        "#,
    ),
    (
        "LIF, exponential currents, pairwise_bernoulli, poisson stimulus",
        r#"
        [cell.leaky]
        model = "lif"
        C_m = "250 pF"
        tau_m = "10 ms"
        E_L = "-65 mV"
        V_th = "-50 mV"
        V_reset = "-65 mV"
        t_ref = "2 ms"
        [population.cells]
        cell = "leaky"
        size = 500
        set.V_th = "normal(-50 mV, 1 mV)"
        [synapse.current]
        model = "exponential"
        tau = "0.5 ms"
        [projection.exc]
        from = "cells[0..400]"
        to = "cells"
        rule = { pairwise_bernoulli = 0.1 }
        autapses = false
        synapse = "current"
        weight = "lognormal(80 pA, 20 pA)"
        delay = "normal(1.5 ms, 0.75 ms) in [0.1 ms, 10 ms]"
        [projection.inh]
        from = "cells[400..500]"
        to = "cells"
        rule = { pairwise_bernoulli = 0.1 }
        autapses = false
        synapse = "current"
        weight = "-350 pA"
        delay = "0.8 ms"
        [stimulus.background]
        kind = "poisson"
        to = "cells"
        rate = "9 kHz"
        synapse = "current"
        weight = "87.8 pA"
        "#,
    ),
    (
        "LIF, alpha conductances, all_to_all, noise",
        r#"
        [cell.leaky]
        model = "lif"
        C_m = "250 pF"
        g_L = "16.7 nS"
        E_L = "-70 mV"
        V_th = "-55 mV"
        V_reset = "-60 mV"
        t_ref = "2 ms"
        [population.a]
        cell = "leaky"
        size = 150
        [population.b]
        cell = "leaky"
        size = 170
        [synapse.excitation]
        model = "alpha"
        tau = "1 ms"
        E_rev = "0 mV"
        [synapse.inhibition]
        model = "alpha"
        tau = "2 ms"
        E_rev = "-85 mV"
        [projection.ab]
        from = "a"
        to = "b"
        rule = "all_to_all"
        synapse = "excitation"
        weight = "0.2 nS"
        delay = "1 ms"
        [projection.ba]
        from = "b"
        to = "a"
        rule = "all_to_all"
        synapse = "inhibition"
        weight = "uniform(0 nS, 0.4 nS)"
        delay = "0.3 ms"
        [stimulus.noise]
        kind = "noise"
        to = ["a", "b"]
        mean = "260 pA"
        std = "80 pA"
        tau = "5 ms"
        "#,
    ),
    (
        "AdEx, dual exponential conductances, ramp and shared noise",
        r#"
        [cell.adaptive]
        model = "adex"
        C_m = "200 pF"
        g_L = "10 nS"
        E_L = "-70 mV"
        V_T = "-50 mV"
        Delta_T = "2 mV"
        V_peak = "0 mV"
        V_reset = "-58 mV"
        tau_w = "100 ms"
        a = "2 nS"
        b = "40 pA"
        t_ref = "1 ms"
        [population.cells]
        cell = "adaptive"
        size = 400
        initial.V_m = "uniform(-70 mV, -55 mV)"
        initial.w = "uniform(0 pA, 50 pA)"
        [synapse.slow]
        model = "dual_exponential"
        tau_rise = "0.5 ms"
        tau_decay = "5 ms"
        E_rev = "0 mV"
        [projection.recurrent]
        from = "cells"
        to = "cells"
        rule = { pairwise_bernoulli = 0.05 }
        autapses = true
        synapse = "slow"
        weight = "exponential(0.4 nS)"
        delay = "1.2 ms"
        [stimulus.ramp]
        kind = "ramp"
        to = "cells"
        from_amplitude = "0 pA"
        to_amplitude = "700 pA"
        [stimulus.common]
        kind = "noise"
        to = "cells"
        mean = "100 pA"
        std = "50 pA"
        tau = "3 ms"
        shared = true
        "#,
    ),
    (
        "Izhikevich, delta, one_to_one, pulses",
        r#"
        [cell.simple]
        model = "izhikevich"
        a = "0.02 /ms"
        b = "0.2 /ms"
        c = "-65 mV"
        d = "8 mV/ms"
        [population.a]
        cell = "simple"
        size = 300
        set.d = "uniform(2 mV/ms, 8 mV/ms)"
        [population.b]
        cell = "simple"
        size = 300
        initial.V_m = "uniform(-75 mV, -60 mV)"
        [synapse.kick]
        model = "delta"
        [projection.across]
        from = "a"
        to = "b"
        rule = "one_to_one"
        synapse = "kick"
        weight = "12 mV"
        delay = "uniform(1 ms, 9 ms)"
        [stimulus.pulses]
        kind = "pulse_train"
        to = "a"
        amplitude = "linspace(2 mV/ms, 20 mV/ms)"
        width = "8 ms"
        period = "20 ms"
        start = "5 ms"
        "#,
    ),
    (
        "Hodgkin-Huxley, exponential and alpha currents, pairs, sine",
        r#"
        [cell.squid]
        model = "hodgkin_huxley"
        area = "1000 um^2"
        [population.cells]
        cell = "squid"
        size = 300
        initial.V_m = "uniform(-70 mV, -60 mV)"
        [synapse.fast]
        model = "exponential"
        tau = "1 ms"
        [synapse.smooth]
        model = "alpha"
        tau = "1.5 ms"
        [projection.forward]
        from = "cells"
        to = "cells"
        rule = { pairs = [[0, 150], [1, 151], [2, 299], [3, 150], [299, 4]] }
        synapse = "fast"
        weight = "120 pA"
        delay = "2 ms"
        [projection.random]
        from = "cells"
        to = "cells"
        rule = { fixed_indegree = 4 }
        autapses = false
        multapses = false
        synapse = "smooth"
        weight = "30 pA"
        delay = "uniform(0.5 ms, 4 ms)"
        [stimulus.sine]
        kind = "sine"
        to = "cells[0..150]"
        amplitude = "8 uA/cm^2"
        frequency = "60 Hz"
        offset = "8 uA/cm^2"
        [stimulus.step]
        kind = "step"
        to = "cells[150..300]"
        amplitude = "7 uA/cm^2"
        start = "3 ms"
        "#,
    ),
    (
        "cables, gap junctions between them, conductances at places",
        r#"
        [cell.axon]
        model = "cable"
        R_a = "100 ohm cm"
        C_m = "1 uF/cm^2"
        mechanisms.hh = {}
        [cell.axon.section.soma]
        length = "20 um"
        diameter = "20 um"
        [cell.axon.section.axon]
        parent = "soma"
        length = "500 um"
        diameter = "2 um"
        compartments = 15
        [population.cells]
        cell = "axon"
        size = 60
        spike = { at = "axon(1.0)", threshold = "0 mV" }
        initial.V_m = "uniform(-68 mV, -62 mV)"
        [synapse.ampa]
        model = "dual_exponential"
        tau_rise = "0.2 ms"
        tau_decay = "2 ms"
        E_rev = "0 mV"
        [projection.chemical]
        from = "cells"
        to = "cells.soma(0.5)"
        rule = { fixed_indegree = 3 }
        autapses = false
        multapses = true
        synapse = "ampa"
        weight = "20 nS"
        delay = "1 ms"
        [gap_junction.electrical]
        between = ["cells.axon(1.0)", "cells.soma(0.5)"]
        rule = { pairs = [[0, 1], [1, 2], [10, 11], [20, 21], [22, 23], [40, 41]] }
        conductance = "5 nS"
        [stimulus.touch]
        kind = "step"
        to = "cells[0..20].soma(0.5)"
        amplitude = "1 nA"
        start = "2 ms"
        stop = "4 ms"
        "#,
    ),
    (
        "LIF islands joined by gap junctions",
        r#"
        [cell.leaky]
        model = "lif"
        C_m = "200 pF"
        tau_m = "20 ms"
        E_L = "-65 mV"
        V_th = "-50 mV"
        V_reset = "-65 mV"
        t_ref = "2 ms"
        [population.cells]
        cell = "leaky"
        size = 400
        [gap_junction.random]
        between = ["cells", "cells"]
        rule = { pairwise_bernoulli = 0.002 }
        conductance = "uniform(0.5 nS, 3 nS)"
        [stimulus.drive]
        kind = "step"
        to = "cells"
        amplitude = "linspace(50 pA, 400 pA)"
        "#,
    ),
    (
        "sources and lists of spikes onto several models",
        r#"
        [cell.leaky]
        model = "lif"
        C_m = "200 pF"
        tau_m = "20 ms"
        E_L = "-65 mV"
        V_th = "-50 mV"
        V_reset = "-65 mV"
        t_ref = "2 ms"
        [cell.squid]
        model = "hodgkin_huxley"
        area = "1000 um^2"
        [cell.clock]
        model = "spike_source"
        times = ["2 ms", "5 ms", "5.1 ms", "20 ms"]
        [population.clock]
        cell = "clock"
        size = 3
        [population.leaky]
        cell = "leaky"
        size = 200
        [population.squid]
        cell = "squid"
        size = 100
        [synapse.current]
        model = "dual_exponential"
        tau_rise = "0.4 ms"
        tau_decay = "3 ms"
        [projection.start]
        from = "clock"
        to = "leaky"
        rule = "all_to_all"
        synapse = "current"
        weight = "uniform(200 pA, 900 pA)"
        delay = "uniform(0.1 ms, 5 ms)"
        [projection.on]
        from = "leaky"
        to = "squid"
        rule = { pairwise_bernoulli = 0.05 }
        synapse = "current"
        weight = "60 pA"
        delay = "0.6 ms"
        [projection.back]
        from = "squid"
        to = "leaky"
        rule = { pairwise_bernoulli = 0.05 }
        synapse = "current"
        weight = "-40 pA"
        delay = "uniform(0.4 ms, 2 ms)"
        [stimulus.late]
        kind = "spike_list"
        to = "squid"
        times = ["11 ms", "12.3 ms"]
        synapse = "current"
        weight = "150 pA"
        "#,
    ),
];

/// A run of 60 ms that records every neuron's potential and spikes, in every population with a membrane.
fn whole(network: &str) -> String {
    let membranes = network.lines().filter_map(|line| line.trim().strip_prefix("[population."));
    let recorded = membranes.map(|name| name.trim_end_matches(']')).filter(|name| !["outside", "clock"].contains(name));
    let mut text =
        format!("[run]\nduration = \"60 ms\"\ndt = \"0.1 ms\"\nseed = 7\ntemperature = \"6.3 degC\"\n{network}\n");
    for name in recorded {
        text += &format!("[recorder.{name}]\nof = \"{name}\"\nwhat = [\"V_m\", \"spikes\"]\nevery = \"1 ms\"\n");
    }
    // A squid membrane needs a finer step than the rest.
    if text.contains("hodgkin_huxley") || text.contains("cable") {
        text.replace("\"0.1 ms\"\nseed", "\"0.025 ms\"\nseed")
    } else {
        text
    }
}

#[test]
fn any_number_of_threads() {
    for (name, network) in NETWORKS {
        let text = whole(network);
        let one = run_on(&text, 1);
        assert!(spikes_of(&one) > 20, "{name}: {} spikes", spikes_of(&one));
        println!("{name}: {} spikes, {} synapses", spikes_of(&one), one.report.synapses);
        assert!(!one.report.digest.is_empty());
        for threads in [2, 3, 4, 7, 8] {
            assert_eq!(run_on(&text, threads).report.digest, one.report.digest, "{name} on {threads} threads");
        }
    }
}

#[test]
fn another_seed_is_another_run() {
    let (name, network) = NETWORKS[1];
    let text = whole(network);
    let other = text.replace("seed = 7", "seed = 8");
    assert_ne!(run_on(&text, 2).report.digest, run_on(&other, 2).report.digest, "{name}");
}

/// The tables of a config, from header to header.
fn tables(text: &str) -> Vec<String> {
    let mut tables: Vec<String> = vec![];
    for line in text.lines() {
        match tables.last_mut() {
            Some(table) if !line.trim().starts_with('[') => {
                table.push_str(line);
                table.push('\n');
            }
            _ => tables.push(format!("{line}\n")),
        }
    }
    tables
}

/// Recorders before stimuli before projections before populations before cells, each kind in its own order: nothing is said
/// otherwise than before, so not a bit changes.
#[test]
fn order_of_kinds() {
    for (name, network) in NETWORKS {
        let text = whole(network);
        let kind = |table: &String| table.trim_start_matches(['[', ' ']).split(['.', ']']).next().unwrap().to_string();
        let mut reversed = tables(&text);
        reversed.sort_by_key(|table| std::cmp::Reverse(kind(table)));
        let reversed = reversed.concat();
        assert_ne!(reversed, text);
        assert_eq!(run_on(&reversed, 2).report.digest, run_on(&text, 2).report.digest, "{name}");
    }
}

/// All tables in reverse, populations and projections among themselves too: the digest, which goes by population, is
/// another; but every draw hangs on names, so every population fires as before. (Projections onto one synapse sum in the
/// order of their tables, so a network that has two of them is left out: its last bits may differ.)
#[test]
fn order_of_tables() {
    for index in [2, 3, 4, 6, 7] {
        let (name, network) = NETWORKS[index];
        let text = whole(network);
        let reversed: String = tables(&text).into_iter().rev().collect();
        let (one, other) = (run_on(&text, 2).recording, run_on(&reversed, 2).recording);
        for trains in &one.spikes {
            let same = other.spikes.iter().find(|t| (&t.population, &t.site) == (&trains.population, &trains.site));
            let same = same.unwrap_or_else(|| panic!("{name}: spikes of `{}`", trains.population));
            assert_eq!(same.times_ms, trains.times_ms, "{name}: {}", trains.population);
            assert_eq!(same.neurons, trains.neurons, "{name}: {}", trains.population);
        }
    }
}
