// One polite live region for stages and milestones; percents are never read out. What comes within a moment is
// read together: a region that changes twice at once is read once.

const GATHER_MS = 400;
const MOST = 4; // sentences at once; nobody follows more
let sentences = [];
let timer = null;

function read_out() {
  timer = null;
  const region = document.getElementById("announcer");
  const said = [...new Set(sentences)].slice(-MOST);
  sentences = [];
  if (!region) return;
  region.replaceChildren(...said.map((text) => Object.assign(document.createElement("p"), { textContent: text })));
}

/** Say a sentence to whoever listens instead of looking. */
export function announce(text) {
  sentences.push(text);
  timer ??= setTimeout(read_out, GATHER_MS);
}
