// A dialog over the page: it takes the focus, gives it back, and closes by Escape or a click beside it.

import { dialog as open_dialog } from "../dialogs.js";
import { html, useEffect, useRef } from "../html.js";
import { messages } from "../messages.js";
import { IconButton } from "./icons.js";

const t = messages("habits");

/** Close the dialog that is open. The browser gives the focus back only while the dialog is still in the page. */
export function close_modal() {
  document.querySelector("dialog.modal[open]")?.close();
  open_dialog.value = null;
}

/** Show `children` in a modal dialog named by the element with the id `label`; `data-first` marks what has the focus. */
export function Modal({ label, look, children }) {
  const box = useRef(null);
  useEffect(() => {
    box.current.showModal();
    box.current.querySelector("[data-first]")?.focus();
  }, []);
  const closed = ({ currentTarget }) => {
    // Heard late: another dialog may have been opened meanwhile.
    if (currentTarget.isConnected && !currentTarget.open) open_dialog.value = null;
  };
  const click = ({ target, currentTarget }) => target === currentTarget && close_modal();
  return html`<dialog ref=${box} class="modal ${look}" aria-labelledby=${label} onClose=${closed} onClick=${click}>
    <${IconButton} icon="close" name=${t("close")} kind="quiet modal-close" onClick=${close_modal} />
    <div class="modal-body">${children}</div>
  </dialog>`;
}
