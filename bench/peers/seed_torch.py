#!/usr/bin/env python3
"""The original project's group of LIF neurons, written anew in PyTorch, to be timed beside clif.

It is not the original's code. It computes the same numbers by the same operations, one tensor
operation after the other, each with a result of full size, as the original does: the comparison is
with this way of computing, so nothing here is fused, skipped or made slower. docs/model.md has the
same neuron as clif computes it.

    seed_torch.py --check    replays recordings of the original with their random numbers
    seed_torch.py --time     nanoseconds per neuron and step

Without PyTorch it says so and ends with 77, as tests do that are skipped.
"""

from __future__ import annotations

import argparse
import ast
import csv
import os
import statistics
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Callable

# They steer OpenBLAS by hand, and may hold what suits another machine.
for _name in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"):
    os.environ.pop(_name, None)

try:
    import torch
except ImportError:
    print("skipped: PyTorch is not installed (Debian, Ubuntu: ci/setup.sh peers)", file=sys.stderr)
    sys.exit(77)

GOLDEN = Path(__file__).resolve().parents[2] / "tests" / "data" / "seed_golden"

# What --time and compare.py run.
MODES = {
    "stochastic": {"stochastic": True},
    "deterministic": {"stochastic": False},
}


@dataclass(frozen=True)
class Parameters:
    """The original's parameters, names and defaults."""

    V_th: float = 1.0
    V_reset: float = 0.0
    tau: float = 20.0
    dt: float = 1.0
    eta: float = 0.1
    use_adaptive_threshold: bool = True
    noise_std: float = 0.1
    stochastic: bool = True
    min_threshold: float = 0.5
    max_threshold: float = 2.0


class SeedGroup:
    """State, each tensor of the shape (batch, neurons), and one step."""

    def __init__(self, batch: int, neurons: int, parameters: Parameters = Parameters()) -> None:
        self.p = parameters
        self.shape = (batch, neurons)
        self.v = torch.zeros(self.shape)
        self.threshold = torch.full(self.shape, parameters.V_th)
        self.spikes = torch.zeros(self.shape, dtype=torch.bool)

    def draw_noise(self) -> torch.Tensor:
        """A method of its own so that a recording can take its place."""
        return torch.normal(0.0, self.p.noise_std, self.shape)

    def draw_uniform(self) -> torch.Tensor:
        return torch.rand(self.shape)

    def step(self, current: torch.Tensor) -> torch.Tensor:
        """One step; the spikes are the state's own tensor, as in the original."""
        p = self.p
        noise = self.draw_noise() if p.stochastic else torch.zeros_like(current)
        # The threshold before this step scales the noise.
        slope = (current - self.v) / p.tau
        self.v += slope * p.dt + noise / self.threshold

        if p.stochastic:
            probability = 1.0 / (1.0 + torch.exp(-(self.v - self.threshold)))
            self.spikes = self.draw_uniform() < probability
        else:
            self.spikes = self.v >= self.threshold
        self.v[self.spikes] = p.V_reset

        if p.use_adaptive_threshold:
            self.threshold[self.spikes] += p.eta
            # Rest is the number 1, whatever V_th was. The mask is made twice, as in the original.
            self.threshold[~self.spikes] -= p.eta * (self.threshold[~self.spikes] - 1.0)
        # Also without adaptation.
        self.threshold = torch.clamp(self.threshold, p.min_threshold, p.max_threshold)
        return self.spikes


# ---- check ----


class ReplayedGroup(SeedGroup):
    """Takes its random numbers from a recording; the step is the one that is timed."""

    def set_draws(self, noise: torch.Tensor, uniform: torch.Tensor) -> None:
        self._noise, self._uniform = noise, uniform

    def draw_noise(self) -> torch.Tensor:
        return self._noise

    def draw_uniform(self) -> torch.Tensor:
        return self._uniform


def read_recording(path: Path) -> tuple[Parameters, dict[str, torch.Tensor]]:
    """One file: parameters, and the columns as float32 (steps, batch, neurons)."""
    with path.open(newline="") as file:
        # "# {'name': value, ...} B=.. N=.. T=..": parameters other than the defaults, and the shape
        head = file.readline().lstrip("# ")
        end = head.index("}") + 1
        size = dict(word.split("=") for word in head[end:].split())
        rows = list(csv.DictReader(file))
    shape = (int(size["T"]), int(size["B"]), int(size["N"]))
    place = [(int(r["t"]), int(r["b"]), int(r["n"])) for r in rows]
    if place != [tuple(i) for i in torch.cartesian_prod(*map(torch.arange, shape)).tolist()]:
        raise ValueError(f"{path}: the rows are not those of the shape {shape}, in order")
    columns = {
        # Nine digits give back each float32; by way of double, as torch rounds that once.
        name: torch.tensor([float(r[name]) for r in rows], dtype=torch.float64).float().view(shape)
        for name in ("I", "eps", "u", "V", "V_th", "spike")
    }
    return replace(Parameters(), **ast.literal_eval(head[:end])), columns


def count_differences(path: Path) -> tuple[dict[str, int], int, int]:
    """Replays one file: values that differ in each column, values compared in each, spikes."""
    parameters, recorded = read_recording(path)
    steps, batch, neurons = recorded["I"].shape
    group = ReplayedGroup(batch, neurons, parameters)
    differ = {"V": 0, "V_th": 0, "spike": 0}
    spikes = 0
    for t in range(steps):
        group.set_draws(recorded["eps"][t], recorded["u"][t])
        group.step(recorded["I"][t])
        got = {"V": group.v, "V_th": group.threshold, "spike": group.spikes.float()}
        for name, values in got.items():
            differ[name] += int((values != recorded[name][t]).sum())
        spikes += int(group.spikes.sum())
    return differ, steps * batch * neurons, spikes


def check(folder: Path) -> bool:
    """Whether all recordings are met, value for value."""
    paths = sorted(folder.glob("golden_*.csv"))
    total = 0
    for path in paths:
        differ, compared, spikes = count_differences(path)
        total += sum(differ.values())
        print(
            f"{path.stem:<22} {compared} values each: {differ['V']} differ in v, "
            f"{differ['V_th']} in threshold, {differ['spike']} in spikes ({spikes} spikes)"
        )
    print(f"{len(paths)} recordings, {total} differences")
    return bool(paths) and total == 0


# ---- time ----


def cpu_name() -> str:
    """As Linux calls it."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    names = (line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    return next(names, "unknown")


def use_all_cores() -> None:
    """torch's own default may be fewer."""
    torch.set_num_threads(os.cpu_count() or 1)


def describe() -> dict[str, object]:
    """What the figures depend on."""
    return {
        "cpu": cpu_name(),
        "cores": os.cpu_count(),
        "torch": torch.__version__,
        "torch_threads": torch.get_num_threads(),
        "torch_vectors": torch.__config__.show().partition("capability usage: ")[2].split()[0],
    }


@dataclass(frozen=True)
class Work:
    """What is run."""

    neurons: int = 100000
    batch: int = 16
    steps: int = 16
    # At 2, the original's own, no deterministic neuron fires in the first twenty steps, and where
    # nothing fires the masks are empty and look cheap. At 4 one in twenty fires in each step.
    highest: float = 4.0


@dataclass(frozen=True)
class Measurement:
    """Nanoseconds per neuron and step; spikes per neuron and step, and their standard error."""

    ns: float
    rate: float
    error: float


class Run:
    """One mode, from rest over and over.

    From rest, as two programs can have no other state in common: a deterministic neuron locks to
    input that repeats, and the rate of a group that only went on would never settle."""

    def __init__(self, mode: str, work: Work) -> None:
        self.mode = mode
        self.work = work
        # Before any clock runs, as in the original's measurement.
        self.input = torch.rand(work.steps, work.batch, work.neurons) * work.highest

    def measure(self) -> Measurement:
        """All steps once. Only they are timed, not the counting between them."""
        group = SeedGroup(self.work.batch, self.work.neurons, Parameters(**MODES[self.mode]))
        counts = torch.zeros(group.shape)
        seconds = 0.0
        for current in self.input:
            start = time.perf_counter()
            group.step(current)
            seconds += time.perf_counter() - start
            counts += group.spikes
        rates = counts / self.work.steps
        return Measurement(
            1e9 * seconds / self.input.numel(),
            float(rates.double().mean()),
            # Neurons are independent, the steps of one are not: the spread between neurons.
            float(rates.std()) / rates.numel() ** 0.5,
        )


def spread(values: list[float]) -> dict[str, float]:
    return {"min": min(values), "median": statistics.median(values), "max": max(values)}


def parse_count(text: str) -> int:
    """A whole number from 1 on, also as 1e5."""
    try:
        value = float(text)
        if value >= 1 and value == int(value):
            return int(value)
    except (ValueError, OverflowError):
        pass
    raise argparse.ArgumentTypeError(f"a whole number from 1 on, not '{text}'")


def add_work_arguments(parser: argparse.ArgumentParser) -> None:
    """Shared with compare.py."""
    work = Work()

    def add(name: str, kind: Callable[[str], object], default: object, about: str) -> None:
        parser.add_argument(name, type=kind, default=default, help=f"{about} (default: {default})")

    add("--neurons", parse_count, work.neurons, "neurons of a sample")
    add("--batch", parse_count, work.batch, "samples")
    add("--steps", parse_count, work.steps, "steps from rest")
    add("--highest", float, work.highest, "input is uniform from 0 up to this")
    add("--rounds", parse_count, 7, "how often all is measured")
    add("--seed", parse_count, 1, "of all random numbers")


def work_of(args: argparse.Namespace) -> Work:
    return Work(args.neurons, args.batch, args.steps, args.highest)


def print_system() -> None:
    for key, value in describe().items():
        print(f"{key:<14} {value}")


def print_times(work: Work, rounds: int) -> None:
    print_system()
    print(", ".join(f"{key} {value}" for key, value in vars(work).items()) + f", rounds {rounds}")
    print(f"{'mode':<14} {'ns/update':>9} {'smallest':>9} {'largest':>9}   rate (one round)")
    for mode in MODES:
        run = Run(mode, work)
        run.measure()  # to warm up
        all_rounds = [run.measure() for _ in range(rounds)]
        ns = spread([m.ns for m in all_rounds])
        last = all_rounds[-1]
        print(
            f"{mode:<14} {ns['median']:9.2f} {ns['min']:9.2f} {ns['max']:9.2f}   "
            f"{last.rate:.5f} +- {last.error:.5f}"
        )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--check", action="store_true", help="replay the recordings")
    what.add_argument("--time", action="store_true", help="nanoseconds per neuron and step")
    parser.add_argument("--golden", type=Path, default=GOLDEN, help="the folder of recordings")
    add_work_arguments(parser)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    with torch.no_grad():
        if args.check:
            return 0 if check(args.golden) else 1
        use_all_cores()
        print_times(work_of(args), args.rounds)
    return 0


if __name__ == "__main__":
    sys.exit(main())
