// What an agent typed, in this browser, one entry a call, until the server has it. A reload, a crash of the browser or a
// database that is away loses nothing. No number of a citizen is kept here.

import { facts } from "./page.js";

const PREFIX = `centre120:draft:${facts.extension}:`;
const memory = new Map(); // when the browser refuses to store

function keep(key, text) {
  memory.set(key, text);
  try {
    localStorage.setItem(key, text);
  } catch {
    // full, or forbidden: the memory above still has it
  }
}

export function fresh(callId, caseNumber) {
  return { call_id: callId, case_number: caseNumber, version: null, fields: {}, edits: 0, saved_edits: 0 };
}

export function load(callId) {
  const text = memory.get(PREFIX + callId) ?? localStorage.getItem(PREFIX + callId);
  try {
    return text ? JSON.parse(text) : null;
  } catch {
    return null;
  }
}

export function put(draft) {
  keep(PREFIX + draft.call_id, JSON.stringify(draft));
}

export function remove(callId) {
  memory.delete(PREFIX + callId);
  localStorage.removeItem(PREFIX + callId);
}

export function isDirty(draft) {
  return draft.edits > draft.saved_edits;
}

/** All of this agent's. */
export function all() {
  const keys = new Set(memory.keys());
  for (let place = 0; place < localStorage.length; place += 1) {
    const key = localStorage.key(place);
    if (key.startsWith(PREFIX)) keys.add(key);
  }
  return [...keys].map((key) => load(key.slice(PREFIX.length))).filter(Boolean);
}
