"""The composition root: the only module that knows everybody. `app.py` is its door."""

import asyncio
import contextlib
import signal
import sys
import webbrowser
from collections.abc import AsyncIterator
from pathlib import Path

import structlog
from aiohttp import web

from service.accounts.doorkeeper import Doorkeeper, Terms
from service.accounts.housekeeping import keep_tidy
from service.accounts.people import People
from service.config import Config, Settings
from service.engine.child_pool import ChildPool
from service.engine.desk import Desk, DeskSettings
from service.http.application import build_application
from service.http.keys import DESK
from service.http.runner import Runner
from service.kinds.registry import Registry
from service.model.errors import DeskError
from service.storage.files import FileStore
from service.storage.lock import lock_data_dir
from service.storage.sqlite.accounts import SqliteAccounts
from service.storage.sqlite.migrate import migrate, migrations_in, version_of
from service.storage.sqlite.store import SqliteStore

logger = structlog.get_logger(__name__)

HERE = Path(__file__).resolve().parents[1]
DATABASE = "nowserving.db"
SHUTDOWN_SECONDS = 3.0  # what open requests get to end while the running job ends too; streams end before


def resource(name: str) -> Path:
    """Return a folder that travels with the code: beside `app.py` in a checkout, bundled in a wheel."""
    beside = HERE / name
    return beside if beside.exists() else HERE / "service" / "_bundle" / name


MIGRATIONS = resource("migrations")


async def open_store(config: Config) -> SqliteStore:
    """Open the database, made or migrated if need be."""
    await asyncio.to_thread(config.data_dir.mkdir, mode=0o700, parents=True, exist_ok=True)
    return await SqliteStore.open(config.data_dir / DATABASE, MIGRATIONS)


async def open_doorkeeper(store: SqliteStore, config: Config) -> Doorkeeper | None:
    """Return who lets people in, None while accounts are off."""
    if not config.accounts:
        return None
    terms = Terms(config.access_token_seconds, config.refresh_token_days, config.audit_retention_days)
    doorkeeper = await Doorkeeper.open(store.accounts, config.data_dir, terms)
    if not await doorkeeper.has_users():
        command = f"nowserving users add NAME --role admin --data-dir {config.data_dir}"
        logger.warning("nobody_can_sign_in", remediation=f"Add the first administrator with: {command}")
    return doorkeeper


async def open_desk(store: SqliteStore, config: Config) -> Desk:
    """Recover what a crash left, and return a desk at rest; a store that cannot be used is closed."""
    kinds = Registry.load()
    try:
        files = await FileStore.open(
            config.data_dir,
            max_upload_bytes=config.max_upload_bytes,
            disk_budget_bytes=config.disk_budget_bytes,
            min_free_bytes=config.min_free_bytes,
        )
        pool = ChildPool(config)
        settings = DeskSettings(
            startup_mode=config.startup_mode,
            lanes=config.lanes,
            max_waiting_jobs=config.max_waiting_jobs,
            retention_days=config.retention_days,
            event_retention_days=config.event_retention_days,
            event_log_entries=config.event_log_entries,
            event_log_bytes=config.event_log_bytes,
            allow_url_hosts=config.allow_url_hosts,
            kind_settings=config.kind_settings,
        )
        return await Desk.open(store, files, kinds, pool, settings)
    except BaseException:
        await store.close()
        raise


async def create_app(config: Config, settings: Settings | None = None) -> web.Application:
    """Return the whole application; the desk begins to move when the server starts and rests when it stops."""
    lock = await asyncio.to_thread(lock_data_dir, config.data_dir)
    try:
        store = await open_store(config)
        desk = await open_desk(store, config)
        try:
            doorkeeper = await open_doorkeeper(store, config)
            application = build_application(desk, config, doorkeeper, settings)
        except BaseException:
            await desk.store.close()  # an open connection would keep the process from ending
            raise
    except BaseException:
        lock.release()
        raise

    async def moving(_: web.Application) -> AsyncIterator[None]:
        await desk.start()
        async with keep_tidy(doorkeeper):
            yield
        await desk.close()
        await desk.store.close()
        lock.release()

    async def begin_rest(app: web.Application) -> None:
        # Here and not in the clean-up: streams that are still open would hold the server back until its time-out,
        # and what open requests and the running job need to end would add up.
        app[DESK].begin_rest()

    application.cleanup_ctx.append(moving)
    application.on_shutdown.append(begin_rest)
    return application


async def serve_until_stopped(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT, then stop cleanly."""
    config = settings.config
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        with contextlib.suppress(NotImplementedError):  # Windows
            loop.add_signal_handler(name, stop.set)
    application = await create_app(config, settings)
    runner = Runner(application, shutdown_timeout=SHUTDOWN_SECONDS)
    await runner.setup()
    try:
        site = web.TCPSite(runner, config.host, config.port)
        await site.start()
        host, port = runner.addresses[0][:2]
        shown = f"[{host}]" if ":" in host else host
        print(f"listening on http://{shown}:{port}", flush=True)
        if config.open_browser:
            await asyncio.to_thread(webbrowser.open, f"http://{shown}:{port}/")
        await stop.wait()
        logger.info("stopping")
    finally:
        await runner.cleanup()


def prepare_database(data_dir: Path) -> Path:
    """Return the database of a data folder, made or migrated if need be, which only one process may do at a time."""
    path, migrations = data_dir / DATABASE, MIGRATIONS
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    if version_of(path) != len(migrations_in(migrations)):
        lock = lock_data_dir(data_dir)
        try:
            migrate(path, migrations)
        finally:
            lock.release()
    return path


@contextlib.asynccontextmanager
async def open_people(data_dir: Path) -> AsyncIterator[People]:
    """Open the accounts of a data folder for the command line, whether a server uses it or not."""
    store = await SqliteAccounts.open(await asyncio.to_thread(prepare_database, data_dir))
    try:
        yield People(store)
    finally:
        await store.close()


def serve(settings: Settings) -> int:
    """Run the service in this process and return its exit code."""
    try:
        asyncio.run(serve_until_stopped(settings))
    except DeskError as error:
        print(f"nowserving: {error.message} {error.remediation or ''}".rstrip(), file=sys.stderr)
        return 6 if error.code == "conflict" else 2
    except OSError as error:
        print(
            f"nowserving: cannot listen on {settings.config.host} port {settings.config.port}: {error}",
            file=sys.stderr,
        )
        return 2
    return 0
