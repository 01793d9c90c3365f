// An offer of bundled inputs for every kind, for somebody who has nothing at hand.

import * as api from "../api.js";
import * as draft from "../draft.js";
import { html, signal, useEffect } from "../html.js";
import { kind_words, messages } from "../messages.js";
import { server } from "../store.js";
import { send } from "../uploads.js";
import { toast, trouble } from "./toasts.js";

const t = messages("line");
const MOST_OF_ONE = 3;
const examples = signal(null);

async function load_examples() {
  try {
    examples.value = await api.examples();
  } catch {
    examples.value = null; // the offer is just not made
  }
}

// Only what some kind here takes: an example may belong to a kind that is not installed.
const of_kind = (kind) => (examples.value ?? []).filter((one) => one.kind === kind.name && draft.accepts(kind, one.name));
const needs_nothing = (kind) => !kind.min_files && !kind.accepts?.length && !kind.args?.required?.length;

/** What a bundled example is called, in the reader's language. */
export function example_title({ kind, name, title }) {
  const say = kind_words(kind);
  return say.has(`example.${name}`) ? say(`example.${name}`) : title;
}

const title_of = ({ kind, example }) => (example ? example_title(example) : (kind.title ?? kind.name));

/** What is offered: a few of the chosen kind, one of each other kind; a kind that needs no file as it is. Pure. */
export function offers(kinds, chosen) {
  const in_order = [...kinds].sort((a, b) => (b.name === chosen?.name) - (a.name === chosen?.name));
  return in_order.flatMap((kind) => {
    const found = of_kind(kind).slice(0, kind.name === chosen?.name ? MOST_OF_ONE : 1);
    if (!found.length && needs_nothing(kind)) return [{ kind, example: null }];
    return found.map((example) => ({ kind, example }));
  });
}

function fill_in(kind, file) {
  draft.choose_kind(kind.name);
  draft.add_files([file]);
  toast(t("example_ready", { name: file.name }));
}

async function try_it({ kind, example }) {
  try {
    const files = example ? [await api.example_file(example)] : [];
    if (kind.args?.required?.length) return fill_in(kind, files[0]); // somebody has to say more before it can be sent
    await send({ kind: kind.name, args: {}, files }, title_of({ kind, example }));
  } catch (problem) {
    trouble(problem);
  }
}

/** The chips below the form. */
export function TryIt() {
  const { is_live } = server.value;
  useEffect(() => {
    if (is_live && examples.value === null) load_examples();
  }, [is_live]);
  if (!examples.value) return null;
  const all = offers(draft.available.value, draft.kind.value);
  if (!all.length) return null;
  return html`<div class="try-it">
    <span class="muted">${t("try_it")}</span>
    ${all.map(({ kind, example }) => html`<button type="button" key=${example?.url ?? kind.name} class="chip"
      title=${kind.title || kind.name} onClick=${() => try_it({ kind, example })}>${title_of({ kind, example })}</button>`)}
  </div>`;
}
