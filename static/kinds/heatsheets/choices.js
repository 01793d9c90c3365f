// When the name is unsure: who could be meant. And a meet's page: which of its files to read.

import * as api from "../../api.js";
import { html, useState } from "../../html.js";
import { messages } from "../../messages.js";
import { Icon } from "../../parts/icons.js";
import { trouble } from "../../parts/toasts.js";
import { batch_href, go } from "../../router.js";
import { NameInput } from "./name.js";

const t = messages("heatsheets");

/** Put the sheets of a batch in line again for somebody, and go there. */
export async function look_again(batch_id, body) {
  try {
    const { batchId } = await api.post_json(`/api/batch/${encodeURIComponent(batch_id)}/again`, body);
    go(batch_href(batchId));
  } catch (problem) {
    trouble(problem);
  }
}

const said = ({ team, age }) => [team, age && t("age", { age: String(age) })].filter(Boolean).join(", ");

const key_of = ({ name, team, age }) => `${name}/${team}/${age}`;

function ChoiceList({ batch_id, people }) {
  return html`<ul class="plain">${people.map((person) => {
    const { name, team, age, events } = person;
    return html`<li key=${key_of(person)}><button type="button" class="choice" onClick=${() => look_again(batch_id, { swimmer: name, team, age })}>
      <strong>${name}</strong><span class="muted">${said(person)}${events ? ` · ${t("events", { n: events.length })}` : ""}</span></button></li>`;
  })}</ul>`;
}

/** Names to choose from; each is one click. */
export function Choices({ batch_id, results }) {
  const { choices, candidates, swimmerName } = results;
  if (!choices.length) return null;
  if (!candidates.length) {
    return html`<section class="panel swimmer-choices" aria-labelledby="choices-title">
      <h2 id="choices-title">${t("who_is_meant", { name: swimmerName })}</h2><${ChoiceList} batch_id=${batch_id} people=${choices} />
    </section>`;
  }
  const named = new Set(candidates.map(key_of));
  const similar = choices.filter((choice) => !named.has(key_of(choice)));
  return html`<section class="panel swimmer-choices" aria-labelledby="choices-title">
    <h2 id="choices-title">${t("which", { name: swimmerName })}</h2><${ChoiceList} batch_id=${batch_id} people=${candidates} />
    ${similar.length > 0 && html`<details><summary>${t("similar")}</summary><${ChoiceList} batch_id=${batch_id} people=${similar} /></details>`}
  </section>`;
}

/** Files of a meet's page, the likely ones ticked. */
export function PageLinks({ batch, links }) {
  const [picked, set_picked] = useState(() => new Set(links.filter((link) => link.isLikely).map(({ url }) => url)));
  const toggle = (url) => {
    const next = new Set(picked);
    if (!next.delete(url)) next.add(url);
    set_picked(next);
  };
  const { swimmer, team = null, age = null } = batch.args;
  const read = () => look_again(batch.id, { swimmer, team, age, urls: links.map(({ url }) => url).filter((url) => picked.has(url)) });
  return html`<section class="panel page-links" aria-labelledby="links-title">
    <h2 id="links-title">${t("page_links", { n: links.length })}</h2>
    <ul class="plain">${links.map(({ url, label }) => html`<li key=${url}><label class="check" title=${url}>
      <input type="checkbox" checked=${picked.has(url)} onChange=${() => toggle(url)} /><${Icon} name="file" />${label}</label></li>`)}</ul>
    <button type="button" class="primary" disabled=${!picked.size} onClick=${read}>${t("read_files", { n: picked.size })}</button>
  </section>`;
}

/** The same sheets for somebody else. */
export function SomebodyElse({ batch_id }) {
  const [name, set_name] = useState("");
  const look = (event) => {
    event.preventDefault();
    if (name.trim().length > 1) look_again(batch_id, { swimmer: name.trim() });
  };
  return html`<form class="panel somebody-else" onSubmit=${look}>
    <${NameInput} label=${t("somebody_else")} value=${name} on_change=${set_name} />
    <button type="submit" disabled=${name.trim().length < 2}>${t("find")}</button>
  </form>`;
}
