// The directory beside the call: searched as one types, chosen with the arrows. Only what it found can be dialled.

import { ask } from "./http.js";
import { maskNumbers } from "../resident_numbers.js";
import { dayOf, element, filled, say, words } from "./page.js";

const PAUSE = 120;

export class Directory {
  /** `onTransfer(kind, target)`, kind: attended-transfer, blind-transfer; `onAssign(hit)`: the case goes to its department. */
  constructor(onTransfer, onAssign, onLeave) {
    this.onTransfer = onTransfer;
    this.onAssign = onAssign;
    this.mayAssign = false;
    this.onLeave = onLeave;
    this.options = [];
    this.chosen = -1;
    this.mayTransfer = false;
    this.asked = null;
    this.timer = 0;
    this.box = element("search");
    this.box.addEventListener("input", () => {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.search(), PAUSE);
    });
    this.box.addEventListener("keydown", (event) => this.key(event));
    element("do-assign").addEventListener("click", () => {
      if (this.mayAssign && this.chosen >= 0) this.onAssign(this.options[this.chosen]);
    });
    element("do-ask-first").addEventListener("click", () => this.transfer("attended-transfer"));
    element("do-hand-over").addEventListener("click", () => this.transfer("blind-transfer"));
  }

  focus() {
    this.box.focus();
    this.box.select();
  }

  allow(mayTransfer) {
    this.mayTransfer = mayTransfer;
    this.buttons();
  }

  allowAssigning(mayAssign) {
    this.mayAssign = mayAssign;
    this.buttons();
  }

  buttons() {
    element("do-assign").disabled = !(this.mayAssign && this.chosen >= 0);
    const ready = this.mayTransfer && this.chosen >= 0;
    element("do-ask-first").disabled = !ready;
    element("do-hand-over").disabled = !ready;
  }

  async search() {
    this.asked?.abort();
    const text = this.box.value.trim();
    if (!text) return this.show([], "");
    this.asked = new AbortController();
    const { signal } = this.asked;
    try {
      const { hits } = await ask(`/directory/search?q=${encodeURIComponent(maskNumbers(text))}`, { signal });
      this.show(hits, hits.length ? filled(words.searchCount, { count: hits.length }) : words.searchNone);
    } catch {
      if (!signal.aborted) this.show([], words.searchAway);
    }
  }

  show(hits, note) {
    this.chosen = -1;
    this.options = hits.flatMap((hit) => (hit.deputy ? [hit, { department_id: hit.department_id, department: hit.department, ...hit.deputy, isDeputy: true }] : [hit]));
    element("hits").replaceChildren(...this.options.map((option, place) => this.item(option, place)));
    this.box.setAttribute("aria-expanded", String(this.options.length > 0));
    this.box.removeAttribute("aria-activedescendant");
    element("search-note").textContent = note;
    this.buttons();
  }

  item(option, place) {
    const item = document.createElement("li");
    item.className = option.isDeputy ? "hit hit--deputy" : "hit";
    item.id = `hit-${place}`;
    item.role = "option";
    item.setAttribute("aria-selected", "false");
    const head = line("hit__head");
    const name = line("hit__name", "bdi");
    name.textContent = [option.isDeputy ? `${words.deputy} ·` : "", option.name, option.latin, option.title].filter(Boolean).join(" ");
    const number = line("hit__number");
    number.textContent = option.number;
    head.append(name, number);
    item.append(head);
    if (!option.isDeputy) {
      const parts = option.kind === "official" ? [option.department, option.duty] : [option.district, option.duty];
      const duty = line("hit__duty");
      duty.textContent = parts.filter(Boolean).join(" · ");
      item.append(duty);
    }
    if (option.absent) {
      const absent = line("hit__absent");
      const { reason, until } = option.absent;
      absent.textContent = until ? filled(words.absentUntil, { reason, until: dayOf(until) }) : filled(words.absent, { reason });
      item.append(absent);
    }
    item.addEventListener("click", () => {
      this.choose(place);
      this.box.focus();
    });
    return item;
  }

  choose(place) {
    const items = element("hits").children;
    if (this.chosen >= 0) items[this.chosen].setAttribute("aria-selected", "false");
    this.chosen = place;
    items[place].setAttribute("aria-selected", "true");
    items[place].scrollIntoView({ block: "nearest" });
    this.box.setAttribute("aria-activedescendant", `hit-${place}`);
    this.buttons();
  }

  key(event) {
    if (event.isComposing) return; // the arrows and Enter belong to the Korean input method
    const last = this.options.length - 1;
    if (event.key === "ArrowDown" && last >= 0) this.choose(Math.min(last, this.chosen + 1));
    else if (event.key === "ArrowUp" && last >= 0) this.choose(Math.max(0, this.chosen - 1));
    else if (event.key === "Enter" && this.chosen < 0 && last >= 0) this.choose(0); // never dials what was not chosen
    else if (event.key === "Enter") this.transfer(event.ctrlKey ? "blind-transfer" : "attended-transfer");
    else if (event.key === "Escape") this.leave();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  clear() {
    this.asked?.abort();
    clearTimeout(this.timer);
    this.box.value = "";
    this.show([], "");
  }

  leave() {
    this.clear();
    this.onLeave();
  }

  transfer(kind) {
    if (this.mayTransfer && this.chosen >= 0) this.onTransfer(kind, this.options[this.chosen].target);
  }
}

function line(name, tag = "span") {
  const made = document.createElement(tag);
  made.className = name;
  return made;
}

export function refusedLine(text) {
  say("refused", text);
  clearTimeout(refusedLine.timer);
  refusedLine.timer = setTimeout(() => say("refused", ""), 6000);
}
