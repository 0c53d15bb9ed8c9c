"""NumPy arrays as the library's views of them."""

from typing import Any, Dict, Optional, Tuple

import numpy as np

from ._errors import wrong_shape
from ._library import constants, ffi, lib
from ._records import text

_CODES: Dict[np.dtype, int] = {
    np.dtype(text(lib.clif_dtype_name(code))): code
    for code in constants("clif_dtype", "CLIF_").values()
}
_CODES[np.dtype(bool)] = lib.CLIF_U8  # one byte, 0 or 1

UINT8, FLOAT32 = np.dtype(np.uint8), np.dtype(np.float32)


def describe(view: Any, array: np.ndarray) -> None:
    """Fills a clif_array with what an array is. The caller keeps the array alive."""
    view.data = ffi.cast("void *", array.__array_interface__["data"][0])
    view.dtype = _CODES[array.dtype]
    view.ndim = array.ndim
    view.shape[0 : array.ndim] = array.shape
    view.strides[0 : array.ndim] = array.strides


def as_input(what: str, value: Any, injected: bool = False) -> np.ndarray:
    """An array that the library takes where it lies, if `value` can be one; else a copy.

    uint8, bool and float32 stay as they are; other numbers become float32.
    """
    array = np.asarray(value)
    if array.dtype == bool and not injected:
        array = array.view(UINT8)
    if array.dtype != FLOAT32 and (array.dtype != UINT8 or injected):
        if array.dtype.kind not in "biuf":
            raise wrong_shape(f"{what} is an array of {array.dtype}; it must hold numbers")
        with np.errstate(over="ignore"):  # the library refuses infinities, with their place
            array = array.astype(FLOAT32)
    return array


def packed(array: np.ndarray) -> np.ndarray:
    """The array, or a C-ordered copy if the library would not take its strides: (T, B, ...) with
    whole rows behind T and B. T and B may lie apart, in either order, and T may stand still."""
    if array.flags.c_contiguous:
        return array
    row = array.itemsize * int(np.prod(array.shape[2:]))
    (steps, samples), (step, sample) = array.shape[:2], array.strides[:2]
    fits = (
        array.flags.aligned
        and array[0, 0].flags.c_contiguous
        and (steps == 1 or step == 0 or step >= row)
        and (samples == 1 or sample >= row)
    )
    return array if fits else np.ascontiguousarray(array)


def as_output(
    what: str, out: Optional[np.ndarray], shape: Tuple[int, ...], dtype: np.dtype
) -> np.ndarray:
    """A new array, or the caller's if it is what the library would write."""
    if out is None:
        return np.empty(shape, dtype)
    if not isinstance(out, np.ndarray) or out.shape != shape or out.dtype != dtype:
        is_ = f"{out.dtype} {out.shape}" if isinstance(out, np.ndarray) else type(out).__name__
        raise wrong_shape(f"out for {what} is {is_}; it must be an array of {dtype} {shape}")
    if not out.flags.writeable or not out.flags.aligned or min(out.strides, default=0) < 0:
        raise wrong_shape(f"out for {what} must be writeable, aligned and run forwards")
    return out


def as_state(what: str, values: Any, shape: Tuple[int, ...]) -> np.ndarray:
    """Values for a tensor of the state, in its shape."""
    array = np.asarray(values)
    try:
        return np.ascontiguousarray(np.broadcast_to(array, shape), FLOAT32)
    except (TypeError, ValueError):
        raise wrong_shape(
            f"{what} is an array of {array.dtype} {array.shape}; it must hold numbers in the "
            f"shape {shape}"
        ) from None
