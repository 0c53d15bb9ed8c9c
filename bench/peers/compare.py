#!/usr/bin/env python3
"""clif beside the original's way of computing in PyTorch: the same neurons, one after the other.

In each round and mode the PyTorch model and `clif-bench neurons` run the same work, taking turns at
being first. A ratio is taken within a round. Where firing rates differ by more than chance allows,
or nothing fires, the two did not do comparable work: nothing is reported then, and the exit code
is 1. README.md beside this file says what exactly is run.

    compare.py
    compare.py --clif-bench ../build/bin/clif-bench --rounds 11 --json
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Callable

import seed_torch
from seed_torch import Measurement, Run, Work

import torch

CLIF_BENCH = Path(__file__).resolve().parents[2] / "build" / "bin" / "clif-bench"
# What clif-bench calls the modes of seed_torch.MODES.
CLIF_MODES = {"stochastic": "seed", "deterministic": "seed-deterministic"}
WAYS = ("stepwise", "fused")
# Between two rates. Chance alone goes beyond it once in 1.7 million times.
MOST_ERRORS = 5.0
# Between the largest and the smallest time of PyTorch. Its threads spin while they wait for each
# other, so that other work on the machine costs it many times its share, and clif less.
MOST_SPREAD = 1.5
# Of the machine before the start. Steady other work makes all rounds slow, and no spread.
MOST_LOAD = 0.5


class Refused(Exception):
    """Why there is nothing to report, in one sentence."""


# ---- clif ----


@dataclass
class ClifAnswer:
    """Of one call: nanoseconds per update of each way, the rate, and what it ran on."""

    ns: dict[str, float]
    rate: float
    system: str


def clif_command(args: argparse.Namespace, work: Work, mode: str, seed: int) -> list[str]:
    return [
        args.clif_bench,
        "neurons",
        "--protocol=seed",
        f"--modes={CLIF_MODES[mode]}",
        "--record=none",
        f"--sizes={work.neurons}",
        f"--batch={work.batch}",
        f"--steps={work.steps}",
        "--low=0",
        f"--high={work.highest!r}",
        f"--repeat={args.repeat}",
        f"--seed={seed}",
        "--json",
    ]


def call(command: list[str]) -> dict[str, Any]:
    """Its messages go to stderr as they are."""
    line = " ".join(command)
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    except OSError as error:
        raise Refused(f"cannot start {command[0]}: {error.strerror}; see --clif-bench") from error
    if done.returncode != 0:
        raise Refused(f"'{line}' ended with exit code {done.returncode}")
    try:
        return json.loads(done.stdout)
    except json.JSONDecodeError as error:
        raise Refused(f"'{line}' did not print JSON: {error}") from error


def find_points(answer: dict[str, Any], mode: str, work: Work) -> dict[str, dict[str, Any]]:
    """By way; refuses what was left out, or is other work than PyTorch's."""
    points = {
        point["way"]: point
        for point in answer["points"]
        if point["mode"] == CLIF_MODES[mode]
        and point["record"] == "none"
        and point["neurons"] == work.neurons
    }
    for way in WAYS:
        if points[way]["skipped"] is not None:
            raise Refused(f"clif-bench left {mode}, {way} out: {points[way]['skipped']}")
        if points[way]["input_steps"] != work.steps:
            raise Refused(f"clif-bench repeats its input after {points[way]['input_steps']} steps")
    return points


def read_answer(answer: dict[str, Any], mode: str, work: Work) -> ClifAnswer:
    """Picks out what README.md says is needed."""
    try:
        points = find_points(answer, mode, work)
        ns = {way: float(points[way]["ns_per_update"]) for way in WAYS}
        rates = {float(points[way]["rate"]) for way in WAYS}
        device = answer["device"]
        system = f"{answer['clif']}, {device['name']}, {device['platform']}"
    except (KeyError, TypeError) as error:
        raise Refused(f"clif-bench's answer about {mode} is not as expected: {error}") from error
    if len(rates) != 1:
        raise Refused(f"clif's own rates differ, {' and '.join(WAYS)}: {sorted(rates)}")
    return ClifAnswer(ns, rates.pop(), system)


# ---- both ----


@dataclass
class Round:
    """One mode, once in both."""

    torch: Measurement
    clif: ClifAnswer

    def errors_apart(self) -> float:
        """How far the rates lie apart, in standard errors of their difference.

        Both count as many independent neurons, and these spread alike if the model is the same: so
        PyTorch's error is taken for both."""
        apart = abs(self.torch.rate - self.clif.rate)
        error = 2**0.5 * self.torch.error
        return apart / error if error > 0.0 else (0.0 if apart == 0.0 else float("inf"))


Rounds = list[Round]


def measure_round(run: Run, command: list[str], torch_first: bool) -> Round:
    if torch_first:
        measured = run.measure()
        return Round(measured, read_answer(call(command), run.mode, run.work))
    answer = read_answer(call(command), run.mode, run.work)
    return Round(run.measure(), answer)


def measure(args: argparse.Namespace, work: Work) -> dict[str, Rounds]:
    runs = [Run(mode, work) for mode in CLIF_MODES]
    rounds: dict[str, Rounds] = {run.mode: [] for run in runs}
    for run in runs:
        run.measure()  # to warm up; clif-bench does so by itself
    for i in range(args.rounds):
        for run in runs:
            # Another seed each time: else each round would have the same chance again.
            command = clif_command(args, work, run.mode, args.seed + i)
            rounds[run.mode].append(measure_round(run, command, torch_first=i % 2 == 0))
    return rounds


def check_rates(mode: str, rounds: Rounds) -> None:
    """Refuses what cannot be compared."""
    if min(r.torch.rate for r in rounds) == 0.0:
        raise Refused(f"{mode}: no neuron fires, and silent ones are cheap; raise --highest")
    worst = max(rounds, key=Round.errors_apart)
    # Turned round, so that NaN is refused too.
    if not worst.errors_apart() <= MOST_ERRORS:
        raise Refused(
            f"{mode}: PyTorch fires at {worst.torch.rate:.6f} and clif at {worst.clif.rate:.6f}, "
            f"{worst.errors_apart():.1f} standard errors apart; they did not do the same work"
        )


# ---- telling ----


def summarise(rounds: Rounds) -> dict[str, Any]:
    """One mode for a reader."""

    def over(value: Callable[[Round], float]) -> dict[str, float]:
        return seed_torch.spread([value(r) for r in rounds])

    return {
        "torch": {
            "ns_per_update": over(lambda r: r.torch.ns),
            "rate": over(lambda r: r.torch.rate),
            "rate_error_of_one_round": rounds[0].torch.error,
        },
        "clif": {
            "rate": over(lambda r: r.clif.rate),
            **{way: {"ns_per_update": over(lambda r: r.clif.ns[way])} for way in WAYS},
        },
        "rates_apart_standard_errors": over(Round.errors_apart),
        "ratio_torch_clif": {way: over(lambda r: r.torch.ns / r.clif.ns[way]) for way in WAYS},
        # What other work disturbs least: each at its best.
        "ratio_of_smallest": {
            way: min(r.torch.ns for r in rounds) / min(r.clif.ns[way] for r in rounds)
            for way in WAYS
        },
    }


def print_modes(modes: dict[str, Any]) -> None:
    def cell(s: dict[str, float]) -> str:
        return f"{s['median']:.2f} ({s['min']:.2f} to {s['max']:.2f})"

    print(f"{'mode':<15}{'':<16}{'ns/update':<27}{'ratio torch / clif':<27}of smallest")
    for mode, told in modes.items():
        print(f"{mode:<15}{'torch':<16}{cell(told['torch']['ns_per_update'])}")
        for way in WAYS:
            ns, ratio = told["clif"][way]["ns_per_update"], told["ratio_torch_clif"][way]
            print(
                f"{'':<15}{'clif ' + way:<16}{cell(ns):<27}{cell(ratio):<27}"
                f"{told['ratio_of_smallest'][way]:.2f}"
            )
    print()
    for mode, told in modes.items():
        mine, clifs = told["torch"], told["clif"]
        print(
            f"{mode:<15}rate {mine['rate']['median']:.5f} torch, {clifs['rate']['median']:.5f} "
            f"clif, +- {mine['rate_error_of_one_round']:.5f} in one round; "
            f"at most {told['rates_apart_standard_errors']['max']:.1f} standard errors apart"
        )


def report(rounds: dict[str, Rounds], args: argparse.Namespace, work: Work, load: float) -> None:
    modes = {mode: summarise(of_mode) for mode, of_mode in rounds.items()}
    system = {**seed_torch.describe(), "clif": rounds["stochastic"][0].clif.system, "load": load}
    settings = {**asdict(work), "rounds": args.rounds, "repeat": args.repeat, "seed": args.seed}
    if args.json:
        print(json.dumps({"system": system, "settings": settings, "modes": modes}, indent=2))
        return
    for part in (system, settings):
        for key, value in part.items():
            print(f"{key:<14} {value}")
    print("\nmedians of the rounds (smallest to largest); ratios are taken within a round")
    print_modes(modes)


def warn_of_other_work(rounds: dict[str, Rounds], load: float) -> None:
    if load > MOST_LOAD:
        print(
            f"compare: the machine's load was {load} before the start, so do not use these ratios: "
            "repeat on a quiet machine",
            file=sys.stderr,
        )
    for mode, of_mode in rounds.items():
        ns = seed_torch.spread([r.torch.ns for r in of_mode])
        if ns["max"] > MOST_SPREAD * ns["min"]:
            print(
                f"compare: {mode}: PyTorch took {ns['min']:.1f} to {ns['max']:.1f} ns; other work "
                "ran here, so do not use these ratios: repeat on a quiet machine",
                file=sys.stderr,
            )


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    seed_torch.add_work_arguments(parser)
    parser.add_argument(
        "--repeat", type=seed_torch.parse_count, default=5, help="of clif-bench, in each round"
    )
    parser.add_argument(
        "--clif-bench", default=str(CLIF_BENCH), help="the program (default: %(default)s)"
    )
    parser.add_argument("--json", action="store_true", help="for programs")
    return parser.parse_args()


def main() -> int:
    args = parse()
    work = seed_torch.work_of(args)
    load = round(os.getloadavg()[0], 2)
    seed_torch.use_all_cores()
    torch.manual_seed(args.seed)
    try:
        with torch.no_grad():
            rounds = measure(args, work)
        for mode, of_mode in rounds.items():
            check_rates(mode, of_mode)
    except Refused as why:
        print(f"compare: {why}", file=sys.stderr)
        return 1
    report(rounds, args, work, load)
    warn_of_other_work(rounds, load)
    return 0


if __name__ == "__main__":
    sys.exit(main())
