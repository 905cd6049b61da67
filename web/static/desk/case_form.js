// The case of the call at hand. What is typed goes to this browser's store at once and to the server soon after.

import { ask } from "./http.js";
import * as drafts from "./drafts.js";
import { maskNumbers } from "../resident_numbers.js";
import { Saver } from "./saver.js";
import { clockTime, element, filled, say, shownCase, words } from "./page.js";

const FIELDS = ["text", "summary", "topic", "status", "disposition", "department_id"];
const EMPTY = { text: "", summary: "", topic: "", status: "open", disposition: "", department_id: "" };
const TYPING_MILLISECONDS = 1500;

export class CaseForm {
  constructor() {
    this.callId = null;
    this.theirs = null;
    this.typedAt = -Infinity;
    this.saver = new Saver((callId, state) => this.show(callId, state));
    for (const name of FIELDS) this.field(name).addEventListener("input", () => this.changed(name));
    element("case").addEventListener("submit", (event) => {
      event.preventDefault();
      this.saveNow();
    });
    element("conflict-mine").addEventListener("click", () => this.resolve(true));
    element("conflict-theirs").addEventListener("click", () => this.resolve(false));
    this.saver.pushAll();
    this.outbox();
  }

  field(name) {
    return element(`case-${name}`);
  }

  /** The agent's fingers are on the text right now: focus must not move under them. */
  get isTyping() {
    return performance.now() - this.typedAt < TYPING_MILLISECONDS;
  }

  get summary() {
    return this.field("summary").value || maskNumbers(this.field("text").value).slice(0, 300);
  }

  /** Show the case of this call; paints at once, reads what is stored afterwards (`read`). */
  open(call) {
    element("case-number").textContent = call.case_number ? shownCase(call.case_number) : "–";
    if (call.call_id === this.callId) return;
    this.code(null);
    this.leave();
    this.callId = call.call_id;
    const draft = drafts.load(call.call_id) ?? drafts.fresh(call.call_id, call.case_number);
    draft.case_number ??= call.case_number;
    drafts.put(draft);
    for (const name of FIELDS) this.field(name).value = draft.fields[name] ?? EMPTY[name];
    this.department(draft.department);
    element("case-fields").disabled = false;
    this.conflict(null);
    this.mark(drafts.isDirty(draft) ? words.typed : "", "none");
  }

  /** What the server has of it: fills what the agent has not touched. */
  async read(callId) {
    let stored;
    try {
      stored = (await ask(`/desk/cases/${callId}`)).case;
    } catch {
      return; // saving will say what is wrong
    }
    if (!stored || callId !== this.callId) return;
    const draft = drafts.load(callId);
    if (draft.version === null && draft.fields.text && stored.text && stored.text !== draft.fields.text) {
      return this.conflict(stored);
    }
    if (draft.version === null || !drafts.isDirty(draft)) draft.version = stored.version;
    drafts.put(draft);
    for (const name of FIELDS) if (!(name in draft.fields)) this.field(name).value = stored[name] ?? EMPTY[name];
    if (!("department_id" in draft.fields)) this.department(stored.department);
    element("case-number").textContent = shownCase(stored.case_number);
    this.code(stored);
  }

  /** The call was not this agent's after all: it went on before it was answered. */
  drop() {
    if (this.callId) drafts.remove(this.callId);
    this.close();
  }

  close() {
    this.callId = null;
    for (const name of FIELDS) this.field(name).value = EMPTY[name];
    this.department("");
    element("case-number").textContent = "–";
    this.code(null);
    element("case-fields").disabled = true;
    this.conflict(null);
    this.mark("", "none");
  }

  leave() {
    const draft = this.callId && drafts.load(this.callId);
    if (draft && drafts.isDirty(draft)) this.saver.push(this.callId);
    else if (draft) drafts.remove(this.callId);
    this.callId = null;
  }

  /** The case goes to this department; an empty id takes it back. */
  assign(id, name) {
    if (!this.callId) return;
    this.field("department_id").value = id;
    this.department(name);
    this.changed("department_id", { department: name });
  }

  department(name) {
    element("case-department").textContent = name || "–";
    element("do-unassign").hidden = !name;
  }

  changed(name, more = {}) {
    this.typedAt = performance.now();
    const draft = drafts.load(this.callId) ?? drafts.fresh(this.callId, null);
    draft.fields[name] = this.field(name).value;
    Object.assign(draft, more);
    draft.edits += 1;
    drafts.put(draft);
    if (!this.theirs) this.saver.typed(this.callId);
  }

  saveNow() {
    const draft = this.callId && drafts.load(this.callId);
    if (!draft) return;
    if (drafts.isDirty(draft) && !this.theirs) this.saver.push(this.callId);
    else if (!this.theirs) this.mark(draft.version === null ? words.nothing : filled(words.saved, { time: clockTime(new Date()) }), "good");
  }

  show(callId, { kind, why, theirs, stored }) {
    this.outbox();
    if (callId !== this.callId) {
      if (kind === "saved") drafts.remove(callId);
      if (kind === "conflict") this.append(callId, theirs);
      return this.outbox();
    }
    if (kind === "conflict") return this.conflict(theirs);
    if (kind === "saved") {
      this.mark(filled(words.saved, { time: clockTime(new Date()) }), "good");
      this.masked(stored);
    }
    if (kind === "saving") this.mark(words.saving, "none");
    if (kind === "typed") this.mark(words.typed, "none");
    if (kind === "kept") this.mark(filled(words.keptHere, { why }), "bad");
    if (kind === "refused") this.mark(filled(words.refused, { why }), "bad");
  }

  /** What the server hid of what was typed (resident registration numbers) goes from the screen too. */
  masked(stored) {
    this.code(stored);
    const draft = drafts.load(this.callId);
    for (const name of ["text", "summary"]) {
      const box = this.field(name);
      if (!(name in draft.fields) || box.value !== draft.fields[name] || stored[name] === box.value) continue;
      const behind = box.value.length - box.selectionEnd;
      box.value = draft.fields[name] = stored[name];
      if (document.activeElement === box) box.setSelectionRange(box.value.length - behind, box.value.length - behind);
    }
    drafts.put(draft);
  }

  code(stored) {
    element("case-code").textContent = stored?.tracking_code ?? "–";
    element("case-page").hidden = !stored;
    if (stored) element("case-page").href = `/cases/${stored.case_number}`;
  }

  mark(text, kind) {
    const line = element("case-saved");
    line.textContent = text;
    line.dataset.kind = kind;
  }

  conflict(theirs) {
    this.theirs = theirs;
    element("case-conflict").hidden = !theirs;
    if (!theirs) return;
    element("case-conflict-text").textContent = words.conflict;
    element("case-conflict-theirs").textContent = theirs.text;
  }

  resolve(mine) {
    const theirs = this.theirs;
    this.conflict(null);
    if (mine) return this.saver.keepMine(this.callId, theirs);
    const draft = { ...drafts.fresh(this.callId, theirs.case_number), version: theirs.version };
    drafts.put(draft);
    for (const name of FIELDS) this.field(name).value = theirs[name] ?? EMPTY[name];
    this.department(theirs.department);
    this.mark("", "none");
  }

  /** A case left behind that somebody else saved since: nobody looks at it here any more, so both texts are kept. */
  append(callId, theirs) {
    const draft = drafts.load(callId);
    const { text: mine, department_id: department } = draft.fields;
    if (mine && !theirs.text.includes(mine)) draft.fields = { text: `${theirs.text}\n\n${mine}` };
    else draft.fields = {};
    if (department !== undefined) draft.fields.department_id = department;
    draft.version = theirs.version;
    drafts.put(draft);
    this.saver.push(callId);
  }

  outbox() {
    const waiting = drafts.all().filter((draft) => drafts.isDirty(draft) && draft.call_id !== this.callId).length;
    say("outbox-banner", waiting ? filled(words.outbox, { count: waiting }) : "");
  }
}
