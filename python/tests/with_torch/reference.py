"""The neuron of docs/model.md in plain torch, for autograd to differentiate.

Written from that text and from gradient.h, operation by operation in the order they give, so that
in float32 the spikes are the library's, bit for bit. In float64, told the spikes of a float32 run,
it gives the gradients of that run's path.
"""

import math
from dataclasses import dataclass
from typing import Any, NamedTuple, Optional

import numpy as np
import torch
from torch import Tensor

# ---- surrogates: (integral, derivative) of x with slope a ----


def _atan(x, a):
    y = math.pi / 2 * a * x
    return torch.atan(y) / math.pi + 0.5, a / 2 / (1 + y**2)


def _fast_sigmoid(x, a):
    return x / (1 + a * x.abs()), 1 / (1 + a * x.abs()) ** 2


def _sigmoid(x, a):
    p = torch.sigmoid(a * x)
    return p, a * p * (1 - p)


def _triangular(x, a):
    y = (a * x).clamp(-1, 1)
    return 0.5 + y - y * y.abs() / 2, a * (1 - (a * x).abs()).clamp(min=0)


def _gaussian(x, a):
    return (
        0.5 * (1 + torch.erf(a * x / math.sqrt(2))),
        a / math.sqrt(2 * math.pi) * torch.exp(-((a * x) ** 2) / 2),
    )


def _boxcar(x, a):
    return (a * x + 0.5).clamp(0, 1), torch.where((a * x).abs() < 0.5, a, 0.0).to(x.dtype)


def _straight_through(x, a):
    return x + 0 * a, torch.ones_like(x)


SURROGATES = {
    "atan": _atan,
    "fast_sigmoid": _fast_sigmoid,
    "sigmoid": _sigmoid,
    "triangular": _triangular,
    "gaussian": _gaussian,
    "boxcar": _boxcar,
    "straight_through": _straight_through,
}
SLOPES = {"atan": 2.0, "fast_sigmoid": 25.0, "sigmoid": 4.0}


class Step(torch.autograd.Function):
    """Spikes as they are given (None: the surrogate's integral); backwards the surrogate of x."""

    @staticmethod
    def forward(ctx, x, spikes, surrogate, slope):
        integral, derivative = SURROGATES[surrogate](x, slope)
        ctx.save_for_backward(derivative)
        return integral if spikes is None else spikes.to(x.dtype)

    @staticmethod
    def backward(ctx, g):
        return g * ctx.saved_tensors[0], None, None, None


def choose(s, yes, no):
    """What `yes` or `no` is by a spike, and its derivative by the spike their difference. Spikes
    that are no zeros and ones mix them."""
    hard = s.detach()
    if not bool(((hard == 0) | (hard == 1)).all()):
        return no + s * (yes - no)
    return torch.where(hard > 0, yes, no) + (s - hard) * (yes - no).detach()


# ---- the neuron ----


@dataclass
class Neuron:
    """Names and numbers as in docs/model.md. Parameters are numbers, or arrays or tensors (n)."""

    form: str = "standard"
    tau: Any = 20.0
    dt: float = 1.0
    r: Any = 1.0
    v_leak: Any = 0.0
    v_reset: Any = 0.0
    threshold: Any = 1.0
    reset: str = "value"
    strict: bool = False
    exact: bool = False
    refractory: Any = 0.0
    noise_std: Any = 0.0
    stochastic: bool = False
    slope: Any = 1.0
    adaptive: bool = False
    eta: Any = 0.1
    th_rest: Any = None  # None: the threshold
    th_min: Any = 0.5
    th_max: Any = 2.0

    def clamps(self):
        return self.adaptive or self.form == "seed"


class Film(NamedTuple):
    """What happened: spikes, decisions and how far they were from the other, (T, B, n); the
    state."""

    s: Tensor
    decided: Tensor
    margin: Tensor
    v: Tensor
    th: Tensor
    wait: Tensor


@dataclass
class Rules:
    """How to differentiate. smooth: the step is replaced by the surrogate's integral."""

    surrogate: str = "atan"
    slope: Optional[float] = None
    attach: bool = False
    smooth: bool = False

    def a(self):
        return SLOPES.get(self.surrogate, 1.0) if self.slope is None else self.slope


def run(neuron, rules, I, eps=None, u=None, spikes=None, start=None, dtype=torch.float32):
    """T steps with the currents I (T, B, n). eps, u: random numbers of that shape. spikes: those
    that happen, whatever is decided. start: (v, th, wait), each (B, n); None: a reset."""
    p = _Coefficients(neuron, I.shape[1:], dtype)
    v, th, wait = start or p.start()
    film = []
    for t in range(I.shape[0]):
        waits = wait > 0
        v_pre = torch.where(waits, v, p.integrate(v, th, I[t], None if eps is None else eps[t]))
        decided, margin = p.fires(v_pre, th, None if u is None else u[t])
        decided = decided & ~waits
        s = _spike(p, rules, v_pre - th, decided if spikes is None else spikes[t], waits)
        v = p.reset(v_pre, th, s if rules.attach else s.detach())
        wait = torch.where(waits, wait - 1, torch.where(s.detach() > 0, p.wait, wait))
        th = p.adapt(th, s)
        film.append((s, decided, torch.where(waits, math.inf, margin)))
    s, decided, margin = (torch.stack(part) for part in zip(*film))
    return Film(s, decided, margin, v, th, wait)


def _spike(p, rules, x, happens, waits):
    by_chance = p.n.stochastic
    name, slope = ("sigmoid", p.slope) if by_chance else (rules.surrogate, rules.a())
    s = Step.apply(x, None if rules.smooth else happens, name, slope)
    return torch.where(waits, torch.zeros_like(s), s)


class _Coefficients:
    """Computed in double and rounded to float once, in float32 runs."""

    def __init__(self, n, shape, dtype):
        self.n, self.shape, self.dtype = n, shape, dtype
        tau, dt = _double(n.tau), n.dt
        k = -torch.expm1(-dt / tau) if n.exact else dt / tau
        leak = (1 - k, k * _double(n.r), k * _double(n.v_leak))
        self.a, self.b, self.c = (self._round(x) for x in leak)
        self.tau, self.dt = self._round(tau), self._round(_double(dt))
        for name in ("v_reset", "threshold", "noise_std", "slope", "eta", "th_min", "th_max"):
            setattr(self, name, self._round(_double(getattr(n, name))))
        self.th_rest = self.threshold if n.th_rest is None else self._round(_double(n.th_rest))
        self.wait = self._round(torch.ceil(_double(n.refractory) / dt - 1e-6).clamp(min=0))
        self.wait = self.wait.expand(shape)

    def _round(self, x):
        return x.to(self.dtype)

    def start(self):
        v = torch.zeros(self.shape, dtype=self.dtype)
        if self.n.form != "seed":
            v = v + self.v_reset
        return v, self.threshold.expand(self.shape), torch.zeros(self.shape, dtype=self.dtype)

    def integrate(self, v, th, I, eps):
        if self.n.form == "seed":
            drift = ((I - v) / self.tau) * self.dt
            return v + (drift if eps is None else drift + (self.noise_std * eps) / th)
        v = (self.a * v + self.b * I) + self.c
        return v if eps is None else v + self.noise_std * eps

    def fires(self, v, th, u):
        """Does it, and how far is that from being otherwise?"""
        v, th = v.detach(), th.detach()
        if self.n.stochastic:
            x = u + u * torch.exp(self.slope * (th - v))
            return x < 1, (x - 1).abs()
        return (v > th if self.n.strict else v >= th), (v - th).abs()

    def reset(self, v, th, s):
        if self.n.reset == "none":
            return v
        return choose(s, self.v_reset.expand_as(v) if self.n.reset == "value" else v - th, v)

    def adapt(self, th, s):
        if self.n.adaptive:
            rest = torch.ones_like(th) if self.n.form == "seed" else self.th_rest
            th = choose(s, th + self.eta, th - self.eta * (th - rest))
        return torch.clamp(th, self.th_min, self.th_max) if self.n.clamps() else th


def _double(value):
    if isinstance(value, Tensor):
        return value.double()
    return torch.as_tensor(value, dtype=torch.float64)


# ---- a linear layer ----


def current(x, weight, bias):
    """x (T, B, m), weight (n, m), bias (n) or None: summed up over ascending m, the bias last."""
    total = torch.zeros(x.shape[:2] + weight.shape[:1], dtype=x.dtype)
    for k in range(x.shape[2]):
        total = total + x[:, :, k, None] * weight[:, k]
    return total if bias is None else total + bias


# ---- random numbers: docs/model.md, "a promise" ----


def _philox(counter, key):
    """Philox4x32-10: four words of four, each an array of uint64 that holds 32 bits."""
    c, (k0, k1) = list(counter), key
    low = np.uint64(0xFFFFFFFF)
    for _ in range(10):
        p0, p1 = c[0] * np.uint64(0xD2511F53), c[2] * np.uint64(0xCD9E8D57)
        high0, high1 = p0 >> np.uint64(32), p1 >> np.uint64(32)
        c = [high1 ^ c[1] ^ np.uint64(k0), p1 & low, high0 ^ c[3] ^ np.uint64(k1), p0 & low]
        k0, k1 = (k0 + 0x9E3779B9) % 2**32, (k1 + 0xBB67AE85) % 2**32
    return c


def random_numbers(seed, id, steps, batch, n, first_step=0):
    """eps and u (T, B, n). eps are those of docs/model.md up to the roundings of its functions."""
    t, b, j = np.meshgrid(
        np.arange(first_step, first_step + steps), np.arange(batch), np.arange(n), indexing="ij"
    )

    def words(purpose):
        counter = [x.astype(np.uint64) for x in (j, b, t // 4)]
        counter.append(np.full_like(counter[0], 16 * id + purpose))
        return [w >> np.uint64(8) for w in _philox(counter, (seed % 2**32, seed >> 32))]

    u = np.choose(t % 4, words(1)) * 2.0**-24
    w = words(0)
    radius = np.sqrt(-2 * np.log((np.where(t % 4 < 2, w[0], w[2]) + 1.0) * 2.0**-24))
    angle = 2 * np.pi * np.where(t % 4 < 2, w[1], w[3]) * 2.0**-24
    eps = radius * np.where(t % 2 == 0, np.cos(angle), np.sin(angle))
    return torch.as_tensor(eps, dtype=torch.float32), torch.as_tensor(u, dtype=torch.float32)


# ---- snnTorch's Leaky, from its source (snntorch/_neurons/leaky.py, version 1.0.0) ----


def leaky(x, beta, threshold, surrogate, slope=None, delay=True):
    """Spikes (T, B, n) of Leaky(beta, threshold, reset_mechanism="zero", reset_delay=delay)."""
    rules = Rules(surrogate, slope)
    mem, spikes = torch.zeros_like(x[0]), []
    for now in x:
        reset = (mem.detach() > threshold).to(x.dtype)
        mem = beta * ((1 - reset) * mem) + now
        s = Step.apply(mem - threshold, mem.detach() > threshold, surrogate, rules.a())
        if not delay:
            mem = mem - (s - reset) * mem
        spikes.append(s)
    return torch.stack(spikes)
