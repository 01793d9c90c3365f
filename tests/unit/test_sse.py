"""The parser against the standard's own examples, and against a second reader that sees the whole stream at once."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.sse import EventParser, ServerSentEvent

Told = tuple[str, str, str]


def told(events: list[ServerSentEvent]) -> list[Told]:
    return [(event.name, event.data, event.last_id) for event in events]


def whole(stream: bytes) -> list[Told]:
    """Read a whole stream the slow way, block by block."""
    text = re.sub(r"\r\n?", "\n", stream.decode("utf-8", "replace").removeprefix("\ufeff"))
    events, last_id = [], ""
    *lines, _unfinished = text.split("\n")
    fields: list[tuple[str, str]] = []
    for line in lines:
        if line:
            name, _, value = line.partition(":")
            fields.append((name, value.removeprefix(" ")))
            continue
        ids = [value for name, value in fields if name == "id" and "\0" not in value]
        last_id = ids[-1] if ids else last_id
        data = [value for name, value in fields if name == "data"]
        names = [value for name, value in fields if name == "event"]
        if data:
            events.append((names[-1] if names and names[-1] else "message", "\n".join(data), last_id))
        fields = []
    return events


line_ends = st.sampled_from(["\n", "\r", "\r\n"])
values = st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"]), max_size=12)
lines = st.one_of(
    st.just(""),
    st.builds(
        "{}{}{}".format,
        st.sampled_from(["data", "event", "id", "retry", "", "other", "dat", "data "]),
        st.sampled_from([":", ": ", ":  ", ""]),
        values,
    ),
)
streams = st.builds(
    lambda bom, parts: (bom + "".join(line + end for line, end in parts)).encode(),
    st.sampled_from(["", "\ufeff", "\ufeff\ufeff"]),
    st.lists(st.tuples(lines, line_ends), max_size=30),
)


@given(streams, st.data())
def test_chunks_cut_anywhere_give_the_same_events_as_the_whole(stream: bytes, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=20)))
    parser = EventParser()
    events: list[ServerSentEvent] = []
    for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        events += parser.feed(stream[start:end])
    assert told(events) == whole(stream)


@given(st.binary(max_size=200))
def test_any_bytes_one_by_one_are_read_without_an_error(stream: bytes) -> None:
    parser = EventParser()
    events = [event for byte in stream for event in parser.feed(bytes([byte]))]
    assert told(events) == whole(stream)


def test_the_examples_of_the_standard() -> None:
    first = b": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n"
    assert told(EventParser().feed(first)) == [
        ("message", "first event", "1"),
        ("message", "second event", ""),
        ("message", " third event", ""),
    ]
    second = b"data\n\ndata\ndata\n\ndata:"
    assert told(EventParser().feed(second)) == [("message", "", ""), ("message", "\n", "")]
    third = b"event: add\ndata: 73857293\n\nevent: remove\ndata: YHOO\ndata: +2\n\n"
    assert told(EventParser().feed(third)) == [("add", "73857293", ""), ("remove", "YHOO\n+2", "")]


def test_an_id_stays_until_another_comes_and_one_with_nul_is_ignored() -> None:
    parser = EventParser()
    events = parser.feed(b"id: e-1\n\ndata: a\n\nid: x\0y\ndata: b\n\nid: e-2\ndata: c\n\n")
    assert [event.last_id for event in events] == ["e-1", "e-1", "e-2"]
    assert [event.has_own_id for event in events] == [False, False, True]
    assert parser.last_id == "e-2"


def test_retry_is_taken_when_it_is_digits_only() -> None:
    parser = EventParser()
    parser.feed(b"retry: 2000\n\nretry: soon\n\nretry: -1\n\nretry:\n\n")
    assert parser.retry_milliseconds == 2000


def test_unicode_line_separators_do_not_end_a_line() -> None:
    assert told(EventParser().feed("data: a\u2028b\x85c\x0bd\n\n".encode())) == [
        ("message", "a\u2028b\x85c\x0bd", "")
    ]


def test_memory_is_bounded_for_an_event_that_never_ends() -> None:
    for endless in (b"data: xxxxxxxx\n", b"x" * 15, b"\xe2\x82\xac" * 15, b": comment 1234\n"):
        parser = EventParser(max_characters=1000)
        with pytest.raises(ValueError, match="more than 1000"):
            [parser.feed(endless) for _ in range(200)]


def test_many_small_events_are_not_one_large_one() -> None:
    parser = EventParser(max_characters=100)
    assert sum(len(parser.feed(b"data: 0123456789\n\n")) for _ in range(200)) == 200
