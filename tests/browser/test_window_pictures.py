"""The pictures in README and docs are taken from a real desk, all of them, and none that nobody shows."""

import asyncio
import re
from pathlib import Path

import pytest

from tests.browser.take_pictures import take
from tests.browser.window import ROOT

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]  # all the work that is on the pictures

SHOWN = re.compile(r"\]\((?:[./\w-]*/)?images/([\w-]+\.png)\)")


def test_every_picture_that_is_shown_is_taken_here(tmp_path: Path) -> None:
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    shown = {name for page in pages for name in SHOWN.findall(page.read_text("utf-8"))}
    asyncio.run(take(tmp_path))
    taken = {path.name for path in tmp_path.iterdir()}
    assert shown, "no page shows a picture"
    assert shown <= taken, f"nobody takes {shown - taken}"
    light = {name for name in taken if not name.endswith("-dark.png")}
    assert light <= shown, f"nobody shows {light - shown}"
    assert {name.replace(".png", "-dark.png") for name in light} <= taken
    kept = {path.name for path in (ROOT / "docs" / "images").glob("*.png")}
    assert kept == taken, "run `make pictures`"
