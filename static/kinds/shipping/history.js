// The commands of before: found by what they say, opened, and used again with the same sheet.

import * as api from "../../api.js";
import { when } from "../../format.js";
import { html, useEffect, useState } from "../../html.js";
import { Icon } from "../../parts/icons.js";
import { Status } from "../../parts/progress.js";
import { toast, trouble } from "../../parts/toasts.js";
import { job_href } from "../../router.js";
import { now_ms, server, state } from "../../store.js";
import * as shipping from "./api.js";
import { say, set_option, use_earlier } from "./command.js";
import { money, t } from "./words.js";

const WAIT_MS = 200;

/** Fill the box with the command of an earlier job: its sentence, sheet, columns and service. */
export async function use_again(job_id) {
  try {
    const { args, inputs } = await api.job(job_id);
    use_earlier(job_id, inputs[0]?.name ?? "", args.mapping ?? {});
    for (const name of ["default_service", "default_country"]) set_option(name, args[name] ?? undefined);
    say(args.command);
    toast(t("filled_in"));
    document.querySelector("textarea.ship-sentence")?.focus();
  } catch (problem) {
    trouble(problem);
  }
}

function outcome({ status, total_rows, successful, total_cost_cents }) {
  if (status === "completed") return t("past_bought", { n: successful ?? 0, money: money(total_cost_cents) });
  if (status === "held") return t("past_held", { n: total_rows ?? 0, money: money(total_cost_cents) });
  return null;
}

function Past({ past }) {
  const { job_id, command, status, file_name, created_at } = past;
  const facts = [file_name, outcome(past), when(created_at, now_ms.value)];
  return html`<li class="row past-command" data-job=${job_id}>
    <div class="what"><a class="job-title" lang="en" href=${job_href(job_id)}>${command}</a>
      <small>${facts.filter(Boolean).join(" · ")}</small></div>
    <${Status} status=${status} />
    <button type="button" class="small" aria-label=${t("use_again_of", { command })} onClick=${() => use_again(job_id)}><${Icon} name="retry" />${t("use_again")}</button>
  </li>`;
}

/** The list, with its search; `q` and `set_q` are the search as the address has it. */
export function History({ q, set_q }) {
  const [commands, set_commands] = useState(null);
  const { is_live } = server.value;
  // Something that moved in the line may be one of ours: its new status belongs into the list.
  const mine = Object.values(state.value.jobs).filter(({ kind }) => kind === "shipping").map(({ id, status }) => id + status).sort().join();
  useEffect(() => {
    if (!is_live) return undefined;
    let is_wanted = true;
    const timer = setTimeout(() => {
      shipping.history(q.trim()).then((found) => is_wanted && set_commands(found), (problem) => problem.status && trouble(problem));
    }, commands === null ? 0 : WAIT_MS);
    return () => {
      is_wanted = false;
      clearTimeout(timer);
    };
  }, [q, is_live, mine]);
  if (!commands) return html`<section class="ship-history" aria-busy="true"></section>`;
  return html`<section class="ship-history" aria-labelledby="history-title">
    <div class="section-title"><h2 id="history-title">${t("history_title")}</h2></div>
    ${(commands.length > 0 || q) && html`<input type="search" class="ship-find" aria-label=${t("history_find")} placeholder=${t("history_find")}
      value=${q} onInput=${({ target }) => set_q(target.value)} />`}
    ${commands.length > 0
      ? html`<ul class="rows">${commands.map((past) => html`<${Past} key=${past.job_id} past=${past} />`)}</ul>`
      : html`<p class="panel nobody muted">${t(q ? "history_nothing" : "history_empty")}</p>`}
  </section>`;
}
