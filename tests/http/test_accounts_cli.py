"""`nowserving users` beside a server and without one, and the client commands of somebody who has to sign in."""

import argparse
import io
import json
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from service.cli import parser
from tests.http.command_line import ROOT, CommandLine, Outcome, Program

PASSWORD = "correct horse"


class People:
    """The `users` commands on one data folder."""

    def __init__(self, cli: CommandLine, data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.data_dir = data_dir
        self._cli = cli
        self._monkeypatch = monkeypatch

    def __call__(self, *arguments: str, typed: str = "") -> Outcome:
        self._monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
        return self._cli.local("users", *arguments, "--data-dir", self.data_dir)

    def add(self, name: str, role: str, password: str = PASSWORD) -> Outcome:
        return self("add", name, "--role", role, typed=f"{password}\n")

    def list(self) -> list[dict]:
        return self("list", "--json").json["users"]


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str]) -> CommandLine:
    return CommandLine("", capsys)


@pytest.fixture
def people(cli: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> People:
    return People(cli, tmp_path / "data", monkeypatch)


def test_the_first_administrator_comes_to_be_in_a_folder_that_was_not_there(people: People) -> None:
    added = people.add("Ada", "admin")
    assert (added.code, added.err) == (0, "Ada: admin\n")
    [ada] = people.list()
    assert (ada["id"], ada["name"], ada["role"]) == (added.out.strip(), "Ada", "admin")
    assert people("list").rows == [
        ["name", "role", "state", "patients", "id"],
        ["Ada", "admin", "", "", ada["id"]],
    ]


def test_patients_are_assigned_and_taken_away_by_name(people: People) -> None:
    people.add("Theo", "therapist")
    people.add("Pia", "patient")
    for _ in range(2):
        assert people("assign", "theo", "PIA").err == "Theo: therapist, of Pia\n"
    assert [user["patients"] for user in people.list() if user["name"] == "Theo"] != [[]]
    assert people("unassign", "Theo", "Pia").err == "Theo: therapist\n"
    outcome = people("assign", "Pia", "Theo")
    assert (outcome.code, "[invalid]" in outcome.err) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "typed", "code", "word"),
    [
        (("add", "Bea", "--role", "member"), "short\n", 2, "8 to 1024 characters"),
        (("add", "Bea", "--role", "member"), "", 2, "no password"),
        (("add", "", "--role", "member"), PASSWORD, 2, "printable"),
        (("add", "ADA", "--role", "member"), PASSWORD, 6, "name_taken"),
        (("add", "Bea", "--role", "king"), PASSWORD, 2, "king"),
        (("add", "Bea"), PASSWORD, 2, "--role"),
        (("password", "Bea"), PASSWORD, 4, "user_not_found"),
        (("disable", "Ada"), "", 6, "last_admin"),
        (("role", "Ada", "member"), "", 6, "last_admin"),
        (("token", "Bea"), "", 4, "user_not_found"),
        (("token", "Ada", "--days", "0"), "", 2, "needs days"),
        (("assign", "Ada", "Bea"), "", 4, "user_not_found"),
        ((), "", 2, "COMMAND"),
    ],
)
def test_what_cannot_be_done_has_its_exit_code_and_its_reason(
    people: People, arguments: tuple[str, ...], typed: str, code: int, word: str
) -> None:
    people.add("Ada", "admin")
    outcome = people(*arguments, typed=typed)
    assert (outcome.code, outcome.out) == (code, "")
    assert word in outcome.err
    assert [user["name"] for user in people.list()] == ["Ada"]


def test_a_person_at_a_terminal_types_the_password_twice(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Screen(io.StringIO):
        def isatty(self) -> bool:
            return True

    typed = iter(["correct horse", "correct house", "correct horse", "correct horse"])
    monkeypatch.setattr("getpass.getpass", lambda prompt: next(typed))
    monkeypatch.setattr(sys, "stdin", Screen())
    command = ("users", "add", "Ada", "--role", "admin", "--data-dir", people.data_dir)
    refused = people._cli.local(*command)
    assert (refused.code, "not the same" in refused.err) == (2, True)
    assert people._cli.local(*command).code == 0


class Server:
    """`serve --accounts` in a process of its own, asked with urllib."""

    def __init__(self, data_dir: Path) -> None:
        self.program = Program("serve", "--accounts", "--port", "0", "--data-dir", data_dir)
        self.url = self.program.line().removeprefix("listening on ")

    def ask(self, path: str, body: object = None, token: str = "") -> tuple[int, dict]:
        request = urllib.request.Request(f"{self.url}/api/v1{path}")
        if token:
            request.add_header("Authorization", f"Bearer {token}")
        if body is not None:
            request.data = json.dumps(body).encode()
            request.add_header("Content-Type", "application/json")
        try:
            with urllib.request.urlopen(request) as answer:
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.loads(error.read())

    def login(self, name: str, password: str = PASSWORD) -> tuple[int, dict]:
        return self.ask("/auth/login", {"username": name, "password": password})


def test_accounts_are_kept_while_a_server_uses_the_folder(people: People, tmp_path: Path) -> None:
    server = Server(people.data_dir)
    try:
        assert server.login("Ada")[0] == 401
        people.add("Ada", "admin")
        people.add("Max", "member")
        status, granted = server.login("Max")
        assert (status, granted["user"]["role"]) == (200, "member")
        assert server.ask("/users", token=granted["access_token"])[0] == 403
        people("role", "Max", "admin")
        assert server.ask("/users", token=granted["access_token"])[0] == 200
        people("disable", "Max")
        assert server.ask("/users", token=granted["access_token"])[0] == 401
        assert server.login("Max")[0] == 401
        assert "disabled" in people("list").out
        people("enable", "Max")
        assert server.login("Max")[0] == 200
        people("password", "Max", typed="battery staple\n")
        assert (server.login("Max")[0], server.login("Max", "battery staple")[0]) == (401, 200)
    finally:
        server.program.signal(15)
        log = server.program.end().err
    assert "users add NAME --role admin --data-dir" in log


def test_a_token_says_who_asks_in_client_commands(
    people: People, cli: CommandLine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    people.add("Ada", "admin")
    people.add("Max", "member")
    tokens = [people("token", name, "--title", "tests", "--days", "1").out.strip() for name in ("Ada", "Max")]
    server = Server(people.data_dir)
    try:
        cli.url = server.url
        assert (cli("list").code, "[unauthorized]" in cli("list").err) == (2, True)
        submitted = cli(
            "submit", "demo", "--args", '{"items": 1, "seconds": 0}', "--wait", "--token", tokens[1]
        )
        assert submitted.code == 0
        job_id = submitted.out.splitlines()[0].split()[0]
        monkeypatch.setenv("NOWSERVING_TOKEN", tokens[1])
        assert cli("show", job_id).code == 0
        assert cli("pause").code == 2
        monkeypatch.setenv("NOWSERVING_TOKEN", tokens[0])
        assert cli("pause").code == 0
        shown = cli.local("config").out
        assert tokens[0] not in shown
        assert "(set)" in shown
        monkeypatch.setenv("NOWSERVING_TOKEN", f"{tokens[0]}\n\n x")
        wrong = cli.local("config")
        assert (wrong.code, tokens[0] in wrong.err) == (2, False)
    finally:
        server.program.signal(15)
        server.program.end()


def test_a_backup_has_the_accounts_and_not_the_key(people: People, cli: CommandLine, tmp_path: Path) -> None:
    people.add("Ada", "admin")
    server = Server(people.data_dir)
    server.program.signal(15)
    server.program.end()
    assert (people.data_dir / "signing.key").exists()
    archive = tmp_path / "desk.tar"
    assert cli.local("backup", archive, "--data-dir", people.data_dir).code == 0
    assert cli.local("restore", archive, "--data-dir", tmp_path / "restored").code == 0
    assert [oct(path.stat().st_mode & 0o077) for path in (archive, tmp_path / "restored")] == ["0o0", "0o0"]
    assert not (tmp_path / "restored" / "signing.key").exists()
    again = Server(tmp_path / "restored")
    try:
        assert again.login("Ada")[0] == 200
    finally:
        again.program.signal(15)
        again.program.end()


def test_every_command_of_users_and_its_flags_are_documented() -> None:
    text = (ROOT / "docs" / "cli.md").read_text("utf-8").split("### `nowserving users")[1].split("\n## ")[0]
    [commands] = [one for one in parser.build()._actions if isinstance(one, argparse._SubParsersAction)]
    [verbs] = [
        one for one in commands.choices["users"]._actions if isinstance(one, argparse._SubParsersAction)
    ]
    for name, verb in verbs.choices.items():
        assert f"`users {name}" in text, name
        flags = {flag for action in verb._actions for flag in action.option_strings if flag.startswith("--")}
        for flag in flags - {"--help", "--config", "--json", "--quiet"}:
            assert flag in text, f"{flag} of users {name}"
