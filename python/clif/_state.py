"""What groups and networks have in common: state that can be kept and brought back."""

from typing import Any, Callable

from ._context import Core, Handle, Owned
from ._errors import wrong_argument
from ._library import lib


class Snapshot(Owned):
    """The whole state of a group or network, as save() returned it, in host memory.

    It may be restored any number of times, also into another object with the same layers.
    """

    _what = "snapshot"

    def __init__(self, core: Core, save: Callable[..., int], owner: Owned, batch: int) -> None:
        self._own(core, Handle("clif_snapshot", lib.clif_snapshot_destroy))
        self._batch = batch  # samples that the state is for
        core.call(save, owner, self._handle.cell)


def the_snapshot(snapshot: Any) -> Any:
    """A snapshot's pointer."""
    if not isinstance(snapshot, Snapshot):
        raise wrong_argument(f"{snapshot!r} is no clif.Snapshot; save() returns one")
    return snapshot.pointer
