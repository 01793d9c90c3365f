"""The composition root: the only file that knows everybody. `python app.py …` runs the command line."""

import asyncio
import contextlib
import signal
import sys
import webbrowser
from collections.abc import AsyncIterator
from pathlib import Path

import structlog
from aiohttp import web

from service.cli.main import run as run_command_line
from service.config import Config
from service.engine.child_pool import ChildPool
from service.engine.desk import Desk, DeskSettings
from service.http.application import build_application
from service.http.keys import DESK
from service.http.runner import Runner
from service.kinds.registry import Registry
from service.model.errors import DeskError
from service.storage.files import FileStore
from service.storage.lock import lock_data_dir
from service.storage.sqlite.store import SqliteStore

logger = structlog.get_logger(__name__)

HERE = Path(__file__).resolve().parent
MIGRATIONS = "migrations"
SHUTDOWN_SECONDS = 3.0  # what open requests get to end while the running job ends too; streams end before


def resource(name: str) -> Path:
    """Return a folder that travels with the code: beside this file in a checkout, bundled in a wheel."""
    beside = HERE / name
    return beside if beside.exists() else HERE / "service" / "_bundle" / name


async def open_desk(config: Config) -> Desk:
    """Open the database, recover what a crash left, and return a desk at rest."""
    await asyncio.to_thread(config.data_dir.mkdir, parents=True, exist_ok=True)
    kinds = Registry.load()
    store = await SqliteStore.open(config.data_dir / "nowserving.db", resource(MIGRATIONS))
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


async def create_app(config: Config) -> web.Application:
    """Return the whole application; the desk begins to move when the server starts and rests when it stops."""
    lock = await asyncio.to_thread(lock_data_dir, config.data_dir)
    try:
        desk = await open_desk(config)
        try:
            application = build_application(desk, config)
        except BaseException:
            await desk.store.close()  # an open connection would keep the process from ending
            raise
    except BaseException:
        lock.release()
        raise

    async def moving(_: web.Application) -> AsyncIterator[None]:
        await desk.start()
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


async def serve_until_stopped(config: Config) -> None:
    """Serve until SIGTERM or SIGINT, then stop cleanly."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        with contextlib.suppress(NotImplementedError):  # Windows
            loop.add_signal_handler(name, stop.set)
    application = await create_app(config)
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


def serve(config: Config) -> int:
    """Run the service in this process and return its exit code."""
    try:
        asyncio.run(serve_until_stopped(config))
    except DeskError as error:
        print(f"nowserving: {error.message} {error.remediation or ''}".rstrip(), file=sys.stderr)
        return 6 if error.code == "conflict" else 2
    except OSError as error:
        print(f"nowserving: cannot listen on {config.host} port {config.port}: {error}", file=sys.stderr)
        return 2
    return 0


def main() -> None:
    """Run the command line."""
    sys.exit(run_command_line(sys.argv[1:], serve=serve, migrations=resource(MIGRATIONS), lock=lock_data_dir))


if __name__ == "__main__":
    main()
