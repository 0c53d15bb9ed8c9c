"""The layers of clif.torch as modules: the original's example, state, copies, what is refused."""

import ast
import copy
import io
import os
import pickle
import re
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="PyTorch is not installed (package python3-torch)")

import clif  # noqa: E402
from clif.torch import (  # noqa: E402
    LIFLayer,
    LIFNeuronGroup,
    LIFState,
    LinearLIF,
    TorchLIFNeuronGroup,
)

ROOT = Path(__file__).resolve().parents[3]
STANDARD = dict(preset="standard", tau=4.0, r=4.0)


def currents(*shape, seed=4):
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed)) * 2


# ---- the original ----


def example():
    """ExampleSNN of the original project's README, with another import; run as there."""
    text = (Path(__file__).parent / "example_snn.txt").read_text()
    namespace = {"__name__": "__main__"}
    exec(compile(text, "example_snn.txt", "exec"), namespace)  # makes `model` and `output`
    return namespace


def test_the_originals_example_runs_and_learns():
    ran = example()
    model, output = ran["model"], ran["output"]
    assert output.shape == (10, 10) and output.dtype == torch.float32
    again = model(ran["input"])
    assert not torch.equal(again, output)  # the state went on, and so did the random numbers
    again.square().sum().backward()
    for layer in (model.input_to_hidden, model.output_layer):
        assert layer.weight.grad.any() and layer.bias.grad.any()
    assert {name for name, _ in model.named_parameters()} == {
        f"{layer}.{name}"
        for layer in ("input_to_hidden", "output_layer")
        for name in ("weight", "bias")
    }


@pytest.mark.parametrize("form", ["det_adaptive", "det_fixed", "det_clamp"])
def test_the_originals_recordings(form):
    file = ROOT / "tests" / "data" / "seed_golden" / f"golden_{form}.csv"
    first, *_ = file.read_text().splitlines()
    options = ast.literal_eval(first[first.index("{") : first.index("}") + 1])
    table = np.genfromtxt(file, delimiter=",", names=True, skip_header=1)
    shape = [int(table[name].max()) + 1 for name in "tbn"]
    I, spikes, V, V_th = (
        torch.as_tensor(table[name].reshape(shape), dtype=torch.float32)
        for name in ("I", "spike", "V", "V_th")
    )
    layer = LIFNeuronGroup(shape[2], **options)
    for t in range(shape[0]):
        assert torch.equal(layer.step(I[t]), spikes[t])
        assert torch.equal(layer.V, V[t]) and torch.equal(layer.V_th, V_th[t])


def test_names_and_arguments_of_the_original():
    assert TorchLIFNeuronGroup is LIFLayer
    layer = LIFLayer(3, 1.0, 0.0, 20.0, 1.0, 0.1, True, 0.1, True, 0.5, 2.0, 4, "cuda")
    assert layer(torch.zeros(2, 4, 3)).shape == (2, 4, 3)
    assert layer.V.shape == (4, 3)


def test_it_is_the_group_without_torch():
    options = dict(seed=11, id=3)
    layer, group = LIFLayer(17, **options), clif.LIFNeuronGroup(17, batch_size=3, **options)
    x = currents(20, 3, 17)
    assert np.array_equal(layer(x).numpy(), group.run(x.numpy(), spikes="float32"))
    assert np.array_equal(layer.V.numpy(), group.V)
    assert np.array_equal(layer.V_th.numpy(), group.V_th)


# ---- state ----


def test_state_goes_on_until_reset():
    layer, x = LIFLayer(17, seed=1), currents(12, 3, 17)
    whole = layer(x)
    layer.reset(0)
    parts = [layer(x[:5]), layer(x[5]).unsqueeze(0), layer(x[6:])]
    assert torch.equal(torch.cat(parts), whole)
    layer.reset(0)
    with torch.no_grad():
        assert torch.equal(layer(x), whole)


@pytest.mark.parametrize("options", [{}, dict(STANDARD, refractory=2.5), dict(STANDARD)])
def test_a_state_that_is_given_is_the_one_that_is_kept(options):
    kept, given = (LIFLayer(17, seed=1, **options) for _ in range(2))
    x = currents(12, 3, 17)
    state = given.initial_state(3)
    for part in (x[:5], x[5:6], x[6:]):
        spikes, state = given(part, state)
        assert torch.equal(kept(part), spikes)
        for mine, other in zip(kept.state, state):
            assert (mine is None and other is None) or torch.equal(mine, other)


def test_a_given_state_leaves_the_kept_one_alone():
    layer, other = (LIFLayer(17, **STANDARD) for _ in range(2))
    x = currents(12, 3, 17)
    layer(x[:6]), other(x[:6])
    before = layer.state
    layer(x, layer.initial_state(3))
    assert torch.equal(layer.V, before.V)
    assert torch.equal(layer(x[6:]), other(x[6:]))


def test_gradients_go_through_a_state_from_run_to_run():
    options = dict(STANDARD, use_adaptive_threshold=True, learn_threshold=True)
    x, g = currents(12, 3, 17), torch.randn(12, 3, 17)
    results = []
    for cuts in ([12], [5, 7], [1] * 12):
        layer, leaf = LIFLayer(17, **options), x.clone().requires_grad_()
        state, spikes = layer.initial_state(3), []
        for part in leaf.split(cuts):
            out, state = layer(part, state)
            spikes.append(out)
        (torch.cat(spikes) * g).sum().backward()
        results.append((leaf.grad, layer.threshold.grad))
    carried = LIFLayer(17, **options)
    leaf = x.clone().requires_grad_()
    (carried(leaf) * g).sum().backward()
    results.append((leaf.grad, carried.threshold.grad))
    for grad, threshold in results[1:]:
        assert (grad - results[0][0]).abs().max() <= 1e-6 * results[0][0].abs().max()
        assert torch.allclose(threshold, results[0][1], rtol=1e-5)


def test_the_kept_state_has_no_gradient():
    layer, x = LIFLayer(17, **STANDARD), currents(6, 3, 17).requires_grad_()
    layer(x)
    layer(x.detach() + 0).sum()
    spikes = layer(x * 1)
    assert not layer.V.requires_grad
    spikes.sum().backward()
    assert x.grad.any()


def test_another_batch_needs_a_reset():
    layer = LIFLayer(17, batch_size=2)
    assert layer.V.shape == (2, 17)
    layer(currents(6, 3, 17))
    assert layer.V.shape == (3, 17)
    with pytest.raises(ValueError, match="2 samples, but the state is that of 3"):
        layer(currents(6, 2, 17))
    layer.reset()
    assert layer(currents(6, 2, 17)).shape == (6, 2, 17)


def test_a_state_can_be_set():
    layer, x = LIFLayer(17, seed=3), currents(12, 3, 17)
    layer(x[:6])
    state = layer.state
    rest = layer(x[6:])
    layer.reset(6)
    layer.state = state
    assert torch.equal(layer(x[6:]), rest)


# ---- random numbers ----


RATE = dict(spike_coding="rate", stochastic=False, tau=2.0, V_th=0.6)


@pytest.mark.parametrize("number, options", [(1.0, {}), (128.0, RATE)])
def test_the_same_seed_gives_the_same_spikes(number, options):
    x = torch.full((20, 3, 17), number)
    one, same, other = (LIFLayer(17, seed=s, **options) for s in (5, 5, 6))
    spikes = one(x)
    assert torch.equal(same(x), spikes) and not torch.equal(other(x), spikes) and spikes.any()
    one.reset()
    assert not torch.equal(one(x), spikes)
    one.reset(0)
    assert torch.equal(one(x), spikes)


def test_without_a_seed_torch_gives_one():
    seeds = []
    for _ in range(2):
        torch.manual_seed(8)
        seeds.append([LIFLayer(17)._settings.seed for _ in range(2)])
    assert seeds[0] == seeds[1] and seeds[0][0] != seeds[0][1]
    torch.manual_seed(8)
    LIFLayer(17, stochastic=False)  # draws nothing
    assert LIFLayer(17)._settings.seed == seeds[0][0]


def test_rate_coding():
    layer = LIFLayer(400, preset="standard", tau=1.0, spike_coding="rate", seed=1)
    x = torch.tensor([0, 51, 255.0]).repeat_interleave(400).reshape(3, 400).expand(50, 3, 400)
    rates = layer(x).mean(dim=(0, 2))  # tau = dt: V is the input
    assert rates[0] == 0 and rates[2] == 1
    assert abs(rates[1] - 0.2) < 5 * (0.2 * 0.8 / 20000) ** 0.5
    with pytest.raises(ValueError, match="0 to 255"):
        layer(x + 1)


# ---- what is learned ----


def test_linear_lif_is_linear_and_lif():
    torch.manual_seed(9)
    fused = LinearLIF(9, 17, **STANDARD)
    torch.manual_seed(9)
    linear, neurons = torch.nn.Linear(9, 17), LIFLayer(17, **STANDARD)
    assert torch.equal(fused.weight, linear.weight) and torch.equal(fused.bias, linear.bias)
    linear.load_state_dict(fused.state_dict())
    fused.load_state_dict(linear.state_dict())
    assert fused.weight.shape == (17, 9) and fused.weight.stride() == (1, 17)
    x = (currents(20, 3, 9) > 1).float()
    assert (fused(x) != neurons(linear(x))).float().mean() < 0.01


@pytest.mark.parametrize("per_neuron", [False, True])
@pytest.mark.parametrize("name", ["tau", "threshold"])
def test_a_change_of_what_is_learned_is_seen(name, per_neuron):
    start = np.full(17, 3.0) if per_neuron else 3.0
    which = {"tau": "tau", "threshold": "V_th"}[name]
    options = dict(preset="standard", r=8.0, **{which: start, f"learn_{name}": True})
    layer, x = LIFLayer(17, **options), currents(20, 3, 17)
    parameter = getattr(layer, name)
    assert [n for n, _ in layer.named_parameters()] == [name] == list(layer.state_dict())
    assert parameter.shape == ((17,) if per_neuron else ())
    before = layer(x)
    before.sum().backward()
    assert parameter.grad.all()
    with torch.no_grad():
        parameter.sub_(1.5 if name == "threshold" else -4.0)
    layer.reset()
    after = layer(x)
    options[which] = parameter.detach()
    assert torch.equal(after, LIFLayer(17, **options)(x)) and not torch.equal(after, before)


def test_a_layer_learns():
    torch.manual_seed(1)
    layer = LinearLIF(9, 1, preset="standard", tau=3.0, r=3.0, learn_tau=True)
    x = (currents(20, 16, 9) > 1.5).float()
    wanted = 20 * torch.rand(16, 1).round() * 0.4
    optimiser = torch.optim.Adam(layer.parameters(), 0.05)
    losses = []
    for _ in range(60):
        optimiser.zero_grad()
        layer.reset()
        loss = (layer(x).sum(0) - wanted).square().mean()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    assert losses[-1] < 0.5 * losses[0]


# ---- copies ----


def by_pickle(layer):
    return pickle.loads(pickle.dumps(layer))


def by_torch(layer):
    file = io.BytesIO()
    torch.save(layer, file)
    file.seek(0)
    return torch.load(file)


@pytest.mark.parametrize("copied", [copy.deepcopy, by_pickle, by_torch])
@pytest.mark.parametrize("cls", [LIFLayer, LinearLIF])
def test_a_copy_goes_on_as_the_layer_does(cls, copied):
    first = (9, 17) if cls is LinearLIF else (17,)
    layer = cls(*first, seed=4)
    x = currents(12, 3, first[0])
    layer(x[:6])
    other = copied(layer)
    assert other.state_dict().keys() == layer.state_dict().keys()
    assert torch.equal(other(x[6:]), layer(x[6:])) and torch.equal(other.V, layer.V)
    if cls is LinearLIF:
        assert other.weight.stride() == layer.weight.stride()
        with torch.no_grad():
            other.weight.zero_()
        assert layer.weight.any()


def test_other_dtypes_of_the_module():
    layer = LinearLIF(9, 17, **STANDARD)
    x = (currents(6, 3, 9) > 1).double()
    expected = layer(x)
    layer.double().reset()
    spikes = layer(x)
    assert spikes.dtype == torch.float64 and torch.equal(spikes, expected)
    spikes.sum().backward()
    assert layer.weight.grad.dtype == torch.float64 and layer.weight.grad.any()


def test_text():
    assert repr(LIFLayer(17, tau=5.0)) == "LIFLayer(17, preset=seed, tau=5.0)"
    text = repr(LinearLIF(9, 17, preset="standard", V_th=np.ones(17), learn_tau=True))
    assert text == (
        "LinearLIF(in_features=9, out_features=17, bias=True, preset=standard, "
        "threshold=<17 numbers>, learn_tau=True)"
    )


# ---- what is refused ----


@pytest.mark.parametrize(
    "options, sentence",
    [
        (dict(num_neurons=0), "num_neurons is 0"),
        (dict(batch_size=0), "batch_size is 0"),
        (dict(tau=-1.0), "tau of neuron 0 is -1"),
        (dict(tau=[1.0, 2.0]), "has 2 values"),
        (dict(tau="long"), "tau is 'long'"),
        (dict(V_th=3.0), "threshold of neuron 0 is 3"),
        (dict(preset="other"), "preset is 'other'"),
        (dict(preset="standard", reset="soft"), "reset is 'soft'"),
        (dict(r=2.0), "r "),
        (dict(surrogate="relu"), "surrogate is 'relu'"),
        (dict(slope="steep", stochastic=False), "slope is 'steep'"),
        (dict(spike_coding="latency"), "spike_coding is 'latency'; it must be 'rate' or None"),
        (dict(seed=-1), "seed is -1"),
        (dict(id=1 << 28), "id is"),
        (dict(checkpoint=-1), "checkpoint is -1"),
    ],
)
def test_arguments_that_are_refused(options, sentence):
    with pytest.raises(ValueError, match=re.escape(sentence)):
        LIFLayer(**{"num_neurons": 17, **options})


def test_a_slope_out_of_range_is_refused_when_it_is_needed():
    layer = LIFLayer(17, preset="standard", slope=-1.0)
    with pytest.raises(ValueError, match="slope is -1"):
        layer(currents(2, 3, 17).requires_grad_())


@pytest.mark.parametrize(
    "x, sentence",
    [
        (lambda: torch.zeros(2, 3, 16), "(2, 3, 16); it must be (steps, batch, 17)"),
        (lambda: torch.zeros(17), "(17,)"),
        (lambda: torch.zeros(1, 2, 3, 17), "(1, 2, 3, 17)"),
        (lambda: torch.zeros(0, 3, 17), "at least one of each"),
        (lambda: torch.zeros(2, 0, 17), "at least one of each"),
        (lambda: torch.zeros(2, 3, 17, dtype=torch.complex64), "complex64"),
        (lambda: np.zeros((2, 3, 17)), "ndarray; it must be a tensor"),
    ],
)
def test_inputs_that_are_refused(x, sentence):
    for layer in (LIFLayer(17), LIFNeuronGroup(17)):
        with pytest.raises(ValueError, match=re.escape(sentence)):
            layer(x())


def test_step_takes_one_step():
    with pytest.raises(ValueError, match="step\\(\\) takes \\(batch, 17\\)"):
        LIFNeuronGroup(17).step(torch.zeros(2, 3, 17))


@pytest.mark.parametrize("turned", [True, False])
@pytest.mark.parametrize("wrong", [float("nan"), float("inf")])
def test_weights_that_are_refused(turned, wrong):
    layer, x = LinearLIF(9, 17, **STANDARD), currents(6, 3, 9)
    if not turned:
        layer.weight = torch.nn.Parameter(layer.weight.detach().contiguous())
    before = layer(x)
    number = float(layer.weight[3, 5])
    for value, refused in ((wrong, True), (number, False)):
        with torch.no_grad():
            layer.weight[3, 5] = value
        layer.reset()
        if refused:
            with pytest.raises(ValueError, match=f"element {3 * 9 + 5} of its weight is"):
                layer(x)
        else:
            assert torch.equal(layer(x), before)


def test_nan_is_refused_until_a_reset():
    layer, x = LIFLayer(17, **STANDARD), currents(6, 3, 17)
    wrong = x.clone()
    wrong[2, 1, 3] = float("nan")
    layer(x)
    with pytest.raises(ValueError, match="NaN"):
        layer(wrong)
    with pytest.raises(clif.Error):
        layer(x)
    layer.reset()
    assert torch.equal(layer(x), LIFLayer(17, **STANDARD)(x))


@pytest.mark.parametrize(
    "state, sentence",
    [
        (7, "must be a LIFState"),
        (LIFState(torch.zeros(3, 16), torch.ones(3, 17)), "V of the state is (3, 16)"),
        (LIFState(torch.zeros(3, 17)), "V_th of the state is None"),
        (LIFState(torch.zeros(3, 17), torch.full((3, 17), 5.0)), "th"),
    ],
)
def test_states_that_are_refused(state, sentence):
    with pytest.raises(ValueError, match=re.escape(sentence)):
        LIFLayer(17)(currents(6, 3, 17), state)


# ---- threads and processes ----


def test_threads_take_turns():
    x, g = currents(20, 3, 17), torch.randn(20, 3, 17)

    def work(results, i):
        layer = LinearLIF(17, 17, **STANDARD)
        layer.load_state_dict(state)
        for _ in range(10):
            layer.reset()
            layer.zero_grad()
            layer(x).backward(g)
        results[i] = layer.weight.grad

    state = LinearLIF(17, 17, **STANDARD).state_dict()
    results = [None] * 5
    work(results, 0)
    threads = [threading.Thread(target=work, args=(results, i)) for i in range(1, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(torch.equal(grad, results[0]) for grad in results)


def test_threads_may_share_a_layer():
    layer, inputs = LIFLayer(17, **STANDARD), [currents(20, 3, 17, seed=i) for i in range(4)]

    def work(x, results):
        with torch.no_grad():
            for _ in range(100):
                results.append(layer(x, layer.initial_state(3)))

    results = [[] for _ in inputs]
    threads = [threading.Thread(target=work, args=pair) for pair in zip(inputs, results)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for x, found in zip(inputs, results):
        spikes, state = layer(x, layer.initial_state(3))
        assert len(found) == 100
        assert all(torch.equal(s, spikes) and torch.equal(t.V, state.V) for s, t in found)


def in_process(script, tmp_path):
    """The output of a script in a Python of its own."""
    file = tmp_path / "script.py"
    file.write_text("import os, sys, torch, clif\nfrom clif.torch import *\n" + script)
    done = subprocess.run(
        [sys.executable, str(file)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def test_a_child_of_fork_is_told(tmp_path):
    said = in_process(
        """
layer = LIFLayer(3)
layer(torch.zeros(2, 1, 3))
sys.stdout.flush()
child = os.fork()
if child == 0:
    try:
        layer(torch.zeros(2, 1, 3))
    except clif.Error as error:
        print(error, flush=True)
    os._exit(0)
os.waitpid(child, 0)
layer(torch.zeros(2, 1, 3))
print("parent goes on")
""",
        tmp_path,
    )
    assert "by fork()" in said and "parent goes on" in said


def test_workers_of_a_data_loader_do_not_hang(tmp_path):
    said = in_process(
        """
layer = LinearLIF(5, 3, preset="standard")
layer(torch.zeros(2, 4, 5))
data = torch.utils.data.TensorDataset(torch.rand(16, 2, 5))
for epoch in range(2):
    for (x,) in torch.utils.data.DataLoader(data, batch_size=4, num_workers=2):
        layer.reset()
        layer(x.transpose(0, 1)).sum().backward()
print("done", layer.weight.grad.shape)
""",
        tmp_path,
    )
    assert "done torch.Size([3, 5])" in said


def test_the_program_in_the_document():
    text = (ROOT / "docs" / "torch.md").read_text()
    names = {}
    exec(re.search(r"```python\n(.*?)```", text, re.DOTALL).group(1), names)
    for layer in names["model"]:
        assert layer.V.abs().max() > 0.1 and layer.weight.grad.any()


def test_clif_itself_does_not_need_torch(tmp_path):
    file = tmp_path / "script.py"
    file.write_text("import sys, clif; print('torch' in sys.modules)")
    assert subprocess.check_output([sys.executable, str(file)], env=os.environ) == b"False\n"
