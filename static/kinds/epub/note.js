// Small enough to be there from the start, unlike the views.

import { plural } from "../../format.js";

/** What the table of items says about a book that was counted. */
export const epub_item_note = ({ output }) => (output?.wordCount == null ? "" : plural(output.wordCount, "word"));
