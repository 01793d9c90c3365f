// Taking documents out of the library, with a few seconds in which it can be undone.

import { signal } from "../../html.js";
import { toast, trouble } from "../../parts/toasts.js";
import { remove_document } from "./api.js";
import { t } from "./words.js";

const REMOVE_AFTER_MS = 6_000;

export const leaving = signal(new Set()); // ids of documents that are about to be removed, or just were
export const removals = signal(0); // goes up when the library has changed by it

function set_leaving(id, is_leaving) {
  const next = new Set(leaving.value);
  if (is_leaving) next.add(id);
  else next.delete(id);
  leaving.value = next;
}

/** Remove a document after a while; a toast offers the way back. */
export function remove(document) {
  const id = document.document_id;
  set_leaving(id, true);
  const timer = setTimeout(async () => {
    try {
      await remove_document(id);
      removals.value += 1;
    } catch (problem) {
      set_leaving(id, false);
      if (problem.status !== 404) trouble(problem);
    }
  }, REMOVE_AFTER_MS);
  const undo = () => {
    clearTimeout(timer);
    set_leaving(id, false);
  };
  toast(t("removed", { name: document.title }), { action: { label: t("undo"), run: undo } });
}
