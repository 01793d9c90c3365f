// Amounts and names as the reader's language has them.

import { language, messages } from "../../messages.js";

export const t = messages("shipping");
const formats = {};

/** Cents as money: 31720 -> "$317.20". */
export function money(cents) {
  const tongue = language.value;
  formats[tongue] ??= new Intl.NumberFormat(tongue, { style: "currency", currency: "USD" });
  return formats[tongue].format((cents ?? 0) / 100);
}

/** A service as people say it; what a carrier calls its own is left as it is. */
export function service_name(service) {
  if (!service) return t("service_each");
  const said = t(`service_${service}`);
  return said === `service_${service}` ? service : said;
}

/** What a word was understood as, in the reader's language where we have it. */
export function meaning_of(meaning) {
  const said = t(`means ${meaning}`);
  return said === `means ${meaning}` ? meaning : said;
}

/** The name of a field of an order. */
export const field_name = (field) => t(`field_${field}`);
