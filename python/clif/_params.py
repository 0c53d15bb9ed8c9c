"""Parameters of neurons: from Python's keywords to C structs, whose fields are the names."""

from typing import Any, Dict, List, Sequence, Union

import numpy as np

from ._errors import wrong_argument
from ._library import NULL, constants, ffi, lib

#: One number for all neurons, or one per neuron.
Parameter = Union[float, Sequence[float], np.ndarray]

_PREFIXES = {
    "clif_reset": "CLIF_RESET_",
    "clif_compare": "CLIF_FIRE_",
    "clif_integration": "CLIF_",
    "clif_form": "CLIF_FORM_",
    "clif_linear_way": "CLIF_LINEAR_",
    "clif_dense_by": "CLIF_DENSE_",
    "clif_overlap": "CLIF_OVERLAP_",
    "clif_coding": "CLIF_CODING_",
    "clif_quantity": "CLIF_",
    "clif_nir_compat": "CLIF_NIR_",
    "clif_nir_if_gain": "CLIF_NIR_IF_",
}
_CHOICES = {enum: constants(enum, prefix) for enum, prefix in _PREFIXES.items()}

# Not for users to set by name: the struct's size, and what th_rest implies.
_INTERNAL = ("size", "options", "rest_at_threshold")


def choice(enum: str, name: str, value: Any) -> int:
    """The constant that a word stands for."""
    words = _CHOICES[enum]
    if value not in words:
        raise wrong_argument(f"{name} is {value!r}; it must be one of {', '.join(words)}")
    return words[value]


def number(name: str, value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        raise wrong_argument(f"{name} is {value!r}; it must be a number") from None


def _fill_parameter(field: Any, name: str, value: Any, kept: List[Any]) -> None:
    try:
        array = np.ascontiguousarray(value, np.float64)
    except (TypeError, ValueError):
        array = None
    if array is None or np.ndim(value) > 1:
        raise wrong_argument(f"{name} is {value!r}; it must be a number, or one number per neuron")
    if np.ndim(value) == 0:
        field.value, field.values, field.count = float(array[0]), NULL, 0
        return
    if array.size == 0:
        raise wrong_argument(f"{name} is an empty list; it must have one number per neuron")
    kept.append(array)
    field.values = ffi.from_buffer("double[]", array)
    field.count = array.size


def _set(struct: Any, name: str, value: Any, kept: List[Any]) -> None:
    ctype = dict(_fields(struct))[name].type
    if ctype.cname == "clif_param":
        _fill_parameter(getattr(struct, name), name, value, kept)
    elif ctype.kind == "enum":
        setattr(struct, name, choice(ctype.cname, name, value))
    elif ctype.cname == "int":
        setattr(struct, name, int(bool(value)))
    else:
        setattr(struct, name, number(name, value))


def fill(struct: Any, values: Dict[str, Any]) -> List[Any]:
    """Sets fields of neuron parameters, and of the options inside them, by name; None leaves the
    default. Returns what must live as long as the struct is read."""
    places = _places(struct)
    kept: List[Any] = []
    for name, value in values.items():
        if name not in places:
            raise TypeError(f"unknown parameter {name!r}; there are {', '.join(places)}")
        if value is not None:
            _set(places[name], name, value, kept)
            if name == "th_rest":
                places[name].rest_at_threshold = 0
    return kept


def _fields(struct: Any) -> Any:
    ctype = ffi.typeof(struct)
    return (ctype.item if ctype.kind == "pointer" else ctype).fields


def _places(struct: Any) -> Dict[str, Any]:
    """Which struct has a parameter: this one, or its options."""
    places: Dict[str, Any] = {}
    for name, _ in _fields(struct):
        if name == "options":
            places.update(_places(struct.options))
        elif name not in _INTERNAL:
            places[name] = struct
    return places


def defaults(preset: str) -> Any:
    """LIF parameters with the numbers of a preset of the library."""
    makers = {"seed": lib.clif_seed_defaults, "standard": lib.clif_lif_defaults}
    if preset not in makers:
        raise wrong_argument(f"preset is {preset!r}; it must be one of {', '.join(makers)}")
    return ffi.new("clif_lif_params *", makers[preset]())
