"""Every way to get it wrong ends in one sentence, and leaves things usable."""

import pickle

import numpy as np
import pytest

import clif
from conftest import DIGITS

Status = clif.Status


def group(n=4, **keywords):
    keywords.setdefault("preset", "standard")
    return clif.LIFNeuronGroup(n, **keywords)


def raises(sentence, status, kind=clif.Error):
    return _Raises(sentence, status, kind)


class _Raises:
    """`with raises(...)`: an exception with these words, this status, of this class."""

    def __init__(self, sentence, status, kind):
        self._catch = pytest.raises(kind)
        self._sentence, self._status = sentence, status

    def __enter__(self):
        self._caught = self._catch.__enter__()

    def __exit__(self, *exception):
        assert self._catch.__exit__(*exception)
        error = self._caught.value
        assert isinstance(error, clif.Error)
        assert self._sentence in str(error)
        assert error.status is self._status, error.status
        return True


# ---- parameters ----


@pytest.mark.parametrize(
    "keywords, sentence",
    [
        ({"tau": -1}, "tau of neuron 0 is -1; it must be above 0"),
        ({"tau": 0.5}, "dt"),
        ({"dt": 0}, "dt"),
        ({"dt": "x"}, "dt is 'x'; it must be a number"),
        ({"tau": "x"}, "tau is 'x'; it must be a number, or one number per neuron"),
        ({"tau": [[1, 2]]}, "it must be a number, or one number per neuron"),
        ({"tau": []}, "tau is an empty list"),
        ({"tau": [20, 20, 20, -3]}, "tau of neuron 3 is -3"),
        ({"tau": np.nan}, "tau of neuron 0 is nan"),
        ({"V_th": np.inf}, "inf"),
        ({"V_reset": 2}, "v_reset"),
        ({"eta": 2, "use_adaptive_threshold": True}, "eta"),
        ({"noise_std": -1}, "noise_std"),
        ({"refractory": -1}, "refractory"),
        ({"reset": "zero"}, "reset is 'zero'; it must be one of value, subtract, none"),
        ({"compare": 1}, "compare is 1; it must be one of at_threshold, above_threshold"),
        ({"integration": "rk4"}, "integration is 'rk4'; it must be one of euler, exact"),
        ({"preset": "x"}, "preset is 'x'; it must be one of seed, standard"),
        ({"seed": -1}, "seed is -1; it must be from 0 to 2^64 - 1"),
        ({"seed": 1.5}, "seed is 1.5; it must be a whole number"),
        ({"id": 1 << 28}, "id is 268435456; it must be from 0 to 2^28 - 1"),
        ({"batch_size": 0}, "batch_size is 0; a group has at least one sample"),
        ({"preset": "seed", "r": 2}, "the seed form has none"),
        ({"preset": "seed", "refractory": 2}, "refractory"),
    ],
)
def test_wrong_parameters(keywords, sentence):
    with raises(sentence, Status.INVALID_ARGUMENT, ValueError):
        group(**keywords)


def test_wrong_numbers_of_neurons():
    with raises("neurons is 0", Status.INVALID_ARGUMENT):
        group(0)
    with raises("parameters are for 3 neurons", Status.SHAPE, ValueError):
        group(4, tau=[1, 2, 3])
    with raises("cap", Status.OUT_OF_DEVICE_MEMORY, MemoryError):
        group(100000, max_device_bytes=1000)


def test_unknown_keywords():
    with pytest.raises(TypeError, match="treshold"):
        group(treshold=1)
    with pytest.raises(TypeError, match="unknown parameter 'treshold'; there are .* threshold"):
        clif.Network().add_lif("a", treshold=1)
    with pytest.raises(TypeError, match="unknown parameter 'tau'"):
        clif.Network().add_if("a", tau=1)


# ---- arrays ----


@pytest.mark.parametrize("shape", [(), (4,), (3, 4), (5, 2, 3), (5, 2, 4, 1), (5, 2), (2, 4, 4, 4)])
def test_wrong_shapes_of_runs(shape):
    with raises("it must be (steps, batch, 4)" if shape != (3, 4) else "batch_size is 2",
                Status.SHAPE, ValueError):  # fmt: skip
        group(batch_size=2).run(np.zeros(shape))


@pytest.mark.parametrize("shape", [(), (5,), (1, 2, 4)])
def test_wrong_shapes_of_steps(shape):
    with raises("it must be (batch, 4)", Status.SHAPE, ValueError):
        group().step(np.zeros(shape))


def test_wrong_arrays():
    g = group(batch_size=2)
    x = np.zeros((5, 2, 4), np.float32)
    with raises("it must hold numbers", Status.SHAPE):
        g.run(x.astype(complex))
    with raises("it must hold numbers", Status.SHAPE):
        g.run(x.astype(str))
    with raises("3 samples", Status.STATE):
        g.run(np.zeros((5, 3, 4)))
    with raises("there must be a step and a sample", Status.SHAPE):
        g.run(np.zeros((0, 2, 4)))
    with raises("eps has the shape (5, 2, 3); it must be that of I, (5, 2, 4)", Status.SHAPE):
        g.run(x, eps=x[..., 1:], u=x)
    with raises("spikes is 'byte'; it must be one of bool, uint8, float32, bits, None",
                Status.INVALID_ARGUMENT):  # fmt: skip
        g.run(x, spikes="byte")
    with raises("record has 'V'; there are v, v_pre, th", Status.INVALID_ARGUMENT):
        g.run(x, record=["V"])
    assert g.run(x).shape == x.shape


def read_only(shape):
    array = np.zeros(shape, bool)
    array.flags.writeable = False
    return array


@pytest.mark.parametrize(
    "out",
    [
        read_only((5, 2, 4)),
        np.zeros((5, 2, 4), np.uint8),
        np.zeros((5, 2, 3), bool),
        [[0]],
        np.zeros((5, 2, 8), bool)[..., ::2],
        np.zeros((5, 2, 4), bool)[::-1],
        np.broadcast_to(np.zeros((2, 4), bool), (5, 2, 4)),
    ],
)
def test_wrong_out(out):
    with raises("", Status.SHAPE, ValueError):
        group(batch_size=2).run(np.zeros((5, 2, 4)), out=out)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_numbers_that_are_none_end_a_run(bad):
    g = group(batch_size=2)
    x = np.full((5, 2, 4), 2.0, np.float32)
    wanted = g.run(x)
    g.reset()
    x[3, 1, 2] = bad
    with raises("the first at step 3, sample 1, element 2", Status.NOT_FINITE, ValueError):
        g.run(x)
    with raises("an earlier run failed", Status.STATE):
        g.step(x[0])
    with raises("an earlier run failed", Status.STATE):
        g.run(x[:2], record=["v"])
    g.reset()
    x[3, 1, 2] = 2
    assert np.array_equal(g.run(x), wanted)


def test_wrong_state():
    g = group()
    with raises("th", Status.INVALID_ARGUMENT):
        g.V_th = 2
    with raises("'x'", Status.INVALID_ARGUMENT):
        g.get_state("x")
    with raises("a name is 3; it must be a text", Status.INVALID_ARGUMENT):
        g.get_state(3)
    with raises(
        "v is an array of int64 (3,); it must hold numbers in the shape (1, 4)", Status.SHAPE
    ):
        g.V = [1, 2, 3]
    with raises("it must hold numbers", Status.SHAPE):
        g.V = "much"
    with raises("", Status.NOT_FINITE, ValueError):
        g.V = np.nan
    with raises("is no clif.Snapshot", Status.INVALID_ARGUMENT):
        g.restore(None)
    with raises("", Status.SHAPE):
        g.restore(group(5).save())
    assert (g.V == 0).all()


# ---- networks ----


def small():
    return clif.Network.sequential(3, clif.linear(np.eye(3)), clif.lif())


def test_wrong_layers():
    net = clif.Network()
    net.add_input("in", 3)
    with raises("in", Status.INVALID_ARGUMENT, ValueError):
        net.add_input("in", 3)
    with raises("weight is an array of float64 (3,)", Status.SHAPE):
        net.add_linear("a", np.zeros(3))
    with raises("weight is an array of object", Status.SHAPE):
        net.add_linear("a", [[None]])
    with raises("bias has 2 numbers; weight (3, 3) needs 3", Status.SHAPE):
        net.add_linear("a", np.eye(3), [1, 2])
    with raises("nan", Status.INVALID_ARGUMENT):
        net.add_linear("a", np.full((3, 3), np.nan))
    with raises("a shape of 5 dimensions", Status.SHAPE):
        net.add_input("a", (1, 1, 1, 1, 1))
    with raises("a dimension is -1", Status.INVALID_ARGUMENT):
        net.add_input("a", -1)
    with raises("form is 'x'; it must be one of standard, seed", Status.INVALID_ARGUMENT):
        net.add_lif("a", form="x")
    with raises("there is no layer named 'b'", Status.INVALID_ARGUMENT):
        net.connect("in", "b")
    with raises("quantity is 'V'; it must be one of output, v,", Status.INVALID_ARGUMENT):
        net.record("in", "V")
    with raises("", Status.SHAPE):
        net.record("in", "v")
    with raises(
        "coding is 'x'; it must be one of none, rate, latency, delta", Status.INVALID_ARGUMENT
    ):
        net.set_coding("in", "x")
    with raises("is no layer; clif.linear() and others make one", Status.INVALID_ARGUMENT):
        clif.Network.sequential(3, "lif")
    with raises("delay", Status.UNSUPPORTED):
        net.add_relu("r")
        net.connect("in", "r", delay=1)


def test_wrong_preparations():
    with raises("the network has no layers", Status.SHAPE):
        clif.Network().prepare()
    with raises("linear is 'x'; it must be one of auto, dense, events", Status.INVALID_ARGUMENT):
        small().prepare(linear="x")
    with raises("batch is -1", Status.INVALID_ARGUMENT):
        small().prepare(-1)
    with raises("cap", Status.OUT_OF_DEVICE_MEMORY, MemoryError):
        small().prepare(max_device_bytes=16)
    net = clif.Network()
    net.add_input("in", 3)
    net.add_linear("w", np.eye(4))
    net.connect("in", "w")
    net.record("w")
    with raises("'w'", Status.SHAPE):
        net.prepare()
    net = small()
    net.prepare()
    with raises("prepared", Status.STATE):
        net.prepare()
    with raises("prepared", Status.STATE):
        net.add_relu("late")


def test_wrong_runs():
    net = small()
    with raises("not prepared", Status.STATE):
        net.get_state("lif1", "v")
    x = np.zeros((4, 2, 3), np.float32)
    with raises("it must be (steps, samples, ...)", Status.SHAPE):
        net.run(x[0])
    with raises("without a 0", Status.SHAPE):
        net.run(x[:0])
    net.run(x)
    with raises("dimensions (steps, samples, 3)", Status.SHAPE):
        net.run(x[..., :2])
    with raises("'x' is no input layer", Status.SHAPE):
        net.run({"x": x})
    with raises("the dict of inputs is empty", Status.INVALID_ARGUMENT):
        net.run({})
    with raises("out has 'x', but recorded are output", Status.INVALID_ARGUMENT):
        net.run(x, out={"x": x})
    with raises("3 samples", Status.STATE):
        net.run(np.zeros((4, 3, 3)))
    assert net.get_state("lif1", "v").shape == (2, 3)
    with raises("", Status.INVALID_ARGUMENT):
        net.get_state("lif1", "x")
    assert not net.run(x)["output"].any()


def test_files(tmp_path):
    with raises("/nowhere/a.nir': cannot be opened", Status.IO, OSError):
        clif.Network.load_nir("/nowhere/a.nir", dt=1)
    (tmp_path / "a.nir").write_bytes(b"not HDF5")
    with raises("a.nir", Status.FORMAT, ValueError):
        clif.Network.load_nir(tmp_path / "a.nir", dt=1)
    with raises("dt", Status.INVALID_ARGUMENT):
        clif.Network.load_nir(DIGITS / "digits.nir")
    with raises("compat is 'x'; it must be one of plain, snntorch", Status.INVALID_ARGUMENT):
        clif.Network.load_nir(DIGITS / "digits.nir", dt=1, compat="x")
    with raises("", Status.IO, OSError):
        small().save_nir("/nowhere/b.nir")
    net = clif.Network.sequential(3, clif.relu())
    with raises("relu", Status.UNSUPPORTED):
        net.save_nir(tmp_path / "b.nir")
    assert not (tmp_path / "b.nir").exists()


# ---- contexts, devices ----


def test_no_such_device():
    with raises("no such thing", Status.NO_DEVICE):
        clif.Context("no such thing")
    with raises("device is 3; it must be a text or None", Status.INVALID_ARGUMENT):
        clif.Context(3)
    with raises("lanes", Status.INVALID_ARGUMENT):
        clif.Context(lanes=5)


def test_no_device_at_all(in_process, tmp_path):
    said = in_process(
        "print(clif.devices())\n"
        "try: clif.LIFNeuronGroup(3)\n"
        "except clif.Error as error: print(error.status.name, error)\n",
        OCL_ICD_VENDORS=str(tmp_path),
    )
    assert said.startswith("[]\nNO_DEVICE ") and len(said.splitlines()) == 2


def test_devices():
    found = clif.devices()
    assert found and clif.default_context().device in found
    device = found[0]
    assert device.type in ("cpu", "gpu", "accelerator", "other")
    assert device.name and device.memory_bytes > 0 and device.usable in (0, 1)
    chosen = clif.Context(f"{device.platform_index}:{device.device_index}", lanes=1)
    assert chosen.device == device
    chosen.close()


def test_closed_objects():
    with clif.Context() as context:
        g = group(context=context)
        net = clif.Network(context)
        snapshot = g.save()
        assert context.memory.device_bytes > 0
        g.close()
        g.close()
        with raises("the group is closed", Status.STATE):
            g.step(np.zeros(4))
        with raises("the group is closed", Status.STATE):
            g.step_count
        assert "closed" in repr(g)
        other = group(context=context)
        other.restore(snapshot)
        last = context.memory
        assert context.counters.commands > 0
    assert last.device_bytes > 0
    for call in (lambda: other.step(np.zeros(4)), lambda: net.layers, lambda: context.memory,
                 lambda: clif.Network(context), lambda: group(context=context)):  # fmt: skip
        with raises("is closed", Status.STATE):
            call()
    with group() as g:
        assert not g.closed
    assert g.closed
    with clif.LIFNeuron() as neuron:
        neuron.step(1)
    with raises("the group is closed", Status.STATE):
        neuron.step(1)


def test_the_default_context_comes_anew():
    clif.default_context().close()
    assert not clif.default_context().closed
    assert group().context is clif.default_context()


def test_errors_carry_what_is_known():
    with pytest.raises(clif.Error) as caught:
        group(tau=-1)
    error = caught.value
    assert error.native_code == 0 and isinstance(error.status, int)
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), str(again), again.status) == (type(error), str(error), error.status)
