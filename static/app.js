// The composition root of the page: the shell around whichever screen the address names.

import { effect, html, render } from "./html.js";
import { Banner } from "./parts/banner.js";
import { DropAnywhere } from "./parts/drop.js";
import { Header } from "./parts/header.js";
import { Toasts } from "./parts/toasts.js";
import { percent } from "./format.js";
import { route } from "./router.js";
import { Home } from "./screens/home.js";
import { Job } from "./screens/job.js";
import { lazy } from "./lazy.js";
import { line, start, state } from "./store.js";

const Batch = lazy(() => import("./screens/batch.js"), "Batch");

function Screen() {
  const { screen, id } = route.value;
  if (screen === "job") return html`<${Job} key=${id} id=${id} />`;
  if (screen === "batch") return html`<${Batch} key=${id} id=${id} />`;
  return html`<${Home} />`;
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
  const { screen, id } = route.value;
  const job = screen === "job" ? state.value.jobs[id] : line.value.running[0];
  const share = job?.status === "running" ? `${percent(job.progress.percent)} · ` : "";
  document.title = job ? `${share}${job.title} – Nowserving` : "Nowserving";
});

render(html`<${App} />`, document.getElementById("app"));
start();
