// The icon of the tab shows how far the running job is; a dot says that something ended while nobody looked.

const CENTER = 'cx="16" cy="16" r="11"';
const LENGTH = 2 * Math.PI * 11;
const STEP = 4; // percent; finer cannot be seen at 16 pixels
const GREEN = "#0f7a5a";
const ring = (share) => `<rect width="32" height="32" rx="9" fill="#fff"/>
  <circle ${CENTER} fill="none" stroke="#cfe3d9" stroke-width="6"/>
  <circle ${CENTER} fill="none" stroke="${GREEN}" stroke-width="6" stroke-linecap="round" transform="rotate(-90 16 16)"
    stroke-dasharray="${((share / 100) * LENGTH).toFixed(1)} 99"/>`;
const SIGN = { completed: "m10 16.500 4 4 8-9", failed: "m11 11 10 10m0-10-10 10", held: "M12 10v12M20 10v12" };
const FILL = { completed: GREEN, failed: "#ad241c", held: "#855200" };
const sign = (status) =>
  `<circle cx="16" cy="16" r="15" fill="${FILL[status]}"/>` +
  `<path d="${SIGN[status]}" fill="none" stroke="#fff" stroke-width="3.500" stroke-linecap="round" stroke-linejoin="round"/>`;

/** Return the icon's address for what the tab has to say: {percent}, {status} or nothing. Pure. */
export function icon_href({ percent = null, status = null }) {
  if (percent === null && !SIGN[status]) return "/static/favicon.svg";
  const drawn = percent === null ? sign(status) : ring(Math.max(STEP, Math.floor(percent / STEP) * STEP));
  return `data:image/svg+xml,${encodeURIComponent(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">${drawn}</svg>`)}`;
}

let shown = null;

/** Show it. */
export function draw_icon(told) {
  const href = icon_href(told);
  if (href === shown) return;
  shown = href;
  document.querySelector("link[rel=icon]").href = href;
}
