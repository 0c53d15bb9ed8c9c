"""C structs as named tuples: the fields are those that the headers declare."""

from collections import namedtuple
from typing import Any, Callable

from ._library import constants, ffi

# What the constants of an enum in a record begin with.
_PREFIXES = {"clif_device_type": "CLIF_DEVICE_"}


def text(pointer: Any) -> str:
    """A C string."""
    return ffi.string(pointer).decode(errors="replace") if pointer else ""


def _reader(ctype: Any) -> Callable[[Any], Any]:
    """What makes a Python value of a field of this type."""
    if ctype.kind == "enum":
        names = {
            value: name for name, value in constants(ctype.cname, _PREFIXES[ctype.cname]).items()
        }
        return lambda value: names[value]
    if ctype.kind in ("array", "pointer") and ctype.item.cname == "char":
        return text
    if ctype.cname == "clif_shape":
        return lambda shape: tuple(shape.dim[0 : shape.ndim])
    return lambda value: value


class Record:
    """A named tuple type for a C struct, and how to fill it."""

    def __init__(self, name: str, struct: str, doc: str) -> None:
        fields = ffi.typeof(struct).fields
        self.type: Any = namedtuple(name, [field for field, _ in fields])  # type: ignore[misc]
        self.type.__doc__ = doc
        self.type.__module__ = "clif"
        self._readers = [(field, _reader(info.type)) for field, info in fields]

    def read(self, struct: Any) -> Any:
        return self.type._make(read(getattr(struct, field)) for field, read in self._readers)
