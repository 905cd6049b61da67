// Search in the consultation database as one types, with the keyboard alone. On its own page Enter opens the entry;
// beside a case it opens below the list, and the call stays where it is. All text is shown as text.

import { maskNumbers } from "../resident_numbers.js";

const PAUSE = 120;

/** A page's part with `data-entries`; its words and addresses stand in its data attributes. */
class EntrySearch {
  constructor(root) {
    this.root = root;
    this.box = root.querySelector("[role=combobox]");
    this.list = root.querySelector("[role=listbox]");
    this.note = root.querySelector("[data-note]");
    this.panel = root.querySelector("[data-shown]");
    this.chosen = -1;
    this.asked = null;
    this.timer = 0;
    this.box.addEventListener("input", () => {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.search(), PAUSE);
    });
    this.box.addEventListener("keydown", (event) => this.key(event));
    this.list.addEventListener("click", (event) => this.clicked(event));
    root.addEventListener("submit", (event) => event.preventDefault());
    document.addEventListener("keydown", (event) => this.called(event));
  }

  /** The key that leads here; never while somebody writes a `/` into another field. */
  called(event) {
    if (event.key !== this.root.dataset.key || event.isComposing || event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.key.length === 1 && event.target.closest("input, textarea, select")) return;
    event.preventDefault();
    this.box.focus();
    this.box.select();
  }

  async search() {
    this.asked?.abort();
    const text = this.box.value.trim();
    if (!text) return this.show([], "");
    this.asked = new AbortController();
    const { signal } = this.asked;
    try {
      const { hits } = await read(`${this.root.dataset.search}?q=${encodeURIComponent(maskNumbers(text))}`, signal);
      const { count, none } = this.root.dataset;
      this.show(hits, hits.length ? count.replace("{count}", hits.length) : none);
    } catch {
      if (!signal.aborted) this.show([], this.root.dataset.away);
    }
  }

  show(hits, note) {
    this.chosen = -1;
    this.list.replaceChildren(...hits.map(item));
    this.note.textContent = note;
    this.box.setAttribute("aria-expanded", String(hits.length > 0));
    this.box.removeAttribute("aria-activedescendant");
    this.root.toggleAttribute("data-open", Boolean(note));
    this.hide();
  }

  choose(place) {
    const items = this.list.children;
    if (this.chosen >= 0) items[this.chosen].setAttribute("aria-selected", "false");
    this.chosen = place;
    items[place].setAttribute("aria-selected", "true");
    items[place].scrollIntoView({ block: "nearest" });
    this.box.setAttribute("aria-activedescendant", items[place].id);
  }

  clicked(event) {
    const place = [...this.list.children].indexOf(event.target.closest("li"));
    if (place < 0) return;
    if (event.target.closest("a") && !this.panel) return; // the browser follows it, in a new tab if asked to
    event.preventDefault();
    this.choose(place);
    this.open();
  }

  key(event) {
    if (event.isComposing) return; // the arrows and Enter belong to the Korean input method
    const last = this.list.children.length - 1;
    if (event.key === "ArrowDown" && last >= 0) this.choose(Math.min(last, this.chosen + 1));
    else if (event.key === "ArrowUp" && last >= 0) this.choose(Math.max(0, this.chosen - 1));
    else if (event.key === "Enter") {
      if (last < 0) this.search();
      else {
        if (this.chosen < 0) this.choose(0);
        this.open();
      }
    } else if (event.key === "Escape") {
      this.asked?.abort();
      clearTimeout(this.timer);
      this.box.value = "";
      return this.show([], ""); // the desk's own Escape then leads back to the case
    } else return;
    event.preventDefault();
  }

  async open() {
    const { url } = this.list.children[this.chosen].dataset;
    if (!this.panel) return location.assign(url);
    this.asked?.abort();
    this.asked = new AbortController();
    const { signal } = this.asked;
    try {
      const { entry } = await read(url, signal);
      this.fill(entry);
    } catch {
      if (!signal.aborted) this.note.textContent = this.root.dataset.away;
    }
  }

  fill(entry) {
    const say = (name, text) => {
      const line = this.panel.querySelector(`[data-say=${name}]`);
      line.textContent = text;
      line.hidden = !text;
    };
    say("title", entry.title);
    say("standing", [entry.standing_word, entry.dispute].filter(Boolean).join(" · "));
    say("answer", entry.answer);
    say("in-charge", entry.in_charge);
    say("source", entry.source);
    this.panel.querySelector("[data-say=answer]").lang = entry.language;
    this.panel.querySelector("[data-whole]").href = entry.url;
    this.panel.hidden = false;
    this.panel.scrollTop = 0;
    document.dispatchEvent(new CustomEvent("entry-shown", { detail: entry }));
  }

  hide() {
    if (this.panel) this.panel.hidden = true;
  }
}

async function read(path, signal) {
  const options = { headers: { Accept: "application/json" }, credentials: "same-origin", redirect: "error" };
  const answer = await fetch(path, { ...options, signal: AbortSignal.any([signal, AbortSignal.timeout(8000)]) });
  if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
  return answer.json();
}

function item(hit, place) {
  const made = document.createElement("li");
  made.className = "entry-hit";
  made.id = `entry-hit-${place}`;
  made.role = "option";
  made.setAttribute("aria-selected", "false");
  Object.assign(made.dataset, { standing: hit.standing, url: hit.url });
  const title = piece("a", "entry-hit__title", hit.title);
  title.href = hit.url;
  title.tabIndex = -1;
  made.append(title);
  if (hit.standing_word) made.append(" ", piece("span", "tag tag--bad", hit.standing_word));
  if (hit.question) made.append(piece("span", "entry-hit__question", hit.question));
  made.append(piece("span", "entry-hit__gist", hit.gist));
  made.append(piece("span", "entry-hit__owner", [hit.department, hit.language].filter(Boolean).join(" · ")));
  return made;
}

function piece(tag, name, text) {
  const made = document.createElement(tag);
  made.className = name;
  made.dir = "auto";
  made.textContent = text;
  return made;
}

const root = document.querySelector("[data-entries]");
if (root) new EntrySearch(root);
else {
  // an entry's own page: the same key leads back to the search
  const back = document.querySelector("[data-back]");
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.isComposing || event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.target.closest("input, textarea, select")) return;
    event.preventDefault();
    location.assign(back.href);
  });
}
