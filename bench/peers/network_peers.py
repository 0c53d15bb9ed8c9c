"""The competitors: the same network in other libraries, and in plain PyTorch.

Each `build_...` takes the data of a work and returns a function without arguments that runs all
steps from rest and returns the last layer's spikes, (steps, batch, neurons). With each stands the
neuron of clif that computes the same in the same order of roundings: README.md says why they are
equal, and a comparison checks it."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from typing import Any, Callable

import numpy as np
import torch

from clif_library import Neuron
from network_works import TAU, TYPICAL_RATE, Data

BETA = 1.0 - 1.0 / TAU
# clif's neuron as it is timed: v <- 0.75 v + I (r is TAU, so that b = r / TAU = 1).
ABOVE = Neuron(tau=TAU, r=TAU, strict=True)
AT = Neuron(tau=TAU, r=TAU)
# Norse's way, v <- v + (I - v) / 4, in which all is a quarter of the above. `v > th` is `v >= th'`
# with the next float32, as the seed form has no strict comparison.
QUARTER = Neuron(
    tau=TAU, threshold=float(np.nextafter(np.float32(1 / TAU), np.float32(1))), seed_form=True
)

Runner = Callable[[], torch.Tensor]
Step = Callable[..., Any]


def linears(data: Data) -> list[torch.nn.Linear]:
    """The weights are shared with `data`, not copied."""
    made = []
    for weight, bias in zip(data.weights, data.biases):
        # Made tiny and given the real tensors afterwards: torch would draw random weights first.
        linear = torch.nn.Linear(1, 1, bias=bias is not None)
        linear.weight = torch.nn.Parameter(torch.from_numpy(weight), requires_grad=False)
        if bias is not None:
            linear.bias = torch.nn.Parameter(torch.from_numpy(bias), requires_grad=False)
        made.append(linear)
    return made


def values_of(data: Data) -> torch.Tensor:
    """What torch can multiply. Made before any clock runs."""
    return torch.from_numpy(data.values).float()


# ---- snnTorch ----


def snntorch_neurons(count: int) -> list[torch.nn.Module]:
    import snntorch

    return [snntorch.Leaky(beta=BETA, reset_mechanism="zero") for _ in range(count)]


def build_snntorch(data: Data) -> Runner:
    """As in snnTorch's tutorials: a loop over time, in it all layers."""
    values, layers = values_of(data), linears(data)
    neurons = snntorch_neurons(len(layers))

    def run() -> torch.Tensor:
        potentials = [neuron.reset_mem() for neuron in neurons]
        spikes = []
        for x in values:
            for i, (linear, neuron) in enumerate(zip(layers, neurons)):
                x, potentials[i] = neuron(linear(x), potentials[i])
            spikes.append(x)
        return torch.stack(spikes)

    return run


def build_snntorch_hoisted(data: Data) -> Runner:
    """Layer by layer, the linear layer over all steps at once."""
    values, layers = values_of(data), linears(data)
    neurons = snntorch_neurons(len(layers))

    def run() -> torch.Tensor:
        x = values
        for linear, neuron in zip(layers, neurons):
            potential = neuron.reset_mem()
            spikes = []
            for current in linear(x):
                spike, potential = neuron(current, potential)
                spikes.append(spike)
            x = torch.stack(spikes)
        return x

    return run


# ---- Norse ----


def run_norse(data: Data, wrap: Callable[[Step], Step]) -> Runner:
    """Its box neuron in its own loop over time; the linear layer over all steps at once."""
    from norse.torch.functional.lif_box import (
        LIFBoxFeedForwardState,
        LIFBoxParameters,
        lif_box_feed_forward_step,
    )
    from norse.torch.module.snn import SNN

    def rest(currents: torch.Tensor) -> LIFBoxFeedForwardState:
        return LIFBoxFeedForwardState(v=torch.zeros(currents.shape[1:]))

    quarter = torch.tensor(1 / TAU)
    parameters = LIFBoxParameters(tau_mem_inv=quarter, v_th=quarter)
    step = wrap(lif_box_feed_forward_step)
    values, layers = values_of(data), linears(data)
    neurons = [SNN(step, rest, parameters, dt=1.0) for _ in layers]

    def run() -> torch.Tensor:
        x = values
        for linear, neuron in zip(layers, neurons):
            x, _ = neuron(linear(x))
        return x

    return run


def build_norse(data: Data) -> Runner:
    return run_norse(data, lambda step: step)


def build_norse_compiled(data: Data) -> Runner:
    """The step through torch.compile. The whole loop takes it minutes to compile."""
    return run_norse(data, torch.compile)


# ---- SpikingJelly ----


def build_spikingjelly(data: Data) -> Runner:
    """Multi-step mode, evaluation: one compiled loop over time. Its other backends need CUDA."""
    from spikingjelly.activation_based import functional, layer, neuron

    modules: list[torch.nn.Module] = []
    for linear in linears(data):
        multi = layer.Linear(1, 1, bias=linear.bias is not None, step_mode="m")
        multi.weight, multi.bias = linear.weight, linear.bias
        modules += [multi, neuron.LIFNode(tau=TAU, decay_input=False, step_mode="m")]
    network = torch.nn.Sequential(*modules).eval()
    values = values_of(data)

    def run() -> torch.Tensor:
        functional.reset_net(network)
        return network(values)

    return run


# ---- plain PyTorch ----


def build_torch_loop(data: Data) -> Runner:
    """What a careful user writes by hand: four operations a step, all into memory that is there."""
    values, layers = values_of(data), linears(data)

    def run() -> torch.Tensor:
        x = values
        for linear in layers:
            currents = linear(x)
            spikes = torch.empty(currents.shape, dtype=torch.bool)
            v = torch.zeros(currents.shape[1:])
            for current, spike in zip(currents, spikes):
                v.mul_(BETA).add_(current)
                torch.gt(v, 1.0, out=spike)
                v.masked_fill_(spike, 0.0)
            x = spikes.float()
        return x

    return run


def build_torch_matmul(data: Data) -> Runner:
    """Only the matrix products, of as many rows; no neurons. Deeper layers get random spikes."""
    layers = linears(data)
    inputs = [values_of(data).flatten(0, 1)]
    for linear in layers[1:]:
        shape = (len(inputs[0]), linear.weight.shape[1])
        inputs.append((torch.rand(shape) < TYPICAL_RATE).float())

    def run() -> torch.Tensor:
        for linear, x in zip(layers, inputs):
            product = linear(x)
        return product

    return run


# ---- all ----


@dataclass(frozen=True)
class Peer:
    name: str
    package: str
    build: Callable[[Data], Runner]
    neuron: Neuron | None  # clif's neuron with the same roundings; None: there are no spikes
    library: bool = True  # of spiking networks, so that it may be the best of them
    needs_compile: bool = False  # torch.compile, of PyTorch 2

    def can_run(self) -> bool:
        if self.needs_compile and not hasattr(torch, "compile"):
            return False
        return importlib.util.find_spec(self.package) is not None


PEERS = {
    peer.name: peer
    for peer in (
        Peer("snntorch", "snntorch", build_snntorch, ABOVE),
        Peer("snntorch-hoisted", "snntorch", build_snntorch_hoisted, ABOVE),
        Peer("norse", "norse", build_norse, QUARTER),
        Peer("norse-compiled", "norse", build_norse_compiled, QUARTER, needs_compile=True),
        Peer("spikingjelly", "spikingjelly", build_spikingjelly, AT),
        Peer("torch-loop", "torch", build_torch_loop, ABOVE, library=False),
        Peer("torch-matmul", "torch", build_torch_matmul, None, library=False),
    )
}
