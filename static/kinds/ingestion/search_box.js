// The question and what narrows it down. What is typed goes into the address after a short rest.

import { html, useEffect, useId, useRef, useState } from "../../html.js";
import { Icon, IconButton } from "../../parts/icons.js";
import { NO_FILTERS, has_filters } from "./address.js";
import { kind_word, t } from "./words.js";

const REST_MS = 160;
const MODES = ["hybrid", "bm25", "vector"];
const KINDS = ["pdf", "docx", "html", "markdown", "text", "epub", "csv"];

function use_typed(said, tell) {
  const [typed, set_typed] = useState(said);
  const timer = useRef(null);
  const told = useRef(said);
  const now = (text) => {
    clearTimeout(timer.current);
    timer.current = null;
    told.current = text;
    tell(text);
  };
  const type = (text) => {
    set_typed(text);
    clearTimeout(timer.current);
    timer.current = setTimeout(now, REST_MS, text);
  };
  useEffect(() => {
    if (said !== told.current) set_typed(said); // Back, or a link
    told.current = said;
  }, [said]);
  useEffect(() => () => clearTimeout(timer.current), []);
  const flush = () => (timer.current === null ? false : (now(typed), true));
  return { typed, type, flush, now };
}

function Question({ place, change, field, first_hit }) {
  const { typed, type, flush, now } = use_typed(place.q, (q) => change({ q }));
  const clear = () => {
    type("");
    now("");
    field.current.focus();
  };
  const press = (event) => {
    if (event.key === "ArrowDown") {
      event.preventDefault();
      first_hit()?.focus();
    }
    if (event.key === "Escape" && typed) clear();
  };
  const submit = (event) => {
    event.preventDefault();
    if (!flush()) first_hit()?.click();
  };
  return html`<form class="question" role="search" onSubmit=${submit}>
    <${Icon} name="search" />
    <input ref=${field} type="search" class="question-field" aria-label=${t("ask")} placeholder=${t("ask_hint")} autocomplete="off"
      enterkeyhint="search" maxlength="2000" value=${typed} onInput=${({ target }) => type(target.value)} onKeyDown=${press} />
    ${typed && html`<${IconButton} icon="close" name=${t("clear")} onClick=${clear} />`}
  </form>`;
}

function Modes({ mode, change }) {
  return html`<div class="segments" role="group" aria-label=${t("mode")}>
    ${MODES.map((one) => html`<button type="button" class="segment" aria-pressed=${mode === one} title=${t(`mode_${one}_hint`)}
      onClick=${() => change({ mode: one })}>${t(`mode_${one}`)}</button>`)}
  </div>`;
}

function Choice({ name, value, options, all, change }) {
  const id = useId();
  return html`<label class="visually-hidden" for=${id}>${t(`filter_${name}`)}</label>
    <select id=${id} class=${value ? "is-set" : ""} value=${value} onChange=${({ target }) => change({ [name]: target.value })}>
      <option value="" selected=${!value}>${all}</option>
      ${options.map(({ value: one, text }) => html`<option value=${one} selected=${one === value}>${text}</option>`)}
    </select>`;
}

function Day({ name, value, change }) {
  const id = useId();
  return html`<div class="field"><label for=${id}>${t(`filter_${name}`)}</label>
    <input id=${id} type="date" value=${value} onChange=${({ target }) => change({ [name]: target.value })} /></div>`;
}

function Filters({ place, tags, change, in_name }) {
  const has_days = Boolean(place.since || place.until);
  return html`<div class="filters">
    <${Choice} name="kind" value=${place.kind} all=${t("all_kinds")} change=${change}
      options=${KINDS.map((kind) => ({ value: kind, text: kind_word(kind) }))} />
    ${(tags.length > 0 || place.tag) && html`<${Choice} name="tag" value=${place.tag} all=${t("all_tags")} change=${change}
      options=${[...new Set([...tags, place.tag].filter(Boolean))].map((tag) => ({ value: tag, text: tag }))} />`}
    <details class="days" open=${has_days}><summary class="button small">${t("days")}</summary>
      <div class="day-fields"><${Day} name="since" value=${place.since} change=${change} />
        <${Day} name="until" value=${place.until} change=${change} /></div>
    </details>
    ${place.in && html`<button type="button" class="chip within" onClick=${() => change({ in: "" })}>
      ${t("only_in", { name: in_name })}<${Icon} name="close" /><span class="visually-hidden">${t("everywhere")}</span></button>`}
    ${has_filters(place) && html`<button type="button" class="small quiet" onClick=${() => change(NO_FILTERS)}>${t("no_filters")}</button>`}
  </div>`;
}

/** The head of the library. `change` puts what is said into the address; `first_hit` returns the first link below. */
export function SearchBox({ place, change, tags, in_name, field, first_hit }) {
  return html`<div class="panel search-box">
    <${Question} place=${place} change=${change} field=${field} first_hit=${first_hit} />
    <div class="search-options">
      <${Modes} mode=${place.mode} change=${change} />
      <${Filters} place=${place} tags=${tags} change=${change} in_name=${in_name} />
    </div>
  </div>`;
}
