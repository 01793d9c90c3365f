"""Every screen of the window, each with much on it: a job in every status, a batch, and what the kinds bring."""

from playwright.async_api import Page, expect

from tests.browser.window import EXAMPLES, Server

SLOW = {"items": 200, "seconds": 0.2}
QUICK = {"items": 3, "seconds": 0.01}
BOOKS = [EXAMPLES / "epub" / "loomings.epub", EXAMPLES / "epub" / "childrens-literature.epub"]
LONG_TITLE = "a-name-that-goes-on-and-on-without-a-single-break-until-nobody-knows-where-it-began.epub"


async def fill_desk(page: Page, server: Server) -> list[str]:
    """Put a job in every status and return the addresses of all screens; `page` shows the line."""
    books = await server.submit("epub", files=BOOKS, title=LONG_TITLE)
    partial = await server.submit("demo", args={**QUICK, "fail_items": [1]}, title="partly done")
    failed = await server.submit(
        "demo", args={**QUICK, "fail": "The oven is cold"}, title=f"failed {LONG_TITLE}"
    )
    held = await server.submit("demo", args={**QUICK, "hold": True}, title="waits for a person")
    for job_id, status in ((books, "completed"), (partial, "partial"), (failed, "failed"), (held, "held")):
        row = page.locator(f"[data-job='{job_id}']:not(.running):not(.waiting)")
        await expect(row.locator(f".status.{status}")).to_be_visible()
    running = await server.submit("demo", args=SLOW, title="running now")
    await expect(page.locator(f".running[data-job='{running}']")).to_be_visible()
    queued = await server.submit("demo", args=SLOW, title=LONG_TITLE)
    gone = await server.submit("demo", args=SLOW, title="cancelled")
    await server.cancel(gone)
    await expect(page.locator(f"[data-job='{gone}'] .status.cancelled")).to_be_visible()
    screens = await page.evaluate(
        """async () => { const { SCREENS } = await import("/static/screens.js");
          return Object.values(SCREENS).filter((one) => !one.has_id).map((one) => one.path); }"""
    )
    jobs = [books, partial, failed, held, running, queued, gone, "01890000-0000-7000-8000-000000000000"]
    return [f"#/{path}" for path in screens] + [f"#/jobs/{job_id}" for job_id in jobs]


async def open_screen(page: Page, server: Server, address: str) -> None:
    """Show a screen and wait until what it fetches is there."""
    await page.goto(f"{server.url}/{address}")
    await expect(page.locator("main h1")).to_have_count(1)
    await expect(page.locator("main [aria-busy=true]")).to_have_count(0)
    await expect(page.locator(".live.is-live")).to_have_count(1)
