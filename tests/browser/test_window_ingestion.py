"""The window on documents: a folder goes in as one job, and the pipeline is watched."""

from pathlib import Path

import aiohttp
import pytest
from playwright.async_api import Locator, Page, expect

from tests.browser.axe import check_axe
from tests.browser.documents import LIGHTHOUSE, put_in
from tests.browser.window import (
    Server,
)

pytestmark = pytest.mark.browser


def hits(page: Page) -> Locator:
    """The hits of a search."""
    return page.locator(".found .hit")


async def test_a_folder_goes_in_as_one_job_and_what_is_no_document_is_left_out(
    page: Page, server: Server, tmp_path: Path
) -> None:
    folder = tmp_path / "papers"
    (folder / "deeper").mkdir(parents=True)
    (folder / "herons.md").write_text("# Herons\n\nHerons stand in the river.", "utf-8")
    (folder / "deeper" / "otters.txt").write_text("Otters swim.", "utf-8")
    (folder / "deeper" / "herons.md").write_text("# Otters\n\nOtters stand in the river.", "utf-8")
    (folder / "deeper" / "photo.jpg").write_bytes(b"x")
    await page.get_by_label("What to do").select_option("ingestion")
    await expect(page.get_by_role("button", name="Choose a whole folder")).to_be_visible()
    await page.locator(".folder-input").set_input_files(folder)
    names = page.locator(".chosen .name")
    await expect(names).to_have_count(3)
    assert sorted(await names.all_inner_texts()) == ["herons.md", "herons.md", "otters.txt"]
    await expect(page.locator(".left-out-files summary")).to_have_text(
        "1 file is no document and is left out"
    )
    tags = page.get_by_label("Tags", exact=True)
    await tags.fill("river, 2026")
    await tags.press("Enter")
    await expect(page.locator(".tag-list .tag")).to_have_text(["river", "2026"])
    await page.get_by_role("button", name="Take out 2026").click()
    await page.locator("summary", has_text="Options").click()
    await page.get_by_label("Workers").fill("3")
    await check_axe(page)
    await page.get_by_role("button", name="Put 3 documents in").click()
    await expect(page.locator(".kept tbody tr")).to_have_count(3)
    job_id = page.url.rpartition("/")[2]
    async with aiohttp.ClientSession(server.url) as client, client.get(f"/api/v1/jobs/{job_id}") as answer:
        job = await answer.json()
    assert job["args"] == {"tags": ["river"], "entities": True, "workers": 3}
    assert sorted(each["name"] for each in job["inputs"]) == ["herons.md", "herons.md", "otters.txt"]
    await expect(page.locator(".sums")).to_contain_text("documents in the library3")
    await check_axe(page)
    await page.locator(".kept tbody a", has_text="Herons").click()
    await expect(page.locator(".reader")).to_contain_text("Herons stand in the river.")


async def test_nothing_is_sent_without_a_document(page: Page) -> None:
    await page.get_by_label("What to do").select_option("ingestion")
    await page.get_by_role("button", name="Put documents in").click()
    await expect(page.locator(".toast")).to_contain_text("Add a document or a folder first")


async def test_a_running_job_tells_its_stages_workers_and_what_has_come_of_it(
    page: Page, server: Server, letters: Path
) -> None:
    # The words of the stream are held as they came, so that none is missed however fast the work is.
    seen = await page.evaluate_handle(
        """() => { const seen = []; const watch = new MutationObserver(() => {
          const steps = [...document.querySelectorAll(".step")];
          const state_of = (step) => `${step.dataset.stage} ${step.className.match(/is-(\\w+)/)[1]}`;
          if (steps.length) seen.push(steps.map(state_of).join());
        }); watch.observe(document.body, { subtree: true, childList: true, attributes: true }); return seen; }"""
    )
    job_id = await server.submit("ingestion", files=[*LIGHTHOUSE, letters], args={"workers": 2})
    await page.goto(f"{server.url}/#/jobs/{job_id}")
    steps = page.locator(".stepper .step h3")
    await expect(steps).to_contain_text(
        ["Parsing", "Images", "Chunking", "Embedding", "Extraction", "Writing"]
    )
    await expect(page.locator(".worker-name")).to_have_text(["Worker 1", "Worker 2"])
    await expect(page.locator(".depth")).to_contain_text("waiting")
    await expect(page.locator(".metrics dt")).to_have_count(6)
    await expect(page.locator(".pipeline-time")).to_contain_text("running for")
    server.freeze()
    await check_axe(page)
    server.thaw()
    await expect(page.locator(".kept tbody tr")).to_have_count(5)
    states = [dict(part.split(" ") for part in one.split(",")) for one in await seen.json_value()]
    assert all(
        list(state) == ["parsing", "images", "chunking", "embedding", "extraction", "writing"]
        for state in states
    )
    assert any("running" in state.values() for state in states)


async def test_documents_that_could_not_be_read_are_told_by_name_with_the_reason(
    page: Page, server: Server, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.pdf"
    broken.write_bytes(b"%PDF-1.7 nothing more")
    job_id = await put_in(server, [LIGHTHOUSE[0], broken])
    await page.goto(f"{server.url}/#/jobs/{job_id}")
    refused = page.locator(".refused li")
    await expect(refused.locator("strong")).to_have_text("broken.pdf")
    await expect(refused.locator("code")).to_have_text("pdf_corrupt")
    await expect(page.locator(".kept tbody tr")).to_have_count(1)
    await expect(page.locator(".items")).to_have_count(0)
