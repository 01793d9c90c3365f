"""Small sheets of a made-up meet, files that are none, and how both are sent and followed."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from aiohttp import FormData
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas

from tests.http.conftest import Place
from tests.kinds.heatsheet_maker import Entry, Heat, Meet, SwimEvent, print_sheet
from tests.kinds.test_heatsheets_hostile import MIB, PAGES, pdf_with, stream

FREE = "Girls 9-10 50 Yard Freestyle"
Other = tuple[str, int, str]


def meet_day(
    path: Path, dates: str, session: str, *, event: int, others: Sequence[Other] = (("Ng, Bo", 9, "UT"),)
) -> bytes:
    """Print one session in which Ann Li swims in lane 4 of heat 1, with others in heat 2; return the PDF."""
    rest = tuple(Entry(lane, name, age, team, "33.00") for lane, (name, age, team) in enumerate(others, 2))
    heats = (
        Heat(
            (Entry(4, "Li, Ann", 9, "UT", "31.40"), Entry(5, "Oh, Mia", 10, "STAR", "32.00")), 1, "09:00 AM"
        ),
        Heat(rest, 2, "09:02 AM"),
    )
    meet = Meet(dates=dates, session=session)
    return print_sheet(path, meet, [SwimEvent(event, FREE, heats)]).read_bytes()


def hostile_files(folder: Path) -> dict[str, tuple[Path, str]]:
    """Return files by name, each with the code with which its job has to fail."""
    locked, long, odd = folder / "locked.pdf", folder / "long.pdf", folder / "odd.pdf"
    canvas = Canvas(str(locked), encrypt=StandardEncryption("open", "own"))
    canvas.drawString(72, 720, "Heat 1 of 3")
    canvas.save()
    canvas = Canvas(str(long))
    for _ in range(2000):
        canvas.showPage()
    canvas.save()
    canvas = Canvas(str(odd))
    for n, line in enumerate(("GALA AT THE LIDO", "Race 7: Fly, 50 m", "lane two: Ann Li (Otters), 41.20")):
        canvas.drawString(72, 720 - 14 * n, line)
    canvas.save()
    bomb = stream(b"0 " * (40 * MIB), b"/Type/ObjStm/N 1/First 4")
    written = {
        "corrupt.pdf": b"%PDF-1.7\n" + bytes(range(256)) * 40,
        "text.pdf": b"Heat 1 of 3\n1 Li, Ann 9 UT 31.40\n",
        "empty.pdf": b"",
    }
    for name, content in written.items():
        (folder / name).write_bytes(content)
    return {
        "locked.pdf": (locked, "pdf_encrypted"),
        "corrupt.pdf": (folder / "corrupt.pdf", "pdf_corrupt"),
        "text.pdf": (folder / "text.pdf", "not_a_pdf"),
        "empty.pdf": (folder / "empty.pdf", "pdf_empty"),
        "long.pdf": (long, "pdf_too_many_pages"),
        "bomb.pdf": (pdf_with(folder / "bomb.pdf", *PAGES, stream(b"BT ET"), bomb), "pdf_bomb"),
        "odd.pdf": (odd, "unrecognised_layout"),
    }


def form(files: Sequence[tuple[str, bytes]], swimmer: str = "Ann Li", **fields: str) -> FormData:
    data = FormData(quote_fields=False, default_to_multipart=True)
    data.add_field("swimmer", swimmer)
    for name, value in fields.items():
        data.add_field(name, value)
    for name, content in files:
        data.add_field("pdfs", content, filename=name)
    return data


async def extract(place: Place, data: FormData, status: int = 202, **headers: str) -> dict[str, Any]:
    async with place.http.post("/api/batch/extract", data=data, headers=headers) as answer:
        assert answer.status == status, await answer.text()
        return await answer.json()


async def frames(place: Place, url: str, **headers: str) -> list[tuple[str, str | None, dict[str, Any]]]:
    """Let the line run, and return what a stream says until it ends: (event, id, data)."""
    await place.post("/api/v1/queue/resume", status=200)
    async with place.http.get(url, headers=headers) as stream:
        assert stream.content_type == "text/event-stream", await stream.text()
        text = await stream.text()
    said = []
    for block in text.split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line)
        if "event" in lines:
            said.append((lines["event"], lines.get("id"), json.loads(lines["data"])))
    return said
