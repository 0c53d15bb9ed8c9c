"""clif.torch: layers of LIF neurons for PyTorch, with surrogate gradients.

    from clif.torch import LIFLayer, LinearLIF

    model = torch.nn.Sequential(LinearLIF(784, 512, preset="standard"),
                                LinearLIF(512, 10, preset="standard"))
    counts = model(x).sum(dim=0)  # x (T, batch, 784); counts (batch, 10)

docs/python.md of the project tells the rest.
"""

from ._groups import LIFState
from ._layers import (
    LIFLayer,
    LIFNeuronGroup,
    LinearLIF,
    TorchLIFNeuronGroup,
    beta_of_tau,
    tau_of_beta,
)

__all__ = [
    "LIFLayer",
    "LIFNeuronGroup",
    "LIFState",
    "LinearLIF",
    "TorchLIFNeuronGroup",
    "beta_of_tau",
    "tau_of_beta",
]
