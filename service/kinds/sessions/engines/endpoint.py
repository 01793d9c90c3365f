"""An OpenAI-compatible transcription endpoint: hosted, or a local server that speaks the same.

`POST {url}/audio/transcriptions`, multipart: file, model, response_format, language. Asked for `verbose_json`; an
answer with the text alone is taken as well. What an endpoint says about an error is not repeated: it might quote.
"""

import http.client
import io
import json
import time
import urllib.error
import urllib.request
import uuid
import wave
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from service.kinds.sessions.audio.recording import RATE, SAMPLE_BYTES, Samples, raised
from service.kinds.sessions.audio.utterances import Cut
from service.kinds.sessions.codes import session_error
from service.kinds.sessions.engines.port import Check, Heard, Word
from service.kinds.sessions.engines.waiting import watched

TIMEOUT_SECONDS: Final = 120.0
MAX_ANSWER_BYTES: Final = 4 * 1024 * 1024
_ATTEMPTS: Final = 4
_MAX_WAIT_SECONDS: Final = 20.0
_AGAIN: Final = frozenset({408, 409, 429, 500, 502, 503, 504})


class Endpoint:
    """A model behind HTTP. Asks again when the server is busy; what cannot be had is a JobError by name."""

    is_draft = False
    cut = Cut(max_seconds=28.0, pause_seconds=1.0)
    pace = 0.2

    def __init__(
        self,
        url: str,
        model: str,
        key: str | None = None,
        *,
        language: str | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        place = urlsplit(url)
        if place.scheme not in ("http", "https") or not place.hostname:
            raise session_error("endpoint_refused", "The endpoint's address is not an http(s) URL.")
        path = "/audio/transcriptions"
        self._url = url.rstrip("/") + ("" if url.rstrip("/").endswith(path) else path)
        self._key = key
        self._model = model
        self._language = language.partition("-")[0].lower() if language else None
        self._sleep = sleep
        self.name = f"openai:{model}"

    def transcribe(self, samples: Samples, check: Check) -> Heard:
        """Return what is heard; raises JobError `endpoint_refused` or `endpoint_unreachable`."""
        seconds = len(samples) / RATE
        form, content_type = _form(self._fields(), wave_file(raised(samples)))
        answer = watched(lambda: self._answer(form, content_type), check)
        try:
            value = json.loads(answer)
        except (ValueError, RecursionError):
            raise _refused("The endpoint's answer is not JSON.") from None
        return read_answer(value, seconds)

    def close(self) -> None:
        """Do nothing: each request has its own connection."""

    def _fields(self) -> list[tuple[str, str]]:
        fields = [("model", self._model), ("response_format", "verbose_json"), ("temperature", "0")]
        fields += [("timestamp_granularities[]", "word"), ("timestamp_granularities[]", "segment")]
        return [*fields, ("language", self._language)] if self._language else fields

    def _answer(self, form: bytes, content_type: str) -> bytes:
        headers = {"Content-Type": content_type, "Accept": "application/json"}
        if self._key:
            headers["Authorization"] = f"Bearer {self._key}"
        request = urllib.request.Request(self._url, form, headers)  # noqa: S310 (http or https: checked above)
        opener = urllib.request.build_opener(_NoRedirect)
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                with opener.open(request, timeout=TIMEOUT_SECONDS) as response:
                    return _bounded(response)
            except urllib.error.HTTPError as error:
                error.close()
                if error.code not in _AGAIN:
                    raise _refused(f"The endpoint answered {error.code}.") from None
                if attempt == _ATTEMPTS:
                    raise _unreachable(f"The endpoint answered {error.code}.") from None
                wait = _seconds_to_wait(error.headers.get("Retry-After"), attempt)
            except (OSError, http.client.HTTPException) as error:
                if attempt == _ATTEMPTS:
                    raise _unreachable(f"The endpoint cannot be reached: {type(error).__name__}.") from None
                wait = _seconds_to_wait(None, attempt)
            self._sleep(wait)
        raise AssertionError("unreachable")


def read_answer(value: Any, seconds: float) -> Heard:
    """Return what an answer says: its words with their times, else its segments, else its text as one stretch."""
    if not isinstance(value, Mapping) or not isinstance(value.get("text"), str):
        raise _refused("The endpoint's answer has no text.")
    named = value.get("language")
    language = str(named)[:16] if isinstance(named, str) and named else None
    for name, key in (("words", "word"), ("segments", "text")):
        timed = tuple(_timed(value.get(name), key, seconds))
        if timed:
            return Heard(timed, language)
    text = value["text"].strip()
    return Heard((Word(0.0, seconds, text),) if text else (), language)


def wave_file(samples: Samples) -> bytes:
    """Return the samples as a WAV file."""
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(SAMPLE_BYTES)
        file.setframerate(RATE)
        file.writeframes(samples.astype("<i2", copy=False).tobytes())
    return out.getvalue()


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A recording goes where the setting says and nowhere else."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        """Follow nothing."""


def _timed(found: Any, key: str, seconds: float) -> Iterable[Word]:
    for one in found if isinstance(found, list) else ():
        if not isinstance(one, Mapping) or not isinstance(text := one.get(key), str) or not text.strip():
            continue
        start, end = one.get("start"), one.get("end")
        if not isinstance(start, int | float) or not isinstance(end, int | float):
            continue
        begins = min(max(0.0, float(start)), seconds)
        yield Word(begins, min(max(begins, float(end)), seconds), text.strip())


def _form(fields: Iterable[tuple[str, str]], sound: bytes) -> tuple[bytes, str]:
    """Return a multipart body (RFC 7578) and its content type."""
    boundary = uuid.uuid4().hex
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields
    ]
    head = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="part.wav"\r\n'
        "Content-Type: audio/wav\r\n\r\n"
    )
    body = b"".join([*parts, head.encode(), sound, f"\r\n--{boundary}--\r\n".encode()])
    return body, f"multipart/form-data; boundary={boundary}"


def _bounded(response: Any) -> bytes:
    content: bytes = response.read(MAX_ANSWER_BYTES + 1)
    if len(content) > MAX_ANSWER_BYTES:
        raise _refused("The endpoint's answer is too large.")
    return content


def _refused(message: str) -> Exception:
    return session_error("endpoint_refused", message)


def _unreachable(message: str) -> Exception:
    return session_error("endpoint_unreachable", message, retriable=True)


def _seconds_to_wait(retry_after: str | None, attempt: int) -> float:
    if retry_after and retry_after.strip().isdigit():
        return min(_MAX_WAIT_SECONDS, float(retry_after))
    return float(min(_MAX_WAIT_SECONDS, 0.5 * 2 ** (attempt - 1)))
