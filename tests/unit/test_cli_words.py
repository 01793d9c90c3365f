"""What the command line makes of values: args, words for people, harmless output, exit codes, the grammar's docs."""

import argparse
import io
import json
import re
from pathlib import Path
from typing import Any

import pytest

from service.cli import parser, words
from service.cli.bar import JobBar
from service.cli.exits import Exit, of_error, of_job
from service.cli.results import distinct_names
from service.cli.submit import parse_pairs
from service.cli.terminal import Terminal, printable
from service.client import ClientError, StreamEvent
from service.config import SETTINGS, flag_of
from service.model.errors import DeskError, FieldError

DOCS = Path(__file__).parents[2] / "docs" / "cli.md"
SCHEMA = {
    "properties": {
        "text": {"type": "string"},
        "maybe": {"type": ["string", "null"]},
        "count": {"type": "integer"},
        "names": {"type": "array", "items": {"type": "string"}},
        "numbers": {"type": "array", "items": {"type": "integer"}},
        "either": {"anyOf": [{"type": "number"}, {"type": "null"}]},
    }
}


class FakeTerminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("pairs", "args"),
    [
        (["text=12"], {"text": "12"}),
        (["text=a=b"], {"text": "a=b"}),
        (["maybe=null"], {"maybe": None}),
        (["maybe=12"], {"maybe": "12"}),
        (["count=12"], {"count": 12}),
        (["count=twelve"], {"count": "twelve"}),
        (["names=12"], {"names": ["12"]}),
        (["names=a", "names=b"], {"names": ["a", "b"]}),
        (['names=["a","b"]'], {"names": ["a", "b"]}),
        (["numbers=1", "numbers=2"], {"numbers": [1, 2]}),
        (["either=1.5"], {"either": 1.5}),
        (["unknown=true"], {"unknown": True}),
        (["unknown=plain"], {"unknown": "plain"}),
        (["unknown=1", "unknown=2"], {"unknown": [1, 2]}),
    ],
)
def test_pairs_are_typed_by_the_schema_of_the_kind(pairs: list[str], args: dict[str, Any]) -> None:
    assert parse_pairs(pairs, SCHEMA) == args


@pytest.mark.parametrize("pair", ["alone", "=value", ""])
def test_a_pair_without_key_or_value_is_refused(pair: str) -> None:
    with pytest.raises(DeskError, match="KEY=VALUE"):
        parse_pairs([pair], SCHEMA)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(-1, "0 s"), (0.4, "0 s"), (89, "89 s"), (90, "2 min"), (3600, "60 min"), (7500, "2 h 05 min")],
)
def test_durations_are_readable(seconds: float, text: str) -> None:
    assert words.duration(seconds) == text


def test_a_place_in_the_line_is_told_with_its_estimate() -> None:
    estimate = {"starts_in": {"p50": 12, "p90": 12}, "finishes_in": {"p50": 30, "p90": 55}}
    assert words.queued(3, estimate) == "number 3 in the line, starts in about 12 s, done in 30 s to 55 s"
    assert words.queued(None, None) == "in the line"


def test_an_ending_tells_what_a_person_has_to_know() -> None:
    items = {"total": 3, "completed": 1, "failed": 1, "needs_review": 1}
    assert words.ending({"status": "completed", "cached": True, "items": items}) == (
        "completed, the same work was done before, 1 of 3 items, 1 failed, 1 need a person's decision"
    )
    assert words.ending({"status": "failed", "error": None}) == "failed, no reason given [unknown]"


def test_names_of_files_are_harmless_and_distinct() -> None:
    names = ["a.txt", "A.TXT", "../a.txt", "..", "sub/dir/b", "b", ".hidden"]
    assert distinct_names(names) == ["a.txt", "A-2.TXT", "a-3.txt", "file", "b", "b-2", "hidden"]


def test_nothing_from_outside_drives_a_terminal() -> None:
    out, err = FakeTerminal(), FakeTerminal()
    terminal = Terminal(stdout=out, stderr=err)
    evil = "\x1b]0;owned\x07\x1b[2J\u202ereversed [bold]x[/bold]"
    terminal.line(evil)
    terminal.text(evil)
    terminal.table(("name",), [(evil,)])
    terminal.record({"name": evil})
    terminal.say(evil)
    terminal.error(DeskError("code", evil, errors=[FieldError(evil, evil)]))
    for stream in (out, err):
        text = re.sub(r"\x1b\[[0-9;]*m", "", stream.getvalue())  # rich's own colours
        assert "\x1b" not in text
        assert "\x07" not in text
        assert "\u202e" not in text
        assert "[bold]x[/bold]" in text
    assert printable("tab\tand\nline") == "tab\tand\nline"


def test_a_terminal_of_another_encoding_ends_nothing() -> None:
    out = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    terminal = Terminal(stdout=out, stderr=out)
    terminal.line("naïve 新")
    terminal.say("naïve 新")
    terminal.json({"title": "新"})
    out.seek(0)
    first, second, third = out.read().splitlines()
    assert first == second == "na?ve ?"
    assert json.loads(third) == {"title": "新"}


def test_progress_without_a_terminal_is_a_line_now_and_then() -> None:
    err = io.StringIO()
    with JobBar(Terminal(stdout=io.StringIO(), stderr=err), "A book") as bar:
        bar.event(StreamEvent("queued", {"position": 2}, None))
        bar.event(StreamEvent("position", {"position": 2, "status": "queued"}, None))
        bar.event(StreamEvent("started", {"attempt": 2}, None))
        for percent in range(0, 101, 2):
            bar.event(StreamEvent("progress", {"percent": percent, "message": "counting"}, None))
        bar.event(StreamEvent("item_failed", {"key": "k", "message": "m", "code": "c"}, None))
    lines = err.getvalue().splitlines()
    assert lines[:2] == ["A book: number 2 in the line", "A book: running, attempt 2"]
    assert lines[2:-1] == [f"A book: {percent} %, counting" for percent in range(0, 101, 10)]
    assert lines[-1] == "A book: k: m [c]"


def test_progress_on_a_terminal_is_a_bar_and_quiet_is_quiet() -> None:
    err = FakeTerminal()
    with JobBar(Terminal(stderr=err), "[red]A book") as bar:
        bar.event(StreamEvent("resync", {"job": {"status": "running", "progress": {"percent": 40}}}, None))
        bar.event(StreamEvent("progress", {"percent": 50, "message": "\x1b]evil [b]"}, None))
    assert "[red]A book" in err.getvalue()
    assert "\x1b]" not in err.getvalue()
    silent = io.StringIO()
    with JobBar(Terminal(stderr=silent, is_quiet=True), "A book") as bar:
        bar.event(StreamEvent("progress", {"percent": 50}, None))
    assert silent.getvalue() == ""


@pytest.mark.parametrize(
    ("code", "status", "exit_code"),
    [
        ("job_not_found", 404, Exit.NOT_FOUND),
        ("artifact_gone", 410, Exit.NOT_FOUND),
        ("stale_preview", 409, Exit.CONFLICT),
        ("invalid", 422, Exit.USAGE),
        ("too_large", 413, Exit.USAGE),
        ("queue_full", 503, Exit.UNREACHABLE),
        ("too_many_requests", 429, Exit.UNREACHABLE),
        ("unreachable", None, Exit.UNREACHABLE),
        ("timed_out", None, Exit.TIMED_OUT),
        ("checksum_mismatch", None, Exit.FAILED),
    ],
)
def test_errors_have_exit_codes(code: str, status: int | None, exit_code: Exit) -> None:
    assert of_error(ClientError(code, "x", status=status)) == exit_code


def test_endings_have_exit_codes() -> None:
    assert [of_job(status) for status in ("completed", "failed", "cancelled", "held")] == [0, 1, 3, 0]


def test_every_command_flag_and_exit_code_is_documented() -> None:
    text = DOCS.read_text("utf-8")
    sections = dict(
        re.findall(r"^### `nowserving (\w+)[^\n]*\n(.*?)(?=^##|\Z)", text, re.MULTILINE | re.DOTALL)
    )
    commands = _commands()
    assert sorted(sections) == sorted(commands)
    settings = {flag_of(setting.name) for setting in SETTINGS} | {
        "--no-open-browser",
        "--open",
        "--no-open",
        "--no-child-reuse",
        "--no-accounts",
    }
    everywhere = {"--help", "--config", "--json", "--quiet", "--url", "--host", "--port", "--data-dir"}
    for name, command in commands.items():
        flags = {
            flag for action in command._actions for flag in action.option_strings if flag.startswith("--")
        }
        for flag in flags - settings - everywhere:
            assert f"`{flag}" in sections[name], f"{flag} of {name}"
    for flag in everywhere - {"--help", "--host", "--port"}:
        assert f"`{flag}" in text
    for code in Exit:
        assert f"| {code.value} |" in text


def _commands() -> dict[str, argparse.ArgumentParser]:
    [actions] = [one for one in parser.build()._actions if isinstance(one, argparse._SubParsersAction)]
    return dict(actions.choices)


@pytest.mark.parametrize(
    "line",
    ["--url http://a list --json -q --config x", "list --url http://a --json -q --config x"],
    ids=["before", "after"],
)
def test_what_every_command_takes_may_stand_before_it_and_after_it(line: str) -> None:
    args = parser.build().parse_args(line.split())
    assert (args.url, args.json, args.quiet, args.config) == ("http://a", True, True, Path("x"))
    bare = parser.build().parse_args(["list"])
    assert (bare.url, bare.json, bare.quiet, bare.config) == (None, False, False, None)
    assert parser.flags(parser.build().parse_args(["--url", "http://a", "doctor"]))["url"] == "http://a"
