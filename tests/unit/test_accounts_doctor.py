"""What `doctor` says of a desk at which people sign in: proxies before it, and its folder on the machine."""

from pathlib import Path

import pytest

from service.config import Config, without_origins
from service.doctor.look import look

MIGRATIONS = Path(__file__).parents[2] / "migrations"
BY_NAME = {"accounts": True, "allowed_hosts": ("desk.example.org",)}


def found(name: str, data_dir: Path, **settings: object) -> tuple[str, str] | None:
    """Return the status and the words of a finding, None when it is not there."""
    config = Config(**({"data_dir": data_dir, "port": 0} | settings))  # type: ignore[arg-type]  # names are the test's
    findings = look(without_origins(config), MIGRATIONS, [], is_ours=False, is_quick=True)
    return next(((one.status, one.detail) for one in findings if one.name == name), None)


@pytest.mark.parametrize(
    ("settings", "status"),
    [
        ({}, None),
        ({"accounts": True}, None),
        (BY_NAME, "warn"),
        (BY_NAME | {"host": "0.0.0.0"}, None),
        (BY_NAME | {"trusted_proxies": ("127.0.0.1",)}, "ok"),
        (BY_NAME | {"trusted_proxies": ("0.0.0.0/0",)}, "warn"),
        (BY_NAME | {"trusted_proxies": ("::/0", "127.0.0.1")}, "warn"),
    ],
)
def test_a_proxy_that_is_not_named_and_one_that_is_everybody_are_told(
    tmp_path: Path, settings: dict[str, object], status: str | None
) -> None:
    finding = found("proxies", tmp_path, **settings)
    assert (finding[0] if finding else None) == status


def test_a_folder_that_other_users_of_the_machine_can_open_is_told_where_people_sign_in(
    tmp_path: Path,
) -> None:
    name = "data folder's rights"
    tmp_path.chmod(0o755)
    finding = found(name, tmp_path, accounts=True)
    assert finding is not None
    assert finding[0] == "warn"
    assert str(tmp_path) in finding[1]
    assert found(name, tmp_path, accounts=False) is None
    tmp_path.chmod(0o750)
    assert found(name, tmp_path, accounts=True) is None
    assert found(name, tmp_path / "none", accounts=True) is None
