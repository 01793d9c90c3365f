// The budget: which books fit into a model's context, and what reading them costs.

import { number, plural, short_number } from "../../format.js";
import { html, useId, useMemo, useState } from "../../html.js";
import { remember, remembered } from "../../remember.js";
import { GOALS, plan } from "./knapsack.js";
import { Prices } from "./prices.js";

const PRESETS = [32_000, 128_000, 200_000, 1_000_000];

function BudgetChoice({ budget, set_budget }) {
  const id = useId();
  return html`<fieldset class="field budget-choice"><legend>Token budget</legend>
    <div class="segments">
      ${PRESETS.map(
        (preset) => html`<button type="button" class="segment" aria-pressed=${preset === budget}
          onClick=${() => set_budget(preset)}>${short_number(preset)}</button>`,
      )}
      <label class="own" for=${id}><span class="visually-hidden">Own budget in tokens</span>
        <input id=${id} type="number" min="1" step="1" inputmode="numeric" value=${budget} aria-label="Own budget in tokens"
          onInput=${({ target }) => target.valueAsNumber > 0 && set_budget(Math.floor(target.valueAsNumber))} />
      </label>
    </div></fieldset>`;
}

function GoalChoice({ goal, set_goal }) {
  return html`<fieldset class="field"><legend>Choose</legend><div class="segments">
    ${Object.entries(GOALS).map(
      ([name, { label }]) => html`<button type="button" class="segment" aria-pressed=${name === goal}
        onClick=${() => set_goal(name)}>${label}</button>`,
    )}
  </div></fieldset>`;
}

function TokenizerChoice({ tokenizers, tokenizer, set_tokenizer }) {
  const id = useId();
  if (tokenizers.length < 2) return null;
  return html`<div class="field"><label for=${id}>Counted with</label>
    <select id=${id} value=${tokenizer} onChange=${({ target }) => set_tokenizer(target.value)}>
      ${tokenizers.map((name) => html`<option value=${name}>${name}</option>`)}
    </select></div>`;
}

function method_words({ method, is_proven, at_most, words }, goal) {
  if (goal === "most_books") return `${method}: no other choice holds more books.`;
  if (goal === "most_words" && !is_proven) return `${method}: quick and close, not always the best.`;
  if (is_proven) return `${method}: proven, no other choice holds more words.`;
  const short = (100 * (at_most - words)) / at_most;
  return `${method}, stopped early: at most ${short < 0.01 ? "0.01" : short.toFixed(2)} % below what is possible.`;
}

function Meter({ used, budget }) {
  const share = Math.min(100, (100 * used) / budget);
  return html`<div class="budget-meter" role="meter" aria-label="Budget used" aria-valuemin="0" aria-valuemax=${budget} aria-valuenow=${used}>
    <span style=${{ inlineSize: `${share}%` }}></span></div>`;
}

function Picked({ books, taken }) {
  const chosen = new Set(taken);
  const sorted = [...books].sort((a, b) => chosen.has(b) - chosen.has(a) || b.words - a.words);
  return html`<ul class="picked">
    ${sorted.map((book) => html`<li key=${book.file} class=${chosen.has(book) ? "in" : "out"}>
      <span class="pick" aria-hidden="true"></span>
      <span class="name">${book.title}<span class="visually-hidden">${chosen.has(book) ? ", fits" : ", left out"}</span></span>
      <small>${number(book.tokens)} tokens</small></li>`)}
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
  return html`<section class="panel budget" aria-labelledby="budget-title">
    <h2 id="budget-title">What fits?</h2>
    <div class="budget-form">
      <${BudgetChoice} budget=${budget} set_budget=${keep("tokens", set_budget)} />
      <${GoalChoice} goal=${goal} set_goal=${keep("goal", set_goal)} />
      <${TokenizerChoice} tokenizers=${tokenizers} tokenizer=${tokenizer} set_tokenizer=${keep("tokenizer", set_named)} />
    </div>
    <div class="budget-result" aria-live="polite">
      <p class="fits"><strong>${number(taken.length)} of ${plural(sized.length, "book")}</strong>
        ${taken.length ? ` with ${number(words)} words` : " fit into this budget"}</p>
      <${Meter} used=${tokens} budget=${budget} />
      <p class="muted">${number(tokens)} of ${number(budget)} tokens used. ${method_words(chosen, goal)}</p>
    </div>
    <${Picked} books=${sized} taken=${taken} />
    <${Prices} tokens=${tokens} />
  </section>`;
}
