"""Style sheets that come with a screen stay when one leaves it: what one says must not reach another's screen."""

import re
from itertools import combinations

import pytest

from tests.browser.window import STATIC

pytestmark = pytest.mark.browser

AROUND_KINDS = {"job.css"}
"""The page of a job is made to have a kind's view within it, and its words on paper are for both."""

_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_SELECTORS = re.compile(r"([^{};]+)\{")
_FIRST_CLASS = re.compile(r"\s*(\.[a-z][\w-]*)")
_COMMA = re.compile(r",(?![^()]*\))")


def first_classes(css: str) -> set[str]:
    """Return the classes with which a selector of a sheet begins."""
    rules = [rule for rule in _SELECTORS.findall(_COMMENT.sub("", css)) if not rule.strip().startswith("@")]
    begun = [_FIRST_CLASS.match(one) for rule in rules for one in _COMMA.split(rule)]
    return {match[1] for match in begun if match}


def test_no_two_screens_mean_different_things_by_a_class() -> None:
    index = (STATIC / "index.html").read_text()
    sheets = {path.name: first_classes(path.read_text()) for path in (STATIC / "styles").glob("*.css")}
    always = {name for name in sheets if name in index}
    assert {"base.css", "line.css"} <= always
    shared = set().union(*(sheets[name] for name in always))
    late = {name: sheets[name] - shared for name in sheets if name not in always | AROUND_KINDS}
    assert len(late) > 5
    both = {
        (one, other): late[one] & late[other]
        for one, other in combinations(sorted(late), 2)
        if late[one] & late[other]
    }
    assert both == {}


def test_no_screen_gives_a_class_of_every_page_another_look() -> None:
    """A part of every page is named in full by who looks at it differently, or has a second class there."""
    shared = {".pick", ".picked", ".row", ".what", ".panel", ".status", ".ticket", ".bar", ".line", ".home"}
    for path in (STATIC / "styles").glob("*.css"):
        if path.name in (STATIC / "index.html").read_text():
            continue
        css = path.read_text().split("@media print")[0]
        bare = re.findall(r"^\s*(\.[\w-]+)\s*(?:,|\{)", _COMMENT.sub("", css), re.MULTILINE)
        assert shared.isdisjoint(bare), path.name
