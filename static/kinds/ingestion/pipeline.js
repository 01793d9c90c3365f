// Pure: what the pipeline's own words mean to somebody who looks at them.

export const STAGES = ["parsing", "images", "chunking", "embedding", "extraction", "writing"];

/** "pending", "running" or "done"; a stage that works again after a pause was never done. */
export function state_of(stage) {
  if (stage.is_complete) return "done";
  if (stage.status === "pending" && !stage.in_flight && !stage.processed) return "pending";
  return "running";
}

/** Milliseconds that are left, counted down since the report was made; null when nobody knows. */
export function left_ms(timing, since_ms) {
  const left = timing?.estimated_remaining_ms;
  return left == null ? null : Math.max(0, left - since_ms);
}
