"""What the desk is set to and what it stands on, over HTTP."""

from service.config import SETTING_NAMES
from tests.http.conftest import Place, Start


async def test_every_setting_is_told_with_its_origin(place: Place):
    told = await place.get("/api/v1/settings")
    assert set(told["settings"]) == set(SETTING_NAMES)
    assert told["settings"]["startup_mode"] == {"value": "paused", "origin": "given"}
    assert told["settings"]["max_files"]["origin"] == "default"
    assert told["version"]


async def test_a_key_of_a_kind_is_never_told(start: Start):
    place = await start(
        kind_settings={"ingestion": {"embedding_api_key": "sk-very-secret", "embedding": "none"}}
    )
    async with place.http.get("/api/v1/settings") as answer:
        text = await answer.text()
    assert "sk-very-secret" not in text
    told = (await place.get("/api/v1/settings"))["settings"]["kind_settings"]["value"]
    assert told == {"ingestion": {"embedding_api_key": "(set)", "embedding": "none"}}


async def test_the_doctor_looks_at_the_desk_while_it_works(place: Place):
    told = await place.get("/api/v1/doctor")
    found = {check["name"]: check for check in told["checks"]}
    assert told["ok"] is True
    assert found.keys() >= {
        "python",
        "sqlite",
        "settings",
        "data folder",
        "disk",
        "database",
        "clock",
        "kind demo",
    }
    assert "quick_check ok" in found["database"]["detail"]
    assert {check["status"] for check in told["checks"]} <= {"ok", "warn"}


async def test_the_doctor_says_what_keeps_the_desk_from_working(start: Start):
    place = await start(disk_budget_bytes=1)
    told = await place.get("/api/v1/doctor")
    disk = next(check for check in told["checks"] if check["name"] == "disk")
    assert (told["ok"], disk["status"]) == (False, "fail")
    assert disk["remediation"]
