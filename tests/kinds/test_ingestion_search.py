"""Search finds by words and by meaning, says how, cites the place, and is better for having both."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.retrieval import ndcg, read_judgements
from service.kinds.ingestion.documents import Chunk, Document, Mark
from service.kinds.ingestion.embeddings.static import StaticTable
from service.kinds.ingestion.library.connection import FILE_NAME
from service.kinds.ingestion.library.port import Reading, Scored, Vectors
from service.kinds.ingestion.library.shelves import SqliteShelves
from service.kinds.ingestion.library.writer import SqliteLibrary
from service.kinds.ingestion.retrieval.feedback import reorder
from service.kinds.ingestion.retrieval.search import Embedder, Searcher
from service.kinds.ingestion.retrieval.snippets import SNIPPET_CHARACTERS, snippet_of
from service.kinds.ingestion.retrieval.terms import Stemmer, expression, question_terms
from service.model.errors import JobError

CRANFIELD = Path(__file__).resolve().parents[3] / "shared" / "samples" / "retrieval"
ANIMALS = {
    "dogs.txt": "The dog barked at the postman. Puppies chew shoes and chase balls in the garden.",
    "cars.txt": "The engine of the car failed on the motorway, and the driver called a mechanic.",
    "bread.txt": "Knead the dough, let it rise, and bake the loaf in a hot oven until the crust is brown.",
    "money.txt": "The bank raised its interest rate, so mortgages became more expensive for families.",
}


@pytest.fixture(scope="module")
def model() -> StaticTable:
    return StaticTable()


def fill(folder: Path, texts: dict[str, str], model: Embedder | None) -> SqliteShelves:
    library = SqliteLibrary(folder / FILE_NAME)
    for source, text in texts.items():
        marks = (Mark(0, 1, ("Start",)), Mark(len(text) // 2, 2, ("Start", "End")))
        chunks = [Chunk(0, text, 0, len(text), 20, marks)] if text.strip() else []
        vectors = model.embed([text]) if model is not None and chunks else None
        title = text.split(" . ")[0][:200]
        document = Document(source, source, "text", title, len(text), "1")
        library.write(Reading(document, chunks, vectors, model.name if model is not None else None))
    library.close()
    return SqliteShelves(folder / FILE_NAME)


@pytest.fixture(scope="module")
def animals(tmp_path_factory: pytest.TempPathFactory, model: StaticTable) -> Iterator[SqliteShelves]:
    shelves = fill(tmp_path_factory.mktemp("animals"), ANIMALS, model)
    yield shelves
    shelves.close()


def sources(searcher: Searcher, question: str, **more: object) -> list[str]:
    return [hit.found.source for hit in searcher.search(question, **more).hits]  # type: ignore[arg-type]  # passed on


def test_meaning_finds_what_words_do_not(animals: SqliteShelves, model: StaticTable) -> None:
    searcher = Searcher(animals, model)
    assert sources(searcher, "pets and hounds", search_type="bm25") == []
    assert sources(searcher, "pets and hounds", search_type="vector")[0] == "dogs.txt"
    assert sources(searcher, "automobile broke down", search_type="hybrid")[0] == "cars.txt"
    assert sources(searcher, "loan costs", search_type="hybrid")[0] == "money.txt"


def test_each_way_tells_its_own_score(animals: SqliteShelves, model: StaticTable) -> None:
    searcher = Searcher(animals, model)
    first = searcher.search("dough in the oven").hits[0]
    assert first.found.source == "bread.txt"
    assert first.scores["bm25"] is not None
    assert first.scores["bm25"] > 0
    assert first.scores["vector"] is not None
    assert 0 < first.scores["vector"] <= 1
    assert first.scores["fused"] == first.score
    assert searcher.search("dough", search_type="bm25").hits[0].scores["vector"] is None


def test_without_a_model_words_answer_alone_and_the_answer_says_so(animals: SqliteShelves) -> None:
    for way in ("hybrid", "vector"):
        answer = Searcher(animals, None).search("dough", search_type=way)  # type: ignore[arg-type]  # both are
        assert answer.search_type == "bm25"
        assert "BM25 alone" in answer.notes[0]
        assert [hit.found.source for hit in answer.hits] == ["bread.txt"]


def test_a_model_that_cannot_be_reached_leaves_words_to_answer_and_says_so(animals: SqliteShelves) -> None:
    class Unreachable:
        name, fusion_weight = "away", 1.0

        def embed(self, texts: Sequence[str]) -> Vectors:
            raise JobError("embedding_unreachable", "No answer.")

    searcher = Searcher(animals, Unreachable())
    answer = searcher.search("dough")
    assert (answer.search_type, len(answer.hits)) == ("bm25", 1)
    assert "No answer." in answer.notes[0]
    with pytest.raises(JobError, match="No answer"):
        searcher.search("dough", search_type="vector")


def test_a_hit_cites_the_place_that_matched(animals: SqliteShelves, model: StaticTable) -> None:
    hit = Searcher(animals, model).search("brown crust").hits[0]
    assert (hit.place.page, hit.place.heading) == (2, ("Start", "End"))
    marked = [hit.snippet.text[begin:end] for begin, end in hit.snippet.highlights]
    assert marked == ["crust", "brown"]


# --- questions ---
def test_stop_words_are_left_out_unless_nothing_else_was_asked() -> None:
    assert question_terms("Where is the Lease, and who signed it?") == ["lease", "signed"]
    assert question_terms("who is it") == ["who", "is", "it"]
    assert question_terms('the "annual report" of annual') == ["annual report", "annual"]
    assert question_terms("?!") == []


@given(st.text(max_size=80))
def test_no_question_is_an_error(animals: SqliteShelves, text: str) -> None:
    Searcher(animals, None).search(text, search_type="bm25")


def test_an_expression_has_no_operators_in_it() -> None:
    assert (
        expression(question_terms('NEAR(dog, cat) AND title:x* "a b" ^-'))
        == '"a b" OR "near" OR "dog" OR "cat" OR "title" OR "x"'
    )


# --- feedback and snippets ---
def test_feedback_lifts_what_speaks_of_the_same_as_the_best_hits() -> None:
    texts = {
        1: "wing flutter speed divergence aeroelastic", 2: "wing flutter aeroelastic divergence model",
        3: "wing painting colour brush canvas", 4: "wing aeroelastic divergence flutter",
    }  # fmt: skip
    hits = [Scored(1, 4.0), Scored(2, 3.9), Scored(3, 2.0), Scored(4, 1.9)]
    order = [
        hit.chunk_id for hit in reorder(hits, texts, Stemmer(), lambda words: (100, dict.fromkeys(words, 5)))
    ]
    assert order.index(4) < order.index(3)
    assert set(order) == {1, 2, 3, 4}


def test_what_neighbours_have_in_common_does_not_drown_a_hit_that_stands_out() -> None:
    texts = {1: "barometer reading glass mercury"} | {
        number: f"barometer harbour gull rope sail mast tide number{number}" for number in range(2, 12)
    }
    hits = [Scored(1, 10.0), *(Scored(number, 6.0) for number in range(2, 12))]
    order = reorder(hits, texts, Stemmer(), lambda words: (1000, dict.fromkeys(words, 20)))
    assert order[0].chunk_id == 1


def test_a_near_tie_of_vectors_does_not_turn_over_what_words_say_clearly(tmp_path: Path) -> None:
    texts_of_all = {f"{n}.txt": "dial " + "x" * n for n in range(1, 12)}
    texts_of_all |= {"right.txt": "gnomon dial gnomon dial gnomon", "other.txt": "other"}

    class Even:
        """Vectors by which all but the last document are nearly the same, and what words prefer is last of these."""

        name, fusion_weight = "even", 1.0

        def embed(self, texts: Sequence[str]) -> Vectors:
            slopes = {"gnomon dial": 0.0, texts_of_all["right.txt"]: 0.03, "other": 5.0}
            rows = [[1.0, slopes.get(text, len(text) / 1000)] for text in texts]
            vectors = np.asarray(rows, np.float32)
            unit: Vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
            return unit

    even = Even()
    shelves = fill(tmp_path, texts_of_all, even)
    assert sources(Searcher(shelves, even), "gnomon dial")[0] == "right.txt"
    shelves.close()


def test_feedback_needs_something_to_learn_from() -> None:
    hits = [Scored(1, 4.0), Scored(2, 1.0)]
    assert reorder(hits, {1: "a", 2: "b"}, Stemmer(), lambda _: (0, {})) == [Scored(1, 1.0), Scored(2, 0.25)]
    assert reorder([], {}, Stemmer(), lambda _: (0, {})) == []


@given(st.text(alphabet="ab cd\nXÄ", max_size=1500), st.sets(st.sampled_from(["ab", "cd", "x"])))
def test_highlights_lie_within_the_snippet_and_mark_matching_words(text: str, stems: set[str]) -> None:
    stemmer = Stemmer()
    snippet = snippet_of(text, stems, stemmer)
    assert text[snippet.start : snippet.start + len(snippet.text)] == snippet.text
    for begin, end in snippet.highlights:
        assert 0 <= begin < end <= len(snippet.text)
        word = snippet.text[begin:end].lower()
        assert stemmer.stems([word])[word] in stems


def test_a_snippet_is_the_stretch_with_the_most_different_words() -> None:
    text = "alpha " * 30 + "filler " * 100 + "alpha beta gamma here " + "filler " * 100
    snippet = snippet_of(text, {"alpha", "beta", "gamma"}, Stemmer())
    assert "alpha beta gamma" in snippet.text
    assert len(snippet.text) <= SNIPPET_CHARACTERS + 40


def test_stems_are_those_of_the_index() -> None:
    stemmer = Stemmer()
    assert stemmer.stems(["running", "façades", "caresses"]) == {
        "running": "run", "façades": "facad", "caresses": "caress",
    }  # fmt: skip


# --- how well ---
def test_the_table_knows_what_is_alike(model: StaticTable) -> None:
    texts = ["The cat sat on the mat.", "A kitten rested on the rug.", "Interest rates rose sharply.", ""]
    cat, kitten, rates, nothing = model.embed(texts)
    assert cat @ kitten > cat @ rates + 0.2
    assert np.allclose(np.linalg.norm([cat, kitten, rates], axis=1), 1, atol=1e-5)
    assert not nothing.any()


@pytest.mark.skipif(not CRANFIELD.is_dir(), reason=f"the Cranfield collection is missing: {CRANFIELD}")
def test_both_ways_together_are_better_than_words_alone_on_cranfield(
    tmp_path: Path, model: StaticTable
) -> None:
    documents = [json.loads(line) for line in (CRANFIELD / "docs.jsonl").read_text("utf-8").splitlines()]
    questions = [json.loads(line) for line in (CRANFIELD / "queries.jsonl").read_text("utf-8").splitlines()][
        ::2
    ]
    judged = read_judgements(CRANFIELD / "qrels.tsv")
    judgements = {question["id"]: judged[question["id"]] for question in questions}
    shelves = fill(tmp_path, {document["id"]: document["text"] for document in documents}, model)
    searcher = Searcher(shelves, model)
    values = {
        way: ndcg(
            {each["id"]: sources(searcher, each["text"], search_type=way) for each in questions}, judgements
        )
        for way in ("bm25", "vector", "hybrid")
    }
    shelves.close()
    assert values["bm25"] > 0.387, "what FTS5 gives by itself"
    assert values["hybrid"] > 0.42
    assert values["vector"] > 0.25


def test_the_examples_answer_the_questions_that_their_note_suggests(
    tmp_path: Path, model: StaticTable
) -> None:
    from service.kinds.ingestion.kind import IngestionKind
    from service.kinds.testing import run_kind

    folder = Path(__file__).resolve().parents[2] / "examples" / "ingestion"
    files = sorted(path for path in folder.iterdir() if path.suffix != ".md" or path.name != "README.md")
    run_kind(IngestionKind(), tmp_path, files=files)
    shelves = SqliteShelves(tmp_path / "shared" / FILE_NAME)
    searcher = Searcher(shelves, model)
    for question, source, heading in (
        ("what to do when the generator does not start", "skerry-light-handbook.pdf", "When the power fails"),
        ("why do birds hit the glass", "field-notes.md", "Birds at the lantern"),
        ("who keeps the list of visitors", "skerry-light-handbook.pdf", "Visitors"),
        ("how many glow plugs are left", "store-inventory.csv", "Rows 1-6"),
    ):
        hits = searcher.search(question, top_k=3).hits
        assert (source, heading) in [(hit.found.source, hit.place.heading[-1]) for hit in hits], question
    shelves.close()
