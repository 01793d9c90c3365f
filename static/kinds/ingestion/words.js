// Numbers, days and durations in the reader's language.

import { duration } from "../../format.js";
import { language, messages } from "../../messages.js";

export const t = messages("ingestion");

const formats = new Map();

function format(name, make) {
  const key = `${language.value}/${name}`;
  if (!formats.has(key)) formats.set(key, make(language.value));
  return formats.get(key);
}

/** "21 Nov 2026". */
export const day = (time) =>
  format("day", (tongue) => new Intl.DateTimeFormat(tongue, { dateStyle: "medium" })).format(new Date(time));

/** A number with at most `digits` behind the point. */
export const decimal = (value, digits) =>
  format(`decimal-${digits}`, (tongue) => new Intl.NumberFormat(tongue, { minimumFractionDigits: digits, maximumFractionDigits: digits })).format(value);

export const whole = (value) => format("whole", (tongue) => new Intl.NumberFormat(tongue)).format(value);
export const share = (value) => format("share", (tongue) => new Intl.NumberFormat(tongue, { style: "percent", maximumFractionDigits: 0 })).format(value / 100);
export const milliseconds = (value) => duration(value / 1000);

/** Where something stands: an EPUB counts chapters, everything else pages. */
export const page_word = (kind, number) => t(kind === "epub" ? "chapter" : "page", { number });

/** How many there are. */
export const pages_word = (kind, count) => t(kind === "epub" ? "chapters" : "pages", { n: count });

/** What a format of documents is called: a message where the language has one, else its name. */
export const kind_word = (kind) => t(`kind_${kind}`);
