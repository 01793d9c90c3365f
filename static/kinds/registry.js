// Which kinds bring views of their own. A kind without one gets the plain result, and loses nothing else.
// Views are fetched when the first of them is shown.

import { lazy } from "../lazy.js";
import { epub_item_note } from "./epub/note.js";
import { ingestion_item_note } from "./ingestion/note.js";

const EPUB = { style: "epub.css", messages: "epub" };
const HEATSHEETS = { style: "heatsheets.css", messages: "heatsheets" };
const INGESTION = { style: "ingestion.css", messages: "ingestion" };
const SESSIONS = { style: ["job.css", "sessions.css"], messages: "sessions" };
const SHIPPING = { style: "shipping.css", messages: "shipping" };

const VIEWS = {
  epub: { result: lazy(() => import("./epub.js"), "EpubResults", EPUB), item_note: epub_item_note },
  heatsheets: {
    result: lazy(() => import("./heatsheets/result.js"), "HeatsheetsResult", HEATSHEETS),
    form: lazy(() => import("./heatsheets/form.js"), "HeatsheetsForm", HEATSHEETS),
    batch: lazy(() => import("./heatsheets/batch.js"), "HeatsheetsBatch", HEATSHEETS),
  },
  ingestion: {
    result: lazy(() => import("./ingestion.js"), "IngestionResult", INGESTION),
    progress: lazy(() => import("./ingestion/progress.js"), "IngestionProgress", INGESTION),
    form: lazy(() => import("./ingestion/form.js"), "IngestionForm", INGESTION),
    items: lazy(() => import("./ingestion/items.js"), "IngestionItems", INGESTION),
    item_note: ingestion_item_note,
  },
  sessions: {
    form: lazy(() => import("./sessions/upload.js"), "SessionUpload", SESSIONS),
    result: lazy(() => import("./sessions/result.js"), "SessionResult", SESSIONS),
  },
  shipping: {
    form: lazy(() => import("./shipping/form.js"), "ShippingForm", SHIPPING),
    preview: lazy(() => import("./shipping/preview.js"), "ShippingPreview", SHIPPING),
    confirms: true,
    items: lazy(() => import("./shipping/rows.js"), "ShippingRows", SHIPPING),
    result: lazy(() => import("./shipping/result.js"), "ShippingResult", SHIPPING),
  },
};

/** The component that shows the result of a kind's job, given `job`; null for the plain one. */
export const view_for = (kind) => VIEWS[kind]?.result ?? null;

/** The component that shows a running job below its bar, given `job`; null for the plain stages. */
export const progress_view_for = (kind) => VIEWS[kind]?.progress ?? null;

/** The component that shows what a held job wants to do, given `job`; null for the plain one. */
export const preview_for = (kind) => VIEWS[kind]?.preview ?? null;

/** Whether that component has the button that confirms, too. */
export const confirms_itself = (kind) => VIEWS[kind]?.confirms ?? false;

/** The component that shows the items of a kind's job, given `job` and `items`; null for the plain table. */
export const items_view_for = (kind) => VIEWS[kind]?.items ?? null;

/** The function that says in a few words what came of an item; null for the plain one. */
export const item_note_for = (kind) => VIEWS[kind]?.item_note ?? null;

/** The component that hands in work of a kind in place of the plain form; null for the plain one. */
export const form_for = (kind) => VIEWS[kind]?.form ?? null;

/** The component that shows what a batch has given, given `batch` and `over` (how many jobs are); null for none. */
export const batch_view_for = (kind) => VIEWS[kind]?.batch ?? null;
