"""The pure modules of the window, in the browser they are written for."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Page

from tests.browser.window import MODULES_ORIGIN, Complaints, chromium, serve_modules, watched_page

# One browser for all of them: the modules are pure, so no test can leave anything behind.
pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def modules() -> AsyncIterator[Page]:
    """An empty page that can import the modules of the window, without a server."""
    complaints = Complaints()
    async with chromium() as browser:
        context = await browser.new_context()
        await serve_modules(context)
        page = await watched_page(context, complaints)
        await page.goto(MODULES_ORIGIN)
        yield page
    assert complaints.found == []


SETUP = """
  const { reduce, initial, sections, is_current } = await import("/static/state.js");
  const job = (id, status, more = {}) => ({
    id, status, title: id, lane: "main", attempt: 0, position: null, progress: { percent: 0 },
    items: { total: 2, completed: 0, failed: 0, needs_review: 0 }, finished_at: null, ...more });
  const event = (name, data, number = null) =>
    ({ type: "event", name, data, id: number === null ? null : `ep-${number}`, now: 1000 });
  const run = (actions, from = initial) => actions.reduce(reduce, from);
  const three = event("resync", { jobs: [job("r", "running", { attempt: 1 }),
    job("a", "queued", { position: 1 }), job("b", "queued", { position: 2 }), job("c", "queued", { position: 3 })],
    queue: { lanes: [{ name: "main", is_paused: false, pause_reason: null, running: { id: "r" }, waiting: 3 }] } }, 10);
  const places = (state) => sections(state).waiting.map(({ id, position }) => `${id}${position}`).join(" ");
"""


async def run(page: Page, body: str) -> Any:
    """Run the body of an async function with the reducer at hand, and return what it returns."""
    return await page.evaluate(f"(async () => {{ {SETUP} {body} }})()")


async def test_a_snapshot_gives_the_whole_line(modules: Page) -> None:
    told = await run(
        modules,
        "const s = run([three]); return [places(s), s.cursor, s.lanes.main.running, s.is_loaded];",
    )
    assert told == ["a1 b2 c3", "ep-10", "r", True]


async def test_an_item_that_needs_a_person_is_told_as_such_and_the_server_counts(modules: Page) -> None:
    told = await run(
        modules,
        """const items = { total: 2, completed: 0, failed: 0, needs_review: 1 };
        const open = event("item_failed", { job_id: "r", key: "1", item_status: "needs_review", items }, 11);
        const decided = event("item_completed", { job_id: "r", key: "1", item_status: "completed",
          items: { ...items, completed: 1, needs_review: 0 } }, 12);
        const before = run([three, { type: "items", job_id: "r", items: [], now: 1 }, open]);
        const after = run([decided], before);
        const seen = (s) => [s.items.r["1"].status, s.jobs.r.items.needs_review, s.jobs.r.items.completed];
        return [before, after].map(seen);""",
    )
    assert told == [["needs_review", 1, 0], ["completed", 0, 1]]


async def test_a_start_moves_everybody_behind_up_by_one(modules: Page) -> None:
    told = await run(
        modules,
        """const s = run([three, event("started", { job_id: "a", attempt: 1, at: "t" }, 11)]);
        return [places(s), s.jobs.a.status, s.jobs.a.attempt, s.cursor];""",
    )
    assert told == ["b1 c2", "running", 1, "ep-11"]


async def test_a_durable_event_that_was_seen_changes_nothing(modules: Page) -> None:
    told = await run(
        modules,
        """const once = run([three, event("started", { job_id: "a", attempt: 1, at: "t" }, 11)]);
        const twice = run([event("started", { job_id: "a", attempt: 1, at: "t" }, 11),
          event("cancelled", { job_id: "b" }, 10)], once);
        return [once === twice, places(twice)];""",
    )
    assert told == [True, "b1 c2"]


async def test_an_event_of_a_new_epoch_counts_although_its_number_is_small(modules: Page) -> None:
    told = await run(
        modules,
        """const s = run([three, { ...event("cancelled", { job_id: "a", at: "t" }), id: "other-1" }]);
        return [places(s), s.cursor];""",
    )
    assert told == ["b1 c2", "other-1"]


async def test_a_cancelled_job_leaves_the_line_and_keeps_its_end(modules: Page) -> None:
    told = await run(
        modules,
        """const s = run([three, event("cancelled", { job_id: "b", at: "2026-01-01T00:00:00Z" }, 11)]);
        return [places(s), s.jobs.b.status, s.jobs.b.finished_at, sections(s).finished.length];""",
    )
    assert told == ["a1 c2", "cancelled", "2026-01-01T00:00:00Z", 1]


@pytest.mark.parametrize(
    ("job_id", "to", "line"),
    [("c", 1, "c1 a2 b3"), ("a", 3, "b1 c2 a3"), ("b", 1, "b1 a2 c3"), ("b", 2, "a1 b2 c3")],
)
async def test_a_move_shifts_those_between(modules: Page, job_id: str, to: int, line: str) -> None:
    body = f"""const s = run([three]);
      const moved = {{ ...s.jobs.{job_id}, position: {to} }};
      return places(reduce(s, {{ type: "moved", job: moved, now: 1 }}));"""
    assert await run(modules, body) == line


async def test_an_interrupted_job_goes_back_to_the_head_of_the_line(modules: Page) -> None:
    told = await run(
        modules,
        """const s = run([three, event("interrupted", { job_id: "r", status: "queued", reason: "stop" }, 11),
          event("queued", { job_id: "r", status: "queued", position: 1 }, 12)]);
        return [places(s), s.jobs.r.started_at];""",
    )
    assert told == ["r1 a2 b3 c4", None]


async def test_an_event_about_an_unknown_job_asks_for_it_once(modules: Page) -> None:
    told = await run(
        modules,
        """const s = run([three, event("queued", { job_id: "x", position: 4 }, 11),
          event("started", { job_id: "x", attempt: 1 }, 12), event("queued", { job_id: "far", position: 9000 }, 13)]);
        const fetched = reduce(s, { type: "jobs", jobs: [job("x", "running", { attempt: 1 })], now: 1 });
        return [s.missing, fetched.missing, fetched.jobs.x.status];""",
    )
    assert told == [["x"], [], "running"]


async def test_an_answer_older_than_an_event_about_an_unknown_job_does_not_stand(modules: Page) -> None:
    """The job was seen waiting, its end came before the answer did: it would have waited on the screen for ever."""
    told = await run(
        modules,
        """const before = run([three, event("queued", { job_id: "x", position: 4 }, 11)]);
        const s = reduce(before, event("completed", { job_id: "x" }, 12));
        const late = { type: "jobs", jobs: [job("x", "queued", { position: 4 })], now: 1, since: before.cursor };
        const again = { ...late, jobs: [job("x", "completed")], since: s.cursor };
        const after_late = reduce(s, late);
        const after_again = reduce(after_late, again);
        return ["x" in after_late.jobs, after_late.missing, after_again.jobs.x.status, after_again.missing];""",
    )
    assert told == [False, ["x"], "completed", []]


async def test_a_slow_answer_does_not_undo_an_event(modules: Page) -> None:
    told = await run(
        modules,
        """const s = run([three, event("completed", { job_id: "r", output: { n: 1 }, at: "t" }, 11)]);
        const late = reduce(s, { type: "jobs", jobs: [job("r", "running", { attempt: 1 })], now: 1 });
        const back = is_current(job("q", "queued", { attempt: 1 }), job("q", "running", { attempt: 1 }));
        return [late.jobs.r.status, late.jobs.r.output, late.jobs.r.progress.percent, back];""",
    )
    assert told == ["completed", {"n": 1}, 100, True]


async def test_live_progress_keeps_only_what_progress_has(modules: Page) -> None:
    told = await run(
        modules,
        """const s = run([three, event("progress", { job_id: "r", at: "t", kind: "epub", status: "running",
            percent: 40, current: 2, total: 5, message: "Chapter 1", estimate: { finishes_in: { p50: 3, p90: 5 } } })]);
        return [s.jobs.r.progress, s.jobs.r.estimate.finishes_in.p90, s.cursor];""",
    )
    assert told == [{"percent": 40, "current": 2, "total": 5, "message": "Chapter 1"}, 5, "ep-10"]


async def test_items_are_counted_once_and_kept_only_for_a_job_somebody_looks_at(modules: Page) -> None:
    told = await run(
        modules,
        """const looked = run([three, { type: "items", job_id: "r", items: [{ key: "1", status: "completed" }] },
          event("item_completed", { job_id: "r", key: "1", output: {} }, 11),
          event("item_failed", { job_id: "r", key: "2", code: "bad", message: "no" }, 12)]);
        const not_looked = run([three, event("item_failed", { job_id: "r", key: "2", code: "bad" }, 11)]);
        return [looked.jobs.r.items, Object.keys(looked.items.r), not_looked.items, not_looked.jobs.r.items.failed];""",
    )
    assert told == [{"total": 2, "completed": 0, "failed": 1, "needs_review": 0}, ["1", "2"], {}, 1]


async def test_a_resync_replaces_what_was_active_and_asks_what_became_of_it(modules: Page) -> None:
    told = await run(
        modules,
        """const s = run([three, event("cancelled", { job_id: "c", at: "t" }, 11),
          event("resync", { jobs: [job("b", "running", { attempt: 1 })], queue: { lanes: [] } }, 50)]);
        return [Object.keys(s.jobs).sort(), s.missing.sort(), s.lanes, s.cursor];""",
    )
    assert told == [["b", "c"], ["a", "r"], {}, "ep-50"]


async def test_a_snapshot_for_other_rights_leaves_nothing_of_what_was_known(modules: Page) -> None:
    told = await run(
        modules,
        """const fresh = { ...event("resync", { jobs: [job("b", "running", { attempt: 1 })], queue: { lanes: [] } }, 5),
          is_fresh: true };
        const s = run([three, event("cancelled", { job_id: "c", at: "t" }, 11), fresh]);
        return [Object.keys(s.jobs), s.missing, s.cursor, s.snapshots];""",
    )
    assert told == [["b"], [], "ep-5", 2]


async def test_a_deleted_job_is_gone_also_when_it_was_still_asked_for(modules: Page) -> None:
    told = await run(
        modules,
        """const s = run([three, event("failed", { job_id: "x", error: {} }, 11), event("deleted", { job_id: "x" }, 12),
          event("deleted", { job_id: "a" }, 13)]);
        return [s.missing, "a" in s.jobs];""",
    )
    assert told == [[], False]


BRUTE_FORCE = """
  const { plan, most_words_exact } = await import("/static/kinds/epub/knapsack.js");
  let seed = 7;
  const random = (most) => { seed = (seed * 1103515245 + 12345) % 2147483648; return seed % most; };
  const shelf = (size) => Array.from({ length: size }, () => {
    const words = 1 + random(900);
    return { words, tokens: Math.round(words * (1 + random(100) / 100)) };
  });
  const best = (books, budget) => {
    let most_words = 0, most_books = 0;
    for (let mask = 0; mask < 1 << books.length; mask += 1) {
      const taken = books.filter((_, index) => mask & (1 << index));
      if (taken.reduce((sum, book) => sum + book.tokens, 0) > budget) continue;
      most_words = Math.max(most_words, taken.reduce((sum, book) => sum + book.words, 0));
      most_books = Math.max(most_books, taken.length);
    }
    return { most_words, most_books };
  };
"""


async def test_the_exact_knapsack_and_the_most_books_equal_brute_force(modules: Page) -> None:
    wrong = await modules.evaluate(
        f"""(async () => {{ {BRUTE_FORCE}
        const wrong = [];
        for (let round = 0; round < 150; round += 1) {{
          const books = shelf(1 + random(11));
          const budget = random(4000);
          const expected = best(books, budget);
          const exact = plan(books, budget, "exact");
          const many = plan(books, budget, "most_books");
          const quick = plan(books, budget, "most_words");
          const is_right = exact.words === expected.most_words && exact.is_proven && exact.tokens <= budget
            && new Set(exact.taken).size === exact.taken.length && many.taken.length === expected.most_books
            && many.tokens <= budget && quick.tokens <= budget && 2 * quick.words >= expected.most_words;
          if (!is_right) wrong.push({{ books, budget, expected, exact, many, quick }});
        }}
        return wrong; }})()"""
    )
    assert wrong == []


async def test_a_large_shelf_is_solved_or_says_how_far_it_may_be_off(modules: Page) -> None:
    large, cut = await modules.evaluate(
        f"""(async () => {{ {BRUTE_FORCE}
        const long = ({{ words, tokens }}) => ({{ words: words * 200, tokens: tokens * 200 + random(200) }});
        const books = shelf(800).map(long);
        const large = most_words_exact(books, 1_000_000);
        const cut = most_words_exact(shelf(60), 20_000, 5);
        const words = (taken) => taken.reduce((sum, book) => sum + book.words, 0);
        const tokens = (taken) => taken.reduce((sum, book) => sum + book.tokens, 0);
        const told = ({{ taken, is_proven, at_most }}) =>
          ({{ words: words(taken), tokens: tokens(taken), is_proven, at_most }});
        return [told(large), told(cut)]; }})()"""
    )
    assert large["tokens"] <= 1_000_000
    assert large["words"] >= 0.999 * large["at_most"]
    assert cut["tokens"] <= 20_000
    assert cut["words"] <= cut["at_most"]
    assert cut["is_proven"] is (cut["words"] == cut["at_most"])


async def test_a_book_without_tokens_always_fits_and_one_that_is_too_long_never_does(modules: Page) -> None:
    taken = await modules.evaluate(
        """(async () => { const { plan } = await import("/static/kinds/epub/knapsack.js");
        const book = (id, words, tokens) => ({ id, words, tokens });
        const books = [book("empty", 0, 0), book("long", 9, 99), book("ok", 5, 10)];
        return ["most_books", "most_words", "exact"].map((goal) =>
          plan(books, 10, goal).taken.map(({ id }) => id).sort().join(" ")); })()"""
    )
    assert taken == ["empty ok", "empty ok", "empty ok"]


@pytest.mark.parametrize(
    ("p50", "p90", "ago_ms", "words"),
    [
        (120, 300, 0, "about 2–5 min"),
        (50, 118, 0, "about 1–2 min"),
        (20, 600, 0, "about 20 s – 10 min"),
        (30, 70, 40_000, "within 30 s"),
        (3, 3.2, 0, "about 3 s"),
        (1, 1, 5_000, "any moment"),
        (4000, 9000, 0, "about 67 min – 3 h"),
    ],
)
async def test_a_range_reads_as_people_say_it(
    modules: Page, p50: float, p90: float, ago_ms: int, words: str
) -> None:
    told = await modules.evaluate(
        """async ([p50, p90, ago]) => {
          await (await import("/static/messages.js")).load_messages("shell");
          return (await import("/static/format.js")).range({ p50, p90 }, ago); }""",
        [p50, p90, ago_ms],
    )
    assert told == words


async def test_the_backoff_grows_to_its_ceiling_and_is_jittered(modules: Page) -> None:
    low, high = await modules.evaluate(
        """(async () => { const { backoff_ms } = await import("/static/stream.js");
        return [0, 1].map((random) => [1, 2, 3, 4, 5, 6, 60].map((attempt) => backoff_ms(attempt, random))); })()"""
    )
    assert high == [500, 1000, 2000, 4000, 8000, 8000, 8000]
    assert low == [value / 2 for value in high]
