"""Where words go: data on standard output, everything else on standard error, JSON when a program reads."""

import json
import re
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TextIO

from service.model.errors import DeskError

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

# Control characters and bidi overrides: a file name from somewhere must not drive somebody's terminal.
_UNSAFE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def printable(text: object) -> str:
    """Return text that does nothing but appear; line breaks and tabs stay."""
    return _UNSAFE.sub("\ufffd", str(text))


def one_line(text: object) -> str:
    """Return text that stays on its line and in its column."""
    return printable(" ".join(str(text).split()))


class Terminal:
    """The two streams of one command."""

    def __init__(
        self,
        *,
        is_json: bool = False,
        is_quiet: bool = False,
        stdout: TextIO | None = None,
        stderr: TextIO | None = None,
    ) -> None:
        self.is_json = is_json
        self.is_quiet = is_quiet
        self.out = stdout or sys.stdout
        self.err = stderr or sys.stderr
        self._errors: Console | None = None

    @property
    def errors(self) -> "Console":
        """Standard error as something to draw on; rich is imported only by what draws."""
        if self._errors is None:
            from rich.console import Console

            self._errors = Console(file=self.err, highlight=False, markup=False, emoji=False)
        return self._errors

    def json(self, value: Any) -> None:
        """Print one JSON document; indented for people, in one line for programs."""
        indent = 2 if self.out.isatty() else None
        self._write(json.dumps(value, ensure_ascii=not _is_unicode(self.out), indent=indent))

    def line(self, text: object) -> None:
        """Print one line of data."""
        self._write(printable(text))

    def text(self, text: str) -> None:
        """Print text as it is into a file or pipe, harmless onto a terminal; no line break is added."""
        self.out.write(_encodable(printable(text) if self.out.isatty() else text, self.out))
        self.out.flush()

    def say(self, text: object) -> None:
        """Tell a person something that is not data."""
        if not self.is_quiet:
            self._tell(printable(text))

    def error(self, error: DeskError) -> None:
        """Tell what went wrong: as JSON for programs, else in words with what can be done about it."""
        if self.is_json:
            told = {"code": error.code, "message": error.message, "remediation": error.remediation}
            errors = [{"pointer": one.pointer, "detail": one.detail} for one in error.errors]
            document = {"error": told | {"retriable": error.retriable, "errors": errors}}
            self.err.write(json.dumps(document) + "\n")
            self.err.flush()
            return
        lines = [f"{error.message} [{error.code}]"]
        lines += [f"  {one.pointer or '/'}: {one.detail}" for one in error.errors]
        if error.remediation:
            lines.append(error.remediation)
        self._tell(printable("\n".join(lines)))

    def _tell(self, text: str) -> None:
        text = _encodable(text, self.err)
        if self._errors is not None:  # it may draw a bar, which has to make room
            from rich.text import Text

            self._errors.print(Text(text), soft_wrap=True)
            return
        self.err.write(text + "\n")
        self.err.flush()

    def styled(self, text: "Text") -> None:
        """Print one piece of data with colours, onto a terminal."""
        from rich.console import Console
        from rich.text import Text

        Console(file=self.out, highlight=False).print(Text(printable(text.plain), spans=text.spans))

    def table(self, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        """Print rows: a table on a terminal, tab-separated with a line of names into a file or pipe."""
        texts = [[one_line("" if cell is None else cell) for cell in row] for row in rows]
        if not self.out.isatty():
            for row in [list(columns), *texts]:
                self._write("\t".join(row))
            return
        from rich.console import Console
        from rich.table import Table
        from rich.text import Text

        table = Table(box=None, pad_edge=False, header_style="bold")
        for number, name in enumerate(columns):
            table.add_column(Text(name), no_wrap=number == 0)
        for row in texts:
            table.add_row(*[Text(cell) for cell in row])
        Console(file=self.out, highlight=False).print(table)

    def record(self, values: Mapping[str, object]) -> None:
        """Print names and values, one a line."""
        width = max((len(name) for name in values), default=0)
        for name, value in values.items():
            if value is not None:
                self._write(f"{name:<{width}}  {one_line(value)}")

    def _write(self, line: str) -> None:
        self.out.write(_encodable(line, self.out) + "\n")
        self.out.flush()


def _is_unicode(stream: TextIO) -> bool:
    return (getattr(stream, "encoding", None) or "utf-8").lower().replace("-", "") == "utf8"


def _encodable(text: str, stream: TextIO) -> str:
    """Return what the stream can carry: a terminal of another encoding must not end the program."""
    encoding = getattr(stream, "encoding", None) or "utf-8"
    return text.encode(encoding, "replace").decode(encoding)
