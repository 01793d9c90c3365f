"""The parent's half of a run: takes the child's messages one by one and answers those that are requests."""

import asyncio
from collections.abc import Callable
from typing import Any, Final

import structlog

from service.engine.child_host import STOPPING_CODES
from service.engine.endings import RunHandler
from service.engine.protocol import HEADER, FrameError, Message, decode, encode, size_of
from service.kinds.base import ItemResult
from service.model.errors import DeskError
from service.model.progress import Progress

logger = structlog.get_logger(__name__)

LAST_WORDS: Final = frozenset({"finished", "failed", "held", "cancelled"})
PAGE_BYTES: Final = 1024 * 1024  # of finished items in one reply; one item alone always fits a frame


async def read_message(reader: asyncio.StreamReader) -> Message | None:
    """Return the next message, or None when the other side is gone, even in the middle of a frame.

    Raises FrameError for what is no frame.
    """
    try:
        header = await reader.readexactly(HEADER.size)
        return decode(await reader.readexactly(size_of(header)))
    except (asyncio.IncompleteReadError, ConnectionError):
        return None


class Conversation:
    """One run's messages. `refusal` is why the store would not take what this attempt said, if so."""

    def __init__(
        self, reader: asyncio.StreamReader, send: Callable[[Message], None], handler: RunHandler
    ) -> None:
        self.refusal: DeskError | None = None
        self._reader = reader
        self._send = send
        self._handler = handler
        self._results: list[ItemResult] | None = None

    async def hold(self) -> Message | None:
        """Answer until the child's last word, and return that; None when it is gone or speaks nonsense."""
        while True:
            try:
                message = await read_message(self._reader)
            except FrameError as error:
                logger.warning("child_speaks_nonsense", error=str(error))
                return None
            if message is None or message["type"] in LAST_WORDS:
                return message
            if "seq" in message:
                await self._answer(message)
            else:
                await self._hear(message)

    async def _hear(self, message: Message) -> None:
        """Take a message that wants no answer; what is wrong with it must not end the run."""
        try:
            if message["type"] == "progress":
                await self._handler.on_progress(Progress.from_json(message["progress"]))
            elif message["type"] == "log":
                await self._handler.on_log(message["line"])
        except Exception as error:
            logger.exception("child_message_lost", type=message["type"], error=str(error))

    async def _answer(self, message: Message) -> None:
        reply: Message = {"type": "reply", "seq": message["seq"]}
        try:
            reply["value"] = await self._do(message)
        except DeskError as error:
            if error.code in STOPPING_CODES:
                self.refusal = self.refusal or error
            reply["error"] = _error(error.code, error.message, error.remediation, error.retriable)
        except Exception as error:
            logger.exception("child_request_failed", type=message["type"], error=str(error))
            reply["error"] = _error("internal", "The service could not keep this; see its log.", None, True)
        self._send(reply)

    async def _do(self, message: Message) -> Any:
        handler = self._handler
        match message["type"]:
            case "item_results":
                return await self._page(message["after"])
            case "items_total":
                return await handler.items_total(message["total"])
            case "item_started":
                return await handler.item_started(message["key"], message["unit"])
            case "item_finished":
                result = ItemResult(*message["result"])
                return await handler.item_finished(result, message["unit"], message["is_effect"])
            case "artifact_saved":
                return await handler.artifact_saved(message["name"], message["media_type"])
        raise DeskError("unknown_message", f"There is no message {message['type']!r}.")

    async def _page(self, after: int) -> dict[str, Any]:
        """Return finished items from number `after` on, as many as PAGE_BYTES hold."""
        if self._results is None:
            self._results = await self._handler.item_results()
        page: list[list[Any]] = []
        size = 0
        for result in self._results[after:]:
            fields = [result.key, result.status, result.output, result.code, result.message]
            size += len(encode({"type": "result", "fields": fields}))
            if page and size > PAGE_BYTES:
                break
            page.append(fields)
        return {"results": page, "is_last": after + len(page) >= len(self._results)}


def _error(code: str, message: str, remediation: str | None, is_retriable: bool) -> dict[str, Any]:
    return {"code": code, "message": message, "remediation": remediation, "retriable": is_retriable}
