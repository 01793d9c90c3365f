"""Settings: what the window remembers, what is in force and from where, what can be done, and whether all is well."""

from typing import Literal

import pytest
from playwright.async_api import Page, Route, expect

from tests.browser.axe import check_axe
from tests.browser.window import Server, overflow_px

pytestmark = pytest.mark.browser


async def open_settings(page: Page, server: Server) -> None:
    """Go to the screen and wait for the doctor."""
    await page.goto(f"{server.url}/#/settings")
    await expect(page.locator(".doctor .doctor-verdict")).not_to_have_text("Looking…")


async def test_settings_in_force_are_shown_with_where_they_are_from(page: Page, server: Server) -> None:
    await open_settings(page, server)
    rows = page.locator(".effective tbody tr")
    await expect(rows.filter(has_text="data_dir")).to_contain_text("--data-dir")
    await expect(rows.filter(has_text="disk_budget_bytes").locator("td")).to_have_text(["21 GB", "default"])
    await expect(rows.first).to_have_class("given")
    await page.get_by_label("Find a setting").fill("retention")
    await expect(rows.locator("th")).to_contain_text(
        ["audit_retention_days", "retention_days", "event_retention_days"]
    )
    await page.get_by_label("Find a setting").fill("no such thing")
    await expect(page.get_by_text("No setting matches.")).to_be_visible()


async def test_a_port_is_written_as_one_types_it(page: Page, server: Server) -> None:
    settings = {
        "port": {"value": 18_080, "origin": "--port"},
        "max_files": {"value": 18_080, "origin": "--max-files"},
    }
    answer = {"settings": settings, "file": None, "version": "1", "ignored": []}
    await page.route("**/api/v1/settings", lambda route: route.fulfill(json=answer))
    await open_settings(page, server)
    await expect(page.locator(".effective td:nth-of-type(1)")).to_have_text(["18080", "18,080"])


async def test_the_doctor_looks_and_shows_everything_when_asked(page: Page, server: Server) -> None:
    await open_settings(page, server)
    await page.get_by_role("button", name="checks").click()
    findings = page.locator(".finding")
    await expect(findings.filter(has_text="Database")).to_contain_text("quick_check ok")
    await expect(findings.filter(has_text="Python").locator(".status")).to_have_text("Well")
    async with page.expect_response("**/api/v1/doctor"):
        await page.get_by_role("button", name="Look again").click()


async def test_what_is_wrong_comes_with_what_to_do(page: Page, server: Server) -> None:
    checks = [
        {"name": "disk", "status": "fail", "detail": "Nothing is free", "remediation": "Remove something."},
        {"name": "clock", "status": "warn", "detail": "It is early", "remediation": None},
        {"name": "python", "status": "ok", "detail": "3.11", "remediation": None},
    ]
    await page.route("**/api/v1/doctor", lambda route: route.fulfill(json={"ok": False, "checks": checks}))
    await open_settings(page, server)
    await expect(page.locator(".doctor-verdict")).to_have_text(
        "Something keeps the desk from working; 2 things to look at."
    )
    await expect(page.locator(".finding")).to_have_count(2)
    await expect(page.locator(".finding.fail")).to_contain_text("Remove something.")


async def test_a_kind_that_is_not_installed_says_which_command_adds_it(page: Page, server: Server) -> None:
    async def kinds(route: Route) -> None:
        answer = await route.fetch()
        told = await answer.json()
        told["kinds"][0] |= {
            "available": False,
            "reason": "torch is missing",
            "remediation": "pip install 'nowserving[x]'",
        }
        await route.fulfill(json=told)

    await page.route("**/api/v1/kinds", kinds)
    await page.goto(f"{server.url}/?kinds#/settings")
    missing = page.locator(".kind.missing")
    await expect(missing).to_contain_text("torch is missing")
    await expect(missing.locator(".remedy code")).to_have_text("pip install 'nowserving[x]'")
    await expect(missing.locator(".status")).to_have_text("Not installed")
    await expect(page.locator(".kind:not(.missing) .status").first).to_have_text("Available")


async def test_the_language_is_changed_here_and_kept(page: Page, server: Server) -> None:
    await open_settings(page, server)
    await page.locator(".settings").get_by_label("Language").select_option("de")
    await expect(page.get_by_role("heading", name="Einstellungen", exact=True)).to_be_visible()
    await page.reload()
    await expect(page.get_by_role("heading", name="Geltende Einstellungen")).to_be_visible()
    await page.goto(f"{server.url}/#/")
    await expect(page.get_by_role("heading", name="Nummer ziehen")).to_be_visible()


async def test_who_does_not_run_the_desk_is_not_asked_about_it(page: Page, server: Server) -> None:
    member = {"id": "m", "name": "Max", "role": "member"}
    me = {"accounts": True, "user": member, "patients": [], "means": "cookie", "expires_at": None}
    await page.route("**/api/v1/auth/me", lambda route: route.fulfill(json=me))
    refused: list[str] = []
    for path in ("doctor", "settings"):
        await page.route(f"**/api/v1/{path}", lambda route: refused.append(route.request.url))
    await page.goto(f"{server.url}/#/settings")
    await page.reload()
    await expect(page.get_by_role("heading", name="What can be done")).to_be_visible()
    await expect(page.locator(".keeping")).to_be_visible()
    await expect(page.locator(".effective, .doctor")).to_have_count(0)
    assert refused == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_everybody_can_use_it_also_at_320_pixels(
    page: Page, server: Server, scheme: Literal["light", "dark"]
) -> None:
    await page.emulate_media(color_scheme=scheme)
    await open_settings(page, server)
    await page.get_by_role("button", name="checks").click()
    await check_axe(page)
    await page.set_viewport_size({"width": 320, "height": 640})
    await check_axe(page)
    assert await overflow_px(page) <= 0
