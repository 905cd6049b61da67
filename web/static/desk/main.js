// The desk: what the live stream says is shown; what the agent does is sent. The parts know nothing of each other.

import { Answers } from "./answers.js";
import { CallView } from "./call_view.js";
import { CaseForm } from "./case_form.js";
import { Directory, refusedLine } from "./directory.js";
import { Interpreter } from "./interpreter.js";
import { bindKeys } from "./keys.js";
import { Live } from "./live.js";
import { element, filled, groupedNumber, say, words } from "./page.js";
import { PagePhone } from "../phone/main.js";
import { StateBar } from "./state_bar.js";

window.__pops = []; // every pop this page painted: {offer_id, call_id, painted_at}; the benchmark reads it
const ONCE_MILLISECONDS = 8000; // a desk is open for a shift: what was said at its opening is not news for so long
const title = document.title;
let painted = null; // offer_id

const live = new Live(received, linked);
const bar = new StateBar(send);
const phone = new PagePhone((command) => live.send(command));
const view = new CallView();
const form = new CaseForm();
const answers = new Answers((command) => live.send(command));
const interpreter = new Interpreter(send);
const directory = new Directory(transfer, assign, () => element("case-text").focus());

function send(command) {
  if (!live.send(command)) refusedLine(words.liveConnecting);
}

function received(message) {
  phone.received(message);
  if (message.type === "state") {
    bar.show(message);
    interpreter.languages(message.interpreters);
    element("do-help").setAttribute("aria-pressed", String(message.agent.help));
    takeCall(message.call);
  } else if (message.type === "pop" || message.type === "call") {
    takeCall(message.call);
  } else if (message.type === "told") {
    answers.heard(message);
  } else if (message.type === "refused") {
    refusedLine(document.documentElement.lang === "ko" ? message.text_ko : message.text_en);
  }
}

function takeCall(call) {
  const before = view.call;
  const wentElsewhere = before?.phase === "offered" && call?.call_id !== before.call_id;
  if (wentElsewhere) {
    form.drop();
    directory.allowAssigning(false);
  }
  view.show(call);
  interpreter.show(call);
  directory.allow(call?.phase === "talking");
  document.title = call?.phase === "offered" ? `● ${words.phase.offered}` : title;
  if (!call) {
    if (before && !wentElsewhere) say("announce", words.caseOfEnded);
    return;
  }
  const isNew = call.call_id !== form.callId;
  form.open(call);
  directory.allowAssigning(true);
  if (call.phase === "offered" && call.offer_id !== painted) paint(call);
  else if (isNew) afterPaint(call);
  if (call.phase === "talking" && before?.phase === "offered" && !form.isTyping) element("case-text").focus();
}

/** Two animation frames after the change, the browser has put it on the screen: only then may the phone ring. */
function paint(call) {
  painted = call.offer_id;
  directory.clear();
  if (form.isTyping) document.activeElement?.blur(); // the last words of the case before must not go into this one
  const number = call.caller_number ? groupedNumber(call.caller_number) : words.withheld;
  say("announce", filled(words.popSaid, { number, language: words.language[call.language] ?? call.language }));
  performance.mark(`pop:${call.offer_id}`);
  requestAnimationFrame(() =>
    requestAnimationFrame(() => {
      const at = Date.now();
      live.send({ do: "popped", offer_id: call.offer_id });
      performance.mark(`popped:${call.offer_id}`);
      element("call").dataset.poppedAt = at;
      window.__pops.push({ offer_id: call.offer_id, call_id: call.call_id, painted_at: at });
      afterPaint(call);
    }),
  );
}

function afterPaint(call) {
  form.read(call.call_id);
  view.earlier(call);
}

function linked({ up, seconds, loggedOut, failures }) {
  phone.linked(up);
  const dot = element("live");
  dot.dataset.good = up ? "yes" : "no";
  dot.textContent = up ? words.live : words.liveConnecting;
  if (up) return say("live-banner", "");
  if (loggedOut) return say("live-banner", words.liveLoggedOut);
  if (failures > 1) say("live-banner", filled(words.liveDown, { seconds: Math.ceil(seconds) }));
}

function transfer(kind, target) {
  const summary = kind === "attended-transfer" ? { summary: form.summary } : {};
  form.saveNow();
  send({ do: kind, target, ...summary });
}

function assign(hit) {
  form.assign(String(hit.department_id), hit.department);
  directory.leave();
}

element("do-unassign").addEventListener("click", () => form.assign("", ""));
setTimeout(() => {
  for (const said of document.querySelectorAll("[data-once]")) said.remove();
}, ONCE_MILLISECONDS);

for (const [id, what] of [
  ["do-complete", "complete-transfer"],
  ["do-join", "join-all"],
  ["do-help", "help"],
  ["do-cancel", "cancel-transfer"],
  ["do-call-back", "promise-call-back"],
  ["do-hang-up", "hang-up"],
  ["do-wrap-up-done", "wrap-up-done"],
]) {
  element(id).addEventListener("click", () => {
    if (what === "wrap-up-done") form.saveNow();
    send({ do: what });
  });
}

bindKeys({ bar, directory, save: () => form.saveNow() });
live.open();
