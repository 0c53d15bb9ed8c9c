"""Groups of neurons: the original's numbers, forms of arrays, state."""

import ast
import inspect

import numpy as np
import pytest

import clif
from clif._library import ffi, lib
from conftest import ROOT

RECORDINGS = ["det_adaptive", "det_clamp", "det_fixed", "sto_adaptive", "sto_fixed"]


@pytest.fixture
def noise():
    return np.random.RandomState(5).rand(60, 3, 40).astype(np.float32) * 3


def read_recording(name):
    """Keywords, and columns as (T, batch, neurons)."""
    path = ROOT / "tests" / "data" / "seed_golden" / f"golden_{name}.csv"
    with open(path) as file:
        head = file.readline()
        columns = file.readline().strip().split(",")
        table = np.loadtxt(file, delimiter=",", dtype=np.float64)
    keywords = ast.literal_eval(head[head.index("{") : head.index("}") + 1])
    shaped = {c: table[:, i].reshape(60, 2, 4) for i, c in enumerate(columns)}
    return keywords, {c: a.astype(np.float32) for c, a in shaped.items()}


def injected(keywords, data):
    return {"eps": data["eps"], "u": data["u"]} if keywords.get("stochastic", True) else {}


@pytest.mark.parametrize("name", RECORDINGS)
def test_recordings_of_the_original_are_met_bit_for_bit(name):
    keywords, data = read_recording(name)
    keywords["noise_std"] = 1.0  # it is in eps
    group = clif.LIFNeuronGroup(4, batch_size=2, **keywords)
    got = group.run(data["I"], record=("v", "th"), **injected(keywords, data))
    assert np.array_equal(got.spikes, data["spike"] > 0)
    assert np.array_equal(got.v, data["V"])
    assert np.array_equal(got.th, data["V_th"])
    assert np.array_equal(group.V, data["V"][-1])
    assert np.array_equal(group.V_th, data["V_th"][-1])


@pytest.mark.parametrize("name", RECORDINGS)
def test_recordings_are_met_step_by_step(name):
    keywords, data = read_recording(name)
    keywords["noise_std"] = 1.0
    group = clif.LIFNeuronGroup(4, batch_size=2, **keywords)
    for t in range(60):
        numbers = {k: a[t] for k, a in injected(keywords, data).items()}
        spikes = group.step(data["I"][t], **numbers)
        assert spikes.dtype == bool and spikes.shape == (2, 4)
        assert np.array_equal(spikes, data["spike"][t] > 0)
        assert np.array_equal(group.V, data["V"][t])
        assert np.array_equal(group.V_th, data["V_th"][t])


# ---- defaults ----

ORIGINAL = {
    "V_th": 1.0,
    "V_reset": 0.0,
    "tau": 20.0,
    "dt": 1.0,
    "eta": 0.1,
    "use_adaptive_threshold": True,
    "noise_std": 0.1,
    "stochastic": True,
    "min_threshold": 0.5,
    "max_threshold": 2.0,
}


def test_names_are_in_the_originals_order():
    names = list(inspect.signature(clif.LIFNeuronGroup).parameters)
    assert names[:12] == ["num_neurons", *ORIGINAL, "batch_size"]


@pytest.mark.parametrize("preset", ["seed", "standard"])
def test_defaults_are_those_of_the_library(preset):
    made = clif.LIFNeuronGroup(3, preset=preset)._params[0]
    wanted = {"seed": lib.clif_seed_defaults, "standard": lib.clif_lif_defaults}[preset]()
    assert bytes(ffi.buffer(ffi.addressof(made))) == bytes(
        ffi.buffer(ffi.new("clif_lif_params *", wanted))
    )


def test_defaults_are_the_originals():
    data = np.random.RandomState(1).rand(50, 6).astype(np.float32)
    implied = clif.LIFNeuronGroup(6, seed=3)
    given = clif.LIFNeuronGroup(6, seed=3, **ORIGINAL)
    assert np.array_equal(implied.run(data), given.run(data))
    assert np.array_equal(implied.V, given.V)


def test_standard_neuron_fires_when_the_closed_form_says():
    group = clif.LIFNeuronGroup(1, preset="standard")
    spikes = group.run(np.full((100, 1), 1.5))
    assert list(np.flatnonzero(spikes)) == [21, 43, 65, 87]


def test_every_parameter_arrives():
    """Each one alone changes what comes out, or what is in the struct."""
    keywords = {
        "V_th": 0.9, "V_reset": 0.1, "tau": 9.0, "dt": 0.5, "eta": 0.3,
        "use_adaptive_threshold": True, "noise_std": 0.2, "stochastic": True,
        "min_threshold": 0.7, "max_threshold": 1.5, "r": 2.0, "v_leak": 0.1, "refractory": 3.0,
        "slope": 4.0, "th_rest": 0.8, "reset": "subtract", "compare": "above_threshold",
        "integration": "exact",
    }  # fmt: skip
    p = clif.LIFNeuronGroup(2, preset="standard", **keywords)._params
    o = p.options
    assert [p.threshold.value, p.v_reset.value, p.tau.value, p.dt] == [0.9, 0.1, 9.0, 0.5]
    assert [o.eta.value, o.adaptive, o.noise_std.value, o.stochastic] == [0.3, 1, 0.2, 1]
    assert [o.th_min.value, o.th_max.value, p.r.value, p.v_leak.value] == [0.7, 1.5, 2.0, 0.1]
    assert [o.refractory.value, o.slope.value, o.th_rest.value] == [3.0, 4.0, 0.8]
    assert o.rest_at_threshold == 0
    assert [p.reset, p.compare, p.integration] == [
        lib.CLIF_RESET_SUBTRACT, lib.CLIF_FIRE_ABOVE_THRESHOLD, lib.CLIF_EXACT
    ]  # fmt: skip


def test_parameters_of_each_neuron():
    group = clif.LIFNeuronGroup(3, preset="standard", V_th=[0.5, 1.0, 9.0], tau=(10, 20, 20))
    spikes = group.run(np.full((100, 3), 1.5))
    alone = [
        clif.LIFNeuronGroup(1, preset="standard", V_th=th, tau=tau).run(np.full((100, 1), 1.5))
        for th, tau in [(0.5, 10), (1.0, 20), (9.0, 20)]
    ]
    assert np.array_equal(spikes, np.hstack(alone))
    assert list(group.V_th[0]) == [0.5, 1.0, 9.0]


# ---- arrays ----


def test_steps_are_runs(noise):
    group, other = (clif.LIFNeuronGroup(40, batch_size=3, seed=7) for _ in range(2))
    whole = group.run(noise)
    steps = np.stack([other.step(x) for x in noise])
    assert whole.any() and not whole.all()
    assert np.array_equal(whole, steps)
    assert np.array_equal(group.V, other.V)
    assert group.step_count == other.step_count == 60
    assert group.spike_count == whole.sum()


def test_forms_of_spikes_agree_and_the_state_goes_along(noise):
    wanted = clif.LIFNeuronGroup(40, batch_size=3, seed=7).run(noise)
    group = clif.LIFNeuronGroup(40, batch_size=3, seed=7)
    got = [
        group.run(noise[:10]),
        group.run(noise[10:20], spikes="uint8"),
        group.run(noise[20:30], spikes="float32"),
        group.run(noise[30:40], spikes="bits"),
        group.run(noise[40:50], record=("v", "v_pre", "th")).spikes,
        group.run(noise[50:], spikes="bool"),
    ]
    assert [a.dtype.name for a in got] == ["bool", "uint8", "float32", "uint32", "bool", "bool"]
    bits = np.unpackbits(got[3].view(np.uint8), axis=-1, bitorder="little")
    assert not bits[..., 40:].any()
    got[3] = bits[..., :40]
    assert np.array_equal(np.concatenate([a.astype(bool) for a in got]), wanted)
    assert group.run(noise, spikes=None) is None
    assert group.step_count == 120


def test_records(noise):
    group = clif.LIFNeuronGroup(40, batch_size=3, preset="standard", tau=5)
    got = group.run(noise, record=["v_pre", "v"])
    assert got.th is None
    assert np.array_equal(got.spikes, got.v_pre >= 1)
    assert np.array_equal(got.v, np.where(got.spikes, 0, got.v_pre))
    assert group.run(noise, spikes=None, record=["th"]).spikes is None


@pytest.mark.parametrize("dtype", [np.float64, np.int64, bool, np.uint8, np.float16, ">f4"])
def test_dtypes_of_input(dtype):
    x = np.random.RandomState(2).randint(0, 2, (30, 8)).astype(dtype)
    wanted = clif.LIFNeuronGroup(8, preset="standard", r=3).run(x.astype(np.float32))
    assert wanted.any()
    assert np.array_equal(clif.LIFNeuronGroup(8, preset="standard", r=3).run(x), wanted)


@pytest.mark.parametrize(
    "cut",
    [
        lambda a: a,
        lambda a: a[::2],
        lambda a: a[::-1],
        lambda a: a[:, 1:, :],
        lambda a: a[:, ::-1],
        lambda a: a[:, :, ::2],
        lambda a: a[:, :, 3:33],
        lambda a: a.transpose(1, 0, 2)[:3, :3],
        lambda a: np.asfortranarray(a),
        lambda a: np.broadcast_to(a[0], (20, 3, 40)),
        lambda a: np.broadcast_to(a[:, :1], (60, 3, 40)),
    ],
)
def test_strides_of_input(noise, cut):
    x = cut(noise)
    make = dict(num_neurons=x.shape[2], batch_size=x.shape[1], seed=9, tau=3)
    wanted = clif.LIFNeuronGroup(**make).run(np.ascontiguousarray(x))
    assert np.array_equal(clif.LIFNeuronGroup(**make).run(x), wanted)


def test_what_the_library_takes_is_not_copied(noise):
    from clif._arrays import as_input, packed

    still = np.broadcast_to(noise[0, 0], (9, 40))[:, None]
    for view in (noise, noise[::2], noise[:, 1:], np.broadcast_to(noise[0], (9, 3, 40)), still):
        assert packed(as_input("I", view)) is view
    swapped = noise.transpose(1, 0, 2)
    assert packed(swapped) is swapped
    assert packed(noise[:, :, ::2]) is not noise
    flags = noise > 1
    assert np.shares_memory(packed(as_input("I", flags)), flags)


def test_out_is_written_to(noise):
    group = clif.LIFNeuronGroup(40, batch_size=3, seed=7)
    wanted = clif.LIFNeuronGroup(40, batch_size=3, seed=7).run(noise, record=["v"])
    room = np.full((120, 3, 40), True)
    v = np.zeros((60, 3, 40), np.float32)
    got = group.run(noise, record=["v"], out=clif.Recording(room[::2], v))
    assert np.shares_memory(got.spikes, room) and got.v is v
    assert np.array_equal(room[::2], wanted.spikes) and np.array_equal(v, wanted.v)
    assert room[1::2].all()
    row = np.empty((3, 40), bool)
    assert group.step(noise[0], out=row) is row


def test_one_sample_needs_no_batch():
    x = np.random.RandomState(3).rand(20, 5).astype(np.float32) * 3
    wanted = clif.LIFNeuronGroup(5, seed=1).run(x[:, None])
    assert wanted.shape == (20, 1, 5)
    assert np.array_equal(clif.LIFNeuronGroup(5, seed=1).run(x), wanted[:, 0])
    group = clif.LIFNeuronGroup(5, seed=1)
    assert np.array_equal(np.stack([group.step(row) for row in x]), wanted[:, 0])
    bits = clif.LIFNeuronGroup(5, seed=1).run(x, spikes="bits", record=["th"])
    assert bits.spikes.shape == (20, 2) and bits.th.shape == (20, 5)


def test_a_constant_input_for_many_steps():
    I = np.array([0.5, 1.5, 3.0], np.float32)
    wanted = clif.LIFNeuronGroup(3, seed=1).run(np.tile(I, (50, 1)))
    assert np.array_equal(clif.LIFNeuronGroup(3, seed=1).run(I, steps=50), wanted)


def test_fewer_samples_than_batch_size(noise):
    group = clif.LIFNeuronGroup(40, batch_size=3, seed=7)
    wanted = group.run(noise)
    group.reset()
    assert np.array_equal(group.run(noise[:, :2]), wanted[:, :2])
    assert group.V.shape == (2, 40)


# ---- state ----


def test_reset_starts_anew(noise):
    group = clif.LIFNeuronGroup(40, batch_size=3, seed=7)
    first = group.run(noise)
    assert not np.array_equal(group.run(noise), first)
    group.reset()
    assert group.step_count == 0 and not group.V.any()
    assert np.array_equal(group.run(noise), first)


def test_reset_at_a_step_and_sample(noise):
    whole = clif.LIFNeuronGroup(40, batch_size=3, seed=7).run(noise)
    part = clif.LIFNeuronGroup(40, seed=7)
    part.reset(first_sample=2)
    assert np.array_equal(part.run(noise[:, 2:]), whole[:, 2:])
    part.reset(first_step=1000)
    assert part.step_count == 1000


def test_state_can_be_set():
    group = clif.LIFNeuronGroup(3, batch_size=2, stochastic=False)
    group.V = 0.5
    group.V_th = [[1, 1.5, 2], [1, 1, 1]]
    assert (group.V == 0.5).all()
    group.step(np.zeros((2, 3)))
    assert np.allclose(group.V, 0.475)
    assert np.allclose(group.V_th[0], [1.0, 1.45, 1.9])
    copy = group.V
    copy[:] = 9
    assert group.V.max() < 1


def test_state_of_refractory_neurons():
    group = clif.LIFNeuronGroup(2, preset="standard", refractory=5)
    assert group.state_names == ["v", "wait"]
    group.V = 2
    assert group.step(np.zeros(2)).all()
    assert (group.get_state("wait") == 5).all()
    group.set_state("wait", 0)
    group.V = 2
    assert group.step(np.zeros(2)).all()


def test_save_and_restore(noise):
    group = clif.LIFNeuronGroup(40, batch_size=3, seed=7)
    group.run(noise[:20])
    saved = group.save()
    wanted = group.run(noise[20:])
    group.restore(saved)
    assert group.step_count == 20
    assert np.array_equal(group.run(noise[20:]), wanted)
    other = clif.LIFNeuronGroup(40, batch_size=3, seed=7)
    other.restore(saved)
    assert np.array_equal(other.run(noise[20:], spikes="uint8"), wanted)


def test_seeds_and_ids(noise):
    def spikes(**keywords):
        return clif.LIFNeuronGroup(40, batch_size=3, **keywords).run(noise)

    assert np.array_equal(spikes(seed=2**64 - 1), spikes(seed=2**64 - 1))
    assert not np.array_equal(spikes(seed=1), spikes(seed=2))
    assert not np.array_equal(spikes(seed=1), spikes(seed=1, id=1))
    group = clif.LIFNeuronGroup(40, batch_size=3, seed=1)
    group.seed = 2
    assert group.seed == 2
    assert np.array_equal(group.run(noise), spikes(seed=2))
    assert np.array_equal(group.run(noise, record=["v"]).spikes.shape, noise.shape)
    group.reset()
    assert np.array_equal(group.run(noise), spikes(seed=2))


# ---- one neuron ----


def test_one_neuron():
    neuron, group = clif.LIFNeuron(seed=4), clif.LIFNeuronGroup(1, seed=4)
    x = np.random.RandomState(4).rand(200) * 2
    spikes = [neuron.step(value) for value in x]
    assert {type(s) for s in spikes} == {bool} and any(spikes)
    assert np.array_equal(spikes, group.run(x[:, None])[:, 0])
    assert neuron.get_potential() == group.V[0, 0]
    assert neuron.get_threshold() == group.V_th[0, 0]
    assert type(neuron.get_potential()) is float
    neuron.reset()
    assert np.array_equal(neuron.run(x), spikes)
    with pytest.raises(TypeError, match="LIFNeuronGroup has"):
        clif.LIFNeuron(batch_size=2)
    with pytest.raises(clif.Error, match="one neuron takes a number"):
        neuron.step([1, 2])
