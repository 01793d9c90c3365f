"""How fast documents go in beside the plain libraries in a loop, and how much memory ten times as many take.

    python -m bench.ingestion [--documents 200] [--rounds 3] [--memory 1000 10000]

Ours is a job on a real desk (its own clock, from its start to its end; uploading is not counted). The loop calls
the same libraries without any of it, one document after the other in one thread: pypdfium2, selectolax or a read
file, semantic-text-splitter, the shipped table, our rules for names (no library has them), and SQLite with FTS5,
a transaction for each document. Documents are made of the chapters in examples/epub: PDF, HTML, Markdown, text.
"""

import argparse
import asyncio
import json
import random
import re
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import aiohttp

from service.kinds.ingestion.embeddings.static import StaticTable
from service.kinds.ingestion.names.candidates import find_candidates
from service.kinds.ingestion.names.graph import build_graph
from tests.desk_process import DeskProcess
from tests.kinds import ingestion_files as make

ROOT = Path(__file__).resolve().parents[1]
BOOK = ROOT / "examples" / "epub" / "loomings.epub"
FORMATS = ("pdf", "html", "md", "txt")
PARAGRAPHS = 30
CHUNK_CHARACTERS = (3600, 8000)
UPLOADED_AT_ONCE = 200
MEMORY_SCRIPT = """
import json, resource, sys
from pathlib import Path
from service.kinds.ingestion.kind import IngestionKind
from service.kinds.testing import run_kind
run_kind(IngestionKind(), Path(sys.argv[1]), files=sorted(Path(sys.argv[2]).iterdir()))
own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
readers = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
print(json.dumps([own * 1024, readers * 1024]))
"""


def main() -> None:
    """Print both measurements."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--documents", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--memory", type=int, nargs="*", default=[1000, 10000], help="sizes of libraries")
    args = parser.parse_args()
    paragraphs = _paragraphs()
    if args.documents:
        asyncio.run(_print_speed(paragraphs, args.documents, args.rounds, args.workers))
    for count in args.memory:
        _print_memory(paragraphs, count)


def _paragraphs() -> list[str]:
    with zipfile.ZipFile(BOOK) as archive:
        pages = [archive.read(name).decode() for name in archive.namelist() if name.endswith("html")]
    found = [re.sub(r"<[^>]+>|\s+", " ", part) for page in pages for part in page.split("</p>")]
    return [" ".join(part.split()) for part in found if len(part) > 200]


def _documents(paragraphs: Sequence[str], count: int, seed: int) -> Iterator[tuple[str, bytes]]:
    """Yield names and contents; each has its own text, so that none is known already."""
    chance = random.Random(seed)
    for number in range(count):
        parts = [chance.choice(paragraphs) for _ in range(PARAGRAPHS)]
        title, ending = f"Document {seed}-{number}", FORMATS[number % len(FORMATS)]
        if ending == "pdf":
            content = make.pdf(
                [make.running_text(" ".join(parts[n : n + 5])[:5000]) for n in range(0, PARAGRAPHS, 5)],
                title=title,
            )
        elif ending == "html":
            content = f"<title>{title}</title><h1>{title}</h1>{''.join(f'<p>{part}</p>' for part in parts)}".encode()
        else:
            content = "\n\n".join([f"# {title}", *parts]).encode()
        yield f"{seed}-{number}.{ending}", content


async def _print_speed(paragraphs: Sequence[str], count: int, rounds: int, workers: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        desk = DeskProcess(Path(folder) / "data")
        if not await desk.start():
            raise SystemExit("\n".join(desk.log_lines))
        await _ours(
            desk, list(_documents(paragraphs, 4, 999)), workers
        )  # the child is warm for both sorts of work
        plain_times, our_times, size = [], [], 0
        for seed in range(rounds):
            documents = list(_documents(paragraphs, count, seed))
            size = sum(len(content) for _, content in documents)
            paths = make.write(Path(folder) / f"in-{seed}", dict(documents))
            our_times.append(await _ours(desk, documents, workers))
            plain_times.append(await asyncio.to_thread(_plain, paths, Path(folder) / f"plain-{seed}.db"))
        await desk.stop()
    ours, plain = statistics.median(our_times), statistics.median(plain_times)
    print(f"{count} documents ({size / 1e6:.1f} MB: {', '.join(FORMATS)}), median of {rounds}")
    print(f"  plain libraries in a loop {plain:7.2f} s  {count / plain:7.1f} documents/s")
    told = f"{count / ours:7.1f} documents/s   {ours / plain:.2f} x the loop"
    print(f"  a job with {workers} workers     {ours:7.2f} s  {told}")


async def _ours(desk: DeskProcess, documents: Sequence[tuple[str, bytes]], workers: int) -> float:
    """Return the seconds that a job of these documents ran."""
    form = aiohttp.FormData()
    form.add_field("workers", str(workers))
    for name, content in documents:
        form.add_field("files", content, filename=name)
    accepted = await desk.json("POST", "/api/v1/admin/ingestion/jobs", data=form)
    job = await desk.wait_for(accepted["job_id"])
    if job["status"] != "completed" or job["output"]["documents"]["created"] != len(documents):
        raise SystemExit(json.dumps(job.get("error") or job["output"]["documents"]))
    seconds: float = job["ran_seconds"]
    return seconds


def _plain(paths: Sequence[Path], database: Path) -> float:
    """Return the seconds that the libraries take by themselves."""
    import pypdfium2
    from selectolax.lexbor import LexborHTMLParser
    from semantic_text_splitter import TextSplitter

    begun = time.perf_counter()
    table, splitter = StaticTable(), TextSplitter(CHUNK_CHARACTERS)
    store = sqlite3.connect(database, isolation_level=None)
    store.executescript(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE chunks (id INTEGER PRIMARY KEY, name, text,"
        " vector); CREATE TABLE names (name, document); CREATE TABLE pairs (a, b, evidence);"
        " CREATE VIRTUAL TABLE passages USING fts5(text, content = 'chunks', content_rowid = 'id', tokenize = 'porter')"
    )
    for path in paths:
        if path.suffix == ".pdf":
            document = pypdfium2.PdfDocument(path)
            text = "\n".join(page.get_textpage().get_text_range() for page in document)
            document.close()
        elif path.suffix == ".html":
            body: Any = LexborHTMLParser(path.read_text("utf-8")).body
            text = body.text(separator="\n")
        else:
            text = path.read_text("utf-8")
        chunks = splitter.chunks(text)
        vectors = table.embed(chunks)
        entities, relations = build_graph([find_candidates(n, chunk) for n, chunk in enumerate(chunks)])
        store.execute("BEGIN")
        for chunk, vector in zip(chunks, vectors, strict=True):
            row = store.execute(
                "INSERT INTO chunks (name, text, vector) VALUES (?, ?, ?)",
                (path.name, chunk, vector.tobytes()),
            )
            store.execute("INSERT INTO passages (rowid, text) VALUES (?, ?)", (row.lastrowid, chunk))
        store.executemany(
            "INSERT INTO names VALUES (?, ?)", [(entity.name, path.name) for entity in entities]
        )
        store.executemany(
            "INSERT INTO pairs VALUES (?, ?, ?)", [(r.source, r.target, r.evidence) for r in relations]
        )
        store.execute("COMMIT")
    store.close()
    return time.perf_counter() - begun


def _print_memory(paragraphs: Sequence[str], count: int) -> None:
    chance = random.Random(count)
    with tempfile.TemporaryDirectory() as folder:
        inputs = Path(folder) / "in"
        inputs.mkdir()
        for number in range(count):
            text = "\n\n".join(
                [f"# Note {count}-{number}", chance.choice(paragraphs), chance.choice(paragraphs)]
            )
            (inputs / f"{number}.md").write_text(text, "utf-8")
        begun = time.perf_counter()
        command = [sys.executable, "-c", MEMORY_SCRIPT, f"{folder}/run", str(inputs)]
        done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
        own, readers = json.loads(done.stdout)
        seconds = time.perf_counter() - begun
    print(
        f"{count:6} small documents: {seconds:6.1f} s, at most {own / 1e6:.0f} MB in the job and {readers / 1e6:.0f} MB"
        " in a reader"
    )


if __name__ == "__main__":
    main()
