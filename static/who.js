// Who looks at this window: nobody in particular while accounts are off, else the one who has signed in.

import { hooks, Problem } from "./api.js";
import * as api from "./api.js";
import { computed, signal } from "./html.js";
import { remember, remembered } from "./remember.js";

const RENEW_BEFORE_MS = 60_000;
const NOTE_MS = 10_000;
const AGAIN_MS = 2_000;
const LOCK = "nowserving-refresh"; // a refresh token is good for once: tabs take turns
const NOBODY = { is_known: true, accounts: true, user: null, patients: [], expires_at: null };

/** {is_known, accounts, user: {id,name,role}|null, patients, expires_at}; `user` is null when a login is needed. */
export const who = signal({ ...NOBODY, is_known: false });
export const needs_login = computed(() => who.value.is_known && who.value.user === null);

/** Whether this person may do what touches everybody: pause, move, users, settings. */
export const is_admin = computed(() => who.value.user?.role === "admin");

/** Whether this person may cancel, retry, decide or remove a job: a patient sees sessions that are not theirs to change. */
export const may_change = (job) => who.value.user?.role !== "patient" || job.owner === who.value.user.id;

/** Whether this person may hand in work of a kind: a patient has sessions alone. */
export const may_hand_in = (kind) => who.value.user?.role !== "patient" || kind === "sessions";

const everybody = signal([]); // an admin's list of patients

/**
 * For whom sessions may be handed in: null when anybody may be named (accounts are off), "self" for a patient, else
 * the patients [{id, name}].
 */
export const patients = computed(() => {
  const { accounts, user, patients: assigned } = who.value;
  if (!accounts || !user) return null;
  if (user.role === "patient") return "self";
  return user.role === "admin" ? everybody.value : assigned;
});

/** The name of a patient whose id a session carries; the id itself when it is no account's. */
export function patient_name(id) {
  if (!id) return null;
  const { user } = who.value;
  if (user?.id === id) return user.name;
  const known = Array.isArray(patients.value) ? patients.value : [];
  return known.find((one) => one.id === id)?.name ?? id;
}

let timer = null;
let margin_ms = RENEW_BEFORE_MS; // how long before its end a login is renewed: a third of it when it is short

function take(me) {
  who.value = { is_known: true, patients: [], ...me };
  clearTimeout(timer);
  if (me.expires_at && me.means === "cookie") {
    const left_ms = Math.max(Date.parse(me.expires_at) - Date.now(), 0);
    margin_ms = Math.min(RENEW_BEFORE_MS, Math.max(left_ms / 3, 500));
    timer = setTimeout(renew, Math.max(left_ms - margin_ms, 500));
  }
  if (me.accounts && me.user.role === "admin") {
    api.get_json("/api/v1/users").then(({ users }) => (everybody.value = users.filter(({ role }) => role === "patient")), () => {});
  }
}

const ask = () => api.get_json("/api/v1/auth/me", { is_final: true });
const ask_door = () => api.get_json("/api/v1/auth/door", { is_final: true });

const is_fresh = ({ expires_at }, before) =>
  expires_at === null || (expires_at !== before && Date.parse(expires_at) - Date.now() > margin_ms);

async function exchange() {
  const before = who.value.expires_at;
  try {
    const door = await ask_door();
    const me = door.signed_in ? await ask() : null;
    // Another tab may have renewed it while this one waited for its turn.
    if (me && is_fresh(me, before)) {
      take(me);
      return true;
    }
    if (!door.renewable) {
      if (!me) who.value = NOBODY;
      return me !== null;
    }
  } catch (problem) {
    if (problem.status !== 401) return false;
  }
  try {
    await api.post_json("/api/v1/auth/refresh", {}, { is_final: true });
    take(await ask());
    return true;
  } catch (problem) {
    if (problem.status === 401) who.value = NOBODY;
    return false;
  }
}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// Web Locks exist only in secure contexts; a desk on the local network has plain http. There a note in the storage says
// whose turn it is: written, looked at again a moment later, and old after a while in case the writer has gone.
async function by_note(work) {
  const mine = () => `${Date.now() + NOTE_MS} ${Math.random()}`;
  for (;;) {
    const note = remembered(LOCK, null);
    if (!note || Date.now() > parseFloat(note)) {
      const written = mine();
      remember(LOCK, written);
      await pause(50 + 100 * Math.random());
      if (remembered(LOCK, written) === written) break;
    }
    await pause(150);
  }
  try {
    return await work();
  } finally {
    remember(LOCK, null);
  }
}

const in_turn = (work) => (navigator.locks ? navigator.locks.request(LOCK, work) : by_note(work));

let renewing = null;

/** Exchange the login's token for a fresh one; resolves to whether there is one. */
export function renew() {
  if (who.value.is_known && !who.value.accounts) return Promise.resolve(false);
  renewing ??= in_turn(exchange).finally(() => {
    renewing = null;
  });
  return renewing;
}

/** Find out who looks; a server that is away is asked again by whoever needs to know. */
export async function load() {
  try {
    const door = await ask_door();
    if (door.signed_in) take(await ask());
    else if (door.renewable) await renew();
    else who.value = NOBODY;
  } catch (problem) {
    if (problem.status === 401) await renew();
    else if (!who.value.is_known) setTimeout(load, AGAIN_MS); // nothing can begin before this is known
  }
}

/** Sign in. Raises the server's Problem when the words are wrong or come too often. */
export async function login(username, password) {
  await api.post_json("/api/v1/auth/login", { username, password }, { is_final: true });
  take(await ask());
}

/** End this login, here and on the server. */
export async function logout() {
  clearTimeout(timer);
  await api.post_json("/api/v1/auth/logout", {}, { is_final: true }).catch((problem) => {
    if (!(problem instanceof Problem) || problem.status === 0) throw problem;
  });
  who.value = NOBODY;
}

// Signed in meanwhile in another tab: this one need not ask again.
document.addEventListener("visibilitychange", () => {
  if (needs_login.value && !document.hidden) load();
});

hooks.renew = renew;
hooks.on_unauthorized = () => {
  who.value = NOBODY;
};
