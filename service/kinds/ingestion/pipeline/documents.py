"""Which documents a job has, and which of them has which name in the library."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from service.kinds.base import InputFile, ItemResult

AGAIN = " · again"


@dataclass(frozen=True, slots=True)
class Entry:
    """One document of a job. `source` names it in the library, `key` its item.

    `twin` is the source of an earlier document of this job with the same content. `is_again` when an
    earlier job kept it, but not all of its parts.
    """

    file: InputFile
    source: str
    key: str
    twin: str | None = None
    is_again: bool = False


def entries(inputs: Sequence[InputFile], results: Mapping[str, ItemResult]) -> list[Entry]:
    """Return a job's documents in order; `results` are what earlier attempts, or the job it retries, have finished.

    Two files of one name and different content are two documents, told apart by a number. A retry takes over
    what was completed without the parts that failed: those documents are read again.
    """
    seen: Counter[str] = Counter()
    first: dict[str, str] = {}
    found: list[Entry] = []
    for file in inputs:
        twin = first.get(file.sha256)
        seen[file.name] += 1
        source = file.name if seen[file.name] == 1 else f"{file.name} ({seen[file.name]})"
        first.setdefault(file.sha256, source)
        found.append(Entry(file, source, source, twin))
    return found + [
        Entry(entry.file, entry.source, entry.source + AGAIN, None, is_again=True)
        for entry in found
        if _lacks_parts(entry, results)
    ]


def part_key(source: str, part: str) -> str:
    """Return the key of the item of a part (a page, a chunk) that failed."""
    return f"{source} · {part}"


def _lacks_parts(entry: Entry, results: Mapping[str, ItemResult]) -> bool:
    result = results.get(entry.key)
    if result is None or result.status != "completed" or not isinstance(result.output, dict):
        return False
    parts = result.output.get("faults") or []
    return bool(parts) and not any(part_key(entry.source, part) in results for part in parts)
