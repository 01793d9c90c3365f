"""Vectors from an OpenAI-compatible `/embeddings` endpoint: hosted, or a local server that speaks the same."""

import http.client
import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from typing import Any, Final
from urllib.parse import urlsplit

import numpy as np

from service.kinds.ingestion.library.port import Vectors
from service.model.errors import JobError

_BATCH: Final = 32
_MAX_CHARACTERS: Final = 24_000  # about 6,000 tokens: what hosted models take in one text
_ATTEMPTS: Final = 4
_TIMEOUT_SECONDS: Final = 60.0
_MAX_WAIT_SECONDS: Final = 20.0
_MAX_ANSWER_BYTES: Final = 64 * 1024 * 1024
_AGAIN: Final = frozenset({408, 409, 429, 500, 502, 503, 504})


class Endpoint:
    """A model behind HTTP. Asks again when the server is busy; what cannot be had is a JobError by name."""

    fusion_weight = 1.0

    def __init__(
        self, url: str, model: str, key: str | None = None, *, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        if urlsplit(url).scheme not in ("http", "https"):
            raise JobError("embedding_unreachable", f"The address of the endpoint is not http(s): {url!r}")
        self._url = url.rstrip("/") + ("" if url.rstrip("/").endswith("/embeddings") else "/embeddings")
        self._model = model
        self._key = key
        self._sleep = sleep
        self.name = f"endpoint:{model}"

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return one unit vector for each text. Raises JobError embedding_unreachable or embedding_refused."""
        parts = [self._ask(texts[first : first + _BATCH]) for first in range(0, len(texts), _BATCH)]
        if not parts:
            return np.zeros((0, 0), np.float32)
        vectors = np.concatenate(parts)
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        unit: Vectors = (vectors / np.where(lengths > 0, lengths, 1.0)).astype(np.float32)
        return unit

    def _ask(self, texts: Sequence[str]) -> Vectors:
        # Some servers refuse an empty text; a space has a vector, and nobody asks for it.
        body = {"model": self._model, "input": [text[:_MAX_CHARACTERS] or " " for text in texts]}
        answer = self._answer(json.dumps(body).encode())
        try:
            rows = sorted(json.loads(answer)["data"], key=lambda row: row["index"])
            vectors = np.asarray([row["embedding"] for row in rows], np.float32)
        except (ValueError, KeyError, TypeError) as error:
            raise JobError(
                "embedding_refused", f"The endpoint's answer is no list of vectors: {error}"
            ) from error
        if vectors.ndim != 2 or len(vectors) != len(texts) or not np.isfinite(vectors).all():
            raise JobError(
                "embedding_refused", f"The endpoint gave {len(vectors)} vectors for {len(texts)} texts."
            )
        return vectors

    def _answer(self, body: bytes) -> bytes:
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if self._key:
            headers["Authorization"] = f"Bearer {self._key}"
        request = urllib.request.Request(self._url, body, headers)  # noqa: S310 (http or https: checked above)
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                with urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS) as response:  # noqa: S310 (the same)
                    content: bytes = response.read(_MAX_ANSWER_BYTES)
                    return content
            except urllib.error.HTTPError as error:
                if error.code not in _AGAIN or attempt == _ATTEMPTS:
                    raise _refusal(error) from error
                wait = _seconds_to_wait(error.headers.get("Retry-After"), attempt)
            except (OSError, http.client.HTTPException) as error:
                if attempt == _ATTEMPTS:
                    raise JobError(
                        "embedding_unreachable",
                        f"The embedding endpoint cannot be reached: {error}",
                        remediation="Start it, or choose another embedding; the job can be retried.",
                        retriable=True,
                    ) from error
                wait = _seconds_to_wait(None, attempt)
            self._sleep(wait)
        raise AssertionError("unreachable")


def _refusal(error: urllib.error.HTTPError) -> JobError:
    detail: Any = error.read(500).decode("utf-8", "replace")
    code = "embedding_unreachable" if error.code in _AGAIN else "embedding_refused"
    return JobError(
        code, f"The embedding endpoint answered {error.code}: {detail}", retriable=error.code in _AGAIN
    )


def _seconds_to_wait(retry_after: str | None, attempt: int) -> float:
    if retry_after and retry_after.strip().isdigit():
        return min(_MAX_WAIT_SECONDS, float(retry_after))
    return float(min(_MAX_WAIT_SECONDS, 0.5 * 2 ** (attempt - 1)))
