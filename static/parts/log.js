// The tail of a job's log, followed only while somebody has it open.

import * as api from "../api.js";
import { html, useEffect, useRef, useState } from "../html.js";
import { messages } from "../messages.js";
import { Icon } from "./icons.js";

const t = messages("parts");
const KEPT_LINES = 2_000;
const NEAR_END_PX = 40;

function follow(id, add) {
  const source = new EventSource(api.log_url(id));
  source.addEventListener("log", ({ data }) => add(JSON.parse(data).text.replace(/\n$/, "").split("\n")));
  // `bye` is the end of the log. Any other end is the server's, and EventSource goes on from its last id.
  source.addEventListener("bye", () => source.close());
  return () => source.close();
}

function Lines({ id }) {
  const [lines, set_lines] = useState([]);
  const [wanted, set_wanted] = useState("");
  const [is_following, set_following] = useState(true);
  const box = useRef(null);
  useEffect(() => {
    set_lines([]);
    return follow(id, (added) => set_lines((known) => [...known, ...added].slice(-KEPT_LINES)));
  }, [id]);
  const word = wanted.trim().toLowerCase();
  const shown = word ? lines.filter((line) => line.toLowerCase().includes(word)) : lines;
  useEffect(() => {
    if (is_following) box.current.scrollTop = box.current.scrollHeight;
  }, [shown.length, is_following]);
  const on_scroll = ({ currentTarget: { scrollHeight, scrollTop, clientHeight } }) =>
    set_following(scrollHeight - scrollTop - clientHeight < NEAR_END_PX);
  return html`<div class="log-tools">
      <input type="search" aria-label=${t("log_search")} placeholder=${t("log_search")} autocomplete="off" spellcheck="false" value=${wanted}
        onInput=${({ target }) => set_wanted(target.value)} />
      ${!is_following && html`<button type="button" class="small" onClick=${() => set_following(true)}><${Icon} name="down" />${t("log_follow")}</button>`}
      <a class="button small quiet" href=${api.log_url(id).split("?")[0]} target="_blank" rel="noopener">${t("log_whole")}</a>
    </div>
    <pre ref=${box} class="log" tabindex="0" role="log" aria-live="off" aria-label=${t("log")} onScroll=${on_scroll}>${shown.join("\n") || t(word ? "log_no_match" : "log_empty")}</pre>`;
}

/** The log, closed until it is asked for. */
export function Log({ job }) {
  const [is_open, set_open] = useState(false);
  return html`<details class="panel log-panel" onToggle=${({ currentTarget }) => set_open(currentTarget.open)}>
    <summary><h2>${t("log")}</h2></summary>
    ${is_open && html`<${Lines} id=${job.id} key=${`${job.id}/${job.attempt}`} />`}
  </details>`;
}
