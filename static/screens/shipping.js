// The screen at #/shipping: a new command, the commands of before, and a label by its number.

import { html, useEffect, useId } from "../html.js";
import { History, use_again } from "../kinds/shipping/history.js";
import { ShippingForm } from "../kinds/shipping/form.js";
import { show_label, Viewer } from "../kinds/shipping/viewer.js";
import { t } from "../kinds/shipping/words.js";
import { Uploads } from "../parts/submit.js";
import { route, set_query } from "../router.js";

function FindLabel() {
  const id = useId();
  const find = (event) => {
    event.preventDefault();
    const number = new FormData(event.target).get("number").trim();
    if (number) show_label(number);
  };
  return html`<form class="find-label" role="search" onSubmit=${find}>
    <div class="field"><label for=${id}>${t("find_label")}</label>
      <div class="with-button"><input id=${id} name="number" autocomplete="off" spellcheck="false" placeholder="SBX…" /><button type="submit">${t("find")}</button></div></div>
  </form>`;
}

/** The screen. `?q=` searches the history, `?again=ID` fills the box with an earlier command, `?label=NUMBER` opens a label. */
export function Shipping() {
  const { query } = route.value;
  const again = query.get("again");
  const given = Object.fromEntries(query);
  useEffect(() => {
    if (!again) return;
    use_again(again);
    set_query({ ...given, again: null });
  }, [again]);
  return html`<div class="shipping">
    <header class="screen-header"><h1>${t("title")}</h1><p class="muted">${t("subtitle")}</p></header>
    <div class="shipping-columns">
      <section class="panel new-command" aria-labelledby="new-command">
        <h2 id="new-command">${t("new_command")}</h2><${ShippingForm} has_example /><${Uploads} />
      </section>
      <div class="shipping-side">
        <${History} q=${query.get("q") ?? ""} set_q=${(q) => set_query({ ...given, q })} />
        <${FindLabel} />
      </div>
    </div>
    <${Viewer} labels=${[]} />
  </div>`;
}
