// How long a job waited and ran, beside what is usual for its kind.

import { duration, seconds_between } from "../format.js";
import { html, useEffect } from "../html.js";
import { messages } from "../messages.js";
import { now_ms } from "../store.js";
import { refresh_usual, usual_of } from "../usual.js";

const t = messages("job");
const FEW = 3; // from fewer runs nothing is usual

/** Say how a number of seconds compares: "usual", "quicker", "slower" or "much_slower". Pure. */
export function compared(seconds, { p50, p90 }) {
  if (seconds > Math.max(p90 * 1.5, p90 + 1)) return "much_slower";
  if (seconds > Math.max(p90, p50 + 0.5)) return "slower";
  if (seconds < p50 / 2 && p50 - seconds > 1) return "quicker";
  return "usual";
}

function Bar({ seconds, usual }) {
  const whole = Math.max(seconds, usual.p90, 0.001) * 1.08;
  const x = (value) => `${(100 * value) / whole}%`;
  return html`<span class="timing-bar" aria-hidden="true">
    <i class="band" style=${{ insetInlineStart: x(usual.p50), inlineSize: x(usual.p90 - usual.p50) }}></i>
    <i class="value" style=${{ inlineSize: x(seconds) }}></i>
  </span>`;
}

function Timing({ name, seconds, usual, is_over }) {
  const verdict = usual && compared(seconds, usual);
  return html`<div class="timing ${verdict ?? ""}">
    <dt>${name}</dt>
    <dd><strong>${duration(seconds)}</strong>
      ${usual && html`<${Bar} seconds=${seconds} usual=${usual} />
        <small>${t("usually", { p50: duration(usual.p50), p90: duration(usual.p90) })}${is_over && verdict !== "usual" ? html` · <b>${t(verdict)}</b>` : ""}</small>`}
    </dd>
  </div>`;
}

/** The two bars; nothing for a job that has not begun. */
export function Timings({ job }) {
  useEffect(refresh_usual, [job.status]);
  if (!job.started_at || job.cached) return null;
  const usual = usual_of(job.kind);
  const is_known = usual?.jobs >= FEW;
  const waited = seconds_between(job.created_at, job.started_at);
  const ran = seconds_between(job.started_at, job.finished_at, now_ms.value);
  const is_over = Boolean(job.finished_at);
  return html`<section class="panel timings" aria-labelledby="timings-title">
    <h2 id="timings-title">${t("timings")}</h2>
    <dl>
      <${Timing} name=${t("waited")} seconds=${waited} usual=${is_known && usual.waited} is_over />
      <${Timing} name=${t(is_over ? "ran" : "running_for")} seconds=${ran} usual=${is_known && usual.ran} is_over=${is_over} />
    </dl>
    <p class="muted"><small>${is_known ? t("usual_of", { n: usual.jobs }) : t("usual_unknown")}</small></p>
  </section>`;
}
