// Places in a recording, and which segment is heard at one. Pure functions; times are seconds.

/** 75.4 -> "1:15", 3671 -> "1:01:11". */
export function clock(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60), whole % 60];
  const two = (value) => String(value).padStart(2, "0");
  return h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/** The segment that is heard at a time: the last one that has begun; null before the first. */
export function segment_at(segments, seconds) {
  let [low, high] = [0, segments.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (segments[middle].start <= seconds + 0.05) low = middle + 1;
    else high = middle;
  }
  return low ? segments[low - 1] : null;
}
