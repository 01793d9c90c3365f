"""The window of a desk with accounts: signing in and out, a login that is renewed, and who sees what."""

import re
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from playwright.async_api import Browser, BrowserContext, Page, expect

from tests.browser.axe import check_axe
from tests.browser.window import ROOT, Complaints, Server, overflow_px, watched_page

pytestmark = pytest.mark.browser

PASSWORD = "correct horse battery"
PEOPLE = {"Ada": "admin", "Theo": "therapist", "Pia": "patient", "Max": "member", "Mia": "member"}
UNAUTHORISED = "401"


def users(data_dir: Path, *args: str) -> None:
    """Run `users …` on a data folder."""
    command = [sys.executable, "app.py", "users", *args, "--data-dir", str(data_dir)]
    done = subprocess.run(command, cwd=ROOT, input=PASSWORD.encode(), capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with people in it, made once: each test has a copy."""
    data_dir = tmp_path_factory.mktemp("town")
    for name, role in PEOPLE.items():
        users(data_dir, "add", name, "--role", role)
    users(data_dir, "assign", "Theo", "Pia")
    return data_dir


@pytest.fixture
def flags() -> list[str]:
    """What the desk is started with beside `--accounts`."""
    return []


@pytest.fixture
async def guarded(tmp_path: Path, town: Path, flags: list[str]) -> AsyncIterator[Server]:
    """A desk with accounts, and people who may sign in."""
    server = Server(tmp_path / "data", tmp_path / "server.log", ["--accounts", *flags])
    shutil.copytree(town, server.data_dir)
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
async def window(context: BrowserContext, complaints: Complaints, guarded: Server) -> AsyncIterator[Page]:
    """The window before anybody has signed in; a login that has ended may be told by an answer of 401."""
    page = await watched_page(context, complaints)
    await page.goto(guarded.url)
    yield page
    assert [text for text in complaints.found if f"a status of {UNAUTHORISED}" not in text] == []


async def sign_in(page: Page, name: str, password: str = PASSWORD) -> None:
    """Fill in the form and send it."""
    await page.get_by_label("Name").fill(name)
    await page.get_by_label("Password").fill(password)
    await page.get_by_role("button", name="Sign in").click()


async def is_live(page: Page) -> None:
    """Wait until the stream is open."""
    await expect(page.locator(".live.is-live")).to_be_visible()


async def token_of(server: Server, name: str) -> str:
    """Sign in as a script does and return the access token."""
    async with (
        aiohttp.ClientSession(server.url) as client,
        client.post("/api/v1/auth/login", json={"username": name, "password": PASSWORD}) as answer,
    ):
        return str((await answer.json())["access_token"])


async def role_of(server: Server, name: str, role: str) -> None:
    """Give somebody another role, as the first admin does with a script."""
    headers = {"Authorization": f"Bearer {await token_of(server, 'Ada')}"}
    async with aiohttp.ClientSession(server.url, headers=headers) as client:
        async with client.get("/api/v1/users") as answer:
            users = (await answer.json())["users"]
        user_id = next(user["id"] for user in users if user["name"] == name)
        async with client.patch(f"/api/v1/users/{user_id}", json={"role": role}) as answer:
            assert answer.status == 200, await answer.text()


async def test_nobody_gets_past_the_door_and_a_wrong_password_is_said_kindly(window: Page) -> None:
    await expect(window.get_by_role("heading", name="Sign in")).to_be_visible()
    await expect(window.locator(".menu, .banner, .drop-zone")).to_have_count(0)
    await sign_in(window, "Max", "not the password")
    await expect(window.get_by_role("alert")).to_contain_text("Name or password is wrong")
    await expect(window.get_by_label("Name")).to_be_focused()
    await sign_in(window, "Max")
    await is_live(window)


async def test_to_be_a_stranger_is_no_error(window: Page, complaints: Complaints) -> None:
    await expect(window.get_by_role("heading", name="Sign in")).to_be_visible()
    await sign_in(window, "Max")
    await is_live(window)
    await window.reload()
    await is_live(window)
    assert complaints.found == []


async def test_one_arrives_where_one_meant_to_go(window: Page, guarded: Server) -> None:
    await window.goto(f"{guarded.url}/#/account")
    await sign_in(window, "Max")
    await expect(window.get_by_role("heading", level=1, name="Max")).to_be_visible()
    await window.reload()
    await expect(window.get_by_role("heading", level=1, name="Max")).to_be_visible()


async def test_signing_out_closes_every_tab(
    window: Page, context: BrowserContext, complaints: Complaints, guarded: Server
) -> None:
    await sign_in(window, "Max")
    await is_live(window)
    other = await watched_page(context, complaints)
    await other.goto(guarded.url)
    await is_live(other)
    await window.goto(f"{guarded.url}/#/account")
    await window.get_by_role("button", name="Sign out").click()
    await expect(window.get_by_role("heading", name="Sign in")).to_be_visible()
    await expect(other.get_by_role("heading", name="Sign in")).to_be_visible()


async def test_a_member_sees_the_own_work_alone_and_may_not_stop_the_line(
    window: Page, guarded: Server
) -> None:
    guarded.headers = {"Authorization": f"Bearer {await token_of(guarded, 'Mia')}"}
    await guarded.submit("demo", args={"items": 1000, "seconds": 0.05}, title="the secret of Mia")
    await sign_in(window, "Max")
    await is_live(window)
    guarded.headers = {"Authorization": f"Bearer {await token_of(guarded, 'Max')}"}
    mine = await guarded.submit("demo", args={"items": 1, "seconds": 0.01}, title="Max has a job")
    row = window.locator(f"[data-job='{mine}']")
    await expect(row).to_contain_text("Max has a job")
    await expect(row.locator(".ticket")).to_have_text("1")  # behind what runs for somebody else
    await expect(window.locator("body")).not_to_contain_text("the secret of Mia")
    await expect(window.get_by_role("button", name=re.compile("^Pause"))).to_have_count(0)
    await expect(row.get_by_role("button")).to_have_count(
        1
    )  # no place is given past others: cancelling is left
    await expect(row.get_by_role("button", name="Cancel Max has a job")).to_be_visible()
    await window.keyboard.press("Control+k")
    palette = window.get_by_role("dialog")
    await expect(palette.get_by_role("option", name="History")).to_be_visible()
    await expect(palette.get_by_role("option", name=re.compile("Pause|Cancel all"))).to_have_count(0)
    await window.goto(f"{guarded.url}/#/settings")
    await expect(window.get_by_role("heading", name="What is kept")).to_be_visible()
    # A question that is refused would be a complaint of the page.
    await expect(window.locator(".doctor, .effective, a[href='/metrics']")).to_have_count(0)


async def test_who_may_see_less_from_now_on_sees_less_at_once(window: Page, guarded: Server) -> None:
    await role_of(guarded, "Max", "admin")
    guarded.headers = {"Authorization": f"Bearer {await token_of(guarded, 'Mia')}"}
    await guarded.submit("demo", args={"items": 1000, "seconds": 0.05}, title="the secret of Mia")
    done = await guarded.submit("demo", args={"items": 1, "seconds": 0.01}, title="what Mia has given up")
    await guarded.cancel(done)
    await sign_in(window, "Max")
    pause = window.get_by_role("button", name=re.compile("^Pause"))
    for title in ("the secret of Mia", "what Mia has given up"):
        await expect(window.get_by_role("link", name=title)).to_be_visible()
    await expect(pause).to_be_visible()
    await role_of(guarded, "Max", "member")
    await expect(pause).to_have_count(0)
    await expect(window.locator("body")).not_to_contain_text("Mia")
    await is_live(window)


async def test_a_patient_is_not_led_to_what_is_not_for_patients(window: Page, guarded: Server) -> None:
    await window.goto(f"{guarded.url}/#/library")
    await sign_in(window, "Pia")
    await is_live(window)
    for path in ("library", "shipping"):
        await window.goto(f"{guarded.url}/#/{path}")
        await expect(window.get_by_role("heading", name="Take a number")).to_be_visible()
    await window.goto(f"{guarded.url}/#/sessions")
    await expect(window.get_by_role("heading", name="New session")).to_be_visible()
    await window.get_by_role("button", name="Nora and her therapist").click()
    await expect(window.get_by_role("heading", level=1)).to_contain_text("Nora and her therapist")
    await expect(window.locator("main")).to_contain_text("Notes")


async def test_an_admin_adds_somebody_who_can_sign_in_at_once(
    window: Page, browser: Browser, complaints: Complaints, guarded: Server
) -> None:
    await window.goto(f"{guarded.url}/#/account")
    await sign_in(window, "Ada")
    people = window.get_by_role("group", name="People").first
    await expect(people.get_by_role("row", name="Theo")).to_contain_text("Pia")
    section = window.locator("section", has=window.get_by_role("heading", name="People"))
    await section.get_by_label("Name", exact=True).fill("Nora")
    await section.get_by_label("Password").fill(PASSWORD)
    await section.get_by_label("Role", exact=True).select_option("patient")
    await section.get_by_role("button", name="Add", exact=True).click()
    await expect(people.get_by_role("row", name="Nora")).to_be_visible()
    await people.get_by_label("Give Theo a patient").select_option(label="Nora")
    await expect(people.get_by_role("row", name="Theo")).to_contain_text("Nora")
    await window.reload()
    happened = window.get_by_role("group", name="What happened")
    await expect(happened.get_by_role("row", name="user.added").first).to_contain_text("Nora")

    context = await browser.new_context()
    page = await watched_page(context, complaints)
    await page.goto(guarded.url)
    await sign_in(page, "Nora")
    await expect(page.get_by_role("link", name="Sessions")).to_be_visible()
    await expect(page.get_by_role("link", name="Shipping")).to_have_count(
        0
    )  # a patient hands in sessions alone
    await section.get_by_role("button", name="Switch off Nora").click()
    await expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    await context.close()


async def test_an_api_token_is_shown_once_and_works_until_it_is_taken_back(
    window: Page, guarded: Server
) -> None:
    await window.goto(f"{guarded.url}/#/account")
    await sign_in(window, "Max")
    await window.get_by_label("What for").fill("laptop")
    await window.get_by_role("button", name="Make a token").click()
    token = await window.locator(".secret code").inner_text()

    async def status() -> int:
        headers = {"Authorization": f"Bearer {token}"}
        async with aiohttp.ClientSession() as client, client.get(
            f"{guarded.url}/api/v1/jobs", headers=headers
        ) as answer:  # fmt: skip
            return answer.status

    assert await status() == 200
    await window.get_by_role("button", name="I have it").click()
    await expect(window.locator(".secret")).to_have_count(0)
    await window.get_by_role("button", name="Take back laptop").click()
    await expect(window.get_by_role("button", name="Take back laptop")).to_have_count(0)
    assert await status() == 401


class TestAShortLogin:
    """A desk whose access tokens end after seconds."""

    @pytest.fixture
    def flags(self) -> list[str]:
        """Tokens so short that the window has to renew them while one looks."""
        return ["--access-token-seconds", "6"]

    async def test_two_tabs_without_web_locks_take_turns(
        self, browser: Browser, complaints: Complaints, guarded: Server
    ) -> None:
        """A page over plain http on a network has no Web Locks; a refresh token that is used twice ends the login."""
        context = await browser.new_context()
        await context.add_init_script("delete Navigator.prototype.locks")
        one, other = [await watched_page(context, complaints) for _ in range(2)]
        asked: list[str] = []
        context.on("request", lambda request: asked.append(request.url.partition("?")[0]))
        await one.goto(guarded.url)
        await sign_in(one, "Max")
        await is_live(one)
        await other.goto(guarded.url)
        for _ in range(3):
            async with context.expect_event(
                "response", lambda answer: answer.url.endswith("/auth/refresh")
            ) as renewed:
                pass
            assert (await renewed.value).status == 200
        for page in (one, other):
            await is_live(page)
            await expect(page.get_by_role("heading", name="Sign in")).to_have_count(0)
        # A renewed login opens each tab's stream once, and the end of the old one perhaps once more.
        opened = sum(url.endswith("/api/v1/events") for url in asked)
        renewals = sum(url.endswith("/auth/refresh") for url in asked)
        assert opened <= 2 * 2 * (renewals + 1), f"{opened} streams for {renewals} renewals"
        await context.close()

    async def test_the_window_renews_it_and_stays_live(self, window: Page) -> None:
        await sign_in(window, "Max")
        await is_live(window)
        for _ in range(2):
            async with window.expect_response(lambda answer: answer.url.endswith("/auth/refresh")) as renewed:
                pass
            assert (await renewed.value).status == 200
        await is_live(window)
        await expect(window.get_by_role("heading", name="Sign in")).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_signing_in_and_the_account_are_for_everybody(
    browser: Browser, complaints: Complaints, guarded: Server, scheme: str
) -> None:
    context = await browser.new_context(
        viewport={"width": 320, "height": 700}, color_scheme="dark" if scheme == "dark" else "light"
    )
    page = await watched_page(context, complaints)
    await page.goto(f"{guarded.url}/#/account")
    await expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    await check_axe(page)
    assert await overflow_px(page) == 0
    await sign_in(page, "Ada")
    await expect(
        page.get_by_role("group", name="People").first.get_by_role("row", name="Theo")
    ).to_be_visible()
    await check_axe(page)
    assert await overflow_px(page) == 0
    await context.close()
    assert complaints.found == []
