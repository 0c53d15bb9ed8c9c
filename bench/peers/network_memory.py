#!/usr/bin/env python3
"""How much memory one competitor takes for one work, in a process of its own.

The peak of the resident set over the making of input, weights and network and one run, less the
resident set before, when all libraries were loaded and a tiny network had run. What is the same for
all, input and weights, is in it. clif's device memory is in it too where the device is the CPU.

compare_networks.py starts this; the answer is one line of JSON."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch

from blas_core import settled_environment
from clif_library import Context, Ways
from network_peers import ABOVE, PEERS
from network_rounds import CLIF, Refused, build_clif
from network_works import Data, Work, choose, make

TINY = 64  # neurons


@dataclass(frozen=True)
class Subject:
    """One competitor and one work, as the arguments of compare_networks.py say them."""

    name: str
    letter: str
    n: int
    seed: int
    linear: str
    dense: str
    library: str
    threads: int


def status_bytes(name: str) -> int:
    """VmRSS or VmHWM of this process."""
    text = Path("/proc/self/status").read_text()
    found = re.search(rf"^{name}:\s+(\d+) kB", text, re.MULTILINE)
    assert found
    return 1024 * int(found[1])


def forget_peak() -> None:
    """From now on VmHWM is the peak of what is to come."""
    Path("/proc/self/clear_refs").write_text("5")


def forget_weights(data: Data) -> None:
    """clif has its own copy of them, so a user's can go."""
    data.weights.clear()
    data.biases.clear()


def run_once(name: str, context: Context, work: Work, seed: int, ways: Ways) -> int:
    """The bytes of the device that clif planned; 0 of others."""
    data = make(work, seed)
    if name != CLIF:
        PEERS[name].build(data)()
        return 0
    network = build_clif(context, work, data, ABOVE, ways)
    forget_weights(data)
    network.run()
    planned = network.plan().device_bytes
    network.close()
    return planned


def measure_here(subject: Subject) -> dict[str, int]:
    torch.set_num_threads(subject.threads)
    name, seed = subject.name, subject.seed
    ways = Ways(subject.linear, subject.dense)
    work = choose(subject.letter, subject.n)
    tiny = replace(work, widths=(TINY,) * len(work.widths), steps=4, batch=2)
    context = Context(Path(subject.library))
    with torch.no_grad():
        run_once(name, context, tiny, seed, ways)
        before = status_bytes("VmRSS")
        forget_peak()
        planned = run_once(name, context, work, seed, ways)
    return {"growth": status_bytes("VmHWM") - before, "device": planned}


def measure(**told: Any) -> dict[str, int]:
    """In a process of its own; the arguments are those of Subject."""
    command = [sys.executable, __file__, json.dumps(asdict(Subject(**told)))]
    done = subprocess.run(
        command, env=settled_environment(), stdout=subprocess.PIPE, text=True, check=False
    )
    if done.returncode != 0:
        raise Refused(f"the memory of {told['name']} could not be measured; see above")
    return json.loads(done.stdout)


if __name__ == "__main__":
    print(json.dumps(measure_here(Subject(**json.loads(sys.argv[1])))))
