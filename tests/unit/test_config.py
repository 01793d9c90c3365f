from pathlib import Path

import pytest

from service.config import (
    SETTING_NAMES,
    Config,
    check_binding,
    default_data_dir,
    default_file,
    is_loopback,
    load,
)
from service.model.errors import DeskError

DOCS = Path(__file__).parents[2] / "docs" / "settings.md"


@pytest.fixture
def settings_file(tmp_path: Path) -> Path:
    path = tmp_path / "desk.toml"
    path.write_text(
        'port = 1\nmax_files = 2\nlog_level = "debug"\nroots = ["books", "/srv"]\n[lanes]\nepub = "b"\n'
    )
    return path


def test_flags_win_over_environment_over_file_over_defaults(settings_file: Path) -> None:
    environ = {"NOWSERVING_PORT": "2", "NOWSERVING_MAX_FILES": "3"}
    settings = load({"port": 4, "host": None}, file=settings_file, environ=environ)
    config = settings.config
    assert (config.port, config.max_files, config.log_level, config.host) == (4, 3, "debug", "127.0.0.1")
    assert settings.origins["port"] == "--port"
    assert settings.origins["max_files"] == "NOWSERVING_MAX_FILES"
    assert settings.origins["log_level"] == str(settings_file)
    assert settings.origins["host"] == "default"
    assert settings.file == settings_file


def test_relative_folders_of_a_file_are_beside_the_file(settings_file: Path, tmp_path: Path) -> None:
    assert load(file=settings_file, environ={}).config.roots == (tmp_path / "books", Path("/srv"))
    settings_file.write_text('data_dir = "here"')
    assert load(file=settings_file, environ={}).config.data_dir == tmp_path / "here"


def test_the_file_can_be_named_in_the_environment(settings_file: Path) -> None:
    assert load(environ={"NOWSERVING_CONFIG": str(settings_file)}).config.lanes == {"epub": "b"}


def test_the_default_file_is_read_when_it_is_there_and_not_missed_when_not(tmp_path: Path) -> None:
    environ = {"XDG_CONFIG_HOME": str(tmp_path)}
    assert load(environ=environ).file is None
    path = default_file(environ)
    path.parent.mkdir(parents=True)
    path.write_text("port = 9")
    assert load(environ=environ).config.port == 9


def test_a_named_file_that_is_absent_or_broken_is_an_error(tmp_path: Path) -> None:
    for text in (None, "port = ", "\xff"):
        path = tmp_path / "broken.toml"
        if text is not None:
            path.write_bytes(text.encode("latin-1"))
        with pytest.raises(DeskError, match=r"broken\.toml") as caught:
            load(file=path, environ={})
        assert caught.value.code == "config_unreadable"


def test_a_misspelt_setting_in_the_file_names_the_near_one(tmp_path: Path) -> None:
    path = tmp_path / "desk.toml"
    path.write_text("max_file = 3")
    with pytest.raises(DeskError, match="Did you mean max_files") as caught:
        load(file=path, environ={})
    assert caught.value.code == "unknown_setting"


def test_strange_variables_are_told_and_not_obeyed() -> None:
    settings = load(environ={"NOWSERVING_SERVICE_HOST": "10.0.0.1", "HOME": "/root"})
    assert settings.ignored == ("NOWSERVING_SERVICE_HOST",)


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("0", 0),
        ("12", 12),
        ("1 KiB", 1024),
        ("500MB", 500_000_000),
        ("1.5 gib", 1_610_612_736),
        ("none", None),
    ],
)
def test_sizes_have_units_and_may_be_without_limit(text: str, size: int | None) -> None:
    assert load({"disk_budget_bytes": text}, environ={}).config.disk_budget_bytes == size


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("port", "65536"),
        ("port", "-1"),
        ("port", "tcp://10.0.0.1:80"),
        ("port", True),
        ("port", 80.5),
        ("host", ""),
        ("host", "http://x"),
        ("host", "a:b"),
        ("url", "localhost:8787"),
        ("url", "http://["),
        ("max_upload_bytes", "0"),
        ("max_upload_bytes", "2 parsecs"),
        ("max_upload_bytes", "-5"),
        ("max_upload_bytes", None),
        ("max_upload_bytes", 1.5),
        ("startup_mode", "walk"),
        ("log_level", 3),
        ("cancel_term_seconds", "nan"),
        ("cancel_term_seconds", "soon"),
        ("cancel_term_seconds", True),
        ("stream_ping_seconds", 0),
        ("retention_days", -1),
        ("child_reuse", "perhaps"),
        ("allowed_origins", "*"),
        ("allowed_origins", "null"),
        ("allowed_origins", "https://a/b"),
        ("allowed_hosts", 5),
        ("trusted_proxies", "desk.example.org"),
        ("trusted_proxies", "10.0.0.1/8"),
        ("lanes", "epub"),
        ("lanes", {"epub": 5}),
        ("lanes", 5),
        ("kind_settings", "ingestion"),
        ("kind_settings", "{"),
        ("kind_settings", {"ingestion": "minilm"}),
        ("kind_settings", {"ingestion": {"Model Dir": "/x"}}),
    ],
)
def test_a_wrong_value_names_the_setting_and_its_place(name: str, value: object) -> None:
    with pytest.raises(DeskError, match=f"^{name} needs |no name of a kind") as caught:
        Config(**{name: value})  # type: ignore[arg-type]  # a wrong type is what is tested
    assert caught.value.code == "invalid_setting"
    if isinstance(value, str):
        with pytest.raises(DeskError, match=f"NOWSERVING_{name.upper()}"):
            load(environ={f"NOWSERVING_{name.upper()}": value})


def test_lists_and_tables_have_a_form_for_the_environment() -> None:
    environ = {
        "NOWSERVING_ALLOWED_HOSTS": "Desk.Example.org, [::1]",
        "NOWSERVING_ALLOWED_ORIGINS": "https://a.example,https://b.example:8443/",
        "NOWSERVING_TRUSTED_PROXIES": "127.0.0.1, 10.0.0.0/8, 2001:db8::/32",
        "NOWSERVING_ROOTS": "/srv/books:/srv/pdfs",
        "NOWSERVING_LANES": "epub=books,demo=main",
        "NOWSERVING_OPEN_BROWSER": "yes",
        "NOWSERVING_KIND_SETTINGS": '{"ingestion": {"readers": 2, "qdrant_key": "hush"}}',
    }
    config = load(environ=environ).config
    assert config.allowed_hosts == ("desk.example.org", "::1")
    assert config.allowed_origins == ("https://a.example", "https://b.example:8443")
    assert config.trusted_proxies == ("127.0.0.1/32", "10.0.0.0/8", "2001:db8::/32")
    assert config.roots == (Path("/srv/books"), Path("/srv/pdfs"))
    assert config.lanes == {"epub": "books", "demo": "main"}
    assert config.kind_settings == {"ingestion": {"readers": 2, "qdrant_key": "hush"}}
    assert config.open_browser is True


def test_settings_of_kinds_come_as_pairs_too_and_their_secrets_are_not_shown() -> None:
    given = "ingestion.embedding=endpoint, ingestion.endpoint_key=hush,shipping.easypost_key="
    config = load({"kind_settings": given}).config
    assert config.kind_settings["ingestion"] == {"embedding": "endpoint", "endpoint_key": "hush"}
    shown = config.to_json()["kind_settings"]
    assert shown["ingestion"] == {"embedding": "endpoint", "endpoint_key": "(set)"}
    assert shown["shipping"] == {"easypost_key": ""}


def test_the_data_folder_follows_the_platform(tmp_path: Path) -> None:
    assert default_data_dir({"XDG_DATA_HOME": str(tmp_path)}, "linux") == tmp_path / "nowserving"
    assert (
        default_data_dir({"XDG_DATA_HOME": "not/absolute"}, "linux")
        == Path.home() / ".local/share/nowserving"
    )
    assert default_data_dir({}, "darwin").parts[-2:] == ("Application Support", "nowserving")
    assert default_data_dir({"LOCALAPPDATA": str(tmp_path)}, "win32") == tmp_path / "nowserving"


def test_the_data_folder_is_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert load({"data_dir": "here"}, environ={}).config.data_dir == tmp_path / "here"


def test_the_address_of_the_server_comes_from_url_or_host_and_port() -> None:
    assert Config().server_url == "http://127.0.0.1:8787"
    assert Config(host="::1", port=1).server_url == "http://[::1]:1"
    assert Config(host="0.0.0.0").server_url == "http://127.0.0.1:8787"
    assert Config(url="https://desk.example/").server_url == "https://desk.example"


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.9.9.9", "::1", "[::1]", "localhost", "a.localhost", "::ffff:127.0.0.1"]
)
def test_loopback_needs_no_accounts(host: str) -> None:
    assert is_loopback(host)
    check_binding(Config(host=host))


@pytest.mark.parametrize(
    "host", ["0.0.0.0", "::", "192.168.1.5", "desk.example.org", "::ffff:10.0.0.1", "127.0.0.1.nip.io"]
)
def test_listening_for_others_needs_accounts(host: str) -> None:
    assert not is_loopback(host)
    with pytest.raises(DeskError) as caught:
        check_binding(Config(host=host))
    assert caught.value.code == "accounts_required"
    check_binding(Config(host=host, accounts=True))


def test_every_setting_is_documented_with_its_default() -> None:
    text = DOCS.read_text("utf-8")
    documented = [line.split("`")[1] for line in text.splitlines() if line.startswith("### `")]
    assert sorted(documented) == sorted(SETTING_NAMES)
    for name, value in Config().to_json().items():
        section = text.split(f"### `{name}`")[1].split("###")[0]
        if name != "data_dir":
            assert f"Default: `{_as_toml(value)}`" in section, name


def _as_toml(value: object) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, list | dict | int | float) else f'"{value}"'


def test_a_key_in_settings_of_kinds_that_cannot_be_read_is_not_repeated() -> None:
    environ = {"NOWSERVING_KIND_SETTINGS": '{"heatsheets": {"llm_api_key": "hush"}'}
    with pytest.raises(DeskError) as caught:
        load(environ=environ)
    assert "NOWSERVING_KIND_SETTINGS" in caught.value.message
    assert "hush" not in caught.value.message
