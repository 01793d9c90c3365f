// Says that the server is away, since when, and when the next try is. Gone as soon as it is back.

import { elapsed } from "../format.js";
import { html, useEffect, useState } from "../html.js";
import { messages } from "../messages.js";
import { announce } from "./announcer.js";
import { now_ms, retry_now, server } from "../store.js";

const t = messages("shell");
const PATIENCE_MS = 700; // a reload of the server that is quicker than this is not worth a banner

/** The banner, or nothing while all is well. */
export function Banner() {
  const { is_live, heard_at, retry_at } = server.value;
  const [is_shown, set_shown] = useState(false);
  useEffect(() => {
    if (is_live) return set_shown(false);
    const timer = setTimeout(() => set_shown(true), PATIENCE_MS);
    return () => clearTimeout(timer);
  }, [is_live]);
  useEffect(() => {
    if (!is_shown || !heard_at) return undefined;
    announce(t("is_away"));
    return () => announce(t("is_back"));
  }, [is_shown]);
  if (is_live || !is_shown) return null;
  const now = Math.max(now_ms.value, heard_at ?? 0);
  const ago = heard_at && Math.round((now - heard_at) / 1000);
  const wait = retry_at && Math.ceil((retry_at - now) / 1000);
  return html`<div class="banner">
    <span class="pulse" aria-hidden="true"></span>
    <p>
      <strong>${heard_at ? t("is_away") : t("looking_for_server")}</strong>${" "}
      ${heard_at && html`<span aria-hidden="true">${t("last_heard", { ago: elapsed(ago) })} </span>`}
      <span class="muted">${t("nothing_lost")}</span>
    </p>
    <button type="button" class="small" onClick=${retry_now}>
      ${t("try_now")}${wait > 0 && html`<span aria-hidden="true"> · ${wait} s</span>`}
    </button>
  </div>`;
}
