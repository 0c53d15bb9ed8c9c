"""The competitors in training: a linear layer and LIF neurons, forwards and backwards.

Each `build_...` takes the data and whether the input has a gradient, and returns a function without
arguments that runs all steps from rest, takes the gradient of the spikes back, and returns a
Result. With each stands what makes clif's layer do the same: README.md says why the two are equal,
and a comparison checks it."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from typing import Any, Callable

import numpy as np
import torch

from network_peers import BETA
from network_works import TAU

# 1 / (1 + SLOPE |v - threshold|)^2: the one surrogate that all have.
SLOPE = 2.0

# What clif's layer is made with. ABOVE is timed.
ABOVE: dict[str, Any] = {
    "preset": "standard",
    "tau": TAU,
    "r": TAU,
    "compare": "above_threshold",
    "surrogate": "fast_sigmoid",
    "slope": SLOPE,
}
AT = {**ABOVE, "compare": "at_threshold"}
# Norse: all of it a quarter, and gradients also go through the reset. As in network_peers.py.
_QUARTER = float(np.nextafter(np.float32(1 / TAU), np.float32(1)))
QUARTER: dict[str, Any] = {
    "preset": "seed",
    "stochastic": False,
    "use_adaptive_threshold": False,
    "noise_std": 0.0,
    "tau": TAU,
    "V_th": _QUARTER,
    "min_threshold": _QUARTER,
    "max_threshold": _QUARTER,
    "surrogate": "fast_sigmoid",
    "slope": SLOPE * TAU,
    "detach_reset": False,
}


@dataclass(frozen=True)
class Data:
    """values (steps, batch, in) and gradient (steps, batch, out) float32; weights (out, in) each."""

    values: torch.Tensor
    gradient: torch.Tensor
    weights: list[torch.Tensor]


@dataclass(frozen=True)
class Result:
    spikes: torch.Tensor
    weight: torch.Tensor  # gradients
    input: torch.Tensor | None


Runner = Callable[[], Result]


class Run:
    """One run after the other, each with the next of the weights, as after an optimiser's step.

    forward  the spikes, (steps, batch, out), of the values, from rest"""

    def __init__(
        self,
        data: Data,
        with_input: bool,
        weight: torch.nn.Parameter,
        forward: Callable[[torch.Tensor], torch.Tensor],
    ) -> None:
        self.values = data.values.clone().requires_grad_(with_input)
        self.gradient = data.gradient
        self.weight, self.forward = weight, forward
        # In the parameter's order of memory, so that changing it is a plain copy for all, by NumPy:
        # torch's threads would go on spinning when they have copied.
        self.weights = [torch.empty_like(weight).copy_(w).detach().numpy() for w in data.weights]

    def __call__(self) -> Result:
        np.copyto(self.weight.detach().numpy(), self.weights[0])
        self.weights.append(self.weights.pop(0))
        self.weight.grad = self.values.grad = None
        spikes = self.forward(self.values)
        spikes.backward(self.gradient)
        assert self.weight.grad is not None
        return Result(spikes, self.weight.grad, self.values.grad)


def linear(data: Data) -> torch.nn.Linear:
    out, inputs = data.weights[0].shape
    return torch.nn.Linear(inputs, out, bias=False)


# ---- clif ----


def build_clif(data: Data, with_input: bool, options: dict[str, Any] = ABOVE) -> Runner:
    from clif.torch import LinearLIF

    out, inputs = data.weights[0].shape
    layer = LinearLIF(inputs, out, bias=False, **options)

    def forward(values: torch.Tensor) -> torch.Tensor:
        layer.reset()
        return layer(values)

    return Run(data, with_input, layer.weight, forward)


# ---- snnTorch ----


def snntorch_neuron() -> Any:
    import snntorch

    surrogate = snntorch.surrogate.fast_sigmoid(slope=SLOPE)
    return snntorch.Leaky(beta=BETA, reset_mechanism="zero", spike_grad=surrogate)


def build_snntorch(data: Data, with_input: bool) -> Runner:
    """As in snnTorch's tutorials: a loop over time, in it both layers."""
    layer, neuron = linear(data), snntorch_neuron()

    def forward(values: torch.Tensor) -> torch.Tensor:
        potential = neuron.reset_mem()
        spikes = []
        for x in values:
            spike, potential = neuron(layer(x), potential)
            spikes.append(spike)
        return torch.stack(spikes)

    return Run(data, with_input, layer.weight, forward)


def build_snntorch_hoisted(data: Data, with_input: bool) -> Runner:
    """The linear layer over all steps at once."""
    layer, neuron = linear(data), snntorch_neuron()

    def forward(values: torch.Tensor) -> torch.Tensor:
        potential = neuron.reset_mem()
        spikes = []
        for current in layer(values):
            spike, potential = neuron(current, potential)
            spikes.append(spike)
        return torch.stack(spikes)

    return Run(data, with_input, layer.weight, forward)


# ---- Norse ----


def build_norse(data: Data, with_input: bool) -> Runner:
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
    parameters = LIFBoxParameters(
        tau_mem_inv=quarter, v_th=quarter, alpha=torch.tensor(SLOPE * TAU)
    )
    layer, neuron = linear(data), SNN(lif_box_feed_forward_step, rest, parameters, dt=1.0)
    return Run(data, with_input, layer.weight, lambda values: neuron(layer(values))[0])


# ---- SpikingJelly ----


def build_spikingjelly(data: Data, with_input: bool) -> Runner:
    """Multi-step mode: a loop over time in Python. Its other backends need CUDA."""
    from spikingjelly.activation_based import functional, layer, neuron, surrogate

    out, inputs = data.weights[0].shape
    multi = layer.Linear(inputs, out, bias=False, step_mode="m")
    # SoftSign is a/2 / (1 + a |x|)^2: with a = 2 it is SLOPE's.
    assert SLOPE == 2.0
    lif = neuron.LIFNode(
        tau=TAU,
        decay_input=False,
        surrogate_function=surrogate.SoftSign(alpha=SLOPE),
        detach_reset=True,
        step_mode="m",
    )
    network = torch.nn.Sequential(multi, lif)

    def forward(values: torch.Tensor) -> torch.Tensor:
        functional.reset_net(network)
        return network(values)

    return Run(data, with_input, multi.weight, forward)


# ---- plain PyTorch ----


class Spike(torch.autograd.Function):
    """1 where x > 0, else 0, with the surrogate's derivative."""

    @staticmethod
    def forward(ctx: Any, x: torch.Tensor) -> torch.Tensor:  # type: ignore[override]
        ctx.save_for_backward(x)
        return (x > 0).float()

    @staticmethod
    def backward(ctx: Any, incoming: torch.Tensor) -> torch.Tensor:  # type: ignore[override]
        (x,) = ctx.saved_tensors
        return incoming / (1 + SLOPE * x.abs()).square()


def build_torch_loop(data: Data, with_input: bool) -> Runner:
    """What a careful user writes by hand."""
    layer = linear(data)

    def forward(values: torch.Tensor) -> torch.Tensor:
        currents = layer(values)
        v = torch.zeros(currents.shape[1:])
        spikes = []
        for current in currents.unbind():
            v = BETA * v + current
            spike = Spike.apply(v - 1.0)
            v = v.masked_fill(spike.bool(), 0.0)
            spikes.append(spike)
        return torch.stack(spikes)

    return Run(data, with_input, layer.weight, forward)


def build_torch_matmul(data: Data, with_input: bool) -> Runner:
    """Only the products, forwards and backwards, of as many rows; no neurons."""
    layer = linear(data)
    return Run(data, with_input, layer.weight, layer)


# ---- all ----


@dataclass(frozen=True)
class Peer:
    name: str
    package: str
    build: Callable[[Data, bool], Runner]
    options: dict[str, Any] | None  # of clif's layer that does the same; None: there are no spikes
    library: bool = True  # of spiking networks, so that it may be the best of them

    def can_run(self) -> bool:
        return importlib.util.find_spec(self.package) is not None


PEERS = {
    peer.name: peer
    for peer in (
        Peer("snntorch", "snntorch", build_snntorch, ABOVE),
        Peer("snntorch-hoisted", "snntorch", build_snntorch_hoisted, ABOVE),
        Peer("norse", "norse", build_norse, QUARTER),
        Peer("spikingjelly", "spikingjelly", build_spikingjelly, AT),
        Peer("torch-loop", "torch", build_torch_loop, ABOVE, library=False),
        Peer("torch-matmul", "torch", build_torch_matmul, None, library=False),
    )
}
