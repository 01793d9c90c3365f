// What the window says, in the reader's language. Catalogues are flat JSON, one for each area and language.
// What the server says is English; the areas of server/ have it in the other languages, where somebody has put it into words.

import { get_json, hooks } from "./api.js";
import { computed, signal } from "./html.js";
import { remember, remembered } from "./remember.js";

export const LANGUAGES = { en: "English", de: "Deutsch" };
const FALLBACK = "en";
const of_tag = (tag) => tag.split("-")[0];

function preferred() {
  const chosen = remembered("language", null);
  const wanted = [chosen, ...navigator.languages.map(of_tag)];
  return wanted.find((language) => language in LANGUAGES) ?? FALLBACK;
}

export const language = signal(preferred());

/** The tag that numbers and times are shown by: the browser's own for this language (en-GB), or the language. */
export const locale = computed(
  () => navigator.languages.find((tag) => of_tag(tag) === language.value) ?? language.value,
);

const catalogues = signal({}); // "de/shell" -> {key: text or plural forms}
const asked = new Map();
const SERVER = "server/";

function load_one(tongue, area) {
  const name = `${tongue}/${area}`;
  if (tongue === FALLBACK && area.startsWith(SERVER)) return Promise.resolve();
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
}

const rules = {};
const numbers = {};

function shown(value, tongue) {
  if (typeof value !== "number") return String(value);
  numbers[tongue] ??= new Intl.NumberFormat(tongue === language.value ? locale.value : tongue);
  return numbers[tongue].format(value);
}

function form_of(message, params, tongue) {
  if (typeof message !== "object") return message;
  rules[tongue] ??= new Intl.PluralRules(tongue);
  return message[rules[tongue].select(params.n)] ?? message.other;
}

/** Put the params into a text or into the plural form that `n` asks for. */
export function fill(message, params, tongue) {
  const text = form_of(message, params, tongue);
  return text.replace(/\{(\w+)\}/g, (place, name) => (name in params ? shown(params[name], tongue) : place));
}

/** The same for params that are elements: a list of texts and elements, for html`${…}`. */
export function fill_parts(message, params, tongue) {
  const pieces = form_of(message, params, tongue).split(/\{(\w+)\}/);
  const put = (name) => (typeof params[name] === "object" ? params[name] : shown(params[name], tongue));
  return pieces.map((piece, index) => (index % 2 ? put(piece) : piece)).filter((piece) => piece !== "");
}

/**
 * Return the function that says an area's messages: `t("hits", { n: 3 })`; `t.parts` takes elements as params.
 * A key without a message is shown itself; `t.has` says whether there is one.
 */
export function messages(area) {
  const known = (key) => catalogues.value[`${language.value}/${area}`]?.[key];
  const find = (key) => known(key) ?? key;
  const say = (key, params = {}) => fill(find(key), params, language.value);
  say.parts = (key, params) => fill_parts(find(key), params, language.value);
  say.has = (key) => known(key) !== undefined;
  return say;
}

const t = messages("shell");
hooks.words_for = (status) => (status ? t("server_answered", { status: String(status) }) : t("server_away"));

const problem = messages("server/problems");
const sentence = messages("server/sentences");
const NUMBER = /\d+(?:\.\d+)?/g;

/** Have the words for what the server says, and for these kinds of it. */
export const load_server_words = (kinds) =>
  Promise.all(["problems", "sentences", ...kinds].map((area) => load_messages(SERVER + area)));

/** The words for a kind's args: `title.NAME`, `hint.NAME`, `option.NAME.VALUE`. */
export const kind_words = (kind) => messages(SERVER + kind);

/** A sentence of the server; its numbers are the places {1}, {2} … of ours. */
export function sentence_words(text) {
  const key = text?.replace(NUMBER, "#");
  if (!key || !sentence.has(key)) return text;
  return sentence(key, Object.fromEntries(text.match(NUMBER)?.map((digits, index) => [index + 1, Number(digits)]) ?? []));
}

// A process that crashed leaves its last lines behind what is said of it: "… ended. Its last lines:".
function parts_of(message) {
  const [first, ...last] = (message ?? "").split("\n");
  return last.length ? [first.replace(/\s[^.]*:$/, ""), last.join("\n")] : [first, ""];
}

/**
 * What went wrong: {code, message, remediation} in the reader's words; without any, in the server's. With them
 * `own`, the server's own words for it, and `last`, what a process said before it ended.
 */
export function error_words({ code, message, remediation }) {
  const [own, last] = parts_of(message);
  const found = problem.has(code) ? problem(code, { detail: own }) : sentence_words(own);
  const fix = `${code}.fix`;
  return { message: found, remediation: problem.has(fix) ? problem(fix) : remediation, own, last };
}

hooks.in_words = error_words;
