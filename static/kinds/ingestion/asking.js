// A question on its way: one at a time, the last one wins, and what it replaces is given up.

import { useEffect, useState } from "../../html.js";

/**
 * Fetch what `ask(signal)` resolves to whenever `key` changes; null for a key asks nothing. Returns {answer, problem,
 * is_busy}; the last answer stays until the next one is there, so that nothing flickers.
 */
export function use_asking(key, ask) {
  const [told, set_told] = useState({ key: null, answer: null, problem: null });
  useEffect(() => {
    if (key === null) return undefined;
    const abort = new AbortController();
    ask(abort.signal).then(
      (answer) => !abort.signal.aborted && set_told({ key, answer, problem: null }),
      (problem) => !abort.signal.aborted && set_told(({ answer }) => ({ key, answer, problem })),
    );
    return () => abort.abort();
  }, [key]);
  if (key === null) return { answer: null, problem: null, is_busy: false };
  return { answer: told.answer, problem: told.problem, is_busy: told.key !== key };
}
