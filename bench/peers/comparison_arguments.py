"""What compare_networks.py and compare_training.py are both told on the command line."""

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

import network_plot
from clif_library import LIBRARY


def parse_list(text: str) -> list[str]:
    return [word for word in text.split(",") if word]


def parse_count(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"a whole number from 1 on, not '{text}'")
    return int(text)


def parse_picture(text: str) -> Path:
    if not network_plot.can_draw(Path(text)):
        raise argparse.ArgumentTypeError(f"a file ending in .png, .svg or .pdf, not '{text}'")
    return Path(text)


class Parser(argparse.ArgumentParser):
    """Each `take()` is an option with a default, which its help tells."""

    def __init__(self, documentation: str) -> None:
        """Of a script: its first line says what it does, what is indented in it are examples."""
        lines = documentation.splitlines()
        super().__init__(
            description=lines[0],
            epilog="\n".join(line for line in lines if line.startswith("    ")),
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )

    def take(self, name: str, kind: Any, default: Any, about: str, **more: Any) -> None:
        self.add_argument(
            name, type=kind, default=default, help=f"{about} (default: %(default)s)", **more
        )

    def take_common(self) -> None:
        self.take("--peers", parse_list, None, "only these competitors")
        self.take("--rounds", parse_count, 9, "how often all is measured")
        self.take("--library", Path, LIBRARY, "clif's shared library")
        self.take("--seed", parse_count, 1, "of all random numbers")
        self.take("--threads", parse_count, os.cpu_count() or 1, "of PyTorch")
        cores = "auto (the fastest), detected (OpenBLAS's own), or a name"
        self.take("--openblas-core", str, "auto", cores)
        picture = "draws the ratios into this file: .png, .svg or .pdf"
        self.take("--plot", parse_picture, None, picture)
        self.add_argument("--json", action="store_true", help="for programs")
