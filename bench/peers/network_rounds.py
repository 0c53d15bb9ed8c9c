"""One work in all competitors: that their spikes are those of clif, and how long each takes.

In each round each competitor has one turn, in another order each time, and ratios are taken
within a round. A turn: a pause, so that threads of the one before have gone to sleep; runs that do
not count, for as long as a processor that has slept takes to be at its full speed again (without
them only those whose runs are long would be measured at it); then `repeat` runs, of which the
median does. A run is everything from rest: state to zero, all steps, the last layer's spikes in the
host's memory."""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass
from typing import Callable

import numpy as np
import torch

from clif_library import Context, Layer, Network, Neuron, Ways
from network_peers import ABOVE, Peer, Runner
from network_works import Data, Work

CLIF = "clif"
PAUSE = 0.1  # seconds; OpenBLAS's threads spin for some 0.03 after a product
AWAKE = 0.25  # seconds; behind a pause runs were seen to become faster for 0.15
WARM_UPS = 3  # TorchScript compiles in the second


class Refused(Exception):
    """Why there is nothing to report, in one sentence."""


@dataclass(frozen=True)
class Agreement:
    """Of a peer's spikes with clif's.

    `same`: with the clif neuron that rounds as the peer does. `timed`: with that which is timed."""

    same: int
    timed: int
    compared: int

    def fraction(self) -> float:
        return self.same / self.compared


@dataclass
class Measured:
    """One work. Milliseconds are in the order of the rounds."""

    work: Work
    layers: list[Layer]
    plan: str
    device_bytes: int
    milliseconds: dict[str, list[float]]
    agreements: dict[str, Agreement]

    def ratios(self, name: str) -> list[float]:
        """Of the competitor's time to clif's, round by round."""
        return [m / c for m, c in zip(self.milliseconds[name], self.milliseconds[CLIF])]


# ---- clif ----


def build_clif(context: Context, work: Work, data: Data, neuron: Neuron, ways: Ways) -> Network:
    network = Network(context, neuron, data.weights, data.biases)
    network.prepare(work.batch, work.steps, ways)
    network.bind(data.values)
    return network


def clif_spikes(context: Context, work: Work, data: Data, neuron: Neuron, ways: Ways) -> np.ndarray:
    """From a network that exists only for this."""
    network = build_clif(context, work, data, neuron, ways)
    spikes = network.run()
    network.close()
    return spikes


# ---- agreement ----


def agreement_of(
    peer: Peer, spikes: torch.Tensor, by_neuron: dict[Neuron, np.ndarray]
) -> Agreement:
    assert peer.neuron is not None
    fired = spikes.numpy() != 0

    def differ(neuron: Neuron) -> int:
        return int(np.count_nonzero(fired != (by_neuron[neuron] != 0)))

    return Agreement(differ(peer.neuron), differ(ABOVE), fired.size)


def check_agreement(work: Work, agreements: dict[str, Agreement]) -> None:
    for name, agreement in agreements.items():
        if agreement.fraction() > work.most_different:
            raise Refused(
                f"{work.name}: {agreement.same} of {agreement.compared} spikes of {name} differ "
                f"from clif's, a fraction of {agreement.fraction():.2g}, and at most "
                f"{work.most_different:g} may; they did not do the same work"
            )


def check_rates(work: Work, layers: list[Layer]) -> None:
    """A silent layer is cheap work, and one that always fires is nobody's network."""
    for layer in layers[1:]:
        if not 0.01 <= layer.rate <= 0.30:
            raise Refused(
                f"{work.name}: {layer.name} fires in {100 * layer.rate:.2f} % of the steps, which "
                "is outside 1 to 30; try another --seed"
            )


# ---- time ----


def milliseconds_of(run: Callable[[], object]) -> float:
    start = time.perf_counter()
    run()
    return 1e3 * (time.perf_counter() - start)


def take_turn(run: Callable[[], object], repeat: int) -> float:
    time.sleep(PAUSE)
    end = time.perf_counter() + AWAKE
    while repeat > 1 and time.perf_counter() < end:
        run()
    return statistics.median(milliseconds_of(run) for _ in range(repeat))


def measure_rounds(
    runs: dict[str, Callable[[], object]], rounds: int, repeat: int
) -> dict[str, list[float]]:
    names = list(runs)
    taken: dict[str, list[float]] = {name: [] for name in names}
    for i in range(rounds):
        shift = i % len(names)
        for name in names[shift:] + names[:shift]:
            taken[name].append(take_turn(runs[name], repeat))
    return taken


# ---- all ----


def warm_up(peer: Peer, data: Data, times: int) -> tuple[Runner, torch.Tensor]:
    """A competitor that is ready to be timed, and its spikes."""
    try:
        run = peer.build(data)
        for _ in range(times):
            spikes = run()
    # Others' code, which may fail in any way: another version, no compiler, no memory.
    except Exception as error:
        about = str(error).strip().partition("\n")[0]
        raise Refused(
            f"{peer.name} failed: {type(error).__name__}: {about}; --peers names those to run"
        ) from error
    return run, spikes


def measure(
    context: Context, work: Work, data: Data, peers: list[Peer], rounds: int, ways: Ways
) -> Measured:
    """Refuses before any clock runs where spikes are not as they must be."""
    timed = build_clif(context, work, data, ABOVE, ways)
    by_neuron = {ABOVE: timed.run().copy()}
    layers = timed.layers()
    check_rates(work, layers)
    for neuron in {peer.neuron for peer in peers if peer.neuron} - {ABOVE}:
        by_neuron[neuron] = clif_spikes(context, work, data, neuron, ways)
    runs: dict[str, Callable[[], object]] = {CLIF: timed.run}
    agreements = {}
    for peer in peers:
        run, spikes = warm_up(peer, data, WARM_UPS if work.repeat > 1 else 1)
        if peer.neuron is not None:
            agreements[peer.name] = agreement_of(peer, spikes, by_neuron)
        runs[peer.name] = run
    check_agreement(work, agreements)
    taken = measure_rounds(runs, min(rounds, work.most_rounds), work.repeat)
    if not np.array_equal(timed.spikes, by_neuron[ABOVE]):
        raise Refused(f"{work.name}: clif's own spikes differ between two runs")
    plan = timed.plan()
    told = f"tiles of {plan.tile_steps} steps x {plan.tile_batch} samples"
    timed.close()
    return Measured(work, layers, told, plan.device_bytes, taken, agreements)
