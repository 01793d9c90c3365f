"""What the window's modules say, read from their source: the messages they ask for, and the words of their own."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.browser.window import STATIC

MESSAGES = STATIC / "messages"
APART = {"docs.js", "first.js"}
"""The page at /docs is in English like the document that it shows; first.js says nothing."""

_BOUND = re.compile(r"const (\w+) = messages\(\"(\w+)\"\)")
_TAG = re.compile(r"<[^<>]*>", re.DOTALL)
_SPOKEN = re.compile(r"""\b(?:aria-label|aria-description|title|placeholder|alt)="([^"\0]*)\"""")
_GIVEN = re.compile(r"""\b(?:name|label|legend|hint)="([A-Z][^"\0]*)\"""")
_LETTERS = re.compile(r"[^\W\d_]{2,}")
_SENTENCE = re.compile(r"^[A-Z][a-z]+(?:['’][a-z]+)?[ ,:]+[a-z]")


def modules() -> Iterator[Path]:
    """Yield every module of the window that is not vendored."""
    for path in sorted(STATIC.rglob("*.js")):
        if "vendor" not in path.parts and path.name not in APART:
            yield path


def catalogue(language: str, area: str) -> dict[str, Any]:
    """Return an area's messages in a language."""
    found: dict[str, Any] = json.loads((MESSAGES / language / f"{area}.json").read_text())
    return found


def places(message: str | dict[str, str]) -> set[str]:
    """Return the names of a message's places; those of all its plural forms together."""
    forms = [message] if isinstance(message, str) else list(message.values())
    return {name for form in forms for name in re.findall(r"\{(\w+)\}", form)}


@dataclass(frozen=True)
class Code:
    """A module taken apart: its code without comments, its strings, and the text of its templates."""

    strings: list[str]
    templates: list[str]


def parse(source: str) -> Code:
    """Take a module apart: plain strings, and template literals with each `${…}` as a zero byte."""
    found = Code([], [])
    _code(source, 0, found, until=None)
    return found


def _code(source: str, at: int, found: Code, *, until: str | None) -> int:
    depth = 0
    while at < len(source):
        char = source[at]
        if source.startswith("//", at) and source[at - 1] not in "\\:":
            at = source.find("\n", at) if "\n" in source[at:] else len(source)
        elif source.startswith("/*", at):
            at = source.index("*/", at) + 2
        elif char in "\"'":
            at = _string(source, at, found)
        elif char == "`":
            at = _template(source, at, found)
        elif char == "/" and re.search(r"[=(,:;!&|?{}\n>]\s*$", source[max(0, at - 30) : at]):
            at = _pattern(source, at)
        else:
            if until and char == until and depth == 0:
                return at
            depth += {"{": 1, "}": -1}.get(char, 0)
            at += 1
    return at


def _string(source: str, at: int, found: Code) -> int:
    end = at + 1
    while source[end] != source[at]:
        end += 2 if source[end] == "\\" else 1
    found.strings.append(source[at + 1 : end])
    return end + 1


def _pattern(source: str, at: int) -> int:
    end, is_class = at + 1, False
    while source[end] != "/" or is_class:
        is_class = {"[": True, "]": False}.get(source[end], is_class)
        end += 2 if source[end] == "\\" else 1
    return end + 1


def _template(source: str, at: int, found: Code) -> int:
    text, end = [], at + 1
    while source[end] != "`":
        if source.startswith("${", end):
            end = _code(source, end + 2, found, until="}") + 1
            text.append("\0")
        else:
            text.append(source[end])
            end += 2 if source[end] == "\\" else 1
    found.templates.append("".join(text))
    return end + 1


def bare_words(source: str) -> list[str]:
    """Return what a module says to people by itself: text and spoken attributes of templates, sentences in strings."""
    code = parse(source)
    said = []
    for template in code.templates:
        if "<" in template:
            said += [text.strip() for text in _TAG.sub("\1", template).split("\1")]
            said += [value for tag in _TAG.findall(template) for value in _SPOKEN.findall(tag)]
            said += [value for tag in _TAG.findall(template) for value in _GIVEN.findall(tag)]
        elif _SENTENCE.match(template):
            said.append(template)
    said += [text for text in code.strings if _SENTENCE.match(text)]
    return [text for text in said if _LETTERS.search(text)]


def asked(path: Path) -> list[tuple[str, str]]:
    """Return the (area, key) pairs that a module asks for by name; a key with a changing end is `start*`."""
    source = re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.DOTALL)
    pairs = []
    for name, area in _BOUND.findall(source):
        for call in re.finditer(rf"(?<![\w.]){name}(?:\.parts)?\(", source):
            argument = source[call.end() : call.end() + 200]
            if literal := re.match(r"\"(\w+)\"", argument):
                pairs.append((area, literal[1]))
            elif started := re.match(r"`(\w+)\$\{", argument):
                pairs.append((area, f"{started[1]}*"))
            elif choice := re.match(r"[^()\n]*? \? \"(\w+)\" : \"(\w+)\"", argument):
                pairs += [(area, choice[1]), (area, choice[2])]
    return pairs
