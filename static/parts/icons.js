// Line icons on a 20x20 grid, drawn here so that nothing has to be loaded.

import { html } from "../html.js";

const PATHS = {
  up: "M10 15V5M5.500 9.500 10 5l4.500 4.500",
  down: "M10 5v10M5.500 10.500 10 15l4.500-4.500",
  front: "M5 4h10M10 16V8M6 12l4-4 4 4",
  close: "m5.500 5.500 9 9M14.500 5.500l-9 9",
  pause: "M7 5v10M13 5v10",
  play: "M7 4.500v11l8.500-5.500z",
  download: "M10 3.500v9M6 9l4 4 4-4M4 16.500h12",
  check: "m4.500 10.500 3.500 3.500 7.500-8",
  alert: "M10 3.500 17.500 16.500h-15zM10 8.500v3.500M10 14.300v.1",
  back: "M15 10H5M9 5.500 4.500 10 9 14.500",
  file: "M6 3h5.500L15 6.500V17H6zM11 3v4h4",
  retry: "M15.500 10a5.500 5.500 0 1 1-1.700-4M14 3v3.300h-3.300",
  trash: "M4 6h12M8 6V4h4v2M6 6l.7 10.500h6.600L14 6",
  upload: "M10 13V4M6 8l4-4 4 4M4 16.500h12",
  link: "M8.500 11.500a3 3 0 0 0 4.300 0l2.400-2.400a3 3 0 0 0-4.300-4.300l-.9.900M11.500 8.500a3 3 0 0 0-4.300 0l-2.400 2.400a3 3 0 0 0 4.300 4.300l.9-.9",
  print: "M6 7V3.500h8V7M6 14H4V7.500h12V14h-2M6 11.500h8v5H6z",
  calendar: "M4 5.500h12v11H4zM4 9h12M7 3.500v3M13 3.500v3",
  search: "M9 3.500a5.500 5.500 0 1 1 0 11 5.500 5.500 0 0 1 0-11M13 13l4 4",
  graph: "M6 6.500l7.500 1M5.500 7l3 6.500M13.500 8.500l-3.500 5M5 7.500a2 2 0 1 1 0-4 2 2 0 0 1 0 4M15 9.500a2 2 0 1 1 0-4 2 2 0 0 1 0 4M9 17a2 2 0 1 1 0-4 2 2 0 0 1 0 4",
  library: "M4 4h3v12H4zM7 4h3v12H7M11.500 4.800l2.900-.8 3.100 11.600-2.900.8z",
  folder: "M3 5.500h5l1.500 2H17v8.500H3z",
  edit: "M4.500 15.500 5 12.500 13 4.500l2.500 2.500-8 8zM11.500 6l2.500 2.500",
  clock: "M10 4a6 6 0 1 1 0 12 6 6 0 0 1 0-12M10 7v3.200l2.200 1.500",
  menu: "M3.500 6h13M3.500 10h13M3.500 14h13",
  sliders: "M3.500 6.500h6M13.500 6.500h3M3.500 13.500h3M10.500 13.500h6M11.500 4.500a2 2 0 1 1 0 4 2 2 0 0 1 0-4M8.500 11.500a2 2 0 1 1 0 4 2 2 0 0 1 0-4",
  keyboard: "M3 5.500h14v9H3zM6 8.500h.1M9 8.500h.1M12 8.500h.1M14.500 8.500h.1M7 11.800h6",
  terminal: "M3 4.500h14v11H3zM6 8l2.500 2L6 12M10.500 12.500h3.500",
  person: "M10 10a3.200 3.200 0 1 0 0-6.400A3.200 3.200 0 0 0 10 10M4 16.500c.600-3 3-4.500 6-4.500s5.400 1.500 6 4.500",
  plus: "M10 4.500v11M4.500 10h11",
  copy: "M7.500 7.500h8.500v9h-8.500zM12.500 7.500V4H4v9h3.500",
  grip: "M7.500 5v.1M7.500 10v.1M7.500 15v.1M12.500 5v.1M12.500 10v.1M12.500 15v.1",
};

/** Draw an icon; it is decoration, so the control around it needs a name of its own. */
export function Icon({ name }) {
  return html`<svg class="icon" viewBox="0 0 20 20" aria-hidden="true" focusable="false">
    <path d=${PATHS[name]} />
  </svg>`;
}

/** A button that shows an icon and says its name to everybody else. */
export function IconButton({ icon, name, onClick, disabled, kind = "quiet" }) {
  return html`<button type="button" class="icon-button ${kind}" aria-label=${name} title=${name}
    disabled=${disabled} onClick=${onClick}><${Icon} name=${icon} /></button>`;
}
