// The room: what the live stream says of each agent; listening in is asked for here and rings the supervisor's phone.
// Names are text that people typed: they go into the page as textContent.

import { Live } from "../desk/live.js";
import { element, facts, filled, minutes, say, words } from "../desk/page.js";

const rows = new Map(); // extension -> the row's parts
const live = new Live(received, linked);
let supervision = null;
let alarmed = new Set();

function received(message) {
  if (message.type === "room-refused") return say("refused", words.refused[message.code] ?? message.code);
  if (message.type !== "room") return;
  supervision = message.supervision;
  const phone = message.phone.registered ? words.phoneGood : words.phoneBad;
  element("phone").textContent = facts.extension ? filled(phone, { extension: message.phone.extension }) : "";
  const waiting = Object.entries(message.waiting).filter(([, count]) => count > 0);
  const counts = waiting.map(([language, count]) => `${words.language[language] ?? language} ${count}`).join(", ");
  element("waiting").textContent = `${words.waiting}: ${counts || words.nobodyWaits}`;
  mine();
  for (const agent of message.agents) show(agent);
  for (const [extension, row] of rows) {
    if (message.agents.some((agent) => agent.extension === extension)) continue;
    row.line.remove();
    rows.delete(extension);
  }
  alarm(message.agents.filter((agent) => agent.help_seconds !== null));
}

function mine() {
  element("mine").hidden = !supervision;
  if (!supervision) return;
  const text = supervision.is_up ? words.mode[supervision.mode] : words.rings;
  element("mine-words").textContent = filled(text, { agent: supervision.agent });
  for (const button of element("mine").querySelectorAll("button")) {
    button.disabled = !supervision.is_up || supervision.mode === "take-over";
    if (button.dataset.mode) button.setAttribute("aria-pressed", String(button.dataset.mode === supervision.mode));
  }
}

function row(extension) {
  const line = document.createElement("tr");
  const [who, state, since, call, keys] = Array.from({ length: 5 }, () => line.insertCell());
  since.className = "figures";
  keys.className = "row-actions";
  for (const mode of ["listen", "whisper", "join"]) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = element("agents").dataset[mode];
    button.setAttribute("aria-label", `${button.textContent}: ${extension}`);
    button.addEventListener("click", () => watch(extension, mode));
    keys.append(button);
  }
  line.dataset.extension = extension;
  element("agents").append(line);
  const made = { line, who, state, since, call, keys };
  rows.set(extension, made);
  return made;
}

function show(agent) {
  const parts = rows.get(agent.extension) ?? row(agent.extension);
  const reason = agent.state === "on-break" ? ` · ${words.break[agent.reason] ?? agent.reason}` : "";
  parts.line.dataset.help = agent.help_seconds === null ? "no" : "yes";
  parts.who.textContent = `${agent.extension} ${agent.name}`;
  parts.state.textContent = (words.state[agent.state] ?? agent.state) + reason;
  parts.since.textContent = agent.seconds === null ? "" : minutes(agent.seconds);
  const call = agent.call;
  const language = call ? (words.language[call.language] ?? call.language) : "";
  parts.call.textContent = call ? `${words.phase[call.phase] ?? call.phase} · ${language} · ${call.case_number}` : words.noCall;
  if (agent.help_seconds !== null) {
    const help = document.createElement("span");
    help.className = "room__help";
    help.textContent = ` ${filled(words.help, { time: minutes(agent.help_seconds) })}`;
    parts.state.append(help);
  }
  const talks = call && ["talking", "conference", "consulting"].includes(call.phase);
  for (const button of parts.keys.children) button.disabled = !talks || Boolean(supervision);
}

/** Said once for each agent who asks; the row stays marked. */
function alarm(asking) {
  const now = new Set(asking.map((agent) => agent.extension));
  for (const agent of asking) {
    if (!alarmed.has(agent.extension)) say("announce", `${filled(words.help, { time: "" })} ${agent.extension} ${agent.name}`);
  }
  alarmed = now;
}

function watch(agent, mode) {
  say("refused", "");
  live.send({ do: "watch", agent, mode, purpose: element("purpose").value });
}

function linked({ up, loggedOut }) {
  say("banner", up ? "" : loggedOut ? words.loggedOut : words.down);
}

for (const button of element("mine").querySelectorAll("[data-mode]")) {
  button.addEventListener("click", () => live.send({ do: "mode", mode: button.dataset.mode }));
}
element("take-over").addEventListener("click", () => live.send({ do: "take-over" }));
element("watch-end").addEventListener("click", () => live.send({ do: "watch-end" }));
live.open();
