// The wallboard: this moment from the live stream, the day's figures every few seconds from `web`. Nothing here is a person's.

import { Live } from "../desk/live.js";
import { ask } from "../desk/http.js";
import { clockTime, element, facts, filled, minutes, words } from "../desk/page.js";

const alarms = { waiting: "", wait: "", level: "" };
let figuresAt = null;

const put = (place, text) => {
  if (place.textContent !== text) place.textContent = text;
};
const percent = (share) => (share === null ? "–" : `${(share * 100).toFixed(share === 1 ? 0 : 1)}%`);
const mark = (tile, bad) => tile.setAttribute("data-alarm", bad ? "yes" : "no");

function received(message) {
  if (message.type !== "board") return;
  const waiting = Object.entries(message.waiting);
  const total = waiting.reduce((sum, [, one]) => sum + one.count, 0);
  const [language, worst] = waiting.reduce((most, one) => (one[1].longest_seconds > most[1].longest_seconds ? one : most));
  put(element("waiting"), String(total));
  put(element("longest"), total ? minutes(worst.longest_seconds) : "–");
  for (const [one, { count, longest_seconds: longest }] of waiting) {
    const tile = document.querySelector(`[data-language="${one}"]`);
    put(tile.querySelector("[data-count]"), String(count));
    put(tile.querySelector("[data-longest]"), count ? minutes(longest) : "");
    mark(tile, count > 0 && longest >= facts.alarm.wait_seconds);
  }
  const agents = { ...message.agents, "on-call": message.agents["on-call"] + message.agents.offered };
  for (const tile of document.querySelectorAll("[data-state]")) {
    put(tile.querySelector("[data-count]"), String(agents[tile.dataset.state] ?? 0));
  }
  const long = total > 0 && worst.longest_seconds >= facts.alarm.wait_seconds;
  mark(element("tile-waiting"), total >= facts.alarm.waiting);
  mark(element("tile-longest"), long);
  alarms.waiting = total >= facts.alarm.waiting ? filled(words.alarmWaiting, { count: total }) : "";
  alarms.wait = long ? filled(words.alarmWait, { language: words.language[language] ?? language, time: minutes(worst.longest_seconds) }) : "";
  put(element("clock"), clockTime(new Date(message.time)));
  alarm();
}

function alarm() {
  const all = Object.values(alarms).filter(Boolean);
  put(element("alarm"), all.join(" · ") || words.noAlarm);
  mark(element("alarm"), all.length > 0);
}

function linked({ up, loggedOut }) {
  put(element("link"), up ? words.live : loggedOut ? words.loggedOut : words.down);
  document.body.dataset.link = up ? "up" : "down";
}

async function figures() {
  try {
    const found = await ask(facts.figures);
    const level = found.half_hour.service_level;
    put(element("half-level"), percent(level));
    put(element("day-level"), percent(found.today.service_level));
    put(element("offered"), String(found.today.offered));
    put(element("answered"), String(found.today.answered));
    put(element("abandoned"), String(found.today.abandoned));
    put(element("owed"), String(found.call_backs_owed));
    for (const tile of document.querySelectorAll("[data-status]")) {
      put(tile.querySelector("[data-count]"), String(found.cases[tile.dataset.status] ?? 0));
    }
    const low = level !== null && level < facts.alarm.service_level;
    mark(element("tile-half"), low);
    alarms.level = low ? filled(words.alarmLevel, { share: percent(level) }) : "";
    figuresAt = new Date();
    put(element("figures-age"), "");
    alarm();
  } catch {
    if (figuresAt) put(element("figures-age"), filled(words.figuresOld, { time: clockTime(figuresAt) }));
  }
  setTimeout(figures, facts.refresh_seconds * 1000);
}

new Live(received, linked).open();
figures();
