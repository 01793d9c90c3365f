// The composition root of the page: the shell around whichever screen the address names.

import { effect, html, render } from "./html.js";
import { Banner } from "./parts/banner.js";
import { DropAnywhere } from "./parts/drop.js";
import { Header } from "./parts/header.js";
import { Toasts } from "./parts/toasts.js";
import { percent } from "./format.js";
import { route } from "./router.js";
import { load_messages } from "./messages.js";
import { screen_at } from "./screens.js";
import { line, start, state } from "./store.js";

function Screen() {
  const { path, id } = route.value;
  const { view: View } = screen_at(path, id);
  return html`<${View} key=${`${path}/${id ?? ""}`} id=${id} />`;
}

function App() {
  return html`
    <a class="skip" href="#main" onClick=${skip}>Skip to content</a>
    <div class="top">
      <${Header} />
      <${Banner} />
    </div>
    <main id="main" tabindex="-1">
      <${Screen} />
    </main>
    <${DropAnywhere} />
    <${Toasts} />
  `;
}

// The hash is the router's, so the skip link moves the focus itself.
function skip(event) {
  event.preventDefault();
  document.getElementById("main").focus();
}

effect(() => {
  const { path, id } = route.value;
  const job = path === "jobs" ? state.value.jobs[id] : line.value.running[0];
  const share = job?.status === "running" ? `${percent(job.progress.percent)} · ` : "";
  document.title = job ? `${share}${job.title} – Nowserving` : "Nowserving";
});

start();
load_messages("shell").then(() => render(html`<${App} />`, document.getElementById("app")));
