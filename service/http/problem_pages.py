"""The pages behind a problem's `type`: docs/problems.md, one section a code, put into a template."""

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Template

from service.http.problems import PROBLEMS, slug

_SECTION = re.compile(r"^## `([a-z_]+)`[^\n]*\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"`([^`]+)`")
_REMEDY = "**What to do:**"


@dataclass(frozen=True, slots=True)
class Section:
    """What docs/problems.md says about a code, as its Markdown."""

    meaning: str
    remedy: str


def parse(markdown: str) -> dict[str, Section]:
    """Return the sections of the page by code."""
    sections = {}
    for code, body in _SECTION.findall(markdown):
        meaning, _, remedy = body.partition(_REMEDY)
        sections[code] = Section(meaning.strip(), remedy.strip())
    return sections


@dataclass(frozen=True, slots=True)
class ProblemPages:
    """The codes that can be looked up, by the last segment of their address."""

    sections: Mapping[str, Section]
    template: Path

    @classmethod
    def load(cls, markdown: Path, template: Path) -> "ProblemPages":
        """Read the page of all codes; without it every code still has its title and status."""
        text = markdown.read_text("utf-8") if markdown.is_file() else ""
        return cls(parse(text), template)

    def render(self, segment: str) -> str | None:
        """Return the HTML page of a code, None when there is no such code."""
        for code, problem in PROBLEMS.items():
            if slug(code) == segment:
                section = self.sections.get(code, Section("", ""))
                page = Template(self.template.read_text("utf-8"))
                return page.substitute(
                    title=html.escape(problem.title),
                    code=html.escape(code),
                    status=problem.status,
                    meaning=_inline(section.meaning),
                    remedy=_inline(section.remedy),
                )
        return None


def _inline(markdown: str) -> str:
    """Return escaped text in which `code` is the only Markdown."""
    return _CODE.sub(r"<code>\1</code>", html.escape(markdown, quote=False).replace("\n", " "))
