// One door to the vendored view library, so that its files can be replaced in one place.
import { h } from "./vendor/preact.js";
import htm from "./vendor/htm.js";

export { render } from "./vendor/preact.js";
export { useEffect, useId, useLayoutEffect, useMemo, useRef, useState } from "./vendor/preact-hooks.js";
export { computed, effect, signal, useComputed, useSignal } from "./vendor/signals.js";
export const html = htm.bind(h);
