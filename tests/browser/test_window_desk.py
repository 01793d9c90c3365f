"""The window on a real desk: hand in, watch, move, pause, cancel, retry, read the results."""

import json
import re
from pathlib import Path
from zipfile import ZipFile

import pytest
from playwright.async_api import Locator, Page, expect

from tests.browser.window import EXAMPLES, PATIENCE_MS, Complaints, Server, watched_page

pytestmark = pytest.mark.browser

BOOK = EXAMPLES / "epub" / "loomings.epub"
LONG_BOOK = EXAMPLES / "epub" / "childrens-literature.epub"
SLOW = {"items": 200, "seconds": 0.2}


def waiting(page: Page) -> Locator:
    """The titles of the waiting jobs, in order."""
    return page.locator(".waiting .job-title")


def tickets(page: Page) -> Locator:
    """The numbers that the waiting jobs show."""
    return page.locator(".waiting .ticket")


async def test_a_chosen_book_waits_with_its_number_and_is_counted(page: Page, server: Server) -> None:
    blocker = await server.submit("demo", args=SLOW)
    await expect(page.locator(f".running[data-job='{blocker}']")).to_be_visible()
    await page.locator("input[type=file]").first.set_input_files(BOOK)
    await expect(page.locator(".submit .file-list .name")).to_have_text("loomings.epub")
    await page.get_by_role("button", name="Put 1 file in line").click()
    row = page.locator(".waiting", has_text="loomings.epub")
    await expect(row.locator(".ticket")).to_have_text("1")
    await expect(row.locator(".estimate")).to_contain_text("starts")
    await expect(page.locator(".toast")).to_contain_text("number 1")
    await page.locator(".running").get_by_role("button").click()
    done = page.locator(".finished", has_text="loomings.epub")
    await expect(done.locator(".status")).to_have_text("Done")
    await done.locator("a").click()
    await expect(page.locator(".books tbody th")).to_contain_text("Moby-Dick")
    await expect(page.locator(".summary")).to_contain_text("words")


async def test_progress_is_live_and_tells_the_item(page: Page, server: Server) -> None:
    job_id = await server.submit("demo", args=SLOW)
    running = page.locator(f".running[data-job='{job_id}']")
    await expect(running.locator("output")).not_to_have_text("0 %")
    await expect(running.locator(".words")).to_contain_text("of 200")
    await expect(page).to_have_title(re.compile(r"^\d+ % · "))
    await running.locator("a").click()
    await expect(page.locator(".job .bar output")).not_to_have_text("0 %")


async def test_files_can_be_dropped_anywhere(page: Page) -> None:
    transfer = await page.evaluate_handle(
        """() => { const transfer = new DataTransfer();
        transfer.items.add(new File(["x"], "one.epub")); transfer.items.add(new File(["yy"], "two.epub"));
        return transfer; }"""
    )
    await page.dispatch_event("h1", "dragenter", {"dataTransfer": transfer})
    await expect(page.locator(".drop-anywhere")).to_be_visible()
    await page.dispatch_event("h1", "drop", {"dataTransfer": transfer})
    await expect(page.locator(".drop-anywhere")).to_have_count(0)
    await expect(page.locator(".submit .file-list .name")).to_have_text(["one.epub", "two.epub"])
    await expect(page.get_by_label("What to do")).to_have_value("epub")
    await page.get_by_role("button", name="Take out one.epub").click()
    await expect(page.locator(".submit .file-list .name")).to_have_text(["two.epub"])


async def test_somebody_with_nothing_at_hand_tries_an_example(page: Page) -> None:
    await page.locator(".try-it button", has_text="Moby-Dick").click()
    done = page.locator(".finished", has_text="loomings.epub")
    await expect(done.locator(".status")).to_have_text("Done")


async def test_each_file_can_be_a_job_of_its_own_in_order(page: Page, server: Server) -> None:
    await server.submit("demo", args=SLOW)
    await page.locator("input[type=file]").first.set_input_files([BOOK, LONG_BOOK])
    await page.get_by_label("One job each").check()
    await page.get_by_role("button", name="Put 2 files in line").click()
    await expect(waiting(page)).to_have_text(["loomings.epub", "childrens-literature.epub"])
    await expect(tickets(page)).to_have_text(["1", "2"])


async def test_a_kind_s_form_sends_its_args_and_shows_what_is_wrong_with_them(
    page: Page, complaints: Complaints
) -> None:
    await page.get_by_label("What to do").select_option("epub")
    await page.locator("input[type=file]").first.set_input_files(BOOK)
    await page.locator("summary", has_text="Options").click()
    await page.get_by_label("Tokenizers").fill("no_such_tokenizer")
    await page.get_by_role("button", name="Put 1 file in line").click()
    await expect(page.locator(".field-error")).to_be_visible()
    await expect(page.locator(".submit .file-list .name")).to_have_text("loomings.epub")
    complaints.forgive("422")
    await page.get_by_label("Tokenizers").fill("o200k_base")
    await page.get_by_role("button", name="Put 1 file in line").click()
    done = page.locator(".finished", has_text="loomings.epub")
    await expect(done.locator(".status")).to_have_text("Done")
    await done.locator("a").click()
    await expect(page.locator(".books thead th.number")).to_have_text(
        ["Words", "o200k_base tokens", "Tokens per word"]
    )


async def test_waiting_jobs_move_and_another_tab_sees_it(
    page: Page, server: Server, complaints: Complaints
) -> None:
    await server.submit("demo", args=SLOW)
    for name in "abc":
        await server.submit("demo", args=SLOW, title=name)
    await expect(waiting(page)).to_have_text(["a", "b", "c"])
    other = await watched_page(page.context, complaints)
    await other.goto(server.url)
    await page.get_by_role("button", name="Move c to the front").click()
    await expect(waiting(page)).to_have_text(["c", "a", "b"])
    await expect(tickets(page)).to_have_text(["1", "2", "3"])
    await page.get_by_role("button", name="Move a down").click()
    await expect(waiting(page)).to_have_text(["c", "b", "a"])
    await expect(page.get_by_role("button", name="Move c up")).to_be_disabled()
    await expect(waiting(other)).to_have_text(["c", "b", "a"])


async def test_a_cancelled_waiting_job_can_be_put_back(page: Page, server: Server) -> None:
    await server.submit("demo", args=SLOW)
    for name in "ab":
        await server.submit("demo", args=SLOW, title=name)
    await page.get_by_role("button", name="Cancel a").click()
    await expect(waiting(page)).to_have_text(["b"])
    await expect(tickets(page)).to_have_text(["1"])
    await expect(page.locator(".finished", has_text="Cancelled")).to_be_visible()
    await page.get_by_role("button", name="Put back").click()
    await expect(waiting(page)).to_have_text(["a", "b"])


async def test_a_running_job_is_cancelled_from_its_page_by_keyboard(page: Page, server: Server) -> None:
    job_id = await server.submit("demo", args=SLOW, title="stubborn")
    await page.goto(f"{server.url}/#/jobs/{job_id}")
    await expect(page.locator(".job .bar")).to_be_visible()
    await page.locator(".back").focus()
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("button", name="Cancel stubborn")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.locator(".job-header .status")).to_have_text("Cancelled")
    await expect(page.get_by_role("button", name="Do it again")).to_be_visible()


async def test_the_line_is_paused_with_a_reason_and_goes_on(page: Page, server: Server) -> None:
    await page.get_by_role("button", name="Pause the line").click()
    await page.get_by_label("Reason").fill("lunch")
    await page.get_by_role("button", name="Pause", exact=True).click()
    await expect(page.locator(".lane.paused")).to_contain_text("Paused: lunch")
    await server.submit("demo", args={"items": 1, "seconds": 0.01}, title="patient")
    await expect(waiting(page)).to_have_text(["patient"])
    await page.locator(".lane.paused").get_by_role("button", name="Resume").click()
    await expect(page.locator(".finished", has_text="patient")).to_be_visible()


async def test_failed_items_are_shown_first_and_only_they_are_retried(page: Page, server: Server) -> None:
    job_id = await server.submit("demo", args={"items": 5, "seconds": 0.01, "fail_items": [3]}, title="half")
    await page.goto(f"{server.url}/#/jobs/{job_id}")
    await expect(page.locator(".job-header .status")).to_have_text("Partly done")
    await expect(page.locator(".items tbody tr").first.locator(".status")).to_have_text("Failed")
    await page.get_by_role("button", name="Failed 1").click()
    await expect(page.locator(".items tbody tr")).to_have_count(1)
    await page.get_by_role("button", name="Retry 1 failed").click()
    await expect(page).not_to_have_url(f"{server.url}/#/jobs/{job_id}")
    await expect(page.locator(".facts")).to_contain_text("Retry of")


async def test_a_failed_job_says_why_and_what_to_do(page: Page, server: Server) -> None:
    args = {"items": 1, "seconds": 0.01, "fail": "The oven is cold"}
    job_id = await server.submit("demo", args=args, title="doomed")
    await page.goto(f"{server.url}/#/jobs/{job_id}")
    await expect(page.locator(".failure h2")).to_have_text("The oven is cold")
    await expect(page.locator(".failure code")).not_to_be_empty()
    await expect(page.locator(".job-header .status")).to_have_text("Failed")


async def test_the_log_is_followed_and_files_are_taken_away(
    page: Page, server: Server, tmp_path: Path
) -> None:
    job_id = await server.submit("epub", files=[BOOK])
    await page.goto(f"{server.url}/#/jobs/{job_id}")
    await expect(page.locator(".artifacts li", has_text="results.json")).to_be_visible()
    async with page.expect_download() as single:
        await page.locator(".artifacts .name", has_text="results.json").click()
    results = tmp_path / "results.json"
    await (await single.value).save_as(results)
    assert json.loads(results.read_text())["summary"]["success"] == 1
    async with page.expect_download() as whole:
        await page.get_by_role("link", name="All as ZIP").click()
    archive = tmp_path / "all.zip"
    await (await whole.value).save_as(archive)
    with ZipFile(archive) as opened:
        assert any(name.endswith("results.json") for name in opened.namelist())


async def test_the_results_sort_open_and_answer_what_fits(page: Page, server: Server) -> None:
    job_id = await server.submit("epub", files=[BOOK, LONG_BOOK])
    await page.goto(f"{server.url}/#/jobs/{job_id}")
    rows = page.locator(".books > tbody > tr > th")
    await expect(rows).to_have_count(2)
    await expect(rows.first).to_contain_text("Children")
    await page.get_by_role("button", name="Words", exact=True).click()
    await expect(rows.first).to_contain_text("Moby-Dick")
    await expect(page.locator("th[aria-sort=ascending]")).to_have_text("Words")
    await page.locator(".books .opener").first.click()
    await expect(page.locator(".chapter-list tbody tr").first).to_be_visible()
    await expect(page.locator(".scatter circle")).to_have_count(4)
    await page.get_by_role("button", name="32K").click()
    await expect(page.locator(".fits")).to_contain_text("1 of 2 books")
    await expect(page.locator(".budget-result")).to_contain_text("Exact knapsack: proven")
    await page.get_by_role("button", name="Most books").click()
    await expect(page.locator(".budget-result")).to_contain_text("Shortest first")
    await page.get_by_role("button", name="1M").click()
    await expect(page.locator(".fits")).to_contain_text("2 of 2 books")
    await page.get_by_label("Own budget in tokens").last.fill("10")
    await expect(page.locator(".fits")).to_contain_text("0 of 2 books")


async def test_prices_are_edited_and_remembered(page: Page, server: Server) -> None:
    job_id = await server.submit("epub", files=[BOOK])
    await page.goto(f"{server.url}/#/jobs/{job_id}")
    price = page.get_by_label("Dollars per million tokens, Large model")
    await expect(price).to_have_value("15")
    before = await page.locator(".cost").last.inner_text()
    await price.fill("30")
    await expect(page.locator(".cost").last).not_to_have_text(before)
    await page.reload()
    await expect(page.get_by_label("Dollars per million tokens, Large model")).to_have_value("30")


async def test_a_removed_job_can_be_brought_back_until_it_is_gone(page: Page, server: Server) -> None:
    job_id = await server.submit("demo", args={"items": 1, "seconds": 0.01}, title="fleeting")
    await page.goto(f"{server.url}/#/jobs/{job_id}")
    await page.get_by_role("button", name="Remove").click()
    await expect(page.locator(".toast")).to_contain_text("Removed fleeting")
    await expect(page.locator(".finished")).to_have_count(0)
    await page.get_by_role("button", name="Undo").click()
    await expect(page.locator(".finished", has_text="fleeting")).to_be_visible()
    await page.locator(".finished a").click()
    await page.get_by_role("button", name="Remove").click()
    async with page.expect_response(lambda response: response.request.method == "DELETE") as answer:
        pass
    assert (await answer.value).status == 204


async def test_a_link_to_an_unknown_job_says_so(page: Page, server: Server, complaints: Complaints) -> None:
    await page.goto(f"{server.url}/#/jobs/0190aaaa-0000-7000-8000-000000000000")
    await expect(page.get_by_role("heading", name="There is no such job")).to_be_visible()
    complaints.forgive("404")


async def test_a_held_job_is_looked_at_and_confirmed(page: Page, server: Server) -> None:
    job_id = await server.submit("demo", args={"items": 1, "seconds": 0.01, "hold": True}, title="careful")
    await page.locator(".held", has_text="careful").get_by_role("link", name="Look").click()
    await page.get_by_role("button", name="Confirm").click()
    await expect(page.locator(".job-header .status")).to_have_text("Done")
    await expect(page).to_have_url(re.compile(f"{job_id}$"))


async def test_a_long_line_is_shown_from_its_head_and_runs_dry_before_our_eyes(
    page: Page, server: Server
) -> None:
    await page.get_by_role("button", name="Pause the line").click()
    await page.get_by_role("button", name="Pause", exact=True).click()
    await expect(page.locator(".lane.paused")).to_be_visible()
    quick = {"items": 1, "seconds": 0, "reports": 0}
    for number in range(130):
        await server.submit("demo", args=quick, title=f"job {number}")
    await page.reload()
    await expect(page.locator(".count")).to_have_text("130")
    await expect(waiting(page).first).to_have_text("job 0")
    places = await tickets(page).all_inner_texts()
    assert places == [str(place) for place in range(1, len(places) + 1)]
    await page.locator(".lane.paused").get_by_role("button", name="Resume").click()
    # Between two short jobs nobody is served for a moment: that the line is dry shows in the line.
    await expect(waiting(page)).to_have_count(0, timeout=2 * PATIENCE_MS)
    await expect(page.locator(".nobody")).to_contain_text("The desk is free")
    await expect(page.locator(".finished", has_text="job 129")).to_be_visible()
