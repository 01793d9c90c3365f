"""The whole API on one screen."""

from collections.abc import Iterable, Sequence
from typing import Any

import structlog
from aiohttp import web

from service.engine.desk import Desk
from service.http import account_schemas as c
from service.http import answer_schemas as a
from service.http import (
    artifacts,
    batches,
    docs,
    examples,
    health,
    jobs,
    kinds,
    line,
    line_schemas,
    logins,
    logs,
    pages,
    queue,
    settings,
    settings_schemas,
    stats,
    stats_schemas,
    stream,
    users,
)
from service.http import schemas as s
from service.http.documentation import (
    ACCOUNTS,
    ATTACHMENT,
    CHANGES_BATCH,
    CHANGES_JOB,
    CHANGES_QUEUE,
    ESTIMATES,
    LOGIN,
    OF_BATCH,
    OF_JOB,
    OPERATES,
    PAGE,
    SEARCH,
    STREAM,
    SUBMITS,
    TAGGED,
    ZIPPED,
)
from service.http.route import Route, delete, get, patch, post
from service.kinds.base import Kind
from service.model.policy import Action

logger = structlog.get_logger("nowserving.http")

V1 = "/api/v1"
JOB = f"{V1}/jobs/{{job_id}}"
BATCH = f"{V1}/batches/{{batch_id}}"
AUTH = f"{V1}/auth"
USER = f"{V1}/users/{{user_id}}"


def api() -> tuple[Route, ...]:
    """Return every route of the service itself."""
    # fmt: off
    return (
        post(f"{V1}/jobs", jobs.submit, "Submit a job", SUBMITS, body=s.SubmitJob, form=s.SubmitForm,
             answer=a.JobOut),
        get(f"{V1}/jobs", jobs.find, "List jobs, newest first", SEARCH, query=s.JobsQuery, answer=a.JobsOut),
        get(JOB, jobs.show, "Show a job", OF_JOB, TAGGED, answer=a.JobOut),
        delete(JOB, jobs.remove, "Remove a job that is over, with its files", OF_JOB, status=204,
               problems=("conflict",)),
        post(f"{JOB}/cancel", jobs.cancel, "Cancel a job", CHANGES_JOB),
        post(f"{JOB}/confirm", jobs.confirm, "Send a held job on", CHANGES_JOB, body=s.ConfirmBody,
             problems=("stale_preview",)),
        post(f"{JOB}/retry", jobs.retry, "Do again what did not succeed, as a new job", CHANGES_JOB,
             problems=("queue_full", "disk_budget", "kind_not_found", "kind_unavailable")),
        post(f"{JOB}/move", jobs.move, "Give a waiting job another place", CHANGES_JOB, body=s.Move, status=200,
             is_body_required=True, access=Action.MOVE),
        get(f"{JOB}/progress", jobs.progress, "Poll how far a job is", OF_JOB, TAGGED, answer=a.JobProgressOut),
        get(f"{JOB}/events", stream.job_events, "Stream a job", OF_JOB, STREAM),
        get(f"{JOB}/progress/stream", stream.job_dialect_events, "Stream a job in the words of its kind", OF_JOB,
            STREAM),
        get(f"{JOB}/items", jobs.items, "List a job's items", OF_JOB, SEARCH, query=s.ItemsQuery, answer=a.ItemsOut),
        post(f"{JOB}/items/{{key}}/resolve", jobs.resolve_item, "Decide an item that needs review", CHANGES_JOB,
             body=s.ResolveItem, status=200, is_body_required=True, problems=("item_not_found",)),
        get(f"{JOB}/log", logs.show, "Read or follow a job's log", OF_JOB, query=s.LogQuery, media_type="text/plain",
            problems=("invalid", "not_acceptable")),
        get(f"{JOB}/artifacts/{{name}}", artifacts.send, "Download an artifact", OF_JOB, ATTACHMENT,
            problems=("artifact_not_found",)),
        get(f"{JOB}/artifacts.zip", artifacts.send_all, "Download all artifacts of a job", OF_JOB, ZIPPED),

        post(f"{V1}/batches", batches.submit, "Submit a batch: one job for each file", SUBMITS, tag="batches",
             body=s.SubmitBatch, form=s.BatchForm, answer=a.BatchOut, problems=("urls_not_supported", "no_files")),
        get(f"{V1}/batches", batches.find, "List batches, newest first", SEARCH, tag="batches", query=s.PageQuery,
            answer=a.BatchesOut),
        get(BATCH, batches.show, "Show a batch with its jobs", OF_BATCH, TAGGED, answer=a.BatchOut),
        get(f"{BATCH}/events", stream.batch_events, "Stream a batch", OF_BATCH, STREAM),
        post(f"{BATCH}/cancel", batches.cancel, "Cancel what is left of a batch", CHANGES_BATCH),
        post(f"{BATCH}/retry", batches.retry, "Retry what did not succeed", CHANGES_BATCH, problems=("queue_full",
             "disk_budget")),
        get(f"{BATCH}/artifacts.zip", artifacts.send_batch, "Download all artifacts of a batch", OF_BATCH, ZIPPED),
        get(f"{V1}/events", stream.all_events, "Stream everything", STREAM),

        get(f"{V1}/queue", queue.show, "Show the lanes", tag="queue", answer=a.QueueOut),
        get(f"{V1}/queue/jobs", line.waiting, "List waiting jobs in the order of the line", SEARCH, tag="queue",
            query=line_schemas.LinePageQuery, answer=line_schemas.LinePageOut, problems=("lane_not_found",)),
        post(f"{V1}/estimate", line.estimate, "Tell when a job would be done if it were handed in now", ESTIMATES,
             access=Action.LOOK, body=line_schemas.EstimateBody, answer=line_schemas.EstimatedOut),
        post(f"{V1}/queue/pause", queue.pause, "Take no further job after the running one", CHANGES_QUEUE,
             body=s.Pause),
        post(f"{V1}/queue/resume", queue.resume, "Take jobs again", CHANGES_QUEUE),
        post(f"{V1}/queue/clear", queue.clear, "Cancel every waiting job", CHANGES_QUEUE, answer=a.ClearedOut),
        get(f"{V1}/kinds", kinds.find, "List the kinds with their args as JSON Schema", TAGGED, tag="kinds",
            answer=a.KindsOut),
        get(f"{V1}/kinds/{{kind}}", kinds.show, "Show a kind", tag="kinds", answer=a.KindOut,
            problems=("kind_not_found",)),
        get(f"{V1}/examples", examples.find, "List small real inputs to try", tag="kinds", answer=a.ExamplesOut),
        get("/examples/{kind}/{name}", examples.send, "Download an example", ATTACHMENT, tag="kinds",
            problems=("example_not_found",)),

        get(f"{V1}/stats", stats.show, "Show throughput, waiting and running time", SEARCH, tag="service",
            query=s.StatsQuery, answer=stats_schemas.StatsOut),
        post(f"{AUTH}/login", logins.login, "Sign in", LOGIN, body=c.Login, answer=c.GrantedOut,
             problems=("wrong_credentials", "too_many_requests")),
        post(f"{AUTH}/refresh", logins.refresh, "Give new tokens for a refresh token, once", LOGIN, body=c.Refresh,
             is_body_required=False, answer=c.GrantedOut, problems=("unauthorized",)),
        post(f"{AUTH}/logout", logins.logout, "End this login and its streams", LOGIN, body=c.Logout,
             is_body_required=False, status=204),
        get(f"{AUTH}/door", logins.door, "Tell whether one has to sign in", tag="accounts", answer=c.DoorOut,
            access=Action.VISIT),
        get(f"{AUTH}/me", logins.me, "Show who asks", tag="accounts", answer=c.MeOut),
        post(f"{AUTH}/ticket", logins.ticket, "Get a ticket for one stream or file", ACCOUNTS, body=s.Empty,
             is_body_required=False, status=201, answer=c.TicketOut),
        post(f"{AUTH}/password", logins.change_password, "Change one's own password", ACCOUNTS, body=c.NewPassword,
             status=204, problems=("wrong_credentials", "too_many_requests")),
        get(f"{AUTH}/tokens", logins.tokens, "List one's own API tokens", ACCOUNTS, answer=c.TokensOut),
        post(f"{AUTH}/tokens", logins.make_token, "Make an API token", ACCOUNTS, body=c.NewToken, status=201,
             answer=c.MadeTokenOut),
        delete(f"{AUTH}/tokens/{{token_id}}", logins.delete_token, "Remove an API token", ACCOUNTS, status=204,
               problems=("token_not_found",)),
        get(f"{V1}/users", users.find, "List the accounts", OPERATES, answer=c.UsersOut),
        post(f"{V1}/users", users.add, "Make an account", OPERATES, body=c.NewUser, status=201,
             answer=c.UserWithPatientsOut, problems=("name_taken",)),
        patch(USER, users.change, "Change an account", OPERATES, body=c.UserChanges, answer=c.UserWithPatientsOut,
              problems=("user_not_found", "name_taken", "last_admin")),
        delete(USER, users.remove, "Remove an account; its jobs stay", OPERATES, status=204,
               problems=("user_not_found", "last_admin")),
        post(f"{USER}/patients", users.assign, "Give a patient to a therapist", OPERATES, body=c.Assignment,
             answer=c.UserWithPatientsOut, problems=("user_not_found",)),
        delete(f"{USER}/patients/{{patient_id}}", users.unassign, "Take a patient from a therapist", OPERATES,
               answer=c.UserWithPatientsOut, problems=("user_not_found",)),
        get(f"{V1}/audit", users.audit_log, "Show who did what, newest first", OPERATES, query=c.AuditPage,
            answer=c.AuditOut),

        get(f"{V1}/settings", settings.show, "Show the settings in force and where each came from", tag="service",
            access=Action.OPERATE, answer=settings_schemas.SettingsOut),
        get(f"{V1}/doctor", settings.doctor, "Look at everything the desk stands on", tag="service",
            access=Action.OPERATE, answer=settings_schemas.DoctorOut),
        get("/healthz", health.alive, "Is the process alive?", tag="service", answer=s.Anything,
            access=Action.VISIT),
        get("/readyz", health.ready, "Is work taken and run?", tag="service", answer=s.Anything,
            problems=("not_ready",), access=Action.VISIT),
        get("/metrics", health.metrics, "Numbers for Prometheus", tag="service", media_type="text/plain",
            access=Action.OPERATE, takes_ticket=False),
        get("/api/openapi.json", docs.openapi, "This document", TAGGED, tag="service", answer=s.Anything,
            access=Action.VISIT),
        get("/docs", docs.page, "This document for people", PAGE),
        get("/problems/{slug}", docs.problem, "What an error code means and what to do", PAGE),
        get("/static/{path:.+}", pages.static_file, "Files of the user interface", PAGE,
            media_type="application/octet-stream"),
        get("/favicon.ico", pages.favicon, "The icon", PAGE, media_type="image/svg+xml"),
        get("/", pages.index, "The user interface", PAGE),
    )
    # fmt: on


def of_kinds(desk: Desk) -> tuple[Route, ...]:
    """Return the routes that the kinds bring along; a plain aiohttp definition gets the kind's name as its tag."""
    return tuple(
        documented(info.name, definition)
        for info in desk.kinds.all()
        if info.kind is not None and info.available
        for definition in _brought_by(info.kind)
    )


def _brought_by(kind: Kind) -> Sequence[Route | web.RouteDef]:
    try:
        return kind.routes()
    except Exception as error:  # a plug-in's fault must not stop the service
        logger.warning("routes_of_kind_left_out", kind=kind.name, error=str(error), exc_info=error)
        return ()


def documented(kind: str, definition: Route | web.RouteDef) -> Route:
    """Return a kind's route with its documentation; of a plain definition the handler's docstring is all there is."""
    if isinstance(definition, Route):
        return definition
    doc = (definition.handler.__doc__ or "").strip()
    summary = doc.splitlines()[0] if doc else f"A path of the kind {kind}"
    is_get_only = not definition.kwargs.get("allow_head", True)
    more: dict[str, Any] = {"tag": kind, "answer": s.Anything, "is_get_only": is_get_only}
    handler: Any = definition.handler  # aiohttp's type admits view classes too, which answer in the same way
    return Route(definition.method, definition.path, handler, summary, **more)


def add_to(app: web.Application, routes: Iterable[Route]) -> None:
    """Put the routes into an application's router."""
    app.router.add_routes(routes)
