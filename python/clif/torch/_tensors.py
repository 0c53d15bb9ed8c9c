"""Torch tensors as the library's views of them."""

import warnings
from typing import Any

import torch
from torch import Tensor

from .._errors import wrong_argument
from .._library import ffi, lib

_CODES = {torch.float32: lib.CLIF_F32, torch.uint8: lib.CLIF_U8}
_SIZES = {torch.float32: 4, torch.uint8: 1}

_told_of_devices = False


def describe(view: Any, tensor: Tensor) -> None:
    """Fills a clif_array with what a tensor in host memory is. The caller keeps it alive."""
    shape, strides, size = tensor.shape, list(tensor.stride()), _SIZES[tensor.dtype]
    apart = 1
    for i in reversed(range(len(shape))):
        if shape[i] == 1:  # torch leaves any number there
            strides[i] = apart
        apart = max(apart, shape[i] * strides[i])
    view.data = ffi.cast("void *", tensor.data_ptr())
    view.dtype = _CODES[tensor.dtype]
    view.ndim = len(shape)
    view.shape[0 : len(shape)] = shape
    view.strides[0 : len(shape)] = [stride * size for stride in strides]


def rows(tensor: Tensor, may_stand: bool = True) -> Tensor:
    """A tensor (T, B, n) as it is, if the library takes its strides; else a contiguous copy.

    may_stand  what was expanded over the steps is taken so
    """
    shape, strides = tensor.shape, tensor.stride()
    whole = shape[2] == 1 or strides[2] == 1
    apart = shape[1] == 1 or strides[1] >= shape[2]
    steps = shape[0] == 1 or strides[0] >= shape[2] or (may_stand and strides[0] == 0)
    return tensor if whole and apart and steps else tensor.contiguous()


def check_tensor(x: Any) -> None:
    if not isinstance(x, Tensor):
        raise wrong_argument(f"the input is a {type(x).__name__}; it must be a tensor")


def at_host(tensor: Tensor) -> Tensor:
    """The tensor in host memory, where the library takes it from."""
    global _told_of_devices
    if tensor.device.type == "cpu":
        return tensor
    if not _told_of_devices:
        _told_of_devices = True
        warnings.warn(
            f"clif.torch takes tensors from host memory: those on {tensor.device} are copied there "
            "and back in every call",
            stacklevel=2,
        )
    return tensor.cpu()


def as_float(tensor: Tensor) -> Tensor:
    """In host memory as float32. Gradients go through."""
    return at_host(tensor).to(torch.float32)


def as_input(tensor: Tensor) -> Tensor:
    """In host memory as float32, or, if it was uint8 or bool, as uint8. Gradients go through."""
    if tensor.dtype.is_complex:
        raise wrong_argument(f"the input is {tensor.dtype}; it must hold real numbers")
    if tensor.dtype == torch.bool:
        return at_host(tensor).view(torch.uint8)
    return at_host(tensor) if tensor.dtype == torch.uint8 else as_float(tensor)
