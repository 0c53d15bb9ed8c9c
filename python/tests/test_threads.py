"""Threads, progress functions, and the garbage collector: nobody disturbs anybody."""

import gc
import logging
import threading
import weakref

import numpy as np
import pytest

import clif

LONG = 1 << 33  # steps: hours


@pytest.fixture
def x():
    return np.random.RandomState(6).rand(300, 2, 50).astype(np.float32) * 2


def in_thread(function):
    """Starts it; join() raises what it raised."""
    failures = []

    def guarded():
        try:
            function()
        except BaseException as error:
            failures.append(error)

    thread = threading.Thread(target=guarded, daemon=True)
    join = thread.join

    def join_and_tell():
        join(60)
        assert not thread.is_alive()
        for failure in failures:
            raise failure

    thread.join = join_and_tell
    thread.start()
    return thread


def test_other_threads_go_on_during_a_run():
    group = clif.LIFNeuronGroup(20000)
    I = np.zeros(20000, np.float32)
    group.run(I, steps=1, spikes=None)  # compiles
    core, seen, stop = group._core, [0], threading.Event()

    def count():
        while not stop.is_set():
            seen[0] += core._inside

    thread = in_thread(count)
    calls = []
    while seen[0] < 10000:  # while the library was at work
        group.run(I, steps=10, spikes=None, progress=lambda *done: calls.append(done))
        assert len(calls) < 10000
    stop.set()
    thread.join()
    assert set(calls) == {(10, 10)}  # and not between tiles


def test_threads_on_one_context_take_turns(x):
    wanted = clif.LIFNeuronGroup(50, batch_size=2, seed=1).run(x)

    def work():
        group = clif.LIFNeuronGroup(50, batch_size=2, seed=1)
        for _ in range(5):
            got = [group.step(row) for row in x[:100]]
            got.append(group.run(x[100:]))
            assert np.array_equal(np.vstack([np.array(got[:100]), got[100]]), wanted)
            group.reset()

    for thread in [in_thread(work) for _ in range(4)]:
        thread.join()


def test_threads_on_one_group_take_turns(x):
    group = clif.LIFNeuronGroup(50, batch_size=2, seed=1)

    def work(**keywords):
        for _ in range(30):
            group.run(x[:10], **keywords)
            group.V, group.save()

    forms = [{}, {"spikes": "bits"}, {"record": ["v"]}, {"spikes": None}]
    for thread in [in_thread(lambda f=f: work(**f)) for f in forms]:
        thread.join()
    assert group.step_count == 4 * 30 * 10


def test_threads_with_contexts_of_their_own(x):
    wanted = clif.LIFNeuronGroup(50, batch_size=2, seed=1).run(x)

    def work():
        with clif.Context() as context:
            for _ in range(3):
                group = clif.LIFNeuronGroup(50, batch_size=2, seed=1, context=context)
                assert np.array_equal(group.run(x), wanted)

    for thread in [in_thread(work) for _ in range(3)]:
        thread.join()


def start_long_run(group):
    """A run in another thread that goes on until stop is set."""
    begun, stop = threading.Event(), threading.Event()

    def progress(done, total):
        begun.set()
        return stop.is_set()

    def work():
        with pytest.raises(clif.Error) as caught:
            group.run(np.zeros(50, np.float32), steps=LONG, spikes=None, progress=progress)
        assert caught.value.status is clif.Status.CANCELLED

    thread = in_thread(work)
    while not begun.wait(0.1):
        assert thread.is_alive()
    return thread, stop


def test_objects_may_go_while_another_thread_runs():
    with clif.Context() as context:
        group = clif.LIFNeuronGroup(50, context=context)
        others = [clif.LIFNeuronGroup(50, context=context)]
        before = context.memory.device_bytes
        thread, stop = start_long_run(group)
        in_thread(others.clear).join()  # neither waits nor disturbs
        assert thread.is_alive()
        stop.set()
        thread.join()
        assert context.memory.device_bytes < before


def test_close_waits_for_a_run():
    context = clif.Context()
    group = clif.LIFNeuronGroup(50, context=context)
    thread, stop = start_long_run(group)
    closer = in_thread(context.close)
    assert not group.closed
    stop.set()
    thread.join()
    closer.join()
    assert group.closed and context.closed


@pytest.mark.parametrize("order", [[0, 1, 2, 3], [3, 2, 1, 0], [1, 3, 0, 2]])
def test_the_garbage_collector_may_take_them_in_any_order(order):
    context = clif.Context()
    group = clif.LIFNeuronGroup(5, context=context)
    objects = [context, group, group.save(), clif.Network(context)]
    gone = [weakref.ref(o) for o in objects]
    del context, group
    for i in order:
        objects[i] = None
    gc.collect()
    assert [ref() for ref in gone] == [None] * 4
    assert clif.LIFNeuronGroup(5).step(np.ones(5)).shape == (5,)


def test_a_cycle_of_objects_goes_too():
    group = clif.LIFNeuronGroup(5, context=clif.Context())
    group.me = group
    core, gone = weakref.ref(group._core), weakref.ref(group)
    del group
    gc.collect()
    gc.collect()
    assert gone() is None and core() is None


# ---- progress ----


def test_progress_is_told(x):
    calls = []
    clif.LIFNeuronGroup(50, batch_size=2).run(
        x, steps=None, progress=lambda done, total: calls.append((done, total))
    )
    assert calls == [(600, 600)]
    net = clif.Network.sequential(50, clif.lif())
    net.prepare(2, 0, max_device_bytes=100000)
    calls = []
    net.run(x, progress=lambda *call: calls.append(call))
    assert len(calls) > 2 and calls[-1] == (600, 600)
    assert calls == sorted(calls)


def test_what_progress_raises_ends_the_run():
    group = clif.LIFNeuronGroup(50)
    I = np.ones(50, np.float32)
    wanted = group.run(I, steps=30)

    class Enough(Exception):
        pass

    def progress(done, total):
        raise Enough(done)

    with pytest.raises(Enough):
        group.run(I, steps=LONG, spikes=None, progress=progress)
    with pytest.raises(clif.Error, match="an earlier run failed"):
        group.run(I, steps=30)
    group.reset()
    with pytest.raises(Enough):  # also at the end, where nothing is left to stop
        group.run(I, steps=30, progress=progress)
    group.reset()
    assert np.array_equal(group.run(I, steps=30), wanted)


def test_progress_may_look_but_not_touch():
    group = clif.LIFNeuronGroup(50)
    other = clif.Network(group.context)
    I = np.ones(50, np.float32)
    seen = []

    def progress(done, total):
        seen.append((group.step_count, group.info.neurons, len(other.layers)))
        touches = (lambda: group.step(I), lambda: group.V, group.reset, group.save,
                   lambda: other.add_input("a", 1), lambda: clif.Network())  # fmt: skip
        for touch in touches:
            with pytest.raises(clif.Error, match="clif is at work on this context") as caught:
                touch()
            assert caught.value.status is clif.Status.STATE
        clif.LIFNeuronGroup(50, context=elsewhere).step(I)

    elsewhere = clif.Context()
    group.run(I, steps=30, progress=progress)
    assert seen == [(0, 50, 0)]
    assert group.step_count == 30


def test_what_goes_in_progress_is_destroyed_afterwards():
    with clif.Context() as context:
        group = clif.LIFNeuronGroup(50, context=context)
        others = [clif.LIFNeuronGroup(50, context=context) for _ in range(2)]
        bytes_then = []

        def progress(done, total):
            bytes_then.append(context.memory.device_bytes)
            others.pop().close()
            others.clear()
            gc.collect()
            bytes_then.append(context.memory.device_bytes)

        group.run(np.ones((30, 50)), progress=progress)
        assert bytes_then[0] == bytes_then[1]
        assert context.memory.device_bytes < bytes_then[1] / 2


def test_closing_in_progress_is_done_afterwards():
    group = clif.LIFNeuronGroup(50)
    spikes = group.run(np.ones((30, 50)), progress=lambda *_: group.close())
    assert spikes.shape == (30, 50) and group.closed


# ---- log ----


def test_messages_go_to_logging(tmp_path, caplog):
    caplog.set_level(logging.INFO, "clif")
    net = clif.Network.sequential(2, clif.lif(tau=10, r=10))
    net.save_nir(tmp_path / "a.nir")
    assert any(r.levelno == logging.WARNING and ">=" in r.message for r in caplog.records)
    caplog.clear()
    clif.Network.load_nir(tmp_path / "a.nir", dt=0.5)
    assert [r.levelno for r in caplog.records] == [logging.INFO]


def test_a_log_handler_that_fails_ends_nothing(tmp_path, caplog):
    class Broken(logging.Handler):
        def emit(self, record):
            clif.LIFNeuronGroup(3)  # clif is at work: an Error

    handler = Broken()
    logging.getLogger("clif").addHandler(handler)
    try:
        clif.Network.sequential(2, clif.lif()).save_nir(tmp_path / "a.nir")
    finally:
        logging.getLogger("clif").removeHandler(handler)
    assert (tmp_path / "a.nir").exists()
