// The live stream from `ari_app`: one WebSocket, opened again with a fresh ticket and growing pauses whenever it ends.

import { facts } from "./page.js";
import { freshToken, Refused } from "./http.js";

const PAUSES = [0.3, 1, 2, 4, 8, 10];
const TICKET_SECONDS = 45; // valid for 60
const SILENCE_SECONDS = 13; // ari_app says something every 5: after this it is frozen, though the connection stands

export class Live {
  /** `onMessage(message)`; `onLink({up, seconds, loggedOut})`. */
  constructor(onMessage, onLink) {
    this.onMessage = onMessage;
    this.onLink = onLink;
    this.ticket = facts.token;
    this.ticketAt = performance.now();
    this.failures = 0;
    this.socket = null;
    this.timer = 0;
    this.heardAt = 0;
    setInterval(() => this.listen(), 1000);
    addEventListener("online", () => this.hurry());
    document.addEventListener("visibilitychange", () => document.hidden || this.hurry());
  }

  async open() {
    clearTimeout(this.timer);
    try {
      if (!this.ticket || performance.now() - this.ticketAt > TICKET_SECONDS * 1000) this.ticket = await freshToken();
    } catch (error) {
      return this.failed(error instanceof Refused && error.status === 401);
    }
    const origin = location.protocol === "https:" ? `wss://${location.host}` : `ws://${location.hostname}:${facts.live_port}`;
    const ticket = encodeURIComponent(this.ticket);
    this.ticket = null;
    const socket = new WebSocket(`${origin}/stream?token=${ticket}`);
    this.socket = socket;
    this.heardAt = performance.now();
    socket.onmessage = (event) => {
      this.heardAt = performance.now();
      this.failures = 0;
      this.onLink({ up: true });
      this.onMessage(JSON.parse(event.data));
    };
    socket.onclose = () => socket === this.socket && this.failed(false);
  }

  failed(loggedOut) {
    this.socket = null;
    const seconds = PAUSES[Math.min(this.failures, PAUSES.length - 1)] * (0.8 + Math.random() * 0.4);
    this.failures += 1;
    this.onLink({ up: false, seconds, loggedOut, failures: this.failures });
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.open(), seconds * 1000);
  }

  listen() {
    if (!this.socket || performance.now() - this.heardAt < SILENCE_SECONDS * 1000) return;
    const silent = this.socket;
    this.failed(false);
    silent.close();
  }

  hurry() {
    if (!this.socket) this.open();
  }

  /** False when the stream is down: the caller says so. */
  send(command) {
    if (!this.socket || this.socket.readyState !== WebSocket.OPEN) return false;
    this.socket.send(JSON.stringify(command));
    return true;
  }
}
