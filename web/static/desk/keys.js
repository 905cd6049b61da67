// Every action by key; the foot of the page lists them. A key does what its button does, and only while the button may.

import { element, words } from "./page.js";
import { refusedLine } from "./directory.js";

const ARMED_MILLISECONDS = 2000;

function press(id) {
  const button = element(id);
  if (!button.hidden && !button.disabled) button.click();
}

export function bindKeys({ bar, directory, save }) {
  let armedAt = -Infinity;

  /** Twice: one finger on the wrong key must not cut a citizen off. */
  function hangUp() {
    const button = element("do-hang-up");
    if (button.hidden) return;
    if (performance.now() - armedAt < ARMED_MILLISECONDS) {
      armedAt = -Infinity;
      button.classList.remove("armed");
      return button.click();
    }
    armedAt = performance.now();
    button.classList.add("armed");
    refusedLine(words.pressAgain);
    setTimeout(() => button.classList.remove("armed"), ARMED_MILLISECONDS);
  }

  const keys = {
    F1: () => press("do-help"),
    F2: () => bar.available(),
    F3: () => directory.focus(),
    F4: () => bar.menu(true),
    F7: () => press("do-complete"),
    "Ctrl+F7": () => press("do-join"),
    "Ctrl+F8": () => element("interpreter").hidden || press("do-interpreter"),
    "Shift+F7": () => press("do-cancel"),
    "Shift+F8": () => press("do-call-back"),
    F8: () => press("do-wrap-up-done"),
    F10: hangUp,
    "Ctrl+s": save,
    "Ctrl+S": save,
    Escape: () => element("case-text").focus(),
  };

  document.addEventListener("keydown", (event) => {
    if (event.altKey || event.repeat || event.isComposing) return;
    const name = `${event.ctrlKey || event.metaKey ? "Ctrl+" : ""}${event.shiftKey && event.key.length > 1 ? "Shift+" : ""}${event.key}`;
    const action = keys[name];
    if (!action) return;
    event.preventDefault();
    action();
  });
}
