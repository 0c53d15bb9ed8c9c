"""Ctrl-C, fork(), and the end of the interpreter, each in a process of its own."""

import pytest

# Ctrl-C as soon as the library is at work; the runs would take hours.
INTERRUPT = """
import signal, threading, time
signal.signal(signal.SIGINT, signal.default_int_handler)  # in the background it is ignored

def interrupt(core):
    def wait():
        while not core._inside:
            time.sleep(0.001)
        time.sleep(0.05)
        os.kill(os.getpid(), signal.SIGINT)
    threading.Thread(target=wait, daemon=True).start()

def expect(run):
    try:
        run()
    except KeyboardInterrupt:
        print("interrupted")
"""

GROUP = """
group = clif.LIFNeuronGroup(1000, stochastic=False)
I = np.full(1000, 1.5, np.float32)
wanted = group.run(I, steps=100)
group.run(I, steps=1, spikes=None)  # what has to be compiled is
interrupt(group._core)
expect(lambda: group.run(I, steps=1 << 33, spikes=None, progress={progress}))
try:
    group.step(I)
except clif.Error as error:
    print(error.status.name)
group.reset()
print(np.array_equal(group.run(I, steps=100), wanted))
"""

NETWORK = """
net = clif.Network.sequential(100, clif.linear(np.eye(100)), clif.lif())
net.record("lif1")
net.prepare(1, max_device_bytes=200000)
still, moving = np.ones((1, 100), np.float32), np.ones((1 << 16, 1, 100), np.float32)
wanted = net.run(still, steps=100)["lif1"]
interrupt(net._core)
expect(lambda: [net.run(moving) for _ in range(1 << 30)])
net.reset()
print(np.array_equal(net.run(still, steps=100)["lif1"], wanted), net.get_state("lif1", "v").shape)
"""

PREPARE = """
for _ in range(20):
    net = clif.Network.sequential(100, clif.linear(np.eye(100)), clif.lif())
    timer = threading.Timer(0.0, os.kill, (os.getpid(), signal.SIGINT))
    try:
        timer.start()
        net.prepare(2)
        timer.join()
        time.sleep(0.001)
    except KeyboardInterrupt:
        pass
    assert net.run(np.ones((4, 2, 100)))["output"].shape == (4, 2, 100)
print("fine")
"""


@pytest.mark.parametrize("progress", ["None", "lambda done, total: 0"])
def test_ctrl_c_ends_a_long_run(in_process, progress):
    said = in_process(INTERRUPT + GROUP.replace("{progress}", progress))
    assert said == "interrupted\nSTATE\nTrue\n"


def test_ctrl_c_ends_runs_of_a_network(in_process):
    said = in_process(INTERRUPT + NETWORK)
    assert said == "interrupted\nTrue (1, 100)\n"


CHANGE = """
context = clif.Context()
group = clif.LIFNeuronGroup(100, context=context)
I = np.ones(100, np.float32)
forms = [{"spikes": "bits"}, {"record": ["v"]}, {}]
[group.run(I, steps=2, **form) for form in forms]
before = context.memory.device_bytes
delay = 0.0
for i in range(200):
    timer = threading.Timer(delay * (i % 20) / 20, os.kill, (os.getpid(), signal.SIGINT))
    try:
        timer.start()
        begun = time.perf_counter()
        group.run(I, steps=2, **forms[i % 3])
        delay = time.perf_counter() - begun
        timer.join()
        time.sleep(0.001)
    except KeyboardInterrupt:
        pass
    group.reset()
group.run(I, steps=2)
print(context.memory.device_bytes - before)
"""


def test_ctrl_c_while_a_group_changes_loses_nothing(in_process):
    assert in_process(INTERRUPT + CHANGE) == "0\n"


def test_ctrl_c_while_a_network_is_prepared(in_process):
    assert in_process(INTERRUPT + PREPARE) == "fine\n"


def test_a_run_without_its_catch_ends_the_process(in_process):
    script = "group = clif.LIFNeuronGroup(1000)\ninterrupt(group._core)\n"
    script += "group.run(np.zeros(1000), steps=1 << 33, spikes=None)\n"
    said = in_process(INTERRUPT + script, code=-2)
    assert said.rstrip().endswith("KeyboardInterrupt")


FORK = """
import faulthandler, gc
{parent}
child = os.fork()
if child == 0:
    faulthandler.dump_traceback_later(100, exit=True)  # what hangs is to be seen
    try:
        {child}
    except clif.Error as error:
        print(error.status.name, error)
    sys.stdout.flush()
    {end}
print(os.waitpid(child, 0)[1])
{after}
"""

PARENT = "group = clif.LIFNeuronGroup(5); x = np.ones(5, np.float32); group.step(x)"


def fork(in_process, parent, child, end="os._exit(0)", after=""):
    names = {"parent": parent, "child": child, "end": end, "after": after}
    script = FORK
    for name, code in names.items():
        script = script.replace("{%s}" % name, code)
    return in_process(script)


@pytest.mark.parametrize(
    "child",
    ["group.step(x)", "group.V", "group.save()", "group.step_count", "group.context.memory",
     "clif.Network(group.context)"],
)  # fmt: skip
def test_a_child_cannot_use_what_its_parent_made(in_process, child):
    said = fork(in_process, PARENT, child, after="print(group.step(x).shape)")
    assert said.startswith("STATE this object belongs to process ")
    assert "fork() cannot use it" in said
    assert said.endswith("\n0\n(5,)\n")


@pytest.mark.parametrize("child", ["clif.Context()", "clif.devices()", "clif.LIFNeuronGroup(5)"])
def test_a_child_cannot_start_where_its_parent_did(in_process, child):
    said = fork(in_process, PARENT, child)
    assert said.startswith("STATE OpenCL is in use since before this process was made by fork()")
    assert "'spawn'" in said


@pytest.mark.parametrize(
    "end", ["os._exit(0)", "group = None; gc.collect(); os._exit(0)", "sys.exit(0)"]
)
def test_a_child_may_end_as_it_likes(in_process, end):
    said = fork(in_process, PARENT, "group.context.close()", end, "print(group.step(x).shape)")
    assert said == "0\n(5,)\n"


def test_a_child_destroys_nothing_of_its_parent(in_process):
    child = "clif._context.Handle.destroy = lambda self: print('destroyed')"
    said = fork(in_process, PARENT, child, "del group; gc.collect(); sys.exit(0)")
    assert "destroyed" not in said


def test_a_child_while_another_thread_runs(in_process):
    parent = PARENT + """
import threading
stop, begun = threading.Event(), threading.Event()
def work():
    def progress(done, total):
        begun.set()
        return stop.is_set()
    try:
        group.run(x, steps=1 << 33, spikes=None, progress=progress)
    except clif.Error:
        pass
thread = threading.Thread(target=work)
thread.start()
begun.wait()
"""
    said = fork(in_process, parent, "group.step(x)", after="stop.set(); thread.join()")
    assert said.startswith("STATE this object belongs to process ")


def test_a_child_may_begin_where_its_parent_has_not(in_process):
    said = fork(in_process, "", "print(clif.LIFNeuronGroup(5).step(np.ones(5)).shape)")
    assert said == "(5,)\n0\n"


def test_processes_by_spawn(in_process):
    said = in_process(
        "import multiprocessing\n"
        "def rate(seed):\n"
        "    return clif.LIFNeuronGroup(50, seed=seed).run(np.ones((50, 50))).mean()\n"
        "if __name__ == '__main__':\n"
        "    wanted = [rate(seed) for seed in (1, 2)]\n"
        "    with multiprocessing.get_context('spawn').Pool(2) as pool:\n"
        "        print(pool.map(rate, [1, 2]) == wanted)\n"
    )
    assert said == "True\n"


def test_the_interpreter_ends_with_everything_open(in_process):
    said = in_process(
        "group = clif.LIFNeuronGroup(5)\n"
        "net = clif.Network.sequential(3, clif.lif())\n"
        "net.run(np.ones((2, 1, 3)))\n"
        "snapshot = net.save()\n"
        "group.me = group\n"
        "print('end')\n"
    )
    assert said == "end\n"
