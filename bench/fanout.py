"""Fan-out: CPU for each delivery of an event to a stream, ours against aiohttp-sse's `send` and sse-starlette.

    python -m bench.fanout [--clients 200] [--events 500] [--rounds 3] [--pause-ms 20]

Each server runs in a process of its own and is told to publish; one client process holds all the streams
and reads until everybody has everything. Printed: CPU microseconds of the server for each delivery, the
deliveries a second, and ratios against ours, all of one run. Rounds are interleaved; the median counts.
Twice: in a burst, where ours gathers what comes within a few milliseconds into one write, and with a
pause between events, where every event is a write of its own for everybody.
"""

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable

CONTENDERS = ("ours", "aiohttp-sse", "sse-starlette")
MESSAGE = {
    "job_id": "0190",
    "status": "running",
    "percent": 12.5,
    "file_name": "moby-dick.epub",
    "message": "x" * 80,
}
Publish = Callable[[int, float], Awaitable[None]]


async def commands(publish: Publish) -> None:
    """Publish when told to on standard input; print the CPU seconds it took until the end was told."""
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        word = line.split()
        if word[0] == "publish":
            before = time.process_time()
            await publish(int(word[1]), float(word[2]))
            await loop.run_in_executor(None, sys.stdin.readline)  # "done": all clients have everything
            print(json.dumps({"cpu": time.process_time() - before}), flush=True)


async def serve_ours() -> None:
    """The real hub and the real stream handler, fed without a database."""
    from types import SimpleNamespace

    from aiohttp import web

    from service.config import Config
    from service.engine.hub import Hub
    from service.engine.words import canonical
    from service.http.event_stream import send_events
    from service.http.keys import CONFIG, DESK
    from service.http.openings import Opening
    from service.model.events import Event
    from service.storage.port import EventScope

    hub = Hub("bench", 0)
    app = web.Application()
    app[DESK] = SimpleNamespace(hub=hub)  # type: ignore[misc]
    app[CONFIG] = Config()

    async def events(request: web.Request) -> web.StreamResponse:
        return await send_events(request, EventScope(), canonical, Opening(b"", hub.head))

    async def publish(count: int, pause: float) -> None:
        for _ in range(count):
            hub.publish([Event(hub.head + 1, "item_completed", MESSAGE, "0190")])
            await asyncio.sleep(pause)

    app.router.add_get("/events", events, allow_head=False)
    await serve_aiohttp(app, publish)


async def serve_aiohttp_sse() -> None:
    """Each client has a queue, each event is sent to each client by the library's `send`."""
    from aiohttp import web
    from aiohttp_sse import sse_response

    queues: set[asyncio.Queue[tuple[int, str]]] = set()

    async def events(request: web.Request) -> web.StreamResponse:
        queue: asyncio.Queue[tuple[int, str]] = asyncio.Queue()
        queues.add(queue)
        async with sse_response(request, sep="\n") as response:
            await response.send("hello", retry=2000)
            while True:
                number, data = await queue.get()
                await response.send(data, id=f"bench-{number}", event="item_completed")

    async def publish(count: int, pause: float) -> None:
        for number in range(count):
            data = json.dumps(MESSAGE)
            for queue in queues:
                queue.put_nowait((number, data))
            await asyncio.sleep(pause)

    app = web.Application()
    app.router.add_get("/events", events, allow_head=False)
    await serve_aiohttp(app, publish)


async def serve_aiohttp(app: object, publish: Publish) -> None:
    """Serve on a free port and obey commands."""
    from aiohttp import web

    runner = web.AppRunner(app, access_log=None)  # type: ignore[arg-type]
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    print(json.dumps({"port": runner.addresses[0][1]}), flush=True)
    await commands(publish)


async def serve_starlette() -> None:
    """sse-starlette on uvicorn, a queue for each client."""
    import socket

    import uvicorn
    from sse_starlette.sse import EventSourceResponse, ServerSentEvent
    from starlette.applications import Starlette
    from starlette.routing import Route

    queues: set[asyncio.Queue[tuple[int, str]]] = set()

    async def events(_: object) -> EventSourceResponse:
        queue: asyncio.Queue[tuple[int, str]] = asyncio.Queue()
        queues.add(queue)

        async def stream() -> object:
            yield ServerSentEvent("hello", retry=2000, sep="\n")
            while True:
                number, data = await queue.get()
                yield ServerSentEvent(data, id=f"bench-{number}", event="item_completed", sep="\n")

        return EventSourceResponse(stream(), sep="\n")

    async def publish(count: int, pause: float) -> None:
        for number in range(count):
            data = json.dumps(MESSAGE)
            for queue in queues:
                queue.put_nowait((number, data))
            await asyncio.sleep(pause)

    sock = socket.socket()
    sock.bind(("127.0.0.1", 0))
    sock.listen(1024)  # before the port is told: uvicorn takes a while
    config = uvicorn.Config(Starlette(routes=[Route("/events", events)]), log_level="error", loop="asyncio")
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve(sockets=[sock]))
    print(json.dumps({"port": sock.getsockname()[1]}), flush=True)
    await commands(publish)
    serving.cancel()


async def read_all(port: int, clients: int, events: int, on_ready: Callable[[], None]) -> float:
    """Open the streams, call `on_ready`, read until each has `events` events; return the seconds from there."""
    ready = asyncio.Semaphore(0)

    async def one() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /events HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\n\r\n")
        seen, tail, greeted = 0, b"", False
        while seen < events:
            chunk = await reader.read(1 << 18)
            if not chunk:
                raise ConnectionError("the stream ended early")
            if not greeted and b"retry:" in tail + chunk:
                greeted = True
                ready.release()
            seen += (tail + chunk).count(b"event: item_completed") - tail.count(b"event: item_completed")
            tail = (tail + chunk)[-30:]
        writer.close()

    async with asyncio.timeout(300), asyncio.TaskGroup() as streams:
        for _ in range(clients):
            streams.create_task(one())
        for _ in range(clients):
            await ready.acquire()
        begin = time.perf_counter()
        on_ready()
    return time.perf_counter() - begin


def measure(name: str, clients: int, events: int, pause: float) -> tuple[float, float]:
    """Return CPU microseconds for each delivery and deliveries a second of one server."""
    command = [sys.executable, "-m", "bench.fanout", "--serve", name]
    server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert server.stdin is not None
    assert server.stdout is not None
    try:
        port = json.loads(server.stdout.readline())["port"]
        stdin = server.stdin

        def go() -> None:
            stdin.write(f"publish {events} {pause}\n")
            stdin.flush()

        seconds = asyncio.run(read_all(port, clients, events, go))
        stdin.write("done\n")
        stdin.flush()
        cpu = json.loads(server.stdout.readline())["cpu"]
    finally:
        server.kill()
        server.wait()
    deliveries = clients * events
    return cpu / deliveries * 1e6, deliveries / seconds


def main() -> None:
    """Run the contenders in turn and print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--clients", type=int, default=200)
    parser.add_argument("--events", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--pause-ms", type=float, default=20.0)
    parser.add_argument("--serve", choices=CONTENDERS)
    options = parser.parse_args()
    servers = {"ours": serve_ours, "aiohttp-sse": serve_aiohttp_sse, "sse-starlette": serve_starlette}
    if options.serve:
        asyncio.run(servers[options.serve]())
        return
    for title, events, pause in (
        ("in a burst", options.events, 0.0),
        (f"{options.pause_ms:g} ms apart", max(10, options.events // 5), options.pause_ms / 1000),
    ):
        figures: dict[str, list[tuple[float, float]]] = {name: [] for name in CONTENDERS}
        for _ in range(options.rounds):
            for name in CONTENDERS:
                figures[name].append(measure(name, options.clients, events, pause))
        print(f"{options.clients} streams x {events} events {title}, median of {options.rounds} rounds")
        show(figures)


def show(figures: dict[str, list[tuple[float, float]]]) -> None:
    """Print one table."""
    medians = {
        name: (statistics.median(cpu for cpu, _ in rows), statistics.median(rate for _, rate in rows))
        for name, rows in figures.items()
    }
    print(f"{'':15}{'CPU us/delivery':>16}{'deliveries/s':>14}{'CPU vs ours':>13}")
    for name, (cpu, rate) in medians.items():
        print(f"{name:15}{cpu:16.1f}{rate:14.0f}{cpu / medians['ours'][0]:12.1f}x")


if __name__ == "__main__":
    main()
