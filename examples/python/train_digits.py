#!/usr/bin/env python3
"""Trains a network of LIF neurons on handwritten digits and writes it as a NIR file.

The images are shown for 25 steps: in each, a pixel spikes with the probability that is its
brightness, drawn anew whenever an image is shown. 64 pixels, 128 hidden neurons, 10 output neurons;
the answer is the output neuron with the most spikes. `clif run` computes the file afterwards with
the same spikes.

    PYTHONPATH=python python3 examples/python/train_digits.py --seed 3 --out trained.nir
    clif run trained.nir examples/digits/input_spikes.npy --dt 1e-3 \\
        --labels examples/digits/labels.npy

After `pip install .` without PYTHONPATH. Exit codes: 0 done, 1 failed (one sentence on stderr), 2
wrong use, 77 no PyTorch.
"""

import argparse
import importlib.util
import os
import shlex
import sys
import time
from pathlib import Path

if importlib.util.find_spec("torch") is None:
    print("skipped: PyTorch is not installed (package python3-torch)", file=sys.stderr)
    sys.exit(77)

import numpy as np
import torch
from torch import Tensor, nn

import clif
from clif.torch import LinearLIF

DIGITS = Path(__file__).resolve().parents[1] / "digits"
STEPS = 25
SIZES = (64, 128, 10)
# V <- 0.9 V + I in steps of 1 ms. NIR neurons fire above their threshold, not at it.
NEURON = dict(dt=1e-3, tau=1e-2, r=10.0, V_th=1.0, V_reset=0.0, compare="above_threshold")


def make_model(context: clif.Context) -> nn.Sequential:
    return nn.Sequential(
        *(
            LinearLIF(inputs, outputs, preset="standard", **NEURON, context=context)
            for inputs, outputs in zip(SIZES, SIZES[1:])
        )
    )


def show(model: nn.Sequential, spikes: Tensor) -> Tensor:
    """Spike counts (samples, 10) of the output, from rest, for spikes (steps, samples, 64)."""
    for layer in model:
        layer.reset()
    return model(spikes).sum(0)


def train_epoch(
    model: nn.Sequential,
    optimiser: torch.optim.Optimizer,
    images: Tensor,
    labels: Tensor,
    batch: int,
) -> float:
    """Shows every image once, in another order each time. Returns the mean loss."""
    total = 0.0
    for chosen in torch.randperm(len(images)).split(batch):
        chance = images[chosen]
        spikes = torch.rand(STEPS, *chance.shape) < chance
        counts = show(model, spikes)
        # Smoothed: without, counts that are right already are driven ever further apart.
        loss = nn.functional.cross_entropy(counts, labels[chosen], label_smoothing=0.1)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        total += loss.item() * len(chosen)
    return total / len(images)


def count_right(model: nn.Sequential, spikes: Tensor, labels: Tensor) -> int:
    with torch.no_grad():
        return int((show(model, spikes).argmax(1) == labels).sum())


def save(model: nn.Sequential, path: Path, context: clif.Context) -> None:
    """As a NIR file."""
    neuron = {
        "dt": NEURON["dt"],
        "tau": NEURON["tau"],
        "r": NEURON["r"],
        "threshold": NEURON["V_th"],
        "v_reset": NEURON["V_reset"],
        "compare": NEURON["compare"],
    }
    layers = []
    for layer in model:
        weight, bias = layer.weight.detach().numpy(), layer.bias.detach().numpy()
        layers += [clif.linear(weight, bias), clif.lif(**neuron)]
    with clif.Network.sequential(SIZES[0], *layers, context=context) as network:
        network.save_nir(path)


def load(name: str) -> Tensor:
    return torch.from_numpy(np.load(DIGITS / f"{name}.npy"))


def at_least_1(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"a whole number from 1 on, not '{text}'")
    return int(text)


def parse() -> argparse.Namespace:
    about, _, rest = __doc__.partition("\n\n")
    parser = argparse.ArgumentParser(
        description=about, epilog=rest, formatter_class=argparse.RawDescriptionHelpFormatter
    )

    def add(name: str, kind, default, about: str) -> None:
        parser.add_argument(name, type=kind, default=default, help=f"{about} (%(default)s)")

    add("--epochs", at_least_1, 60, "how often every image is shown")
    add("--batch", at_least_1, 32, "images between two steps of the optimiser")
    add("--rate", float, 2e-3, "Adam's learning rate at the beginning; it falls to 0 as a cosine")
    add("--seed", int, 1, "of the first weights, the order of the images and the spikes")
    add("--device", str, None, "OpenCL device as for `clif run`; None: CLIF_DEVICE, or the best")
    add("--out", Path, Path("trained.nir"), "the NIR file to write")
    return parser.parse_args()


def train(model: nn.Sequential, args: argparse.Namespace) -> None:
    """Prints a line for each epoch, and the accuracy at the end."""
    images, labels = load("train_images"), load("train_labels")
    test_spikes, test_labels = load("input_spikes"), load("labels")
    optimiser = torch.optim.Adam(model.parameters(), args.rate)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, args.epochs)
    begin = time.perf_counter()
    for epoch in range(1, args.epochs + 1):
        loss = train_epoch(model, optimiser, images, labels, args.batch)
        schedule.step()
        right, of = count_right(model, test_spikes, test_labels), len(test_labels)
        seconds = time.perf_counter() - begin
        print(
            f"epoch    {epoch}, loss {loss:.4f}, test {right / of:.3f}, {seconds:.1f} s", flush=True
        )
    print(f"accuracy {right / of:.3f} ({right}/{of})")


def main() -> int:
    args = parse()
    torch.manual_seed(args.seed)
    context = clif.Context(args.device)
    print(f"device   {context.device.name}")
    model = make_model(context)
    train(model, args)
    save(model, args.out, context)
    files = [args.out, DIGITS / "input_spikes.npy", DIGITS / "labels.npy"]
    out, spikes, truth = (shlex.quote(os.path.relpath(file)) for file in files)
    print(f"to run   clif run {out} {spikes} --dt {NEURON['dt']:g} --labels {truth}")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except clif.Error as why:
        print(f"train_digits: {why}", file=sys.stderr)
        sys.exit(1)
