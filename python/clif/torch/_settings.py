"""What a layer is made with, and what of it may be learned."""

from typing import Any, Dict, List, NamedTuple, Optional, Tuple

import numpy as np
from torch import Tensor

from .._context import Context, Handle, c_name
from .._errors import wrong_argument, wrong_shape
from .._library import constants, ffi, lib
from .._params import defaults, fill

_SURROGATES = constants("clif_surrogate", "CLIF_SURROGATE_")


class Numbers(NamedTuple):
    """What may be learned: weight (neurons, inputs), bias (neurons), tau and threshold () or
    (neurons). None: there is none, or it is a constant in Settings."""

    weight: Optional[Tensor] = None
    bias: Optional[Tensor] = None
    tau: Optional[Tensor] = None
    threshold: Optional[Tensor] = None


class Settings(NamedTuple):
    """What all groups of a layer have in common. Can be pickled."""

    neurons: int
    inputs: int  # 0: no linear layer
    preset: str
    parameters: Dict[str, Any]  # by their names in clif_lif_params
    surrogate: str
    slope: Optional[float]  # of the surrogate; None: its default
    attach_reset: bool
    learn_tau: bool
    learn_threshold: bool
    checkpoint: int
    seed: int
    id: int

    def neuron(self, numbers: Numbers) -> Tuple[Any, List[Any]]:
        """clif_lif_params, and what must live as long."""
        params = defaults(self.preset)
        values = dict(self.parameters)
        for name in ("tau", "threshold"):
            learned = getattr(numbers, name)
            if learned is not None:
                values[name] = learned.detach().double().numpy()
        return params, fill(params, values)

    def gradient(self, input: bool) -> Any:
        """clif_gradient_options."""
        surrogate = lib.clif_gradient_defaults(_SURROGATES[self.surrogate])
        options = ffi.new("clif_gradient_options *", surrogate)
        if self.slope is not None:
            options.slope = self.slope
        options.attach_reset = self.attach_reset
        options.input = input
        options.tau = self.learn_tau
        options.threshold = self.learn_threshold
        options.checkpoint = self.checkpoint
        return options

    def check(self, context: Context, numbers: Numbers) -> None:
        """Raises what is wrong with it, as far as can be told without making a group."""
        if self.surrogate not in _SURROGATES:
            words = ", ".join(_SURROGATES)
            raise wrong_argument(f"surrogate is {self.surrogate!r}; it must be one of {words}")
        params, kept = self.neuron(numbers)
        for name, value in self.parameters.items():
            if np.ndim(value) == 1 and len(value) != self.neurons:
                raise wrong_shape(
                    f"{name} has {len(value)} values; it must have one, or one for each of the "
                    f"{self.neurons} neurons"
                )
        network = Handle("clif_network", lib.clif_network_destroy)
        try:
            context._call(lib.clif_network_create, network.cell)
            context._core.call(lib.clif_network_add_lif, network, c_name("neurons"), params)
        finally:
            context._core.release(network, wait=True)
            kept.clear()


class Traits(NamedTuple):
    """What follows from the parameters."""

    draws: bool  # uses random numbers
    has_th: bool  # the threshold is state
    has_wait: bool
    tau: np.ndarray  # () or (neurons), as all of these
    threshold: np.ndarray
    start: np.ndarray  # V before the first step


def traits(settings: Settings) -> Traits:
    params, _kept = settings.neuron(Numbers())
    seed, options = settings.preset == "seed", params.options
    return Traits(
        draws=bool(options.stochastic) or (not seed and bool(values(options.noise_std).any())),
        has_th=bool(options.adaptive) or seed,
        has_wait=bool(values(options.refractory).any()),
        tau=values(params.tau),
        threshold=values(params.threshold),
        start=np.zeros(()) if seed else values(params.v_reset),
    )


def values(param: Any) -> np.ndarray:
    """The numbers of a clif_param, () or (neurons)."""
    given = ffi.unpack(param.values, param.count) if param.values else param.value
    return np.asarray(given, np.float64)
