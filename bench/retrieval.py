"""How well and how fast documents are found: nDCG@10 of each way, and search over 100,000 chunks beside NumPy.

    python -m bench.retrieval [COLLECTION] [--model-dir DIR] [--chunks 100000]

COLLECTION is a folder with `docs.jsonl` {id, title, text}, `queries.jsonl` {id, text} and `qrels.tsv`
(query_id, doc_id, relevance, one header line). Every document goes through the whole kind as a text file,
and is found by its chunk. BM25 of SQLite alone, equal weights and stop words removed, is measured beside it, and
BM25 as the textbooks have it with the parameters that are customary elsewhere.
"""

import argparse
import json
import math
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bench.plain_bm25 import CUSTOMARY, PlainIndex
from service.kinds.ingestion.documents import Chunk, Document, Mark
from service.kinds.ingestion.embeddings.choose import Model, make_model
from service.kinds.ingestion.kind import IngestionKind
from service.kinds.ingestion.library.open import open_library, open_shelves
from service.kinds.ingestion.library.port import Filters, Reading
from service.kinds.ingestion.retrieval.search import Searcher
from service.kinds.ingestion.retrieval.terms import expression, question_terms
from service.kinds.ingestion.settings import IngestionSettings
from service.kinds.testing import run_kind

DEPTH = 10
Rankings = Mapping[str, Sequence[str]]
Judgements = Mapping[str, Mapping[str, int]]


def main() -> None:
    """Print both measurements."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("collection", nargs="?", type=Path, default=_default_collection())
    parser.add_argument("--model-dir", type=Path, help="also measure all-MiniLM-L6-v2 from this folder")
    parser.add_argument(
        "--chunks", type=int, default=100_000, help="size of the library for the speed of search"
    )
    args = parser.parse_args()
    if args.collection is not None and args.collection.is_dir():
        _print_quality(args.collection, args.model_dir)
    else:
        print("no collection given: quality is not measured")
    if args.chunks:
        _print_speed(args.chunks)


def ndcg(rankings: Rankings, judgements: Judgements, depth: int = DEPTH) -> float:
    """Return the mean normalised discounted cumulative gain (Jarvelin and Kekalainen 2002), gain = relevance."""
    values = []
    for query, judged in judgements.items():
        gains = [judged.get(document, 0) for document in rankings.get(query, ())[:depth]]
        ideal = sorted((gain for gain in judged.values() if gain > 0), reverse=True)[:depth]
        best = _discounted(ideal)
        if best:
            values.append(_discounted(gains) / best)
    return statistics.fmean(values) if values else 0.0


def _discounted(gains: Sequence[int]) -> float:
    return sum(gain / math.log2(rank + 1) for rank, gain in enumerate(gains, 1))


def _default_collection() -> Path | None:
    beside = Path(__file__).resolve().parents[2] / "shared" / "samples" / "retrieval"
    return beside if beside.is_dir() else None


def _read_lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]


def read_judgements(path: Path) -> dict[str, dict[str, int]]:
    """Return relevance by query and document."""
    judged: dict[str, dict[str, int]] = {}
    for line in path.read_text("utf-8").splitlines()[1:]:
        query, document, relevance = line.split("\t")[:3]
        judged.setdefault(query, {})[document] = int(relevance)
    return judged


def _print_quality(folder: Path, model_dir: Path | None) -> None:
    documents, queries = _read_lines(folder / "docs.jsonl"), _read_lines(folder / "queries.jsonl")
    judgements = read_judgements(folder / "qrels.tsv")
    print(f"{folder.name}: {len(documents)} documents, {len(queries)} questions, nDCG@{DEPTH}")
    print(f"  {'SQLite FTS5 alone':28} {ndcg(_plain(documents, queries), judgements):.4f}")
    for title, value in _customary(documents, queries, judgements):
        print(f"    {title:50} {value:.4f}")
    settings: list[tuple[str, dict[str, str]]] = [("static table (default)", {})]
    if model_dir is not None:
        settings.append(("all-MiniLM-L6-v2", {"embedding": "minilm", "model_dir": str(model_dir)}))
    for title, given in settings:
        with tempfile.TemporaryDirectory() as work:
            _print_ways(title, Path(work), documents, queries, judgements, given)


def _print_ways(
    title: str,
    work: Path,
    documents: Sequence[dict[str, Any]],
    queries: Sequence[dict[str, Any]],
    judgements: Judgements,
    given: Mapping[str, Any],
) -> None:
    inputs = work / "inputs"
    inputs.mkdir()
    for document in documents:
        (inputs / f"{document['id']}.txt").write_text(document["text"] or " ", "utf-8")
    started = time.perf_counter()
    run_kind(IngestionKind(), work / "run", files=sorted(inputs.iterdir()), settings=given)
    seconds = time.perf_counter() - started
    print(f"  with the {title}: {len(documents)} documents ingested in {seconds:.1f} s")
    settings = IngestionSettings.read(given)
    shelves = open_shelves(work / "run" / "shared", settings)
    searcher = Searcher(shelves, make_model(settings))
    for way in ("bm25", "vector", "hybrid"):
        rankings, times = {}, []
        for query in queries:
            begun = time.perf_counter()
            answer = searcher.search(query["text"], top_k=2 * DEPTH, search_type=way)
            times.append(time.perf_counter() - begun)
            found = [hit.found.source.removesuffix(".txt") for hit in answer.hits]
            rankings[str(query["id"])] = list(dict.fromkeys(found))
        value = ndcg(rankings, judgements)
        print(f"    {way:26} {value:.4f}   {1000 * statistics.median(times):.1f} ms a question")
    searcher.close()
    shelves.close()


def _plain(documents: Sequence[dict[str, Any]], queries: Sequence[dict[str, Any]]) -> Rankings:
    """Return what FTS5 finds by itself: title and text, equal weights, Porter stems, terms joined by OR."""
    database = sqlite3.connect(":memory:")
    database.execute("CREATE VIRTUAL TABLE t USING fts5(title, text, tokenize = 'porter unicode61')")
    rows = ((at, one["title"], one["text"]) for at, one in enumerate(documents, 1))
    database.executemany("INSERT INTO t (rowid, title, text) VALUES (?, ?, ?)", rows)
    found = {}
    for query in queries:
        words = expression(question_terms(query["text"]))
        hits = database.execute("SELECT rowid FROM t WHERE t MATCH ? ORDER BY rank LIMIT ?", (words, DEPTH))
        found[str(query["id"])] = [str(documents[row[0] - 1]["id"]) for row in hits]
    database.close()
    return found


def _customary(
    documents: Sequence[dict[str, Any]], queries: Sequence[dict[str, Any]], judgements: Judgements
) -> Iterator[tuple[str, float]]:
    texts = {str(one["id"]): f"{one['title']}\n{one['text']}" for one in documents}
    for title, k1, b, stop_words in CUSTOMARY:
        index = PlainIndex(texts, stop_words)
        found = {str(one["id"]): index.ask(one["text"], k1=k1, b=b, depth=DEPTH) for one in queries}
        yield title, ndcg(found, judgements)


def _print_speed(count: int) -> None:
    model = make_model(IngestionSettings())
    assert model is not None
    size = model.embed(["size"]).shape[1]
    vectors = np.random.default_rng(1).standard_normal((count, size), np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    with tempfile.TemporaryDirectory() as work:
        _fill(Path(work), vectors, model)
        shelves = open_shelves(Path(work), IngestionSettings())
        questions = vectors[:: max(1, count // 50)][:50] * np.float32(1)
        shelves.by_vector(questions[0], model.name, DEPTH, Filters())  # the matrix is read once
        ours = _median(lambda vector: shelves.by_vector(vector, model.name, DEPTH, Filters()), questions)
        numpy = _median(lambda vector: _by_numpy(vectors, vector), questions)
        words = _median(lambda number: shelves.by_words(f'"w{int(number)}"', DEPTH, Filters()), range(50))
        searcher = Searcher(shelves, model)
        whole = _median(lambda number: searcher.search(f"w{number} w{number + 1}"), range(50))
        searcher.close()
        shelves.close()
    print(f"search over {count} chunks of {size} dimensions, median of 50")
    print(f"  vectors, ours              {1000 * ours:8.2f} ms   {ours / numpy:.2f} x NumPy")
    print(f"  NumPy: product + argpartition {1000 * numpy:5.2f} ms")
    print(f"  one word by BM25           {1000 * words:8.2f} ms")
    print(f"  hybrid, with citations     {1000 * whole:8.2f} ms")


def _fill(folder: Path, vectors: "np.ndarray[Any, np.dtype[np.float32]]", model: Model) -> None:
    library = open_library(folder, IngestionSettings())
    per_document = 500
    for first in range(0, len(vectors), per_document):
        rows = vectors[first : first + per_document]
        chunks = [
            Chunk(n, f"w{(first + n) % 997} w{(first + n) % 89} text", 0, 20, 4, (Mark(0, 1, ()),))
            for n in range(len(rows))
        ]
        name = f"{first}.txt"
        document = Document(name, name, "text", name, 1, "bench")
        library.write(Reading(document, chunks, rows, model.name))
    library.close()


def _by_numpy(vectors: "np.ndarray[Any, np.dtype[np.float32]]", vector: Any) -> Any:
    scores = vectors @ vector
    best = np.argpartition(scores, len(scores) - DEPTH)[len(scores) - DEPTH :]
    return best[np.argsort(-scores[best])]


def _median(work: Callable[[Any], Any], values: Any) -> float:
    times = []
    for value in values:
        begun = time.perf_counter()
        work(value)
        times.append(time.perf_counter() - begun)
    return statistics.median(times)


if __name__ == "__main__":
    main()
