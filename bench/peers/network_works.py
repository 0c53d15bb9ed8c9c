"""The networks that clif and its peers run: weights, input, and what is aimed at.

All are input -> (linear -> LIF)*, with the neurons `v <- 0.75 v + I, fires above 1, back to 0`.
Input of zeros and ones comes with weights that are multiples of 2^-12: every sum of them is exact
in float32, whatever its order, so all programs must agree on every current to the last bit."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

TAU = 4.0  # a power of two: 1 / TAU and 1 - 1 / TAU are exact, and so is a product with 1 / TAU
GRID = 2.0**-12
# As in clif-bench network: the standard deviation of the current, and how often a neuron fires.
GAIN, TYPICAL_RATE = 0.8, 0.1


@dataclass(frozen=True)
class Work:
    """`targets`: ratios to reach, by competitor; the key BEST stands for the fastest library."""

    name: str
    widths: tuple[int, ...]
    steps: int
    batch: int
    density: float | None  # of ones in the input; None: normal numbers
    repeat: int  # runs of each competitor in a round
    most_rounds: int = 1000
    # Fraction of spikes that may differ: real sums are rounded in each program's own order.
    most_different: float = 0.0
    targets: dict[str, float] = field(default_factory=dict)

    def describe(self) -> str:
        widths = " -> ".join(map(str, self.widths))
        about = "normal numbers" if self.density is None else f"ones with density {self.density}"
        return f"{widths}, {self.steps} steps, batch {self.batch}, input {about}"


BEST = "best library"

WORKS = {
    "a": Work(
        name="512-512",
        widths=(512, 512),
        steps=100,
        batch=16,
        density=0.05,
        repeat=7,
        targets={"snntorch": 30.0, "snntorch-hoisted": 30.0, "torch-matmul": 8.0},
    ),
    "b": Work(
        name="784-1024-1024-10",
        widths=(784, 1024, 1024, 10),
        steps=100,
        batch=32,
        density=0.05,
        repeat=3,
        targets={BEST: 20.0},
    ),
    "c": Work(
        name="onm",
        widths=(4096, 4096),
        steps=500,
        batch=16,
        density=None,
        repeat=1,
        most_rounds=3,
        most_different=1e-4,
    ),
}


def choose(letter: str, n: int) -> Work:
    """`n` is the width of the Open Neuromorphic work."""
    work = WORKS[letter]
    return replace(work, widths=(n, n)) if letter == "c" else work


@dataclass(frozen=True)
class Data:
    """Weights are [out][in]. The input is (steps, batch, in): uint8 zeros and ones, or float32."""

    weights: list[np.ndarray]
    biases: list[np.ndarray | None]
    values: np.ndarray


def dyadic_weights(rng: np.random.Generator, out: int, inputs: int, rate: float) -> np.ndarray:
    """Uniform around 0, rounded to GRID; `rate` is how often an input is 1."""
    half_width = GAIN * np.sqrt(3 / (inputs * rate))
    # The largest sum there can be, as a multiple of GRID, must be an integer that float32 has.
    assert inputs * (half_width + GRID) / GRID < 2**24
    weights = rng.random((out, inputs), dtype=np.float32)
    weights = (weights - np.float32(0.5)) * np.float32(2 * half_width / GRID)
    return np.rint(weights, out=weights) * np.float32(GRID)


def torch_weights(rng: np.random.Generator, shape: tuple[int, ...], inputs: int) -> np.ndarray:
    """As torch.nn.Linear begins: uniform between -1 and 1 over the root of the inputs."""
    values = rng.random(shape, dtype=np.float32)
    values -= np.float32(0.5)
    values *= np.float32(2 / np.sqrt(inputs))
    return values


def make(work: Work, seed: int) -> Data:
    rng = np.random.default_rng(seed)
    shape = (work.steps, work.batch, work.widths[0])
    pairs = list(zip(work.widths, work.widths[1:]))
    if work.density is None:
        weights = [torch_weights(rng, (out, inputs), inputs) for inputs, out in pairs]
        biases = [torch_weights(rng, (out,), inputs) for inputs, out in pairs]
        return Data(weights, biases, rng.standard_normal(shape, dtype=np.float32))
    rates = [work.density] + [TYPICAL_RATE] * (len(pairs) - 1)
    weights = [dyadic_weights(rng, o, i, rate) for (i, o), rate in zip(pairs, rates)]
    values = (rng.random(shape, dtype=np.float32) < work.density).astype(np.uint8)
    return Data(weights, [None] * len(weights), values)
