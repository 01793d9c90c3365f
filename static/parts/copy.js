// Put a text on the clipboard and say so.

import { html } from "../html.js";
import { messages } from "../messages.js";
import { Icon } from "./icons.js";
import { toast } from "./toasts.js";

const t = messages("shell");

// navigator.clipboard exists only in secure contexts, and a desk on the local network has plain http.
function copy_old_way(text) {
  const field = Object.assign(document.createElement("textarea"), { value: text, readOnly: true });
  const focused = document.activeElement;
  document.body.append(field);
  field.select();
  const is_copied = document.execCommand("copy");
  field.remove();
  focused?.focus();
  if (!is_copied) throw new Error("not copied");
}

/** Copy a text; where the browser forbids it, the text is shown to be copied by hand. */
export async function copy(text) {
  try {
    if (navigator.clipboard) await navigator.clipboard.writeText(text);
    else copy_old_way(text);
    toast(t("copied"), { detail: text });
  } catch {
    toast(t("copy_yourself"), { detail: text, is_trouble: true });
  }
}

/** Copy what `name` of as_curl.js makes of `subject`: "curl_job", "curl_cancel", "curl_events", "curl_submit", "curl_again". */
export async function copy_curl(name, subject) {
  const made = await import("./as_curl.js");
  await copy(made[name](location.origin, subject));
}

/** The button for it. */
export function CopyCurl({ what, subject, label = t("copy_curl") }) {
  return html`<button type="button" class="small quiet" onClick=${() => copy_curl(what, subject)}>
    <${Icon} name="terminal" />${label}</button>`;
}
