"""EasyPost's labels over a real connection: bought through the SDK, fetched from where it says, printed as ours."""

import gzip
import io
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
import zxingcpp
from PIL import Image

from service.kinds.shipping.carriers import easypost
from service.kinds.shipping.carriers.easypost import EasyPostCarrier
from service.kinds.shipping.carriers.port import Purchase, Unavailable
from service.kinds.shipping.staging import label_path, stage_label
from tests.kinds.test_shipping_carriers import MADE, Replay, exchange, offer, shipment

TRACKING = "9400100208303109505657"


@dataclass
class Answer:
    """What the place of the labels says: `body` may be shorter than the length it promises."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    promised_bytes: int | None = None


class LabelPlace(ThreadingHTTPServer):
    """Serves the files behind label addresses."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers: dict[str, Answer] = {}

    def serve(self, path: str, answer: Answer) -> str:
        """Put an answer under a path and return its address."""
        self.answers[path] = answer
        return f"http://127.0.0.1:{self.server_address[1]}{path}"


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        server: Any = self.server
        answer = server.answers[self.path]
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        length = len(answer.body) if answer.promised_bytes is None else answer.promised_bytes
        self.send_header("Content-Length", str(length))
        self.end_headers()
        self.wfile.write(answer.body)

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


@pytest.fixture
def place() -> Iterator[LabelPlace]:
    with LabelPlace() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def carrier() -> EasyPostCarrier:
    return EasyPostCarrier("EZTK_test", api_base="http://127.0.0.1:9/v2", timeout_seconds=5)


def png_with_bars() -> bytes:
    """Return a label as carriers draw it: 4 x 6 inches at 300 dpi with a Code 128."""
    picture = Image.new("L", (1200, 1800), 255)
    symbol = zxingcpp.create_barcode(TRACKING, zxingcpp.BarcodeFormat.Code128)
    bars = Image.fromarray(zxingcpp.write_barcode_to_image(symbol, scale=6))
    picture.paste(bars, ((picture.width - bars.width) // 2, 1200))
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def pdf_of(path: Path) -> tuple[tuple[float, float], set[str]]:
    """Return size in points and barcodes of a label's page."""
    document = pypdfium2.PdfDocument(path)
    try:
        picture = document[0].render(scale=203 / 72).to_pil()
        return document[0].get_size(), {found.text for found in zxingcpp.read_barcodes(picture)}
    finally:
        document.close()


def bought_at(url: str | None) -> Purchase:
    return Purchase(TRACKING, 608, "GroundAdvantage", "USPS", "shp_1", url)


def test_a_label_is_bought_fetched_and_printed(place: LabelPlace, tmp_path: Path) -> None:
    address = place.serve("/label.png", Answer(png_with_bars(), headers={"Content-Type": "image/png"}))
    sold = MADE | {
        "tracking_code": TRACKING,
        "selected_rate": offer("b", "6.08", "GroundAdvantage"),
        "postage_label": {"object": "PostageLabel", "label_url": address, "label_pdf_url": None},
    }
    exchanges = [
        exchange("POST", "/shipments", 201, MADE),
        exchange("POST", "/shipments/shp_1/buy", 200, sold),
    ]
    with Replay(exchanges) as server:
        easypost_carrier = EasyPostCarrier("EZTK_test", api_base=server.url, timeout_seconds=5)
        rate = easypost_carrier.rate(shipment())
        purchase = easypost_carrier.buy(shipment(), rate, "job-1")
        stage_label(tmp_path, easypost_carrier, shipment(), purchase)

    assert pdf_of(label_path(tmp_path, TRACKING)) == ((288.0, 432.0), {TRACKING})


def test_a_pdf_is_kept_as_it_is_however_it_is_packed(
    place: LabelPlace, carrier: EasyPostCarrier, tmp_path: Path
) -> None:
    content = b"%PDF-1.4\n% the carrier's own\n"
    moved = place.serve("/moved.pdf", Answer(status=302, headers={"Location": "/packed.pdf"}))
    place.serve("/packed.pdf", Answer(gzip.compress(content), headers={"Content-Encoding": "gzip"}))

    stage_label(tmp_path, carrier, shipment(), bought_at(moved))

    assert label_path(tmp_path, TRACKING).read_bytes() == content


@pytest.mark.parametrize(
    "answer",
    [
        Answer(b"gone", status=404),
        Answer(b"oops", status=500),
        Answer(b"%PDF-1.4 half", promised_bytes=5000),
        Answer(b"not gzip", headers={"Content-Encoding": "gzip"}),
        Answer(status=302, headers={"Location": "/label"}),
    ],
    ids=["not found", "broken", "cut off", "not what it says", "in a circle"],
)
def test_a_label_that_cannot_be_had_is_unavailable_and_leaves_nothing(
    place: LabelPlace, carrier: EasyPostCarrier, tmp_path: Path, answer: Answer
) -> None:
    address = place.serve("/label", answer)

    with pytest.raises(Unavailable) as caught:
        stage_label(tmp_path, carrier, shipment(), bought_at(address))

    assert caught.value.code == "label_unavailable"
    assert not label_path(tmp_path, TRACKING).exists()


def test_a_label_of_any_size_is_not_taken(
    place: LabelPlace, carrier: EasyPostCarrier, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(easypost, "MAX_LABEL_BYTES", 1000)
    address = place.serve("/label", Answer(b"%PDF" + b"x" * 2000))

    with pytest.raises(Unavailable, match="more than 1000 bytes"):
        carrier.fetch_label(bought_at(address))


def test_a_label_that_is_neither_pdf_nor_png_is_refused(
    place: LabelPlace, carrier: EasyPostCarrier, tmp_path: Path
) -> None:
    address = place.serve("/label", Answer(b"<html>Sign in</html>"))

    with pytest.raises(ValueError, match="neither PDF nor PNG"):
        stage_label(tmp_path, carrier, shipment(), bought_at(address))


def test_a_real_account_s_label_is_fetched_over_https_only(place: LabelPlace) -> None:
    carrier = EasyPostCarrier("EZTK_test", timeout_seconds=5)
    address = place.serve("/label", Answer(b"%PDF"))

    for url in (address, "file:///etc/passwd", None):
        with pytest.raises(Unavailable):
            carrier.fetch_label(bought_at(url))
