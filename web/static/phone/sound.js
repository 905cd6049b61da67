// The phone's sound: microphone, loudspeaker, ringing, level meters. Asks the browser for the microphone once, before the first call.

const FLOOR_DB = -60; // an empty meter
const RING = { frequencies: [440, 480], on: 1, off: 2, volume: 0.12 }; // Korea's ringing tone
const TEST = { frequencies: [440], on: 0.7, volume: 0.2 };

export class Sound {
  constructor(audio, kept) {
    this.audio = audio;
    this.kept = kept; // {get(name), set(name, value)}: what this browser remembers
    this.stream = null;
    this.context = null;
    this.ringing = 0;
    this.meters = new Map();
    const volume = Number(kept.get("volume") ?? 1);
    audio.volume = volume >= 0 && volume <= 1 ? volume : 1;
  }

  /** False: this address is neither https nor this machine, and browsers give it no microphone. */
  static get possible() {
    return Boolean(navigator.mediaDevices?.getUserMedia);
  }

  /** Opens the microphone. Raises what getUserMedia raises. */
  async open() {
    const wanted = this.kept.get("microphone");
    const audio = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
    if (wanted) audio.deviceId = { ideal: wanted };
    const stream = await navigator.mediaDevices.getUserMedia({ audio });
    this.close();
    this.stream = stream;
    this.context ??= new AudioContext();
    await this.listenBy(this.kept.get("loudspeaker") ?? "");
    this.watch("microphone", stream);
    return stream;
  }

  close() {
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    this.stream = null;
    this.meters.delete("microphone");
  }

  get isOpen() {
    return this.stream?.getAudioTracks()[0]?.readyState === "live";
  }

  async devices(kind) {
    const all = await navigator.mediaDevices.enumerateDevices();
    return all.filter((device) => device.kind === kind && device.deviceId);
  }

  async listenBy(device) {
    if (!this.audio.setSinkId) return;
    try {
      await this.audio.setSinkId(device);
      this.kept.set("loudspeaker", device);
    } catch {
      await this.audio.setSinkId(""); // it has been unplugged: the machine's usual one
    }
  }

  get volume() {
    return this.audio.volume;
  }

  set volume(value) {
    this.audio.volume = value;
    this.kept.set("volume", value);
  }

  hear(stream) {
    this.audio.srcObject = stream;
    this.audio.play().catch(() => {});
    this.watch("far", stream);
  }

  silence() {
    this.audio.srcObject = null;
    this.meters.delete("far");
  }

  watch(name, stream) {
    if (!this.context || !stream) return;
    const analyser = this.context.createAnalyser();
    analyser.fftSize = 1024;
    this.context.createMediaStreamSource(stream).connect(analyser);
    this.meters.set(name, { analyser, samples: new Float32Array(analyser.fftSize) });
  }

  /** 0 to 1 for what is heard there now; 0.5 is -30 dB. */
  level(name) {
    const meter = this.meters.get(name);
    if (!meter) return 0;
    meter.analyser.getFloatTimeDomainData(meter.samples);
    let sum = 0;
    for (const sample of meter.samples) sum += sample * sample;
    const decibel = 10 * Math.log10(sum / meter.samples.length || 1e-12);
    return Math.min(1, Math.max(0, 1 - decibel / FLOOR_DB));
  }

  tone({ frequencies, on, volume }) {
    if (!this.context) return;
    this.wake();
    const gain = this.context.createGain();
    gain.gain.value = volume * this.audio.volume;
    gain.connect(this.context.destination);
    for (const frequency of frequencies) {
      const tone = this.context.createOscillator();
      tone.frequency.value = frequency;
      tone.connect(gain);
      tone.start();
      tone.stop(this.context.currentTime + on);
    }
  }

  ring(on) {
    if (on === Boolean(this.ringing)) return;
    clearInterval(this.ringing);
    this.ringing = 0;
    if (!on) return;
    this.tone(RING);
    this.ringing = setInterval(() => this.tone(RING), (RING.on + RING.off) * 1000);
  }

  wake() {
    if (this.context?.state === "suspended") this.context.resume().catch(() => {});
  }

  test() {
    this.tone(TEST);
  }
}
