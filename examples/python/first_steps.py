"""First steps with clif in Python: neurons, a recording, and a trained network.

PYTHONPATH=python python3 examples/python/first_steps.py, after `pip install .` without PYTHONPATH.
"""

from pathlib import Path

import numpy as np

import clif

DIGITS = Path(__file__).resolve().parents[1] / "digits"

print("clif", clif.__version__, "on", clif.default_context().device.name)

# One neuron with a constant input: it charges up to its threshold, fires and starts anew.
neuron = clif.LIFNeuron(preset="standard")
spikes = neuron.run(np.full(100, 1.5))
print("spikes at steps", *np.flatnonzero(spikes))

# 100 neurons with the numbers of the original project, which fire by chance: 10 samples, 50 steps.
group = clif.LIFNeuronGroup(100, batch_size=10, seed=1)
current = np.random.default_rng(0).random((50, 10, 100), dtype=np.float32)
recording = group.run(current, record=("v", "th"))
print(f"rate {recording.spikes.mean():.3f}, thresholds up to {recording.th.max():.2f}")

# A network that was trained in snnTorch.
network = clif.Network.load_nir(DIGITS / "digits.nir", dt=1e-3, compat="snntorch")
counts = network.run(np.load(DIGITS / "input_spikes.npy"))["output"].sum(axis=0)
right = counts.argmax(axis=1) == np.load(DIGITS / "labels.npy")
print(f"{right.sum()} of {right.size} digits are told")

# One that is made here: 64 inputs, 32 neurons with weights by chance, each at once with its noise.
weight = np.random.default_rng(0).normal(0, 0.5, (32, 64))
network = clif.Network.sequential(64, clif.linear(weight), clif.lif(tau=10, noise_std=0.05))
network.record("lif1")
network.record("lif1", "v")
network.prepare(batch=4, seed=2)
result = network.run(np.ones((4, 64), np.uint8), steps=20)
print({name: array.shape for name, array in result.items()})
