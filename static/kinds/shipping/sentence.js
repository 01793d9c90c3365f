// The sentence, and what the desk understands of it: word by word, in whole, or the question that it puts.

import { announce } from "../../parts/announcer.js";
import { effect, html, useId } from "../../html.js";
import { Icon } from "../../parts/icons.js";
import { choose, picked, say, sentence, source, verdict, wanted } from "./command.js";
import { meaning_of, service_name, t } from "./words.js";

const EXAMPLES = [
  "ship all orders to California by ground",
  "ship everything except orders over 50 pounds",
  "ship orders between 10 and 20 pounds overnight",
  "ship orders to Portland",
];
const MAX_CHARACTERS = 2_000;

/** Every word with its meaning; what follows a question has not been read. Positions are code points, not UTF-16. */
export function glossed(command, words) {
  const read = words.map(({ text, meaning, tier }) => ({ text, tier, meaning: tier === "sure" ? meaning : null }));
  const rest = [...command].slice(words.at(-1)?.end ?? 0).join("").trim();
  const unread = rest ? rest.split(/\s+/).map((text) => ({ text, tier: "unread", meaning: null })) : [];
  return [...read, ...unread];
}

function Gloss() {
  const { words, of, is_checking } = verdict.value;
  if (!words?.length || !of) return null;
  const all = glossed(of.said.command, words);
  return html`<ol class="gloss ${is_checking || of !== wanted.value ? "stale" : ""}" aria-label=${t("gloss_label")}>
    ${all.map(({ text, tier, meaning }, index) => html`<li key=${index} class=${tier}>
      <span lang="en">${text}</span><small>${meaning ? meaning_of(meaning) : t(`tier_${tier}`)}</small></li>`)}
  </ol>`;
}

function Understood({ explanation, selected_rows, source_rows, service, notes }) {
  return html`<div class="verdict understood ${selected_rows ? "" : "empty"}">
    <p class="verdict-title"><${Icon} name=${selected_rows ? "check" : "alert"} />
      <strong>${t("selects", { n: selected_rows, total: source_rows })}</strong>
      <span class="status">${service_name(service)}</span></p>
    <p lang="en">${explanation}</p>
    ${notes.length > 0 && html`<p class="read-notes" lang="en">${notes.join(" ")}</p>`}
  </div>`;
}

function Asked({ question, choices }) {
  return html`<div class="verdict asked">
    <p class="verdict-title"><${Icon} name="alert" /><strong lang="en">${question}</strong></p>
    ${choices.length > 0 && html`<ul class="answers" aria-label=${t("choices_label")}>
      ${choices.map((choice) => html`<li key=${choice.command ?? choice.label}>
        <button type="button" lang="en" onClick=${() => choose(choice)}>${choice.label}</button></li>`)}
    </ul>`}
  </div>`;
}

function Verdict() {
  const told = verdict.value;
  if (told.status === "understood") return html`<${Understood} ...${told} />`;
  if (told.status === "asked") return html`<${Asked} ...${told} />`;
  if (told.status === "refused") {
    return html`<div class="verdict is-refused"><p class="verdict-title"><${Icon} name="alert" /><strong lang="en">${told.message}</strong></p>
      ${told.remediation && html`<p lang="en">${told.remediation}</p>`}</div>`;
  }
  if (told.status === "away") return html`<p class="verdict is-refused">${t("why_away")}</p>`;
  if (told.status === "large") return html`<p class="verdict">${t("large")}</p>`;
  return null;
}

function Examples() {
  return html`<div class="ship-examples"><span class="muted">${t("for_instance")}</span>
    ${EXAMPLES.map((text) => html`<button key=${text} type="button" class="chip" lang="en" onClick=${() => say(text)}>${text}</button>`)}
  </div>`;
}

/** The box; Enter hands the form in, since a sentence has no lines. */
export function Sentence() {
  const id = useId();
  const key = (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    event.target.form.requestSubmit();
  };
  return html`<div class="field"><label for=${id}>${t("sentence_label")}</label>
      <textarea id=${id} class="ship-sentence" rows="2" lang="en" maxlength=${MAX_CHARACTERS} spellcheck="false" autocomplete="off"
        placeholder=${EXAMPLES[0]} value=${sentence.value} aria-describedby=${`${id}-hint`}
        onInput=${({ target }) => say(target.value)} onKeyDown=${key}></textarea>
      <small id=${`${id}-hint`}>${source.value ? t("sentence_hint") : t("sentence_hint_no_source")}</small></div>
    ${picked.value && html`<p class="verdict understood">${t("picked", { label: picked.value.label })}</p>`}
    ${!sentence.value && html`<${Examples} />`}
    <${Gloss} /><${Verdict} />`;
}

// Said aloud when an answer has come, not for every key.
effect(() => {
  const { status, question, explanation, selected_rows, source_rows, is_checking } = verdict.value;
  if (is_checking) return;
  if (status === "asked") announce(question);
  if (status === "understood") announce(`${t("selects", { n: selected_rows, total: source_rows })}. ${explanation}`);
});
