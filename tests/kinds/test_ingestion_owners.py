"""Each account has a library of its own; an administrator asks all of them as one."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from service.kinds.ingestion.kind import IngestionKind
from service.kinds.ingestion.library.catalogue import ORDERS, Listing
from service.kinds.ingestion.library.owners import all_owners
from service.kinds.ingestion.library.port import Filters
from service.kinds.ingestion.library.writer import document_id_of
from service.kinds.ingestion.retrieval.libraries import Libraries
from service.kinds.ingestion.retrieval.room import Room
from service.kinds.testing import run_kind
from service.model.accounts import Viewer

SETTINGS: Mapping[str, Any] = {"embedding": "none"}
TEXTS = {
    None: {"old.md": "# Old\n\nThe lighthouse was built by Anna Berg. Anna Berg lit the Otter Lamp."},
    "ann": {
        "notes.md": "# Otters\n\nOtters eat fish. Maria Keller met Otto Brandt in Bonn. Maria Keller saw Otto Brandt.",
        "b.md": "# Fish\n\nFish swim in rivers.",
    },
    "bob": {
        "notes.md": "# Herons\n\nHerons wait for fish. Maria Keller met Otto Brandt again.",
        "twin.md": "# Otters\n\nOtters eat fish. Maria Keller met Otto Brandt in Bonn. Maria Keller saw Otto Brandt.",
    },
}


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("owners")
    for owner, texts in TEXTS.items():
        files = []
        for name, text in texts.items():
            path = folder / (owner or "nobody") / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
            files.append(path)
        run_kind(
            IngestionKind(), folder, files=files, settings=SETTINGS, owner=owner, args={"tags": [str(owner)]}
        )
    return folder / "shared"


def seen_by(shared: Path, viewer: Viewer | None) -> Libraries:
    return Libraries(Room(), shared, SETTINGS, viewer)


def found(libraries: Libraries, question: str, **more: Any) -> list[tuple[str, str]]:
    wanted = {"top_k": 10, "search_type": "bm25", "filters": Filters()} | more
    answer, _ = libraries.search(question, **wanted)
    return [(hit.found.document_id, hit.found.source) for hit in answer.hits]


def test_a_person_finds_only_their_own_and_an_administrator_finds_all(shared: Path) -> None:
    assert all_owners(shared) == [None, "ann", "bob"]
    assert sorted(name for _, name in found(seen_by(shared, Viewer("ann")), "fish")) == ["b.md", "notes.md"]
    assert found(seen_by(shared, Viewer("ann")), "herons lighthouse") == []
    assert found(seen_by(shared, Viewer("nobody")), "fish") == []
    everything = found(seen_by(shared, None), "fish lighthouse")
    assert sorted(name for _, name in everything) == ["b.md", "notes.md", "notes.md", "old.md", "twin.md"]
    assert len(set(everything)) == 5
    assert len(found(seen_by(shared, None), "fish", top_k=2)) == 2


def test_how_common_a_word_is_elsewhere_changes_no_score(shared: Path, tmp_path: Path) -> None:
    """A score that moved with other people's documents would tell what stands in them."""
    path = tmp_path / "notes.md"
    path.write_text(TEXTS["bob"]["notes.md"])
    twin = tmp_path / "twin.md"
    twin.write_text(TEXTS["bob"]["twin.md"])
    run_kind(IngestionKind(), tmp_path, files=[path, twin], settings=SETTINGS, owner="bob")

    def scores(folder: Path) -> list[float]:
        answer, _ = seen_by(folder, Viewer("bob")).search(
            "fish herons", top_k=9, search_type="bm25", filters=Filters()
        )
        return [hit.score for hit in answer.hits]

    assert scores(shared) == scores(tmp_path / "shared") != []


def test_documents_of_one_name_are_two_and_of_one_content_as_well(shared: Path) -> None:
    ann, bob = (
        {one["file_name"]: one for one in seen_by(shared, Viewer(name)).documents(Listing(limit=9))[0]}
        for name in ("ann", "bob")
    )
    assert ann["notes.md"]["document_id"] == document_id_of("notes.md", "ann")
    assert ann["notes.md"]["document_id"] != bob["notes.md"]["document_id"]
    assert ann["notes.md"]["sha256"] == bob["twin.md"]["sha256"]
    assert ann["notes.md"]["document_id"] != bob["twin.md"]["document_id"]
    assert seen_by(shared, Viewer("ann")).document(bob["twin.md"]["document_id"], first=0, limit=9) is None
    assert seen_by(shared, None).document(bob["twin.md"]["document_id"], first=0, limit=9) is not None


@pytest.mark.parametrize("sort", [sign + name for name in ORDERS for sign in ("", "-")])
def test_all_documents_come_page_by_page_in_every_order(shared: Path, sort: str) -> None:
    everything = seen_by(shared, None)
    whole, place = everything.documents(Listing(limit=50, sort=sort))
    assert place is None
    assert len(whole) == 5
    paged: list[dict[str, Any]] = []
    before: tuple[float, str] | None = None
    while True:
        by_time = sort == "-updated"
        listing = Listing(
            limit=2, sort=sort, before=before if by_time else None, skipped=0 if by_time else len(paged)
        )
        page, before = everything.documents(listing)
        paged += page
        if before is None:
            break
    assert paged == whole
    values = [
        one[{"updated": "updated_at", "chunks": "chunk_count"}.get(sort.strip("-"), sort.strip("-"))]
        for one in whole
    ]
    if sort.strip("-") != "pages":  # nobody here has pages
        assert values == sorted(values, reverse=sort.startswith("-"))


def test_names_totals_and_the_graph_of_all_are_put_together(shared: Path) -> None:
    ann, bob, everything = (seen_by(shared, viewer) for viewer in (Viewer("ann"), Viewer("bob"), None))
    limits: Mapping[str, Any] = {"limit": 50, "words": "", "document_id": None}
    own = {one["name"]: one["mentions"] for one in ann.entities(**limits)}
    others = {one["name"]: one["mentions"] for one in bob.entities(**limits)}
    together = {one["name"]: one["mentions"] for one in everything.entities(**limits)}
    assert "Anna Berg" not in own | others
    assert together["Maria Keller"] == own["Maria Keller"] + others["Maria Keller"]
    assert everything.totals()["documents"] == 5
    assert everything.totals()["tags"] == ["None", "ann", "bob"]
    assert ann.totals()["tags"] == ["ann"]
    graph = everything.graph(limit=10, entity=None, document_id=None)
    pair = {"maria keller", "otto brandt"}
    (edge,) = [edge for edge in graph["edges"] if {edge["source"], edge["target"]} == pair]
    (single,) = ann.graph(limit=10, entity="Maria Keller", document_id=None)["edges"][:1]
    assert edge["count"] > single["count"]
    assert pair <= {node["id"] for node in graph["nodes"]}


def test_only_what_is_seen_can_be_deleted_and_the_twin_of_another_stays(tmp_path: Path) -> None:
    path = tmp_path / "twin.md"
    path.write_text("# Otters\n\nOtters eat fish.")
    for owner in ("ann", "bob"):
        run_kind(IngestionKind(), tmp_path, files=[path], settings=SETTINGS, owner=owner)
    ann, bob = (seen_by(tmp_path / "shared", Viewer(name)) for name in ("ann", "bob"))
    assert not ann.delete(document_id_of("twin.md", "bob"))
    assert ann.delete(document_id_of("twin.md", "ann"))
    assert found(ann, "otters") == []
    assert [name for _, name in found(bob, "otters")] == ["twin.md"]
    assert seen_by(tmp_path / "shared", None).delete(document_id_of("twin.md", "bob"))
    assert found(bob, "otters") == []
