"""The library's errors as exceptions."""

from typing import Any, Type

from ._library import Status


class Error(Exception):
    """A call that failed. Its text is one sentence about what was wrong and where.

    `status` is a clif.Status; `native_code` the OpenCL or CLBlast code behind it, or 0.
    """

    def __init__(self, text: str, status: int = Status.INVALID_ARGUMENT, native_code: int = 0):
        super().__init__(text)
        self.status = Status(status)
        self.native_code = native_code

    def __reduce__(self) -> Any:
        return type(self), (self.args[0], int(self.status), self.native_code)


class ArgumentError(Error, ValueError):
    """A value, a shape, a file's content or an element type that does not do."""


class OutOfMemoryError(Error, MemoryError):
    """The host or the device has not enough memory, or the cap allows no more."""


class FileError(Error, OSError):
    """A file that could not be opened, read or written."""


_CLASSES = {
    Status.INVALID_ARGUMENT: ArgumentError,
    Status.SHAPE: ArgumentError,
    Status.NOT_FINITE: ArgumentError,
    Status.FORMAT: ArgumentError,
    Status.OUT_OF_MEMORY: OutOfMemoryError,
    Status.OUT_OF_DEVICE_MEMORY: OutOfMemoryError,
    Status.IO: FileError,
}


def error(status: int, text: str, native_code: int = 0) -> Error:
    """The exception for a status."""
    kind: Type[Error] = _CLASSES.get(Status(status), Error)
    return kind(text, status, native_code)


def wrong_argument(text: str) -> Error:
    return error(Status.INVALID_ARGUMENT, text)


def wrong_shape(text: str) -> Error:
    return error(Status.SHAPE, text)
