"""The grammar of `users`, a command with commands of its own."""

import argparse
from collections.abc import Sequence
from typing import Any

from service.model.accounts import Role


def add_to(commands: Any, parents: Sequence[argparse.ArgumentParser]) -> None:
    """Add `users` to the commands; `parents` carry the flags that each of its own commands takes."""
    text = "Keep the accounts of a data folder, whether a server uses it or not."
    group = commands.add_parser("users", help=text, description=text, allow_abbrev=False)
    verbs = group.add_subparsers(metavar="COMMAND", required=True)

    def add(name: str, handler: str, text: str, *arguments: str) -> argparse.ArgumentParser:
        verb: argparse.ArgumentParser = verbs.add_parser(
            name, help=text, description=text, parents=list(parents), allow_abbrev=False
        )
        verb.set_defaults(handler=handler, command=f"users {name}")
        for argument in arguments:
            verb.add_argument(argument, metavar=argument.upper())
        return verb

    roles = [str(role) for role in Role]
    one = add("add", "users.run_add", "Make an account; the password comes from standard input.", "name")
    one.add_argument("--role", choices=roles, required=True)
    add("list", "users.run_list", "List the accounts.")
    add("assign", "users.run_assign", "Give a patient to a therapist.", "therapist", "patient")
    add("unassign", "users.run_unassign", "Take a patient away from a therapist.", "therapist", "patient")
    add("disable", "users.run_disable", "Keep somebody out, at once.", "name")
    add("enable", "users.run_enable", "Let somebody in again.", "name")
    one = add("role", "users.run_role", "Give somebody another role.", "name")
    one.add_argument("role", choices=roles)
    add("password", "users.run_password", "Give somebody a new password, from standard input.", "name")
    one = add("token", "users.run_token", "Make an API token and print it, this once.", "name")
    one.add_argument("--title", metavar="TEXT", default="command line", help="what it is called in lists")
    one.add_argument("--days", metavar="N", type=_days, help="how long it is good (until it is removed)")


def _days(text: str) -> float:
    try:
        days = float(text)
    except ValueError:
        days = -1.0
    if not 0 < days <= 36_500:
        raise argparse.ArgumentTypeError("needs days, such as 90")
    return days
