// The phone in the desk. Whether the agent talks, and whether the citizen hears music, the live stream says; SIP is only asked for
// what it alone knows: does this page ring, does it sound. The secret stays in this module's memory.

import { freshToken, Refused } from "../desk/http.js";
import { element, facts, say } from "../desk/page.js";
import { Sound } from "./sound.js";

const words = JSON.parse(element("phone-words").textContent);
const KEYS = [..."123456789*0#"];
const TALKS = new Set(["talking", "consulting", "transferring"]);
const BYE_PATIENCE = 2000; // milliseconds from "your phone is not in use" to ending our end of the call ourselves
const ASK_AGAIN = 3000;
const RECOVER_MILLISECONDS = 30000; // from loading again in a talk to the citizen's return
const METER_MILLISECONDS = 100;

const kept = {
  name: (what) => `phone:${facts.extension}:${what}`,
  get(what) {
    try {
      return localStorage.getItem(this.name(what));
    } catch {
      return null;
    }
  },
  set(what, value) {
    try {
      localStorage.setItem(this.name(what), value);
    } catch {
      // a browser that keeps nothing: asked again next time
    }
  },
};

/** The call that this tab's phone was in when the page was loaded anew; another tab of the agent has none. */
function talkedHere(callId) {
  try {
    if (callId === undefined) return sessionStorage.getItem("phone:talks");
    if (callId) sessionStorage.setItem("phone:talks", callId);
    else sessionStorage.removeItem("phone:talks");
  } catch {
    // a browser that keeps nothing: Asterisk finds out by itself
  }
  return null;
}

function address() {
  if (location.protocol === "https:") return `wss://${location.host}/ws`;
  return `ws://${location.hostname}:${facts.phone.port}/ws`;
}

export class PagePhone {
  /** `send(command)` to the live stream; false when it is down. */
  constructor(send) {
    this.send = send;
    this.sound = new Sound(element("phone-audio"), kept);
    this.sip = null;
    this.session = null; // which phone this page has been given
    this.wanted = facts.phone.allowed && kept.get("in-page") === "yes";
    this.asking = false;
    this.trouble = ""; // word of what stands in the way
    this.registered = false;
    this.muted = false;
    this.call = null;
    this.agent = null;
    this.overAt = 0;
    this.isLinked = false;
    this.recovers = talkedHere(); // call_id: this page was loaded again in a talk
    this.recoverBy = performance.now() + RECOVER_MILLISECONDS;
    this.bind();
    this.show();
  }

  bind() {
    const actions = {
      "phone-use": () => this.use(true),
      "phone-leave": () => this.use(false),
      "phone-answer": () => this.answer(),
      "phone-hang-up": () => this.sip?.drop(),
      "phone-hold": () => this.hold(),
      "phone-mute": () => this.mute(),
      "phone-keys": () => this.open("phone-keypad-box", "phone-keys"),
      "phone-set-up": () => this.open("phone-settings", "phone-set-up"),
      "phone-tone": () => this.sound.test(),
    };
    for (const [id, action] of Object.entries(actions)) element(id).addEventListener("click", action);
    for (const key of KEYS) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = key;
      button.addEventListener("click", () => this.key(key));
      element("phone-keypad").append(button);
    }
    element("phone-keypad").addEventListener("keydown", (event) => {
      if (!KEYS.includes(event.key)) return;
      event.preventDefault();
      this.key(event.key);
    });
    element("phone-volume").addEventListener("input", (event) => (this.sound.volume = Number(event.target.value)));
    element("phone-microphone").addEventListener("change", (event) => {
      kept.set("microphone", event.target.value);
      this.microphone();
    });
    element("phone-loudspeaker").addEventListener("change", (event) => this.sound.listenBy(event.target.value));
    const codes = { KeyH: "phone-hold", KeyM: "phone-mute", KeyK: "phone-keys", KeyP: "phone-set-up" };
    document.addEventListener("keydown", (event) => {
      if (event.repeat || event.isComposing) return;
      const id = event.key === "F6" ? "phone-answer" : event.altKey && !event.ctrlKey && !event.metaKey ? codes[event.code] : null;
      if (!id) return;
      event.preventDefault();
      const button = element(id);
      if (!button.hidden && !button.disabled) button.click();
    });
    element("phone-volume").value = this.sound.volume;
    navigator.mediaDevices?.addEventListener?.("devicechange", () => this.devicesChanged());
    setInterval(() => this.measure(), METER_MILLISECONDS);
    for (const kind of ["keydown", "pointerdown"]) addEventListener(kind, () => this.sound.wake()); // browsers play nothing before
  }

  // --- what the server says -----------------------------------------------------------------------------------

  received(message) {
    if (message.type === "phone") this.given(message);
    if (message.type === "state") {
      this.agent = message.agent;
      this.heard();
      this.follow();
    }
    if (["state", "pop", "call"].includes(message.type)) this.takeCall(message.call);
    this.recover();
    this.show();
  }

  /** Whose phone it is now, as the server has it. */
  follow() {
    const theirs = this.agent.page_phone;
    if (!this.wanted || this.asking || this.sip?.isTalking) return; // a talk goes on with the phone it began on
    if (theirs === null && this.session) this.lose(""); // it ended while this page was away: ask for another
    if (theirs !== null && theirs !== this.session && this.session) return this.lose("elsewhere");
    if (!this.session && (!this.trouble || this.trouble === "away")) this.ask();
  }

  async ask() {
    if (this.asking || this.sip?.isTalking) return;
    this.asking = true;
    clearTimeout(this.askTimer);
    try {
      if (!Sound.possible) throw new DOMException("", "SecurityError");
      if (!this.sound.isOpen) await this.microphone(true);
      const token = await freshToken();
      if (!this.send({ do: "phone-on", token })) throw new TypeError("the live stream is down");
      this.trouble = "";
    } catch (error) {
      this.trouble = this.troubleOf(error);
    }
    // the answer ends the asking; without one it is asked again when the server next speaks
    this.askTimer = setTimeout(() => (this.asking = false), ASK_AGAIN);
    this.show();
  }

  troubleOf(error) {
    if (error instanceof Refused || error instanceof TypeError || error?.name === "TimeoutError") return "away";
    return { SecurityError: "insecure", NotAllowedError: "forbidden", NotFoundError: "missing" }[error?.name] ?? "microphone";
  }

  async given(message) {
    if (!message.secret) {
      if (this.session && message.session !== this.session) this.lose(message.session ? "elsewhere" : "");
      return;
    }
    clearTimeout(this.askTimer);
    this.endSip();
    this.session = message.session;
    this.trouble = "";
    const { SipPhone } = await import("./sip.js");
    if (this.session !== message.session) return;
    const sip = new SipPhone(address(), message, {
      registered: (yes) => {
        if (this.sip !== sip) return;
        this.now({ registered: yes });
        this.recover();
      },
      session: (session) => this.rang(sip, session),
      confirmed: () => {
        if (this.call) talkedHere(this.call.call_id);
        this.recovers = null;
        this.now({});
      },
      stream: (stream) => this.sound.hear(stream),
    });
    this.sip = sip;
    this.asking = false;
    sip.start();
    this.show();
  }

  /** Loaded again in a talk: Asterisk's leg to the page before hears nobody. The citizen hears so, and comes back here. */
  recover() {
    if (!this.registered || this.call?.phase !== "talking" || this.call.call_id !== this.recovers || this.sip.session) return;
    if (this.hasAsked) return;
    this.hasAsked = true;
    this.send({ do: "phone-recover" });
  }

  /** Ends this page's SIP, but never a talk: a citizen is not cut off because somebody logged out in another tab. */
  endSip() {
    if (this.sip?.isTalking) return false;
    this.sip?.stop();
    this.sip = null;
    return true;
  }

  lose(trouble) {
    this.endSip();
    this.session = null;
    this.registered = false;
    this.trouble = trouble;
    if (trouble === "elsewhere") {
      this.wanted = false;
      if (!this.sip) this.sound.close();
    }
    this.show();
  }

  takeCall(call) {
    this.call = call;
  }

  /** Asterisk has no leg of this phone any more, says the server: the BYE was lost with the websocket. */
  heard() {
    if (this.agent.in_use !== false || !this.sip?.isTalking) this.overAt = 0;
    else this.overAt ||= performance.now();
  }

  linked(up) {
    this.isLinked = up;
    this.show();
  }

  // --- what the agent does ------------------------------------------------------------------------------------

  use(wanted) {
    this.wanted = wanted;
    this.trouble = "";
    kept.set("in-page", wanted ? "yes" : "no");
    if (wanted) return void this.ask();
    this.send({ do: "phone-off" });
    this.lose("");
    this.sound.close();
  }

  async answer() {
    if (!this.sip?.isRinging) return;
    if (!this.sound.isOpen) await this.microphone();
    if (this.sound.isOpen) this.sip.answer(this.sound.stream);
  }

  hold() {
    this.sip?.hold(!this.call?.held);
  }

  mute() {
    if (!this.sip?.isTalking) return;
    this.muted = !this.muted;
    this.sip.mute(this.muted);
    this.show();
  }

  key(digit) {
    this.sip?.key(digit);
    element("phone-pressed").textContent = (element("phone-pressed").textContent + digit).slice(-16);
  }

  open(panel, button) {
    const shown = element(panel).hidden;
    for (const [one, its] of [["phone-keypad-box", "phone-keys"], ["phone-settings", "phone-set-up"]]) {
      const open = shown && its === button;
      element(one).hidden = !open;
      element(its).setAttribute("aria-expanded", String(open));
    }
    if (shown && button === "phone-set-up") this.listDevices();
    if (shown) element(panel).querySelector("button, input, select")?.focus();
  }

  // --- sound --------------------------------------------------------------------------------------------------

  /** Opens the microphone; says in words why not. */
  async microphone(raise = false) {
    try {
      await this.sound.open();
      this.trouble = "";
      await this.listDevices();
    } catch (error) {
      if (raise) throw error;
      this.now({ trouble: this.troubleOf(error) });
    }
  }

  async listDevices() {
    if (!Sound.possible) return;
    for (const [id, kind] of [["phone-microphone", "audioinput"], ["phone-loudspeaker", "audiooutput"]]) {
      const list = element(id);
      const devices = await this.sound.devices(kind);
      list.replaceChildren(...devices.map((device, place) => new Option(device.label || `${place + 1}`, device.deviceId)));
      list.disabled = devices.length < 2;
      const chosen = kept.get(id === "phone-microphone" ? "microphone" : "loudspeaker");
      if (devices.some((device) => device.deviceId === chosen)) list.value = chosen;
    }
  }

  devicesChanged() {
    if (this.session && !this.sound.isOpen) this.microphone();
    else if (this.session) this.listDevices();
  }

  measure() {
    if (this.overAt && performance.now() - this.overAt > BYE_PATIENCE) {
      this.overAt = 0;
      this.sip?.drop();
    }
    if (!this.session) return;
    element("phone-level-out").value = this.muted ? 0 : this.sound.level("microphone");
    element("phone-level-in").value = this.sound.level("far");
  }

  rang(sip, session) {
    if (this.sip !== sip) return;
    if (session && this.recovers && performance.now() < this.recoverBy) this.comesBack();
    if (!session) {
      talkedHere("");
      this.sound.silence();
      if (this.muted) for (const track of this.sound.stream?.getAudioTracks() ?? []) track.enabled = true;
      this.muted = false;
      this.overAt = 0;
      element("phone-pressed").textContent = "";
      if (!this.session) this.endSip(); // the phone went elsewhere in the talk that has now ended
    }
    this.show();
  }

  /** The citizen of the talk that was interrupted rings again: answered at once, the agent was with them a moment ago. */
  comesBack() {
    if (this.call?.call_id === this.recovers && this.call.phase === "offered") this.answer();
  }

  // --- showing ------------------------------------------------------------------------------------------------

  now(changed) {
    Object.assign(this, changed);
    this.show();
  }

  word() {
    if (!facts.phone.allowed) return "";
    if (this.trouble) return words[this.trouble];
    if (!this.wanted) return words.own;
    if (!this.session || !this.registered) return this.sip ? words.dropped : words.connecting;
    return this.muted ? words.muted : this.call?.held ? words.held : words.ready;
  }

  show() {
    // the last resort's calls ring and talk with every program dead: then SIP alone knows of them
    const offered = Boolean(this.sip?.isRinging);
    const talks = Boolean(this.sip?.isTalking);
    const unknown = talks && (!this.isLinked || !TALKS.has(this.call?.phase));
    const box = element("phone-panel");
    box.hidden = !facts.phone.allowed;
    box.dataset.phone = !this.wanted && !this.session ? "own" : this.registered && this.session ? "ready" : "not-ready";
    box.dataset.sounds = String(Boolean(this.sip?.isTalking));
    say("phone-word", this.word());
    element("phone-use").hidden = Boolean(this.session) || (this.wanted && !this.trouble);
    element("phone-leave").hidden = !this.session || talks || offered;
    element("phone-answer").hidden = !offered;
    element("phone-hang-up").hidden = !unknown;
    for (const id of ["phone-hold", "phone-mute", "phone-keys"]) element(id).hidden = !talks;
    if (!talks) {
      element("phone-keypad-box").hidden = true;
      element("phone-keys").setAttribute("aria-expanded", "false");
    }
    element("phone-set-up").hidden = !this.session;
    if (!this.session) element("phone-settings").hidden = true;
    element("phone-levels").hidden = !this.session;
    element("phone-hold").setAttribute("aria-pressed", String(Boolean(this.call?.held)));
    element("phone-mute").setAttribute("aria-pressed", String(this.muted));
    this.sound.ring(offered);
  }
}
