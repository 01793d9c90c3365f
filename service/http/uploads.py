"""Multipart uploads: read part by part, streamed to disk, counted by us, and nothing is left after a failure.

aiohttp's own limit does not hold for `multipart()`, and `post()` swallowed 76 MB without a boundary; the
parser here is `multipart` (sans-I/O), which bounds headers and parts and knows a truncated body.
"""

import mimetypes
import re
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

from aiohttp import web
from multipart import (
    MultipartError,
    MultipartSegment,
    ParserLimitReached,
    PushMultipartParser,
    parse_options_header,
)

from service.http.body import chunks
from service.model.artifacts import Input, safe_name
from service.model.errors import DeskError, FieldError
from service.storage.port import Upload

MAX_TEXT_BYTES = 1024 * 1024
MAX_PARTS = 2100
MAX_HEADER_BYTES = 8 * 1024
MAX_HEADERS = 8
_BOUNDARY = re.compile(r"[0-9A-Za-z'()+_,\-./:=? ]{0,69}[0-9A-Za-z'()+_,\-./:=?]")  # RFC 2046, 5.1.1
_MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,63}/[a-z0-9][a-z0-9!#$&^_.+-]{0,63}")
_MORE_TYPES = {".epub": "application/epub+zip", ".md": "text/markdown", ".hy3": "application/octet-stream"}

CheckFile = Callable[[str, Mapping[str, str], int], None]
"""Called before a file is read: (its name, the text fields so far, how many files came before)."""


class Shelf(Protocol):
    """Where uploads go."""

    async def receive(self, name: str, media_type: str) -> Upload:
        """Begin to take in a file."""
        ...

    def unpin(self, sha256: Sequence[str]) -> None:
        """Say that these contents are given up: one pin each goes."""
        ...

    async def sweep(self, sha256: Sequence[str]) -> None:
        """Remove those of these contents that are neither pinned nor referred to by a job."""
        ...


@dataclass
class Form:
    """What came in: text fields by name, and the files, each committed to the store."""

    fields: dict[str, str] = field(default_factory=dict)
    inputs: list[Input] = field(default_factory=list)
    uploads: list[Upload] = field(default_factory=list)
    _is_kept: bool = False
    _is_handed_over: bool = False

    def hand_over(self) -> None:
        """Say that a submission begins, which takes the pins from the files whatever becomes of it."""
        self._is_handed_over = True

    def keep(self) -> None:
        """Say that the files belong to a job now; without it `close` removes them."""
        self._is_kept = True

    async def close(self, shelf: Shelf) -> None:
        """Leave nothing of the files unless they were kept."""
        if self._is_kept:
            return
        for upload in self.uploads[
            len(self.inputs) :
        ]:  # what was committed has a pin, which goes once, below
            await upload.discard()
        if not self.inputs:
            return
        contents = [file.sha256 for file in self.inputs]
        if not self._is_handed_over:
            shelf.unpin(contents)
        await shelf.sweep(contents)


@dataclass(frozen=True, slots=True)
class FormRules:
    """Which parts a form may have, and how large it may be in all."""

    texts: frozenset[str]
    files: frozenset[str]
    max_total_bytes: int
    check_file: CheckFile | None = None


def is_multipart(request: web.Request) -> bool:
    """Whether the body says that it is a form with files."""
    return request.headers.get("Content-Type", "").partition(";")[0].strip().lower() == "multipart/form-data"


@asynccontextmanager
async def received(request: web.Request, shelf: Shelf, rules: FormRules) -> AsyncIterator[Form]:
    """Read a whole form; unless `form.keep()` was called, all its files are gone when the block ends."""
    form = Form()
    try:
        await _Reader(request, shelf, rules, form).read()
        yield form
    finally:
        await form.close(shelf)


def media_type_of(name: str, claimed: str | None) -> str:
    """Return the media type of a file: what the client says if that says anything, else by the name."""
    claimed = (claimed or "").lower()
    if _MEDIA_TYPE.fullmatch(claimed) and claimed != "application/octet-stream":
        return claimed
    extension = name[name.rfind(".") :].lower() if "." in name else ""
    return _MORE_TYPES.get(extension) or mimetypes.guess_type(name)[0] or "application/octet-stream"


def boundary_of(content_type: str) -> str:
    """Return the boundary of a form. Raises `unsupported_media_type`, or `malformed` when there is none."""
    kind, options = parse_options_header(content_type)
    if kind != "multipart/form-data":
        raise DeskError(
            "unsupported_media_type",
            "This path takes multipart/form-data or JSON.",
            remediation="Send files as multipart/form-data.",
        )
    boundary = options.get("boundary", "")
    if not _BOUNDARY.fullmatch(boundary):
        raise DeskError("malformed", "The Content-Type has no usable boundary.")
    return str(boundary)


class _Reader:
    """Walks one form. A part is either a text field, kept in memory, or a file, written as it comes."""

    def __init__(self, request: web.Request, shelf: Shelf, rules: FormRules, form: Form) -> None:
        self._request = request
        self._shelf = shelf
        self._rules = rules
        self._form = form
        self._segment: MultipartSegment | None = None
        self._text = bytearray()
        self._text_bytes = 0
        self._upload: Upload | None = None

    async def read(self) -> None:
        rules = self._rules
        boundary = boundary_of(self._request.headers.get("Content-Type", ""))
        if (self._request.content_length or 0) > rules.max_total_bytes:
            raise _too_large(rules.max_total_bytes)
        parser = PushMultipartParser(
            boundary,
            max_header_size=MAX_HEADER_BYTES,
            max_header_count=MAX_HEADERS,
            max_segment_count=MAX_PARTS,
        )
        opening = f"--{boundary}".encode()
        head = b""
        total = 0
        try:
            async for chunk in chunks(self._request):
                total += len(chunk)
                if total > rules.max_total_bytes:
                    raise _too_large(rules.max_total_bytes)
                if len(head) < len(opening):
                    head += chunk[: len(opening) - len(head)]
                    if not opening.startswith(head):  # no preamble: a body without its boundary fails at once
                        raise DeskError("malformed", "The form does not begin with its boundary.")
                await self._feed(parser, chunk)
            parser.close()
        except ParserLimitReached as error:
            raise DeskError("too_large", f"The form is too large: {error}") from None
        except MultipartError as error:
            raise DeskError("malformed", f"The form cannot be read: {str(error)[:200]}") from None

    async def _feed(self, parser: Any, chunk: bytes) -> None:
        for event in parser.parse(chunk):
            if event is None:
                await self._end()
            elif isinstance(event, MultipartSegment):
                await self._begin(event)
            elif self._upload is not None:
                await self._upload.write(event)
            else:
                self._add_text(event)

    async def _begin(self, segment: MultipartSegment) -> None:
        name = segment.name or ""
        self._segment = segment
        _refuse_transfer_encoding(segment)
        if name in self._rules.texts:
            if name in self._form.fields:
                raise _invalid(name, "Given more than once.")
            self._text = bytearray()
        elif name in self._rules.files:
            await self._begin_file(segment)
        else:
            shown = safe_name(name, "(none)")[:60]
            takes = ", ".join(sorted(self._rules.texts | self._rules.files))
            raise DeskError(
                "unknown_field",
                f"This form has no part named {shown!r}.",
                remediation=f"It takes: {takes}.",
                errors=[FieldError(f"/{shown}", "Unknown field.")],
            )

    async def _begin_file(self, segment: MultipartSegment) -> None:
        if not segment.filename or not segment.filename.strip():
            raise DeskError(
                "file_name_missing",
                "A file came without a name.",
                errors=[FieldError("/files", "A file needs a file name.")],
            )
        name = safe_name(segment.filename)
        if self._rules.check_file is not None:
            self._rules.check_file(name, self._form.fields, len(self._form.uploads))
        self._upload = await self._shelf.receive(name, media_type_of(name, segment.content_type))
        self._form.uploads.append(self._upload)

    def _add_text(self, part: bytes) -> None:
        self._text_bytes += len(part)
        if self._text_bytes > MAX_TEXT_BYTES:
            raise DeskError("too_large", f"The text fields may have {MAX_TEXT_BYTES} bytes in all.")
        self._text += part

    async def _end(self) -> None:
        if self._upload is not None:
            self._form.inputs.append(await self._upload.commit())
            self._upload = None
            return
        name = (self._segment.name or "") if self._segment is not None else ""
        try:
            self._form.fields[name] = self._text.decode("utf-8")
        except UnicodeDecodeError:
            raise DeskError(
                "malformed", f"{name} is not UTF-8.", errors=[FieldError(f"/{name}", "Not UTF-8.")]
            ) from None


def _refuse_transfer_encoding(segment: MultipartSegment) -> None:
    encoding = (segment.header("Content-Transfer-Encoding") or "binary").strip().lower()
    if encoding not in ("binary", "8bit", "7bit"):
        raise DeskError("unsupported_media_type", "A part may not have a Content-Transfer-Encoding.")


def _invalid(name: str, detail: str) -> DeskError:
    return DeskError("invalid", f"{name}: {detail}", errors=[FieldError(f"/{name}", detail)])


def _too_large(max_bytes: int) -> DeskError:
    return DeskError("too_large", f"The form may have {max_bytes} bytes in all.")
