"""The table of docs/accounts.md: every route, and what each role may do there. `python -m tests.http.policy_matrix`
writes it anew; test_policy_matrix.py holds it against the policy, and walks the routes with everybody.
"""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from aiohttp.test_utils import make_mocked_request

from service.http import routes
from service.http.problems import status_of
from service.http.route import Route
from service.http.things import about_of, action_of
from service.kinds.registry import Registry
from service.model.accounts import Caller, Role
from service.model.policy import Action, Thing, Verdict, decide

PAGE = Path(__file__).parents[2] / "docs" / "accounts.md"
BEGIN, END = "<!-- the table of routes -->", "<!-- the end of the table -->"
COLUMNS = ("nobody", "patient", "member", "therapist", "admin")
OWN, SEEN, OTHER = "own", "seen", "other"
_ANSWERS = {Verdict.YES: "yes", Verdict.SIGN_IN: "401", Verdict.NO: "403"}


def every_route() -> Iterator[tuple[str | None, Route]]:
    """Walk the routes of the service (None) and of each kind that is installed (its name)."""
    for route in routes.api():
        yield None, route
    for info in Registry.load().all():
        if info.kind is not None and info.available:
            for definition in info.kind.routes():
                yield info.name, routes.documented(info.name, definition)


def caller_of(column: str) -> Caller | None:
    """Return somebody of a role, whose patient is Paula (a patient is Paula herself)."""
    if column == "nobody":
        return None
    identity = "paula" if column == "patient" else column
    patients = frozenset({"paula"}) if column == "therapist" else frozenset()
    return Caller(identity, column, Role(column), patients, "bearer", "login")


def cell(route: Route, column: str) -> str:
    """Return what a role may do on a route.

    `yes`, 401 or 403; where the path names something: `all` of it, what they have `seen` (own or about them or
    their patients), or only what is their `own`.
    """
    caller, action = caller_of(column), action_of(route)
    if caller is None or about_of(route) is None:
        return _ANSWERS[decide(caller, action)]
    owner = caller.id
    # What is new is about whom it names: somebody has to be named for it to be another's.
    stranger = "a stranger" if action is Action.SUBMIT_SESSION else None
    verdicts = {
        OTHER: decide(caller, action, Thing("somebody else", stranger)),
        SEEN: decide(caller, action, Thing("somebody else", "paula")),
        OWN: decide(caller, action, Thing(owner, "paula" if column == "patient" else None)),
    }
    if verdicts[OTHER] is Verdict.YES:
        return "all"
    if verdicts[OWN] is Verdict.NO:
        return "403"
    return SEEN if verdicts[SEEN] in (Verdict.YES, Verdict.HIDDEN) else OWN


def of_another(route: Route) -> str:
    """Return the status with which what one may not see is answered, `-` where the path names nothing."""
    about = about_of(route)
    if about is None:
        return "-"
    names = dict.fromkeys(re.findall(r"\{(\w+)", route.path), "x")
    return str(status_of(about.unseen(make_mocked_request("GET", "/", match_info=names))))


def name_of(route: Route) -> str:
    """Return a route as the table names it."""
    return f"{route.method} {re.sub(r':[^{}]+(?=})', '', route.path)}"


def rows(found: Iterable[tuple[str | None, Route]]) -> list[list[str]]:
    """Return the rows of the table, in the order of the routes."""
    return [
        [
            f"`{name_of(route)}`",
            str(action_of(route)),
            *(cell(route, column) for column in COLUMNS),
            of_another(route),
        ]
        for _, route in found
    ]


def table() -> str:
    """Return the table as Markdown."""
    head = ["route", "asks to", *COLUMNS, "another's"]
    lines = [head, ["---"] * len(head), *rows(every_route())]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def written() -> dict[str, dict[str, str]]:
    """Return what the page says: for each route the cell of each column."""
    text = PAGE.read_text("utf-8").split(BEGIN)[1].split(END)[0]
    lines = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.strip().splitlines()]
    head = lines[0]
    return {row[0].strip("`"): dict(zip(head, row, strict=True)) for row in lines[2:]}


def main() -> None:
    """Write the table into the page."""
    text = PAGE.read_text("utf-8")
    before, rest = text.split(BEGIN)
    PAGE.write_text(f"{before}{BEGIN}\n{table()}\n{END}{rest.split(END)[1]}", "utf-8")


if __name__ == "__main__":
    main()
