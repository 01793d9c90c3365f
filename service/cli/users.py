"""`users`: keep the accounts of a data folder. It works on the database itself, so it also makes the first admin.

A server may run on the same folder: it reads accounts from the database at every request.
"""

import asyncio
import getpass
import sys
from collections.abc import Awaitable, Callable
from typing import Any

from service.accounts import passwords
from service.accounts.people import COMMAND_LINE, People
from service.cli.exits import Exit, usage
from service.cli.invocation import Invocation
from service.model.accounts import Role, User

Told = dict[str, Any]


def run_add(invocation: Invocation) -> int:
    """Make an account and print its id."""
    name, role = invocation.args.name, Role(invocation.args.role)
    password = _password()

    async def add(people: People) -> Told:
        return await people.told(await people.add(COMMAND_LINE, name, password, role))

    return _changed(invocation, add)


def run_list(invocation: Invocation) -> int:
    """List the accounts with their patients."""
    found = _with_people(invocation, lambda people: people.all())
    if invocation.terminal.is_json:
        invocation.terminal.json({"users": found})
        return Exit.OK
    rows = [
        (
            user["name"],
            user["role"],
            "disabled" if user["is_disabled"] else "",
            ", ".join(patient["name"] for patient in user["patients"]),
            user["id"],
        )
        for user in found
    ]
    invocation.terminal.table(("name", "role", "state", "patients", "id"), rows)
    return Exit.OK


def run_assign(invocation: Invocation) -> int:
    """Give a patient to a therapist."""
    return _assign(invocation, is_assigned=True)


def run_unassign(invocation: Invocation) -> int:
    """Take a patient away from a therapist."""
    return _assign(invocation, is_assigned=False)


def run_disable(invocation: Invocation) -> int:
    """Keep somebody out, at once: their logins and streams end."""
    return _change(invocation, is_disabled=True)


def run_enable(invocation: Invocation) -> int:
    """Let somebody in again, who has to sign in anew."""
    return _change(invocation, is_disabled=False)


def run_role(invocation: Invocation) -> int:
    """Give somebody another role; assignments that came with the old one end."""
    return _change(invocation, role=Role(invocation.args.role))


def run_password(invocation: Invocation) -> int:
    """Give somebody a new password; their logins and API tokens end."""
    return _change(invocation, password=_password())


def run_token(invocation: Invocation) -> int:
    """Make an API token and print it; nobody can read it again."""
    args = invocation.args

    async def make(people: People) -> tuple[dict[str, Any], str]:
        user = await people.store.user(args.name)
        token, text = await people.make_token(COMMAND_LINE, user, args.title, args.days)
        return token.to_json(), text

    token, text = _with_people(invocation, make)
    if invocation.terminal.is_json:
        invocation.terminal.json(token | {"token": text})
        return Exit.OK
    invocation.terminal.line(text)
    invocation.terminal.say("Keep it: it is not shown again. Give it to commands as NOWSERVING_TOKEN.")
    return Exit.OK


def _assign(invocation: Invocation, *, is_assigned: bool) -> int:
    args = invocation.args

    async def assign(people: People) -> Told:
        therapist = await people.assign(COMMAND_LINE, args.therapist, args.patient, is_assigned=is_assigned)
        return await people.told(therapist)

    return _changed(invocation, assign)


def _change(invocation: Invocation, **changes: Any) -> int:
    async def change(people: People) -> Told:
        user: User = await people.change(COMMAND_LINE, invocation.args.name, **changes)
        return await people.told(user)

    return _changed(invocation, change)


def _changed(invocation: Invocation, change: Callable[[People], Awaitable[Told]]) -> int:
    """Make one change; the account's id is the data, what it is now is for the person."""
    user, terminal = _with_people(invocation, change), invocation.terminal
    if terminal.is_json:
        terminal.json(user)
        return Exit.OK
    terminal.line(user["id"])
    state = ", disabled" if user["is_disabled"] else ""
    patients = ", ".join(patient["name"] for patient in user["patients"])
    terminal.say(f"{user['name']}: {user['role']}{state}" + (f", of {patients}" if patients else ""))
    return Exit.OK


def _with_people(invocation: Invocation, work: Callable[[People], Awaitable[Any]]) -> Any:
    async def run() -> Any:
        async with invocation.lent.people(invocation.config.data_dir) as people:
            return await work(people)

    return asyncio.run(run())


def _password() -> str:
    """Read a password: twice from a person, once from a pipe (its first line). Raises `invalid` or `usage`."""
    if not sys.stdin.isatty():
        password = sys.stdin.readline().rstrip("\r\n")
        if not password:
            raise usage("There is no password on standard input.", "Pipe it in, or run this in a terminal.")
    else:
        password = getpass.getpass("Password: ")
        passwords.check(password)
        if getpass.getpass("Once more: ") != password:
            raise usage("The two are not the same.")
    passwords.check(password)
    return password
