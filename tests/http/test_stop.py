"""How the service ends: the time that open requests get and the time that the running job gets do not add up."""

import asyncio
from pathlib import Path
from urllib.parse import urlsplit

from tests.desk_process import children_of, frames, running_desk

HALF_A_REQUEST = (
    b"POST /api/v1/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    b"Content-Length: 100\r\n\r\n{"
)


async def test_a_burning_job_ends_while_a_stalled_request_still_has_its_time(tmp_path: Path) -> None:
    async with running_desk(tmp_path, "--shutdown-grace-seconds", "0.5") as desk:
        burning = await desk.submit("demo", items=1, seconds=600, burn=True)
        async with desk.stream(f"/api/v1/jobs/{burning}/events") as response:
            async for name, _, data in frames(response):
                if name == "progress" and data["status"] == "running":
                    break
        assert children_of(tmp_path)
        address = urlsplit(desk.url)
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
        writer.write(HALF_A_REQUEST)
        await writer.drain()
        await desk.json("GET", "/api/v1/queue")  # a later request was answered: the half one is being read
        desk.process.terminate()
        await reader.read()  # until the service gives the stalled request up
        assert children_of(tmp_path) == []
        writer.close()
        assert await desk.ended() == 0
