"""Which kinds there are: built in and plugged in, through one door, the entry point group `nowserving.kinds`.

A kind that cannot be loaded is listed with the reason and never keeps the service from starting.
"""

import importlib
import importlib.util
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Final

import structlog

from service.kinds.arguments import json_schema, load
from service.kinds.base import Kind
from service.model.errors import DeskError

logger = structlog.get_logger(__name__)

GROUP: Final = "nowserving.kinds"
DISTRIBUTION: Final = "nowserving"
BUILT_IN: Final[Mapping[str, str]] = {
    # The same as in pyproject.toml, for a checkout that was never installed and has no metadata.
    "epub": "service.kinds.epub.kind:EpubKind",
    "heatsheets": "service.kinds.heatsheets.kind:HeatsheetsKind",
    "ingestion": "service.kinds.ingestion.kind:IngestionKind",
    "sessions": "service.kinds.sessions.kind:SessionsKind",
    "shipping": "service.kinds.shipping.kind:ShippingKind",
    "demo": "service.kinds.demo.kind:DemoKind",
}
_NAME: Final = re.compile(r"[a-z][a-z0-9_-]{0,63}")


@dataclass(frozen=True, slots=True)
class KindInfo:
    """One entry of the registry. `kind` is None when it could not even be loaded; `reason` then says why.

    A kind may be loaded and not available: its attributes can be shown, but its libraries are missing.
    """

    name: str
    kind: Kind | None
    import_path: str
    available: bool
    reason: str | None = None
    remediation: str | None = None
    source: str = DISTRIBUTION
    """The distribution that brings it."""


class Registry:
    """Kinds by name. Made by `Registry.load`, or from entries of one's own in tests."""

    def __init__(self, entries: Iterable[KindInfo]) -> None:
        self._entries: dict[str, KindInfo] = {}
        self.problems: list[str] = []
        for entry in entries:
            first = self._entries.get(entry.name)
            if first is None:
                self._entries[entry.name] = entry
            elif first.import_path != entry.import_path:
                self._report(
                    f"{entry.source} brings another kind {entry.name!r} ({entry.import_path}); "
                    f"that of {first.source} is used"
                )

    @classmethod
    def load(cls) -> "Registry":
        """Load what is installed, the built-in kinds first."""
        found = [(point, _distribution(point)) for point in entry_points(group=GROUP)]
        found.sort(key=lambda one: (one[1] != DISTRIBUTION, one[1], one[0].name))
        built_in = [
            EntryPoint(name, path, GROUP)
            for name, path in BUILT_IN.items()
            if _exists(path.partition(":")[0])
        ]
        points = [(point, DISTRIBUTION) for point in built_in] + found
        seen: dict[tuple[str, str], KindInfo] = {}
        for point, source in points:
            key = (point.name, point.value)
            if key not in seen:
                seen[key] = _load(point, source)
        registry = cls(seen.values())
        for entry in registry.all():
            if not entry.available:
                logger.warning("kind_unavailable", kind=entry.name, source=entry.source, reason=entry.reason)
        return registry

    def get(self, name: str) -> Kind:
        """Return a kind that can run. Raises DeskError `kind_not_found` or `kind_unavailable`."""
        entry = self._entry(name)
        if entry.kind is None or not entry.available:
            raise DeskError(
                "kind_unavailable",
                f"The kind {name!r} is not available: {entry.reason}",
                remediation=entry.remediation,
            )
        return entry.kind

    def import_path(self, name: str) -> str:
        """Return `module:Attribute` of a kind, for the child. Raises `kind_not_found`."""
        return self._entry(name).import_path

    def all(self) -> list[KindInfo]:
        """Return every entry, by name."""
        return sorted(self._entries.values(), key=lambda entry: entry.name)

    def args_json_schema(self, kind: Kind) -> dict[str, Any]:
        """Return the kind's args as JSON Schema 2020-12."""
        return json_schema(kind)

    def load_args(self, kind: Kind, args: Mapping[str, Any]) -> dict[str, Any]:
        """Return checked args with their defaults, as plain JSON. Raises DeskError `invalid_args`."""
        return load(kind, args)

    def _entry(self, name: str) -> KindInfo:
        entry = self._entries.get(name)
        if entry is None:
            raise DeskError(
                "kind_not_found",
                f"There is no kind {name[:64]!r}.",
                remediation=f"There are: {', '.join(sorted(self._entries)) or 'none'}.",
            )
        return entry

    def _report(self, problem: str) -> None:
        self.problems.append(problem)
        logger.warning("kind_refused", problem=problem)


def entry_for(kind: Kind, import_path: str, source: str = DISTRIBUTION) -> KindInfo:
    """Return the entry of a kind that was loaded; not available when a library it requires is missing."""
    missing = [module for module in kind.requires if not _exists(module)]
    if not missing:
        return KindInfo(kind.name, kind, import_path, available=True, source=source)
    wanted = f"{source}[{kind.extra}]" if kind.extra else " ".join(missing)
    reason = f"{', '.join(missing)} {'is' if len(missing) == 1 else 'are'} not installed"
    remediation = f"pip install '{wanted}'"
    return KindInfo(
        kind.name, kind, import_path, available=False, reason=reason, remediation=remediation, source=source
    )


def _load(point: EntryPoint, source: str) -> KindInfo:
    try:
        kind = _made(point)
    except (Exception, SystemExit) as error:  # a plug-in may raise anything at its import
        reason = f"{point.value} cannot be loaded: {type(error).__name__}: {error}"
    else:
        return entry_for(kind, point.value, source)
    return KindInfo(
        point.name[:64],
        None,
        point.value,
        available=False,
        reason=reason[:1000],
        remediation=f"Mend or remove the package {source!r}.",
        source=source,
    )


def _made(point: EntryPoint) -> Kind:
    kind = point.load()()
    if not isinstance(kind, Kind):
        raise TypeError("it is not a service.kinds.Kind")
    if not isinstance(getattr(kind, "name", None), str) or not _NAME.fullmatch(kind.name):
        raise ValueError("its name has to be made of a-z, 0-9, _ and -, and begin with a letter")
    if kind.name != point.name:
        raise ValueError(f"its name is {kind.name!r}, its entry point says {point.name!r}")
    return kind


def _distribution(point: EntryPoint) -> str:
    return point.dist.name if point.dist is not None else DISTRIBUTION


def _exists(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except (ImportError, ValueError):  # a parent package is missing
        return False
