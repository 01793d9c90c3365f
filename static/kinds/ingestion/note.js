// What came of a document, in a few words, for the table of items.

import { messages } from "../../messages.js";

const t = messages("ingestion");

/** "new · 12 parts · 31 names". */
export function ingestion_item_note({ output }) {
  if (!output?.status) return "";
  const { status, chunks, entities } = output;
  return [t(`came_${status}`), chunks != null && t("parts", { n: chunks }), entities > 0 && t("holds_names", { n: entities })].filter(Boolean).join(" · ");
}
