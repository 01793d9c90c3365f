"""Byte ranges and conditions, as RFC 9110 has them."""

import hypothesis.strategies as st
import pytest
from hypothesis import given

from service.http.conditional import allows_range, http_date, is_not_modified, matches_none
from service.http.ranges import UNSATISFIABLE, ByteRange, parse_range

SIZE = 1000


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, None),
        ("bytes=0-0", ByteRange(0, 1)),
        ("bytes=0-499", ByteRange(0, 500)),
        ("bytes=500-", ByteRange(500, 1000)),
        ("bytes=-1", ByteRange(999, 1000)),
        ("bytes=-5000", ByteRange(0, 1000)),
        ("bytes=900-5000", ByteRange(900, 1000)),
        ("Bytes = 1-2", ByteRange(1, 3)),
        ("bytes=1000-", UNSATISFIABLE),
        ("bytes=-0", UNSATISFIABLE),
        (f"bytes={'9' * 400}-", UNSATISFIABLE),
        (f"bytes=0-{'9' * 400}", ByteRange(0, 1000)),
        ("bytes=5-4", None),
        ("bytes=-", None),
        ("bytes=", None),
        ("bytes=a-b", None),
        ("bytes=1-2,4-5", None),
        ("items=0-1", None),
        ("bytes=１-２", None),
        ("bytes=+1-2", None),
    ],
)
def test_a_range_header_means_what_the_rfc_says(header, expected):
    assert parse_range(header, SIZE) == expected


def test_no_range_of_an_empty_file_can_be_satisfied():
    assert parse_range("bytes=0-", 0) is UNSATISFIABLE
    assert parse_range("bytes=-1", 0) is UNSATISFIABLE
    assert parse_range("bytes=-0", 0) is UNSATISFIABLE


@given(st.integers(0, 2000), st.integers(0, 2000), st.integers(0, 1500))
def test_a_range_is_the_slice_that_python_would_cut(first, last, size):
    content = bytes(i % 251 for i in range(size))
    found = parse_range(f"bytes={first}-{last}", size)
    if last < first:
        assert found is None
    elif first >= size:
        assert found is UNSATISFIABLE
    else:
        assert isinstance(found, ByteRange)
        assert content[found.start : found.stop] == content[first : last + 1]
        assert found.size_bytes > 0


@given(st.text(max_size=40), st.integers(0, 3))
def test_no_header_breaks_the_parser(text, size):
    for header in (text, f"bytes={text}"):
        found = parse_range(header, size)
        assert found is None or found is UNSATISFIABLE or 0 <= found.start < found.stop <= size


ETAG = '"abc"'
AT = 1_700_000_000.75


@pytest.mark.parametrize(
    ("if_range", "is_allowed"),
    [
        (None, True),
        (ETAG, True),
        ('"other"', False),
        (f"W/{ETAG}", False),
        (http_date(AT), True),
        (http_date(AT - 60), False),
        (http_date(AT + 60), False),
        ("nonsense", False),
        ("abc", False),
    ],
)
def test_a_range_is_answered_only_when_if_range_matches_strongly(if_range, is_allowed):
    assert allows_range(if_range, ETAG, AT) is is_allowed


@pytest.mark.parametrize("header", ["*", ETAG, f"W/{ETAG}", f'"x", {ETAG}', f'W/"y",W/{ETAG} , "z"'])
def test_if_none_match_compares_weakly_and_knows_lists(header):
    assert matches_none(header, ETAG)
    assert matches_none(header, f"W/{ETAG}")


@pytest.mark.parametrize("header", [None, "", '"ab"', "abc", '"x", "abcd"'])
def test_another_tag_is_another_version(header):
    assert not matches_none(header, ETAG)


def test_if_modified_since_counts_only_without_if_none_match():
    assert is_not_modified({"If-Modified-Since": http_date(AT)}, ETAG, AT)
    assert not is_not_modified({"If-Modified-Since": http_date(AT - 10)}, ETAG, AT)
    assert not is_not_modified({"If-Modified-Since": http_date(AT), "If-None-Match": '"x"'}, ETAG, AT)
    assert not is_not_modified({"If-Modified-Since": "yesterday"}, ETAG, AT)
