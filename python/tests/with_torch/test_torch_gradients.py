"""Spikes and gradients of clif.torch against the neuron in plain torch, in a selection of cases
that brings each two options together."""

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="PyTorch is not installed (package python3-torch)")

import reference as ref  # noqa: E402
from covering import pairwise  # noqa: E402

import clif.torch  # noqa: E402
from clif.torch import LIFLayer, LIFState, LinearLIF  # noqa: E402

FACTORS = {
    "form": ["standard", "seed"],
    "reset": ["value", "subtract", "none"],
    "detach": [True, False],
    "exact": [False, True],
    "strict": [False, True],
    "noise": [False, True],
    "stochastic": [False, True],
    "adaptive": ["no", "rest at threshold", "rest given"],
    "refractory": [False, True],
    "per_neuron": [False, True],
    "surrogate": list(ref.SURROGATES),
    "own_slope": [False, True],
    "learn_tau": [False, True],
    "learn_threshold": [False, True],
    "layer": ["neurons", "linear", "without bias"],
    "input": ["spikes", "bytes", "numbers"],
    "input_gradient": [True, False],
    "start": ["reset", "carried", "given"],
    "size": [17, 1, 65, 513],
    "batch": [3, 1],
    "steps": [25, 1, 2],
    "checkpoint": [None, 1, 5, 7],
}
SEED, ID, INPUTS = 1234567890123, 5, 37


def normalise(case):
    if case["form"] == "seed":
        plain = {"reset": "value", "exact": False, "strict": False, "refractory": False}
        case.update(plain)
        if case["adaptive"] == "rest given":
            case["adaptive"] = "rest at threshold"
    if case["stochastic"]:
        case.update(strict=False, surrogate="atan")
        if case["form"] == "seed":
            case["own_slope"] = False
    if case["reset"] == "none":
        case["detach"] = True
    if case["input"] == "bytes":
        case["input_gradient"] = False


CASES = pairwise(FACTORS, normalise)


class Subject:
    """A case's layer, the same neuron for the reference, and what goes in."""

    def __init__(self, case):
        self.case = case
        self.draw = np.random.default_rng(7)
        torch.manual_seed(3)
        self.neuron = self._neuron()
        self.rules = ref.Rules(case["surrogate"], 1.7 if case["own_slope"] else None)
        self.rules.attach = not case["detach"]
        self.layer = self._layer()
        self.x = self._input(case["steps"])
        self.start = self._start()

    # ---- the neuron ----

    def _number(self, low, high):
        """Numbers that float32 has, so that the learned ones are the same."""
        values = self.draw.uniform(low, high, self.case["size"]).astype(np.float32).astype(float)
        return values if self.case["per_neuron"] else float(values[0])

    def _neuron(self):
        case, number = self.case, self._number
        n = ref.Neuron(form=case["form"], dt=0.9, tau=number(2, 6), threshold=number(0.7, 1.3))
        n.v_reset, n.eta = number(-0.3, 0.2), number(0.05, 0.3)
        n.th_min, n.th_max = 0.65, 1.45
        n.noise_std = number(0.1, 0.3) if case["noise"] else 0.0
        n.stochastic, n.adaptive = case["stochastic"], case["adaptive"] != "no"
        if case["form"] == "seed":
            return n
        n.r, n.v_leak, n.reset = number(1, 3), number(-0.2, 0.2), case["reset"]
        n.strict, n.exact = case["strict"], case["exact"]
        n.refractory = number(1.5, 2.5) if case["refractory"] else 0.0
        n.slope = 1.7 if case["own_slope"] else 1.0
        n.th_rest = number(0.75, 1.4) if case["adaptive"] == "rest given" else None
        return n

    def _layer(self):
        case, n = self.case, self.neuron
        options = dict(V_th=n.threshold, V_reset=n.v_reset, tau=n.tau, dt=n.dt, eta=n.eta)
        options.update(use_adaptive_threshold=n.adaptive, noise_std=n.noise_std)
        options.update(stochastic=n.stochastic, min_threshold=n.th_min, max_threshold=n.th_max)
        options.update(preset=case["form"], surrogate=case["surrogate"], seed=SEED, id=ID)
        options.update(slope=1.7 if case["own_slope"] else None, detach_reset=case["detach"])
        options.update({key: case[key] for key in ("learn_tau", "learn_threshold", "checkpoint")})
        if case["form"] == "standard":
            options.update(r=n.r, v_leak=n.v_leak, refractory=n.refractory, reset=n.reset)
            options.update(th_rest=n.th_rest, integration="exact" if n.exact else "euler")
            options.update(compare="above_threshold" if n.strict else "at_threshold")
        if case["layer"] == "neurons":
            return LIFLayer(case["size"], **options)
        layer = LinearLIF(INPUTS, case["size"], case["layer"] == "linear", **options)
        torch.nn.init.uniform_(layer.weight, -0.2, 0.6)
        return layer

    # ---- what goes in ----

    def _input(self, steps):
        width = self.case["size"] if self.case["layer"] == "neurons" else INPUTS
        x = self.draw.uniform(-0.5, 2.5, (steps, self.case["batch"], width))
        if self.case["input"] != "numbers":
            x = x > 1.5
        dtype = torch.uint8 if self.case["input"] == "bytes" else torch.float32
        x = torch.as_tensor(x, dtype=dtype)
        return x.requires_grad_() if self.case["input_gradient"] else x

    def _start(self):
        """The state the run begins with; None: a reset."""
        case = self.case
        if case["start"] == "reset":
            return None
        if case["start"] == "carried":
            with torch.no_grad():
                self.layer(self._input(6))
            return self.layer.state
        shape = (case["batch"], case["size"])
        V, V_th = (torch.as_tensor(self.draw.uniform(*ends, shape), dtype=torch.float32)
                   for ends in ((-0.5, 0.9), (0.7, 1.4)))
        wait = torch.as_tensor(self.draw.integers(0, 3, shape), dtype=torch.float32)
        empty = self.layer.initial_state(case["batch"])
        return LIFState(
            V.requires_grad_(),
            None if empty.V_th is None else V_th.requires_grad_(),
            None if empty.wait is None else wait,
        )

    # ---- runs ----

    def random_numbers(self):
        case = self.case
        first = 6 if case["start"] == "carried" else 0
        shape = (case["steps"], case["batch"], case["size"])
        eps, u = ref.random_numbers(SEED, ID, *shape, first_step=first)
        noisy = case["noise"] and (case["form"] == "standard" or case["stochastic"])
        return eps if noisy else None, u if case["stochastic"] else None

    def refer(self, dtype, spikes, leaves=None):
        """The run of the path that the spikes tell. leaves: what it is a function of."""
        leaves = leaves or self.leaves(dtype)
        n = ref.Neuron(**vars(self.neuron))
        n.tau = leaves.get("tau", n.tau)
        n.threshold = leaves.get("threshold", n.threshold)
        I = leaves["x"]
        if self.case["layer"] != "neurons":
            I = ref.current(I, leaves["weight"], leaves.get("bias"))
        eps, u = (r if r is None else r.to(dtype) for r in self.random_numbers())
        return ref.run(n, self.rules, I, eps, u, spikes, self._start_of(n, leaves, dtype), dtype)

    def _start_of(self, n, leaves, dtype):
        if self.start is None:
            return None
        shape = self.start.V.shape
        fixed = ref._double(n.threshold).to(dtype).expand(shape)
        th = leaves.get("V_th", fixed)
        wait = torch.zeros(shape) if self.start.wait is None else self.start.wait
        return leaves["V"], th, wait.to(dtype)

    def leaves(self, dtype):
        """All that there may be gradients of, in this dtype."""
        found = {"x": self.x, **dict(self.layer.named_parameters())}
        if self.start is not None:
            found.update(V=self.start.V, V_th=self.start.V_th)
        leaf = {k: v.detach().to(dtype) for k, v in found.items() if v is not None}
        return {k: v.requires_grad_() for k, v in leaf.items()}


def run_layer(subject):
    """Spikes, and V and V_th behind the last step where the state is given."""
    if subject.case["start"] != "given":
        return subject.layer(subject.x), None, None
    spikes, state = subject.layer(subject.x, subject.start)
    return spikes, state.V, state.V_th


def is_exact(case):
    """Are currents and random numbers the same bits?"""
    dense = case["layer"] != "neurons" and case["input"] == "numbers"
    return not (dense or case["noise"] or case["stochastic"])


@pytest.mark.parametrize("case", CASES, ids=map(str, range(len(CASES))))
def test_spikes_and_gradients_are_those_of_the_model(case):
    s = Subject(case)
    spikes, V, V_th = run_layer(s)
    compare_spikes(s, spikes.detach())
    leaves = s.leaves(torch.float64)
    film = s.refer(torch.float64, spikes.detach(), leaves)
    pairs = [(spikes, film.s), (V, film.v), (V_th, film.th)]
    loss, expected = 0, 0
    for got, want in pairs:
        if got is None:
            continue
        weight = torch.as_tensor(s.draw.uniform(-1, 1, got.shape), dtype=torch.float32)
        loss, expected = loss + (got * weight).sum(), expected + (want * weight).sum()
    if not loss.requires_grad:
        return
    loss.backward()
    expected.backward()
    mine = {"x": s.x, **dict(s.layer.named_parameters())}
    if case["start"] == "given":
        mine.update(V=s.start.V, V_th=s.start.V_th)
    for name, tensor in mine.items():
        if tensor is not None and tensor.requires_grad:
            compare(name, tensor.grad, leaves[name].grad)


def compare_spikes(s, spikes):
    film = s.refer(torch.float32, spikes)
    wrong = film.decided != (spikes > 0)
    if is_exact(s.case):
        assert not wrong.any(), f"{int(wrong.sum())} spikes differ"
    else:
        assert (film.margin[wrong] < 2e-5).all(), film.margin[wrong]
        assert int(wrong.sum()) <= 2
    assert s.case["steps"] < 25 or s.case["size"] < 17 or 0.01 < spikes.mean() < 0.9


def compare(name, got, want):
    if want is None:  # nothing of the loss depends on it
        assert got is None or not got.any(), f"{name} has a gradient"
        return
    assert got is not None, f"{name} has no gradient"
    difference = (got.double() - want).abs().max()
    largest = want.abs().max()
    assert difference <= 1e-5 * largest, f"{name}: {difference:g} of {largest:g}"
