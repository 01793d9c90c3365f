// What the window says, in the reader's language. Catalogues are flat JSON, one for each area and language.

import { get_json } from "./api.js";
import { signal } from "./html.js";
import { remember, remembered } from "./remember.js";

export const LANGUAGES = { en: "English", de: "Deutsch" };
const FALLBACK = "en";

function preferred() {
  const chosen = remembered("language", null);
  const wanted = [chosen, ...navigator.languages.map((tag) => tag.split("-")[0])];
  return wanted.find((language) => language in LANGUAGES) ?? FALLBACK;
}

export const language = signal(preferred());
const catalogues = signal({}); // "de/shell" -> {key: text or plural forms}
const asked = new Map();

function load_one(tongue, area) {
  const name = `${tongue}/${area}`;
  if (!asked.has(name)) {
    const loading = get_json(`/static/messages/${name}.json`)
      .then((catalogue) => {
        catalogues.value = { ...catalogues.value, [name]: catalogue };
      })
      .catch(() => asked.delete(name)); // the server is away: keys are shown, and the next view asks again
    asked.set(name, loading);
  }
  return asked.get(name);
}

const areas = new Set();

/** Load an area's catalogue in the present language; called again when the language changes. */
export function load_messages(area) {
  areas.add(area);
  return load_one(language.value, area);
}

/** Speak another language from now on, and remember it. */
export async function set_language(tongue) {
  await Promise.all([...areas].map((area) => load_one(tongue, area)));
  language.value = tongue;
  remember("language", tongue);
  document.documentElement.lang = tongue;
}

const rules = {};
const numbers = {};

function shown(value, tongue) {
  if (typeof value !== "number") return String(value);
  numbers[tongue] ??= new Intl.NumberFormat(tongue);
  return numbers[tongue].format(value);
}

/** Put the params into a text or into the plural form that `n` asks for. Pure. */
export function fill(message, params, tongue) {
  let text = message;
  if (typeof message === "object") {
    rules[tongue] ??= new Intl.PluralRules(tongue);
    text = message[rules[tongue].select(params.n)] ?? message.other;
  }
  return text.replace(/\{(\w+)\}/g, (place, name) => (name in params ? shown(params[name], tongue) : place));
}

/** Return the function that says an area's messages: `t("hits", { n: 3 })`. A key without a message is shown itself. */
export function messages(area) {
  return (key, params = {}) => {
    const message = catalogues.value[`${language.value}/${area}`]?.[key];
    return message === undefined ? key : fill(message, params, language.value);
  };
}
