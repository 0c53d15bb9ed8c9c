"""The library's groups as layers use them, and the passes that they hand out."""

from typing import Any, Dict, List, NamedTuple, Optional

import torch
from torch import Tensor

from .._context import Context, Handle, OnContext, c_name
from .._errors import Error
from .._library import NULL, Status, ffi, lib
from .._records import text
from ._settings import Numbers, Settings
from ._tensors import describe


class LIFState(NamedTuple):
    """The state of a layer, float32 (batch, neurons) each; None for what its neurons do not have.

    V     membrane potentials
    V_th  thresholds, where they move (with preset="seed" always)
    wait  steps left of refractory periods; no gradient goes through it
    """

    V: Tensor
    V_th: Optional[Tensor] = None
    wait: Optional[Tensor] = None


# The library's names of the state's tensors.
_STATES = {"v": "V", "th": "V_th", "wait": "wait"}


class Kind(NamedTuple):
    """What a group is made for: samples, whether passes can be taken back, and whether to the
    input, which for a linear layer costs a matrix product."""

    batch: int
    gradient: bool
    input: bool


class Pass(OnContext):
    """A forward pass of a group, made by Group.forward(), which waits for its backward pass."""

    _what = "pass"

    def __init__(self, group: "Group", io: Any) -> None:
        self.group = group
        self.context = group.context
        handle = Handle("clif_pass", lib.clif_pass_destroy)
        self._own(group._core, handle)
        self.context._children.add(self)
        group._core.run(lambda *run: lib.clif_group_forward(*run, handle.cell), group, io, None)


class Group(OnContext):
    """A C group with its weights and its neurons' parameters.

    steps  of the longest run with gradients
    """

    _what = "group"

    def __init__(
        self, context: Context, settings: Settings, kind: Kind, steps: int, numbers: Numbers
    ) -> None:
        self.neurons = settings.neurons
        self._settings = settings
        self.kind = kind
        self.steps = steps
        params, kept = settings.neuron(numbers)
        options = ffi.new("clif_group_options *", {"size": ffi.sizeof("clif_group_options")})
        options.neurons, options.batch, options.steps = settings.neurons, kind.batch, steps
        options.seed, options.id = settings.seed, settings.id
        options.spikes = lib.CLIF_SPIKES_F32
        options.inputs = settings.inputs
        for name in ("weight", "bias"):
            tensor = getattr(numbers, name)
            if tensor is not None:
                kept.append(tensor.detach().contiguous())
                setattr(options, name, ffi.cast("float *", kept[-1].data_ptr()))
        if kind.gradient:
            options.gradient = gradient = settings.gradient(kind.input)
            kept.append(gradient)
        handle = Handle("clif_group", lib.clif_group_destroy)
        self._make(context, handle, lib.clif_group_create, params, options)
        self._tau, self._threshold = _copy(numbers.tau), _copy(numbers.threshold)
        self._states = self._state_names()

    def _state_names(self) -> List[str]:
        names: List[str] = []
        while True:
            name = text(self._core.look(lib.clif_group_state_name, self, len(names)))
            if not name:
                return names
            names.append(name)

    # ---- what is learned ----

    def take(self, numbers: Numbers) -> bool:
        """Makes these numbers its own. False: that takes another group, as neurons that were all
        alike are not any more.

        They are compared with those it has, the weights by the library: a tensor's version would
        not tell what was written through `.data`.
        """
        if not (_same(self._tau, numbers.tau) and _same(self._threshold, numbers.threshold)):
            if not self._take_parameters(numbers):
                return False
        if numbers.weight is not None:
            self._call(lib.clif_group_set_weights, _view(numbers.weight), _view(numbers.bias))
        return True

    def _take_parameters(self, numbers: Numbers) -> bool:
        params, _kept = self._settings.neuron(numbers)
        try:
            self._call(lib.clif_group_set_params, params)
        except Error as error:
            if error.status != Status.STATE:
                raise
            return False
        self._tau, self._threshold = _copy(numbers.tau), _copy(numbers.threshold)
        return True

    # ---- runs ----

    def run(self, x: Tensor, spikes: Tensor) -> None:
        """x (T, batch, inputs); spikes (T, batch, neurons) are filled."""
        io = _io(x)
        describe(io.spikes, spikes)
        self._core.run(lib.clif_group_run, self, io, None)

    def forward(self, x: Tensor, spikes: Tensor) -> Pass:
        """The same, to be taken back."""
        io = _io(x)
        describe(io.spikes, spikes)
        return Pass(self, io)

    def backward(self, taken: Pass, x: Tensor, gradients: Dict[str, Optional[Tensor]]) -> None:
        """x as in forward(); gradients by their names in clif_group_gradients, of which those that
        come out are filled."""
        arrays = ffi.new("clif_group_gradients *", {"size": ffi.sizeof("clif_group_gradients")})
        for name, tensor in gradients.items():
            if tensor is not None:
                describe(getattr(arrays, name), tensor)
        self._call(lib.clif_group_backward, taken.pointer, _io(x), arrays)

    # ---- state ----

    def begin(self, step: int, state: Optional[LIFState]) -> None:
        """At this state (None: the start), with random numbers from this step on."""
        self._call(lib.clif_group_reset_at, step, 0)
        if state is not None:
            for name in self._states:
                self._move(lib.clif_group_set_state, name, getattr(state, _STATES[name]))

    def state(self) -> LIFState:
        """A copy of the state."""
        shape = (self.kind.batch, self.neurons)
        values = {_STATES[name]: torch.empty(shape) for name in self._states}
        for name in self._states:
            self._move(lib.clif_group_get_state, name, values[_STATES[name]])
        return LIFState(**values)

    def _move(self, function: Any, name: str, tensor: Tensor) -> None:
        self._call(function, c_name(name), _view(tensor))


def _io(x: Tensor) -> Any:
    io = ffi.new("clif_group_io *", {"size": ffi.sizeof("clif_group_io")})
    describe(io.input, x)
    return io


def _view(tensor: Optional[Tensor]) -> Any:
    if tensor is None:
        return NULL
    view = ffi.new("clif_array *")
    describe(view, tensor)
    return view


def _same(a: Optional[Tensor], b: Optional[Tensor]) -> bool:
    return a is b if a is None or b is None else a.shape == b.shape and torch.equal(a, b)


def _copy(tensor: Optional[Tensor]) -> Optional[Tensor]:
    return None if tensor is None else tensor.detach().clone()
