// What a job left behind, to take away.

import { size } from "../format.js";
import { html } from "../html.js";
import { messages } from "../messages.js";
import { Icon } from "./icons.js";

const t = messages("parts");

/** The files of a job, each one and all in a ZIP. */
export function Artifacts({ job }) {
  const artifacts = job.artifacts ?? [];
  if (!artifacts.length) return null;
  const total = artifacts.reduce((sum, artifact) => sum + artifact.size_bytes, 0);
  return html`<section class="panel artifacts" aria-labelledby="files-title">
    <header><h2 id="files-title">${t("files")}</h2>
      ${job.links?.artifacts && html`<a class="button small" href=${job.links.artifacts} download>
        <${Icon} name="download" />${t("all_as_zip")} <span class="muted">${size(total)}</span></a>`}
    </header>
    <ul class="file-list">
      ${artifacts.map(
        ({ name, size_bytes, url }) => html`<li><${Icon} name="file" />
          <a class="name" href=${url} download=${name}>${name}</a><small>${size(size_bytes)}</small></li>`,
      )}
    </ul>
  </section>`;
}
