"""Networks: trained ones from files, and what is built by hand."""

import numpy as np
import pytest

import clif
from conftest import DIGITS, ROOT


@pytest.fixture(scope="module")
def digits():
    data = ROOT / "tests" / "data" / "digits"
    return {
        "input": np.load(DIGITS / "input_spikes.npy"),
        "hidden": np.load(data / "snntorch_hidden_spikes.npy"),
        "output": np.load(data / "snntorch_output_spikes.npy"),
        "labels": np.load(DIGITS / "labels.npy"),
    }


def load_digits(**keywords):
    return clif.Network.load_nir(DIGITS / "digits.nir", dt=1e-3, compat="snntorch", **keywords)


def small(**lif):
    """Two inputs' worth of everything: (5) -> linear -> lif."""
    weight = np.random.RandomState(1).rand(4, 5)
    return clif.Network.sequential(5, clif.linear(weight), clif.lif(tau=3, **lif))


@pytest.fixture
def x():
    return (np.random.RandomState(2).rand(30, 3, 5) < 0.5).astype(np.uint8)


# ---- trained networks ----


@pytest.mark.parametrize("batch, chunk", [(360, 25), (7, 25), (100, 4)])
def test_digits_spike_as_snntorch_recorded(digits, batch, chunk):
    net = load_digits()
    net.record("lif1")
    net.record("output")
    net.prepare(batch)
    hidden, output = (np.full_like(digits[name], 7) for name in ("hidden", "output"))
    for b in range(0, 360, batch):
        net.reset()
        for t in range(0, 25, chunk):
            part = np.s_[t : t + chunk, b : b + batch]
            net.run(digits["input"][part], out={"lif1": hidden[part], "output": output[part]})
    assert np.array_equal(hidden, digits["hidden"])
    assert np.array_equal(output, digits["output"])


def test_digits_are_told_apart(digits):
    counts = load_digits().run(digits["input"])["output"].sum(axis=0)
    assert np.mean(counts.argmax(axis=1) == digits["labels"]) == 0.975


def test_rate_coding(digits):
    images = np.load(DIGITS / "images.npy")
    net = load_digits()
    net.set_coding("input", "rate")
    net.prepare(360, 25, seed=7)
    counts = net.run(images, steps=25)["output"].sum(axis=0)
    assert np.mean(counts.argmax(axis=1) == digits["labels"]) > 0.9


@pytest.mark.parametrize("prepared", [False, True])
def test_nir_there_and_back(digits, tmp_path, prepared):
    net = load_digits()
    if prepared:
        net.prepare(360)
    net.save_nir(tmp_path / "copy.nir")
    copy = clif.Network.load_nir(str(tmp_path / "copy.nir"), dt=1e-3)
    assert np.array_equal(copy.run(digits["input"])["output"], digits["output"])
    assert sorted(a.kind for a in copy.layers) == sorted(a.kind for a in net.layers)


def test_if_gain(tmp_path):
    net = clif.Network.sequential(1, clif.if_(r=2.0, compare="above_threshold"))
    net.save_nir(tmp_path / "if.nir", dt=0.5)
    I = np.full((12, 1, 1), 0.3)
    wanted = net.run(I)["output"]
    assert wanted.any()
    for gain, same in [("dt_r", True), ("auto", True), ("r", False)]:
        again = clif.Network.load_nir(tmp_path / "if.nir", dt=0.5, if_gain=gain)
        assert np.array_equal(again.run(I)["output"], wanted) == same


# ---- built ones ----


def test_every_layer():
    rng = np.random.RandomState(3)
    w, b, s = rng.randn(4, 6).astype("f"), rng.randn(4).astype("f"), rng.rand(2, 3).astype("f")
    net = clif.Network()
    net.add_input("in", (2, 3))
    net.add_scale("scale", s)
    net.add_relu("relu")
    net.add_flatten("flat")
    net.add_linear("fc", w, b)
    net.add_if("if", threshold=1.5, reset="subtract")
    net.add_lif("lif", tau=5, r=4)
    net.add_li("li", tau=4)
    net.add_output("out")
    chain = ["in", "scale", "relu", "flat", "fc", "if"]
    for a, z in list(zip(chain, chain[1:])) + [("fc", "lif"), ("if", "li"), ("lif", "li")]:
        net.connect(a, z)
    net.connect("li", "out")
    for name in ("fc", "if", "lif", "out"):
        net.record(name)
    net.record("if", "v")
    net.record("lif", "spike_f32")
    net.record("lif", "spike_bits")
    x = rng.randn(20, 2, 2, 3).astype("f")
    net.prepare(2, linear="events")
    got = net.run(x)

    fc = (np.maximum(x * s, 0).reshape(20, 2, 6) @ w.T) + b
    assert np.allclose(got["fc"], fc, atol=1e-5)
    assert got["if"].dtype == np.uint8 and got["fc"].dtype == np.float32
    v, u, y = np.zeros((3, 2, 4), "f")
    for t in range(20):
        v = v + got["fc"][t]
        assert np.array_equal(got["if"][t], v >= 1.5)
        v = v - np.float32(1.5) * got["if"][t]
        assert np.allclose(got["if.v"][t], v, atol=1e-6)
        u = np.float32(0.8) * u + np.float32(0.2 * 4) * got["fc"][t]
        assert np.array_equal(got["lif"][t], u >= 1)
        u = np.where(got["lif"][t], 0, u)
        y = np.float32(0.75) * y + np.float32(0.25) * (got["if"][t] + got["lif"][t])
        assert np.allclose(got["out"][t], y, atol=1e-6)
    assert got["if"].any() and got["lif"].any()
    assert np.array_equal(got["lif.spike_f32"], got["lif"])
    bits = np.unpackbits(got["lif.spike_bits"].view(np.uint8), axis=-1, bitorder="little")
    assert np.array_equal(bits[..., :4], got["lif"])


def test_sequential_is_a_chain():
    net = small()
    assert [(a.name, a.kind) for a in net.layers] == [
        ("input", "input"),
        ("linear1", "linear"),
        ("lif1", "lif"),
        ("output", "output"),
    ]
    net = clif.Network.sequential(
        (2, 2), clif.scale(np.ones((2, 2))), clif.flatten(), clif.relu(), clif.if_(), clif.li()
    )
    assert net.run(np.ones((3, 1, 2, 2)))["output"].shape == (3, 1, 4)


def test_what_outputs_put_out_is_recorded_where_nothing_is_said():
    net = clif.Network()
    net.add_input("in", 2)
    for name in ("a", "b"):
        net.add_output(name)
        net.connect("in", name)
    assert sorted(net.run(np.ones((3, 1, 2)))) == ["a", "b"]


def test_the_seed_form_in_a_network_is_the_group():
    x = np.random.RandomState(4).rand(40, 2, 6).astype(np.float32) * 2
    net = clif.Network()
    net.add_input("in", 6)
    net.add_lif("neurons", form="seed")
    net.connect("in", "neurons")
    net.record("neurons")
    net.set_id("neurons", 5)
    net.prepare(2, seed=8)
    group = clif.LIFNeuronGroup(6, batch_size=2, seed=8, id=5)
    assert np.array_equal(net.run(x)["neurons"], group.run(x))


def test_options_of_all_layers(x):
    net = small()
    net.set_options(stochastic=True, slope=3.0)
    net.prepare(3, seed=1)
    assert not np.array_equal(net.run(x)["output"], small().run(x)["output"])
    one = small()
    one.set_options("lif1", stochastic=True, slope=3.0)
    one.prepare(3, seed=1)
    net.reset()
    assert np.array_equal(net.run(x)["output"], one.run(x)["output"])
    net.reset()
    net.set_seed(2)
    assert not np.array_equal(net.run(x)["output"], one.run(x)["output"])


@pytest.mark.parametrize("coding", ["none", "rate", "latency", "delta"])
def test_codings(coding):
    net = clif.Network()
    net.add_input("in", 4)
    net.record("in")
    net.set_coding("in", coding, gain=0.5, window=10 if coding == "latency" else 0)
    net.prepare(1, 10)
    x = np.array([[0.0, 0.5, 1.0, 2.0]], np.float32)
    got = net.run(x, steps=10)["in"][:, 0]
    if coding == "none":
        assert np.array_equal(got, np.tile(x, (10, 1)))
    else:
        assert set(np.unique(got)) <= {0, 1} and got[:, 3].any() and not got[:, 0].any()
    if coding == "latency":
        assert list(np.flatnonzero(got[:, 3])) == [0] and got.sum() == 3
    if coding == "delta":
        assert got.sum() == got[0].sum() == 3


def test_two_inputs(x):
    net = clif.Network()
    for name in ("a", "b"):
        net.add_input(name, 5)
        net.add_linear("w" + name, np.ones((2, 5)))
        net.connect(name, "w" + name)
    net.add_lif("lif")
    net.connect("wa", "lif")
    net.connect("wb", "lif")
    net.record("lif", "v_pre")
    got = net.run({"a": x, "b": x * 2})["lif.v_pre"]
    assert np.allclose(got[0], x[0].sum(-1, keepdims=True) * 3 / 20)


def test_chunks_state_and_snapshots(x):
    whole = small().run(x)["output"]
    net = small()
    net.prepare(3)
    first = net.run(x[:10])["output"]
    saved, v = net.save(), net.get_state("lif1", "v")
    assert v.shape == (3, 4) and net.state_names("lif1") == ["v"]
    rest = net.run(x[10:])["output"]
    assert np.array_equal(np.concatenate([first, rest]), whole)
    net.restore(saved)
    assert np.array_equal(net.get_state("lif1", "v"), v)
    assert np.array_equal(net.run(x[10:])["output"], rest)
    other = small()
    other.prepare(3)
    other.run(x[:10])
    other.set_state("lif1", "v", v)
    assert np.array_equal(other.run(x[10:])["output"], rest)


def test_fewer_samples(x):
    net = small()
    net.prepare(8)
    net.run(x)
    assert net.get_state("lif1", "v").shape == (3, 4)
    net.reset()
    assert net.get_state("lif1", "v").shape == (8, 4)
    net.set_state("lif1", "v", 0.25)
    assert (net.get_state("lif1", "v") == 0.25).all()


def test_ways_agree_on_spikes(x):
    wanted = small().run(x)["output"]
    assert wanted.any() and not wanted.all()
    for way in ("dense", "events", "auto"):
        net = small()
        net.prepare(3, 30, linear=way, dense="clblast", overlap="off", profile=True)
        assert np.array_equal(net.run(x)["output"], wanted)


def test_looking(x):
    net = small()
    assert net.explain() == "" and not net.prepared and net.plan.tile_steps == 0
    out = net.run(x)["output"]
    assert net.prepared
    layers = {layer.name: layer for layer in net.layers}
    assert layers["lif1"].shape == (4,) and layers["lif1"].spiking
    assert layers["lif1"].spikes == out.sum()
    assert layers["input"].spikes == x.sum()
    assert net.plan.tile_batch == 3 and net.plan.device_bytes > 0
    assert "linear1" in net.explain()
    assert "linear1 (linear)" in repr(net)


def test_the_joined_shape_and_strided_parts_will_do():
    net = clif.Network.sequential((2, 3), clif.flatten(), clif.if_())
    x = np.random.RandomState(5).rand(8, 4, 2, 3).astype(np.float32)
    net.prepare(4)
    wanted = net.run(x)["output"]
    net.reset()
    assert np.array_equal(net.run(x.reshape(8, 4, 6))["output"], wanted)
    net.reset()
    strided = np.zeros((8, 4, 2, 6), np.float32)[..., ::2]
    strided[:] = x
    assert np.array_equal(net.run(strided)["output"], wanted)
    net.reset()
    room = np.zeros((4, 8, 6), np.uint8)
    net.run(x, out={"output": room.transpose(1, 0, 2)})
    assert np.array_equal(room.transpose(1, 0, 2), wanted)
