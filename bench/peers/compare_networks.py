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
import importlib.util
import os
import sys
from pathlib import Path
from typing import Any

if importlib.util.find_spec("torch") is None:
    print("skipped: PyTorch is not installed; see bench/peers/setup.sh", file=sys.stderr)
    sys.exit(77)

import blas_core
import network_plot
from clif_library import DENSE_WAYS, LIBRARY, LINEAR_WAYS


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


def parse_picture(text: str) -> Path:
    if not network_plot.can_draw(Path(text)):
        raise argparse.ArgumentTypeError(f"a file ending in .png, .svg or .pdf, not '{text}'")
    return Path(text)


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
    add("--dense", str, "auto", "what computes dense ones", choices=DENSE_WAYS)
    add("--library", Path, LIBRARY, "clif's shared library")
    add("--seed", parse_count, 1, "of all random numbers")
    add("--threads", parse_count, os.cpu_count() or 1, "of PyTorch")
    add("--openblas-core", str, "auto", "auto (the fastest), detected (OpenBLAS's own), or a name")
    add("--plot", parse_picture, None, "draws the ratios into this file: .png, .svg or .pdf")
    parser.add_argument("--json", action="store_true", help="for programs")
    return parser.parse_args()


def main() -> int:
    args = parse()
    settled = blas_core.settle(args.openblas_core, args.threads)
    # Not before: OpenBLAS reads the environment when PyTorch loads it.
    import network_comparison

    return network_comparison.main(args, settled)


if __name__ == "__main__":
    sys.exit(main())
