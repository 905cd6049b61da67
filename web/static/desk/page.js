// The page's facts and words, as the server put them in, and small things every module needs.

function json(id) {
  return JSON.parse(document.getElementById(id).textContent);
}

export const facts = json("facts");
export const words = json("words");

export function element(id) {
  return document.getElementById(id);
}

/** `text` with its {places} filled. The values may be hostile: the result is only ever used as textContent. */
export function filled(text, values) {
  return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

/** Shows or hides a line with this text. */
export function say(id, text) {
  const line = element(id);
  if (line.textContent !== text) line.textContent = text;
  line.hidden = !text;
}

/** `01012345678` as `010-1234-5678`; what is no Korean number stays as it is. */
export function groupedNumber(number) {
  if (!/^0\d{8,10}$/.test(number)) return number;
  const area = number.startsWith("02") ? 2 : 3;
  return `${number.slice(0, area)}-${number.slice(area, -4)}-${number.slice(-4)}`;
}

/** `2611211000427` as `261121-100042-7`. */
export function shownCase(number) {
  return /^\d{13}$/.test(number) ? `${number.slice(0, 6)}-${number.slice(6, 12)}-${number.slice(12)}` : number;
}

export function minutes(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

const place = { timeZone: facts.time_zone };
const clock = new Intl.DateTimeFormat(facts.language, { ...place, hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
const day = new Intl.DateTimeFormat("sv-SE", { ...place, year: "numeric", month: "2-digit", day: "2-digit" });

export function clockTime(date) {
  return clock.format(date);
}

export function dayOf(iso) {
  return day.format(new Date(iso));
}
