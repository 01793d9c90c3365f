"""A command starts fast: it imports what it needs, and what it names is there."""

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import app
from service.cli import parser

ROOT = Path(__file__).parents[2]
HEAVY = ("aiosqlite", "apispec", "jwt", "argon2", "marshmallow", "prometheus_client", "rich", "structlog")


def handlers(of: argparse.ArgumentParser) -> Iterator[str]:
    if name := of.get_default("handler"):
        yield name
    for action in of._actions:
        if isinstance(action, argparse._SubParsersAction):
            for command in action.choices.values():
                yield from handlers(command)


def test_every_command_names_a_function_that_is_there() -> None:
    names = list(handlers(parser.build()))
    assert len(names) > 20
    assert all(callable(parser.handler(name)) for name in names)


def test_a_command_that_asks_a_server_imports_nothing_of_the_server() -> None:
    program = (
        "import json, sys, app\n"
        "sys.argv = ['nowserving', 'list', '--url', 'http://127.0.0.1:9']\n"  # the port `discard`: nobody answers
        "try:\n    app.main()\n"
        "except SystemExit as end:\n    print(json.dumps([end.code, sorted(sys.modules)]))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    code, modules = json.loads(done.stdout)
    assert (code, done.stderr.count("[unreachable]")) == (5, 1)
    assert not [name for name in HEAVY if name in modules]
    assert not [
        name for name in modules if name.startswith(("service.engine", "service.http", "service.storage"))
    ]


def test_the_door_has_the_application_and_no_more_than_it_says() -> None:
    assert app.create_app.__module__ == "service.composition"
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = app.nothing  # type: ignore[attr-defined]
