"""What was heard, group by group, in the job's own folder: the items of a job say only how much, never what.

Outputs of items are events that many may see; these files are as private as the transcript that is made of them.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from service.kinds.sessions.audio.plan import Group, read_json, write_json
from service.kinds.sessions.engines.port import Heard, Word


@dataclass(frozen=True, slots=True)
class HeardGroup:
    """The words of each utterance of one group, and who heard them."""

    engine: str
    is_draft: bool
    language: str | None
    words: tuple[tuple[Word, ...], ...]

    @property
    def word_count(self) -> int:
        """How many words there are, as white space separates them."""
        return sum(len(word.text.split()) for words in self.words for word in words)


class Shelf:
    """The folder with a file for each finished group."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def put(self, group: Group, engine: str, heard: Iterable[Heard], *, is_draft: bool) -> HeardGroup:
        """Keep what was heard in a group, durably, and return it."""
        each = list(heard)
        language = next((one.language for one in each if one.language), None)
        found = HeardGroup(engine, is_draft, language, tuple(one.words for one in each))
        write_json(
            self._path(group),
            {
                "engine": engine,
                "is_draft": is_draft,
                "language": language,
                "words": [[word.to_json() for word in words] for words in found.words],
            },
        )
        return found

    def get(self, group: Group) -> HeardGroup | None:
        """Return what was heard in a group; None when it is not there, or of other utterances."""
        value: Any = read_json(self._path(group))
        if not isinstance(value, dict) or len(value.get("words", ())) != len(group.utterances):
            return None
        words = tuple(tuple(Word.from_json(word) for word in words) for words in value["words"])
        return HeardGroup(value["engine"], value["is_draft"], value["language"], words)

    def clear(self) -> None:
        """Forget everything: the recording was cut anew."""
        for path in self._folder.iterdir():
            path.unlink()

    def _path(self, group: Group) -> Path:
        return self._folder / f"{group.number:05}.json"
