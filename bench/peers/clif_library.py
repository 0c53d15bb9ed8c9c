"""clif itself, through its shared library: as much of include/clif/ as a comparison needs.

The structs below are those of the headers, member for member. `PrepareOptions` and the numbers of
its ways stand first: they are what changes between versions."""

from __future__ import annotations

import ctypes
from ctypes import POINTER, Structure, c_char, c_char_p, c_double, c_int, c_size_t, c_uint
from ctypes import c_uint64, c_void_p
from dataclasses import dataclass
from pathlib import Path
from typing import Sequence

import numpy as np

LIBRARY = Path(__file__).resolve().parents[2] / "build" / "lib" / "libclif.so"

# ---- clif_prepare_options ----

# What --linear and --dense may be, and the members' values.
LINEAR_WAYS = {"auto": 0, "dense": 1, "events": 2}
DENSE_WAYS = {"auto": 0, "clblast": 1, "cblas": 2}


class PrepareOptions(Structure):
    _fields_ = [
        ("size", c_size_t),
        ("batch", c_size_t),
        ("steps", c_size_t),
        ("max_device_bytes", c_uint64),
        ("linear", c_int),
        ("dense", c_int),
        ("seed", c_uint64),
        ("tune", c_int),
        ("profile", c_int),
        ("overlap", c_int),
    ]


@dataclass(frozen=True)
class Ways:
    """How linear layers are computed: keys of the two tables."""

    linear: str = "auto"
    dense: str = "auto"


# ---- the other structs ----


class Shape(Structure):
    _fields_ = [("ndim", c_uint), ("dim", c_size_t * 4)]


class Array(Structure):
    _fields_ = [
        ("data", c_void_p),
        ("device", c_void_p),
        ("offset", c_size_t),
        ("dtype", c_int),
        ("ndim", c_uint),
        ("shape", c_size_t * 6),
        ("strides", c_size_t * 6),
    ]


class Param(Structure):
    _fields_ = [("value", c_double), ("values", POINTER(c_double)), ("count", c_size_t)]


class NeuronOptions(Structure):
    _fields_ = [
        ("refractory", Param),
        ("noise_std", Param),
        ("stochastic", c_int),
        ("slope", Param),
        ("adaptive", c_int),
        ("eta", Param),
        ("rest_at_threshold", c_int),
        ("th_rest", Param),
        ("th_min", Param),
        ("th_max", Param),
    ]


class LifParams(Structure):
    _fields_ = [
        ("size", c_size_t),
        ("dt", c_double),
        ("tau", Param),
        ("r", Param),
        ("v_leak", Param),
        ("v_reset", Param),
        ("threshold", Param),
        ("reset", c_int),
        ("compare", c_int),
        ("integration", c_int),
        ("options", NeuronOptions),
        ("form", c_int),
    ]


class Binding(Structure):
    _fields_ = [("layer", c_char_p), ("quantity", c_int), ("array", Array)]


class Run(Structure):
    _fields_ = [
        ("size", c_size_t),
        ("inputs", POINTER(Binding)),
        ("n_inputs", c_size_t),
        ("outputs", POINTER(Binding)),
        ("n_outputs", c_size_t),
        ("progress", c_void_p),
        ("progress_user", c_void_p),
    ]


class LayerInfo(Structure):
    _fields_ = [
        ("name", c_char_p),
        ("kind", c_char_p),
        ("shape", Shape),
        ("spiking", c_int),
        ("reproducible", c_int),
        ("spikes", c_uint64),
        ("updates", c_uint64),
    ]


class PlanInfo(Structure):
    _fields_ = [
        ("tile_steps", c_size_t),
        ("tile_batch", c_size_t),
        ("commands_per_tile", c_size_t),
        ("device_bytes", c_uint64),
    ]


class DeviceInfo(Structure):
    """The beginning of clif_device_info, which is only ever read."""

    _fields_ = [
        ("platform_index", c_uint),
        ("device_index", c_uint),
        ("type", c_int),
        ("platform", c_char * 128),
        ("name", c_char * 128),
    ]


CLIF_OUTPUT = 0
FIRE_AT_THRESHOLD, FIRE_ABOVE_THRESHOLD = 0, 1
FORM_STANDARD, FORM_SEED = 0, 1
DTYPES = {np.dtype(np.uint8): 1, np.dtype(np.float32): 3}


class ClifError(Exception):
    """clif's own sentence about what went wrong."""


def load(path: Path) -> ctypes.CDLL:
    try:
        lib = ctypes.CDLL(str(path))
    except OSError as error:
        raise ClifError(f"cannot load {path} ({error}); build it, or see --library") from error
    lib.clif_version.restype = c_char_p
    lib.clif_context_error.restype = c_char_p
    lib.clif_context_error.argtypes = [c_void_p]
    lib.clif_context_device.restype = POINTER(DeviceInfo)
    lib.clif_context_device.argtypes = [c_void_p]
    lib.clif_context_destroy.argtypes = [c_void_p]
    lib.clif_network_destroy.argtypes = [c_void_p]
    lib.clif_network_plan.restype = PlanInfo
    lib.clif_network_plan.argtypes = [c_void_p]
    lib.clif_network_explain.restype = c_size_t
    lib.clif_network_explain.argtypes = [c_void_p, c_char_p, c_size_t]
    lib.clif_network_layer_count.restype = c_size_t
    lib.clif_network_layer_count.argtypes = [c_void_p]
    lib.clif_lif_defaults.restype = LifParams
    lib.clif_seed_defaults.restype = LifParams
    return lib


def array_of(values: np.ndarray) -> Array:
    """A view; `values` must be in C order and outlive it."""
    assert values.flags.c_contiguous
    array = Array(data=values.ctypes.data, dtype=DTYPES[values.dtype], ndim=values.ndim)
    array.shape[: values.ndim] = list(values.shape)
    array.strides[: values.ndim] = list(values.strides)
    return array


@dataclass(frozen=True)
class Neuron:
    """A LIF neuron with value reset to 0, as clif's parameters say it."""

    tau: float
    r: float = 1.0
    threshold: float = 1.0
    strict: bool = False
    seed_form: bool = False

    def params(self, lib: ctypes.CDLL) -> LifParams:
        lif = lib.clif_seed_defaults() if self.seed_form else lib.clif_lif_defaults()
        lif.tau.value = self.tau
        lif.r.value = self.r
        lif.threshold.value = self.threshold
        lif.compare = FIRE_ABOVE_THRESHOLD if self.strict else FIRE_AT_THRESHOLD
        lif.options.stochastic = lif.options.adaptive = 0
        lif.options.noise_std.value = 0.0
        # The seed form keeps the threshold between these, even where it does not move.
        lif.options.th_min.value = lif.options.th_max.value = self.threshold
        return lif


@dataclass(frozen=True)
class Layer:
    """What a spiking layer is, and how often it fired in the last run."""

    name: str
    width: int
    rate: float


class Context:
    """One device. Networks must be closed before it."""

    def __init__(self, library: Path) -> None:
        self.lib = load(library)
        self.handle = c_void_p()
        message = ctypes.create_string_buffer(512)
        status = self.lib.clif_context_create(
            None, ctypes.byref(self.handle), message, c_size_t(len(message))
        )
        if status != 0:
            raise ClifError(message.value.decode())

    def check(self, status: int) -> None:
        if status != 0:
            raise ClifError(self.lib.clif_context_error(self.handle).decode())

    def describe(self) -> str:
        device = self.lib.clif_context_device(self.handle).contents
        version = self.lib.clif_version().decode()
        return f"clif {version}, {device.name.decode()}, {device.platform.decode()}"

    def close(self) -> None:
        self.lib.clif_context_destroy(self.handle)


class Network:
    """input -> (linear -> LIF)*, the last layer's spikes recorded; prepared, and run as a whole."""

    def __init__(
        self,
        context: Context,
        neuron: Neuron,
        weights: Sequence[np.ndarray],
        biases: Sequence[np.ndarray | None],
    ) -> None:
        """`weights` [out][in]; they and the biases are copied."""
        self.context, self.lib = context, context.lib
        self.handle = c_void_p()
        self.last = f"lif{len(weights)}".encode()
        self.last_width = len(weights[-1])
        context.check(self.lib.clif_network_create(context.handle, ctypes.byref(self.handle)))
        self.lif = neuron.params(self.lib)
        shape = Shape(ndim=1)
        shape.dim[0] = weights[0].shape[1]
        context.check(self.lib.clif_network_add_input(self.handle, b"in", ctypes.byref(shape)))
        before = b"in"
        for i, (weight, bias) in enumerate(zip(weights, biases), start=1):
            before = self.add_layer(i, before, weight, bias)
        context.check(self.lib.clif_network_record(self.handle, self.last, c_int(CLIF_OUTPUT)))

    def add_layer(
        self, i: int, before: bytes, weight: np.ndarray, bias: np.ndarray | None
    ) -> bytes:
        linear, lif = f"linear{i}".encode(), f"lif{i}".encode()
        out, inputs = weight.shape
        check, lib = self.context.check, self.lib
        check(
            lib.clif_network_add_linear(
                self.handle,
                linear,
                c_size_t(inputs),
                c_size_t(out),
                c_void_p(weight.ctypes.data),
                None if bias is None else c_void_p(bias.ctypes.data),
            )
        )
        check(lib.clif_network_add_lif(self.handle, lif, ctypes.byref(self.lif)))
        check(lib.clif_network_connect(self.handle, before, linear, c_uint(0)))
        check(lib.clif_network_connect(self.handle, linear, lif, c_uint(0)))
        return lif

    def prepare(self, batch: int, steps: int, ways: Ways) -> None:
        options = PrepareOptions(
            size=ctypes.sizeof(PrepareOptions),
            batch=batch,
            steps=steps,
            linear=LINEAR_WAYS[ways.linear],
            dense=DENSE_WAYS[ways.dense],
        )
        self.context.check(self.lib.clif_network_prepare(self.handle, ctypes.byref(options)))

    def bind(self, values: np.ndarray) -> None:
        """The input (T, B, n), uint8 or float32, of all runs to come."""
        self.values = values
        self.spikes = np.zeros((*values.shape[:2], self.last_width), dtype=np.uint8)
        self.input = Binding(b"in", CLIF_OUTPUT, array_of(values))
        self.output = Binding(self.last, CLIF_OUTPUT, array_of(self.spikes))
        self.run_struct = Run(
            size=ctypes.sizeof(Run),
            inputs=ctypes.pointer(self.input),
            n_inputs=1,
            outputs=ctypes.pointer(self.output),
            n_outputs=1,
        )

    def run(self) -> np.ndarray:
        """All steps from rest. The same array each time."""
        self.context.check(self.lib.clif_network_reset(self.handle))
        self.context.check(self.lib.clif_network_run(self.handle, ctypes.byref(self.run_struct)))
        return self.spikes

    def layers(self) -> list[Layer]:
        """Of the last run."""
        found = []
        for i in range(self.lib.clif_network_layer_count(self.handle)):
            info = LayerInfo()
            self.context.check(
                self.lib.clif_network_layer(self.handle, c_size_t(i), ctypes.byref(info))
            )
            if info.updates and info.kind in (b"input", b"lif"):
                rate = info.spikes / info.updates
                found.append(Layer(info.name.decode(), info.shape.dim[0], rate))
        return found

    def plan(self) -> PlanInfo:
        return self.lib.clif_network_plan(self.handle)

    def explain(self) -> str:
        length = self.lib.clif_network_explain(self.handle, None, c_size_t(0))
        text = ctypes.create_string_buffer(length + 1)
        self.lib.clif_network_explain(self.handle, text, c_size_t(len(text)))
        return text.value.decode()

    def close(self) -> None:
        self.lib.clif_network_destroy(self.handle)
