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

// Who else has this case open, and whether somebody saved it since: asked every ten seconds.
const others = element("others");
const SEEN_EVERY = 10_000;

async function stillOpen() {
  try {
    const { version, others: who } = await posted(others.dataset.opened, {});
    const said = who.length ? others.dataset.others.replace("{who}", who.map((one) => one.who).join(", ")) : "";
    const newer = version > Number(others.dataset.version) ? others.dataset.newer : "";
    others.textContent = [newer, said].filter(Boolean).join(" ");
    others.hidden = !others.textContent;
  } catch {
    // away: the next time tells
  }
  setTimeout(stillOpen, SEEN_EVERY);
}

async function posted(address, value) {
  const token = document.querySelector("meta[name=csrf-token]").content;
  const headers = { Accept: "application/json", "Content-Type": "application/json", "X-CSRFToken": token };
  const answer = await fetch(address, { method: "POST", headers, body: JSON.stringify(value) });
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.json();
}

// The place: found in the gazetteer as one types; what is not in it stays as it was written.
const place = element("place");
let placeTimer = 0;

function choose(hit) {
  place.value = hit.name;
  element("place-id").value = hit.place_id;
  element("district").value = hit.district;
  element("place-hits").replaceChildren();
}

async function findPlaces() {
  const { hits } = await posted("/places/search", { q: place.value }).catch(() => ({ hits: [] }));
  element("place-hits").replaceChildren(
    ...hits.map((hit) => {
      const line = document.createElement("li");
      const choice = document.createElement("button");
      choice.type = "button";
      choice.className = "plain";
      choice.textContent = [hit.name, hit.address, hit.district].filter(Boolean).join(" · ");
      choice.addEventListener("click", () => choose(hit));
      line.append(choice);
      return line;
    }),
  );
}

place.addEventListener("input", () => {
  element("place-id").value = "";
  clearTimeout(placeTimer);
  placeTimer = setTimeout(findPlaces, PAUSE);
});
stillOpen();
