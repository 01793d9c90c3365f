"""What a machine may have or not: tesseract for scans, a language model for layouts that nobody knows."""

import json
import shutil
import stat
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from service.kinds.heatsheets import ocr, pipeline
from service.kinds.heatsheets.kind import HeatsheetsKind
from service.kinds.heatsheets.llm import Endpoint, checked_row, read_with_model
from service.kinds.heatsheets.pdf_text import Fragment, PageText, open_pdf
from service.kinds.testing import KindRun, run_kind
from service.model.errors import JobError
from tests.kinds.heatsheet_maker import Entry, Heat, Meet, SwimEvent, print_sheet

TSV_HEAD = "level\tpage_num\tblock_num\tpar_num\tline_num\tword_num\tleft\ttop\twidth\theight\tconf\ttext\n"
SCANNED = [
    SwimEvent(
        1,
        "Girls 9-10 50 Yard Freestyle",
        (
            Heat(
                (Entry(1, "Li, Anna", 9, "UT", "31.40"), Entry(2, "Smith, Zoe", 10, "STAR", "32.55")),
                1,
                "09:01 AM",
            ),
        ),
    )
]


@pytest.fixture
def scan(tmp_path: Path) -> Path:
    """A sheet printed, photographed, and put into a PDF as a picture."""
    printed = print_sheet(tmp_path / "printed.pdf", Meet(is_kerned=False), SCANNED)
    document = pypdfium2.PdfDocument(printed)
    picture = document[0].render(scale=300 / 72, grayscale=True).to_pil()
    document.close()
    path = tmp_path / "scan.pdf"
    canvas = Canvas(str(path), pagesize=(612, 792))
    canvas.drawImage(ImageReader(picture), 0, 0, 612, 792)
    canvas.save()
    return path


def find(tmp_path: Path, path: Path, swimmer: str) -> KindRun:
    return run_kind(HeatsheetsKind(), tmp_path / "job", args={"swimmer": swimmer}, files=[path])


def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> Path:
    path = tmp_path / "tesseract"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setattr(ocr, "find_tesseract", lambda: str(path))
    return path


def test_without_tesseract_a_scan_needs_ocr(
    tmp_path: Path, scan: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ocr, "find_tesseract", lambda: None)
    with pytest.raises(JobError) as caught:
        find(tmp_path, scan, "Anna Li")
    assert caught.value.code == "needs_ocr"


def tsv(lines: list[str]) -> str:
    """Return tesseract's TSV for lines of words on a picture of 1,700 x 2,200 pixels."""
    rows = [TSV_HEAD]
    for number, line in enumerate(lines):
        top = 300 + 40 * number
        rows.append(f"4\t1\t1\t1\t{number}\t0\t60\t{top}\t1500\t28\t-1\t\n")
        left = 60
        for n, word in enumerate(line.split(" ")):
            if word:
                rows.append(f"5\t1\t1\t1\t{number}\t{n}\t{left}\t{top}\t{15 * len(word)}\t20\t91.5\t{word}\n")
            left += 15 * len(word) + 9
    return "".join(rows)


def test_words_of_an_ocr_program_are_read_like_a_pdfs(
    tmp_path: Path, scan: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = tmp_path / "said.tsv"
    said.write_text(
        tsv(
            [
                "Event 1 Girls 9-10 50 Yard Freestyle",
                "Heat 1 of 1 Starts at 09:01 AM",
                "1 Li, Anna     9 UT     31.40",
            ]
        )
    )
    seen = tmp_path / "seen"
    program(
        tmp_path,
        monkeypatch,
        f'head -c 20 | head -n 1 > "{seen}"; echo "$OMP_THREAD_LIMIT $*" >> "{seen}"; cat "{said}"',
    )
    run = find(tmp_path, scan, "Anna Li")
    assert run.output is not None
    assert [(e["lane"], e["seedTime"], e["heatStartTime"]) for e in run.output["events"]] == [
        (1, "31.40", "09:01 AM")
    ]
    assert run.output["warnings"][0].startswith("The sheet is a scan")
    assert seen.read_text().splitlines() == ["P5 1700 2200 255", "1 stdin stdout --psm 3 --dpi 200 tsv"]


@pytest.mark.parametrize("script", ["echo 'no such language' >&2; exit 1", "kill -9 $$", "true"])
def test_an_ocr_program_that_fails_fails_the_job_by_name(
    tmp_path: Path, scan: Path, monkeypatch: pytest.MonkeyPatch, script: str
) -> None:
    program(tmp_path, monkeypatch, f"cat > /dev/null; {script}")
    with pytest.raises(JobError) as caught:
        find(tmp_path, scan, "Anna Li")
    assert caught.value.code == "ocr_failed"


@pytest.mark.skipif(
    shutil.which("tesseract") is None,
    reason="MISSING PROGRAM: tesseract is not installed, so real OCR is not tried in this run (a stand-in is)",
)
def test_a_real_scan_is_read_by_the_real_program(tmp_path: Path, scan: Path) -> None:
    run = find(tmp_path, scan, "Anna Li")
    assert run.output is not None
    assert [(e["eventNumber"], e["lane"], e["seedTime"]) for e in run.output["events"]] == [(1, 1, "31.40")]


class Model(BaseHTTPRequestHandler):
    """Answers like an OpenAI-compatible endpoint, with what the test put on the server."""

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        server: Any = self.server
        server.asked.append((self.path, self.headers.get("Authorization"), body))
        status, answer = server.answers.pop(0)
        content = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *args: object) -> None:
        """Stay quiet."""


@pytest.fixture
def model() -> Iterator[Any]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Model)
    server.asked, server.answers = [], []  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def endpoint(server: Any, key: str | None = None) -> Endpoint:
    return Endpoint(f"http://127.0.0.1:{server.server_port}/v1/", "small", key, timeout_seconds=10)


ODD_LINES = (
    "GALA AT THE LIDO",
    "Race 7: Fly, 50 m, under 11",
    "at half past ten, lane two: Anna Li (Otters), 41.20",
)


def odd_sheet(path: Path) -> Path:
    canvas = Canvas(str(path))
    for n, line in enumerate(ODD_LINES):
        canvas.drawString(72, 720 - 14 * n, line)
    canvas.save()
    return path


def claimed(**changes: Any) -> dict[str, Any]:
    row = dict.fromkeys(("heat", "lane", "age", "final_time", "place", "heat_start_time"))
    return {
        **row, "event_number": 7, "event_name": "Fly, 50 m, under 11", "name": "Anna Li", "team": "Otters",
        "seed_time": "41.20", **changes,
    }  # fmt: skip


def answer_of(*rows: dict[str, Any], meet: str | None = "Gala at the Lido") -> dict[str, Any]:
    content = json.dumps({"meet_name": meet, "rows": list(rows)})
    return {"choices": [{"message": {"role": "assistant", "content": content}}]}


def test_an_unknown_layout_is_given_to_the_model_and_only_what_stands_there_is_believed(
    tmp_path: Path, model: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    invented = [
        claimed(name="Bo Ng"),
        claimed(seed_time="39.99"),
        claimed(team="Sharks"),
        claimed(event_number=8),
    ]
    model.answers.append((200, answer_of(claimed(), *invented)))
    monkeypatch.setattr(pipeline, "endpoint_of", lambda job: endpoint(model, "secret"))
    run = find(tmp_path, odd_sheet(tmp_path / "odd.pdf"), "Li, Anna")
    assert run.output is not None
    event = run.output["events"][0]
    assert (event["eventNumber"], event["eventName"], event["seedTime"], event["team"]) == (
        7,
        "Fly, 50 m, under 11",
        "41.20",
        "Otters",
    )
    assert run.output["eventCount"] == 1
    assert run.output["meetName"] == "Gala at the Lido"
    assert run.output["warnings"][0].startswith("A language model read this layout")
    assert any(
        warning.startswith("4 rows that the language model gave") for warning in run.output["warnings"]
    )
    path, key, body = model.asked[0]
    assert (path, key) == ("/v1/chat/completions", "Bearer secret")
    assert body["response_format"]["json_schema"]["strict"] is True
    assert body["messages"][1]["content"].splitlines() == list(ODD_LINES)


def test_known_layouts_are_never_sent_anywhere(
    tmp_path: Path, model: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline, "endpoint_of", lambda job: endpoint(model))
    run = find(tmp_path, print_sheet(tmp_path / "known.pdf", Meet(), SCANNED), "Anna Li")
    assert run.output is not None
    assert run.output["eventCount"] == 1
    assert model.asked == []


def test_a_model_that_finds_nothing_leaves_the_layout_unrecognised(tmp_path: Path, model: Any) -> None:
    model.answers.append((200, answer_of(claimed(name="Nobody Here"))))
    with open_pdf(odd_sheet(tmp_path / "odd.pdf")) as pdf, pytest.raises(JobError) as caught:
        read_with_model(pdf.pages(), endpoint(model))
    assert caught.value.code == "unrecognised_layout"


@pytest.mark.parametrize(
    ("status", "answer", "retriable"),
    [
        (200, b"<html>", False),
        (200, {"choices": []}, False),
        (200, {"choices": [{"message": {"content": "[1]"}}]}, False),
        (200, {"choices": [{"message": {"content": '{"rows": 3}'}}]}, False),
        (401, {}, False),
        (429, {}, True),
        (503, b"", True),
        (200, b"x" * (5 * 1024 * 1024), False),
    ],
)
def test_an_endpoint_that_misbehaves_fails_the_job_by_name(
    tmp_path: Path, model: Any, status: int, answer: Any, retriable: bool
) -> None:
    model.answers.append((status, answer))
    with open_pdf(odd_sheet(tmp_path / "odd.pdf")) as pdf, pytest.raises(JobError) as caught:
        read_with_model(pdf.pages(), endpoint(model))
    assert (caught.value.code, caught.value.retriable) == ("model_failed", retriable)


def test_an_endpoint_that_cannot_be_reached_may_be_tried_again(tmp_path: Path, model: Any) -> None:
    gone = Endpoint("http://127.0.0.1:9/v1", "small", timeout_seconds=5)
    with open_pdf(odd_sheet(tmp_path / "odd.pdf")) as pdf, pytest.raises(JobError) as caught:
        read_with_model(pdf.pages(), gone)
    assert (caught.value.code, caught.value.retriable) == ("model_failed", True)
    with pytest.raises(JobError):
        read_with_model(
            [PageText(1, 612, 792, (Fragment(1, 2, 3, 4, "x"),))], Endpoint("file:///etc/passwd", "m")
        )


@pytest.mark.parametrize(
    "wrong",
    [
        3,
        {},
        claimed(name=None),
        claimed(name=5),
        claimed(event_name=None),
        claimed(lane="2"),
        claimed(place=41200),
        claimed(heat=4),
    ],
)
def test_a_claim_that_is_not_a_row_of_the_page_is_dropped(wrong: Any) -> None:
    assert checked_row(wrong, "\n".join(ODD_LINES), 1) is None
