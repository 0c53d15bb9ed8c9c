#!/usr/bin/env python3
"""clif.torch beside other libraries in training: one linear layer and its neurons, there and back.

Spikes and gradients are compared before any clock runs. Where they are not clif's, the two did not
do the same work: nothing is reported then, and the exit code is 1. README.md beside this file says
what exactly is run, and setup.sh installs the libraries.

    compare_training.py
    compare_training.py --rounds 15 --peers snntorch,torch-matmul --json
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import Any

import blas_core
from clif_library import LIBRARY
from compare_networks import parse_count, parse_list, parse_picture  # ends with 77 without PyTorch

PYTHON = Path(__file__).resolve().parents[2] / "python"


def parse() -> argparse.Namespace:
    about, _, example = __doc__.partition("\n\n")
    parser = argparse.ArgumentParser(
        description=about, epilog=example, formatter_class=argparse.RawDescriptionHelpFormatter
    )

    def add(name: str, kind: Any, default: Any, about: str) -> None:
        parser.add_argument(name, type=kind, default=default, help=f"{about} (default: {default})")

    add("--peers", parse_list, None, "only these competitors")
    add("--rounds", parse_count, 9, "how often all is measured")
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
    os.environ["CLIF_LIBRARY"] = str(args.library)
    sys.path.insert(0, str(PYTHON))
    # Not before: OpenBLAS reads the environment when PyTorch loads it.
    import training_comparison

    return training_comparison.main(args, settled)


if __name__ == "__main__":
    sys.exit(main())
