// A case's page, for who may change it: the department is chosen from the directory, searched as one types.

import { maskNumbers } from "../resident_numbers.js";

const PAUSE = 150;
const element = (id) => document.getElementById(id);
const box = element("department-search");
const note = element("department-note");
let asked = null;
let timer = 0;

function assign(id, name) {
  element("department-id").value = id;
  element("department-name").textContent = name || "–";
  element("department-none").hidden = !id;
  box.value = "";
  show([], "");
}

function item(hit) {
  const line = document.createElement("li");
  const choice = document.createElement("button");
  choice.type = "button";
  choice.className = "plain";
  choice.textContent = [hit.department, hit.kind === "official" ? hit.name : "", hit.district, hit.number].filter(Boolean).join(" · ");
  choice.addEventListener("click", () => assign(String(hit.department_id), hit.department));
  line.append(choice);
  return line;
}

function show(hits, text) {
  element("department-hits").replaceChildren(...hits.map(item));
  note.textContent = text;
}

async function search() {
  asked?.abort();
  const text = box.value.trim();
  if (!text) return show([], "");
  asked = new AbortController();
  const { signal } = asked;
  try {
    const answer = await fetch(`/directory/search?q=${encodeURIComponent(maskNumbers(text))}`, { signal, headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(String(answer.status));
    const { hits } = await answer.json();
    show(hits, hits.length ? "" : note.dataset.none);
  } catch {
    if (!signal.aborted) show([], note.dataset.away);
  }
}

box.addEventListener("input", () => {
  clearTimeout(timer);
  timer = setTimeout(search, PAUSE);
});
box.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.isComposing) event.preventDefault(); // searching must not save the case
});
element("department-none").addEventListener("click", () => assign("", ""));
