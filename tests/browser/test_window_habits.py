"""What people get used to: the tab tells progress, everything can be undone, copied, found again as it was left."""

import asyncio
import json
import re
import shutil
from pathlib import Path

import pytest
from playwright.async_api import BrowserContext, Locator, Page, expect

from tests.browser.test_window_desk import BOOK, SLOW, tickets, waiting
from tests.browser.window import MODULES_ORIGIN, Complaints, Server, serve_modules, watched_page

pytestmark = pytest.mark.browser

ODD_NAMES = [
    "plain.epub",
    'it\'s "odd" & $HOME; `id` \\ !.epub',
    "comma, semicolon; and = .epub",
    "-F leading dash.epub",
    "@at.epub",
    "new\nline.epub",
    "süß 火.epub",
]
HIDDEN = """
  globalThis.told = [];
  globalThis.is_hidden = false;
  Object.defineProperty(document, "hidden", { get: () => globalThis.is_hidden });
  globalThis.hide = (is_hidden) => {
    globalThis.is_hidden = is_hidden;
    document.dispatchEvent(new Event("visibilitychange"));
  };
  globalThis.Notification = class {
    static permission = localStorage.getItem("test/permission") ?? "default";
    static async requestPermission() {
      globalThis.asked = (globalThis.asked ?? 0) + 1;
      localStorage.setItem("test/permission", "granted");
      return (Notification.permission = "granted");
    }
    constructor(title, options) {
      globalThis.told.push(options.body);
      document.body.dataset.told = options.body;
    }
    close() {}
  };
"""


def icon(page: Page) -> Locator:
    """The link to the icon of the tab."""
    return page.locator("link[rel=icon]")


async def test_the_tab_tells_how_far_the_job_is_and_forgets_it_at_the_end(page: Page, server: Server) -> None:
    await expect(icon(page)).to_have_attribute("href", "/static/favicon.svg")
    job_id = await server.submit("demo", args={"items": 10, "seconds": 0.3}, title="ten")
    await expect(icon(page)).to_have_attribute("href", re.compile("^data:image/svg"))
    first = await icon(page).get_attribute("href")
    await expect(icon(page)).not_to_have_attribute("href", str(first))
    await expect(page.locator(f".finished[data-job='{job_id}']")).to_be_visible()
    await expect(icon(page)).to_have_attribute("href", "/static/favicon.svg")
    await expect(page).to_have_title("Nowserving")


async def test_what_ended_while_nobody_looked_stands_in_the_tab_until_somebody_does(
    context: BrowserContext, server: Server, complaints: Complaints
) -> None:
    await context.add_init_script(HIDDEN)
    page = await watched_page(context, complaints)
    await page.goto(server.url)
    await expect(page.locator(".live.is-live")).to_be_visible()
    await page.evaluate("hide(true)")
    await server.submit("demo", args={"items": 2, "seconds": 0.2}, title="quiet")
    await expect(page).to_have_title("quiet is done – Nowserving")
    await page.evaluate("hide(false)")
    await expect(page).to_have_title("Nowserving")
    assert complaints.found == []


async def test_a_notification_is_asked_for_by_a_click_and_one_tab_tells_when_none_is_looked_at(
    context: BrowserContext, server: Server, complaints: Complaints
) -> None:
    await context.add_init_script(HIDDEN)
    pages = []
    for _ in range(2):
        page = await watched_page(context, complaints)
        await page.goto(server.url)
        await expect(page.locator(".live.is-live")).to_be_visible()
        pages.append(page)
    first, second = pages
    assert await first.evaluate("globalThis.asked") is None
    await first.get_by_role("button", name="Language, theme, keys").click()
    await first.get_by_label("Tell me when a long job is over").check()
    assert await first.evaluate("globalThis.asked") == 1
    await first.reload()
    await second.reload()

    async def hold(title: str) -> None:
        await server.submit("demo", args={"items": 1, "seconds": 0.01, "hold": True}, title=title)
        for page in pages:
            await expect(page.locator(".held", has_text=title)).to_be_visible()

    for page in pages:
        await expect(page.locator(".live.is-live")).to_be_visible()
        await page.keyboard.press("Shift")  # somebody has been here
    await first.evaluate("hide(true)")
    await hold("one is looked at")
    await second.evaluate("hide(true)")
    await hold("none is looked at")
    is_leader = "import('/static/store.js').then(({ is_leader }) => is_leader())"
    leader = first if await first.evaluate(is_leader) else second
    await expect(leader.locator("body")).to_have_attribute("data-told", "none is looked at waits for you")
    told = "globalThis.told"
    assert [*await first.evaluate(told), *await second.evaluate(told)] == ["none is looked at waits for you"]
    assert complaints.found == []


@pytest.mark.parametrize(
    ("job", "is_worth_it"),
    [
        ({"status": "completed", "age": 31}, True),
        ({"status": "failed", "age": 31}, True),
        ({"status": "held", "age": 1}, True),
        ({"status": "completed", "age": 29}, False),
        ({"status": "completed", "age": 31, "cached": True}, False),
        ({"status": "cancelled", "age": 31}, False),
        ({"status": "running", "age": 31}, False),
    ],
)
async def test_only_a_long_job_is_worth_a_notification(
    context: BrowserContext, job: dict[str, object], is_worth_it: bool
) -> None:
    await serve_modules(context)
    page = await context.new_page()
    await page.goto(MODULES_ORIGIN)
    told = await page.evaluate(
        """async ({ age, ...job }) => { const { is_worth_it } = await import("/static/notify.js");
          return is_worth_it({ ...job, created_at: new Date(0).toISOString() }, age * 1000); }""",
        job,
    )
    assert told is is_worth_it


async def test_a_cancelled_job_goes_back_to_its_place(page: Page, server: Server) -> None:
    await server.submit("demo", args=SLOW)
    for name in "abc":
        await server.submit("demo", args=SLOW, title=name)
    await expect(waiting(page)).to_have_text(["a", "b", "c"])
    await page.get_by_role("button", name="Cancel b").click()
    await expect(waiting(page)).to_have_text(["a", "c"])
    await page.get_by_role("button", name="Put back in line").click()
    await expect(waiting(page)).to_have_text(["a", "b", "c"])
    await expect(tickets(page)).to_have_text(["1", "2", "3"])


async def test_a_removed_job_is_removed_only_when_the_way_back_has_gone(page: Page, server: Server) -> None:
    job_id = await server.submit("demo", args={"items": 1, "seconds": 0.01}, title="spare")
    await page.goto(f"{server.url}/#/jobs/{job_id}")
    await expect(page.locator(".job-header .status")).to_have_text("Done")
    await page.get_by_role("button", name="Remove").click()
    await expect(page.locator(".toast")).to_contain_text(["Removed spare"])
    await expect(page.locator(f".finished[data-job='{job_id}']")).to_have_count(0)
    await page.get_by_role("button", name="Undo").click()
    await page.locator(f".finished[data-job='{job_id}'] .job-title").click()
    await page.get_by_role("button", name="Remove").click()
    async with page.expect_response(lambda response: response.request.method == "DELETE") as removed:
        await page.get_by_role("button", name="Close message").click()
    assert (await removed.value).status == 204


async def test_a_message_waits_while_somebody_points_at_it_or_is_in_it(page: Page, server: Server) -> None:
    await page.clock.install()
    await server.submit("demo", args=SLOW)
    await server.submit("demo", args=SLOW, title="a")
    await expect(waiting(page)).to_have_text(["a"])
    await page.get_by_role("button", name="Cancel a").click()
    toast = page.locator(".toast")
    await toast.hover()
    await page.clock.run_for(60_000)
    await expect(toast).to_be_visible()
    await toast.get_by_role("button", name="Put back in line").focus()
    await page.mouse.move(0, 0)
    await page.clock.run_for(60_000)
    await expect(toast).to_be_visible()
    await page.locator(".wordmark").focus()
    await page.clock.run_for(11_000)
    await expect(toast).to_be_visible()
    await page.clock.run_for(2_000)
    await expect(toast).to_have_count(0)


async def test_milestones_are_read_out_and_percents_are_not(page: Page, server: Server) -> None:
    await page.keyboard.press("Shift")
    await expect(page.locator("[aria-live]")).to_have_count(1)
    await expect(page.locator("[aria-live]")).to_have_attribute("aria-live", "polite")
    await expect(page.locator("[role=status], [role=alert], [role=log]")).to_have_count(1)
    await page.evaluate(
        """() => { globalThis.heard = [];
        new MutationObserver((changes) => {
          for (const { addedNodes } of changes) for (const node of addedNodes) heard.push(node.textContent);
          document.body.dataset.heard = heard.join(); })
          .observe(document.getElementById("announcer"), { childList: true }); }"""
    )
    # The listener is fetched after the first paint: once it has told of one job, it is there for the next.
    await server.submit("demo", args={"items": 10, "seconds": 0.3}, title="before")
    await expect(page.locator("body")).to_have_attribute("data-heard", re.compile("before is done"))
    job_id = await server.submit("demo", args={"items": 10, "seconds": 0.3}, title="spoken")
    await expect(page.locator(f".finished[data-job='{job_id}']")).to_be_visible()
    await expect(page.locator("body")).to_have_attribute("data-heard", re.compile("spoken is done"))
    heard = " ".join(await page.evaluate("heard"))
    assert "spoken has started" in heard
    assert "%" not in heard


async def test_a_chosen_theme_holds_against_the_system_from_the_first_paint_on(page: Page) -> None:
    brightness = """getComputedStyle(document.body).backgroundColor.match(/\\d+/g).slice(0, 3)
      .reduce((sum, part) => sum + Number(part), 0)"""
    await page.emulate_media(color_scheme="light")
    await page.get_by_role("button", name="Language, theme, keys").click()
    await page.get_by_role("button", name="Dark", exact=True).click()
    await page.wait_for_function(f"{brightness} < 150")
    await page.reload(wait_until="commit")
    await expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    await page.get_by_role("button", name="Language, theme, keys").click()
    await page.get_by_role("button", name="As the system").click()
    await page.wait_for_function(f"{brightness} > 600")


async def _argv(command: str) -> list[str]:
    """Return what a shell makes of a command that begins with `curl`."""
    script = f'curl() {{ printf "%s\\0" "$@"; }}\n{command}'
    shell = await asyncio.create_subprocess_exec("sh", "-c", script, stdout=asyncio.subprocess.PIPE)
    out, _ = await shell.communicate()
    return out.decode().split("\0")[:-1]


async def test_a_curl_line_says_to_a_shell_exactly_what_was_meant(context: BrowserContext) -> None:
    await serve_modules(context)
    page = await context.new_page()
    await page.goto(MODULES_ORIGIN)
    subject = {
        "kind": "epub",
        "args": {"note": "it's $HOME `id`\n"},
        "names": ODD_NAMES,
        "title": "-a 'title'",
    }
    command = await page.evaluate(
        """async (subject) => (await import("/static/parts/as_curl.js")).curl_submit("http://desk.test", subject)""",
        subject,
    )
    argv = await _argv(command)
    assert argv[0] == "http://desk.test/api/v1/jobs"
    assert "kind=epub" in argv
    assert json.loads(next(word for word in argv if word.startswith("args="))[5:]) == subject["args"]
    assert "title=-a 'title'" in argv
    files = [word for word in argv if word.startswith("files=@")]
    unescaped = [file[8:-1].replace('\\"', '"').replace("\\\\", "\\") for file in files]
    assert unescaped == ODD_NAMES


async def test_a_copied_submission_runs_in_a_shell_and_hands_in_the_same(
    page: Page, server: Server, tmp_path: Path
) -> None:
    assert shutil.which("curl"), "curl is needed to show that a copied line works"
    for name in ODD_NAMES:
        shutil.copy(BOOK, tmp_path / name)
    subject = {"kind": "epub", "args": {"max_mb": 7}, "names": ODD_NAMES, "title": 'it\'s "odd"'}
    command = await page.evaluate(
        """async (subject) => (await import("/static/parts/as_curl.js")).curl_submit(location.origin, subject)""",
        subject,
    )
    shell = await asyncio.create_subprocess_exec(
        "sh", "-c", f"{command} -sS", stdout=asyncio.subprocess.PIPE, cwd=tmp_path
    )
    out, _ = await shell.communicate()
    job = json.loads(out)
    assert job["title"] == 'it\'s "odd"'
    assert job["args"]["max_mb"] == 7
    assert len(job["inputs"]) == len(ODD_NAMES)
    lines = await page.evaluate(
        """async (job) => { const made = await import("/static/parts/as_curl.js");
          return [made.curl_job(location.origin, job), made.curl_cancel(location.origin, job)]; }""",
        job,
    )
    for line in lines:
        shell = await asyncio.create_subprocess_exec(
            "sh", "-c", f"{line} -sS", stdout=asyncio.subprocess.PIPE
        )
        out, _ = await shell.communicate()
        assert json.loads(out)["id"] == job["id"]


async def test_a_job_is_copied_from_the_palette(context: BrowserContext, page: Page, server: Server) -> None:
    await context.grant_permissions(["clipboard-read", "clipboard-write"], origin=server.url)
    job_id = await server.submit("demo", args=SLOW, title="copied")
    await page.goto(f"{server.url}/#/jobs/{job_id}")
    await expect(page.locator("h1")).to_have_text("copied")
    await page.keyboard.press("Control+k")
    await expect(page.get_by_role("combobox", name="Find anything")).to_be_focused()
    await page.keyboard.type("curl cancel")
    await expect(page.locator(".palette [aria-selected=true]")).to_have_text("Copy as curl: cancel it")
    await page.keyboard.press("Enter")
    await expect(page.locator(".toast")).to_contain_text(["Copied"])
    copied = await page.evaluate("navigator.clipboard.readText()")
    assert copied == f"curl -X POST {server.url}/api/v1/jobs/{job_id}/cancel"


@pytest.mark.parametrize(
    ("letters", "texts", "first"),
    [
        ("pse", ["Shipping", "Pause the line", "Purposes elsewhere"], "Pause the line"),
        ("line", ["Pause the line", "Line"], "Line"),
        ("MOBY", ["moby-dick.epub", "A mob by night"], "moby-dick.epub"),
        ("zz", ["Line"], None),
    ],
)
async def test_few_letters_find_the_likeliest(
    context: BrowserContext, letters: str, texts: list[str], first: str | None
) -> None:
    await serve_modules(context)
    page = await context.new_page()
    await page.goto(MODULES_ORIGIN)
    found = await page.evaluate(
        """async ([texts, letters]) => (await import("/static/fuzzy.js")).find(texts, letters, (text) => text)""",
        [texts, letters],
    )
    assert (found or [None])[0] == first
