// What an agent typed, in this browser, one entry a call, until the server has it. A reload, a crash of the browser or a
// database that is away loses nothing. No number of a citizen is kept here: resident registration numbers stay whole in this
// page's memory until the server has them, and are masked in what the browser keeps.

import { maskNumbers } from "../resident_numbers.js";
import { facts } from "./page.js";

const PREFIX = `centre120:draft:${facts.extension}:`;
const memory = new Map(); // when the browser refuses to store

function keep(key, draft) {
  const { text, summary } = draft.fields;
  const fields = { ...draft.fields };
  if (text) fields.text = maskNumbers(text);
  if (summary) fields.summary = maskNumbers(summary);
  memory.set(key, JSON.stringify(draft));
  try {
    localStorage.setItem(key, JSON.stringify({ ...draft, fields }));
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
  keep(PREFIX + draft.call_id, draft);
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
