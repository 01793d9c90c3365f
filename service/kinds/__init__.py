"""What can be done. A plug-in imports `Kind`, `JobContext` and `JobError` from here."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from service.kinds.base import InputFile, Item, ItemResult, JobContext, Kind, Limits
    from service.model.errors import JobError

__all__ = ["InputFile", "Item", "ItemResult", "JobContext", "JobError", "Kind", "Limits"]


def __getattr__(name: str) -> object:
    """Import a name when it is asked for: processes that only read a document start twice as fast without them."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(
        import_module("service.model.errors" if name == "JobError" else "service.kinds.base"), name
    )
