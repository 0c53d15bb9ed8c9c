"""How clif.torch behaves in torch's graphs: reuse, modes, what is refused."""

import gc

import pytest

torch = pytest.importorskip("torch", reason="PyTorch is not installed (package python3-torch)")

import clif  # noqa: E402
from clif.torch import LIFLayer, LinearLIF  # noqa: E402

STANDARD = dict(preset="standard", tau=4.0, r=4.0)


def linear(**options):
    torch.manual_seed(2)
    return LinearLIF(9, 17, **STANDARD, **options)


def events(*shape, seed=4):
    return (torch.rand(*shape, generator=torch.Generator().manual_seed(seed)) < 0.4).float()


def weights_of(*shape, seed=6):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def gradients(layer, loss):
    layer.zero_grad()
    loss.backward()
    return layer.weight.grad.clone()


# ---- order of passes ----


def test_passes_may_wait_for_each_other():
    layer, g = linear(), weights_of(6, 3, 17)
    inputs = [events(6, 3, 9, seed=s) for s in range(3)]
    alone = []
    for x in inputs:
        layer.reset()
        alone.append(gradients(layer, (layer(x) * g).sum()))
    losses = []
    for x in inputs:
        layer.reset()
        losses.append((layer(x) * g).sum())
    for i in (1, 0, 2):
        assert torch.equal(gradients(layer, losses[i]), alone[i])


def test_a_layer_twice_in_a_graph():
    layer = LIFLayer(17, preset="standard", tau=2.0, r=4.0)
    x, g = events(6, 3, 17).requires_grad_(), weights_of(6, 3, 17)
    first = layer(x)
    layer.reset()
    second = layer(first * 1.5)
    second.backward(g, retain_graph=True)
    once = x.grad.clone()
    layer.reset()
    middle = first.detach().requires_grad_()
    again = layer(middle * 1.5)
    again.backward(g)
    assert torch.equal(again, second.detach())
    (expected,) = torch.autograd.grad(first, x, middle.grad)
    assert torch.equal(once, expected) and once.any()


def test_a_graph_that_is_retained():
    layer = linear()
    loss = (layer(events(6, 3, 9)) * weights_of(6, 3, 17)).sum()
    loss.backward(retain_graph=True)
    once = layer.weight.grad.clone()
    loss.backward()
    assert torch.allclose(layer.weight.grad, 2 * once) and once.any()


def test_a_pass_outlives_a_longer_run_and_other_batches():
    layer, g = linear(), weights_of(4, 3, 17)
    expected = gradients(layer, (layer(events(4, 3, 9)) * g).sum())
    layer.reset()
    loss = (layer(events(4, 3, 9)) * g).sum()
    for steps, batch in ((9, 3), (4, 1), (4, 2), (4, 4), (4, 5), (4, 6)):
        layer.reset()
        layer(events(steps, batch, 9))
    assert torch.equal(gradients(layer, loss), expected)


# ---- what arrives and what is asked for ----


@pytest.mark.parametrize(
    "loss",
    [
        lambda s: s.sum(),  # expanded in all dimensions
        lambda s: s.sum(0).square().sum(),  # over the steps
        lambda s: s.sum(1).square().sum(),  # over the samples
        lambda s: (s.transpose(0, 2) * weights_of(17, 3, 6)).sum(),
        lambda s: (s[::2, :, 1:] * weights_of(3, 3, 16)).sum(),
    ],
)
def test_gradients_of_any_strides(loss):
    layer = linear()
    expected = layer(events(6, 3, 9)).detach().requires_grad_()
    loss(expected).backward()
    layer.reset()
    plain = gradients(layer, (layer(events(6, 3, 9)) * expected.grad).sum())
    layer.reset()
    assert torch.equal(gradients(layer, loss(layer(events(6, 3, 9)))), plain) and plain.any()


def test_inputs_of_any_strides():
    layer, x = linear(), events(6, 3, 9)
    views = [
        x.transpose(0, 1).contiguous().transpose(0, 1),
        x.transpose(0, 2).contiguous().transpose(0, 2),
        torch.stack([x, 1 - x], dim=3)[..., 0],
        x.bool(),
        x.to(torch.uint8),
        x.long(),
        x.double(),
        x.half(),
    ]
    expected = layer(x)
    for view in views:
        layer.reset()
        assert torch.equal(layer(view).float(), expected)
    layer.reset()
    still = layer(x[:1].expand(6, 3, 9))
    layer.reset()
    assert torch.equal(layer(x[:1].repeat(6, 1, 1)), still)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float16, torch.bfloat16])
def test_other_dtypes(dtype):
    layer, x = LIFLayer(17, **STANDARD), events(6, 3, 17)
    g = weights_of(6, 3, 17).to(dtype)
    results = []
    for kind in (torch.float32, dtype):
        leaf = x.clone().to(kind).requires_grad_()
        layer.reset()
        spikes = layer(leaf)
        assert spikes.dtype == kind
        spikes.backward(g.to(kind))
        assert leaf.grad.dtype == kind
        results.append((spikes.float(), leaf.grad.to(dtype)))
    assert torch.equal(results[0][0], results[1][0]) and torch.equal(results[0][1], results[1][1])


@pytest.mark.parametrize("wanted", ["weight", "bias", "x", "none"])
def test_gradients_of_some_only(wanted):
    layer, x, g = linear(), events(6, 3, 9).requires_grad_(), weights_of(6, 3, 17)
    (layer(x) * g).sum().backward()
    all_of = {"weight": layer.weight.grad, "bias": layer.bias.grad, "x": x.grad}
    tensors = {"weight": layer.weight, "bias": layer.bias, "x": x}
    for name, tensor in tensors.items():
        tensor.grad = None
        tensor.requires_grad_(name == wanted)
    layer.reset()
    spikes = layer(x)
    assert spikes.requires_grad == (wanted != "none")
    if wanted != "none":
        spikes.backward(g)
    for name, tensor in tensors.items():
        assert (tensor.grad is None) if name != wanted else torch.equal(tensor.grad, all_of[name])


def test_without_gradients_there_is_no_pass():
    layer, x = linear(), events(6, 3, 9)
    with_gradient = layer(x)
    layer.reset()
    with torch.no_grad():
        without = layer(x)
    assert with_gradient.grad_fn is not None and without.grad_fn is None
    assert torch.equal(without, with_gradient)
    assert {kind.gradient for kind in layer._groups} == {True, False}
    layer.eval().reset()
    assert layer(x).requires_grad  # as torch has it: eval() does not switch gradients off


def test_the_weights_gradient_is_taken_as_it_is():
    layer = linear()
    (gradient,) = torch.autograd.grad(layer(events(6, 3, 9)).sum(), layer.weight)
    assert layer.weight.stride() == (1, 17) == gradient.stride()


@pytest.mark.parametrize("make", ["contiguous", "part"])
def test_weights_in_another_order(make):
    layer, g = linear(), weights_of(6, 3, 17)
    expected = gradients(layer, (layer(events(6, 3, 9)) * g).sum())
    weight = layer.weight.detach()
    other = weight.contiguous() if make == "contiguous" else torch.cat([weight, weight], 1)[:, :9]
    layer.weight = torch.nn.Parameter(other)
    layer.reset()
    assert torch.equal(gradients(layer, (layer(events(6, 3, 9)) * g).sum()), expected)


# ---- weights that change ----


@pytest.mark.parametrize("by", ["optimiser", "data", "load"])
def test_a_change_of_weights_is_seen(by):
    layer, x = linear(), events(6, 3, 9)
    before = layer(x)
    if by == "optimiser":
        before.sum().backward()
        torch.optim.SGD(layer.parameters(), 0.5).step()
    elif by == "data":
        layer.weight.data.mul_(-1)  # not seen in the tensor's version
    else:
        layer.load_state_dict({k: v - 1 for k, v in layer.state_dict().items()})
    layer.reset()
    after = layer(x)
    fresh = LinearLIF(9, 17, **STANDARD)
    fresh.load_state_dict(layer.state_dict())
    assert torch.equal(after, fresh(x)) and not torch.equal(after, before)


@pytest.mark.parametrize("name", ["weight", "bias", "x"])
def test_a_change_between_the_passes_is_an_error(name):
    layer, x = linear(), events(6, 3, 9).requires_grad_()
    loss = layer(x).sum()
    with torch.no_grad():
        {"weight": layer.weight, "bias": layer.bias, "x": x}[name].add_(1)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        loss.backward()


def test_a_change_that_torch_does_not_see_is_the_librarys_to_refuse():
    layer = linear()
    loss = layer(events(6, 3, 9)).sum()
    layer.weight.data.add_(1)
    layer.reset()
    layer(events(6, 3, 9))
    with pytest.raises(clif.Error, match="changed since the forward pass"):
        loss.backward()


def test_second_derivatives_are_refused():
    x = events(6, 3, 17).requires_grad_()
    spikes = LIFLayer(17, **STANDARD)(x)
    (first,) = torch.autograd.grad((spikes * x).sum(), x, create_graph=True)
    with pytest.raises(RuntimeError, match="differentiate twice"):
        first.sum().backward()


# ---- memory ----


def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096


def test_no_memory_is_lost():
    layer, x = linear(), events(6, 3, 9).requires_grad_()

    def pass_():
        layer.reset()
        layer(x).sum().backward()

    for _ in range(100):
        pass_()
    gc.collect()
    context = clif.default_context()
    before, memory = resident(), context.memory
    for _ in range(1000):
        pass_()
    gc.collect()
    after = context.memory
    assert (after.host_bytes, after.device_bytes) == (memory.host_bytes, memory.device_bytes)
    assert resident() - before < 4e6


def test_a_graph_that_is_dropped_gives_its_memory_back():
    layer, x = linear(), events(6, 3, 9)
    layer(x)
    context = clif.default_context()
    gc.collect()
    before = context.memory.device_bytes
    layer.reset()
    spikes = layer(x)
    assert context.memory.device_bytes > before
    del spikes
    gc.collect()
    assert context.memory.device_bytes == before


def test_groups_are_few():
    layer = LIFLayer(17, **STANDARD)
    for batch in range(1, 12):
        layer.reset()
        layer(events(2, batch, 17))
    assert len(layer._groups) <= 4
