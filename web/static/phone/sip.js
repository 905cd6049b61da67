// SIP for one agent's phone, over Asterisk's websocket. Knows no page: it registers, rings, and does what it is told.
// What the call is, the server says; this only knows whether there is a session and whether it sounds.

import { C, UA, WebSocketInterface } from "../vendor/jssip/jssip.js";

const REGISTER_SECONDS = 300;
const RECOVERY_SECONDS = { min: 1, max: 8 }; // pauses after the websocket has dropped

export class SipPhone {
  /** `on.registered(bool)`, `on.session(session | null)` (ringing or gone), `on.confirmed()`, `on.stream(MediaStream)`. */
  constructor(url, { user, domain, secret }, on) {
    this.on = on;
    this.session = null;
    this.stopped = false;
    const socket = new WebSocketInterface(url);
    this.ua = new UA({
      sockets: [socket],
      uri: `sip:${user}@${domain}`,
      authorization_user: user,
      password: secret,
      register: true,
      register_expires: REGISTER_SECONDS,
      connection_recovery_min_interval: RECOVERY_SECONDS.min,
      connection_recovery_max_interval: RECOVERY_SECONDS.max,
      session_timers: false,
      user_agent: "centre120 page",
    });
    this.ua.on("registered", () => {
      on.registered(true);
      // registered again in a call: the websocket had dropped. Until Asterisk is told, its requests go where nobody is
      if (this.dropped && this.session?.isEstablished()) this.session.renegotiate();
      this.dropped = false;
    });
    this.ua.on("unregistered", () => on.registered(false));
    this.ua.on("registrationFailed", () => on.registered(false));
    this.ua.on("disconnected", () => {
      this.dropped = true;
      on.registered(false);
    });
    this.ua.on("newRTCSession", ({ originator, session }) => this.rings(originator, session));
  }

  start() {
    this.ua.start();
  }

  rings(originator, session) {
    if (originator !== "remote") return;
    if (this.session) {
      session.terminate({ status_code: 486 });
      return;
    }
    this.session = session;
    const gone = () => {
      if (this.session !== session) return;
      this.session = null;
      this.on.session(null);
    };
    session.on("peerconnection", ({ peerconnection }) => {
      peerconnection.addEventListener("track", (event) => this.on.stream(event.streams[0] ?? new MediaStream([event.track])));
    });
    session.on("confirmed", () => this.on.confirmed());
    session.on("ended", gone);
    session.on("failed", gone);
    this.on.session(session);
  }

  get isRinging() {
    return Boolean(this.session) && this.session.direction === "incoming" && !this.session.isEstablished() && !this.session.isEnded();
  }

  get isTalking() {
    return Boolean(this.session?.isEstablished());
  }

  answer(stream) {
    if (!this.isRinging || this.answering === this.session) return;
    this.answering = this.session;
    this.session.answer({ mediaStream: stream, mediaConstraints: { audio: true, video: false }, pcConfig: { iceServers: [] } });
  }

  hold(held) {
    if (this.isTalking) held ? this.session.hold() : this.session.unhold();
  }

  mute(muted) {
    if (this.isTalking) muted ? this.session.mute({ audio: true }) : this.session.unmute({ audio: true });
  }

  key(digit) {
    if (this.isTalking) this.session.sendDTMF(digit, { transportType: C.DTMF_TRANSPORT.RFC2833 });
  }

  /** The server says that the call is over and Asterisk's BYE never came: the websocket had dropped. */
  drop() {
    const session = this.session;
    if (!session) return;
    this.session = null;
    try {
      session.terminate();
    } catch {
      // it has ended in this very moment
    }
    this.on.session(null);
  }

  stop() {
    if (this.stopped) return;
    this.stopped = true;
    this.drop();
    this.ua.stop();
  }
}
