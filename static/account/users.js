// Everybody who may sign in, for admins: add, change the role, switch off, say whose therapist somebody is.

import * as api from "../api.js";
import { html, useEffect, useState } from "../html.js";
import { messages } from "../messages.js";
import { IconButton } from "../parts/icons.js";
import { toast, trouble } from "../parts/toasts.js";

const t = messages("login");
const PATH = "/api/v1/users";
const ROLES = ["member", "therapist", "patient", "admin"];
const user_path = (user) => `${PATH}/${encodeURIComponent(user.id)}`;

function Patients({ user, users, change }) {
  if (user.role !== "therapist") return null;
  const assigned = new Set(user.patients.map(({ id }) => id));
  const others = users.filter((one) => one.role === "patient" && !assigned.has(one.id));
  const add = ({ target }) => {
    const patient_id = target.value;
    target.value = "";
    if (patient_id) change(() => api.post_json(`${user_path(user)}/patients`, { patient_id }));
  };
  return html`<div class="patient-chips">
    ${user.patients.map((one) => html`<span class="chip-label" key=${one.id}>${one.name}
      <${IconButton} icon="close" name=${t("unassign", { patient: one.name, therapist: user.name })}
        onClick=${() => change(() => api.send_json("DELETE", `${user_path(user)}/patients/${encodeURIComponent(one.id)}`))} /></span>`)}
    ${others.length > 0 && html`<select aria-label=${t("assign_to", { name: user.name })} onChange=${add}>
      <option value="">${t("assign")}</option>${others.map((one) => html`<option value=${one.id}>${one.name}</option>`)}</select>`}
  </div>`;
}

function Row({ user, users, change }) {
  const set = (changes) => change(() => api.send_json("PATCH", user_path(user), changes));
  return html`<tr class=${user.is_disabled ? "muted" : ""}>
    <th scope="row">${user.name}</th>
    <td><select aria-label=${t("role_of", { name: user.name })} value=${user.role} onChange=${({ target }) => set({ role: target.value })}>
      ${ROLES.map((role) => html`<option value=${role} selected=${role === user.role}>${t(`role_${role}`)}</option>`)}</select></td>
    <td><${Patients} user=${user} users=${users} change=${change} /></td>
    <td class="row-end"><button type="button" class="small quiet" onClick=${() => set({ is_disabled: !user.is_disabled })}
      aria-label=${t(user.is_disabled ? "enable_name" : "disable_name", { name: user.name })}>${t(user.is_disabled ? "enable" : "disable")}</button></td>
  </tr>`;
}

function Add({ change }) {
  const submit = async (event) => {
    event.preventDefault();
    const form = event.target;
    const { name, password, role } = Object.fromEntries(new FormData(form));
    const is_made = await change(() => api.post_json(PATH, { name, password, role }));
    if (!is_made) return;
    form.reset();
    toast(t("user_added", { name }));
  };
  return html`<form class="form-row" onSubmit=${submit}>
    <div class="field"><label for="user-name">${t("name")}</label><input id="user-name" name="name" maxlength="100" autocomplete="off" required /></div>
    <div class="field"><label for="user-password">${t("password")}</label>
      <input id="user-password" name="password" type="password" autocomplete="new-password" minlength="8" required /></div>
    <div class="field"><label for="user-role">${t("role")}</label>
      <select id="user-role" name="role">${ROLES.map((role) => html`<option value=${role}>${t(`role_${role}`)}</option>`)}</select></div>
    <button type="submit" class="primary">${t("add_user")}</button>
  </form>`;
}

export function Users() {
  const [users, set_users] = useState([]);
  const load = () => api.get_json(PATH).then((answer) => set_users(answer.users), trouble);
  useEffect(() => {
    load();
  }, []);
  const change = async (work) => {
    try {
      await work();
      return true;
    } catch (problem) {
      trouble(problem);
      return false;
    } finally {
      await load();
    }
  };
  return html`<section class="panel" aria-labelledby="users-title"><h2 id="users-title">${t("users")}</h2>
    <div class="scroll" tabindex="0" role="group" aria-labelledby="users-title"><table><thead><tr><th scope="col">${t("name")}</th>
      <th scope="col">${t("role")}</th><th scope="col">${t("patients")}</th><th><span class="visually-hidden">${t("actions")}</span></th></tr></thead>
      <tbody>${users.map((user) => html`<${Row} key=${user.id} user=${user} users=${users} change=${change} />`)}</tbody></table></div>
    <${Add} change=${change} /></section>`;
}
