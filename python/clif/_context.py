"""Devices, contexts, and what keeps their users out of each other's way."""

import logging
import os
import threading
import weakref
from collections import deque
from typing import Any, Callable, Deque, List, Optional, Union

from ._errors import error, wrong_argument
from ._library import NULL, Status, ffi, lib
from ._records import Record, text

#: Called between tiles with the steps x samples done and in all; true stops the run.
Progress = Callable[[int, int], Any]

_log = logging.getLogger("clif")

_DEVICE = Record("Device", "clif_device_info", "An OpenCL device: clif_device_info of context.h.")
_MEMORY = Record("Memory", "clif_memory_use", "Bytes held: clif_memory_use of context.h.")
_COUNTERS = Record("Counters", "clif_counters", "Work done: clif_counters of context.h.")
Device, Memory, Counters = _DEVICE.type, _MEMORY.type, _COUNTERS.type

# The process in which OpenCL was first used: implementations have threads and connections of their
# own, which a child process made by fork() does not get.
_opencl_process: Optional[int] = None


def _use_opencl() -> None:
    global _opencl_process
    if _opencl_process is None:
        _opencl_process = os.getpid()
    elif _opencl_process != os.getpid():
        raise error(
            Status.STATE,
            f"OpenCL is in use since before this process was made by fork() from process "
            f"{_opencl_process}, and would hang here; use clif in the child only, or start "
            "processes by multiprocessing's 'spawn'",
        )


def devices() -> List[Any]:
    """All OpenCL devices there are, usable or not, as records with the fields of clif_device_info.

    A device's number for `Context(device=...)` is "platform_index:device_index".
    """
    _use_opencl()
    count = ffi.new("size_t *")
    room = 0
    while True:
        found = ffi.new("clif_device_info[]", room)
        status = lib.clif_device_list(found, room, count)
        if status:
            raise error(status, "the OpenCL devices could not be listed")
        if count[0] <= room:
            return [_DEVICE.read(found[i]) for i in range(count[0])]
        room = count[0]


def _ignore(_kind: Any, _exception: BaseException, _traceback: Any) -> None:
    """A log handler's error must not end a computation; logging reports it by itself."""


@ffi.callback("clif_log_fn", onerror=_ignore)
def _log_line(_user: Any, level: int, line: Any) -> None:
    warning = level == lib.CLIF_LOG_WARNING
    _log.log(logging.WARNING if warning else logging.INFO, "%s", text(line))


class Handle:
    """A pointer that the library gives out into `cell`, until it is given back.

    It is there before the call that makes the object: an exception that Ctrl-C raises right behind
    that call loses nothing.
    """

    __slots__ = ("cell", "form", "_destroy")

    def __init__(self, ctype: str, destroy: Callable[[Any], None], form: Any = None) -> None:
        self.cell = ffi.new(f"{ctype} **")
        self.form = form  # what it was made with, for whoever wants to know
        self._destroy = destroy

    @property
    def pointer(self) -> Any:
        """NULL, which is false, when there is nothing any more."""
        return self.cell[0]

    def destroy(self) -> None:
        pointer, self.cell[0] = self.cell[0], NULL
        self._destroy(pointer)

    def swap(self, other: "Handle") -> None:
        both = other.cell, other.form, self.cell, self.form
        self.cell, self.form, other.cell, other.form = both


class Core:
    """A C context with what all that is made on it shares. Outlives the Python context.

    A context belongs to one thread at a time: every call holds `lock`. `inside` is set while the
    library is at work, so that a progress or log function, or a destructor that the garbage
    collector calls meanwhile, does not enter it a second time.
    """

    def __init__(self) -> None:
        self.pid = os.getpid()
        self.lock = threading.RLock()
        self.pointer: Any = None
        self._inside = False
        self._late: Deque[Handle] = deque()  # to be destroyed when the library is free
        self._progress: Optional[Progress] = None
        self._caught: Optional[BaseException] = None
        self._between = ffi.callback(
            "clif_progress_fn", self._between_tiles, error=1, onerror=self._catch
        )

    # ---- calls ----

    def check_process(self) -> None:
        if os.getpid() != self.pid:
            raise error(
                Status.STATE,
                f"this object belongs to process {self.pid}; a process made from it by fork() "
                "cannot use it: make it anew there, before the parent uses clif",
            )

    def alone(self) -> Any:
        """`with core.alone():` calls in it are not interrupted by those of other threads."""
        self.check_process()  # first: after fork() nobody would ever free the lock
        return self.lock

    def call(self, function: Callable[..., int], owner: Any, *arguments: Any) -> None:
        """Calls what returns a status, with the pointer of a Handle or an Owned first."""
        with self.alone():
            if self._inside:
                raise error(
                    Status.STATE,
                    "clif is at work on this context; a progress or log function can only look",
                )
            self._inside = True
            try:
                status = function(owner.pointer, *arguments)
                if status:
                    raise self._error(status)
            finally:
                self._inside = False
                self._destroy_late()

    def look(self, function: Callable[..., Any], owner: Any, *arguments: Any) -> Any:
        """Calls what only looks and cannot fail; a progress function may, too."""
        with self.alone():
            return function(owner.pointer, *arguments)

    def run(
        self, function: Callable[..., int], owner: Any, options: Any, progress: Optional[Progress]
    ) -> None:
        """Calls a run: signal handlers, such as that of Ctrl-C, and `progress` have their turn
        between tiles, and what they raise ends it."""
        options.progress = self._between
        with self.alone():
            before = self._progress, self._caught  # of a run that this one, in vain, is called in
            self._progress, self._caught = progress, None
            try:
                self.call(function, owner, options)
            except Exception:
                if self._caught is None:
                    raise
            finally:
                caught = self._caught
                self._progress, self._caught = before
            if caught is not None:
                raise caught

    def _error(self, status: int) -> Exception:
        sentence = text(lib.clif_context_error(self.pointer))
        code = lib.clif_context_native_code(self.pointer)
        return error(status, sentence or text(lib.clif_status_text(status)), code)

    # ---- called by the library ----

    def _between_tiles(self, _user: Any, done: int, total: int) -> int:
        return 1 if self._progress is not None and self._progress(done, total) else 0

    def _catch(self, _kind: Any, exception: BaseException, _traceback: Any) -> int:
        self._caught = exception
        return 1

    # ---- giving back ----

    def release(self, handle: Handle, wait: bool = False) -> None:
        """Destroys what the handle holds. The garbage collector must not wait for another thread,
        nor disturb a call that is going on: then it is done at that call's end."""
        if os.getpid() != self.pid:
            return  # it is the parent's
        if not self.lock.acquire(blocking=wait):
            self._late.append(handle)
            return
        try:
            if self._inside:
                self._late.append(handle)
            else:
                handle.destroy()
        finally:
            self.lock.release()

    def _destroy_late(self) -> None:
        while self._late:
            self._late.popleft().destroy()


class Owned:
    """Something the library made: closed by close(), at the end of a `with`, or when it is not
    used any more."""

    _what = "object"

    def _own(self, core: Core, handle: Handle) -> None:
        self._core = core
        self._handle = handle
        self._finalizer = weakref.finalize(self, core.release, self._handle)

    @property
    def pointer(self) -> Any:
        """The C pointer, for the lifetime of this object."""
        pointer = self._handle.pointer
        if not pointer:
            raise error(Status.STATE, f"the {self._what} is closed")
        return pointer

    @property
    def closed(self) -> bool:
        return not self._handle.pointer

    def close(self) -> None:
        """Gives back all memory, on the device too. A second call does nothing."""
        if self._finalizer.detach():
            self._core.release(self._handle, wait=True)

    def _call(self, function: Callable[..., int], *arguments: Any) -> None:
        self._core.call(function, self, *arguments)

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_exception: Any) -> None:
        self.close()


class Context(Owned):
    """An OpenCL device in use.

    device      "platform:device", each an index or a part of the name, or one of the two alone;
                None: the environment variable CLIF_DEVICE, or else the best there is
    cache_dir   where compiled programs are kept; "off": nowhere; None: as context.h says
    lanes       neurons per work-item: 1, 16, or 0 to choose. Results do not depend on it
    kernel_dir  where to read the .cl files from, for work on them

    What is made on a context keeps it alive. close(), or the end of a `with`, also closes all
    that was made on it. Threads may share a context: they take turns. The library's messages go
    to the logger "clif".
    """

    _what = "context"

    def __init__(
        self,
        device: Optional[str] = None,
        cache_dir: Optional[str] = None,
        lanes: int = 0,
        *,
        kernel_dir: Optional[str] = None,
    ) -> None:
        _use_opencl()
        core = Core()
        texts = {"device": device, "cache_dir": cache_dir, "kernel_dir": kernel_dir}
        kept = {name: c_text(name, value) for name, value in texts.items()}
        options = ffi.new("clif_context_options *", {"size": ffi.sizeof("clif_context_options")})
        options.device = kept["device"]
        options.cache_dir = kept["cache_dir"]
        options.kernel_dir = kept["kernel_dir"]
        options.lanes = unsigned("lanes", lanes, 32)
        options.log = _log_line
        message = ffi.new("char[1024]")
        self._children: "weakref.WeakSet[Owned]" = weakref.WeakSet()
        self._own(core, Handle("clif_context", lib.clif_context_destroy))
        status = lib.clif_context_create(options, self._handle.cell, message, len(message))
        if status:
            raise error(status, text(message))
        core.pointer = self.pointer

    @property
    def device(self) -> Any:
        """The device in use, as devices() lists it."""
        return _DEVICE.read(self._core.look(lib.clif_context_device, self)[0])

    @property
    def memory(self) -> Any:
        """Bytes held by the library now and at most so far: host_bytes, host_peak,
        device_bytes, device_peak."""
        return _MEMORY.read(self._core.look(lib.clif_context_memory, self))

    @property
    def counters(self) -> Any:
        """What has been done since the context was made: commands, bytes, waits, allocations."""
        return _COUNTERS.read(self._core.look(lib.clif_context_counters, self))

    def close(self) -> None:
        """Closes all that was made on this context, and the context."""
        for child in list(self._children):
            child.close()
        super().close()

    def __repr__(self) -> str:
        return "<clif.Context, closed>" if self.closed else f"<clif.Context on {self.device.name}>"


class OnContext(Owned):
    """What is made on a context, and closed with it."""

    def _make(
        self, context: Context, handle: Handle, function: Callable[..., int], *arguments: Any
    ) -> None:
        """Calls a function that makes this object on a context."""
        self.context = context
        self._own(context._core, handle)
        context._children.add(self)
        context._call(function, *arguments, handle.cell)


_default: Optional[Context] = None
_default_lock = threading.Lock()


def default_context() -> Context:
    """The context of all that is made without one: opened when it is first needed, on the device
    that CLIF_DEVICE names, or else the best there is."""
    global _default
    _use_opencl()
    with _default_lock:
        if _default is None or _default.closed:
            _default = Context()
        return _default


def c_name(name: Any) -> Any:
    """The name of a layer or of a tensor as a C string."""
    if not isinstance(name, str):
        raise wrong_argument(f"a name is {name!r}; it must be a text")
    return ffi.new("char[]", name.encode())


def c_text(name: str, value: Union[str, "os.PathLike[str]", None]) -> Any:
    """A C string, or NULL for None."""
    if value is None:
        return NULL
    if not isinstance(value, (str, os.PathLike)):
        raise wrong_argument(f"{name} is {value!r}; it must be a text or None")
    return ffi.new("char[]", os.fsencode(value))


def unsigned(name: str, value: Any, bits: int = 64) -> int:
    """A number that the library takes as unsigned."""
    try:
        number = value.__index__()
    except AttributeError:
        raise wrong_argument(f"{name} is {value!r}; it must be a whole number") from None
    if not 0 <= number < 1 << bits:
        raise wrong_argument(f"{name} is {number}; it must be from 0 to 2^{bits} - 1")
    return number
