"""Finds the headers and the shared library, and opens the library through cffi in ABI mode."""

import os
from enum import IntEnum
from pathlib import Path
from typing import Any, Dict, Iterator, Tuple

import cffi

from ._headers import Headers

_PACKAGE = Path(__file__).resolve().parent


def _find_headers() -> Path:
    """Those in the package, or in a source checkout those of the library beside it."""
    for folder in (_PACKAGE / "include" / "clif", _PACKAGE.parents[1] / "include" / "clif"):
        if (folder / "clif.h").is_file():
            return folder
    raise ImportError(f"clif: the package in {_PACKAGE} has no headers; install it anew")


INCLUDE_DIR = str(_find_headers().parent)
_headers = Headers(_find_headers())
_major, _minor, _patch = (
    _headers.numbers[f"CLIF_VERSION_{n}"] for n in ("MAJOR", "MINOR", "PATCH")
)
VERSION = f"{_major}.{_minor}.{_patch}"

ffi = cffi.FFI()
ffi.cdef(_headers.text)
NULL = ffi.NULL


def _candidates() -> Iterator[Tuple[str, str]]:
    """Files to try, with where they come from. An explicit choice is not second-guessed."""
    chosen = os.environ.get("CLIF_LIBRARY")
    if chosen:
        yield chosen, "the environment variable CLIF_LIBRARY"
        return
    for name in ("libclif.so", "libclif.dylib"):
        if (_PACKAGE / "lib" / name).is_file():
            yield str(_PACKAGE / "lib" / name), "the package"
    yield f"libclif.so.{_major}.{_minor}", "the system"
    import ctypes.util  # starts other programs to look: only where all else has failed

    found = ctypes.util.find_library("clif")
    if found:
        yield found, "the system"


def _open() -> Tuple[Any, str]:
    failures = []
    for path, origin in _candidates():
        try:
            library = ffi.dlopen(path)
            found = ffi.string(library.clif_version()).decode()
        except (OSError, AttributeError) as error:
            failures.append(f"{path} ({origin}): {error}")
            continue
        if found != VERSION:
            raise ImportError(
                f"clif: {path}, from {origin}, is version {found}, but this package is {VERSION}; "
                "install the same version of both"
            )
        return library, path
    raise ImportError(
        "clif: no library could be opened; install it, or name it in the environment variable "
        "CLIF_LIBRARY. Tried " + "; ".join(failures)
    )


lib, LIBRARY_PATH = _open()


def constants(enum: str, prefix: str) -> Dict[str, int]:
    """The constants of a C enum by their short names: CLIF_RESET_VALUE is "value"."""
    elements = ffi.typeof(enum).elements
    return {name[len(prefix) :].lower(): value for value, name in sorted(elements.items())}


def _status_enum() -> Any:
    names = {name.upper(): n for name, n in constants("clif_status", "CLIF_").items()}
    status = IntEnum("Status", names)  # type: ignore[misc]
    status.__doc__ = "What a call of the library can answer: clif_status."
    status.__module__ = "clif"
    return status


Status = _status_enum()
