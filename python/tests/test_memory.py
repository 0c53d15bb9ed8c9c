"""What is used again and again takes no more memory in the end than in the beginning."""

import gc
import tracemalloc

import numpy as np
import pytest

import clif


def resident():
    """Bytes of memory of this process."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096


def group_steps():
    group = clif.LIFNeuronGroup(2000, batch_size=2)
    x = np.ones((2, 2000), np.float32)
    return lambda: group.step(x)


def group_runs():
    group = clif.LIFNeuronGroup(2000)
    x = np.ones((4, 2000), np.float32)
    return lambda: group.run(x, record=["v"], progress=lambda *_: 0)


def group_states():
    group = clif.LIFNeuronGroup(2000)
    group.step(np.ones(2000))

    def once():
        group.restore(group.save())
        group.V = group.V

    return once


def network_runs():
    net = clif.Network.sequential(200, clif.linear(np.ones((50, 200))), clif.lif())
    x = np.ones((3, 2, 200), np.uint8)
    return lambda: (net.run(x), net.layers, net.explain())


def failures():
    group = clif.LIFNeuronGroup(2000)
    bad = np.full(2000, np.nan, np.float32)

    def once():
        with pytest.raises(clif.Error):
            group.step(bad)
        group.reset()

    return once


@pytest.mark.parametrize("make", [group_steps, group_runs, group_states, network_runs, failures])
def test_a_thousand_times(make):
    once = make()
    for _ in range(200):
        once()
    gc.collect()
    ours, all_of_it = clif.default_context().memory, resident()
    tracemalloc.start()
    python = tracemalloc.get_traced_memory()[0]
    for _ in range(1000):
        once()
    gc.collect()
    assert tracemalloc.get_traced_memory()[0] - python < 100e3
    tracemalloc.stop()
    now = clif.default_context().memory
    assert (now.host_bytes, now.device_bytes) == (ours.host_bytes, ours.device_bytes)
    # PoCL's own; one array of 2000 numbers kept each time would be 8 MB.
    assert resident() - all_of_it < 4e6


def test_objects_that_come_and_go():
    def once():
        with clif.Context() as context:
            group = clif.LIFNeuronGroup(500, context=context)
            group.step(np.ones(500))
            group.step(np.ones(500), record=["v"])
            net = clif.Network(context)
            net.add_input("a", 3)

    def use():
        return clif.default_context().memory

    group = clif.LIFNeuronGroup(500)
    group.run(np.ones((3, 500)), spikes="bits")
    before = use()
    for _ in range(50):
        clif.LIFNeuronGroup(500).run(np.ones((3, 500)), spikes="bits")
    now = use()
    assert (now.host_bytes, now.device_bytes) == (before.host_bytes, before.device_bytes)
    for _ in range(3):
        once()
    gc.collect()
    before = resident()
    for _ in range(30):
        once()
    gc.collect()
    assert resident() - before < 10e6
