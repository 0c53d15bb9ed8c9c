"""The surrogates: against their integrals, and against snnTorch's."""

import os
import sys

import pytest

torch = pytest.importorskip("torch", reason="PyTorch is not installed (package python3-torch)")

import reference as ref  # noqa: E402

from clif.torch import LIFLayer, beta_of_tau, tau_of_beta  # noqa: E402

BETA = 0.75  # so that clif's k and snnTorch's beta are exact in float32
SLOPES = {"sigmoid": 25.0}  # where snnTorch has another one when nothing is said


@pytest.mark.parametrize("surrogate", list(ref.SURROGATES))
def test_a_surrogate_is_the_derivative_of_its_integral(surrogate):
    neuron = ref.Neuron(tau=3.0, r=2.0, reset="subtract", adaptive=True, th_min=0.1, th_max=9.0)
    rules = ref.Rules(surrogate, slope=0.9, attach=True, smooth=True)
    torch.manual_seed(1)
    I = torch.rand(5, 2, 3, dtype=torch.float64).requires_grad_()
    weight = torch.rand(5, 2, 3, dtype=torch.float64)

    def loss(I):
        return (ref.run(neuron, rules, I, dtype=torch.float64).s * weight).sum()

    assert torch.autograd.gradcheck(loss, (I,), eps=1e-6, atol=1e-7, rtol=1e-6)


def test_a_surrogate_with_a_wrong_factor_would_be_found():
    right = ref.SURROGATES["atan"]
    ref.SURROGATES["atan"] = lambda x, a: (right(x, a)[0], right(x, a)[1] * 1.001)
    try:
        with pytest.raises(Exception, match="Jacobian mismatch"):
            test_a_surrogate_is_the_derivative_of_its_integral("atan")
    finally:
        ref.SURROGATES["atan"] = right


# ---- snnTorch ----


def current():
    """(20, 3, 17), so that some neurons fire, and dL/ds."""
    torch.manual_seed(5)
    return torch.rand(20, 3, 17).requires_grad_(), torch.randn(20, 3, 17)


def like_leaky(surrogate, delay):
    """The layer that does what Leaky(beta, reset_mechanism="zero", reset_delay=delay) does."""
    tau = tau_of_beta(BETA)
    options = dict(preset="standard", tau=tau, r=tau, compare="above_threshold")
    options.update(slope=SLOPES.get(surrogate), detach_reset=delay)
    return LIFLayer(17, surrogate=surrogate, **options)


def compare(layer, spikes, x, g):
    """A layer's spikes and gradients with spikes that are a function of another x."""
    mine = x.detach().clone().requires_grad_()
    got = layer(mine)
    assert torch.equal(got, spikes.float()) and 0.02 < got.mean() < 0.9
    got.backward(g)
    spikes.backward(g.to(spikes.dtype))
    assert (mine.grad - x.grad).abs().max() <= 1e-5 * x.grad.abs().max()


@pytest.mark.parametrize("delay", [True, False])
@pytest.mark.parametrize("surrogate", ["atan", "fast_sigmoid", "sigmoid"])
def test_leaky_as_its_equations_are(surrogate, delay):
    x, g = current()
    x = x.detach().double().requires_grad_()
    spikes = ref.leaky(x, BETA, 1.0, surrogate, SLOPES.get(surrogate), delay)
    compare(like_leaky(surrogate, delay), spikes, x, g)


@pytest.mark.parametrize("delay", [True, False])
@pytest.mark.parametrize("surrogate", ["atan", "fast_sigmoid", "sigmoid"])
def test_leaky_as_snntorch_has_it(surrogate, delay):
    sys.path[:0] = filter(None, [os.environ.get("CLIF_PEERS_SITE")])
    snntorch = pytest.importorskip(
        "snntorch", reason="snnTorch is not installed (CLIF_PEERS_SITE: see docs/testing.md)"
    )
    spike_grad = getattr(snntorch.surrogate, surrogate)()
    leaky = snntorch.Leaky(
        beta=BETA, reset_mechanism="zero", reset_delay=delay, spike_grad=spike_grad
    )
    x, g = current()
    membrane, spikes = torch.zeros(3, 17), []
    for now in x:
        spike, membrane = leaky(now, membrane)
        spikes.append(spike)
    compare(like_leaky(surrogate, delay), torch.stack(spikes), x, g)


@pytest.mark.parametrize("integration", ["euler", "exact"])
def test_beta_and_tau(integration):
    tau = tau_of_beta(0.9, 0.5, integration)
    assert beta_of_tau(tau, 0.5, integration) == pytest.approx(0.9, rel=1e-12)
    layer = LIFLayer(1, preset="standard", tau=tau, dt=0.5, integration=integration)
    layer.state = layer.state._replace(V=torch.ones(1, 1) / 2)
    layer(torch.zeros(1, 1))
    assert layer.V.item() == pytest.approx(0.45, rel=1e-6)


@pytest.mark.parametrize("beta", [1.0, -0.1])
def test_beta_out_of_range(beta):
    with pytest.raises(ValueError, match="beta is"):
        tau_of_beta(beta)
