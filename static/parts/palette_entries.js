// What the palette offers: screens, jobs, what can be done with the job that is shown, the line, the window.

import * as actions from "../actions.js";
import { dialog } from "../dialogs.js";
import * as draft from "../draft.js";
import { hand_in } from "../keys.js";
import { LANGUAGES, language, messages, set_language } from "../messages.js";
import { go, job_href, route } from "../router.js";
import { menu_screens } from "../screens.js";
import { is_terminal } from "../state.js";
import { kinds, line, state } from "../store.js";
import { THEMES, set_theme, theme } from "../theme.js";
import { is_admin, may_change } from "../who.js";
import { copy_curl } from "./copy.js";
import { status_word } from "./progress.js";

const t = messages("habits");
const shell = messages("shell");

function screens() {
  return menu_screens(kinds.value).map(({ path, nav, key }) => ({
    id: `screen-${path}`, group: "group_screens", text: shell(nav), keys: ["g", key], run: () => go(`#/${path}`),
  }));
}

function lanes() {
  if (!is_admin.value) return []; // they hold up, or send away, everybody
  const all = Object.values(state.value.lanes);
  const named = (name) => (all.length > 1 ? ` ${name}` : "");
  return all.flatMap(({ name, paused, waiting }) => [
    paused
      ? { id: `resume-${name}`, text: t("resume_line") + named(name), run: () => actions.resume(name) }
      : { id: `pause-${name}`, text: shell("pause_line") + named(name), run: () => actions.pause(name) },
    waiting > 0 && { id: `clear-${name}`, text: t("clear_line", { n: waiting }) + named(name), run: () => actions.clear(name, waiting) },
  ]).filter(Boolean).map((entry) => ({ ...entry, group: "group_actions" }));
}

function submits() {
  return draft.available.value.map((kind) => ({
    id: `kind-${kind.name}`,
    group: "group_submit",
    text: t("submit_kind", { kind: kind.title || kind.name }),
    run: () => {
      draft.choose_kind(kind.name);
      hand_in();
    },
  }));
}

function window_choices() {
  const themes = THEMES.filter((name) => name !== theme.value).map((name) => ({
    id: `theme-${name}`, text: t("choose_theme", { name: t(`theme_${name}`) }), run: () => set_theme(name),
  }));
  const tongues = Object.keys(LANGUAGES).filter((name) => name !== language.value).map((name) => ({
    id: `language-${name}`, text: t("choose_language", { name: LANGUAGES[name] }), run: () => set_language(name),
  }));
  const help = { id: "help", text: t("help_title"), keys: ["?"], run: () => (dialog.value = "help") };
  return [...themes, ...tongues, help].map((entry) => ({ ...entry, group: "group_window" }));
}

// What can be done with the job on the screen.
function this_job() {
  const job = route.value.path === "jobs" ? state.value.jobs[route.value.id] : null;
  if (!job) return [];
  const is_mine = may_change(job);
  const can_retry = is_mine && is_terminal(job) && !job.superseded_by;
  const all = [
    is_mine && !is_terminal(job) && { id: "cancel", text: t("cancel_job", { title: job.title }), keys: ["c"], run: () => actions.cancel(job) },
    can_retry && { id: "retry", text: t("retry_job", { title: job.title }), keys: ["r"], run: () => actions.retry_and_show(job) },
    is_mine && is_terminal(job) && { id: "remove", text: t("remove_job", { title: job.title }), run: () => actions.remove(job) },
    { id: "curl", text: t("curl_job"), run: () => copy_curl("curl_job", job) },
    { id: "curl-again", text: t("curl_again"), run: () => copy_curl("curl_again", job) },
    { id: "curl-events", text: t("curl_events"), run: () => copy_curl("curl_events", job) },
    !is_terminal(job) && { id: "curl-cancel", text: t("curl_cancel"), run: () => copy_curl("curl_cancel", job) },
  ];
  return all.filter(Boolean).map((entry) => ({ ...entry, group: "group_job" }));
}

function the_draft() {
  const kind = draft.kind.value;
  if (!kind || route.value.path) return [];
  const subject = { kind: kind.name, args: draft.current_args(), names: draft.files.value.map(({ name }) => name) };
  return [{ id: "curl-draft", group: "group_submit", text: t("curl_submit"), run: () => copy_curl("curl_submit", subject) }];
}

/** A job as an entry. */
export const job_entry = (job) => ({
  id: `job-${job.id}`, group: "group_jobs", text: job.title, note: status_word(job.status), run: () => go(job_href(job.id)),
});

/** Everything that is known without asking the server; `is_searching` brings the jobs that this tab knows. */
export function entries(is_searching) {
  const { running, waiting, held, finished } = line.value;
  const jobs = [...running, ...held, ...waiting, ...finished].slice(0, is_searching ? 400 : 5).map(job_entry);
  return [...this_job(), ...screens(), ...lanes(), ...submits(), ...the_draft(), ...jobs, ...window_choices()];
}
