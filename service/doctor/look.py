"""Everything that is looked at, in order: first the machine, then the settings, the folder, the database, the kinds."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from service.config import Config, Settings, check_binding, is_loopback
from service.doctor import database, machine
from service.doctor.findings import Finding, fail, ok, warn
from service.model.errors import DeskError

KindSeen = tuple[str, bool, str | None, str | None]
"""A kind's name, whether it is available, and if not, why and what adds it."""


def look(
    settings: Settings, migrations: Path, kinds: Iterable[KindSeen], *, is_ours: bool, is_quick: bool = False
) -> Iterator[Finding]:
    """Look at everything; `is_ours` says that a desk of ours answers at the configured port."""
    config = settings.config
    yield machine.python()
    yield machine.sqlite()
    yield _settings(settings)
    yield _binding(config)
    yield from _proxies(config)
    yield machine.data_folder(config.data_dir)
    if config.accounts:
        yield from machine.other_readers(config.data_dir)
    yield machine.file_system(config.data_dir)
    yield machine.disk(config)
    yield machine.port(config, is_ours=is_ours)
    yield from database.look(config.data_dir, migrations, is_quick=is_quick)
    yield machine.clock(database.newest_time(config.data_dir))
    yield from _kinds(kinds)


def _settings(settings: Settings) -> Finding:
    read = f"read from {settings.file}" if settings.file else "no settings file"
    if settings.ignored:
        names = ", ".join(settings.ignored)
        return warn("settings", f"{read}; ignored: {names}", "docs/settings.md lists the settings.")
    return ok("settings", read)


def _binding(config: Config) -> Finding:
    try:
        check_binding(config)
    except DeskError as error:
        return fail("address", error.message, error.remediation)
    if not is_loopback(config.host):
        return ok("address", f"{config.host} is reached from elsewhere, by those who sign in")
    return ok("address", f"{config.host} is reached from this machine only")


def _proxies(config: Config) -> Iterator[Finding]:
    """Look whether it is known from where people come who sign in past a proxy."""
    if any(network.endswith("/0") for network in config.trusted_proxies):
        yield warn(
            "proxies",
            f"anybody may say from where they come: {', '.join(config.trusted_proxies)}",
            "Name in trusted_proxies only the proxies that stand before the desk.",
        )
    elif config.trusted_proxies:
        yield ok("proxies", f"believed from where requests come: {', '.join(config.trusted_proxies)}")
    elif config.accounts and config.allowed_hosts and is_loopback(config.host):
        yield warn(
            "proxies",
            "others reach this desk through a proxy on this machine, and all count as one address:"
            " who guesses passwords keeps everybody from signing in",
            "Set trusted_proxies to the proxy's address, such as 127.0.0.1.",
        )


def _kinds(kinds: Iterable[KindSeen]) -> Iterator[Finding]:
    is_empty = True
    for name, is_available, reason, remediation in kinds:
        is_empty = False
        if is_available:
            yield ok(f"kind {name}", "available")
        else:
            yield warn(f"kind {name}", reason or "not available", remediation)
    if is_empty:
        yield fail("kinds", "no kind is installed", "Install the package again: pip install nowserving")
