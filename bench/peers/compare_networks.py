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
import sys

from comparison_arguments import Parser, parse_count, parse_list  # first: ends without PyTorch

import blas_core
from clif_library import DENSE_WAYS, LINEAR_WAYS


def parse_works(text: str) -> list[str]:
    letters = parse_list(text)
    if not letters or not set(letters) <= set("abc"):
        raise argparse.ArgumentTypeError(f"some of a, b, c with commas between, not '{text}'")
    return letters


def parse() -> argparse.Namespace:
    parser = Parser(__doc__)
    works = "a: 512-512, b: 784-1024-1024-10, c: Open Neuromorphic's"
    parser.take("--works", parse_works, "a,b,c", works)
    parser.take("--n", parse_count, 4096, "neurons of work c")
    how = "how clif computes linear layers"
    parser.take("--linear", str, "auto", how, choices=LINEAR_WAYS)
    parser.take("--dense", str, "auto", "what computes dense ones", choices=DENSE_WAYS)
    parser.take_common()
    return parser.parse_args()


def main() -> int:
    args = parse()
    settled = blas_core.settle(args.openblas_core, args.threads)
    # Not before: OpenBLAS reads the environment when PyTorch loads it.
    import network_comparison

    return network_comparison.main(args, settled)


if __name__ == "__main__":
    sys.exit(main())
