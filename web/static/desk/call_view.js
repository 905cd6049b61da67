// The call at hand: who calls, in which language, from where, how long they waited. Names and numbers are hostile text:
// they go into the page as textContent, names inside <bdi>, so that no mark of theirs turns the rest of the page around.

import { ask, Refused } from "./http.js";
import { dayOf, element, filled, groupedNumber, minutes, say, shownCase, words } from "./page.js";

const EARLIER_TRIES = 12;

export class CallView {
  constructor() {
    this.call = null;
    this.receivedAt = 0;
    this.earlierOf = null;
    setInterval(() => this.tick(), 1000);
  }

  get phase() {
    return this.call?.phase ?? "none";
  }

  show(call) {
    if (call?.call_id !== this.call?.call_id) this.clearEarlier();
    this.call = call;
    this.receivedAt = performance.now();
    const section = element("call");
    section.dataset.phase = this.phase;
    section.dataset.callId = call?.call_id ?? "";
    element("call-phase").textContent = call ? (words.phase[call.phase] ?? call.phase) : words.noCall;
    element("call-empty").hidden = Boolean(call);
    element("call-facts").hidden = !call;
    element("call-number").textContent = call ? (call.caller_number ? groupedNumber(call.caller_number) : words.withheld) : "";
    element("call-name").textContent = call?.caller_name ?? "";
    if (call) {
      element("call-language").textContent = words.language[call.language] ?? call.language;
      element("call-origin").textContent = call.origin_number;
      element("call-area").textContent = call.outside_area ? words.outside : words.inside;
    }
    say("call-returned", call?.returned_reason === "no-interpreter" ? words.result["no-interpreter"] : call?.returned_reason ? filled(words.returned, { reason: words.result[call.returned_reason] ?? call.returned_reason }) : "");
    say("call-transfer", this.transferWords());
    const talking = this.phase === "talking";
    say("call-not-heard", call?.call_back_promised ? words.callBackPromised : talking && call.not_heard ? words.notHeard[call.not_heard] : "");
    element("do-call-back").hidden = !(talking || this.phase === "wrap-up") || !call.caller_number || call.call_back_promised;
    const consulting = this.phase === "consulting";
    const conference = this.phase === "conference";
    const speaking = consulting && call.transfer?.phase === "talking";
    const alone = conference && call.conference?.phase === "ringing"; // nobody to leave the citizen with
    element("do-complete").hidden = !(speaking || (conference && !alone));
    element("do-join").hidden = !speaking;
    element("do-cancel").hidden = !(consulting || conference);
    for (const said of document.querySelectorAll(".call__actions [data-consulting]")) said.hidden = conference;
    for (const said of document.querySelectorAll(".call__actions [data-conference]")) said.hidden = !conference;
    element("do-help").hidden = !["talking", "consulting", "conference"].includes(this.phase);
    element("do-hang-up").hidden = this.phase !== "talking";
    element("do-wrap-up-done").hidden = this.phase !== "wrap-up";
    this.tick();
  }

  transferWords() {
    const third = this.call?.conference;
    if (third?.kind === "interpreter") {
      const language = words.interpreterLanguage[third.language] ?? third.language;
      if (third.phase === "ringing") return filled(words.interpreterRinging, { language });
      return filled(third.citizen_left ? words.interpreterWithout : words.interpreterHere, { language });
    }
    if (third) {
      const name = `\u2068${third.third_name || groupedNumber(third.number)}\u2069`;
      return filled(third.citizen_left ? words.conferenceWithout : words.conference, { name });
    }
    const transfer = this.call?.transfer;
    if (!transfer) return "";
    const name = `\u2068${transfer.target_name || groupedNumber(transfer.number)}\u2069`;
    if (transfer.kind === "blind") return filled(words.transferBlind, { name });
    return filled(transfer.phase === "talking" ? words.transferTalking : words.transferRinging, { name });
  }

  tick() {
    const call = this.call;
    if (!call) {
      element("call-timer").textContent = "";
      return;
    }
    const sinceMessage = (performance.now() - this.receivedAt) / 1000;
    const waits = call.phase === "offered" ? call.waited_seconds + sinceMessage : call.waited_seconds;
    element("call-waited").textContent = minutes(waits);
    const talks = call.answered_at && call.phase !== "wrap-up";
    element("call-timer").textContent = talks ? minutes((Date.now() - Date.parse(call.answered_at)) / 1000) : "";
  }

  clearEarlier() {
    this.earlierOf = null;
    element("earlier").hidden = true;
    element("earlier-list").replaceChildren();
    element("earlier-note").textContent = "";
  }

  /** After the pop is painted. The recorder may be a moment behind: then it is asked again. */
  async earlier(call, tries = 0) {
    if (tries === 0 && this.earlierOf === call.call_id) return;
    this.earlierOf = call.call_id;
    element("earlier").hidden = false;
    const note = element("earlier-note");
    if (!call.caller_number) {
      note.textContent = words.earlierWithheld;
      return;
    }
    if (tries === 0) note.textContent = words.earlierWaiting;
    try {
      const { cases } = await ask(`/desk/earlier/${call.call_id}`);
      if (this.earlierOf !== call.call_id) return;
      if (!cases) throw new Refused(409, {}); // the recorder is a moment behind
      note.textContent = cases.length ? "" : words.earlierNone;
      element("earlier-list").replaceChildren(...cases.map(earlierItem));
    } catch (error) {
      if (this.earlierOf !== call.call_id) return;
      const again = tries < EARLIER_TRIES && (!(error instanceof Refused) || error.status === 409 || error.status === 503);
      if (again) setTimeout(() => this.earlierOf === call.call_id && this.earlier(call, tries + 1), 400 * (tries + 1));
      if (!again || tries > 3) note.textContent = words.earlierAway;
    }
  }
}

function earlierItem(one) {
  const item = document.createElement("li");
  const link = document.createElement("a");
  link.href = `/cases/${encodeURIComponent(one.case_number)}`;
  link.target = "_blank";
  link.rel = "noopener";
  const head = document.createElement("span");
  head.className = "earlier__head";
  head.append(span(shownCase(one.case_number)), span(`${dayOf(one.opened_at)} · ${words.status[one.status] ?? one.status}`));
  const gist = document.createElement("bdi");
  gist.className = "earlier__gist";
  gist.textContent = one.gist || "–";
  link.append(head, gist);
  item.append(link);
  return item;
}

function span(text) {
  const made = document.createElement("span");
  made.textContent = text;
  return made;
}
