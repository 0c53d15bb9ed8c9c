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

from comparison_arguments import Parser  # first: ends without PyTorch

import blas_core

PYTHON = Path(__file__).resolve().parents[2] / "python"


def parse() -> argparse.Namespace:
    parser = Parser(__doc__)
    parser.take_common()
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
