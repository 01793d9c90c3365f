"""What can be done. A plug-in imports `Kind`, `JobContext` and `JobError` from here."""

from service.kinds.base import InputFile, Item, ItemResult, JobContext, Kind, Limits
from service.model.errors import JobError

__all__ = ["InputFile", "Item", "ItemResult", "JobContext", "JobError", "Kind", "Limits"]
