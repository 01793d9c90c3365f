"""The plug-in of docs/writing-a-kind.md, copied literally, installed, found, run and cancelled."""

import asyncio
import re
import subprocess
import sys
from pathlib import Path

import pytest

from service.engine.child import Child
from service.engine.endings import Cancelled, Finished
from service.kinds.demo.kind import DemoArgs
from service.kinds.registry import Registry
from service.kinds.testing import run_kind
from tests.engine.runs import Recorder, begun, spec

DOCS = Path(__file__).parents[2] / "docs"
PRIMES_BELOW_1000 = 168


def _block(language: str) -> str:
    (block,) = re.findall(
        rf"^```{language}\n(.*?)^```", (DOCS / "writing-a-kind.md").read_text(), re.MULTILINE | re.DOTALL
    )
    return str(block)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the plug-in into a folder by pip, as its reader would into an environment."""
    source, site = tmp_path_factory.mktemp("count-primes"), tmp_path_factory.mktemp("site")
    (source / "pyproject.toml").write_text(_block("toml"))
    (source / "count_primes.py").write_text(_block("python"))
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    options = ["--no-deps", "--no-index", "--no-build-isolation", "--target", str(site)]
    done = subprocess.run([*command, *options, str(source)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return site


@pytest.fixture
def registry(site: Path, monkeypatch: pytest.MonkeyPatch) -> Registry:
    monkeypatch.syspath_prepend(str(site))
    return Registry.load()


def test_the_kind_of_the_docs_is_ten_lines_and_appears(registry: Registry) -> None:
    assert len([line for line in _block("python").splitlines() if line.strip()]) <= 10
    (info,) = (info for info in registry.all() if info.name == "primes")
    assert (info.available, info.source) == (True, "count-primes")
    kind = registry.get("primes")
    assert kind.title == "Count primes"
    assert registry.load_args(kind, {"below": 10}) == {"below": 10}


async def test_the_kind_of_the_docs_runs_and_reports(registry: Registry, tmp_path: Path) -> None:
    child, handler = await Child.start(), Recorder()
    wanted = spec(tmp_path, registry.import_path("primes"), {"below": 1000})
    assert await child.run(wanted, handler) == Finished({"primes": PRIMES_BELOW_1000})
    last = handler.progress[-1]
    assert (last.current, last.total, last.unit, last.percent) == (998, 998, "number", 100.0)
    await child.close()


async def test_the_kind_of_the_docs_is_cancelled_while_it_computes(
    registry: Registry, tmp_path: Path
) -> None:
    child, handler = await Child.start(), Recorder()
    wanted = spec(tmp_path, registry.import_path("primes"), {"below": 10**9})
    running = asyncio.create_task(child.run(wanted, handler))
    await begun(running, handler, lambda heard: bool(heard.progress) and heard.progress[-1].current > 0)
    child.cancel()
    assert await running == Cancelled()
    assert handler.steps == ["asked"]
    await child.close()


def test_the_test_of_the_docs_is_true(registry: Registry, tmp_path: Path) -> None:
    assert run_kind(registry.get("primes"), tmp_path, args={"below": 10}).output == {"primes": 4}


def test_every_arg_of_the_demo_kind_is_documented() -> None:
    documented = re.findall(r"^\| `(\w+)` \|", (DOCS / "kinds" / "demo.md").read_text(), re.MULTILINE)
    assert documented == list(DemoArgs().fields)
