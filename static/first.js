// Before the first paint: the theme and the language that were chosen here, so that nothing flashes.
// A classic script, because modules wait; it shares nothing with them but the names in storage.
{
  const chosen = (name) => {
    try {
      return JSON.parse(localStorage.getItem(`nowserving/${name}`));
    } catch {
      return null; // storage is forbidden: the system decides
    }
  };
  const root = document.documentElement;
  const theme = chosen("theme");
  if (theme === "light" || theme === "dark") root.dataset.theme = theme;
  const language = chosen("language");
  if (language) root.lang = language;
}
