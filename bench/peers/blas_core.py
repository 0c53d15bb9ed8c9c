"""The kernels of OpenBLAS that suit this processor, chosen before PyTorch is imported.

OpenBLAS picks its kernels once, by the processor's name, and one that is older than the processor
may know it only as some very old kind: its products then take several times as long, and every
ratio to them is worthless. The environment variable OPENBLAS_CORETYPE decides instead. What it
holds when the comparison starts is not used: each core that may suit is tried in a process of its
own, with one product, and the fastest that gives the right numbers is taken."""

from __future__ import annotations

import ctypes
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

VARIABLE = "OPENBLAS_CORETYPE"
OTHERS = ("OPENBLAS_L2_SIZE",)
# Set for the process that does the work: the core it was started for.
SETTLED = "CLIF_PEERS_CORE"
DETECTED = "detected"
# Beyond what OpenBLAS takes by itself, where the processor has the instructions.
CANDIDATES = (("avx2", "HASWELL"), ("avx2", "ZEN"), ("avx512f", "SKYLAKEX"))
# Of the detected core's time; below it another core is taken.
MUCH_FASTER = 0.9


@dataclass(frozen=True)
class Settled:
    """The core asked for, and the machine's load before anything ran."""

    core: str
    load: float


@dataclass(frozen=True)
class Probe:
    """Of one product: its time, whether the numbers are right, and whether OpenBLAS made it."""

    ms: float
    right: bool
    openblas: bool


PROBE = """
import json, time
import torch
torch.set_num_threads({threads})
rows = torch.arange(1600 * 512).remainder(7).float().view(1600, 512)
weight = torch.arange(512 * 512).remainder(13).sub(6).float().view(512, 512)
expected = (rows[:16].double() @ weight.double().t()).float()
seconds = []
for _ in range(12):
    start = time.perf_counter()
    product = rows @ weight.t()
    seconds.append(time.perf_counter() - start)
right = bool((product[:16] == expected).all())
openblas = "/libopenblas" in open("/proc/self/maps").read()
print(json.dumps({{"ms": 1e3 * min(seconds), "right": right, "openblas": openblas}}))
"""


def environment(core: str) -> dict[str, str]:
    """Of a process with this core."""
    kept = {k: v for k, v in os.environ.items() if k not in (VARIABLE, *OTHERS)}
    if core != DETECTED:
        kept[VARIABLE] = core
    return kept


def processor_flags() -> set[str]:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return set()
    return set(next((line for line in lines if line.startswith("flags")), "").split())


def probe(core: str, threads: int) -> Probe:
    command = [sys.executable, "-c", PROBE.format(threads=threads)]
    done = subprocess.run(
        command, env=environment(core), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    if done.returncode != 0:
        return Probe(ms=0.0, right=False, openblas=True)
    return Probe(**json.loads(done.stdout))


def choose(threads: int) -> str:
    tried = {DETECTED: probe(DETECTED, threads)}
    if not tried[DETECTED].openblas:
        return DETECTED  # PyPI's PyTorch, for one, has another library
    flags = processor_flags()
    for flag, core in CANDIDATES:
        if flag in flags:
            tried[core] = probe(core, threads)
    told = ", ".join(
        f"{core} {p.ms:.1f}" if p.right else f"{core} fails" for core, p in tried.items()
    )
    print(f"compare: milliseconds of OpenBLAS's cores, 1600 x 512 x 512: {told}", file=sys.stderr)
    found = {core: p.ms for core, p in tried.items() if p.right}
    best = min(found, key=lambda core: found[core], default=DETECTED)
    detected = found.get(DETECTED)
    return best if detected is None or found[best] < MUCH_FASTER * detected else DETECTED


def settle(wanted: str, threads: int) -> Settled:
    """Returns in a process whose environment holds the core, and says which it is.

    That is a new one: this program starts itself again. `wanted`: "auto" or a core."""
    if SETTLED in os.environ:
        core, before = os.environ[SETTLED].split()
        return Settled(core, float(before))
    load = round(os.getloadavg()[0], 2)  # before the products below add to it
    core = choose(threads) if wanted == "auto" else wanted
    told = {**environment(core), SETTLED: f"{core} {load}"}
    os.execve(sys.executable, [sys.executable, *sys.argv], told)


def settled_environment() -> dict[str, str]:
    """For a process that this one starts: seed_torch.py takes the core out of the environment."""
    return environment(os.environ[SETTLED].split()[0])


def describe_loaded() -> str:
    """The product's library, by what the process has loaded."""
    for line in Path("/proc/self/maps").read_text().splitlines():
        path = line.split()[-1]
        if "/libopenblas" in path:
            name = ctypes.CDLL(path).openblas_get_corename
            name.restype = ctypes.c_char_p
            return f"OpenBLAS, {name().decode()}"
    import torch

    return "MKL" if torch.backends.mkl.is_available() else "unknown"
