"""Carriers: the sandbox in this process and over HTTP, and EasyPost through its SDK against recorded exchanges."""

import json
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from service.kinds.shipping.carriers.easypost import EasyPostCarrier, cents_of
from service.kinds.shipping.carriers.port import (
    Address,
    Carrier,
    Purchase,
    Rate,
    Refused,
    Shipment,
    Unavailable,
    Unclear,
)
from service.kinds.shipping.carriers.sandbox import Ledger, SandboxCarrier, tracking_number
from service.kinds.shipping.carriers.sandbox_client import SandboxClient
from service.kinds.shipping.proposal import filter_schema, propose
from service.kinds.shipping.settings import ShippingSettings, carrier_of
from service.model.errors import JobError
from tests.kinds.shipping_carrier import CarrierServer
from tests.kinds.shipping_sheets import EXAMPLE, SAMPLES, book_of, needs_samples

HOME = Address("Shop", "1 Market Street", "San Francisco", "CA", "94105", "US")


def shipment(mark: str = "", *, service: str = "ground", weight_lb: float = 3.0, **to: str) -> Shipment:
    there = {
        "name": "Ann",
        "street1": "1 Elm Road",
        "city": "Austin",
        "state": "TX",
        "postal": "78701",
        "country": "US",
    }
    return Shipment(HOME, Address(**(there | {"street2": mark} | to)), weight_lb, service, "1001")


@pytest.fixture(params=["in process", "over HTTP"])
def carrier(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Carrier]:
    ledger = Ledger(tmp_path / "ledger.db")
    if request.param == "in process":
        yield SandboxCarrier(ledger, sleep=lambda _: None)
        return
    with CarrierServer(ledger) as server:
        yield SandboxClient(server.url, timeout_seconds=5)


def entries(tmp_path: Path) -> list[tuple[str, str, int]]:
    return Ledger(tmp_path / "ledger.db").entries()


def test_prices_depend_on_weight_zone_and_service_alone(carrier: Carrier) -> None:
    near, heavy = carrier.rate(shipment()).cents, carrier.rate(shipment(weight_lb=3.01)).cents
    abroad = carrier.rate(shipment(country="GB", state="", postal="M1 1AA")).cents

    assert near == (540 + 38 * 3) * 11 // 10  # zone 2: from ZIP 9 to ZIP 7
    assert near < heavy < abroad
    assert carrier.rate(shipment(service="overnight")).cents > carrier.rate(shipment(service="express")).cents


def test_a_key_buys_once(carrier: Carrier, tmp_path: Path) -> None:
    rate = carrier.rate(shipment())

    first, second = carrier.buy(shipment(), rate, "job-1"), carrier.buy(shipment(), rate, "job-1")

    assert first == second == carrier.look_up("job-1", rate.token)
    assert entries(tmp_path) == [("job-1", "1001", 2)]
    assert carrier.look_up("job-2", rate.token) is None


@pytest.mark.parametrize(
    ("parcel", "code"),
    [
        (shipment(weight_lb=151), "weight_out_of_range"), (shipment(weight_lb=0), "weight_out_of_range"),
        (shipment(state="ZZ"), "address_unknown"), (shipment(name=""), "address_incomplete"),
        (shipment(service="overnight", country="GB", state=""), "service_unavailable"),
    ],
)  # fmt: skip
def test_what_it_does_not_take_is_refused_by_name(carrier: Carrier, parcel: Shipment, code: str) -> None:
    with pytest.raises(Refused) as caught:
        carrier.rate(parcel)

    assert caught.value.code == code


@pytest.mark.parametrize(
    ("mark", "error", "bought"),
    [
        ("sandbox:refuse", Refused, 0), ("sandbox:rise", Refused, 0), ("sandbox:down", Unavailable, 0),
        ("sandbox:lost", Unclear, 0), ("sandbox:timeout", Unclear, 1),
    ],
)  # fmt: skip
def test_everything_that_can_go_wrong_does_on_demand(
    carrier: Carrier, tmp_path: Path, mark: str, error: type[Exception], bought: int
) -> None:
    rate = carrier.rate(shipment(mark))

    with pytest.raises(error):
        carrier.buy(shipment(mark), rate, "job-1")

    assert len(entries(tmp_path)) == bought
    assert (carrier.look_up("job-1", rate.token) is not None) == bool(bought)


def test_a_carrier_that_is_not_there_has_sold_nothing() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        client = SandboxClient(f"http://127.0.0.1:{unused.getsockname()[1]}", timeout_seconds=2)

    with pytest.raises(Unavailable):
        client.buy(shipment(), Rate("ground", 1), "job-1")


def test_a_line_that_breaks_after_the_request_is_unclear(tmp_path: Path) -> None:
    with CarrierServer(Ledger(tmp_path / "ledger.db"), hangs_up_after_sale=True) as server:
        client = SandboxClient(server.url, timeout_seconds=5)
        rate = client.rate(shipment())
        with pytest.raises(Unclear):
            client.buy(shipment(), rate, "job-1")
        assert client.look_up("job-1", rate.token) is not None


def test_tracking_numbers_have_a_check_digit_and_come_from_the_key() -> None:
    number = tracking_number("job-1")

    digits = [int(digit) for digit in number.removeprefix("SBX")]
    assert sum((3 if n % 2 == 0 else 1) * digit for n, digit in enumerate(digits)) % 10 == 0
    assert tracking_number("job-1") == number != tracking_number("job-2")


class Replay(ThreadingHTTPServer):
    """Answers requests from recorded exchanges, in order for each method and path, and keeps what was asked."""

    def __init__(self, exchanges: list[dict[str, Any]]) -> None:
        super().__init__(("127.0.0.1", 0), _ReplayHandler)
        self.exchanges = exchanges
        self.asked: list[tuple[str, str, Any]] = []

    def __enter__(self) -> "Replay":
        self.thread = threading.Thread(target=self.serve_forever, args=(0.01,))
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.thread.join()
        self.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v2"


class _ReplayHandler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        server: Any = self.server
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length) or b"null")
        server.asked.append((self.command, self.path, body))
        for number, exchange in enumerate(server.exchanges):
            path = urlsplit(exchange["request"]["uri"]).path
            if (exchange["request"]["method"], path) == (self.command, self.path.partition("?")[0]):
                response = server.exchanges.pop(number)["response"]
                self.send(response["status"]["code"], response["body"]["string"].encode())
                return
        self.send(404, b'{"error": {"code": "NOT_FOUND", "message": "Not recorded.", "errors": []}}')

    def do_GET(self) -> None:
        self.do_POST()

    def send(self, status: int, content: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


def exchange(method: str, path: str, status: int, answer: object) -> dict[str, Any]:
    return {
        "request": {"method": method, "uri": f"https://api.easypost.com/v2{path}"},
        "response": {"status": {"code": status}, "body": {"string": json.dumps(answer)}},
    }


def offer(name: str, dollars: str, service: str) -> dict[str, Any]:
    return {"id": f"rate_{name}", "object": "Rate", "service": service, "carrier": "USPS", "rate": dollars,
            "currency": "USD", "delivery_days": 2}  # fmt: skip


OFFERS = [offer("a", "34.15", "Express"), offer("b", "6.075", "GroundAdvantage"), offer("c", "9.00", "First")]
MADE = {"id": "shp_1", "object": "Shipment", "tracking_code": None, "rates": OFFERS}
BOUGHT = MADE | {
    "tracking_code": "9400100208303109505657",
    "selected_rate": offer("b", "6.08", "GroundAdvantage"),
    "postage_label": {
        "object": "PostageLabel",
        "label_url": "http://127.0.0.1/label.png",
        "label_pdf_url": None,
    },
}


def test_easypost_offers_the_cheapest_of_a_service_and_sells_that_offer() -> None:
    exchanges = [exchange("POST", "/shipments", 201, MADE), exchange("POST", "/shipments/shp_1/buy", 200, BOUGHT),
                 exchange("GET", "/shipments/shp_1", 200, BOUGHT)]  # fmt: skip
    with Replay(exchanges) as server:
        carrier = EasyPostCarrier("EZTK_test", api_base=server.url, timeout_seconds=5)
        rate = carrier.rate(shipment())
        bought = carrier.buy(shipment(), rate, "job-1")
        found = carrier.look_up("job-1", rate.token)

    assert (rate.cents, rate.token) == (608, "shp_1/rate_b")
    assert (
        bought
        == found
        == Purchase(
            "9400100208303109505657", 608, "GroundAdvantage", "USPS", "shp_1", "http://127.0.0.1/label.png"
        )
    )
    assert server.asked[0][2]["shipment"]["parcel"] == {"weight": 48.0}
    assert server.asked[1] == ("POST", "/v2/shipments/shp_1/buy", {"rate": {"id": "rate_b"}})


@pytest.mark.parametrize(
    ("status", "answer", "error", "code"),
    [
        (422, {"error": {"code": "POSTAGE.EXISTS", "message": "Sold.", "errors": []}}, Refused, "postage.exists"),
        (402, {"error": {"code": "PAYMENT", "message": "No.", "errors": ["a", {"field": "b"}]}}, Refused, "payment"),
        (401, {"error": {"code": "UNAUTHORIZED", "message": "No."}}, Unavailable, "carrier_not_configured"),
        (429, {"error": {"code": "RATE", "message": "Slow."}}, Unavailable, "carrier_unavailable"),
        (500, {"error": {"code": "INTERNAL", "message": "Oops."}}, Unclear, "no_answer"),
        (503, {"error": {"code": "DOWN", "message": "Oops."}}, Unclear, "no_answer"),
        (200, MADE, Unclear, "no_tracking_number"),
    ],
)  # fmt: skip
def test_easypost_s_answers_to_a_purchase_are_told_apart(
    status: int, answer: object, error: type[Refused], code: str
) -> None:
    with Replay([exchange("POST", "/shipments/shp_1/buy", status, answer)]) as server:
        carrier = EasyPostCarrier("EZTK_test", api_base=server.url, timeout_seconds=5)
        with pytest.raises(error) as caught:
            carrier.buy(shipment(), Rate("ground", 608, "shp_1/rate_b"), "job-1")

    assert caught.value.code == code


def test_easypost_that_cannot_be_reached_has_sold_nothing() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        base = f"http://127.0.0.1:{unused.getsockname()[1]}/v2"
    carrier = EasyPostCarrier("EZTK_test", api_base=base, timeout_seconds=2)

    with pytest.raises(Unavailable):
        carrier.buy(shipment(), Rate("ground", 608, "shp_1/rate_b"), "job-1")


def test_easypost_that_hangs_up_is_unclear() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()

        def hang_up() -> None:
            connection, _ = listener.accept()
            connection.recv(65536)
            connection.close()

        thread = threading.Thread(target=hang_up)
        thread.start()
        carrier = EasyPostCarrier(
            "EZTK_test", api_base=f"http://127.0.0.1:{listener.getsockname()[1]}/v2", timeout_seconds=5
        )
        with pytest.raises(Unclear):
            carrier.buy(shipment(), Rate("ground", 608, "shp_1/rate_b"), "job-1")
        thread.join()


def recorded(name: str) -> list[dict[str, Any]]:
    loaded: Any = yaml.safe_load((SAMPLES / "exchanges" / f"{name}.yaml").read_text("utf-8"))
    return list(loaded["interactions"])


@needs_samples
def test_a_recorded_purchase_of_easypost_is_read(tmp_path: Path) -> None:
    with Replay(recorded("shipment_buy")) as server:
        carrier = EasyPostCarrier("EZTK_test", api_base=server.url, timeout_seconds=5)
        rate = carrier.rate(shipment(service="overnight"))
        bought = carrier.buy(shipment(service="overnight"), rate, "job-1")

    assert (rate.cents, rate.token.partition("/")[0]) == (3415, "shp_16578f588f9546ec914afd2474e24ff5")
    assert bought.tracking_number == "9400100208303109505657"
    assert bought.label_url is not None
    assert bought.label_url.startswith("https://")


@needs_samples
@pytest.mark.parametrize(
    "name", ["shipment_create", "shipment_create_empty_objects", "shipment_regenerate_rates"]
)
def test_recorded_rates_of_easypost_are_read(name: str) -> None:
    with Replay(recorded(name)) as server:
        carrier = EasyPostCarrier("EZTK_test", api_base=server.url, timeout_seconds=5)
        rate = carrier.rate(shipment(service="overnight"))

    assert 1000 < rate.cents < 10_000
    assert rate.token.startswith("shp_")


@needs_samples
def test_a_recorded_refusal_of_easypost_is_read() -> None:
    with Replay(recorded("error")) as server, pytest.raises(Refused) as caught:
        EasyPostCarrier("EZTK_test", api_base=server.url, timeout_seconds=5).rate(shipment())

    assert caught.value.code == "parameter.required"
    assert "shipment: cannot be blank" in caught.value.message


def test_prices_are_whole_cents() -> None:
    assert [cents_of(text) for text in ("6.075", "34.15", "0.1", "100")] == [608, 3415, 10, 10000]


def test_a_carrier_without_its_key_is_refused(tmp_path: Path) -> None:
    with pytest.raises(JobError) as caught:
        carrier_of("easypost", ShippingSettings(), tmp_path)

    assert caught.value.code == "carrier_not_configured"


@pytest.mark.parametrize(
    "given",
    [{"nose": 1}, {"ship_from": {"name": "a"}}, {"carrier_timeout_seconds": "long"}, {"easypost_key": 5}],
)
def test_a_wrong_setting_is_named(given: dict[str, Any]) -> None:
    with pytest.raises(JobError) as caught:
        ShippingSettings.read(given)

    assert caught.value.code == "kind_setting_invalid"


def endpoint_answer(content: object) -> dict[str, Any]:
    return exchange(
        "POST", "/chat/completions", 200, {"choices": [{"message": {"content": json.dumps(content)}}]}
    )


@pytest.mark.parametrize(
    ("content", "label"),
    [
        (
            {"filter": {"field": "weight", "op": "gt", "value": 20}, "service": "ground"},
            "Proposed by tiny: Ship by ground: orders where weight is over 20 lb.",
        ),
        ({"filter": None, "service": None}, None),
        ({"filter": {"field": "weight", "op": "sql", "value": "1=1"}, "service": None}, None),
        ({"filter": "SELECT * FROM orders", "service": None}, None),
        ({"filter": {"field": "weight", "op": "gt", "value": 20}, "service": "pigeon"}, None),
        ("no object", None),
    ],
)
def test_a_proposal_is_checked_and_said_in_our_own_words(
    tmp_path: Path, content: object, label: str | None
) -> None:
    with book_of(tmp_path, EXAMPLE) as book, Replay([endpoint_answer(content)]) as server:
        settings = ShippingSettings(endpoint_url=server.url, endpoint_model="tiny", endpoint_key="k")
        choice = propose("ship the heavy ones", book.fields, settings)
        asked = json.dumps(server.asked)

    assert (choice.label if choice else None) == label
    assert "ship the heavy ones" in asked
    assert "Albright" not in asked  # it is told of columns, never of rows


def test_an_endpoint_that_is_down_or_broken_proposes_nothing(tmp_path: Path) -> None:
    with book_of(tmp_path, EXAMPLE) as book, Replay([]) as server:
        settings = ShippingSettings(endpoint_url=server.url, endpoint_model="tiny")
        assert propose("ship the heavy ones", book.fields, settings) is None
        assert filter_schema(book.fields)["required"] == ["filter", "service"]
    assert propose("ship the heavy ones", {}, settings) is None
