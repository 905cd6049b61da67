// Asking `web`: JSON only, with the CSRF token; an answer in words when it did not work.

import { facts } from "./page.js";

let csrf = document.querySelector('meta[name="csrf-token"]').content;

/** The server answered, but not with what was asked. `status` and `body` say why. */
export class Refused extends Error {
  constructor(status, body) {
    super(body.text || `HTTP ${status}`);
    this.status = status;
    this.body = body;
  }
}

async function once(path, { json, signal, seconds = 8 }) {
  const headers = { Accept: "application/json" };
  const options = { headers, credentials: "same-origin", redirect: "error" };
  if (json !== undefined) {
    headers["Content-Type"] = "application/json";
    headers["X-CSRFToken"] = csrf;
    Object.assign(options, { method: "POST", body: JSON.stringify(json) });
  }
  const limit = AbortSignal.timeout(seconds * 1000);
  options.signal = signal ? AbortSignal.any([signal, limit]) : limit;
  const answer = await fetch(path, options);
  const body = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Refused(answer.status, body);
  return body;
}

/** GET, or POST when there is `json`. Logged in again in another tab: the new session's token is fetched. */
export async function ask(path, options = {}) {
  try {
    return await once(path, options);
  } catch (error) {
    if (!(error instanceof Refused) || error.body.code !== "csrf") throw error;
    await freshToken();
    return once(path, options);
  }
}

/** A ticket for the live stream; it also renews the CSRF token. Another agent's login: the page begins anew. */
export async function freshToken() {
  const answer = await once(facts.ticket ?? "/live-token", {});
  if (answer.extension !== facts.extension) {
    location.reload();
    await new Promise(() => {});
  }
  csrf = answer.csrf;
  return answer.token;
}
