// One polite live region for milestones; percents are never read out.

/** Say a sentence to whoever listens instead of looking. */
export function announce(text) {
  const region = document.getElementById("announcer");
  if (region) region.textContent = text;
}
