// Brings drafts to the server, and goes on until each is there: soon after typing stops, again after every failure.

import { ask, Refused } from "./http.js";
import * as drafts from "./drafts.js";
import { words } from "./page.js";

const AFTER_TYPING = 800;
const SLOWEST = 15000;

export class Saver {
  /** `onState(callId, {kind, why, draft, theirs})`, kind: typed, saving, saved, kept, refused, conflict. */
  constructor(onState) {
    this.onState = onState;
    this.timers = new Map();
    this.failures = new Map();
    this.busy = new Set();
    addEventListener("online", () => this.pushAll());
  }

  /** After a keystroke. */
  typed(callId) {
    this.onState(callId, { kind: "typed" });
    this.later(callId, AFTER_TYPING);
  }

  later(callId, milliseconds) {
    clearTimeout(this.timers.get(callId));
    this.timers.set(callId, setTimeout(() => this.push(callId), milliseconds));
  }

  /** What an earlier page left behind. */
  pushAll() {
    for (const draft of drafts.all()) if (drafts.isDirty(draft)) this.push(draft.call_id);
  }

  async push(callId) {
    clearTimeout(this.timers.get(callId));
    const draft = drafts.load(callId);
    if (!draft || !drafts.isDirty(draft)) return;
    if (this.busy.has(callId)) return this.later(callId, 200);
    this.busy.add(callId);
    this.onState(callId, { kind: "saving" });
    try {
      const { version, case_number: caseNumber, fields } = draft;
      const answer = await ask(`/desk/cases/${callId}`, { json: { version, case_number: caseNumber, ...fields } });
      this.stored(callId, draft.edits, answer.case);
    } catch (error) {
      this.failed(callId, error);
    } finally {
      this.busy.delete(callId);
    }
  }

  stored(callId, edits, stored) {
    this.failures.delete(callId);
    const draft = drafts.load(callId);
    if (!draft) return;
    draft.version = stored.version;
    draft.case_number = stored.case_number;
    draft.saved_edits = edits;
    drafts.put(draft);
    if (drafts.isDirty(draft)) return this.later(callId, AFTER_TYPING);
    this.onState(callId, { kind: "saved", draft, stored });
  }

  failed(callId, error) {
    const tries = (this.failures.get(callId) ?? 0) + 1;
    this.failures.set(callId, tries);
    const status = error instanceof Refused ? error.status : 0;
    if (status === 409 && error.body.case) return this.onState(callId, { kind: "conflict", theirs: error.body.case });
    if (status === 422 || status === 413) return this.onState(callId, { kind: "refused", why: error.message });
    // 403: the recorder may not have seen the offer yet
    const whys = { 0: words.unreachable, 401: words.liveLoggedOut, 403: words.notYet, 503: words.away };
    this.onState(callId, { kind: "kept", why: whys[status] ?? error.message });
    this.later(callId, Math.min(SLOWEST, 1000 * 1.5 ** Math.min(tries, 8)));
  }

  /** The agent keeps their own text over somebody else's newer one. */
  keepMine(callId, theirs) {
    const draft = drafts.load(callId);
    draft.version = theirs.version;
    drafts.put(draft);
    this.push(callId);
  }
}
