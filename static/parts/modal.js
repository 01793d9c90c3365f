// A dialog over the page: it takes the focus, gives it back, and closes by Escape or a click beside it.

import { html, useEffect, useRef } from "../html.js";
import { dialog as open_dialog } from "../dialogs.js";
import { messages } from "../messages.js";
import { IconButton } from "./icons.js";

const t = messages("habits");

/** Show `children` in a modal dialog that is named by the element with the id `label`. */
export function Modal({ label, look, children }) {
  const box = useRef(null);
  const is_gone = useRef(false);
  useEffect(() => {
    const shown = box.current;
    shown.showModal();
    return () => {
      is_gone.current = true; // its `close` is heard later, when another dialog may have been opened
      shown.close();
    };
  }, []);
  const leave = () => {
    if (!is_gone.current) open_dialog.value = null;
  };
  const click = ({ target, currentTarget }) => target === currentTarget && leave();
  return html`<dialog ref=${box} class=${look} aria-labelledby=${label} onClose=${leave} onCancel=${leave} onClick=${click}>
    <${IconButton} icon="close" name=${t("close")} kind="quiet modal-close" onClick=${leave} />
    <div class="modal-body">${children}</div>
  </dialog>`;
}
