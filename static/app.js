// The composition root of the page: the shell around whichever screen the address names.

import { keep_early } from "./early.js";
import { effect, html, render, signal } from "./html.js";
import { lazy } from "./lazy.js";
import { language, load_messages, messages } from "./messages.js";
import { Banner } from "./parts/banner.js";
import { Header } from "./parts/header.js";
import { Toasts } from "./parts/toasts.js";
import { route } from "./router.js";
import { SCREENS, screen_at } from "./screens.js";
import { line, retry_now, start } from "./store.js";
import * as who from "./who.js";

const t = messages("shell");
const Login = lazy(() => import("./screens/login.js"), "Login", { style: "login.css", messages: "login" });
const Late = lazy(() => import("./late.js"), "Late");
const is_late = signal(false); // whether somebody has touched the page, or something happens that the tab should tell

function Screen() {
  const { path, id } = route.value;
  const screen = screen_at(path, id);
  const { view: View } = screen.kind && !who.may_hand_in(screen.kind) ? SCREENS.home : screen;
  return html`<${View} key=${`${path}/${id ?? ""}`} id=${id} />`;
}

function App() {
  return html`
    <a class="skip" href="#main" onClick=${skip}>${t("skip")}</a>
    <div class="top">
      <${Header} />
      ${!who.needs_login.value && html`<${Banner} />`}
    </div>
    <main id="main" tabindex="-1">
      ${who.needs_login.value ? html`<${Login} />` : html`<${Screen} />`}
    </main>
    <${Toasts} />
    ${is_late.value && html`<${Late} is_open=${!who.needs_login.value} />`}
  `;
}

const focus_main = () => document.getElementById("main")?.focus({ preventScroll: true });

// The hash is the router's, so the skip link moves the focus itself.
function skip(event) {
  event.preventDefault();
  focus_main();
}

// Another screen: what had the focus is gone, and a reader would be left at the top of nothing.
let shown = `${route.value.path}/${route.value.id}`;
effect(() => {
  const next = `${route.value.path}/${route.value.id}`;
  if (next !== shown) focus_main();
  shown = next;
});

effect(() => {
  document.documentElement.lang = language.value;
});

// The stream opens for somebody who may read it. One that ended with its login opens again when that is renewed; and
// a server that was started anew may ask for a login that it did not ask for before.
const check = ({ attempt }) => {
  if (attempt === 2 || (attempt === 1 && who.who.value.accounts)) who.load();
};
let listener = null; // whose stream it is
// Subscribed, and not an effect: what opening the stream reads must not make it open again.
who.who.subscribe(({ is_known, user }) => {
  if (!is_known || !user) return;
  const [before, now] = [listener, user.id ?? "local"];
  listener = now;
  if (before === null) start(check);
  else if (before === now) retry_now();
  else location.reload(); // what this page knows belongs to somebody else
});

keep_early(() => (is_late.value = true));
effect(() => {
  if (line.value.running.length) is_late.value = true;
});
Promise.all([...["shell", "line"].map(load_messages), who.load()]).then(() => {
  render(html`<${App} />`, document.getElementById("app"));
});
