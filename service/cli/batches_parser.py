"""The grammar of `batch`, a command with commands of its own."""

import argparse
from collections.abc import Sequence
from typing import Any

Parents = Sequence[argparse.ArgumentParser]


def add_to(commands: Any, everywhere: Parents, *, work: Parents, waiting: Parents, limit: Any) -> None:
    """Add `batch`; the parents carry the flags of every command, those of work handed in, those of waiting.

    `limit` reads the most that is to be listed.
    """
    text = "Hand in many files as one job each, and follow them together."
    group = commands.add_parser("batch", help=text, description=text, allow_abbrev=False)
    verbs = group.add_subparsers(metavar="COMMAND", required=True)

    def add(name: str, text: str, *parents: argparse.ArgumentParser) -> argparse.ArgumentParser:
        verb: argparse.ArgumentParser = verbs.add_parser(
            name, help=text, description=text, parents=[*everywhere, *parents], allow_abbrev=False
        )
        verb.set_defaults(handler=f"batches.run_{name}", command=f"batch {name}")
        return verb

    one = add("submit", "Hand in a batch: one job for each file.", *work, *waiting)
    one.add_argument(
        "--url-input",
        metavar="URL",
        action="append",
        default=[],
        help="an address as one more file; repeatable",
    )
    one.add_argument("--wait", action="store_true", help="stay until the batch has ended")
    one = add("list", "List batches, newest first.")
    one.add_argument("--limit", metavar="N", type=limit, default=50, help="the most batches to list (50)")
    for name, text, parents in (
        ("show", "Show the jobs of a batch.", ()),
        ("watch", "Follow a batch until it ends.", waiting),
        ("cancel", "Ask for the end of what is left of a batch.", ()),
        ("retry", "Do again what did not succeed, in the same batch.", ()),
    ):
        add(name, text, *parents).add_argument("id", metavar="ID")
