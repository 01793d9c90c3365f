// The budget: which books fit into a model's context, and what reading them costs.

import { decimals, number, short_number } from "../../format.js";
import { html, useEffect, useId, useMemo, useRef, useState } from "../../html.js";
import { messages } from "../../messages.js";
import { announce } from "../../parts/announcer.js";
import { remember, remembered } from "../../remember.js";
import { GOALS, plan } from "./knapsack.js";
import { Prices } from "./prices.js";

const t = messages("epub");
const PRESETS = [32_000, 128_000, 200_000, 1_000_000];

function BudgetChoice({ budget, set_budget }) {
  const id = useId();
  return html`<fieldset class="field budget-choice"><legend>${t("budget")}</legend>
    <div class="segments">
      ${PRESETS.map(
        (preset) => html`<button type="button" class="segment" aria-pressed=${preset === budget}
          onClick=${() => set_budget(preset)}>${short_number(preset)}</button>`,
      )}
      <label class="own-budget" for=${id}><span class="visually-hidden">${t("own_budget")}</span>
        <input id=${id} type="number" min="1" step="1" inputmode="numeric" value=${budget} aria-label=${t("own_budget")}
          onInput=${({ target }) => target.valueAsNumber > 0 && set_budget(Math.floor(target.valueAsNumber))} />
      </label>
    </div></fieldset>`;
}

function GoalChoice({ goal, set_goal }) {
  return html`<fieldset class="field"><legend>${t("choose")}</legend><div class="segments">
    ${Object.keys(GOALS).map(
      (name) => html`<button type="button" class="segment" aria-pressed=${name === goal}
        onClick=${() => set_goal(name)}>${t(`goal_${name}`)}</button>`,
    )}
  </div></fieldset>`;
}

function TokenizerChoice({ tokenizers, tokenizer, set_tokenizer }) {
  const id = useId();
  if (tokenizers.length < 2) return null;
  return html`<div class="field"><label for=${id}>${t("counted_with")}</label>
    <select id=${id} value=${tokenizer} onChange=${({ target }) => set_tokenizer(target.value)}>
      ${tokenizers.map((name) => html`<option value=${name}>${name}</option>`)}
    </select></div>`;
}

function method_words({ is_proven, at_most, words }, goal) {
  const method = t(`method_${goal}`);
  if (goal === "most_books") return t("proven_books", { method });
  if (goal === "most_words" && !is_proven) return t("quick", { method });
  if (is_proven) return t("proven_words", { method });
  const short = Math.max(0.01, (100 * (at_most - words)) / at_most);
  return t("stopped", { method, percent: decimals(short, 2) });
}

function Meter({ used, budget }) {
  const share = Math.min(100, (100 * used) / budget);
  return html`<div class="budget-meter" role="meter" aria-label=${t("budget_used")} aria-valuemin="0" aria-valuemax=${budget} aria-valuenow=${used}>
    <span style=${{ inlineSize: `${share}%` }}></span></div>`;
}

function Picked({ books, taken }) {
  const chosen = new Set(taken);
  const sorted = [...books].sort((a, b) => chosen.has(b) - chosen.has(a) || b.words - a.words);
  return html`<ul class="fitting">
    ${sorted.map((book) => html`<li key=${book.file} class=${chosen.has(book) ? "in" : "out"}>
      <span class="fit-sign" aria-hidden="true"></span>
      <span class="name">${book.title}<span class="visually-hidden">, ${chosen.has(book) ? t("fits") : t("left_out")}</span></span>
      <small>${t("n_tokens", { n: book.tokens })}</small></li>`)}
  </ul>`;
}

/** The whole tool; its choices are remembered in this browser. */
export function Budget({ books, tokenizers }) {
  const [budget, set_budget] = useState(() => remembered("budget/tokens", 128_000));
  const [goal, set_goal] = useState(() => remembered("budget/goal", "exact"));
  const [named, set_named] = useState(() => remembered("budget/tokenizer", tokenizers[0]));
  const tokenizer = tokenizers.includes(named) ? named : tokenizers[0];
  const keep = (name, set) => (value) => {
    remember(`budget/${name}`, value);
    set(value);
  };
  const sized = useMemo(
    () => books.filter((book) => book.counts[tokenizer] != null).map((book) => ({ ...book, tokens: book.counts[tokenizer] })),
    [books, tokenizer],
  );
  const chosen = useMemo(() => plan(sized, budget, GOALS[goal] ? goal : "exact"), [sized, budget, goal]);
  const { taken, words, tokens } = chosen;
  const count = t("n_of_books", { n: sized.length, taken: taken.length });
  const held = taken.length ? t("with_words", { n: words }) : t("none_fits");
  const was_said = useRef(`${count} ${held}`);
  useEffect(() => {
    if (was_said.current !== `${count} ${held}`) announce(`${count} ${held}`);
    was_said.current = `${count} ${held}`;
  }, [count, held]);
  return html`<section class="panel budget" aria-labelledby="budget-title">
    <h2 id="budget-title">${t("what_fits")}</h2>
    <div class="budget-form">
      <${BudgetChoice} budget=${budget} set_budget=${keep("tokens", set_budget)} />
      <${GoalChoice} goal=${goal} set_goal=${keep("goal", set_goal)} />
      <${TokenizerChoice} tokenizers=${tokenizers} tokenizer=${tokenizer} set_tokenizer=${keep("tokenizer", set_named)} />
    </div>
    <div class="budget-result">
      <p class="fits"><strong>${count}</strong> ${held}</p>
      <${Meter} used=${tokens} budget=${budget} />
      <p class="muted">${t("tokens_used", { used: tokens, n: budget })} ${method_words(chosen, goal)}</p>
    </div>
    <${Picked} books=${sized} taken=${taken} />
    <${Prices} tokens=${tokens} />
  </section>`;
}
