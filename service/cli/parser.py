"""The grammar of the command line, all on one screen."""

import argparse
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, cast

from service import __version__
from service.cli import batches_parser, users_parser
from service.cli.invocation import Invocation
from service.config import SETTINGS, flag_of

DESCRIPTION = "Take a number for slow jobs: submit them, watch them, fetch what they leave."
STATUSES = ("queued", "running", "held", "completed", "failed", "cancelled")
Handler = Callable[[Invocation], int]
Add = Callable[..., argparse.ArgumentParser]


def build() -> argparse.ArgumentParser:
    """Return the parser; the namespace it makes carries the name of the command's `handler`."""
    # No abbreviations: a flag that is added later must not change what a script means.
    parser = argparse.ArgumentParser(prog="nowserving", description=DESCRIPTION, allow_abbrev=False)
    parser.add_argument("--version", action="version", version=f"nowserving {__version__}")
    _add_everywhere(parser, unset=None)
    parser.add_argument("--url", metavar="URL", help="the server's address")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)

    def add(name: str, handler: str, text: str, *parents: argparse.ArgumentParser) -> argparse.ArgumentParser:
        command = commands.add_parser(
            name, help=text, description=text, parents=[_everywhere(), *parents], allow_abbrev=False
        )
        command.set_defaults(handler=handler, command=name)
        return command

    add("serve", "serve.run", "Run the desk.", _every_setting())
    _add_following(add)
    _add_looking(add)
    _add_changing(add)
    _add_keeping(add)
    batches_parser.add_to(
        commands, [_everywhere(), _to_server()], work=[_work()], waiting=[_waiting()], limit=_count
    )
    users_parser.add_to(commands, [_everywhere(), _data_dir()])
    return parser


def handler(name: str) -> Handler:
    """Return the function of this wing that `module.function` names; a command imports no other command's libraries."""
    module, _, function = name.partition(".")
    return cast("Handler", getattr(import_module(f"service.cli.{module}"), function))


def _add_following(add: Add) -> None:
    one = add("submit", "submit.run", "Hand in work.", _to_server(), _following(), _work())
    one.add_argument("--wait", action="store_true", help="stay until the job has ended")

    one = add("watch", "watch.run", "Follow a job until it ends, or everything.", _to_server(), _following())
    target = one.add_mutually_exclusive_group(required=True)
    target.add_argument("id", metavar="ID", nargs="?")
    target.add_argument("--all", action="store_true", help="follow everything until Ctrl-C")


def _add_looking(add: Add) -> None:
    one = add("list", "browse.run_list", "List jobs, newest first.", _to_server())
    one.add_argument("--status", action="append", choices=STATUSES, default=[], help="repeat for more")
    one.add_argument("--kind", metavar="KIND")
    one.add_argument("--text", metavar="TEXT", help="part of the title")
    one.add_argument("--limit", metavar="N", type=_count, default=50, help="the most jobs to list (50)")

    add("show", "browse.run_show", "Show one job.", _to_server(), _job())
    one = add("log", "browse.run_log", "Print a job's log.", _to_server(), _job())
    one.add_argument("-f", "--follow", action="store_true", help="stay until the job has ended")

    one = add("result", "results.run", "Print a job's output, or fetch its files.", _to_server(), _job())
    one.add_argument("-o", "--output", metavar="DIR", type=Path, help="fetch the artifacts into this folder")
    one.add_argument(
        "--name", metavar="NAME", action="append", default=[], help="only this artifact; repeatable"
    )
    one.add_argument("--force", action="store_true", help="replace files that differ")

    add("kinds", "browse.run_kinds", "List what can be done.", _to_server())


def _add_changing(add: Add) -> None:
    add("cancel", "change.run_cancel", "Ask for the end of a job.", _to_server(), _job())
    one = add("confirm", "change.run_confirm", "Let a held job go on.", _to_server(), _job())
    one.add_argument("--body", metavar="JSON", help="what to confirm with (by default the preview's hash)")
    add("retry", "change.run_retry", "Do again what a job failed to do.", _to_server(), _job())
    one = add("move", "change.run_move", "Give a waiting job another place.", _to_server(), _job())
    one.add_argument("to", metavar="front|back|N", type=_place)

    one = add("pause", "change.run_pause", "Let the running job end and start no other.", _to_server())
    one.add_argument("--reason", metavar="TEXT", help="shown to those who look at the line")
    one.add_argument("--lane", metavar="LANE", help="only this lane")
    one = add("resume", "change.run_resume", "Let the line move again.", _to_server())
    one.add_argument("--lane", metavar="LANE", help="only this lane")


def _add_keeping(add: Add) -> None:
    add("doctor", "doctor.run", "Look for what is wrong with this installation.", _every_setting())
    one = add("backup", "backup.run", "Copy the database and all files into one archive.", _data_dir())
    one.add_argument("file", metavar="FILE", type=Path)
    one.add_argument("--force", action="store_true", help="replace FILE if it exists")
    one = add("restore", "restore.run", "Bring back what `backup` kept.", _data_dir())
    one.add_argument("file", metavar="FILE", type=Path)
    one.add_argument("--force", action="store_true", help="put away what is in the data folder now")
    add("config", "settings.run", "Print the effective settings and where they come from.", _every_setting())


def _parent() -> argparse.ArgumentParser:
    return argparse.ArgumentParser(add_help=False)


def _everywhere() -> argparse.ArgumentParser:
    parent = _parent()
    # Taken before the command as well: what is not given after it must not undo that, so there is no default here.
    _add_everywhere(parent, unset=argparse.SUPPRESS)
    return parent


def _add_everywhere(parser: argparse.ArgumentParser, *, unset: str | None) -> None:
    off = unset or False
    parser.add_argument("--config", metavar="FILE", type=Path, default=unset, help="the settings file")
    parser.add_argument("--json", action="store_true", default=off, help="JSON on standard output")
    parser.add_argument(
        "-q", "--quiet", action="store_true", default=off, help="no progress on standard error"
    )


def _to_server() -> argparse.ArgumentParser:
    parent = _parent()
    parent.add_argument("--url", metavar="URL", default=argparse.SUPPRESS, help="the server's address")
    parent.add_argument(
        "--token", metavar="TOKEN", help="who asks, at a desk with accounts (NOWSERVING_TOKEN)"
    )
    parent.add_argument("--host", metavar="HOST", help=argparse.SUPPRESS)
    parent.add_argument("--port", metavar="PORT", help=argparse.SUPPRESS)
    return parent


def _data_dir() -> argparse.ArgumentParser:
    parent = _parent()
    parent.add_argument("--data-dir", metavar="DIR", help="the data folder")
    return parent


def _job() -> argparse.ArgumentParser:
    parent = _parent()
    parent.add_argument("id", metavar="ID")
    return parent


def _work() -> argparse.ArgumentParser:
    parent = _parent()
    parent.add_argument("kind", metavar="KIND", help="which kind of job; `nowserving kinds` lists them")
    parent.add_argument("files", metavar="FILE", nargs="*", type=Path)
    parent.add_argument("--args", metavar="JSON", help="the args as a JSON object, or @FILE that holds it")
    parent.add_argument(
        "--arg", metavar="KEY=VALUE", action="append", default=[], help="one of the args; repeat for more"
    )
    parent.add_argument("--title", metavar="TEXT", help="what it is called in lists")
    parent.add_argument("--idempotency-key", metavar="KEY", help="the same key and work are accepted once")
    return parent


def _waiting() -> argparse.ArgumentParser:
    parent = _parent()
    parent.add_argument("--timeout", metavar="SECONDS", type=_seconds, help="stop waiting then (exit code 7)")
    return parent


def _following() -> argparse.ArgumentParser:
    parent = argparse.ArgumentParser(add_help=False, parents=[_waiting()])
    parent.add_argument(
        "--until-held", action="store_true", help="stop waiting when a person has to look at it (exit code 0)"
    )
    return parent


def _every_setting() -> argparse.ArgumentParser:
    parent = _parent()
    group = parent.add_argument_group("settings (docs/settings.md)")
    for setting in SETTINGS:
        names = [flag_of(setting.name), *(["--open"] if setting.name == "open_browser" else [])]
        if setting.shape == "bool":
            group.add_argument(*names, dest=setting.name, action=argparse.BooleanOptionalAction, default=None)
        elif setting.shape in ("list", "table"):
            metavar = {"lanes": "KIND=LANE", "kind_settings": "KIND.NAME=VALUE"}.get(setting.name, "VALUE")
            group.add_argument(*names, dest=setting.name, action="append", metavar=metavar)
        else:
            unset = argparse.SUPPRESS if setting.name == "url" else None  # may stand before the command
            group.add_argument(*names, dest=setting.name, metavar="VALUE", default=unset)
    return parent


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 10**9:
        raise argparse.ArgumentTypeError("needs a whole number from 1")
    return int(text)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds < 10**9:
        raise argparse.ArgumentTypeError("needs seconds, such as 60")
    return seconds


def _place(text: str) -> str | int:
    return text if text in ("front", "back") else _count(text)


def flags(args: argparse.Namespace) -> dict[str, Any]:
    """Return the settings among the arguments; those not given are None."""
    given: dict[str, Any] = {}
    for setting in SETTINGS:
        value = getattr(args, setting.name, None)
        if setting.shape == "table" and isinstance(value, Sequence):
            value = ",".join(value)
        given[setting.name] = value
    return given
