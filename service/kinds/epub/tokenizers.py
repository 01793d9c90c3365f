"""Count tokens with the tokenizers that were asked for; one that fails answers with its own error."""

import re
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies

from service.kinds.epub.args import HUB_PREFIX
from service.kinds.epub.encodings import ENCODINGS, load_encoding
from service.model.errors import JobError

Counter = Callable[[str], int]
MAX_TOKENIZER_BYTES = 512 * 1024 * 1024
_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*(/[\w.-]+)?")


@dataclass(frozen=True, slots=True)
class TokenCount:
    """What one tokenizer counted: either a count or an error, never both."""

    name: str
    count: int | None = None
    code: str | None = None
    message: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Return `{name, count}`, or `{name, error: {code, message}}`."""
        if self.code is not None:
            return {"name": self.name, "error": {"code": self.code, "message": self.message}}
        return {"name": self.name, "count": self.count}


@dataclass
class TokenizerSet:
    """The tokenizers of one job, loaded when they are first used and once."""

    names: Sequence[str]
    _loaded: dict[str, Counter | JobError] = field(default_factory=dict)

    def count(self, text: str) -> list[TokenCount]:
        """Return the count of every tokenizer for `text`, in the order they were asked for."""
        return [self._count_with(name, text) for name in self.names]

    def _count_with(self, name: str, text: str) -> TokenCount:
        try:
            return TokenCount(name, self._counter(name)(text))
        except JobError as error:
            return TokenCount(name, None, error.code, error.message)

    def _counter(self, name: str) -> Counter:
        if name not in self._loaded:
            try:
                self._loaded[name] = load_counter(name)
            except JobError as error:
                self._loaded[name] = error
        counter = self._loaded[name]
        if isinstance(counter, JobError):
            raise counter
        return counter


def add_counts(parts: Sequence[Sequence[TokenCount]], names: Sequence[str]) -> list[TokenCount]:
    """Return the sums over chapters; a tokenizer that failed in one chapter has no sum, but that error."""
    totals: list[TokenCount] = []
    for position, name in enumerate(names):
        counts = [part[position] for part in parts]
        failed = next((count for count in counts if count.code is not None), None)
        totals.append(failed or TokenCount(name, sum(count.count or 0 for count in counts)))
    return totals


def load_counter(name: str) -> Counter:
    """Return the function that counts with the tokenizer `name`; raises JobError tokenizer_…"""
    if name in ENCODINGS:
        encoding = load_encoding(name)
        return _guarded(name, lambda text: len(encoding.encode_ordinary(text)))
    tokenizer = _load_hugging_face(name.removeprefix(HUB_PREFIX).strip())
    # what a tokenizer.json says about cutting or filling up a model's input must not change a count
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return _guarded(name, lambda text: len(tokenizer.encode(text, add_special_tokens=False).ids))


def _guarded(name: str, count: Counter) -> Counter:
    def guarded(text: str) -> int:
        try:
            return count(text)
        except BaseException as error:
            # a panic in Rust arrives as pyo3_runtime.PanicException, which is no Exception
            if isinstance(error, Exception) or type(error).__name__ == "PanicException":
                raise JobError("tokenizer_failed", f"{name} failed: {_first_line(error)}") from error
            raise

    return guarded


def _load_hugging_face(place: str) -> Any:
    """Load a local tokenizer.json, or one from the hub only when nothing local has that name."""
    from tokenizers import Tokenizer

    path = Path(place).expanduser()
    try:
        path = path / "tokenizer.json" if path.is_dir() else path
        is_file = path.is_file()
        is_too_large = is_file and path.stat().st_size > MAX_TOKENIZER_BYTES
    except (OSError, ValueError, RuntimeError):
        is_file = is_too_large = False
    if is_too_large:
        raise JobError(
            "tokenizer_unreadable", f"The tokenizer file is larger than {MAX_TOKENIZER_BYTES} bytes."
        )
    if not is_file and not _HUB_ID.fullmatch(place):
        raise JobError("tokenizer_not_found", f"There is no tokenizer file at {place}")
    try:
        return Tokenizer.from_file(str(path if is_file else _from_hub(place)))
    except JobError:
        raise
    except Exception as error:
        code = "tokenizer_unreadable" if is_file else "tokenizer_not_found"
        raise JobError(code, f"{HUB_PREFIX}{place} cannot be loaded: {_first_line(error)}") from error


def _from_hub(hub_id: str) -> str:
    """Return the path of a hub's tokenizer.json: from its cache on this machine, else downloaded."""
    import huggingface_hub
    from huggingface_hub import constants

    cached = huggingface_hub.try_to_load_from_cache(hub_id, "tokenizer.json")
    if isinstance(cached, str):
        return cached
    host = urlsplit(constants.ENDPOINT).hostname or ""
    if not getproxies():
        try:
            socket.getaddrinfo(host, 443)  # at once: the hub's client would try six times, for 23 s
        except OSError as error:
            raise JobError(
                "tokenizer_not_found",
                f"There is no tokenizer file at {hub_id}, and no hub is reachable ({host}).",
            ) from error
    return huggingface_hub.hf_hub_download(hub_id, "tokenizer.json")


def _first_line(error: BaseException) -> str:
    lines = str(error).splitlines()
    return (lines[0] if lines else type(error).__name__)[:300]
