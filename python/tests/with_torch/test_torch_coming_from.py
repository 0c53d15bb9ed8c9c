"""docs/coming-from.md: its programs run, and what it says of other libraries is so.

The other libraries are looked for where CLIF_PEERS_SITE says; see docs/testing.md."""

import logging
import os
import re
import sys

import pytest

torch = pytest.importorskip("torch", reason="PyTorch is not installed (package python3-torch)")

from conftest import ROOT  # noqa: E402

from clif.torch import LIFLayer, LIFNeuronGroup, LinearLIF, tau_of_beta  # noqa: E402

STEPS, BATCH, INPUTS, NEURONS = 25, 16, 64, 10
BETA, TAU = 0.75, 4.0


def peer(name):
    sys.path[:0] = filter(None, [os.environ.get("CLIF_PEERS_SITE")])
    return pytest.importorskip(name, reason=f"{name} is not installed (CLIF_PEERS_SITE)")


def start():
    """What the document's programs begin with. All sums of these weights are exact."""
    torch.manual_seed(3)
    fc = torch.nn.Linear(INPUTS, NEURONS)
    with torch.no_grad():
        for parameter in fc.parameters():
            parameter.copy_((256 * torch.rand_like(parameter) - 90).round() / 512)
    x = (torch.rand(STEPS, BATCH, INPUTS) < 0.2).float()
    return {"torch": torch, "fc": fc, "x": x}


def programs():
    text = (ROOT / "docs" / "coming-from.md").read_text()
    found = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    assert len(found) == 5
    return found


def run(program):
    names = start()
    exec(program, names)
    assert names["spikes"].shape == (STEPS, BATCH, names["spikes"].shape[2])
    return names


@pytest.mark.parametrize("index", [1, 3, 4])
def test_the_programs_for_clif(index):
    assert 0.02 < run(programs()[index])["spikes"].mean() < 0.9


@pytest.mark.parametrize("library, before, after", [("snntorch", 0, 1), ("spikingjelly", 2, 3)])
def test_before_and_after_are_the_same(library, before, after):
    peer(library)
    theirs, ours = (run(programs()[i]) for i in (before, after))
    assert torch.equal(theirs["spikes"], ours["spikes"])
    g = torch.randn_like(ours["spikes"])
    theirs["spikes"].backward(g), ours["spikes"].backward(g)
    first = theirs["net"][0] if library == "spikingjelly" else theirs["fc"]
    close(ours["layer"].weight.grad, first.weight.grad)
    close(ours["layer"].bias.grad, first.bias.grad)


# ---- neurons alone, with other parameters ----


def close(mine, theirs):
    assert (mine - theirs).abs().max() <= 1e-5 * theirs.abs().max()


def currents(most=1.0, least=0.0):
    torch.manual_seed(5)
    x = least + torch.rand(STEPS, BATCH, NEURONS) * (most - least)
    return x, torch.randn(STEPS, BATCH, NEURONS)


def there_and_back(module, x, g):
    """Spikes and the input's gradient."""
    x = x.clone().requires_grad_()
    spikes = module(x)
    spikes.backward(g)
    assert 0.02 < spikes.mean() < 0.9
    return spikes.detach(), x.grad


def compare(mine, theirs, x, g):
    (spikes, grad), (their_spikes, their_grad) = (there_and_back(m, x, g) for m in (mine, theirs))
    assert torch.equal(spikes, their_spikes)
    close(grad, their_grad)


def standard(**options):
    return LIFNeuronGroup(NEURONS, preset="standard", **options)


# ---- snnTorch ----


def like_leaky(**options):
    tau = tau_of_beta(BETA)
    return standard(tau=tau, r=1 / (1 - BETA), compare="above_threshold", **options)


def leaky(**options):
    snntorch = peer("snntorch")
    neuron = snntorch.Leaky(beta=BETA, **options)

    def module(x):
        membrane, spikes = torch.zeros(x.shape[1:]), []
        for now in x:
            spike, membrane = neuron(now, membrane)
            spikes.append(spike)
        return torch.stack(spikes)

    module.neuron = neuron
    return module


@pytest.mark.parametrize("mechanism", ["zero", "none"])
def test_snntorch_resets(mechanism):
    names = {"zero": "value", "none": "none"}
    x, g = currents(0.5)
    compare(like_leaky(reset=names[mechanism]), leaky(reset_mechanism=mechanism), x, g)


def test_snntorch_threshold():
    x, g = currents()
    theirs = leaky(reset_mechanism="zero", threshold=0.5, learn_threshold=True)
    mine = like_leaky(V_th=0.5, learn_threshold=True)
    compare(mine, theirs, x, g)
    assert mine.threshold.grad.item() == pytest.approx(
        theirs.neuron.threshold.grad.item(), rel=1e-4
    )


def test_snntorch_subtracts_at_once_without_delay():
    """As long as nothing lifts V above two thresholds."""
    theirs = leaky(reset_mechanism="subtract", reset_delay=False)
    x, g = currents(0.9)
    mine = like_leaky(reset="subtract", detach_reset=False)
    compare(mine, theirs, x, g)
    x, g = currents(4.0)
    mine.reset()
    assert not torch.equal(mine(x), theirs(x))


def test_snntorch_subtracts_late_and_undecayed():
    theirs = leaky(reset_mechanism="subtract")
    x, _g = currents(0.9)
    v = torch.zeros(x.shape[1:])
    spikes = []
    for now in x:
        v = BETA * v + now - (v > 1).float()
        spikes.append((v > 1).float())
    assert torch.equal(theirs(x), torch.stack(spikes))
    assert not torch.equal(theirs(x), like_leaky(reset="subtract")(x))


@pytest.mark.parametrize(
    "surrogate, slope", [("atan", 3.0), ("fast_sigmoid", 5.0), ("sigmoid", 25)]
)
def test_snntorch_surrogates(surrogate, slope):
    spike_grad = getattr(peer("snntorch").surrogate, surrogate)
    x, g = currents()
    mine = like_leaky(surrogate=surrogate, slope=slope)
    compare(mine, leaky(reset_mechanism="zero", spike_grad=spike_grad(slope)), x, g)


def test_snntorch_defaults():
    snntorch = peer("snntorch")
    x, g = currents()
    compare(like_leaky(), leaky(reset_mechanism="zero"), x, g)  # atan(2)
    sigmoid = snntorch.surrogate.sigmoid()
    mine = like_leaky(surrogate="sigmoid", slope=25.0)
    compare(mine, leaky(reset_mechanism="zero", spike_grad=sigmoid), x, g)
    assert snntorch.Leaky(0.5).reset_mechanism == "subtract" and snntorch.Leaky(0.5).reset_delay
    u = torch.tensor([-0.5, 0.5], requires_grad=True)
    snntorch.surrogate.triangular()(u).sum().backward()
    assert u.grad.tolist() == [1, -1]


def test_snntorch_keeps_states_in_the_layer():
    snntorch = peer("snntorch")
    from snntorch import utils

    x, _g = currents()
    neuron = snntorch.Leaky(BETA, init_hidden=True, reset_mechanism="zero")
    mine = like_leaky()
    for _ in range(2):
        both = [torch.stack([neuron(now) for now in x]), mine(x)]
        assert torch.equal(*both)
    utils.reset(torch.nn.Sequential(neuron))
    mine.reset()
    assert torch.equal(torch.stack([neuron(now) for now in x]), mine(x))


# ---- SpikingJelly ----


def jelly(cls="LIFNode", **options):
    peer("spikingjelly")
    from spikingjelly.activation_based import neuron

    return getattr(neuron, cls)(step_mode="m", **options)


@pytest.mark.parametrize("decays", [True, False])
@pytest.mark.parametrize("v_reset", [0.0, -0.25, None])
@pytest.mark.parametrize("detached", [True, False])
def test_spikingjelly_neurons(decays, v_reset, detached):
    theirs = jelly(tau=TAU, decay_input=decays, v_reset=v_reset, detach_reset=detached)
    options = {"V_reset": v_reset, "v_leak": v_reset} if v_reset else {}
    if v_reset is None:
        options["reset"] = "subtract"
    options.update(r=1.0 if decays else TAU, surrogate="sigmoid", slope=4.0)
    x, g = currents(3.0 if decays else 1.0)
    compare(standard(tau=TAU, detach_reset=detached, **options), theirs, x, g)


def test_spikingjelly_defaults():
    theirs = jelly(tau=TAU)
    assert theirs.decay_input and not theirs.detach_reset
    assert type(theirs.surrogate_function).__name__ == "Sigmoid"
    assert theirs.surrogate_function.alpha == 4.0
    mine = standard(tau=TAU, surrogate="sigmoid", detach_reset=False)
    compare(mine, theirs, *currents(3.0))


@pytest.mark.parametrize(
    "name, alpha, surrogate, slope, factor",
    [
        ("ATan", 3.0, "atan", 3.0, 1),
        ("PiecewiseQuadratic", 1.5, "triangular", 1.5, 1),
        ("Erf", 1.5, "gaussian", 1.5 * 2**0.5, 1),
        ("SoftSign", 2.0, "fast_sigmoid", 2.0, 1),
        ("SoftSign", 5.0, "fast_sigmoid", 5.0, 2.5),
    ],
)
def test_spikingjelly_surrogates(name, alpha, surrogate, slope, factor):
    peer("spikingjelly")
    from spikingjelly.activation_based import surrogate as surrogates

    theirs = getattr(surrogates, name)(alpha=alpha)
    there = torch.linspace(-1, 1, 41, requires_grad=True)
    theirs(there).sum().backward()
    mine = LIFNeuronGroup(41, preset="standard", tau=1.0, surrogate=surrogate, slope=slope)
    here = (there.detach() + 1).unsqueeze(0).requires_grad_()  # tau = dt: V is the input
    mine(here).sum().backward()
    assert (factor * here.grad[0] - there.grad).abs().max() < 1e-5


def test_spikingjelly_finds_layers_to_reset(caplog):
    peer("spikingjelly")
    from spikingjelly.activation_based import functional

    layer, (x, _g) = standard(tau=TAU), currents(3.0)
    spikes = layer(x)
    with caplog.at_level(logging.WARNING):
        functional.reset_net(torch.nn.Sequential(layer))
    assert "reset()" in caplog.text
    assert torch.equal(layer(x), spikes)
    assert callable(functional.detach_net)


def test_spikingjelly_records_v_behind_the_reset():
    import numpy as np

    import clif

    theirs, (x, _g) = jelly(tau=TAU, store_v_seq=True), currents(3.0)
    theirs(x)
    group = clif.LIFNeuronGroup(NEURONS, batch_size=BATCH, preset="standard", tau=TAU)
    recorded = group.run(x.numpy(), record=("v",)).v
    assert np.abs(recorded - theirs.v_seq.detach().numpy()).max() < 1e-5


def test_spikingjelly_parametric():
    node = jelly("ParametricLIFNode", init_tau=TAU)
    assert [name for name, _ in node.named_parameters()] == ["w"]
    assert node.w.sigmoid().item() == pytest.approx(1 / TAU)
    compare(standard(tau=TAU, surrogate="sigmoid", detach_reset=False), node, *currents(3.0))


# ---- what is said of clif ----


def test_a_tau_that_is_learned_moves_the_gain():
    """One step: dV/dtau of V = dt/tau r x is -dt/tau^2 r x."""
    layer = standard(tau=TAU, r=TAU, learn_tau=True)
    _spikes, state = layer(torch.full((1, NEURONS), 0.5), layer.initial_state(1))
    state.V.sum().backward()
    assert layer.tau.grad.item() == pytest.approx(-0.5 * NEURONS / TAU, rel=1e-5)


def test_layers_with_the_same_seed_need_ids():
    x, _g = currents()
    one, same, other = (LIFLayer(NEURONS, seed=3, id=i)(x) for i in (0, 0, 1))
    assert torch.equal(one, same) and not torch.equal(one, other)


def test_a_loop_over_time_gives_the_same():
    x = start()["x"]
    torch.manual_seed(1)
    layer = LinearLIF(INPUTS, NEURONS, preset="standard", tau=TAU, r=TAU)
    whole = layer(x)
    layer.reset()
    assert torch.equal(torch.stack([layer(now) for now in x]), whole)
