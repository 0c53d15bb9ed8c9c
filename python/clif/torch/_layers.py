"""Layers of LIF neurons for torch."""

import math
from collections import OrderedDict
from typing import Any, Dict, Optional, Tuple, Union

import numpy as np
import torch
from torch import Tensor, nn

from .._context import Context, default_context, unsigned
from .._errors import wrong_argument, wrong_shape
from .._params import Parameter, number
from ._function import Run, Spikes
from ._groups import Group, Kind, LIFState
from ._settings import Numbers, Settings, Traits, traits
from ._tensors import as_float, as_input, check_tensor, rows

# Groups that a layer keeps: for training and for looking, each also with the last, smaller batch.
_MOST_GROUPS = 4

Spiking = Union[Tensor, Tuple[Tensor, LIFState]]


class LIFNeuronGroup(nn.Module):
    """num_neurons LIF neurons for each sample of a batch.

    Takes currents, (T, batch, num_neurons), or (batch, num_neurons) of one step, and returns the
    spikes, 0 or 1, in the same shape, on the same device and of the same floating-point dtype (of
    other dtypes float32).

    The arguments up to `device` are those of the project Extended LIF Neurons. None stands for the
    preset's number:

                              seed    standard
    V_th                      1.0     1.0       initial threshold
    V_reset                   0.0     0.0       V after a spike
    tau                       20.0    20.0      membrane time constant, in the unit of dt
    dt                        1.0     1.0       length of a step
    eta                       0.1     0.1       how fast the threshold moves
    use_adaptive_threshold    True    False     whether it moves
    noise_std                 0.1     0.0       of the noise on V
    stochastic                True    False     fires by chance
    min_threshold             0.5     0.5
    max_threshold             2.0     2.0

    batch_size       of V and V_th before the first call; a call may bring another
    device           not used: spikes are where the input is
    preset           "seed", the original's step, or "standard", and for this one only: r, v_leak,
                     refractory, th_rest, reset, compare, integration as in clif.LIFNeuronGroup
    surrogate        what stands for ds/dV: "atan", "fast_sigmoid", "sigmoid", "triangular",
                     "gaussian", "boxcar", "straight_through" (formulas: clif/gradient.h)
    slope            its slope; None: 2 for atan, 25 for fast_sigmoid, 4 for sigmoid, else 1. Of
                     stochastic neurons that of the probability to fire (None: 1; seed: always 1),
                     whose derivative is then used, whatever surrogate is set
    detach_reset     False: gradients also reach the spike through the reset that it caused
    learn_tau, learn_threshold
                     True: self.tau, self.threshold (V_th) are parameters, one number, or one per
                     neuron where V_th or tau was given so
    checkpoint       steps between checkpoints; None: all steps are kept as far as memory allows
    seed             of noise and of firing by chance; None: drawn from torch's generator
    id               below 2^28; layers with other ids draw other numbers from the same seed
    context          a clif.Context; None: the default one

    The state stays from call to call until reset(), without gradients; forward(x, state) takes and
    gives it instead, with gradients. It is in copies and pickles, but not in state_dict().
    """

    def __init__(
        self,
        num_neurons: int,
        V_th: Optional[Parameter] = None,
        V_reset: Optional[Parameter] = None,
        tau: Optional[Parameter] = None,
        dt: Optional[float] = None,
        eta: Optional[Parameter] = None,
        use_adaptive_threshold: Optional[bool] = None,
        noise_std: Optional[Parameter] = None,
        stochastic: Optional[bool] = None,
        min_threshold: Optional[Parameter] = None,
        max_threshold: Optional[Parameter] = None,
        batch_size: int = 1,
        device: Any = None,
        *,
        preset: str = "seed",
        r: Optional[Parameter] = None,
        v_leak: Optional[Parameter] = None,
        refractory: Optional[Parameter] = None,
        th_rest: Optional[Parameter] = None,
        reset: Optional[str] = None,
        compare: Optional[str] = None,
        integration: Optional[str] = None,
        surrogate: str = "atan",
        slope: Optional[float] = None,
        detach_reset: bool = True,
        learn_tau: bool = False,
        learn_threshold: bool = False,
        checkpoint: Optional[int] = None,
        seed: Optional[int] = None,
        id: int = 0,
        context: Optional[Context] = None,
    ) -> None:
        super().__init__()
        self.num_neurons = _at_least_1("num_neurons", num_neurons)
        self.batch_size = _at_least_1("batch_size", batch_size)
        by_chance = preset == "seed" if stochastic is None else bool(stochastic)
        parameters = {
            "threshold": V_th,
            "v_reset": V_reset,
            "tau": tau,
            "dt": dt,
            "eta": eta,
            "adaptive": use_adaptive_threshold,
            "noise_std": noise_std,
            "stochastic": stochastic,
            "th_min": min_threshold,
            "th_max": max_threshold,
            "r": r,
            "v_leak": v_leak,
            "refractory": refractory,
            "slope": slope if by_chance else None,
            "th_rest": th_rest,
            "reset": reset,
            "compare": compare,
            "integration": integration,
        }
        self._settings = Settings(
            neurons=self.num_neurons,
            inputs=0,
            preset=preset,
            parameters={name: _plain(value) for name, value in parameters.items()},
            surrogate=surrogate,
            slope=None if by_chance or slope is None else number("slope", slope),
            attach_reset=not detach_reset,
            learn_tau=bool(learn_tau),
            learn_threshold=bool(learn_threshold),
            checkpoint=unsigned("checkpoint", checkpoint or 0),
            seed=unsigned("seed", seed or 0),
            id=unsigned("id", id, 28),
        )
        self._context = context
        self._settings.check(self._clif_context(), Numbers())
        self._traits = traits(self._settings)
        self._start_over()
        self._step = 0  # of the random numbers
        self.tau = _parameter(self._traits.tau) if learn_tau else None
        self.threshold = _parameter(self._traits.threshold) if learn_threshold else None
        if seed is None and self._draws():
            self._settings = self._settings._replace(seed=int(torch.randint(1 << 62, ())))

    # ---- running ----

    def forward(self, x: Tensor, state: Optional[LIFState] = None) -> Spiking:
        """Runs T steps with x (T, batch, num_neurons), or one with x (batch, num_neurons).

        Returns the spikes. With a state, as initial_state() or an earlier call returned it, that is
        where the run begins, and (spikes, state behind the last step) are returned. The layer's own
        state is then neither used nor changed.
        """
        self._check_input(x)
        given = rows(as_input(x if x.dim() == 3 else x.unsqueeze(0)))
        numbers = self._numbers()
        with self._clif_context()._core.alone():
            if state is None:
                spikes, after = self._go_on(given, numbers), None
            else:
                spikes, after = self._from(state, given, numbers)
            self._step += given.shape[0]
        spikes = spikes.reshape(x.shape[:-1] + (self.num_neurons,))
        spikes = spikes.to(x.device, x.dtype if x.is_floating_point() else torch.float32)
        return spikes if after is None else (spikes, LIFState(*(_to(t, x.device) for t in after)))

    def step(self, x: Tensor, state: Optional[LIFState] = None) -> Spiking:
        """One step with x (batch, num_neurons); else as forward()."""
        check_tensor(x)
        if x.dim() != 2:
            raise wrong_shape(f"step() takes (batch, {self._width()}), not {tuple(x.shape)}")
        return self(x, state)

    def _go_on(self, x: Tensor, numbers: Numbers) -> Tensor:
        """From where the last call ended."""
        group = self._group(x, numbers)
        if group is not self._home:
            kept = self._kept_state()
            if kept is not None and kept.V.shape[0] != x.shape[1]:
                raise wrong_shape(
                    f"the input has {x.shape[1]} samples, but the state is that of "
                    f"{kept.V.shape[0]}; call reset() between them"
                )
            group.begin(self._step, kept)
            self._state, self._home = None, group
        return _apply(Run(group, False), x, numbers)

    def _from(self, state: LIFState, x: Tensor, numbers: Numbers) -> Tuple[Tensor, LIFState]:
        state = self._check_state(state, x.shape[1])
        group = self._group(x, numbers, state)
        if group is self._home:
            self._state, self._home = self._kept_state(), None
        group.begin(self._step, state)
        run = Run(group, True)
        out = _apply(run, x, numbers, state.V, state.V_th)
        assert run.state is not None
        return out[0], LIFState(*out[1:])._replace(wait=run.state.wait)

    # ---- checks ----

    def _width(self) -> int:
        """Of a sample that comes in."""
        return self._settings.inputs or self.num_neurons

    def _check_input(self, x: Any) -> None:
        check_tensor(x)
        width = self._width()
        if x.dim() not in (2, 3) or x.shape[-1] != width or 0 in x.shape:
            raise wrong_shape(
                f"the input has the shape {tuple(x.shape)}; it must be (steps, batch, {width}) or "
                f"(batch, {width}), with at least one of each"
            )

    def _check_state(self, state: Any, batch: int) -> LIFState:
        """The state as the library takes it."""
        wanted = (batch, self.num_neurons)
        try:
            state = LIFState(*state)
        except TypeError:
            raise wrong_argument("state must be a LIFState; initial_state() makes one") from None
        has = {"V": True, "V_th": self._traits.has_th, "wait": self._traits.has_wait}
        values = {}
        for name, needed in has.items():
            tensor = getattr(state, name)
            if not needed:
                continue
            if not isinstance(tensor, Tensor) or tuple(tensor.shape) != wanted:
                shape = tuple(tensor.shape) if isinstance(tensor, Tensor) else tensor
                raise wrong_shape(f"{name} of the state is {shape}; it must be a tensor {wanted}")
            values[name] = as_float(tensor).contiguous()
        return LIFState(**values)

    # ---- what is learned ----

    def _numbers(self) -> Numbers:
        return Numbers(tau=_float(self.tau), threshold=_float(self.threshold))

    # ---- groups ----

    def _clif_context(self) -> Context:
        return self._context or default_context()

    def _group(self, x: Tensor, numbers: Numbers, state: Optional[LIFState] = None) -> Group:
        """The group for this input, with these numbers."""
        tensors = (x, *numbers, *(state or ()))
        back = torch.is_grad_enabled() and any(t is not None and t.requires_grad for t in tensors)
        kind = Kind(x.shape[1], back, back and (x.requires_grad or not self._settings.inputs))
        steps = x.shape[0]
        group = self._groups.pop(kind, None)
        if group is not None:
            steps = max(steps, group.steps)
        if not group or group.closed or (back and steps > group.steps) or not group.take(numbers):
            group = Group(self._clif_context(), self._settings, kind, steps, numbers)
        self._groups[kind] = group  # the last to go
        if len(self._groups) > _MOST_GROUPS:
            self._groups.popitem(last=False)
        return group

    # ---- state ----

    def reset(self, first_step: Optional[int] = None) -> None:
        """Back to the start.

        Random numbers go on, so that no two passes of a training have the same noise. With a
        first_step they go on from there: after reset(0) all is as with a new layer.
        """
        self._state, self._home = None, None
        if first_step is not None:
            self._step = unsigned("first_step", first_step, 34)

    def initial_state(self, batch_size: Optional[int] = None) -> LIFState:
        """The state at the start, for forward(x, state). Of a threshold that is learned V_th is a
        function, for gradients."""
        batch = self.batch_size if batch_size is None else _at_least_1("batch_size", batch_size)
        shape = (batch, self.num_neurons)
        start = torch.as_tensor(self._traits.start, dtype=torch.float32)
        th = wait = None
        if self._traits.has_th:
            th = self._threshold().expand(shape).contiguous()
        if self._traits.has_wait:
            wait = torch.zeros(shape)
        return LIFState(start.expand(shape).contiguous(), th, wait)

    def _threshold(self) -> Tensor:
        """() or (neurons)."""
        learned = _float(self.threshold)
        if learned is not None:
            return learned
        return torch.as_tensor(self._traits.threshold, dtype=torch.float32)

    def _kept_state(self) -> Optional[LIFState]:
        """The state between calls; None: at the start."""
        if self._home is None:
            return self._state
        return self._home.state()

    @property
    def state(self) -> LIFState:
        """A copy of the state between calls. Can be set."""
        kept = self._kept_state()
        if kept is None:
            kept = LIFState(*(None if t is None else t.detach() for t in self.initial_state()))
        return LIFState(*(None if t is None else t.clone() for t in kept))

    @state.setter
    def state(self, state: LIFState) -> None:
        batch = state.V.shape[0] if isinstance(state, LIFState) else self.batch_size
        checked = self._check_state(state, batch)
        self._state = LIFState(*(None if t is None else t.detach().clone() for t in checked))
        self._home = None

    @property
    def V(self) -> Tensor:
        """The membrane potentials, float32 (batch, neurons): a copy."""
        return self.state.V

    @property
    def V_th(self) -> Tensor:
        """The thresholds, float32 (batch, neurons): a copy."""
        state = self.state
        if state.V_th is not None:
            return state.V_th
        return self._threshold().detach().expand_as(state.V).clone()

    def _start_over(self) -> None:
        """Without groups, at the start."""
        self._groups: "OrderedDict[Kind, Group]" = OrderedDict()
        self._state: Optional[LIFState] = None  # between calls, if in tensors and not in
        self._home: Optional[Group] = None  # this group, which has it

    # ---- copies ----

    def __getstate__(self) -> Dict[str, Any]:
        """For copies and pickles: groups are made again when they are needed, on the default
        context."""
        state = self.__dict__.copy()
        for name in ("_groups", "_home", "_context"):
            del state[name]
        state["_state"] = self._kept_state()
        return state

    def __setstate__(self, state: Dict[str, Any]) -> None:
        super().__setstate__(state)  # type: ignore[misc]
        kept = self._state
        self._start_over()
        self._state, self._context = kept, None

    def extra_repr(self) -> str:
        given = {k: v for k, v in self._settings.parameters.items() if v is not None}
        texts = [f"{name}={_short(value)}" for name, value in given.items()]
        learned = [name for name in ("tau", "threshold") if getattr(self, name) is not None]
        texts += [f"learn_{name}=True" for name in learned]
        return ", ".join([self._size_text(), f"preset={self._settings.preset}", *texts])

    def _size_text(self) -> str:
        return f"{self.num_neurons}"

    def _draws(self) -> bool:
        """Does it use random numbers?"""
        return self._traits.draws


class LIFLayer(LIFNeuronGroup):
    """LIFNeuronGroup behind a coding of its input.

    spike_coding  None: none. "rate": the input is 1 with the probability x / 255, else 0, drawn
                  anew for every element by a torch.Generator with a seed made of `seed`, `id` and
                  the step. No gradient goes through it
    """

    def __init__(self, *neurons: Any, spike_coding: Optional[str] = None, **options: Any) -> None:
        if spike_coding not in (None, "rate"):
            raise wrong_argument(f"spike_coding is {spike_coding!r}; it must be 'rate' or None")
        self.spike_coding = spike_coding
        super().__init__(*neurons, **options)

    def forward(self, x: Tensor, state: Optional[LIFState] = None) -> Spiking:
        return super().forward(x if self.spike_coding is None else self._drawn(x), state)

    def _drawn(self, x: Tensor) -> Tensor:
        check_tensor(x)
        generator = torch.Generator()
        # Any mixture will do that does not give neighbours the same seed.
        place = (self._settings.id << 34) + self._step
        generator.manual_seed((self._settings.seed * 0x9E3779B97F4A7C15 + place) % (1 << 63))
        chance = as_float(x.detach()) / 255
        if not bool(((chance >= 0) & (chance <= 1)).all()):
            raise wrong_argument("the input has numbers that rate coding cannot take: 0 to 255")
        drawn = torch.bernoulli(chance, generator=generator)
        return drawn.to(x.device, x.dtype if x.is_floating_point() else torch.float32)

    def _draws(self) -> bool:
        return super()._draws() or self.spike_coding is not None


#: The name of the original's changelog for what it then called LIFLayer.
TorchLIFNeuronGroup = LIFLayer


class LinearLIF(LIFNeuronGroup):
    """nn.Linear(in_features, out_features, bias) and LIFNeuronGroup(out_features, ...) in one.

    Takes (T, batch, in_features) or (batch, in_features), uint8 and bool where they lie, and
    returns the spikes of the out_features neurons. Input of zeros and ones is taken the quicker the
    fewer ones there are. weight and bias are nn.Linear's, in name, shape and first values; behind
    the weight is memory in the order (in_features, out_features). Keywords: LIFNeuronGroup's.
    """

    weight: nn.Parameter
    bias: Optional[nn.Parameter]

    def __init__(
        self, in_features: int, out_features: int, bias: bool = True, **neurons: Any
    ) -> None:
        self.in_features = _at_least_1("in_features", in_features)
        self.out_features = _at_least_1("out_features", out_features)
        super().__init__(out_features, **neurons)
        self._settings = self._settings._replace(inputs=self.in_features)
        self.weight = nn.Parameter(torch.empty(in_features, out_features).t())
        self.register_parameter("bias", nn.Parameter(torch.empty(out_features)) if bias else None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """New first values, those of nn.Linear."""
        linear = nn.Linear(self.in_features, self.out_features, self.bias is not None)
        with torch.no_grad():
            self.weight.copy_(linear.weight)
            if self.bias is not None:
                self.bias.copy_(linear.bias)

    def _numbers(self) -> Numbers:
        return super()._numbers()._replace(weight=as_float(self.weight), bias=_float(self.bias))

    def _size_text(self) -> str:
        with_bias = self.bias is not None
        return f"in_features={self.in_features}, out_features={self.out_features}, bias={with_bias}"


# ---- helpers ----


def _apply(
    run: Run,
    x: Tensor,
    numbers: Numbers,
    V: Optional[Tensor] = None,
    V_th: Optional[Tensor] = None,
) -> Any:
    if run.group.kind.gradient:
        return Spikes.apply(run, x, *numbers, V, V_th)
    return run.without_gradient(x)


def _at_least_1(name: str, value: Any) -> int:
    size = unsigned(name, value)
    if size == 0:
        raise wrong_argument(f"{name} is 0; it must be at least 1")
    return size


def _plain(value: Any) -> Any:
    """A parameter's value that can be kept and pickled."""
    if isinstance(value, Tensor):
        value = value.detach().cpu().double().numpy()
    return np.array(value) if np.ndim(value) else value


def _parameter(values: np.ndarray) -> nn.Parameter:
    return nn.Parameter(torch.as_tensor(values, dtype=torch.float32).clone())


def _float(tensor: Optional[Tensor]) -> Optional[Tensor]:
    return None if tensor is None else as_float(tensor)


def _to(tensor: Optional[Tensor], device: torch.device) -> Optional[Tensor]:
    return None if tensor is None else tensor.to(device)


def _short(value: Any) -> str:
    return f"<{len(value)} numbers>" if np.ndim(value) else str(value)


def tau_of_beta(beta: float, dt: float = 1.0, integration: str = "euler") -> float:
    """The tau for which V keeps the share beta in a step of dt: V <- beta V + (1 - beta) r I.

    snnTorch's V <- beta V + I is reached with r = 1 / (1 - beta).
    """
    if not 0 <= beta < 1 or (beta == 0 and integration == "exact"):
        raise wrong_argument(f"beta is {beta}; it must be at least 0 (exact: above) and below 1")
    if integration == "exact":
        return -dt / math.log(beta)
    if integration != "euler":
        raise wrong_argument(f"integration is {integration!r}; it must be 'euler' or 'exact'")
    return dt / (1 - beta)


def beta_of_tau(tau: float, dt: float = 1.0, integration: str = "euler") -> float:
    """The share of V that is left after a step of dt; the inverse of tau_of_beta()."""
    if integration == "exact":
        return math.exp(-dt / tau)
    if integration != "euler":
        raise wrong_argument(f"integration is {integration!r}; it must be 'euler' or 'exact'")
    return 1 - dt / tau
