"""What a comparison found, as one table for people or one object for programs."""

from __future__ import annotations

import json
from typing import Any

import seed_torch
from network_rounds import CLIF, Measured
from network_works import BEST

HEAD = ("work", "competitor", "ms", "ratio to clif", "target", "spikes", "memory MB")
WIDTHS = (18, 18, 10, 27, 16, 17, 9)


def best_ratios(measured: Measured, libraries: list[str]) -> list[float]:
    """Round by round, of the library that was fastest in it."""
    columns = [measured.ratios(name) for name in libraries if name in measured.milliseconds]
    return [min(row) for row in zip(*columns)]


def summarise_spikes(measured: Measured, name: str) -> dict[str, Any] | None:
    agreement = measured.agreements.get(name)
    if agreement is None:
        return None
    return {
        "compared": agreement.compared,
        "differ": agreement.same,
        "differ_from_timed": agreement.timed,
    }


def summarise(
    measured: Measured, libraries: list[str], memory: dict[str, dict[str, int]]
) -> dict[str, Any]:
    """One work for a reader."""
    targets = measured.work.targets

    def judged(name: str, ratios: list[float]) -> dict[str, Any]:
        ratio = seed_torch.spread(ratios)
        target = targets.get(name)
        reached = None if target is None else ratio["median"] >= target
        return {"ratio": ratio, "target": target, "reached": reached}

    competitors = {
        name: {
            "ms": seed_torch.spread(taken),
            **judged(name, measured.ratios(name)),
            "spikes": summarise_spikes(measured, name),
            "memory": memory.get(name),
        }
        for name, taken in measured.milliseconds.items()
    }
    best = best_ratios(measured, libraries)
    return {
        "what": measured.work.describe(),
        "plan": measured.plan,
        "device_bytes": measured.device_bytes,
        "rounds": len(measured.milliseconds[CLIF]),
        "rates": {layer.name: layer.rate for layer in measured.layers},
        "competitors": competitors,
        BEST: judged(BEST, best) if best else None,
    }


# ---- for people ----


def ratio_cell(told: dict[str, Any]) -> str:
    ratio = told["ratio"]
    return f"{ratio['median']:.2f} ({ratio['min']:.2f} to {ratio['max']:.2f})"


def target_cell(told: dict[str, Any]) -> str:
    if told["target"] is None:
        return ""
    return f"{told['target']:g} {'reached' if told['reached'] else 'missed'}"


def spikes_cell(spikes: dict[str, Any] | None) -> str:
    if spikes is None:
        return ""
    if spikes["differ"] == 0:
        return "equal"
    return f"{spikes['differ'] / spikes['compared']:.1e} differ"


def print_row(cells: list[str]) -> None:
    print("".join(f"{cell:<{width}}" for cell, width in zip(cells, WIDTHS)).rstrip())


def print_work(name: str, told: dict[str, Any]) -> None:
    for competitor, row in told["competitors"].items():
        memory = row["memory"]
        cells = [name, competitor, f"{row['ms']['median']:.2f}"]
        if competitor == CLIF:
            cells += ["1", "", ""]
        else:
            cells += [ratio_cell(row), target_cell(row), spikes_cell(row["spikes"])]
        print_row([*cells, f"{memory['growth'] / 1e6:.0f}" if memory else ""])
    if told[BEST]:
        print_row([name, BEST, "", ratio_cell(told[BEST]), target_cell(told[BEST])])


def print_for_people(
    system: dict[str, Any], settings: dict[str, Any], works: dict[str, Any]
) -> None:
    for part in (system, settings):
        for key, value in part.items():
            print(f"{key:<16} {value}")
    for name, told in works.items():
        rates = ", ".join(f"{layer} {rate:.4f}" for layer, rate in told["rates"].items())
        print(f"\n{name:<17}{told['what']}; {told['rounds']} rounds")
        print(f"{'':<17}fired in a step: {rates}")
        print(f"{'':<17}clif: {told['plan']}, {told['device_bytes'] / 1e6:.1f} MB on the device")
    print("\nmedians of the rounds (smallest to largest); ratios are taken within a round\n")
    print_row(list(HEAD))
    for name, told in works.items():
        print_work(name, told)


def report(
    as_json: bool, system: dict[str, Any], settings: dict[str, Any], works: dict[str, Any]
) -> None:
    if as_json:
        print(json.dumps({"system": system, "settings": settings, "works": works}, indent=2))
    else:
        print_for_people(system, settings, works)
