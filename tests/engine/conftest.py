"""A real desk for tests of the engine: its kinds plugged in, and nothing may block its event loop."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from blockbuster import BlockBuster, blockbuster_ctx

from service.kinds import registry
from service.storage.files import FileStore
from tests.engine.desk_kinds import entry_points
from tests.engine.shelf import open_files
from tests.http.conftest import book, place, start

__all__ = ["book", "place", "start"]

MAY_BLOCK = (
    ("service/http/application.py", "build_application"),  # reads pages and examples, at start
    ("service/kinds/registry.py", "load"),  # imports the kinds, at start, before anything is served
)


@pytest.fixture
def plugged_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """Plug the kinds of desk_kinds into desks of this process."""
    for name, path in entry_points().items():
        monkeypatch.setitem(registry.BUILT_IN, name, path)  # type: ignore[arg-type]  # a plain dict


@pytest.fixture
def plugged_in_by_metadata(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Plug them into desks in processes of their own, as an installed distribution does."""
    info = tmp_path / "site" / "desk_kinds-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: desk-kinds\nVersion: 1.0\n")
    lines = [f"{name} = {path}" for name, path in entry_points().items()]
    (info / "entry_points.txt").write_text("\n".join(["[nowserving.kinds]", *lines, ""]))
    monkeypatch.setenv("PYTHONPATH", str(info.parent))


@pytest.fixture
async def files(tmp_path: Path) -> AsyncIterator[FileStore]:
    """An open file store; a call that would block the loop fails the test."""
    with blockbuster_ctx("service"):
        yield await open_files(tmp_path)


@pytest.fixture(autouse=True)
def nothing_blocks(request: pytest.FixtureRequest) -> Iterator[BlockBuster | None]:
    """Fail a test of the whole desk in which code of the service blocks the event loop."""
    if not request.path.name.startswith("test_desk_"):
        yield None
        return
    with blockbuster_ctx(scanned_modules=["service"]) as blockbuster:
        for function in blockbuster.functions.values():
            for file, name in MAY_BLOCK:
                function.can_block_in(file, name)
        yield blockbuster
