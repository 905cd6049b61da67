// Who else has the case at hand open: asked every ten seconds. It knows nothing of the form; `data-call-id` tells which case.

import { ask } from "./http.js";
import { element, filled } from "./page.js";

const EVERY = 10_000;
const line = element("case-others");
let shown = null;

async function look() {
  const callId = element("call").dataset.callId || null;
  if (callId !== shown) line.hidden = true;
  shown = callId;
  try {
    const { others } = callId ? await ask(`/desk/cases/${callId}/open`, { json: {} }) : { others: [] };
    if (callId !== shown) return;
    line.textContent = filled(line.dataset.others, { who: others.map((one) => one.who).join(", ") });
    line.hidden = others.length === 0;
  } catch {
    // away, or the recorder has not seen the offer yet: the next time tells
  }
}

setInterval(look, EVERY);
