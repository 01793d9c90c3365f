// The tail of a job's log, followed only while somebody has it open.

import * as api from "../api.js";
import { html, useEffect, useRef, useState } from "../html.js";
import { messages } from "../messages.js";

const t = messages("parts");
const KEPT_LINES = 500;

function follow(id, add) {
  const source = new EventSource(api.log_url(id));
  source.addEventListener("log", ({ data }) => add(JSON.parse(data).text.replace(/\n$/, "").split("\n")));
  // `bye` is the end of the log. Any other end is the server's, and EventSource goes on from its last id.
  source.addEventListener("bye", () => source.close());
  return () => source.close();
}

function Lines({ id }) {
  const [lines, set_lines] = useState([]);
  const box = useRef(null);
  useEffect(() => {
    set_lines([]);
    return follow(id, (added) => set_lines((known) => [...known, ...added].slice(-KEPT_LINES)));
  }, [id]);
  useEffect(() => {
    const { scrollHeight, scrollTop, clientHeight } = box.current;
    if (scrollHeight - scrollTop - clientHeight < 120) box.current.scrollTop = scrollHeight;
  }, [lines]);
  return html`<pre ref=${box} class="log" tabindex="0" aria-label=${t("log")}>${lines.join("\n") || t("log_empty")}</pre>`;
}

/** The log, closed until it is asked for. */
export function Log({ job }) {
  const [is_open, set_open] = useState(false);
  return html`<details class="panel" onToggle=${({ currentTarget }) => set_open(currentTarget.open)}>
    <summary><h2>${t("log")}</h2></summary>
    ${is_open && html`<${Lines} id=${job.id} key=${`${job.id}/${job.attempt}`} />`}
  </details>`;
}
