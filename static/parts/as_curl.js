// What the window does, as a line for a shell: to be repeated from a script or asked about.

const PLAIN = /^[A-Za-z0-9_@%+=:,./-]+$/;

/** Quote a word for a POSIX shell. */
export const shell_quote = (word) => (PLAIN.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`);

// In -F, curl splits a file name at , and ; unless it stands in quotes, in which \ and " are escaped.
const curl_file = (name) => `files=@"${name.replace(/[\\"]/g, "\\$&")}"`;

const joined = (words) => ["curl", ...words].map(shell_quote).join(" ");

export const curl_job = (origin, { id }) => joined([`${origin}/api/v1/jobs/${encodeURIComponent(id)}`]);

export const curl_cancel = (origin, { id }) =>
  joined(["-X", "POST", `${origin}/api/v1/jobs/${encodeURIComponent(id)}/cancel`]);

export const curl_events = (origin, { id }) => joined(["-N", `${origin}/api/v1/jobs/${encodeURIComponent(id)}/events`]);

/** A submission; the files are looked for by their names in the folder where the line is run. */
export function curl_submit(origin, { kind, args = {}, names = [], title = null }) {
  const words = [`${origin}/api/v1/jobs`, "--form-string", `kind=${kind}`, "--form-string", `args=${JSON.stringify(args)}`];
  if (title) words.push("--form-string", `title=${title}`);
  for (const name of names) words.push("-F", curl_file(name));
  return joined(words);
}

/** The submission that a job came from. */
export const curl_again = (origin, { kind, args, inputs = [] }) =>
  curl_submit(origin, { kind, args: args ?? {}, names: inputs.map(({ name }) => name) });
