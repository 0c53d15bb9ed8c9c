"""Groups of LIF neurons: the class of the original project, on any OpenCL device."""

from typing import Any, Dict, List, NamedTuple, Optional, Sequence, Tuple

import numpy as np

from ._arrays import FLOAT32, UINT8, as_input, as_output, as_state, describe, packed
from ._context import Context, Handle, OnContext, Progress, c_name, default_context, unsigned
from ._errors import wrong_argument, wrong_shape
from ._library import ffi, lib
from ._params import Parameter, defaults, fill
from ._records import Record, text
from ._state import Snapshot, the_snapshot


class Recording(NamedTuple):
    """What a run with `record` hands out; None for what was not asked for."""

    spikes: Optional[np.ndarray]
    v: Optional[np.ndarray] = None
    v_pre: Optional[np.ndarray] = None
    th: Optional[np.ndarray] = None


_RECORDS = {"v": lib.CLIF_RECORD_V, "v_pre": lib.CLIF_RECORD_V_PRE, "th": lib.CLIF_RECORD_TH}

# Forms of spikes: what the library is asked for, and the dtype.
_SPIKES = {
    "bool": (lib.CLIF_SPIKES_U8, np.dtype(bool)),
    "uint8": (lib.CLIF_SPIKES_U8, UINT8),
    "float32": (lib.CLIF_SPIKES_F32, FLOAT32),
    "bits": (lib.CLIF_SPIKES_BITS, np.dtype(np.uint32)),
    None: (lib.CLIF_SPIKES_NONE, None),
}


_INFO = Record("GroupInfo", "clif_group_info", "About a group: clif_group_info of group.h.")
GroupInfo = _INFO.type


def spike_words(neurons: int) -> int:
    """Words of a row of spikes as bits."""
    return lib.clif_spike_words(unsigned("neurons", neurons))


class _Form(NamedTuple):
    """What a C group is fixed to when it is made."""

    spikes: int = lib.CLIF_SPIKES_U8
    record: int = 0
    inject: bool = False


class LIFNeuronGroup(OnContext):
    """num_neurons LIF neurons for each of batch_size samples, stepped together.

    The names are those of the project Extended LIF Neurons, and so are the numbers and the maths
    with preset="seed". Any parameter but dt may be one number or one per neuron. None stands for
    the preset's number:

                              seed    standard
    V_th                      1.0     1.0       initial threshold
    V_reset                   0.0     0.0       v after a spike
    tau                       20.0    20.0      membrane time constant, in the unit of dt
    dt                        1.0     1.0       length of a step
    eta                       0.1     0.1       how fast the threshold moves
    use_adaptive_threshold    True    False     whether it moves
    noise_std                 0.1     0.0       of the noise on v
    stochastic                True    False     fires by chance
    min_threshold             0.5     0.5
    max_threshold             2.0     2.0

    and for preset="standard" only: r (1.0, what the input is multiplied by), v_leak (0.0),
    refractory (0.0, in the unit of dt), slope (1.0, of stochastic firing), th_rest (where the
    threshold rests: None for each neuron's V_th), reset ("value", "subtract", "none"), compare
    ("at_threshold", "above_threshold"), integration ("euler", "exact").

    seed              of all random numbers, 0 to 2^64 - 1: the same seed, the same spikes, on every
                      device
    id                below 2^28; groups with other ids draw other numbers from the same seed
    context           where it lives; None: default_context()
    max_device_bytes  cap on its device memory; 0: three quarters of the device's
    """

    _what = "group"

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
        *,
        preset: str = "seed",
        seed: int = 0,
        id: int = 0,
        context: Optional[Context] = None,
        r: Optional[Parameter] = None,
        v_leak: Optional[Parameter] = None,
        refractory: Optional[Parameter] = None,
        slope: Optional[Parameter] = None,
        th_rest: Optional[Parameter] = None,
        reset: Optional[str] = None,
        compare: Optional[str] = None,
        integration: Optional[str] = None,
        max_device_bytes: int = 0,
    ) -> None:
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
            "slope": slope,
            "th_rest": th_rest,
            "reset": reset,
            "compare": compare,
            "integration": integration,
        }
        self._params = defaults(preset)
        self._kept = fill(self._params, parameters)
        self._options = ffi.new("clif_group_options *")
        self._options.size = ffi.sizeof("clif_group_options")
        self._options.neurons = self.num_neurons = unsigned("num_neurons", num_neurons)
        self.batch_size = unsigned("batch_size", batch_size)
        if self.batch_size == 0:
            raise wrong_argument("batch_size is 0; a group has at least one sample")
        self._options.batch = self.batch_size
        self._options.seed = unsigned("seed", seed)
        self._options.id = unsigned("id", id, 28)
        self._options.max_device_bytes = unsigned("max_device_bytes", max_device_bytes)
        handle = self._new_handle(_Form())
        create = lib.clif_group_create
        self._make(context or default_context(), handle, create, self._params, self._options)

    # ---- the C group ----

    def _new_handle(self, form: _Form) -> Handle:
        self._options.spikes, self._options.record, self._options.inject = form
        return Handle("clif_group", lib.clif_group_destroy, form)

    def _take_form(self, form: _Form) -> None:
        """Runs that want other things are done by another C group, which takes over the state."""
        if form == self._handle.form:
            return
        state = self.save()
        other = self._new_handle(form)
        try:
            create = lib.clif_group_create
            self.context._call(create, self._params, self._options, other.cell)
            self._core.call(lib.clif_group_restore, other, state.pointer)
            self._handle.swap(other)
        finally:
            self._core.release(other)

    # ---- running ----

    def step(
        self,
        I: Any,
        *,
        spikes: Optional[str] = "bool",
        record: Sequence[str] = (),
        eps: Any = None,
        u: Any = None,
        out: Any = None,
    ) -> Any:
        """One step with the input I, (batch, neurons), or (neurons) of one sample.

        Returns the spikes in the shape of I. The rest is as in run().
        """
        view = (np.newaxis, self._samples(I, ("batch",)))
        given = {"input": I, "eps": eps, "u": u}
        return self._run(view, given, spikes, record, out, None)

    def run(
        self,
        I: Any,
        *,
        steps: Optional[int] = None,
        spikes: Optional[str] = "bool",
        record: Sequence[str] = (),
        eps: Any = None,
        u: Any = None,
        out: Any = None,
        progress: Optional[Progress] = None,
    ) -> Any:
        """T steps with the input I, (T, batch, neurons), or (T, neurons) of one sample.

        I         uint8, bool and float32 are taken where they lie; other numbers are converted to
                  float32. At most batch_size samples, and as many in all runs between two resets
        steps     so many steps, all with the same I, (batch, neurons) or (neurons)
        spikes    "bool", "uint8", "float32": in the shape of I; "bits": uint32, neuron i is bit
                  i % 32 of word i // 32, rows padded to 64 neurons; None: only counted
        record    any of "v" (membrane after the reset), "v_pre" (before it), "th" (threshold)
        eps, u    the normal and the uniform random numbers to use, in the shape of I, for tests
        out       an array for the spikes, or a Recording of arrays
        progress  see Progress; what it raises ends the run

        Returns the spikes, or where there is something to record a Recording. A run that wants
        other things than the one before takes some milliseconds more to change over.
        """
        view = (slice(None), self._samples(I, ("steps", "batch") if steps is None else ("batch",)))
        if steps is not None:
            I = np.broadcast_to(as_input("I", I), (unsigned("steps", steps, 34),) + np.shape(I))
        given = {"input": I, "eps": eps, "u": u}
        return self._run(view, given, spikes, record, out, progress)

    def _samples(self, I: Any, lead: Tuple[str, ...]) -> Any:
        """The index that gives I a dimension of samples where it has none."""
        shape = np.shape(I)
        full = len(shape) == len(lead) + 1
        if not (full or len(shape) == len(lead)) or shape[-1] != self.num_neurons:
            wanted = ", ".join(lead + (str(self.num_neurons),))
            raise wrong_shape(f"I has the shape {shape}; it must be ({wanted})")
        if 0 in shape:
            raise wrong_shape(f"I has the shape {shape}; there must be a step and a sample")
        if not full and self.batch_size != 1:
            raise wrong_shape(
                f"I has the shape {shape}, without samples, but batch_size is {self.batch_size}"
            )
        return slice(None) if full else np.newaxis

    def _run(
        self,
        view: Tuple[Any, Any],
        given: Dict[str, Any],
        spikes: Optional[str],
        record: Sequence[str],
        out: Any,
        progress: Optional[Progress],
    ) -> Any:
        """A run over arrays that become (T, B, ...) by indexing with `view`."""
        form = self._wanted_form(spikes, record, given)
        arrays = self._inputs(view, given)
        outputs = self._outputs(np.shape(given["input"])[:-1], spikes, record, out)
        io = ffi.new("clif_group_io *", {"size": ffi.sizeof("clif_group_io")})
        for name, array in arrays.items():
            describe(getattr(io, name), array)
        for name, array in outputs.items():
            describe(getattr(io, name), array[view])
        with self._core.alone():
            self._take_form(form)
            self._core.run(lib.clif_group_run, self, io, progress)
        if record:
            return Recording(outputs.pop("spikes", None), **outputs)
        return outputs.get("spikes")

    @staticmethod
    def _wanted_form(spikes: Any, record: Sequence[str], given: Dict[str, Any]) -> _Form:
        if spikes not in _SPIKES:
            words = ", ".join(str(word) for word in _SPIKES)
            raise wrong_argument(f"spikes is {spikes!r}; it must be one of {words}")
        for name in record:
            if name not in _RECORDS:
                raise wrong_argument(f"record has {name!r}; there are {', '.join(_RECORDS)}")
        inject = given["eps"] is not None or given["u"] is not None
        return _Form(_SPIKES[spikes][0], sum(_RECORDS[name] for name in set(record)), inject)

    @staticmethod
    def _inputs(view: Tuple[Any, Any], given: Dict[str, Any]) -> Dict[str, np.ndarray]:
        arrays = {}
        for name, value in given.items():
            if value is None:
                continue
            if np.shape(value) != np.shape(given["input"]):
                raise wrong_shape(
                    f"{name} has the shape {np.shape(value)}; it must be that of I, "
                    f"{np.shape(given['input'])}"
                )
            arrays[name] = packed(as_input(name, value, injected=name != "input")[view])
        return arrays

    def _outputs(
        self, lead: Tuple[int, ...], spikes: Optional[str], record: Sequence[str], out: Any
    ) -> Dict[str, np.ndarray]:
        if out is None or isinstance(out, np.ndarray):
            out = Recording(out)
        if not isinstance(out, Recording):
            raise wrong_shape(f"out is a {type(out).__name__}; it must be an array or a Recording")
        dtype = _SPIKES[spikes][1]
        width = spike_words(self.num_neurons) if spikes == "bits" else self.num_neurons
        outputs = {}
        if dtype is not None:
            outputs["spikes"] = as_output("spikes", out.spikes, lead + (width,), dtype)
        for name in record:
            wanted = getattr(out, name)
            outputs[name] = as_output(name, wanted, lead + (self.num_neurons,), FLOAT32)
        return outputs

    # ---- state ----

    def reset(self, first_step: int = 0, first_sample: int = 0) -> None:
        """Back to the start. Random numbers go on from this step and sample, as if the group were
        the part of a larger whole that begins there."""
        first = unsigned("first_step", first_step), unsigned("first_sample", first_sample)
        self._call(lib.clif_group_reset_at, *first)

    @property
    def state_names(self) -> List[str]:
        """What get_state() and set_state() know: "v"; "th" if the threshold moves or the preset is
        "seed"; "wait", the steps left of refractory periods, where there are any."""
        names: List[str] = []
        while True:
            name = self._core.look(lib.clif_group_state_name, self, len(names))
            if not name:
                return names
            names.append(text(name))

    def get_state(self, name: str) -> np.ndarray:
        """A copy of one tensor of the state, float32 (batch, neurons)."""
        with self._core.alone():
            values = np.empty((self._look().state_batch, self.num_neurons), FLOAT32)
            self._move_state(lib.clif_group_get_state, name, values)
        return values

    def set_state(self, name: str, values: Any) -> None:
        """Replaces one tensor of the state by finite numbers that broadcast to its shape."""
        with self._core.alone():
            shape = (self._look().state_batch, self.num_neurons)
            self._move_state(lib.clif_group_set_state, name, as_state(name, values, shape))

    def _move_state(self, function: Any, name: str, values: np.ndarray) -> None:
        array = ffi.new("clif_array *")
        describe(array, values)
        self._call(function, c_name(name), array)

    @property
    def V(self) -> np.ndarray:
        """The membrane potentials, float32 (batch, neurons): a copy. Can be set."""
        return self.get_state("v")

    @V.setter
    def V(self, values: Any) -> None:
        self.set_state("v", values)

    @property
    def V_th(self) -> np.ndarray:
        """The thresholds, float32 (batch, neurons): a copy. Can be set where they are state."""
        if "th" in self.state_names:
            return self.get_state("th")
        threshold = self._params.threshold
        fixed = (
            ffi.unpack(threshold.values, threshold.count) if threshold.values else threshold.value
        )
        shape = (self._look().state_batch, self.num_neurons)
        return np.broadcast_to(np.asarray(fixed, FLOAT32), shape).copy()

    @V_th.setter
    def V_th(self, values: Any) -> None:
        self.set_state("th", values)

    @property
    def seed(self) -> int:
        """The seed of all random numbers; a new one counts from the next step on."""
        return self._options.seed

    @seed.setter
    def seed(self, seed: int) -> None:
        seed = unsigned("seed", seed)
        with self._core.alone():
            self._call(lib.clif_group_set_seed, seed)
            self._options.seed = seed

    def save(self) -> Snapshot:
        """The whole state with its step and sample, but not the seed."""
        with self._core.alone():
            return Snapshot(self._core, lib.clif_group_save, self, self._look().state_batch)

    def restore(self, snapshot: Snapshot) -> None:
        """Goes on from where the snapshot was taken, also after a failed run."""
        self._call(lib.clif_group_restore, the_snapshot(snapshot))

    # ---- looking ----

    def _look(self) -> Any:
        return self._core.look(lib.clif_group_look, self)

    @property
    def info(self) -> Any:
        """All that clif_group_look() tells: the tile, device bytes, steps, counts."""
        return _INFO.read(self._look())

    @property
    def step_count(self) -> int:
        """Steps since the last reset; the next one's number."""
        return self._look().step

    @property
    def spike_count(self) -> int:
        """Spikes of all neurons and samples since the last reset."""
        return self._look().spikes

    def __repr__(self) -> str:
        of = "closed" if self.closed else f"batch_size={self.batch_size}, on {self.context!r}"
        return f"<clif.{type(self).__name__} of {self.num_neurons} neurons, {of}>"
