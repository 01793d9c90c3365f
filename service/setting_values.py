"""How one setting is read: from what TOML, the environment or a flag gives to the value, or ValueError.

Each parser takes what was given, raises ValueError or TypeError with what would have been right, and
accepts its own result again.
"""

import ipaddress
import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, TypeVar, cast
from urllib.parse import SplitResult, urlsplit

T = TypeVar("T")
Parse = Callable[[Any], Any]

KIB: Final = 1024
MIB: Final = 1024**2
GIB: Final = 1024**3
_UNITS = {"": 1, "kib": KIB, "mib": MIB, "gib": GIB, "tib": 1024 * GIB, "kb": 10**3, "mb": 10**6, "gb": 10**9}
_SIZE = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*([kmgt]i?b)?", re.IGNORECASE)
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_SECRET = re.compile(r"(^|_)(key|password|secret|token)$")


def text(value: Any) -> str:
    """Read text that is not blank."""
    if not isinstance(value, str) or not value.strip():
        raise ValueError("needs some text")
    return value.strip()


def token(value: Any) -> str:
    """Read a token as it goes into an HTTP header (RFC 6750, 2.1)."""
    if not isinstance(value, str) or not re.fullmatch(r"[A-Za-z0-9._~+/-]{1,4096}=*", value.strip()):
        raise ValueError("needs a token as `nowserving users token` prints it")
    return value.strip()


def truth(value: Any) -> bool:
    """Read true or false."""
    if isinstance(value, bool):
        return value
    words = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False}
    word = str(value).strip().lower()
    if word == "off":
        return False
    if word not in words:
        raise ValueError("needs true or false")
    return words[word]


def whole(low: int, high: int | None = None) -> Parse:
    """Return a parser of whole numbers from `low` to `high`."""
    wanted = f"needs a whole number from {low}" + (f" to {high}" if high is not None else " up")

    def parse(value: Any) -> int:
        if isinstance(value, bool | float) or not re.fullmatch(r"[0-9]{1,18}", str(value).strip()):
            raise ValueError(wanted)
        number = int(value)
        if number < low or (high is not None and number > high):
            raise ValueError(wanted)
        return number

    return parse


def number(low: float, high: float) -> Parse:
    """Return a parser of numbers from `low` to `high`."""

    def parse(value: Any) -> float:
        try:
            number = float("nan") if isinstance(value, bool) else float(value)
        except (TypeError, ValueError):
            number = float("nan")
        if not low <= number <= high:  # refuses NaN too
            raise ValueError(f"needs a number from {low:g} to {high:g}")
        return number

    return parse


def size(low: int) -> Parse:
    """Return a parser of bytes, with or without a unit, from `low` up."""

    def parse(value: Any) -> int:
        match = None if isinstance(value, bool | float) else _SIZE.fullmatch(str(value).strip())
        unit = (match[2] or "").lower() if match else ""
        if not match or unit not in _UNITS:
            raise ValueError("needs bytes, as a number or such as 500 MB or 2 GiB")
        size = int(float(match[1]) * _UNITS[unit]) if "." in match[1] else int(match[1]) * _UNITS[unit]
        if size < low:
            raise ValueError(f"needs at least {low} bytes")
        return size

    return parse


def or_none(parse: Parse) -> Parse:
    """Return a parser that takes `none` beside what `parse` takes."""

    def parse_or_none(value: Any) -> Any:
        if value is None or str(value).strip().lower() in ("none", "unlimited"):
            return None
        try:
            return parse(value)
        except ValueError as error:
            raise ValueError(f"{error}, or none") from None

    return parse_or_none


def one_of(*choices: str) -> Parse:
    """Return a parser of a word out of a few."""

    def parse(value: Any) -> str:
        if value not in choices:
            raise ValueError(f"needs one of {', '.join(choices)}")
        return cast("str", value)

    return parse


def path(value: Any) -> Path:
    """Read a path; `~` is the home folder."""
    # Absolute from here on: a child runs with another folder as its own.
    return (value if isinstance(value, Path) else Path(text(value))).expanduser().absolute()


def several(parse: Callable[[Any], T], separator: str = ",") -> Callable[[Any], tuple[T, ...]]:
    """Return a parser of a list, or of text with separators; doubles are left out."""

    def parse_all(value: Any) -> tuple[T, ...]:
        if isinstance(value, str):
            value = [part for part in value.split(separator) if part.strip()]
        if not isinstance(value, list | tuple):
            raise TypeError(f"needs a list (in the environment: separated by '{separator}')")
        return tuple(dict.fromkeys(parse(part) for part in value))

    return parse_all


def host_name(value: Any) -> str:
    """Read the name or address of a host, in lower case."""
    name = text(value).lower().strip("[]").rstrip(".")
    if not re.fullmatch(r"[a-z0-9._:%-]+", name) or (":" in name and not _is_address(name)):
        raise ValueError("needs names or addresses of hosts without scheme, port or path")
    return name


def network(value: Any) -> str:
    """Read an address or a network of addresses, such as 127.0.0.1 or 10.0.0.0/8."""
    try:
        return str(ipaddress.ip_network(text(value)))
    except ValueError:
        raise ValueError("needs addresses or networks such as 127.0.0.1 or 10.0.0.0/8") from None


def _split(text: str) -> SplitResult | None:
    try:
        return urlsplit(text)
    except ValueError:  # a bracket without its partner
        return None


def origin(value: Any) -> str:
    """Read a web origin: scheme, host and port."""
    parts = _split(text(value).lower())
    if (
        not parts
        or parts.scheme not in ("http", "https")
        or not parts.netloc
        or parts.path.strip("/")
        or parts.query
    ):
        raise ValueError("needs origins such as https://desk.example.org")
    return f"{parts.scheme}://{parts.netloc}"


def url(value: Any) -> str:
    """Read an http address without a slash at its end."""
    said = text(value)
    parts = _split(said)
    if (
        not parts
        or parts.scheme not in ("http", "https")
        or not parts.hostname
        or parts.query
        or parts.fragment
    ):
        raise ValueError("needs an address such as http://127.0.0.1:8787")
    return said.rstrip("/")


def lanes(value: Any) -> dict[str, str]:
    """Read a table of kind and lane."""
    if isinstance(value, str):
        pairs = [part.partition("=") for part in value.split(",") if part.strip()]
        value = {kind.strip(): lane.strip() for kind, _, lane in pairs}
    if not isinstance(value, Mapping):
        raise TypeError("needs a table of kind and lane (in the environment: epub=books,demo=main)")
    for name in [*value.keys(), *value.values()]:
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise ValueError(f"{name!r} is no name of a kind or lane (a-z, 0-9, _ and -)")
    return dict(value)


def kind_settings(value: Any) -> dict[str, dict[str, Any]]:
    """Read a table of kinds, each with a table of its own; as text: JSON, or `kind.name=value` pairs."""
    wanted = 'needs a table for each kind (in the environment: {"ingestion": {"embedding": "none"}})'
    if isinstance(value, str):
        value = _kind_settings_of(value, wanted)
    if not isinstance(value, Mapping) or not all(isinstance(each, Mapping) for each in value.values()):
        raise TypeError(wanted)
    for kind, settings in value.items():
        for name in (kind, *settings):
            if not isinstance(name, str) or not _NAME.fullmatch(name):
                raise ValueError(
                    f"has {name!r}, no name of a kind or of a setting (a-z, 0-9, _ and -): {wanted}"
                )
    return {kind: dict(settings) for kind, settings in value.items()}


def without_secrets(settings: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return the settings of kinds to show to people: of keys, passwords and the like only that they are set."""
    return {
        kind: {name: "(set)" if each and _SECRET.search(name) else each for name, each in one.items()}
        for kind, one in settings.items()
    }


def _kind_settings_of(text: str, wanted: str) -> Any:
    if text.lstrip().startswith("{"):
        try:
            return json.loads(text)
        except ValueError:
            raise ValueError(wanted) from None
    found: dict[str, dict[str, Any]] = {}
    for part in filter(str.strip, text.split(",")):
        path, equals, value = part.partition("=")
        kind, dot, name = path.strip().partition(".")
        if not (equals and dot):
            raise ValueError(wanted)
        found.setdefault(kind, {})[name] = value.strip()
    return found


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
