"""The library's passes as a function that torch can differentiate."""

from typing import Any, Dict, Optional, Tuple

import torch
from torch import Tensor

from ._groups import Group, LIFState
from ._tensors import rows


class Run:
    """A run of a group, from the state that it is in.

    wants_state  whether V and V_th behind the last step are handed out beside the spikes
    """

    def __init__(self, group: Group, wants_state: bool) -> None:
        self.group = group
        self.state: Optional[LIFState] = None  # behind the last step
        self._wants_state = wants_state

    def empty_spikes(self, x: Tensor) -> Tensor:
        return torch.empty(x.shape[0], x.shape[1], self.group.neurons)

    def hand_out(self, spikes: Tensor) -> Any:
        if not self._wants_state:
            return spikes
        self.state = self.group.state()
        return (spikes, *self.state[: 1 if self.state.V_th is None else 2])

    def without_gradient(self, x: Tensor) -> Any:
        """x (T, batch, inputs) as rows() gives it."""
        spikes = self.empty_spikes(x)
        self.group.run(x, spikes)
        return self.hand_out(spikes)


class Spikes(torch.autograd.Function):
    """Spikes, and if wanted V and V_th behind the last step, of x and the rest of _INPUTS, each
    None where there is none."""

    @staticmethod
    def forward(ctx: Any, run: Run, x: Tensor, *others: Optional[Tensor]) -> Any:  # type: ignore
        spikes = run.empty_spikes(x)
        ctx.taken = run.group.forward(x, spikes)
        ctx.set_materialize_grads(False)
        # torch finds out if one of these is changed; the pass itself has the state it began with.
        weight, bias, tau, threshold = others[:4]
        ctx.save_for_backward(x, weight, bias, tau, threshold)
        return run.hand_out(spikes)

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, *incoming: Optional[Tensor]) -> Tuple[Optional[Tensor], ...]:
        x, weight, *_others = ctx.saved_tensors
        group = ctx.taken.group
        arrays = _incoming(*incoming)
        for name, needed in zip(_INPUTS, ctx.needs_input_grad[1:]):
            if needed:
                arrays[name] = _empty(name, x, weight, group.neurons)
        group.backward(ctx.taken, x, arrays)
        # Where one number is for all neurons, torch sums their gradients up.
        return (None, *(arrays.get(name) for name in _INPUTS))


# What gradients are for, as the library calls them.
_INPUTS = ("input", "weight", "bias", "tau", "threshold", "start_v", "start_th")


def _incoming(
    spikes: Optional[Tensor], V: Optional[Tensor] = None, V_th: Optional[Tensor] = None
) -> Dict[str, Optional[Tensor]]:
    return {
        "spikes": None if spikes is None else rows(spikes, may_stand=False),
        "state_v": None if V is None else V.contiguous(),
        "state_th": None if V_th is None else V_th.contiguous(),
    }


def _empty(name: str, x: Tensor, weight: Optional[Tensor], neurons: int) -> Tensor:
    """For one of _INPUTS' gradients, in the order of memory that its parameter has: then torch
    makes it the parameter's `grad` as it is."""
    if name == "input":
        return torch.empty(x.shape)
    if name in ("start_v", "start_th"):
        return torch.empty(x.shape[1], neurons)
    if name != "weight":
        return torch.empty(neurons)
    turned = weight is not None and weight.t().is_contiguous()
    inputs = x.shape[2]
    return torch.empty(inputs, neurons).t() if turned else torch.empty(neurons, inputs)
