"""What the docs say is so: links lead somewhere, every kind has a page, the plug-in in the README runs."""

import asyncio
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from service.kinds.registry import BUILT_IN
from tests.desk_process import DeskProcess, frames

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("examples/**/*.md")])
LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)(?:#[^)]*)?\)")


def blocks(page: str, language: str) -> list[str]:
    text = (ROOT / page).read_text("utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for target in LINK.findall(page.read_text("utf-8")):
        if "://" not in target and not target.startswith(("/", "mailto:")):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


@pytest.mark.parametrize("name", BUILT_IN)
def test_every_kind_has_a_page_that_the_readme_names(name: str) -> None:
    assert (ROOT / "docs" / "kinds" / f"{name}.md").exists()
    assert f"docs/kinds/{name}.md" in (ROOT / "README.md").read_text("utf-8")


def test_readme_and_guide_show_the_same_plug_in() -> None:
    for language in ("toml", "python"):
        assert blocks("README.md", language) == blocks("docs/writing-a-kind.md", language)
        assert len(blocks("README.md", language)) == 1
    lines = [line for line in blocks("README.md", "python")[0].splitlines() if line.strip()]
    assert len(lines) <= 10


async def test_the_readme_s_plug_in_is_installed_listed_run_and_cancelled_while_it_computes(
    tmp_path: Path,
) -> None:
    package, site = tmp_path / "package", tmp_path / "site"
    package.mkdir()
    (package / "pyproject.toml").write_text(blocks("README.md", "toml")[0])
    (package / "count_primes.py").write_text(blocks("README.md", "python")[0])
    options = ["--quiet", "--no-deps", "--no-index", "--no-build-isolation", "--target", str(site)]
    command = [sys.executable, "-m", "pip", "install", *options, str(package)]
    done = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    desk = DeskProcess(tmp_path / "data", environment={**os.environ, "PYTHONPATH": str(site)})
    assert await desk.start(), desk.log_lines
    try:
        kinds = {kind["name"]: kind for kind in (await desk.json("GET", "/api/v1/kinds"))["kinds"]}
        assert kinds["primes"]["available"]
        done_job = await desk.wait_for(await desk.submit("primes", below=1000))
        assert (done_job["status"], done_job["output"]) == ("completed", {"primes": 168})
        job_id = await desk.submit("primes", below=10**9)
        async with desk.stream(f"/api/v1/jobs/{job_id}/events") as stream:
            async for name, _, data in frames(stream):
                if name == "progress" and data["current"] > 0:
                    await desk.json("POST", f"/api/v1/jobs/{job_id}/cancel")
        assert (await desk.wait_for(job_id))["status"] == "cancelled"
    finally:
        await desk.kill()


def test_the_repository_names_no_host_of_a_registry_and_no_path_of_a_machine() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout: what belongs to the repository is not known")
    words = [
        "registry." + "npmjs",
        "files." + "pythonhosted",
        "deb." + "debian.org",
        "/ro" + "ot/",
        "/wo" + "rk/",
    ]
    for name in listed.stdout.split():
        path = ROOT / name
        if (
            path.suffix in {".py", ".md", ".js", ".json", ".toml", ".sql", ".css", ".html", ""}
            and path.is_file()
        ):
            text = path.read_text("utf-8", "replace")
            for word in words:
                assert word not in text, f"{name} names {word}"


def test_examples_of_json_in_the_docs_are_json() -> None:
    for page in PAGES:
        for block in re.findall(r"^```json\n(.*?)^```", page.read_text("utf-8"), re.MULTILINE | re.DOTALL):
            json.loads(block)
