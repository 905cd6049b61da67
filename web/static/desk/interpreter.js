// An interpreter for the talk at hand: the languages that have a partner line, the citizen's own chosen beforehand.

import { element, words } from "./page.js";

export class Interpreter {
  /** `send(command)` */
  constructor(send) {
    this.shownFor = null; // call_id
    element("do-interpreter").addEventListener("click", () => send({ do: "interpreter", language: element("interpreter-language").value }));
  }

  languages(codes) {
    const list = element("interpreter-language");
    if ([...list.options].map((one) => one.value).join() === codes.join()) return;
    const chosen = list.value;
    list.replaceChildren(...codes.map((code) => new Option(words.interpreterLanguage[code] ?? code, code)));
    if (codes.includes(chosen)) list.value = chosen;
  }

  show(call) {
    const list = element("interpreter-language");
    element("interpreter").hidden = call?.phase !== "talking" || !list.options.length;
    if (call?.call_id === this.shownFor) return;
    this.shownFor = call?.call_id ?? null;
    const own = [...list.options].find((one) => one.value === call?.language);
    if (own) list.value = own.value;
  }
}
