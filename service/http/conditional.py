"""Conditional requests (RFC 9110, 13): entity tags, dates, and what they decide."""

import hashlib
import json
import re
from collections.abc import Mapping
from email.utils import formatdate, parsedate_to_datetime
from typing import Any

_TAG = re.compile(r'(W/)?"([\x21\x23-\x7e\x80-\xff]*)"')


def http_date(at: float) -> str:
    """Return Unix seconds as an HTTP date."""
    return formatdate(at, usegmt=True)


def parse_http_date(text: str) -> float | None:
    """Read an HTTP date as Unix seconds; None for anything else."""
    try:
        return parsedate_to_datetime(text).timestamp()
    except (ValueError, TypeError, IndexError, OverflowError, OSError):
        return None


def weak_tag(value: Any) -> str:
    """Return a weak entity tag for a JSON value."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=True, default=str)
    return f'W/"{hashlib.sha256(text.encode()).hexdigest()[:24]}"'


def matches_none(header: str | None, etag: str) -> bool:
    """Whether an If-None-Match header names this tag (weak comparison): the answer is 304 then."""
    if header is None:
        return False
    if header.strip() == "*":
        return True
    opaque = etag.removeprefix("W/").strip('"')
    return any(match.group(2) == opaque for match in _TAG.finditer(header))


def is_not_modified(headers: Mapping[str, str], etag: str, modified_at: float | None) -> bool:
    """Whether the client's copy is good; If-Modified-Since counts only without If-None-Match."""
    if "If-None-Match" in headers:
        return matches_none(headers["If-None-Match"], etag)
    since = parse_http_date(headers.get("If-Modified-Since", ""))
    return since is not None and modified_at is not None and int(modified_at) <= since


def allows_range(if_range: str | None, etag: str, modified_at: float) -> bool:
    """Whether a Range may be answered: no If-Range, the same strong tag, or exactly our date.

    A weak tag never matches (strong comparison, RFC 9110, 13.1.5); a mismatch means the whole file.
    """
    if if_range is None:
        return True
    text = if_range.strip()
    if text.endswith('"'):
        return text == etag and not text.startswith("W/")
    date = parse_http_date(text)
    return date is not None and date == int(modified_at)
