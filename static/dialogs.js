// Which dialog is open over the page. The dialogs themselves are fetched when they are asked for.

import { signal } from "./html.js";

export const dialog = signal(null); // "palette", "help" or null
