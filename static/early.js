// The first touches of the page: they have the rest fetched, and what was done before it is there is not lost.

const NAMES = ["keydown", "dragenter", "visibilitychange"];
const kept = [];
let hear = null;

/** Call `on_touch` when somebody does something to the page; it is kept from then on. */
export function keep_early(on_touch) {
  hear = (event) => {
    kept.push(event);
    if ((event.ctrlKey || event.metaKey) && event.key === "k") event.preventDefault(); // or the browser takes it
    on_touch();
  };
  for (const name of NAMES) addEventListener(name, hear, true);
}

/** Return the events that were kept, and keep no more. */
export function take_early() {
  for (const name of NAMES) removeEventListener(name, hear, true);
  return kept.splice(0);
}
