"""The works that were asked for, one after the other, and everything that is reported about them.

compare_networks.py calls this once the environment is settled."""

from __future__ import annotations

import argparse
import importlib.metadata
import os
import sys
from pathlib import Path
from typing import Any

import torch

import network_memory
import network_plot
import network_report
import network_rounds
import network_works
import seed_torch
from blas_core import Settled, describe_loaded
from clif_library import ClifError, Context, Ways
from network_peers import PEERS, Peer
from network_rounds import CLIF, Refused
from network_works import BEST

# Of the machine before the start, and of the largest to the smallest time, as in compare.py.
MOST_LOAD = 0.5
MOST_SPREAD = 1.5


def choose_peers(names: list[str] | None, peers: dict[str, Any]) -> list[Any]:
    """Of these those asked for, or all that can run."""
    for name in names or []:
        if name not in peers:
            raise Refused(f"there is no competitor '{name}'; there are {', '.join(peers)}")
        if not peers[name].can_run():
            raise Refused(f"{name} cannot run here; bench/peers/setup.sh installs what it needs")
    chosen = [peer for peer in peers.values() if not names or peer.name in names]
    missing = [peer.name for peer in chosen if not peer.can_run()]
    if missing:
        print(f"compare: left out, as they cannot run here: {', '.join(missing)}", file=sys.stderr)
    return [peer for peer in chosen if peer.can_run()]


def measure_memory(
    args: argparse.Namespace, letter: str, names: list[str]
) -> dict[str, dict[str, int]]:
    """Of the work of Open Neuromorphic only: its protocol asks for it."""
    if letter != "c":
        return {}
    return {
        name: network_memory.measure(
            name=name,
            letter=letter,
            n=args.n,
            seed=args.seed,
            linear=args.linear,
            dense=args.dense,
            library=str(args.library),
            threads=args.threads,
        )
        for name in names
    }


def compare_work(
    args: argparse.Namespace, context: Context, peers: list[Peer], letter: str
) -> tuple[str, dict[str, Any]]:
    """The work's name, and what is reported about it."""
    work = network_works.choose(letter, args.n)
    data = network_works.make(work, args.seed)
    ways = Ways(args.linear, args.dense)
    measured = network_rounds.measure(context, work, data, peers, args.rounds, ways)
    memory = measure_memory(args, letter, list(measured.milliseconds))
    libraries = [peer.name for peer in peers if peer.library]
    return work.name, network_report.summarise(measured, libraries, memory)


def describe(clif: str, peers: list[Any], settled: Settled) -> dict[str, Any]:
    packages = sorted({peer.package for peer in peers} - {"torch"})
    return {
        **seed_torch.describe(),
        "torch_backend": torch.__config__.parallel_info().rpartition("backend: ")[2].strip(),
        "blas": describe_loaded(),
        "blas_core_asked": settled.core,
        **{package: importlib.metadata.version(package) for package in packages},
        "clif": clif,
        "load": settled.load,
    }


def command_line(words: list[str]) -> str:
    """Without --plot, which is nobody's business but the caller's."""
    told, rest = [os.path.basename(words[0])], iter(words[1:])
    for word in rest:
        if word == "--plot":
            next(rest)
        elif not word.startswith("--plot="):
            told.append(word)
    return " ".join(told)


def plot(path: Path, works: dict[str, Any], machine: str) -> None:
    rows = []
    for work, told in works.items():
        judged = {name: row for name, row in told["competitors"].items() if name != CLIF}
        if told[BEST]:
            judged[BEST] = told[BEST]
        for name, row in judged.items():
            ratio = row["ratio"]
            rows.append(
                network_plot.Row(
                    work, name, ratio["min"], ratio["median"], ratio["max"], row["target"]
                )
            )
    network_plot.draw(path, rows, (command_line(sys.argv), machine))


def compare(args: argparse.Namespace, settled: Settled) -> dict[str, Any]:
    """What was reported about the works."""
    if args.plot:
        network_plot.check_gnuplot()  # rather than behind it all
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    peers = choose_peers(args.peers, PEERS)
    context = Context(args.library)
    with torch.no_grad():
        works = dict(compare_work(args, context, peers, letter) for letter in args.works)
    system = describe(context.describe(), peers, settled)
    settings = {
        "linear": args.linear,
        "dense": args.dense,
        "rounds": args.rounds,
        "seed": args.seed,
    }
    network_report.report(args.json, system, settings, works)
    if args.plot:
        plot(args.plot, works, system["clif"])
    context.close()
    return works


def warn_of_other_work(works: dict[str, Any], load: float) -> None:
    if load > MOST_LOAD:
        print(
            f"compare: the machine's load was {load} before the start, so do not use these "
            "ratios: repeat on a quiet machine",
            file=sys.stderr,
        )
    for name, told in works.items():
        spreads = {k: c["ms"]["max"] / c["ms"]["min"] for k, c in told["competitors"].items()}
        worst = max(spreads, key=lambda k: spreads[k])
        if spreads[worst] > MOST_SPREAD:
            print(
                f"compare: {name}: the slowest round of {worst} took {spreads[worst]:.1f} times as "
                "long as its fastest; other work ran here, so do not use these ratios",
                file=sys.stderr,
            )


def main(args: argparse.Namespace, settled: Settled) -> int:
    try:
        works = compare(args, settled)
    except (Refused, ClifError, network_plot.CannotPlot) as why:
        print(f"compare: {why}", file=sys.stderr)
        return 1
    warn_of_other_work(works, settled.load)
    return 0
