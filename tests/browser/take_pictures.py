"""Take the pictures of the README anew: python -m tests.browser.take_pictures [FOLDER]

They come from a real desk at real work, so that they cannot show what is not there.
"""

import argparse
import asyncio
import tempfile
from itertools import count
from pathlib import Path

from playwright.async_api import BrowserContext, Page, expect

from tests.browser.documents import LONG_LETTERS
from tests.browser.window import EXAMPLES, ROOT, Complaints, Server, chromium, watched_page

SIZE = {"width": 1280, "height": 720}
TALL = {"width": 1280, "height": 1480}
MIDDLE = {"width": 1280, "height": 1330}
LIBRARY = {"width": 1280, "height": 900}
BOOKS = [EXAMPLES / "epub" / "childrens-literature.epub", EXAMPLES / "epub" / "loomings.epub"]

_IS_AT_WORK = """() => new Promise((tell) => {
  const look = () => {
    if (document.querySelector(".worker:not(.is-idle)")) tell(true);
    if (document.querySelector(".kept tbody tr")) tell(false);
  };
  new MutationObserver(look).observe(document.body, { subtree: true, childList: true, attributes: true });
  look();
})"""

SHEET = EXAMPLES / "heatsheets" / "otter-program.pdf"
ORDERS = EXAMPLES / "shipping" / "orders.csv"
DOCUMENTS = sorted(path for path in (EXAMPLES / "ingestion").iterdir() if path.name != "README.md")


async def take(folder: Path) -> None:
    """Start a desk, put work on it, and leave each picture in light and dark (NAME.png, NAME-dark.png) in `folder`."""
    with tempfile.TemporaryDirectory() as name:
        server = Server(Path(name) / "data", Path(name) / "server.log")
        await server.start()
        try:
            async with chromium() as browser:
                context = await browser.new_context(
                    viewport=SIZE, device_scale_factor=1.5, color_scheme="light"
                )
                await _pictures(context, server, folder)
        finally:
            await server.stop()


async def _pictures(context: BrowserContext, server: Server, folder: Path) -> None:
    complaints = Complaints()
    page = await watched_page(context, complaints)
    await page.goto(server.url)
    await server.submit("epub", files=BOOKS)
    await expect(page.locator(".finished .job-title")).to_have_count(1)
    await _epub(page, folder)
    await _line(page, server, folder)
    await _heatsheets(page, server, folder)
    await _shipping(page, server, folder)
    await _library(page, server, folder)
    await _pipeline(page, server, folder)
    await _session(page, server, folder)
    assert complaints.found == [], complaints.found


async def _epub(page: Page, folder: Path) -> None:
    await page.locator(".finished .job-title").first.click()
    await expect(page.locator(".books tbody tr")).to_have_count(len(BOOKS))
    await page.get_by_role("button", name="32K").click()
    await page.set_viewport_size(TALL)
    await page.evaluate("scrollTo(0, 0)")
    await page.mouse.move(0, 0)
    await _shoot(page, folder, "epub")
    await page.set_viewport_size(SIZE)


async def _line(page: Page, server: Server, folder: Path) -> None:
    await page.goto(server.url)
    running = await server.submit("demo", args={"items": 12, "seconds": 0.8})
    for book in BOOKS:
        await server.submit("epub", files=[book], args={"max_mb": 150})
    await server.submit("demo", args={"items": 3, "seconds": 1.0})
    words = page.locator(f".running[data-job='{running}'] .words")
    await expect(words).to_contain_text("5 of 12")
    await expect(page.locator(".waiting .estimate")).to_have_count(3)
    await _shoot(page, folder, "line")


async def _heatsheets(page: Page, server: Server, folder: Path) -> None:
    await page.goto(f"{server.url}/#/")
    await page.get_by_label("What to do").select_option("heatsheets")
    await page.get_by_label("Swimmer", exact=True).fill("Zoe Muller")
    await page.locator("input[type=file]").first.set_input_files(SHEET)
    await page.get_by_role("button", name="Find the swimmer").click()
    await expect(page.locator(".session").first).to_be_visible()
    await expect(page.locator(".toast")).to_have_count(0)
    await page.set_viewport_size(MIDDLE)
    await page.evaluate("scrollTo(0, 0)")
    await _shoot(page, folder, "heatsheets")
    await page.set_viewport_size(SIZE)


async def _pipeline(page: Page, server: Server, folder: Path) -> None:
    for turn in count(1):
        with tempfile.TemporaryDirectory() as papers:
            files = [*_papers(Path(papers), turn), *BOOKS]
            job_id = await server.submit("ingestion", args={"workers": 3, "tags": ["papers"]}, files=files)
        await page.goto(f"{server.url}/#/jobs/{job_id}")
        if await page.evaluate(_IS_AT_WORK):  # it lasts a moment only, and may be over before it is seen
            break
    server.freeze()
    await page.evaluate("scrollTo(0, 0)")
    await _shoot(page, folder, "pipeline")
    server.thaw()
    await expect(page.locator(".kept tbody tr").first).to_be_visible()


def _papers(folder: Path, turn: int) -> list[Path]:
    """Write our own pages into `folder`, with some letters below each: other ones every turn, and work for a while."""
    copies = []
    for page in sorted((ROOT / "docs").rglob("*.md")):
        copies.append(folder / page.name)
        copies[-1].write_text(f"{page.read_text('utf-8')}\n\nTurn {turn}.\n\n{LONG_LETTERS}", "utf-8")
    return copies


async def _library(page: Page, server: Server, folder: Path) -> None:
    job_id = await server.submit("ingestion", files=[*DOCUMENTS, *BOOKS])
    await page.goto(f"{server.url}/#/jobs/{job_id}")
    await expect(page.locator(".kept tbody tr").first).to_be_visible()
    await page.goto(f"{server.url}/#/library?q=lighthouse")
    await expect(page.locator(".hit-link").first).to_be_visible()
    await page.goto(f"{server.url}/#/library?q=why+do+birds+hit+the+glass")
    await page.set_viewport_size(LIBRARY)
    await page.locator(".hit-link", has_text="Field notes").click()
    await expect(page.locator(".passage").first).to_be_visible()
    await page.evaluate("scrollTo(0, 0)")
    await page.mouse.move(0, 0)
    await _shoot(page, folder, "library")
    await page.set_viewport_size(SIZE)
    await page.goto(f"{server.url}/#/library?view=names&entity=Emperor")
    await page.emulate_media(reduced_motion="reduce")  # shown when it has settled
    await page.reload()
    await expect(page.locator(".graph .node").first).to_be_visible()
    await page.set_viewport_size(MIDDLE)
    await _shoot(page, folder, "names")
    await page.set_viewport_size(SIZE)


async def _session(page: Page, server: Server, folder: Path) -> None:
    await page.goto(f"{server.url}/#/sessions")
    await page.locator(".empty-state .chip", has_text="Nora").click()
    await expect(page.locator(".notes .session-evidence").first).to_be_visible()
    await expect(page.locator(".toast")).to_have_count(0)
    await page.set_viewport_size(MIDDLE | {"height": 1100})
    await page.evaluate("scrollTo(0, 0)")
    await _shoot(page, folder, "session")
    await page.set_viewport_size(SIZE)


async def _shipping(page: Page, server: Server, folder: Path) -> None:
    await _say(page, server, "ship orders to Texas by ground")
    await page.locator(".hand-in button").click()
    await page.get_by_role("button", name="Confirm 3 labels").click()
    await expect(page.locator(".ship-result")).to_be_visible()
    await _say(page, server, "ship everything except orders over 50 pounds by express")
    await expect(page.locator(".toast")).to_have_count(0)
    await page.set_viewport_size(MIDDLE | {"height": 860})
    await page.locator("h1").click()
    await _shoot(page, folder, "shipping")
    await page.locator(".hand-in button").click()
    await expect(page.locator(".ship-rows tbody tr")).to_have_count(18)
    await page.get_by_role("button", name="Only with warnings").click()
    await expect(page.locator(".ship-rows .remarks").first).to_be_visible()
    await page.get_by_role("checkbox", name="Ship 2003").uncheck()
    await expect(page.locator(".toast")).to_have_count(0)
    await page.set_viewport_size(MIDDLE | {"height": 1000})
    await page.evaluate("scrollTo(0, 0)")
    await _shoot(page, folder, "shipping-preview")
    await page.set_viewport_size(SIZE)


async def _say(page: Page, server: Server, sentence: str) -> None:
    """Write a command about the example's orders, and wait until it is understood."""
    await page.goto(f"{server.url}/#/shipping")
    await page.locator(".new-command input[type=file]").set_input_files(ORDERS)
    await page.get_by_label("Which orders, and how?").fill(sentence)
    await expect(page.locator(".verdict.understood")).to_be_visible()


async def _shoot(page: Page, folder: Path, name: str) -> None:
    await page.evaluate("document.fonts.ready")
    await page.screenshot(path=folder / f"{name}.png", animations="disabled")
    await page.emulate_media(color_scheme="dark")
    await page.screenshot(path=folder / f"{name}-dark.png", animations="disabled")
    await page.emulate_media(color_scheme="light")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT / "docs" / "images")
    target = parser.parse_args().folder
    target.mkdir(parents=True, exist_ok=True)
    asyncio.run(take(target))
