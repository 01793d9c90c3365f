"""Settings, read once: defaults < TOML file < environment < flags. No other module looks at the environment."""

import difflib
import ipaddress
import json
import os
import re
import sys
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Final, Literal, TypeVar, cast
from urllib.parse import SplitResult, urlsplit

from service.model.errors import DeskError

T = TypeVar("T")
Parse = Callable[[Any], Any]

ENVIRONMENT_PREFIX: Final = "NOWSERVING_"
FILE_VARIABLE: Final = "NOWSERVING_CONFIG"
KIB, MIB, GIB = 1024, 1024**2, 1024**3
_UNITS = {"": 1, "kib": KIB, "mib": MIB, "gib": GIB, "tib": 1024 * GIB, "kb": 10**3, "mb": 10**6, "gb": 10**9}
_SIZE = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*([kmgt]i?b)?", re.IGNORECASE)
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


# How a value is read. Each parser takes what TOML, the environment or a flag gives, returns the
# value of the setting and raises ValueError with what would have been right.


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError("needs some text")
    return value.strip()


def _truth(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    words = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False}
    word = str(value).strip().lower()
    if word == "off":
        return False
    if word not in words:
        raise ValueError("needs true or false")
    return words[word]


def _whole(low: int, high: int | None = None) -> Parse:
    wanted = f"needs a whole number from {low}" + (f" to {high}" if high is not None else " up")

    def parse(value: Any) -> int:
        if isinstance(value, bool | float) or not re.fullmatch(r"[0-9]{1,18}", str(value).strip()):
            raise ValueError(wanted)
        number = int(value)
        if number < low or (high is not None and number > high):
            raise ValueError(wanted)
        return number

    return parse


def _number(low: float, high: float) -> Parse:
    def parse(value: Any) -> float:
        try:
            number = float("nan") if isinstance(value, bool) else float(value)
        except (TypeError, ValueError):
            number = float("nan")
        if not low <= number <= high:  # refuses NaN too
            raise ValueError(f"needs a number from {low:g} to {high:g}")
        return number

    return parse


def _size(low: int) -> Parse:
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


def _or_none(parse: Parse) -> Parse:
    def parse_or_none(value: Any) -> Any:
        if value is None or str(value).strip().lower() in ("none", "unlimited"):
            return None
        try:
            return parse(value)
        except ValueError as error:
            raise ValueError(f"{error}, or none") from None

    return parse_or_none


def _one_of(*choices: str) -> Parse:
    def parse(value: Any) -> str:
        if value not in choices:
            raise ValueError(f"needs one of {', '.join(choices)}")
        return cast("str", value)

    return parse


def _path(value: Any) -> Path:
    # Absolute from here on: a child runs with another folder as its own.
    return (value if isinstance(value, Path) else Path(_text(value))).expanduser().absolute()


def _several(parse: Callable[[Any], T], separator: str = ",") -> Callable[[Any], tuple[T, ...]]:
    def parse_all(value: Any) -> tuple[T, ...]:
        if isinstance(value, str):
            value = [part for part in value.split(separator) if part.strip()]
        if not isinstance(value, list | tuple):
            raise TypeError(f"needs a list (in the environment: separated by '{separator}')")
        return tuple(dict.fromkeys(parse(part) for part in value))

    return parse_all


def _host_name(value: Any) -> str:
    name = _text(value).lower().strip("[]").rstrip(".")
    if not re.fullmatch(r"[a-z0-9._:%-]+", name) or (":" in name and not _is_address(name)):
        raise ValueError("needs names or addresses of hosts without scheme, port or path")
    return name


def _split(text: str) -> SplitResult | None:
    try:
        return urlsplit(text)
    except ValueError:  # a bracket without its partner
        return None


def _origin(value: Any) -> str:
    parts = _split(_text(value).lower())
    if (
        not parts
        or parts.scheme not in ("http", "https")
        or not parts.netloc
        or parts.path.strip("/")
        or parts.query
    ):
        raise ValueError("needs origins such as https://desk.example.org")
    return f"{parts.scheme}://{parts.netloc}"


def _url(value: Any) -> str:
    text = _text(value)
    parts = _split(text)
    if (
        not parts
        or parts.scheme not in ("http", "https")
        or not parts.hostname
        or parts.query
        or parts.fragment
    ):
        raise ValueError("needs an address such as http://127.0.0.1:8787")
    return text.rstrip("/")


def _lanes(value: Any) -> dict[str, str]:
    if isinstance(value, str):
        pairs = [part.partition("=") for part in value.split(",") if part.strip()]
        value = {kind.strip(): lane.strip() for kind, _, lane in pairs}
    if not isinstance(value, Mapping):
        raise TypeError("needs a table of kind and lane (in the environment: epub=books,demo=main)")
    for name in [*value.keys(), *value.values()]:
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise ValueError(f"{name!r} is no name of a kind or lane (a-z, 0-9, _ and -)")
    return dict(value)


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def default_data_dir(environ: Mapping[str, str] = os.environ, platform: str = sys.platform) -> Path:
    """Return the platform's place for a user's data: XDG_DATA_HOME, Application Support or LOCALAPPDATA."""
    if platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "nowserving"
    variable, fallback = (
        ("LOCALAPPDATA", "AppData/Local") if platform == "win32" else ("XDG_DATA_HOME", ".local/share")
    )
    folder = environ.get(variable, "")
    # The XDG specification: a relative path there is invalid and has to be ignored.
    return (Path(folder) if folder and Path(folder).is_absolute() else Path.home() / fallback) / "nowserving"


def default_file(environ: Mapping[str, str] = os.environ) -> Path:
    """Return where the settings file is looked for when nobody names one."""
    folder = environ.get("XDG_CONFIG_HOME", "")
    home = Path(folder) if folder and Path(folder).is_absolute() else Path.home() / ".config"
    return home / "nowserving" / "config.toml"


def _setting(parse: Parse, default: Any = None, *, make: Callable[[], Any] | None = None) -> Any:
    if make is not None:
        return field(default_factory=make, metadata={"parse": parse})
    return field(default=default, metadata={"parse": parse})


@dataclass(frozen=True, slots=True)
class Config:
    """Every setting, checked. docs/settings.md says what each is for; raises DeskError `invalid_setting`."""

    data_dir: Path = field(default_factory=default_data_dir, metadata={"parse": _path})
    host: str = _setting(_host_name, "127.0.0.1")
    port: int = _setting(_whole(0, 65535), 8787)
    url: str | None = _setting(_or_none(_url), None)
    open_browser: bool = _setting(_truth, False)
    allowed_hosts: tuple[str, ...] = _setting(_several(_host_name), ())
    allowed_origins: tuple[str, ...] = _setting(_several(_origin), ())
    allow_url_hosts: tuple[str, ...] = _setting(_several(_host_name), ())
    roots: tuple[Path, ...] = _setting(_several(_path, os.pathsep), ())
    max_upload_bytes: int = _setting(_size(1), 2 * GIB)
    max_files: int = _setting(_whole(1, 1_000_000), 1_000)
    disk_budget_bytes: int | None = _setting(_or_none(_size(0)), 20 * GIB)
    min_free_bytes: int = _setting(_size(0), 256 * MIB)
    max_waiting_jobs: int = _setting(_whole(1), 1_000_000)
    startup_mode: Literal["run", "paused", "as_left"] = _setting(_one_of("run", "paused", "as_left"), "run")
    lanes: Mapping[str, str] = _setting(_lanes, make=dict)
    retention_days: float | None = _setting(_or_none(_number(0, 36500)), 30.0)
    log_format: Literal["console", "json"] = _setting(_one_of("console", "json"), "console")
    log_level: Literal["debug", "info", "warning", "error"] = _setting(
        _one_of("debug", "info", "warning", "error"), "info"
    )
    cancel_term_seconds: float = _setting(_number(0, 3600), 2.0)
    cancel_kill_seconds: float = _setting(_number(0, 3600), 5.0)
    shutdown_grace_seconds: float = _setting(_number(0, 3600), 2.0)
    stream_ping_seconds: float = _setting(_number(0.05, 3600), 15.0)
    stream_stall_seconds: float = _setting(_number(0.05, 86400), 60.0)
    event_log_entries: int = _setting(_whole(1, 10_000_000), 10_000)
    event_log_bytes: int = _setting(_size(1), 8 * MIB)
    event_retention_days: float | None = _setting(_or_none(_number(0, 36500)), 30.0)
    child_reuse: bool = _setting(_truth, True)

    def __post_init__(self) -> None:
        for one in fields(self):
            object.__setattr__(self, one.name, _parsed(one.name, getattr(self, one.name), "value"))

    @property
    def server_url(self) -> str:
        """The address at which a client on this machine finds the server: `url`, else from host and port."""
        if self.url:
            return self.url
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104 (compared, not bound)
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"

    def to_json(self) -> dict[str, Any]:
        """Return the settings as plain JSON values."""
        values = {one.name: getattr(self, one.name) for one in fields(self)}
        return cast("dict[str, Any]", json.loads(json.dumps(values, default=str)))


SETTING_NAMES: Final = tuple(one.name for one in fields(Config))
_PARSERS: Final[Mapping[str, Parse]] = {one.name: one.metadata["parse"] for one in fields(Config)}


@dataclass(frozen=True, slots=True)
class Settings:
    """The effective settings; `origins` tells for each where it came from, `ignored` names strange variables."""

    config: Config
    origins: Mapping[str, str]
    file: Path | None
    ignored: tuple[str, ...]


def load(
    flags: Mapping[str, Any] | None = None,
    *,
    file: Path | None = None,
    environ: Mapping[str, str] = os.environ,
) -> Settings:
    """Read the settings from all their places; flags that are None count as not given.

    `file` (else NOWSERVING_CONFIG) must exist; the default file may be absent. Raises DeskError
    `invalid_setting` that names the setting and the place, `unknown_setting`, `config_unreadable`.
    """
    if file is None and environ.get(FILE_VARIABLE):
        file = Path(environ[FILE_VARIABLE]).expanduser()
    path = file if file is not None else default_file(environ)
    values: dict[str, Any] = {"data_dir": default_data_dir(environ)}
    origins = dict.fromkeys(SETTING_NAMES, "default")
    written = _read_file(path, is_needed=file is not None)
    ignored = []

    def take(name: str, value: Any, origin: str) -> None:
        values[name] = _parsed(name, value, origin)
        origins[name] = origin

    for name, value in (written or {}).items():
        take(_known(name, path), _beside(path, name, value), str(path))
    for variable, text in sorted(environ.items()):
        name = variable.removeprefix(ENVIRONMENT_PREFIX).lower()
        if not variable.startswith(ENVIRONMENT_PREFIX) or variable == FILE_VARIABLE:
            continue
        if name in _PARSERS:
            take(name, text, variable)
        else:  # not an error: container platforms inject variables named after a service
            ignored.append(variable)
    for name, value in (flags or {}).items():
        if value is not None:
            take(name, value, f"--{name.replace('_', '-')}")
    return Settings(Config(**values), origins, path if written is not None else None, tuple(ignored))


def is_loopback(host: str) -> bool:
    """Tell whether a server bound to `host` is reached from this machine only; False for names nobody knows."""
    name = host.lower().strip("[]").rstrip(".")
    if name == "localhost" or name.endswith(".localhost"):  # RFC 6761: always loopback
        return True
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return bool((mapped or address).is_loopback)


def check_binding(config: Config, *, has_accounts: bool = False) -> None:
    """Refuse to listen where others can connect while nobody has to sign in (DeskError `accounts_required`)."""
    if has_accounts or is_loopback(config.host):
        return
    raise DeskError(
        "accounts_required",
        f"Refusing to listen on {config.host}: anybody who can reach this machine could read and run everything.",
        remediation="Listen on 127.0.0.1 and put an authenticating proxy or an SSH tunnel in front of it.",
    )


def _parsed(name: str, value: Any, origin: str) -> Any:
    try:
        return _PARSERS[name](value)
    except (TypeError, ValueError) as error:
        raise DeskError(
            "invalid_setting",
            f"{name} {error}, not {value!r} ({origin}).",
            remediation="docs/settings.md describes every setting; `nowserving config` shows the effective ones.",
        ) from None


def _known(name: str, path: Path) -> str:
    if name in _PARSERS:
        return name
    near = difflib.get_close_matches(name, SETTING_NAMES, n=1)
    raise DeskError(
        "unknown_setting",
        f"{path}: there is no setting {name!r}." + (f" Did you mean {near[0]}?" if near else ""),
        remediation="docs/settings.md lists every setting.",
    )


def _read_file(path: Path, *, is_needed: bool) -> dict[str, Any] | None:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        if not is_needed:
            return None
        reason = "there is no such file"
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        reason = str(error)
    raise DeskError("config_unreadable", f"Cannot read the settings file {path}: {reason}.")


def _beside(path: Path, name: str, value: Any) -> Any:
    """Resolve relative paths of a settings file against the folder it is in, not against where one stands."""
    if name == "data_dir" and isinstance(value, str):
        return path.parent / Path(value).expanduser()
    if name == "roots" and isinstance(value, Sequence) and not isinstance(value, str):
        return [path.parent / Path(str(one)).expanduser() for one in value]
    return value
