// The agent's own state in words, since when, and the buttons that may change it.

import { element, facts, filled, minutes, say, words } from "./page.js";

const REASONS = ["meal", "rest", "training", "meeting", "other"];
const COUNTS_HOLD = 20; // seconds; afterwards the count of waiting citizens is too old to be shown
const FREE_TO_LEAVE = new Set(["available", "wrap-up", "on-break", "not-available"]);

export class StateBar {
  /** `send(command)` */
  constructor(send) {
    this.send = send;
    this.agent = null;
    this.offset = 0;
    element("do-available").addEventListener("click", () => this.available());
    element("do-sign-out").addEventListener("click", () => send({ do: "sign-out" }));
    element("do-break").addEventListener("click", () => this.menu(element("break-menu").hidden));
    element("break").addEventListener("keydown", (event) => this.menuKey(event));
    element("break").addEventListener("focusout", (event) => {
      if (!element("break").contains(event.relatedTarget)) this.menu(false);
    });
    element("break-menu").replaceChildren(...REASONS.map((reason, place) => this.choice(reason, place)));
    setInterval(() => this.tick(), 1000);
  }

  choice(reason, place) {
    const item = document.createElement("li");
    item.role = "none";
    const button = document.createElement("button");
    button.type = "button";
    button.role = "menuitem";
    button.append(words.break[reason], " ");
    const key = document.createElement("kbd");
    key.textContent = place + 1;
    button.append(key);
    button.addEventListener("click", () => this.leaveFor(reason));
    item.append(button);
    return item;
  }

  show(state) {
    const agent = state.agent;
    this.agent = agent;
    this.offset = Date.parse(state.time) - Date.now();
    element("state").dataset.state = agent.state;
    element("state-word").textContent = words.state[agent.state] ?? agent.state;
    element("state-reason").textContent = agent.state === "on-break" ? (words.break[agent.reason] ?? agent.reason) : "";
    const out = agent.state === "logged-out";
    element("do-available").firstElementChild.textContent = out ? element("do-available").dataset.signIn : element("do-available").dataset.available;
    element("do-available").disabled = !(out || (FREE_TO_LEAVE.has(agent.state) && agent.state !== "available"));
    element("do-break").disabled = !FREE_TO_LEAVE.has(agent.state) || agent.state === "on-break";
    element("do-sign-out").disabled = !FREE_TO_LEAVE.has(agent.state);
    element("phone").dataset.good = agent.registered ? "yes" : "no";
    element("phone").textContent = agent.registered ? words.phoneReady : words.phoneMissing;
    say("phone-banner", agent.registered || out ? "" : words.phoneMissingHelp);
    this.waiting(state.waiting);
    this.tick();
  }

  waiting(counts) {
    const some = Object.entries(counts).filter(([, count]) => count > 0);
    this.countedAt = performance.now();
    const text = some.map(([language, count]) => `${words.language[language] ?? language} ${count}`).join(", ");
    element("waiting").textContent = `${words.waiting}: ${text || words.nobodyWaits}`;
  }

  tick() {
    if (performance.now() - this.countedAt > COUNTS_HOLD * 1000) element("waiting").textContent = "";
    const since = this.agent?.since;
    const seconds = since ? (Date.now() + this.offset - Date.parse(since)) / 1000 : null;
    const ends = this.agent?.state === "wrap-up" && seconds !== null ? facts.wrap_up_seconds - seconds : 0;
    element("state-since").textContent =
      ends > 0 ? filled(words.wrapUpEnds, { seconds: Math.ceil(ends) }) : seconds === null ? "" : minutes(seconds);
  }

  available() {
    if (!element("do-available").disabled) this.send({ do: this.agent?.state === "logged-out" ? "sign-in" : "available" });
  }

  menu(open) {
    if (element("do-break").disabled && open) return;
    element("break-menu").hidden = !open;
    element("do-break").setAttribute("aria-expanded", String(open));
    if (open) element("break-menu").querySelector("button").focus();
  }

  leaveFor(reason) {
    this.menu(false);
    this.send({ do: "break", reason });
  }

  menuKey(event) {
    if (element("break-menu").hidden) return;
    const buttons = [...element("break-menu").querySelectorAll("button")];
    const at = buttons.indexOf(document.activeElement);
    if (event.key === "ArrowDown") buttons[(at + 1) % buttons.length].focus();
    else if (event.key === "ArrowUp") buttons[(at + buttons.length - 1) % buttons.length].focus();
    else if (/^[1-5]$/.test(event.key)) this.leaveFor(REASONS[Number(event.key) - 1]);
    else if (event.key === "Escape") {
      this.menu(false);
      element("do-break").focus();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }
}
