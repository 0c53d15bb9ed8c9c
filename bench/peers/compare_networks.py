#!/usr/bin/env python3
"""clif beside other libraries for spiking networks: the same weights, input and neurons.

Spikes are compared before any clock runs. Where they are not clif's, the two did not do the same
work: nothing is reported then, and the exit code is 1. README.md beside this file says what exactly
is run, and setup.sh installs the libraries.

    compare_networks.py
    compare_networks.py --works a,b --rounds 15 --linear events --json
"""

from __future__ import annotations

import argparse
import importlib.metadata
import importlib.util
import os
import sys
from pathlib import Path
from typing import Any

import blas_core
from clif_library import LIBRARY, LINEAR_WAYS, ClifError, Context

# Of the machine before the start, as in compare.py.
MOST_LOAD = 0.5
NO_TORCH = 77


def parse_list(text: str) -> list[str]:
    return [word for word in text.split(",") if word]


def parse_works(text: str) -> list[str]:
    letters = parse_list(text)
    if not letters or not set(letters) <= set("abc"):
        raise argparse.ArgumentTypeError(f"some of a, b, c with commas between, not '{text}'")
    return letters


def parse_count(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"a whole number from 1 on, not '{text}'")
    return int(text)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])

    def add(name: str, kind: Any, default: Any, about: str, **more: Any) -> None:
        parser.add_argument(
            name, type=kind, default=default, help=f"{about} (default: %(default)s)", **more
        )

    add("--works", parse_works, "a,b,c", "a: 512-512, b: 784-1024-1024-10, c: Open Neuromorphic's")
    add("--peers", parse_list, None, "only these competitors")
    add("--n", parse_count, 4096, "neurons of work c")
    add("--rounds", parse_count, 9, "how often all is measured; work c at most 3 times")
    add("--linear", str, "auto", "how clif computes linear layers", choices=LINEAR_WAYS)
    add("--library", Path, LIBRARY, "clif's shared library")
    add("--seed", parse_count, 1, "of all random numbers")
    add("--threads", parse_count, os.cpu_count() or 1, "of PyTorch")
    add("--openblas-core", str, "auto", "auto (the fastest), detected (OpenBLAS's own), or a name")
    parser.add_argument("--json", action="store_true", help="for programs")
    return parser.parse_args()


def choose_peers(names: list[str] | None) -> list[Any]:
    """Those asked for, or all that are installed."""
    from network_peers import PEERS
    from network_rounds import Refused

    for name in names or []:
        if name not in PEERS:
            raise Refused(f"there is no competitor '{name}'; there are {', '.join(PEERS)}")
        if not PEERS[name].is_installed():
            raise Refused(f"{name} is not installed; bench/peers/setup.sh installs it")
    chosen = [peer for peer in PEERS.values() if not names or peer.name in names]
    missing = [peer.name for peer in chosen if not peer.is_installed()]
    if missing:
        print(f"compare: left out, as not installed: {', '.join(missing)}", file=sys.stderr)
    return [peer for peer in chosen if peer.is_installed()]


def measure_memory(args: argparse.Namespace, letter: str, names: list[str]) -> dict[str, Any]:
    """Of the work of Open Neuromorphic only: its protocol asks for it."""
    import network_memory

    if letter != "c":
        return {}
    return {
        name: network_memory.measure(
            name=name,
            letter=letter,
            n=args.n,
            seed=args.seed,
            linear=args.linear,
            library=str(args.library),
            threads=args.threads,
        )
        for name in names
    }


def compare_work(
    args: argparse.Namespace, context: Context, peers: list[Any], letter: str
) -> tuple[str, dict[str, Any]]:
    """The work's name, and what is reported about it."""
    import network_report
    import network_rounds
    import network_works

    work = network_works.choose(letter, args.n)
    data = network_works.make(work, args.seed)
    measured = network_rounds.measure(context, work, data, peers, args.rounds, args.linear)
    memory = measure_memory(args, letter, list(measured.milliseconds))
    libraries = [peer.name for peer in peers if peer.library]
    return work.name, network_report.summarise(measured, libraries, memory)


def describe(context: Context, peers: list[Any], settled: blas_core.Settled) -> dict[str, Any]:
    import torch
    import seed_torch

    packages = sorted({peer.package for peer in peers} - {"torch"})
    return {
        **seed_torch.describe(),
        "torch_backend": torch.__config__.parallel_info().split("ATen parallel backend: ")[1].strip(),
        "blas": blas_core.describe_loaded(),
        "blas_core_asked": settled.core,
        **{package: importlib.metadata.version(package) for package in packages},
        "clif": context.describe(),
        "load": settled.load,
    }


def compare(args: argparse.Namespace, settled: blas_core.Settled) -> None:
    # Not before the core is settled: OpenBLAS reads the environment when torch loads it.
    import torch

    import network_report

    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    peers = choose_peers(args.peers)
    context = Context(args.library)
    with torch.no_grad():
        works = dict(compare_work(args, context, peers, letter) for letter in args.works)
    system = describe(context, peers, settled)
    settings = {"linear": args.linear, "rounds": args.rounds, "seed": args.seed}
    network_report.report(args.json, system, settings, works)
    context.close()


def warn_of_other_work(load: float) -> None:
    if load > MOST_LOAD:
        print(
            f"compare: the machine's load was {load} before the start, so do not use these ratios: "
            "repeat on a quiet machine",
            file=sys.stderr,
        )


def main() -> int:
    args = parse()
    if importlib.util.find_spec("torch") is None:
        print("skipped: PyTorch is not installed; see bench/peers/setup.sh", file=sys.stderr)
        return NO_TORCH
    settled = blas_core.settle(args.openblas_core, args.threads)
    from network_rounds import Refused

    try:
        compare(args, settled)
    except (Refused, ClifError) as why:
        print(f"compare: {why}", file=sys.stderr)
        return 1
    warn_of_other_work(settled.load)
    return 0


if __name__ == "__main__":
    sys.exit(main())
