"""Both works of compare_training.py, and everything that is reported about them.

compare_training.py calls this once the environment is settled."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

import numpy as np
import torch

import network_comparison
import network_plot
import network_report
import network_works
import seed_torch
from blas_core import Settled
from network_report import print_row
from network_rounds import CLIF, WARM_UPS, Refused, measure_rounds
from network_works import BEST
from training_peers import PEERS, Data, Peer, Result, Runner, build_clif

WORK = network_works.WORKS["a"]
# By name: whether the input has a gradient, and what is aimed at.
WORKS: dict[str, tuple[bool, dict[str, float]]] = {
    "weights": (False, {"snntorch": 20.0}),
    "weights and input": (True, {"snntorch": 12.0}),
}
# Of the largest gradient. Each sums the same products in an order of its own.
MOST_APART = 1e-5


def make_data(seed: int) -> Data:
    """Weights, in turns, and input of compare_networks.py's work a; dL/ds normal numbers."""
    made = network_works.make(WORK, seed)
    weight = torch.from_numpy(made.weights[0])
    gradient = np.random.default_rng(seed + 1).standard_normal(
        (WORK.steps, WORK.batch, WORK.widths[1]), dtype=np.float32
    )
    values = torch.from_numpy(made.values).float()
    return Data(values, torch.from_numpy(gradient), [weight, weight.flip(0).contiguous()])


# ---- agreement ----


def apart(a: torch.Tensor, b: torch.Tensor) -> float:
    """The largest difference, in units of the largest number."""
    return float((a - b).abs().max() / b.abs().max())


def gradients_apart(mine: Result, other: Result) -> float:
    found = [apart(mine.weight, other.weight)]
    if mine.input is not None and other.input is not None:
        found.append(apart(mine.input, other.input))
    return max(found)


def agreement_of(peer: Peer, data: Data, with_input: bool, runner: Runner) -> dict[str, Any]:
    """Of both weights' results with those of the clif layer that does the same."""
    mine = build_clif(data, with_input, peer.options or {})
    differ, compared, furthest = 0, 0, 0.0
    for _ in data.weights:
        a, b = mine(), runner()
        differ += int(((a.spikes != 0) != (b.spikes != 0)).sum())
        compared += b.spikes.numel()
        furthest = max(furthest, gradients_apart(a, b))
    if differ or not furthest <= MOST_APART:
        raise Refused(
            f"{peer.name}: {differ} of {compared} spikes differ from clif's, and gradients by "
            f"{furthest:.2g} of the largest, and at most 0 and {MOST_APART:g} may; they did not do "
            "the same work"
        )
    return {"compared": compared, "differ": differ, "gradients_apart": furthest}


# ---- one work ----


def warm_up(peer: Peer, data: Data, with_input: bool) -> Runner:
    try:
        runner = peer.build(data, with_input)
        # An even number: the same weights are next as in the beginning.
        for _ in range(WARM_UPS + WARM_UPS % 2):
            runner()
    # Others' code, which may fail in any way.
    except Exception as error:
        about = str(error).strip().partition("\n")[0]
        raise Refused(
            f"{peer.name} failed: {type(error).__name__}: {about}; --peers names those to run"
        ) from error
    return runner


def judge(ratios: list[float], target: float | None) -> dict[str, Any]:
    ratio = seed_torch.spread(ratios)
    reached = None if target is None else ratio["median"] >= target
    return {"ratio": ratio, "target": target, "reached": reached}


def compare_work(name: str, data: Data, peers: list[Peer], rounds: int) -> dict[str, Any]:
    """What is reported about it."""
    with_input, targets = WORKS[name]
    timed = build_clif(data, with_input)
    first = timed()
    rate = float(first.spikes.mean())
    if not 0.01 <= rate <= 0.30:
        raise Refused(f"{rate:.3f} spikes a step, outside 0.01 to 0.3; try another --seed")
    timed()
    runners: dict[str, Runner] = {CLIF: timed}
    agreements: dict[str, dict[str, Any]] = {}
    for peer in peers:
        runners[peer.name] = warm_up(peer, data, with_input)
        if peer.options is not None:
            agreements[peer.name] = agreement_of(peer, data, with_input, runners[peer.name])
    taken = measure_rounds(runners, rounds, WORK.repeat)
    again = build_clif(data, with_input)()
    if not torch.equal(again.spikes, first.spikes) or not torch.equal(again.weight, first.weight):
        raise Refused(f"{name}: clif's own results differ between two runs")
    ratios = {n: [m / c for m, c in zip(ms, taken[CLIF])] for n, ms in taken.items()}
    libraries = [ratios[peer.name] for peer in peers if peer.library]
    return {
        "what": f"{WORK.describe()}; gradients of {name}",
        "rounds": rounds,
        "rate": rate,
        "competitors": {
            n: {
                "ms": seed_torch.spread(taken[n]),
                **judge(ratios[n], targets.get(n)),
                "agreement": agreements.get(n),
            }
            for n in taken
        },
        BEST: judge([min(row) for row in zip(*libraries)], None) if libraries else None,
    }


# ---- for people ----


def print_work(name: str, told: dict[str, Any]) -> None:
    for competitor, row in told["competitors"].items():
        cells = [name, competitor, f"{row['ms']['median']:.2f}"]
        if competitor == CLIF:
            print_row([*cells, "1"])
            continue
        agreement = row["agreement"]
        gradients = f"{agreement['gradients_apart']:.1e}" if agreement else ""
        cells += [network_report.ratio_cell(row), network_report.target_cell(row), gradients]
        print_row(cells)
    if told[BEST]:
        print_row([name, BEST, "", network_report.ratio_cell(told[BEST])])


def print_for_people(
    system: dict[str, Any], settings: dict[str, Any], works: dict[str, Any]
) -> None:
    for part in (system, settings):
        for key, value in part.items():
            print(f"{key:<16} {value}")
    for name, told in works.items():
        print(f"\n{name:<18}{told['what']}; {told['rounds']} rounds")
        print(f"{'':<18}fired in a step: {told['rate']:.4f}")
    print("\nmedians of the rounds (smallest to largest); ratios are taken within a round; all")
    print("spikes are equal, and gradients differ by so much of the largest\n")
    print_row(["gradients of", "competitor", "ms", "ratio to clif", "target", "differ"])
    for name, told in works.items():
        print_work(name, told)


# ---- all ----


def describe_clif() -> str:
    import clif

    device = clif.default_context().device
    return f"clif {clif.__version__}, {device.name}, {device.platform}"


def compare(args: argparse.Namespace, settled: Settled) -> dict[str, Any]:
    if args.plot:
        network_plot.check_gnuplot()  # rather than behind it all
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    peers = network_comparison.choose_peers(args.peers, PEERS)
    data = make_data(args.seed)
    works = {name: compare_work(name, data, peers, args.rounds) for name in WORKS}
    system = network_comparison.describe(describe_clif(), peers, settled)
    settings = {"rounds": args.rounds, "seed": args.seed}
    if args.json:
        print(json.dumps({"system": system, "settings": settings, "works": works}, indent=2))
    else:
        print_for_people(system, settings, works)
    if args.plot:
        network_comparison.plot(args.plot, works, system["clif"])
    return works


def main(args: argparse.Namespace, settled: Settled) -> int:
    try:
        import clif
    except ImportError as why:
        print(f"compare: {why}; build clif, or see --library", file=sys.stderr)
        return 1
    try:
        works = compare(args, settled)
    except (Refused, clif.Error, network_plot.CannotPlot) as why:
        print(f"compare: {why}", file=sys.stderr)
        return 1
    network_comparison.warn_of_other_work(works, settled.load)
    return 0
