#!/usr/bin/env python3
"""Firing rates of the original's neuron, from the PyTorch model: what tests of rates compare with.

From rest, parameters at the original's defaults but where said, a fresh input in each step. Each
figure stands with its standard error, from the spread between neurons: they are independent of each
other, the steps of one neuron are not.

    seed_rates.py
    seed_rates.py --neurons 1000 --seed 2 --json
"""

from __future__ import annotations

import argparse
import json
import sys
from typing import Callable

from seed_torch import Parameters, SeedGroup, describe, parse_count, use_all_cores
import torch

Shape = tuple[int, int]

INPUTS: dict[str, Callable[[Shape], torch.Tensor]] = {
    "0": torch.zeros,
    "0.5": lambda shape: torch.full(shape, 0.5),
    "U[0,1)": torch.rand,
    "1": torch.ones,
    "U[0,2)": lambda shape: torch.rand(shape) * 2.0,
    "N(0,1)": torch.randn,
    "1.5": lambda shape: torch.full(shape, 1.5),
}

VARIANTS = {
    "stochastic adaptive": Parameters(),
    "deterministic adaptive": Parameters(stochastic=False),
    "stochastic fixed": Parameters(use_adaptive_threshold=False),
    "deterministic fixed": Parameters(stochastic=False, use_adaptive_threshold=False),
}

Figure = tuple[float, float]


def mean_and_error(per_neuron: torch.Tensor) -> Figure:
    """Of one value for each neuron."""
    values = per_neuron.double()
    return float(values.mean()), float(values.std()) / values.numel() ** 0.5


def ratio_and_error(part: torch.Tensor, whole: torch.Tensor) -> Figure | None:
    """Sum of part over sum of whole, one pair for each neuron; the error by the delta method.

    None where there is nothing to divide by."""
    part, whole = part.double(), whole.double()
    if float(whole.sum()) == 0.0:
        return None
    ratio = float(part.sum() / whole.sum())
    spread = float((part - ratio * whole).std())
    return ratio, spread / float(whole.mean()) / part.numel() ** 0.5


def measure(
    parameters: Parameters, draw: Callable[[Shape], torch.Tensor], neurons: int, steps: int
) -> dict[str, Figure | None]:
    """Rate, v and threshold after the last step, and how a spike depends on the step before."""
    group = SeedGroup(1, neurons, parameters)
    spikes, after_spike, spike_again = (torch.zeros(group.shape) for _ in range(3))
    previous = group.spikes
    for t in range(steps):
        group.step(draw(group.shape))
        spikes += group.spikes
        if t > 0:
            after_spike += previous
            spike_again += group.spikes & previous
        else:
            first = group.spikes.float()
        previous = group.spikes
    later = spikes - first  # spikes that have a step before them
    return {
        "rate": mean_and_error(spikes / steps),
        "v": mean_and_error(group.v),
        "threshold": mean_and_error(group.threshold),
        "after_spike": ratio_and_error(spike_again, after_spike),
        "after_none": ratio_and_error(later - spike_again, (steps - 1) - after_spike),
    }


def print_table(results: dict[str, dict[str, dict[str, Figure | None]]]) -> None:
    def cell(figure: Figure | None) -> str:
        return f"{figure[0]:.5f} +- {figure[1]:.5f}" if figure else "-"

    columns = ("rate", "v", "threshold", "after_spike", "after_none")
    for variant, by_input in results.items():
        print(f"\n{variant:<23}" + "".join(f"{name:<21}" for name in columns).rstrip())
        for name, figures in by_input.items():
            print(f"  {name:<21}" + "".join(f"{cell(figures[c]):<21}" for c in columns).rstrip())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--neurons", type=parse_count, default=50000, help="default: 50000")
    parser.add_argument("--steps", type=parse_count, default=100, help="default: 100")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="pairs of a figure and its error, or null")
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    use_all_cores()
    with torch.no_grad():
        results = {
            variant: {
                name: measure(parameters, draw, args.neurons, args.steps)
                for name, draw in INPUTS.items()
            }
            for variant, parameters in VARIANTS.items()
        }
    if args.json:
        setting = {"neurons": args.neurons, "steps": args.steps, "seed": args.seed}
        print(json.dumps({"system": describe(), "settings": setting, "results": results}, indent=2))
    else:
        print(f"{args.neurons} neurons, {args.steps} steps from rest, seed {args.seed}")
        print_table(results)
    return 0


if __name__ == "__main__":
    sys.exit(main())
