"""The same work in other simulators, from their PyPI packages, on two threads of this machine.

    pip install torch snntorch spikingjelly norse sinabs onnx onnxruntime
    python benches/contrast_peers.py

Prints `name<TAB>milliseconds<TAB>package version` like `cargo bench --bench contrast`; benches/contrast.sh runs both.
Tasks: spiking_layers (784-1000-10, leaky units, 100 steps, 256 samples, a tenth of the inputs active a step),
relu_inference (the same sizes, 256 samples), train_epoch and surrogate_epoch (64-256-128-10, 1 437 samples, batches of
32, Adam; T = 25). Medians after a warm-up.
"""

import statistics
import sys
import time

import torch

torch.set_num_threads(2)
BATCH, STEPS, ACTIVE, SIZES = 256, 100, 0.1, (784, 1000, 10)
BETA = 0.9


def median(call, runs=7):
    call()
    times = []
    for _ in range(runs):
        begun = time.perf_counter()
        call()
        times.append(1e3 * (time.perf_counter() - begun))
    return statistics.median(times)


def row(task, package, ms, version):
    print(f"{task}\t{package}\t{ms:.2f}\t{version}", flush=True)


def layers(sizes=SIZES):
    torch.manual_seed(1)
    return [torch.nn.Linear(a, b) for a, b in zip(sizes, sizes[1:])]


def input_spikes():
    return (torch.rand(STEPS, BATCH, SIZES[0]) < ACTIVE).float()


@torch.no_grad()
def spiking_pytorch():
    x, (first, second) = input_spikes(), layers()

    def call():
        v1, v2 = torch.zeros(BATCH, SIZES[1]), torch.zeros(BATCH, SIZES[2])
        count = torch.zeros(BATCH, SIZES[2])
        for step in range(STEPS):
            v1 = BETA * v1 + first(x[step])
            s1 = (v1 >= 1).float()
            v1 = v1 - s1
            v2 = BETA * v2 + second(s1)
            s2 = (v2 >= 1).float()
            v2 = v2 - s2
            count += s2
        return count

    row("spiking_layers", "torch", median(call), torch.__version__)


@torch.no_grad()
def spiking_spikingjelly():
    import spikingjelly
    from spikingjelly.activation_based import functional, layer, neuron

    x, (first, second) = input_spikes(), layers()
    leak = dict(tau=1 / (1 - BETA), decay_input=False, v_reset=None, step_mode="m")
    net = torch.nn.Sequential(
        layer.SeqToANNContainer(first), neuron.LIFNode(**leak), layer.SeqToANNContainer(second), neuron.LIFNode(**leak)
    )

    def call():
        functional.reset_net(net)
        return net(x).sum(0)

    row("spiking_layers", "spikingjelly", median(call), getattr(spikingjelly, "__version__", "?"))


@torch.no_grad()
def spiking_snntorch():
    import snntorch

    x, (first, second) = input_spikes(), layers()
    leaky = [snntorch.Leaky(beta=BETA), snntorch.Leaky(beta=BETA)]

    def call():
        m1, m2 = leaky[0].init_leaky(), leaky[1].init_leaky()
        count = torch.zeros(BATCH, SIZES[2])
        for step in range(STEPS):
            s1, m1 = leaky[0](first(x[step]), m1)
            s2, m2 = leaky[1](second(s1), m2)
            count += s2
        return count

    row("spiking_layers", "snntorch", median(call), snntorch.__version__)


@torch.no_grad()
def spiking_norse():
    import norse
    import norse.torch as norse_torch

    x, (first, second) = input_spikes(), layers()
    net = norse_torch.SequentialState(first, norse_torch.LIFBoxCell(), second, norse_torch.LIFBoxCell())

    def call():
        state, count = None, torch.zeros(BATCH, SIZES[2])
        for step in range(STEPS):
            spikes, state = net(x[step], state)
            count += spikes
        return count

    row("spiking_layers", "norse", median(call), getattr(norse, "__version__", "?"))


@torch.no_grad()
def spiking_sinabs():
    import sinabs
    import sinabs.layers as sinabs_layers

    x, (first, second) = input_spikes().transpose(0, 1).contiguous(), layers()
    tau = -1 / torch.log(torch.tensor(BETA)).item()
    leak = [sinabs_layers.LIF(tau_mem=tau, norm_input=False) for _ in range(2)]

    def call():
        for neurons in leak:
            neurons.reset_states()
        return leak[1](second(leak[0](first(x)))).sum(1)

    row("spiking_layers", "sinabs", median(call), sinabs.__version__)


def inference_onnxruntime():
    import os
    import tempfile

    import onnx
    import onnxruntime
    from onnx import TensorProto, helper, numpy_helper

    first, second = layers()
    tensors = [
        numpy_helper.from_array(tensor.detach().numpy(), name)
        for name, tensor in (("w1", first.weight), ("b1", first.bias), ("w2", second.weight), ("b2", second.bias))
    ]
    graph = helper.make_graph(
        [
            helper.make_node("Gemm", ["x", "w1", "b1"], ["a"], transB=1),
            helper.make_node("Relu", ["a"], ["h"]),
            helper.make_node("Gemm", ["h", "w2", "b2"], ["y"], transB=1),
        ],
        "relu",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [BATCH, SIZES[0]])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [BATCH, SIZES[2]])],
        tensors,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    path = os.path.join(tempfile.mkdtemp(), "relu.onnx")
    onnx.save(model, path)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 2
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    x = torch.rand(BATCH, SIZES[0]).numpy()
    row("relu_inference", "onnxruntime", median(lambda: session.run(None, {"x": x}), 200), onnxruntime.__version__)


def digits():
    torch.manual_seed(2)
    return torch.rand(1437, 64), torch.randint(0, 10, (1437,))


def training_pytorch():
    x, y = digits()
    a, b, c = layers((64, 256, 128, 10))
    net = torch.nn.Sequential(a, torch.nn.ReLU(), b, torch.nn.ReLU(), c)
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)
    loss = torch.nn.CrossEntropyLoss()

    def epoch():
        order = torch.randperm(len(y))
        for batch in order.split(32):
            optimizer.zero_grad()
            loss(net(x[batch]), y[batch]).backward()
            optimizer.step()

    row("train_epoch", "torch", median(epoch, 15), torch.__version__)


def surrogate_snntorch():
    import snntorch

    x, y = digits()
    linear = layers((64, 256, 128, 10))
    leaky = [snntorch.Leaky(beta=BETA) for _ in linear]
    net = torch.nn.ModuleList(linear + leaky)
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)
    loss = torch.nn.CrossEntropyLoss()

    def epoch():
        order = torch.randperm(len(y))
        for batch in order.split(32):
            membranes = [neuron.init_leaky() for neuron in leaky]
            total = 0
            for _ in range(25):
                h = x[batch]
                for index, (weights, neuron) in enumerate(zip(linear, leaky)):
                    h, membranes[index] = neuron(weights(h), membranes[index])
                total = total + membranes[-1]
            optimizer.zero_grad()
            loss(total, y[batch]).backward()
            optimizer.step()

    row("surrogate_epoch", "snntorch", median(epoch, 5), snntorch.__version__)


TASKS = [
    spiking_pytorch,
    spiking_spikingjelly,
    spiking_snntorch,
    spiking_norse,
    spiking_sinabs,
    inference_onnxruntime,
    training_pytorch,
    surrogate_snntorch,
]

if __name__ == "__main__":
    for task in TASKS:
        try:
            task()
        except Exception as error:  # a package that is not there must not stop the others
            print(f"{task.__name__} did not run: {error}", file=sys.stderr)
