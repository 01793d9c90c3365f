"""One job of the `shipping` kind, in the child: read, understand, plan, show, and after a person's yes, buy."""

from collections.abc import Iterator, Mapping, Set
from pathlib import Path
from typing import Any

from service.kinds.base import InputFile, ItemResult, JobContext
from service.kinds.shipping.buying import AtPoint, Buyer
from service.kinds.shipping.carriers.port import Address
from service.kinds.shipping.codes import shipping_error
from service.kinds.shipping.filters import compile_filter
from service.kinds.shipping.labelbook import LabelBook
from service.kinds.shipping.orders import OrderBook
from service.kinds.shipping.parcels import Parcel, parcel_of
from service.kinds.shipping.plan import Plan, plan_path
from service.kinds.shipping.preview import Caps, held_preview, summary, write_preview
from service.kinds.shipping.printing.bundles import write_merged, write_zip
from service.kinds.shipping.sentence.known import Known
from service.kinds.shipping.sentence.reader import NeedsClarification
from service.kinds.shipping.sentence.understanding import Understood, understand
from service.kinds.shipping.settings import SAMPLE_SENDER, ShippingSettings, address_of, carrier_of
from service.kinds.shipping.sources import Source, open_source
from service.kinds.shipping.staging import cents_of, is_label_missing, label_path, number_of
from service.kinds.shipping.tracked import Cells, tracked_name, write_tracked
from service.kinds.shipping.wording import explain

ORDERS_FILE = "orders.db"


def ship(job: JobContext, at_point: AtPoint) -> Mapping[str, Any]:
    """Run one job up to its preview, or after confirmation to its labels; raises JobError by docs/kinds/shipping.md."""
    settings = ShippingSettings.read(job.settings)
    carrier = carrier_of(job.args["carrier"], settings, job.shared_dir)
    plan = Plan(plan_path(job.work_dir, job.id))
    try:
        LabelBook(job.shared_dir).adopt(job.id, [number for number, _ in _labels_of(job, job.item_results())])
        about, plan_hash = _planned(job, plan, settings)
        told = summary(plan, plan_hash, about, _broken_caps(job, plan))
        skipped = _skipped(job, plan)
        if not _is_confirmed(job, plan, plan_hash):
            with job.open_artifact("preview.json", "application/json") as out:
                write_preview(out, plan, told)
            job.hold(held_preview(plan, told))
        Buyer(job, plan, carrier, at_point).buy(skipped)
        return _finish(job, plan, told)
    finally:
        plan.close()


def sender_of(args: Mapping[str, Any], settings: ShippingSettings) -> Address:
    """Return who sends; raises JobError when a real carrier would get the sample address."""
    if args.get("ship_from"):
        return address_of(args["ship_from"])
    if settings.ship_from is None and args["carrier"] != "sandbox":
        raise shipping_error(
            "carrier_not_configured", "Name the sender in shipping.ship_from or in the job's args."
        )
    return settings.ship_from or SAMPLE_SENDER


def understood_of(args: Mapping[str, Any], book: OrderBook, home_country: str) -> Understood:
    """Return the filter and service of a job: given with it, or read from its sentence.

    Raises JobError `needs_clarification` with the question, or `filter_invalid`.
    """
    if args.get("filter") is not None:
        compile_filter(args["filter"], book.fields)
        service = args.get("service")
        return Understood(args["filter"], service, explain(args["filter"], service, book.fields), ())
    try:
        return understand(args["command"], Known(book, home_country))
    except NeedsClarification as asked:
        offers = "; ".join(choice.command or choice.label for choice in asked.choices)
        message = asked.question + (f" For instance: {offers}" if offers else "")
        raise shipping_error("needs_clarification", message) from None


def _planned(job: JobContext, plan: Plan, settings: ShippingSettings) -> tuple[dict[str, Any], str]:
    """Return what is said about the plan, and its hash; made now unless this job has made it before."""
    known, plan_hash = plan.about(), plan.hash()
    if known is not None and plan_hash is not None:
        return known, plan_hash  # after a yes or a crash: the sheet need not be read again
    file = _input(job)
    job.report("Reading the orders", stage="reading", unit="row")
    source = open_source(file.path, file.name)
    sender = sender_of(job.args, settings)
    mapping, country = job.args["mapping"], job.args.get("default_country")

    def count(rows: int) -> None:
        job.report(f"{rows} rows read", stage="reading")

    with OrderBook.build(
        job.work_dir / ORDERS_FILE, source, mapping, default_country=country, at_rows=count
    ) as book:
        meant = understood_of(job.args, book, sender.country)
        about = _about(job, book, meant)
        plan_hash = plan.hash()
        if plan_hash is None:
            _make(job, plan, book, meant, sender, settings, about)
            plan_hash = plan.hash() or ""
    (job.work_dir / ORDERS_FILE).unlink(missing_ok=True)  # the source is kept, this was only its index
    return about, plan_hash


def _make(
    job: JobContext,
    plan: Plan,
    book: OrderBook,
    meant: Understood,
    sender: Address,
    settings: ShippingSettings,
    about: Mapping[str, Any],
) -> None:
    sql, values = compile_filter(meant.filter, book.fields)
    total = book.count_where(sql, values)
    carrier = carrier_of(job.args["carrier"], settings, job.shared_dir)
    done_before = {result.key for result in job.item_results() if result.status != "failed"}
    parcels = _parcels(job, book, (sql, values), meant.service, sender, done_before)
    job.report("Asking for rates", stage="rating", current=0, total=total, unit="row")
    for done in plan.make(about, parcels, carrier):
        job.report("Asking for rates", stage="rating", current=done, total=total, unit="row")


def _parcels(
    job: JobContext,
    book: OrderBook,
    selected: tuple[str, list[Any]],
    service: str | None,
    sender: Address,
    done_before: Set[str],
) -> Iterator[Parcel]:
    """Yield the parcels of the selected rows that no earlier job of this line has bought."""
    labels = LabelBook(job.shared_dir, job.owner)
    for order in book.select(*selected):
        if str(order.row_number) in done_before:
            continue
        parcel = parcel_of(order, service, job.args["default_service"], sender)
        before = labels.bought_before(parcel.shipment)
        if before is not None:
            more = f"A label for this order was bought before: {before.tracking_number}."
            parcel = parcel.with_warning(more)
        yield parcel


def _about(job: JobContext, book: OrderBook, meant: Understood) -> dict[str, Any]:
    return {
        "command": job.args["command"],
        "explanation": meant.explanation,
        "filter": meant.filter,
        "service": meant.service,
        "carrier": job.args["carrier"],
        "words": [word.to_json() for word in meant.words],
        "mapping": [
            field.to_json()
            for field in book.fields.values()
            if field.header or field.name in job.args["mapping"]
        ],
        "notes": list(book.notes),
        "source_rows": book.count,
    }


def _input(job: JobContext) -> InputFile:
    if len(job.inputs) != 1:
        raise shipping_error("source_missing", "Exactly one file of orders is needed.")
    return job.inputs[0]


def _broken_caps(job: JobContext, plan: Plan) -> list[str]:
    caps = Caps.from_args(job.args.get("auto_confirm"))
    return caps.broken_by(plan.totals()) if caps else []


def _is_confirmed(job: JobContext, plan: Plan, plan_hash: str) -> bool:
    """Tell whether a person, or the caps of the job, have said yes to this very plan."""
    if job.confirmed is not None:
        return bool(job.confirmed.get("hash") == plan_hash)
    caps = Caps.from_args(job.args.get("auto_confirm"))
    return caps is not None and not caps.broken_by(plan.totals())


def _skipped(job: JobContext, plan: Plan) -> frozenset[int]:
    """Return the rows that a person left out; raises JobError `skip_rows_invalid` for what is no row of the plan."""
    given = (job.confirmed or {}).get("skip_rows") or []
    is_list = isinstance(given, list) and all(
        isinstance(one, int) and not isinstance(one, bool) for one in given
    )
    if not is_list or any(plan.row(one) is None for one in given):
        raise shipping_error(
            "skip_rows_invalid", "skip_rows is a list of row numbers of the preview; nothing was bought."
        )
    return frozenset(given)


def _finish(job: JobContext, plan: Plan, told: Mapping[str, Any]) -> dict[str, Any]:
    """Leave labels and the tracked copy; return the output."""
    job.report("Putting the labels together", stage="bundling")
    results = job.item_results()
    bought = [result for result in results if result.status == "completed"]
    save_bundles(job, bought)
    file = _input(job)
    source: Source = open_source(file.path, file.name)
    target = tracked_name(source, file.name, told["source_rows"])
    with job.open_artifact(target.name, target.media_type) as out:
        write_tracked(
            out, file.path, file.name, target, {int(result.key): _cells(result) for result in results}
        )
    return {
        "total_rows": len(results),
        "successful": len(bought),
        "failed": sum(result.status == "failed" for result in results),
        "needs_review": sum(result.status == "needs_review" for result in results),
        "skipped": told["total_rows"] - plan.totals(_skipped(job, plan)).rows,
        "total_cost_cents": sum(cents_of(result.output) for result in bought),
        "is_within_caps": job.confirmed is None,
        "labels_missing": sum(is_label_missing(result.output) for result in bought),
        **{name: told[name] for name in ("command", "explanation", "filter", "service", "carrier", "hash")},
    }


def save_bundles(job: JobContext, bought: list[ItemResult]) -> None:
    """Leave `labels.zip` and `labels.pdf`, in the order of the rows; nothing when no label is there."""
    labels = _labels_of(job, bought)
    if not labels:
        return
    with job.open_artifact("labels.zip", "application/zip") as out:
        write_zip(out, ((f"{number}.pdf", path) for number, path in labels))
    with job.open_artifact("labels.pdf", "application/pdf") as out:
        write_merged(out, (path for _, path in labels))


def _labels_of(job: JobContext, results: list[ItemResult]) -> list[tuple[str, Path]]:
    """Return number and file of every label that is in the job's folder, in the order of the rows."""
    bought = sorted((one for one in results if one.status == "completed"), key=lambda one: int(one.key))
    numbers = [number for one in bought if (number := number_of(one.output)) is not None]
    places = ((number, label_path(job.work_dir, number)) for number in numbers)
    return [(number, path) for number, path in places if path.exists()]


def _cells(result: ItemResult) -> Cells:
    if result.status == "completed":
        service = result.output.get("service", "") if isinstance(result.output, dict) else ""
        return (
            number_of(result.output) or "",
            f"{cents_of(result.output) / 100:.2f}",
            str(service),
            "bought",
        )
    return ("", "", "", "needs review" if result.status == "needs_review" else f"failed: {result.code}")
