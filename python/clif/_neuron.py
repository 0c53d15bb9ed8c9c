"""One LIF neuron: the scalar class of the original project."""

from typing import Any

import numpy as np

from ._errors import wrong_argument
from ._group import LIFNeuronGroup


class LIFNeuron:
    """A LIFNeuronGroup of one neuron, with numbers instead of arrays.

    Takes the keywords of LIFNeuronGroup but num_neurons and batch_size. Unlike the original it
    computes in float32, and is reset after a spike in stochastic mode, too.
    """

    def __init__(self, *args: Any, **keywords: Any) -> None:
        if "batch_size" in keywords or len(args) > 10:
            raise TypeError("one neuron has no batch_size; LIFNeuronGroup has")
        self.group = LIFNeuronGroup(1, *args, **keywords)

    def step(self, I: float) -> bool:
        """One step with the input I: does it fire?"""
        if np.ndim(I) != 0:
            raise wrong_argument(f"I has the shape {np.shape(I)}; one neuron takes a number")
        return bool(self.group.step(np.full(1, I, np.float32))[0])

    def run(self, I: Any, **keywords: Any) -> Any:
        """T steps with the inputs I, (T): the spikes, bool (T). Keywords as LIFNeuronGroup.run();
        recorded arrays are (T, 1)."""
        I = np.asarray(I)
        if I.ndim != 1:
            raise wrong_argument(f"I has the shape {I.shape}; one neuron takes (steps)")
        result = self.group.run(I[:, np.newaxis], **keywords)
        return result[:, 0] if isinstance(result, np.ndarray) else result

    def get_potential(self) -> float:
        """The membrane potential."""
        return float(self.group.V[0, 0])

    def get_threshold(self) -> float:
        """The threshold."""
        return float(self.group.V_th[0, 0])

    def reset(self) -> None:
        """Back to the start."""
        self.group.reset()

    def close(self) -> None:
        """Gives back all memory."""
        self.group.close()

    def __enter__(self) -> "LIFNeuron":
        return self

    def __exit__(self, *_exception: Any) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<clif.LIFNeuron, {self.group!r}>"
