"""Settings, read once: defaults < TOML file < environment < flags. No other module looks at the environment."""

import difflib
import ipaddress
import json
import os
import sys
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Final, Literal, cast

from service import setting_values as values
from service.model.errors import DeskError

ENVIRONMENT_PREFIX: Final = "NOWSERVING_"
FILE_VARIABLE: Final = "NOWSERVING_CONFIG"


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


def _setting(parse: values.Parse, default: Any = None, *, make: Callable[[], Any] | None = None) -> Any:
    if make is not None:
        return field(default_factory=make, metadata={"parse": parse})
    return field(default=default, metadata={"parse": parse})


@dataclass(frozen=True, slots=True)
class Setting:
    """What the command line has to know of a setting; `shape` is value, bool, list or table."""

    name: str
    shape: str


@dataclass(frozen=True, slots=True)
class Config:
    """Every setting, checked. docs/settings.md says what each is for; raises DeskError `invalid_setting`."""

    data_dir: Path = field(default_factory=default_data_dir, metadata={"parse": values.path})
    host: str = _setting(values.host_name, "127.0.0.1")
    port: int = _setting(values.whole(0, 65535), 8787)
    url: str | None = _setting(values.or_none(values.url), None)
    open_browser: bool = _setting(values.truth, False)
    allowed_hosts: tuple[str, ...] = _setting(values.several(values.host_name), ())
    allowed_origins: tuple[str, ...] = _setting(values.several(values.origin), ())
    trusted_proxies: tuple[str, ...] = _setting(values.several(values.network), ())
    accounts: bool = _setting(values.truth, False)
    access_token_seconds: float = _setting(values.number(1, 86400), 1800.0)
    refresh_token_days: float = _setting(values.number(0.001, 365), 14.0)
    audit_retention_days: float | None = _setting(values.or_none(values.number(1, 36500)), 365.0)
    token: str | None = _setting(values.or_none(values.token), None)
    allow_url_hosts: tuple[str, ...] = _setting(values.several(values.host_name), ())
    roots: tuple[Path, ...] = _setting(values.several(values.path, os.pathsep), ())
    max_upload_bytes: int = _setting(values.size(1), 2 * values.GIB)
    max_files: int = _setting(values.whole(1, 1_000_000), 1_000)
    disk_budget_bytes: int | None = _setting(values.or_none(values.size(0)), 20 * values.GIB)
    min_free_bytes: int = _setting(values.size(0), 256 * values.MIB)
    max_waiting_jobs: int = _setting(values.whole(1), 1_000_000)
    startup_mode: Literal["run", "paused", "as_left"] = _setting(
        values.one_of("run", "paused", "as_left"), "run"
    )
    lanes: Mapping[str, str] = _setting(values.lanes, make=dict)
    kind_settings: Mapping[str, Mapping[str, Any]] = _setting(values.kind_settings, make=dict)
    retention_days: float | None = _setting(values.or_none(values.number(0, 36500)), 30.0)
    log_format: Literal["console", "json"] = _setting(values.one_of("console", "json"), "console")
    log_level: Literal["debug", "info", "warning", "error"] = _setting(
        values.one_of("debug", "info", "warning", "error"), "info"
    )
    cancel_term_seconds: float = _setting(values.number(0, 3600), 2.0)
    cancel_kill_seconds: float = _setting(values.number(0, 3600), 5.0)
    shutdown_grace_seconds: float = _setting(values.number(0, 3600), 2.0)
    stream_ping_seconds: float = _setting(values.number(0.01, 30), 15.0)
    stream_stall_seconds: float = _setting(values.number(0.05, 86400), 60.0)
    event_log_entries: int = _setting(values.whole(1, 10_000_000), 10_000)
    event_log_bytes: int = _setting(values.size(1), 8 * values.MIB)
    event_retention_days: float | None = _setting(values.or_none(values.number(0, 36500)), 30.0)
    child_reuse: bool = _setting(values.truth, True)

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
        told = {one.name: getattr(self, one.name) for one in fields(self)}
        told["kind_settings"] = values.without_secrets(self.kind_settings)
        told["token"] = "(set)" if self.token else None
        return cast("dict[str, Any]", json.loads(json.dumps(told, default=str)))


SETTING_NAMES: Final = tuple(one.name for one in fields(Config))
SETTINGS: Final = tuple(
    Setting(
        one.name,
        "bool"
        if isinstance(one.default, bool)
        else "list"
        if isinstance(one.default, tuple)
        else "table"
        if one.default_factory is dict
        else "value",
    )
    for one in fields(Config)
)
_PARSERS: Final[Mapping[str, values.Parse]] = {one.name: one.metadata["parse"] for one in fields(Config)}


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
    found: dict[str, Any] = {"data_dir": default_data_dir(environ)}
    origins = dict.fromkeys(SETTING_NAMES, "default")
    written = _read_file(path, is_needed=file is not None)
    ignored = []

    def take(name: str, value: Any, origin: str) -> None:
        found[name] = _parsed(name, value, origin)
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
            take(name, value, flag_of(name))
    return Settings(Config(**found), origins, path if written is not None else None, tuple(ignored))


def without_origins(config: Config) -> Settings:
    """Return settings that were made in code: what is not the default was given."""
    usual = Config()
    given = {name: "given" for name in SETTING_NAMES if getattr(config, name) != getattr(usual, name)}
    return Settings(config, dict.fromkeys(SETTING_NAMES, "default") | given, None, ())


def flag_of(name: str) -> str:
    """Return the command line's flag of a setting; one that may be repeated is in the singular."""
    shape = next(setting.shape for setting in SETTINGS if setting.name == name)
    if shape in ("list", "table"):
        name = f"{name[:-3]}y" if name.endswith("ies") else name.removesuffix("s")
    return "--" + name.replace("_", "-")


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


def check_binding(config: Config) -> None:
    """Refuse to listen where others can connect while nobody has to sign in (DeskError `accounts_required`)."""
    if config.accounts or is_loopback(config.host):
        return
    raise DeskError(
        "accounts_required",
        f"Refusing to listen on {config.host}: anybody who can reach this machine could read and run everything.",
        remediation="Let people sign in (--accounts), or listen on 127.0.0.1.",
    )


def _parsed(name: str, value: Any, origin: str) -> Any:
    try:
        return _PARSERS[name](value)
    except (TypeError, ValueError) as error:
        # What stands in the settings of kinds may be a key, and a token is one: they are never repeated.
        shown = "" if name in ("kind_settings", "token") else f", not {repr(value)[:200]}"
        raise DeskError(
            "invalid_setting",
            f"{name} {error}{shown} ({origin}).",
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
