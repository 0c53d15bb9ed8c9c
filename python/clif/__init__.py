"""clif: spiking neural networks on any OpenCL device.

    import clif
    import numpy as np

    group = clif.LIFNeuronGroup(100, batch_size=10, seed=1)
    spikes = group.run(np.random.rand(16, 10, 100).astype(np.float32))  # bool (16, 10, 100)

docs/python.md of the project tells the rest; the C headers in clif.include_dir are the reference.
"""

from ._context import Context, Counters, Device, Memory, Progress, default_context, devices
from ._errors import ArgumentError, Error, FileError, OutOfMemoryError
from ._group import GroupInfo, LIFNeuronGroup, Recording, spike_words
from ._library import INCLUDE_DIR as include_dir
from ._library import LIBRARY_PATH as library_path
from ._library import VERSION as __version__
from ._library import Status
from ._network import (
    LayerInfo,
    LayerSpec,
    Network,
    PlanInfo,
    flatten,
    if_,
    li,
    lif,
    linear,
    relu,
    scale,
)
from ._neuron import LIFNeuron
from ._params import Parameter
from ._state import Snapshot

__all__ = [
    "ArgumentError",
    "Context",
    "Counters",
    "Device",
    "Error",
    "FileError",
    "GroupInfo",
    "LIFNeuron",
    "LIFNeuronGroup",
    "LayerInfo",
    "LayerSpec",
    "Memory",
    "Network",
    "OutOfMemoryError",
    "Parameter",
    "PlanInfo",
    "Progress",
    "Recording",
    "Snapshot",
    "Status",
    "__version__",
    "default_context",
    "devices",
    "flatten",
    "if_",
    "include_dir",
    "li",
    "library_path",
    "lif",
    "linear",
    "relu",
    "scale",
    "spike_words",
]
