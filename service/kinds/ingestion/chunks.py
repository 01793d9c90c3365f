"""Cut a document into chunks: whole sections together, 800-1,800 tokens, each knowing its pages and headings."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from service.kinds.ingestion.documents import Block, Chunk, Mark
from service.kinds.ingestion.tokens import TokenCounter

MIN_TOKENS: Final = 800
MAX_TOKENS: Final = 1800
_SEPARATOR: Final = "\n\n"
_CHARACTERS_A_TOKEN: Final = 3.0
"""Few enough that a piece of so many characters hardly ever has too many tokens; checked afterwards."""
_MOST_CHARACTERS_A_TOKEN: Final = 16
"""A run of letters without a space is one unknown token to the tokenizer, however long it is."""
_WINDOW_CHARACTERS: Final = 20_000
_SAMPLE_CHARACTERS: Final = 2_000
_CUT_CHARACTERS: Final = 20_000
"""The splitter takes time by the square of a text without a space."""


@dataclass(slots=True)
class _Piece:
    """A block, or a part of a long one, with its place in the document's text."""

    start: int
    text: str
    tokens: int
    page: int | None
    heading: tuple[str, ...]
    begins_section: bool
    level: int


class Chunker:
    """Cuts documents; the text of a document is its blocks joined by empty lines, and a chunk is a slice of it."""

    def __init__(
        self, counter: TokenCounter, *, min_tokens: int = MIN_TOKENS, max_tokens: int = MAX_TOKENS
    ) -> None:
        self._counter = counter
        self._min = min_tokens
        self._max = max_tokens

    def chunks(self, blocks: Sequence[Block]) -> Iterator[Chunk]:
        """Yield the chunks of a document in order.

        A section (a heading and what is below it) is kept whole if it fits; small neighbours are merged until
        a chunk has `min_tokens`; a section above `max_tokens` is cut between blocks, a block that long between
        sentences.
        """
        group: list[_Piece] = []
        size = 0
        number = 0
        for section in self._sections(blocks):
            weight = sum(piece.tokens for piece in section)
            if group and size + weight > self._max:
                yield _chunk(number, group)
                number, group, size = number + 1, [], 0
            if weight <= self._max:
                group += section
                size += weight
            else:
                for part in self._parts(section):
                    if group:
                        yield _chunk(number, group)
                        number += 1
                    group, size = part, sum(piece.tokens for piece in part)
            if size >= self._min:
                yield _chunk(number, group)
                number, group, size = number + 1, [], 0
        if group:
            yield _chunk(number, group)

    def _sections(self, blocks: Sequence[Block]) -> Iterator[list[_Piece]]:
        section: list[_Piece] = []
        for piece in self._pieces(blocks):
            if piece.begins_section and any(not each.begins_section for each in section):
                yield section
                section = []
            section.append(piece)
        if section:
            yield section

    def _parts(self, section: Sequence[_Piece]) -> Iterator[list[_Piece]]:
        """Cut a long section between its blocks, so that each part but the last reaches `min_tokens` if it can."""
        part: list[_Piece] = []
        size = 0
        for piece in section:
            if part and size + piece.tokens > self._max:
                yield part
                part, size = [], 0
            part.append(piece)
            size += piece.tokens
            if size >= self._min and piece is not section[-1]:
                yield part
                part, size = [], 0
        if part:
            yield part

    def _pieces(self, blocks: Sequence[Block]) -> Iterator[_Piece]:
        path: list[tuple[int, str]] = []
        start = 0
        for block, tokens in zip(blocks, self._counts(blocks), strict=True):
            if block.kind == "heading":
                path = [(level, text) for level, text in path if level < block.level]
                path.append((block.level, block.text))
            heading = tuple(text for _, text in path)
            is_heading = block.kind == "heading"
            if tokens <= self._max:
                yield _Piece(start, block.text, tokens, block.page, heading, is_heading, block.level)
            else:
                for offset, text in self._cut(block.text):
                    count = max(self._counter.count(text), len(text) // _MOST_CHARACTERS_A_TOKEN)
                    yield _Piece(start + offset, text, count, block.page, heading, is_heading, block.level)
            start += len(block.text) + len(_SEPARATOR)

    def _counts(self, blocks: Sequence[Block]) -> Iterator[int]:
        """Yield about how many tokens each block has, by what a token is long at the beginning of each stretch.

        Cutting all of a book into tokens only to measure it would take longer than reading it.
        """
        window: list[Block] = []
        size = 0
        for block in blocks:
            window.append(block)
            size += len(block.text)
            if size >= _WINDOW_CHARACTERS:
                yield from self._window_counts(window)
                window, size = [], 0
        if window:
            yield from self._window_counts(window)

    def _window_counts(self, window: Sequence[Block]) -> Iterator[int]:
        sample = ""
        for block in window:
            if len(sample) >= _SAMPLE_CHARACTERS:
                break
            sample += f"{block.text[:_SAMPLE_CHARACTERS]}\n"
        tokens_a_character = self._counter.count(sample) / len(sample)
        for block in window:
            yield max(
                1, round(len(block.text) * tokens_a_character), len(block.text) // _MOST_CHARACTERS_A_TOKEN
            )

    def _cut(self, text: str) -> Iterator[tuple[int, str]]:
        for offset, stretch in _stretches(text):
            yield from ((offset + inner, part) for inner, part in self._cut_stretch(stretch))

    def _cut_stretch(self, text: str) -> Iterator[tuple[int, str]]:
        from semantic_text_splitter import TextSplitter

        splitter: Any = TextSplitter(int(self._max * _CHARACTERS_A_TOKEN), trim=False)
        for offset, piece in splitter.chunk_indices(text):
            count = self._counter.count(piece)
            if count <= self._max or len(piece) < 2:
                yield offset, piece
                continue
            # A text of many tokens a character (Chinese, formulas): cut again by what it really has.
            finer: Any = TextSplitter(max(1, int(len(piece) * self._max / count * 0.9)), trim=False)
            yield from ((offset + inner, part) for inner, part in finer.chunk_indices(piece))


def _stretches(text: str) -> Iterator[tuple[int, str]]:
    """Yield an absurdly long block in stretches, cut at white space where there is some, with their offsets."""
    begin = 0
    while begin < len(text):
        end = begin + _CUT_CHARACTERS
        if end < len(text):
            end = 1 + max(text.rfind(space, begin + _CUT_CHARACTERS // 2, end) for space in " \n") or end
        yield begin, text[begin:end]
        begin = end


def document_text(blocks: Sequence[Block]) -> str:
    """Return the text of which chunks are slices."""
    return _SEPARATOR.join(block.text for block in blocks)


def _chunk(number: int, pieces: Sequence[_Piece]) -> Chunk:
    start = pieces[0].start
    text = ""
    marks: list[Mark] = []
    for piece in pieces:
        if text:
            text += _SEPARATOR if piece.start - start - len(text) == len(_SEPARATOR) else ""
        offset = piece.start - start
        if not marks or (marks[-1].page, marks[-1].heading) != (piece.page, piece.heading):
            marks.append(Mark(offset, piece.page, piece.heading))
        text += piece.text
    text = text.rstrip()  # a cut between sentences leaves the space with the first
    tokens = sum(piece.tokens for piece in pieces)
    return Chunk(number, text, start, start + len(text), tokens, tuple(marks))
