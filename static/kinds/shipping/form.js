// Say which orders to ship: sheet, sentence, columns, options, and the way on.

import * as draft from "../../draft.js";
import { html, useEffect, useId } from "../../html.js";
import { toast } from "../../parts/toasts.js";
import { go, job_href } from "../../router.js";
import { send } from "../../uploads.js";
import * as shipping from "./api.js";
import { Columns } from "./columns.js";
import * as command from "./command.js";
import { Options } from "./options.js";
import { Sentence } from "./sentence.js";
import { Source } from "./source.js";
import { t } from "./words.js";

async function submit() {
  const { source, said } = command.wanted.value;
  const request = {
    post: (options) => shipping.submit(source, said, options),
    welcomed: ({ job_id }) => {
      command.clear();
      go(job_href(job_id));
    },
  };
  await send(request, said.command, command.take_refusal);
}

function button_text() {
  const { status, selected_rows } = command.verdict.value;
  const is_known = status === "understood" && command.obstacle.value === null;
  const has_limits = Boolean(command.options.value.auto_confirm);
  if (!is_known) return t("submit");
  return t(has_limits ? "submit_within" : "submit_n", { n: selected_rows });
}

/** The whole form; `choice` is the choice between kinds, `has_example` offers the bundled orders. */
export function ShippingForm({ choice, has_example = false }) {
  const id = useId();
  useEffect(() => {
    if (draft.kind.value?.name !== "shipping") draft.choose_kind("shipping");
  }, []);
  const why_not = command.obstacle.value;
  const hand_in = (event) => {
    event.preventDefault();
    if (why_not) toast(t(why_not), { is_trouble: why_not !== "why_checking" });
    else submit();
  };
  return html`<form onSubmit=${hand_in} class="shipping-form">
    ${choice}
    <${Source} has_example=${has_example} />
    <${Sentence} />
    <${Columns} />
    <${Options} />
    <div class="hand-in">
      <button type="submit" class="primary wide" aria-disabled=${Boolean(why_not)} aria-describedby=${`${id}-why`}>${button_text()}</button>
      <small id=${`${id}-why`} class="muted">${why_not ? t(why_not) : t("nothing_bought_yet")}</small>
    </div>
  </form>`;
}
