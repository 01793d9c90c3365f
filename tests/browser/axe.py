"""Ask axe-core whether a page can be used by everybody; what it finds is told so that it can be mended."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from playwright.async_api import Page

AXE = Path(__file__).parent / "vendor" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
_RUN = """async ({ exclude, tags }) => {
  await document.fonts.ready;
  for (const one of document.getAnimations()) {
    if (Number.isFinite(one.effect.getComputedTiming().endTime)) one.finish(); // a colour on its way is no colour
  }
  scrollTo(0, 0); // what is half below the header is not half as large
  const context = { include: [["html"]], exclude: exclude.map((one) => [one]) };
  const rules = { "target-size": { enabled: true } };
  const options = { runOnly: { type: "tag", values: tags }, rules, resultTypes: ["violations"] };
  return (await axe.run(context, options)).violations;
}"""


def _told(violation: dict[str, Any]) -> str:
    """Return one rule that is broken, with each element and what is wrong with it."""
    lines = [f"{violation['id']} ({violation['impact']}): {violation['help']}"]
    for node in violation["nodes"]:
        lines.append(f"  {' '.join(map(str, node['target']))}")
        lines.append(f"    {node['html'][:300]}")
        lines += [f"    {line}" for line in node["failureSummary"].splitlines()]
    return "\n".join(lines)


async def check_axe(page: Page, *, exclude: Sequence[str] = ()) -> None:
    """Assert that axe-core finds nothing against WCAG 2.2 AA or good practice on the page as it is shown.

    `exclude` are CSS selectors of what is not looked at. Wait for what the screen shows before you call this.
    """
    if not await page.evaluate("'axe' in globalThis"):
        await page.evaluate(AXE.read_text(encoding="utf-8"))
    violations = await page.evaluate(_RUN, {"exclude": list(exclude), "tags": RULES})
    assert not violations, "\n\n".join([page.url, *map(_told, violations)])
