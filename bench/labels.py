"""Labels a second against reportlab alone, and the memory of a preview of 5,000 rows: `python -m bench.labels`.

The peer draws the same texts and lines and reportlab's own Code 128 on the same page, without PDF417, without the
choice of fonts and without fitting: what remains when everything of ours is taken away. Both run in turns in one
process, so that the ratio does not depend on what else the machine does.
"""

import argparse
import io
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from service.kinds.shipping.carriers.port import Address, Purchase, Shipment
from service.kinds.shipping.printing.labels import HEIGHT, WIDTH, Label, address_lines, label_pdf

SENDER = Address("Nowserving Sample Goods", "1 Market Street", "San Francisco", "CA", "94105", "US")


def label(number: int, name: str = "Maria Lopez") -> Label:
    """Return a label like any other."""
    to = Address(name, "118 Juniper Lane", "Los Angeles", "CA", "90026", "US", "Okoro Framing LLC", "Suite 5")
    shipment = Shipment(SENDER, to, 4.2, "ground", str(number), "Ceramic mug (2); Tea towel")
    return Label(shipment, Purchase(f"SBX{number:014}", 745, "ground", "sandbox", "sbx"))


def plain(one: Label) -> bytes:
    """Draw the same label with reportlab alone."""
    from reportlab.graphics.barcode.code128 import Code128
    from reportlab.pdfgen.canvas import Canvas

    out = io.BytesIO()
    canvas = Canvas(out, pagesize=(WIDTH, HEIGHT), pageCompression=1, invariant=1)
    y = HEIGHT - 24
    for size, lines in (
        (8, address_lines(one.shipment.ship_from)),
        (12, address_lines(one.shipment.ship_to)),
    ):
        canvas.setFont("Helvetica", size)
        for line in lines:
            canvas.drawString(14, y, line)
            y -= size * 1.2
        canvas.line(14, y, WIDTH - 14, y)
        y -= 12
    for text in (one.purchase.service, "4.20 lb", "SANDBOX", "SHIP TO", f"TRACKING # {one.purchase.tracking_number}",
                 f"REF {one.shipment.reference}", one.shipment.contents, "SAMPLE"):  # fmt: skip
        canvas.drawString(14, y, text)
        y -= 10
    Code128(one.purchase.tracking_number, barHeight=66, barWidth=1.0).drawOn(canvas, 0, 20)
    canvas.showPage()
    canvas.save()
    return out.getvalue()


def rate(draw: Callable[[Label], bytes], labels: list[Label]) -> float:
    """Return how many labels a second are drawn."""
    start = time.perf_counter()
    for one in labels:
        draw(one)
    return len(labels) / (time.perf_counter() - start)


def preview_memory(rows: int) -> dict[str, float]:
    """Make a preview of so many rows in a fresh process; return its peak memory in MB and its seconds."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.labels", "--preview", str(rows)],
        capture_output=True,
        text=True,
        check=True,
    )
    return dict(json.loads(done.stdout))


def make_preview(rows: int) -> None:
    """Make one preview and say what it took."""
    from service.kinds.base import Held
    from service.kinds.shipping.kind import ShippingKind
    from service.kinds.testing import run_kind

    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "orders.csv"
        with source.open("w") as out:
            out.write("order_id,name,address1,city,state,postal,country,weight,total\n")
            for number in range(rows):
                out.write(
                    f"{number},Name {number},{number} Elm Road,Austin,TX,78701,US,{1 + number % 50},20.00\n"
                )
        start = time.perf_counter()
        try:
            run_kind(
                ShippingKind(), Path(folder) / "job", args={"command": "ship everything"}, files=[source]
            )
        except Held:
            seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"peak_mb": round(peak, 1), "seconds": round(seconds, 2)}))


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--labels", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--preview", type=int)
    chosen = parser.parse_args()
    if chosen.preview is not None:
        make_preview(chosen.preview)
        return
    labels = [label(number) for number in range(chosen.labels)]
    foreign = [label(number, "Łukasz Żak, 山田 太郎") for number in range(max(20, chosen.labels // 10))]
    rate(label_pdf, labels[:10])
    rate(plain, labels[:10])
    rate(label_pdf, foreign[:2])
    rounds = [(rate(label_pdf, labels), rate(plain, labels)) for _ in range(chosen.rounds)]
    ours, peer = (sorted(column)[len(rounds) // 2] for column in zip(*rounds, strict=True))
    print(f"labels                 {ours:7.0f} /s   reportlab alone {peer:7.0f} /s   ratio {ours / peer:.2f}")
    print(f"labels in two scripts  {rate(label_pdf, foreign):7.0f} /s")
    for rows in (50, 5_000):
        figures = preview_memory(rows)
        print(f"preview of {rows:5} rows  {figures['peak_mb']:7.1f} MB peak   {figures['seconds']:.2f} s")


if __name__ == "__main__":
    main()
