// Small enough to be there from the start, unlike the views.

import { messages } from "../../messages.js";

const t = messages("parts");

/** What the table of items says about a book that was counted. */
export const epub_item_note = ({ output }) => (output?.wordCount == null ? "" : t("n_words", { n: output.wordCount }));
