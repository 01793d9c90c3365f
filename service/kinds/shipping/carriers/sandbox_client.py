"""The sandbox carrier behind a real HTTP connection: what the desk does when a line breaks can be tried with it."""

import http.client
import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, ClassVar
from urllib.parse import quote, urlsplit

from service.kinds.shipping.carriers.port import (
    MAX_LABEL_BYTES,
    Purchase,
    Rate,
    Refused,
    Shipment,
    Unavailable,
    Unclear,
)


class SandboxClient:
    """Speaks to a sandbox server: POST /rates, POST /purchases with Idempotency-Key, GET /purchases/{key}."""

    name: ClassVar[str] = "sandbox"

    def __init__(self, url: str, *, timeout_seconds: float = 30.0) -> None:
        parts = urlsplit(url)
        if parts.scheme != "http" or not parts.hostname:
            raise ValueError(f"not the address of a sandbox server: {url!r}")
        self._host, self._port, self._timeout_seconds = parts.hostname, parts.port or 80, timeout_seconds

    def rate(self, shipment: Shipment) -> Rate:
        """Ask for a price."""
        try:
            return Rate(**self._call("POST", "/rates", asdict(shipment)))
        except Unclear as error:  # a price that was not heard has no effect
            raise Unavailable("carrier_unavailable", error.message) from error

    def buy(self, shipment: Shipment, rate: Rate, key: str) -> Purchase:
        """Buy under a key; an answer that does not come is Unclear."""
        body = {"shipment": asdict(shipment), "rate": rate.to_json()}
        return Purchase.from_json(self._call("POST", "/purchases", body, {"Idempotency-Key": key}))

    def look_up(self, key: str, token: str) -> Purchase | None:
        """Ask what was bought under a key."""
        try:
            return Purchase.from_json(self._call("GET", f"/purchases/{quote(key, safe='')}"))
        except Refused as error:
            if error.code == "not_found":
                return None
            raise Unavailable(error.code, error.message) from error
        except Unclear as error:
            raise Unavailable("carrier_unavailable", error.message) from error

    def fetch_label(self, purchase: Purchase) -> bytes | None:
        """Return None: the sandbox's labels are drawn here."""
        return None

    def _call(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        connection = http.client.HTTPConnection(self._host, self._port, timeout=self._timeout_seconds)
        try:
            try:
                connection.connect()
            except OSError as error:  # nothing has been sent
                raise Unavailable("carrier_unavailable", f"The carrier cannot be reached: {error}") from error
            return self._answer(connection, method, path, body, headers)
        finally:
            connection.close()

    def _answer(
        self,
        connection: http.client.HTTPConnection,
        method: str,
        path: str,
        body: Any,
        headers: Mapping[str, str] | None,
    ) -> dict[str, Any]:
        content = None if body is None else json.dumps(body).encode()
        try:
            connection.request(method, path, content, {"Content-Type": "application/json", **(headers or {})})
            response = connection.getresponse()
            answer = json.loads(response.read(MAX_LABEL_BYTES))
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise Unclear("no_answer", f"No clear answer came from the carrier: {error}") from error
        if response.status == 503:
            raise Unavailable(answer["code"], answer["message"])
        if 400 <= response.status < 500:
            raise Refused(answer["code"], answer["message"])
        if response.status >= 500:
            raise Unclear("no_answer", f"The carrier answered {response.status}.")
        return dict(answer)
