// What the citizen was told, and what is wrong with it. One key copies the answer on the screen into the case, and stamps entry and version on the call.
// Another reports the answer as wrong. A stamp stays in this browser until `ari_app` (its journal) or `web` (PostgreSQL) has it: either is enough, twice is once.

import { ask, Refused } from "./http.js";
import { element, facts, filled, say, words } from "./page.js";

const PREFIX = `centre120:told:${facts.extension}:`;
const ANSWER_SECONDS = 4; // for the journal; then `web` is asked
const SLOWEST = 30000;
const SPOKEN = ["talking", "consulting", "transferring", "wrap-up"];

export class Answers {
  /** `send(command)` to `ari_app`; false when the stream is down. */
  constructor(send) {
    this.send = send;
    this.shown = null; // the entry on the screen
    this.stamps = new Map(); // id -> stamp or report that nobody has yet
    this.done = new Set(); // call, entry and version that were stamped here
    document.addEventListener("entry-shown", (event) => this.show(event.detail));
    element("do-tell").addEventListener("click", () => this.tell());
    element("do-doubt").addEventListener("click", () => this.doubt());
    document.addEventListener("keydown", (event) => this.key(event));
    for (const stamp of kept()) this.later(stamp, 1000);
  }

  key(event) {
    if (event.key !== "F6" || event.altKey || event.ctrlKey || event.metaKey || event.repeat) return;
    event.preventDefault();
    element(event.shiftKey ? "do-doubt" : "do-tell").click();
  }

  show(entry) {
    this.shown = entry;
    element("do-tell").disabled = element("do-doubt").disabled = false;
    element("doubt-words").value = "";
    say("told-note", entry.reported ? filled(words.doubtsOpen, { count: entry.reported }) : "");
  }

  /** The call at hand, also while its case is being finished; null: there is none. */
  static callAtHand() {
    const { phase, callId } = element("call").dataset;
    return SPOKEN.includes(phase) ? callId : null;
  }

  tell() {
    const call = Answers.callAtHand();
    if (!call) return say("told-note", words.toldNoCall);
    const { token, version, url } = this.shown;
    const what = `${call} ${url} ${version}`;
    if (this.done.has(what)) return say("told-note", words.toldAlready);
    this.done.add(what);
    this.copy();
    const json = { told_id: uuid(), call_id: call, answer: token, at: new Date().toISOString() };
    const stamp = { id: json.told_id, path: "/desk/told", json, said: filled(words.told, { version }), tries: 0 };
    this.keep(stamp, filled(words.toldKept, { version }));
    this.push(stamp);
  }

  /** One key; what is wrong may be said in the line beside it. */
  doubt() {
    const { url, version } = this.shown;
    const json = { report_id: uuid(), version, words: element("doubt-words").value, call_id: Answers.callAtHand() };
    const report = { id: json.report_id, path: `${url}/reports`, json, said: words.doubted, tries: 0 };
    element("do-doubt").disabled = true; // the same answer is not reported twice by a nervous finger
    element("doubt-words").value = "";
    this.keep(report, words.doubtKept);
    this.toWeb(report);
  }

  keep(stamp, note) {
    this.stamps.set(stamp.id, stamp);
    keep(stamp);
    say("told-note", note);
  }

  copy() {
    const field = element("case-text");
    const { code, version, title, answer } = this.shown;
    const before = field.value && !field.value.endsWith("\n") ? `${field.value}\n` : field.value;
    const head = `[${code} v${version}] ${title}`;
    const whole = `${before}${head}\n${answer}\n`;
    field.value = whole.length <= field.maxLength ? whole : `${before}${head}\n`.slice(0, field.maxLength);
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }

  push(stamp) {
    const { told_id, call_id, answer } = stamp.json;
    if (this.send({ do: "told", told_id, call_id, answer })) this.later(stamp, ANSWER_SECONDS * 1000);
    else this.toWeb(stamp);
  }

  /** What `ari_app` said: it has the stamp, or this is not the agent's call any more. */
  heard({ told_id, kept: has }) {
    const stamp = this.stamps.get(told_id);
    if (!stamp) return;
    if (has) this.drop(stamp);
    else this.toWeb(stamp);
  }

  later(stamp, milliseconds) {
    this.stamps.set(stamp.id, stamp);
    clearTimeout(stamp.timer);
    stamp.timer = setTimeout(() => this.toWeb(stamp), milliseconds);
  }

  async toWeb(stamp) {
    clearTimeout(stamp.timer);
    if (!this.stamps.has(stamp.id)) return;
    try {
      await ask(stamp.path, { json: stamp.json });
      this.drop(stamp);
    } catch (error) {
      if (error instanceof Refused && [404, 422].includes(error.status)) {
        this.drop(stamp);
        return say("told-note", filled(words.toldRefused, { why: error.message }));
      }
      stamp.tries += 1;
      this.later(stamp, Math.min(SLOWEST, 1000 * 1.5 ** Math.min(stamp.tries, 9)));
    }
  }

  drop(stamp) {
    clearTimeout(stamp.timer);
    this.stamps.delete(stamp.id);
    localStorage.removeItem(PREFIX + stamp.id);
    if (!this.stamps.size && !element("told-note").hidden) say("told-note", stamp.said);
  }
}

function keep(stamp) {
  try {
    localStorage.setItem(PREFIX + stamp.id, JSON.stringify(stamp));
  } catch {
    // full, or forbidden: the page's memory still has it
  }
}

function kept() {
  const found = [];
  for (let place = 0; place < localStorage.length; place += 1) {
    const key = localStorage.key(place);
    if (!key.startsWith(PREFIX)) continue;
    try {
      found.push(JSON.parse(localStorage.getItem(key)));
    } catch {
      // not ours any more
    }
  }
  return found;
}

/** crypto.randomUUID is there on https and localhost only. */
function uuid() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
