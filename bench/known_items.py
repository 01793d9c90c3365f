"""Make a collection unlike Cranfield: one right answer a question, out of the standard library's own docstrings.

    python -m bench.known_items FOLDER [--verbose]
    python -m bench.retrieval FOLDER --chunks 0

A docstring's first sentence asks for the rest of it, which is the document. Such questions are where feedback from
the first hits does harm, so that `hybrid` has to be measured on them too. `--verbose` asks as people write letters.
"""

import argparse
import ast
import json
import re
import sysconfig
from collections.abc import Iterator
from pathlib import Path

QUESTIONS = 300
_FIRST_SENTENCE = re.compile(r"(.+?)(?:\.\s|\n\n)(.*)", re.DOTALL)
_LETTER = "I would like to know more about {}; could you please tell me where I can find something that describes it?"
_MIN_WORDS = 40


def main() -> None:
    """Write `docs.jsonl`, `queries.jsonl` and `qrels.tsv` into a folder."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--verbose", action="store_true", help="wrap each question in a polite sentence")
    args = parser.parse_args()
    pairs = known_items(Path(sysconfig.get_paths()["stdlib"]))
    asked = range(0, len(pairs), max(1, len(pairs) // QUESTIONS))
    form = _LETTER if args.verbose else "{}"
    args.folder.mkdir(parents=True, exist_ok=True)
    documents = [{"id": f"d{at}", "title": "", "text": text} for at, (_, text) in enumerate(pairs)]
    questions = [{"id": f"q{at}", "text": form.format(pairs[at][0])} for at in asked]
    _write_lines(args.folder / "docs.jsonl", documents)
    _write_lines(args.folder / "queries.jsonl", questions)
    judged = "".join(f"q{at}\td{at}\t1\n" for at in asked)
    (args.folder / "qrels.tsv").write_text(f"query_id\tdoc_id\trelevance\n{judged}", "utf-8")
    print(f"{len(documents)} documents, {len(questions)} questions")


def known_items(folder: Path) -> list[tuple[str, str]]:
    """Return (first sentence, rest) of every different docstring below a folder, in the order of the files."""
    found: dict[str, str] = {}
    for path in sorted(folder.rglob("*.py")):
        if {"site-packages", "test", "tests", "idlelib", "lib2to3"} & set(path.parts):
            continue
        for sentence, rest in _docstrings(path):
            if sentence not in found and rest not in found.values():
                found[sentence] = rest
    return list(found.items())


def _docstrings(path: Path) -> Iterator[tuple[str, str]]:
    try:
        tree = ast.parse(path.read_bytes())
    except (SyntaxError, ValueError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            match = _FIRST_SENTENCE.match(ast.get_docstring(node) or "")
            if match and 4 <= len(match[1].split()) <= 30 and len(match[2].split()) >= _MIN_WORDS:
                yield " ".join(match[1].split()), match[2]


def _write_lines(path: Path, rows: list[dict[str, str]]) -> None:
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), "utf-8")


if __name__ == "__main__":
    main()
