"""Networks: build or load, prepare, run."""

import os
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Sequence, Tuple, Union

import numpy as np

from ._arrays import FLOAT32, UINT8, as_input, as_output, as_state, describe, packed
from ._context import (
    Context,
    Handle,
    OnContext,
    Progress,
    c_name,
    c_text,
    default_context,
    unsigned,
)
from ._errors import Error, wrong_argument, wrong_shape
from ._group import spike_words
from ._library import NULL, ffi, lib
from ._params import choice, fill, number
from ._records import Record, text
from ._state import Snapshot, the_snapshot

Path = Union[str, "os.PathLike[str]"]

_LAYER = Record("Layer", "clif_layer_info", "About one layer: clif_layer_info of network.h.")
_PLAN = Record("Plan", "clif_plan_info", "What prepare() decided: clif_plan_info of network.h.")
LayerInfo, PlanInfo = _LAYER.type, _PLAN.type


class LayerSpec(NamedTuple):
    """A layer for Network.sequential(): its kind and what add_<kind>() takes."""

    kind: str
    arguments: Tuple[Any, ...]
    keywords: Dict[str, Any]


def _spec(kind: str) -> Callable[..., LayerSpec]:
    def layer(*arguments: Any, **keywords: Any) -> LayerSpec:
        return LayerSpec(kind, arguments, keywords)

    layer.__name__ = layer.__qualname__ = kind
    layer.__doc__ = f"A layer for Network.sequential(); arguments as of Network.add_{kind}()."
    return layer


linear, relu, scale, flatten = (_spec(k) for k in ("linear", "relu", "scale", "flatten"))
lif, if_, li = (_spec(k) for k in ("lif", "if", "li"))


class Network(OnContext):
    """Layers and the edges between them: add, connect, prepare, run.

    Data has the dimensions (T, batch, the layer's shape...). State is carried from run to run
    until reset(). Each add_ function returns the layer's name.
    """

    _what = "network"

    def __init__(self, context: Optional[Context] = None) -> None:
        self._begin(context, lib.clif_network_create)

    def _begin(self, context: Optional[Context], function: Any, *arguments: Any) -> None:
        handle = Handle("clif_network", lib.clif_network_destroy)
        self._make(context or default_context(), handle, function, *arguments)
        self._recorded: List[Tuple[str, str]] = []
        self._layers: Dict[str, Any] = {}  # see _known()
        self._batch = 1  # as prepared
        self._run_batch = 0  # of the runs since the last reset

    @classmethod
    def sequential(
        cls, shape: Any, *layers: LayerSpec, context: Optional[Context] = None
    ) -> "Network":
        """A chain: an input of this shape, the layers, an output.

            net = clif.Network.sequential(64, clif.linear(weight, bias), clif.lif(tau=10))

        Their names are "input", then the kind with the number of its kind ("linear1", "lif1"),
        then "output".
        """
        net, counts = cls(context), {}  # type: ignore[var-annotated]
        try:
            last = net.add_input("input", shape)
            for layer in layers:
                if not isinstance(layer, LayerSpec):
                    raise wrong_argument(
                        f"{layer!r} is no layer; clif.linear() and others make one"
                    )
                counts[layer.kind] = counts.get(layer.kind, 0) + 1
                add = getattr(net, f"add_{layer.kind}")
                name = add(f"{layer.kind}{counts[layer.kind]}", *layer.arguments, **layer.keywords)
                net.connect(last, name)
                last = name
            net.connect(last, net.add_output("output"))
        except BaseException:
            net.close()
            raise
        return net

    # ---- files ----

    @classmethod
    def load_nir(
        cls,
        path: Path,
        *,
        dt: float = 0.0,
        compat: str = "plain",
        if_gain: str = "auto",
        context: Optional[Context] = None,
    ) -> "Network":
        """A network from a NIR file, to record() from and run.

        dt       in the file's unit of time; needed as soon as a node has a time constant
        compat   "plain", or "snntorch": as snnTorch imports it
        if_gain  what r of an IF node means: "auto", "r" or "dt_r"
        """
        net = cls.__new__(cls)
        options = _nir_options(dt, compat, if_gain)
        net._begin(context, lib.clif_nir_read, c_text("path", path), options)
        return net

    def save_nir(self, path: Path, *, dt: float = 0.0) -> None:
        """Writes the network as a NIR file, whole or not at all; dt is needed for IF layers whose r
        is not 1."""
        self._call(lib.clif_nir_write, c_text("path", path), _nir_options(dt, "plain", "auto"))

    # ---- building ----

    def _add(self, function: Callable[..., int], name: str, *arguments: Any) -> str:
        self._call(function, c_name(name), *arguments)
        return name

    def add_input(self, name: str, shape: Union[int, Sequence[int]]) -> str:
        """Where data comes in, of this shape for one sample and one step."""
        return self._add(lib.clif_network_add_input, name, _c_shape(shape))

    def add_output(self, name: str) -> str:
        """Where data goes out."""
        return self._add(lib.clif_network_add_output, name)

    def add_linear(self, name: str, weight: Any, bias: Any = None) -> str:
        """y = x W^T + bias; weight is (out, in), as in PyTorch and NIR; bias (out) or None."""
        w = _floats("weight", weight, 2)
        b = None if bias is None else _floats("bias", bias, 1)
        if b is not None and len(b) != len(w):
            raise wrong_shape(f"bias has {len(b)} numbers; weight {w.shape} needs {len(w)}")
        return self._add(
            lib.clif_network_add_linear, name, w.shape[1], w.shape[0], _pointer(w), _pointer(b)
        )

    def add_relu(self, name: str) -> str:
        """y = x where x > 0, else 0."""
        return self._add(lib.clif_network_add_relu, name)

    def add_scale(self, name: str, scale: Any) -> str:
        """y = scale * x, element by element."""
        s = _floats("scale", scale)
        return self._add(lib.clif_network_add_scale, name, _c_shape(s.shape), _pointer(s))

    def add_flatten(self, name: str, start: int = 0, end: int = -1) -> str:
        """Joins the dimensions start to end, counted without time and batch, into one."""
        return self._add(lib.clif_network_add_flatten, name, start, end)

    def add_lif(self, name: str, *, form: str = "standard", **parameters: Any) -> str:
        """Leaky integrate-and-fire neurons, one per element of what comes in.

        Parameters, one number or one per neuron: tau (20), r (1), v_leak (0), v_reset (0),
        threshold (1), refractory (0), noise_std (0), slope (1), eta (0.1), th_rest (the neuron's
        threshold), th_min (0.5), th_max (2). One for all: dt (1), stochastic (False), adaptive
        (False), reset ("value", "subtract", "none"), compare ("at_threshold",
        "above_threshold"), integration ("euler", "exact"). form="seed" is the original project's
        step with its defaults.
        """
        forms = {"standard": lib.clif_lif_defaults, "seed": lib.clif_seed_defaults}
        if form not in forms:
            raise wrong_argument(f"form is {form!r}; it must be one of {', '.join(forms)}")
        params = ffi.new("clif_lif_params *", forms[form]())
        return self._add_neurons(lib.clif_network_add_lif, name, params, parameters)

    def add_if(self, name: str, **parameters: Any) -> str:
        """Integrate-and-fire neurons: v <- v + r*I. Parameters as of add_lif(), but tau, dt, v_leak
        and integration; a refractory period is in steps."""
        params = ffi.new("clif_if_params *", lib.clif_if_defaults())
        return self._add_neurons(lib.clif_network_add_if, name, params, parameters)

    def add_li(self, name: str, **parameters: Any) -> str:
        """Leaky integrators, which never fire and put out v: tau, dt, r, v_leak, integration,
        noise_std, as of add_lif()."""
        params = ffi.new("clif_li_params *", lib.clif_li_defaults())
        return self._add_neurons(lib.clif_network_add_li, name, params, parameters)

    def _add_neurons(self, function: Any, name: str, params: Any, values: Dict[str, Any]) -> str:
        kept = fill(params, values)
        self._add(function, name, params)
        del kept  # what it holds has been read by now
        return name

    def connect(self, source: str, target: str, delay: int = 0) -> None:
        """What `source` puts out goes into `target`; several edges into one layer are added."""
        names = c_name(source), c_name(target)
        self._call(lib.clif_network_connect, *names, unsigned("delay", delay, 32))

    def set_options(self, layer: Optional[str] = None, **options: Any) -> None:
        """Replaces the options of a lif or if layer, or of all: refractory, noise_std, stochastic,
        slope, adaptive, eta, th_rest, th_min, th_max. Those that are not given are at their
        defaults."""
        struct = ffi.new("clif_neuron_options *", lib.clif_neuron_options_defaults())
        kept = fill(struct, options)
        self._call(lib.clif_network_set_options, _name_or_null(layer), struct)
        del kept

    def set_id(self, layer: str, id: int) -> None:
        """The number, below 2^28, that tells this layer's random numbers from others'."""
        self._call(lib.clif_network_set_id, c_name(layer), unsigned("id", id, 32))

    def set_coding(
        self,
        input: str,
        coding: str,
        *,
        gain: Optional[float] = None,
        threshold: Optional[float] = None,
        window: int = 0,
        negative: bool = False,
    ) -> None:
        """Codes what comes into an input as spikes, on the device: "none", "rate" (a spike with
        probability gain*x in every step), "latency" (one spike within `window` steps, the earlier
        the larger gain*x) or "delta" (a spike where gain*x has grown by `threshold`)."""
        code = choice("clif_coding", "coding", coding)
        params = ffi.new("clif_coding_params *", lib.clif_coding_defaults(code))
        if gain is not None:
            params.gain = number("gain", gain)
        if threshold is not None:
            params.threshold = number("threshold", threshold)
        params.window = unsigned("window", window)
        params.negative = bool(negative)
        self._call(lib.clif_network_set_coding, c_name(input), params)

    def record(self, layer: str, quantity: str = "output") -> None:
        """Keeps a quantity of a layer in runs: "output", "v" (membrane after the reset), "v_pre"
        (before it), "th" (threshold), "spike_bits", "spike_f32"."""
        code = choice("clif_quantity", "quantity", quantity)
        with self._core.alone():
            self._call(lib.clif_network_record, c_name(layer), code)
            if (layer, quantity) not in self._recorded:
                self._recorded.append((layer, quantity))

    # ---- preparing ----

    def prepare(
        self,
        batch: int = 1,
        steps: int = 0,
        *,
        seed: int = 0,
        max_device_bytes: int = 0,
        linear: str = "auto",
        dense: str = "auto",
        overlap: str = "auto",
        tune: bool = False,
        profile: bool = False,
    ) -> None:
        """Checks the network, plans, compiles, and takes all memory; once per network.

        batch             most samples in one run
        steps             of the longest run, where known
        seed              of all random numbers
        max_device_bytes  cap on its device memory; 0: three quarters of the device's
        linear            "auto", "dense" or "events": how linear layers are computed
        dense             "auto", "clblast" or "cblas": who computes matrix products
        overlap           "auto", "on" or "off": copies while the device computes
        tune, profile     measures linear layers; times every command, for explain()

        If nothing is to be recorded, what the output layers put out is.
        """
        options = ffi.new(
            "clif_prepare_options *",
            {
                "size": ffi.sizeof("clif_prepare_options"),
                "batch": unsigned("batch", batch),
                "steps": unsigned("steps", steps),
                "max_device_bytes": unsigned("max_device_bytes", max_device_bytes),
                "linear": choice("clif_linear_way", "linear", linear),
                "dense": choice("clif_dense_by", "dense", dense),
                "seed": unsigned("seed", seed),
                "tune": bool(tune),
                "profile": bool(profile),
                "overlap": choice("clif_overlap", "overlap", overlap),
            },
        )
        with self._core.alone():
            if not self._recorded:
                for layer in self.layers:
                    if layer.kind == "output":
                        self.record(layer.name)
            if not self.prepared:
                self._batch = options.batch or 1
            self._call(lib.clif_network_prepare, options)

    @property
    def prepared(self) -> bool:
        return self.plan.tile_steps > 0

    def _known(self) -> Dict[str, Any]:
        """The layers by name, once their shapes are known."""
        if not self._layers and self.prepared:
            self._layers = {layer.name: layer for layer in self.layers}
        return self._layers

    # ---- running ----

    def run(
        self,
        inputs: Any,
        *,
        steps: Optional[int] = None,
        out: Optional[Dict[str, np.ndarray]] = None,
        progress: Optional[Progress] = None,
    ) -> Dict[str, np.ndarray]:
        """Runs T steps of B samples. A network that is not prepared is, for T and B.

        inputs    an array (T, B, shape...) or (T, B, product of the shape) for the one input
                  layer, or a dict of them by the names of input layers. uint8, bool and float32
                  are taken where they lie; other numbers are converted to float32
        steps     the same input in so many steps: arrays without T
        out       arrays to write to, by the keys of what is returned
        progress  see Progress; what it raises ends the run

        Returns what is recorded: "name" for what a layer puts out (uint8 where it spikes, else
        float32), "name.v" and so on for other quantities.
        """
        arrays = self._inputs(inputs, steps)
        with self._core.alone():
            first = next(iter(arrays.values()))
            if not self.prepared:
                self.prepare(first.shape[1], first.shape[0])
            results = self._outputs(first.shape[:2], out or {})
            run = ffi.new("clif_run *", {"size": ffi.sizeof("clif_run")})
            bound = [(name, "output", array) for name, array in arrays.items()]
            run.inputs, kept_inputs = _bind(bound)
            run.n_inputs = len(bound)
            bound = [(*key, array) for key, array in zip(self._recorded, results.values())]
            run.outputs, kept_outputs = _bind(bound)
            run.n_outputs = len(bound)
            try:
                self._core.run(lib.clif_network_run, self, run, progress)
            except Error:
                raise  # it has not begun, or there is no state any more
            except BaseException:
                self._run_batch = first.shape[1]
                raise
            self._run_batch = first.shape[1]
            del kept_inputs, kept_outputs
        return results

    def _inputs(self, inputs: Any, steps: Optional[int]) -> Dict[str, np.ndarray]:
        if not isinstance(inputs, dict):
            layers = self._known().values() or self.layers
            names = [layer.name for layer in layers if layer.kind == "input"]
            if len(names) != 1:
                raise wrong_argument(
                    f"there are {len(names)} inputs; give a dict of arrays by name"
                )
            inputs = {names[0]: inputs}
        if not inputs:
            raise wrong_argument("the dict of inputs is empty; a run needs an array for each input")
        arrays = {}
        for name, value in inputs.items():
            array = as_input(f"the input for {name!r}", value)
            if steps is not None:
                array = np.broadcast_to(array, (unsigned("steps", steps, 34),) + array.shape)
            if array.ndim < 3 or array.ndim > lib.CLIF_MAX_DIMS or 0 in array.shape:
                lead = "(samples, ...)" if steps is not None else "(steps, samples, ...)"
                raise wrong_shape(
                    f"the input for {name!r} has the shape {np.shape(value)}; it must be {lead}, "
                    "without a 0"
                )
            arrays[name] = packed(array)
        return arrays

    def _outputs(self, lead: Tuple[int, ...], out: Dict[str, np.ndarray]) -> Dict[str, np.ndarray]:
        results = {}
        for layer, quantity in self._recorded:
            key = layer if quantity == "output" else f"{layer}.{quantity}"
            info = self._known()[layer]
            shape: Tuple[int, ...] = info.shape
            dtype: Any = FLOAT32
            if quantity == "output" and info.spiking:
                dtype = UINT8
            elif quantity == "spike_bits":
                shape = (spike_words(int(np.prod(shape))),)
                dtype = np.dtype(np.uint32)
            results[key] = as_output(repr(key), out.get(key), lead + shape, dtype)
        for key in out:
            if key not in results:
                raise wrong_argument(f"out has {key!r}, but recorded are {', '.join(results)}")
        return results

    # ---- state ----

    def reset(self, first_step: int = 0, first_sample: int = 0) -> None:
        """Back to the start, also after a failed run. Random numbers go on from this step and
        sample, as if the runs to come were the part of a larger whole that begins there."""
        first = unsigned("first_step", first_step), unsigned("first_sample", first_sample)
        with self._core.alone():
            self._call(lib.clif_network_reset_at, *first)
            self._run_batch = 0

    def set_seed(self, seed: int) -> None:
        """Another seed from the next step on."""
        self._call(lib.clif_network_set_seed, unsigned("seed", seed))

    def state_names(self, layer: str) -> List[str]:
        """The tensors of a layer's state: "v", "th", "wait", "previous"; [] before prepare()."""
        names: List[str] = []
        while True:
            state_name = lib.clif_network_state_name
            name = self._core.look(state_name, self, c_name(layer), len(names))
            if not name:
                return names
            names.append(text(name))

    def get_state(self, layer: str, name: str) -> np.ndarray:
        """A copy of one tensor of a layer's state, float32 (batch, shape...)."""
        with self._core.alone():
            values = np.empty(self._state_shape(layer), FLOAT32)
            self._move_state(lib.clif_network_get_state, layer, name, values)
        return values

    def set_state(self, layer: str, name: str, values: Any) -> None:
        """Replaces one tensor of a layer's state by numbers that broadcast to its shape."""
        with self._core.alone():
            array = as_state(f"{layer}.{name}", values, self._state_shape(layer))
            self._move_state(lib.clif_network_set_state, layer, name, array)

    def _state_shape(self, layer: str) -> Tuple[int, ...]:
        info = self._known().get(layer)
        return (self._run_batch or self._batch,) + (info.shape if info else (1,))

    def _move_state(self, function: Any, layer: str, name: str, values: np.ndarray) -> None:
        array = ffi.new("clif_array *")
        describe(array, values)
        self._call(function, c_name(layer), c_name(name), array)

    def save(self) -> Snapshot:
        """The whole state with its step and sample, but not the seed."""
        with self._core.alone():
            batch = self._run_batch or self._batch
            return Snapshot(self._core, lib.clif_network_save, self, batch)

    def restore(self, snapshot: Snapshot) -> None:
        """Goes on from where the snapshot was taken, also after a failed run."""
        with self._core.alone():
            self._call(lib.clif_network_restore, the_snapshot(snapshot))
            self._run_batch = snapshot._batch

    # ---- looking ----

    @property
    def layers(self) -> List[Any]:
        """All layers with name, kind, shape, spiking, reproducible, spikes, updates: as added, or
        once prepared as computed."""
        with self._core.alone():
            count = self._core.look(lib.clif_network_layer_count, self)
            info = ffi.new("clif_layer_info *")
            layers = []
            for index in range(count):
                if self._core.look(lib.clif_network_layer, self, index, info):
                    raise wrong_argument(f"the network has no layer {index}")
                layers.append(_LAYER.read(info[0]))
            return layers

    @property
    def plan(self) -> Any:
        """What prepare() decided: tile_steps, tile_batch, commands_per_tile, device_bytes."""
        return _PLAN.read(self._core.look(lib.clif_network_plan, self))

    def explain(self) -> str:
        """The plan as text, a line per buffer and command; "" before prepare()."""
        explain = lib.clif_network_explain
        with self._core.alone():
            size = self._core.look(explain, self, NULL, 0) + 1
            room = ffi.new("char[]", size)
            self._core.look(explain, self, room, size)
            return text(room)

    def __repr__(self) -> str:
        if self.closed:
            return "<clif.Network, closed>"
        kinds = ", ".join(f"{layer.name} ({layer.kind})" for layer in self.layers)
        return f"<clif.Network: {kinds or 'no layers'}>"


def _nir_options(dt: float, compat: str, if_gain: str) -> Any:
    return ffi.new(
        "clif_nir_options *",
        {
            "size": ffi.sizeof("clif_nir_options"),
            "dt": number("dt", dt),
            "compat": choice("clif_nir_compat", "compat", compat),
            "if_gain": choice("clif_nir_if_gain", "if_gain", if_gain),
        },
    )


def _name_or_null(name: Optional[str]) -> Any:
    return NULL if name is None else c_name(name)


def _c_shape(shape: Union[int, Sequence[int]]) -> Any:
    dims = (shape,) if np.ndim(shape) == 0 else tuple(shape)  # type: ignore[arg-type]
    if not 1 <= len(dims) <= lib.CLIF_MAX_SHAPE:
        raise wrong_shape(f"a shape of {len(dims)} dimensions; it must have 1 to 4")
    return ffi.new("clif_shape *", (len(dims), [unsigned("a dimension", dim) for dim in dims]))


def _floats(what: str, values: Any, ndim: Optional[int] = None) -> np.ndarray:
    array = np.asarray(values)
    if array.dtype.kind not in "biuf" or (ndim is not None and array.ndim != ndim):
        raise wrong_shape(
            f"{what} is an array of {array.dtype} {array.shape}; it must hold numbers"
            + (f" in {ndim} dimensions" if ndim is not None else "")
        )
    return np.ascontiguousarray(array, FLOAT32)


def _pointer(array: Optional[np.ndarray]) -> Any:
    return NULL if array is None else ffi.from_buffer("float[]", array)


def _bind(bound: Sequence[Tuple[str, str, np.ndarray]]) -> Tuple[Any, Any]:
    """An array of clif_binding, and what keeps it alive."""
    names = [c_name(layer) for layer, _, _ in bound]
    bindings = ffi.new("clif_binding[]", len(bound))
    for binding, name, (_, quantity, array) in zip(bindings, names, bound):
        binding.layer = name
        binding.quantity = choice("clif_quantity", "quantity", quantity)
        describe(binding.array, array)
    return bindings, (bindings, names)
