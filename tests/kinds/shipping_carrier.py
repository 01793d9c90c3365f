"""The sandbox carrier as a real little HTTP server, with its own ledger, for tests of lines that break."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote

from service.kinds.shipping.carriers.port import CarrierError, Rate, Refused, Unavailable
from service.kinds.shipping.carriers.sandbox import Ledger, SandboxCarrier
from service.kinds.shipping.parcels import shipment_from_json


class CarrierServer(ThreadingHTTPServer):
    """Serves a sandbox carrier; `hangs_up_after_sale` cuts the line once a label is sold."""

    daemon_threads = True

    def __init__(self, ledger: Ledger, *, hangs_up_after_sale: bool = False) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.carrier = SandboxCarrier(ledger, sleep=lambda _: None)
        self.hangs_up_after_sale = hangs_up_after_sale

    def __enter__(self) -> "CarrierServer":
        self.thread = threading.Thread(target=self.serve_forever, args=(0.01,))
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.thread.join()
        self.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    server: CarrierServer

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        try:
            if self.path == "/rates":
                self.send(200, self.server.carrier.rate(shipment_from_json(body)).to_json())
                return
            shipment, rate = shipment_from_json(body["shipment"]), Rate(**body["rate"])
            purchase = self.server.carrier.buy(shipment, rate, self.headers["Idempotency-Key"])
            if self.server.hangs_up_after_sale:
                self.hang_up()
            else:
                self.send(201, purchase.to_json())
        except Refused as error:
            self.send(422, {"code": error.code, "message": error.message})
        except Unavailable as error:
            self.send(503, {"code": error.code, "message": error.message})
        except CarrierError:
            self.hang_up()

    def do_GET(self) -> None:
        found = self.server.carrier.look_up(unquote(self.path.removeprefix("/purchases/")), "")
        if found is None:
            self.send(404, {"code": "not_found", "message": "Nothing was bought under this key."})
        else:
            self.send(200, found.to_json())

    def hang_up(self) -> None:
        """End the connection without an answer."""
        self.close_connection = True
        self.connection.shutdown(2)

    def send(self, status: int, answer: dict[str, Any]) -> None:
        """Answer with JSON."""
        content = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Keep quiet."""
