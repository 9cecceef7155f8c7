"""How the keyboard on the page sounds: its tone, what was played heard again, and a metronome to play to.

These are the last methods of the class that ``keyboard_script.py`` begins; no file of sound is needed.
"""

from __future__ import annotations

__all__ = ["SOUND"]

SOUND = r"""  // ---- sound

  context() {
    const Audio = window.AudioContext || window.webkitAudioContext;
    if (!this.audio && Audio) this.audio = new Audio();
    if (this.audio?.state === "suspended") this.audio.resume();
    return this.audio;
  }

  voice(midi, start, loud) {
    const audio = this.context();
    const tone = audio.createOscillator();
    const gain = audio.createGain();
    tone.type = "triangle";
    tone.frequency.value = 440 * 2 ** ((midi - 69) / 12);
    gain.gain.setValueAtTime(0.0001, start);
    gain.gain.exponentialRampToValueAtTime(loud, start + 0.012);
    gain.gain.setTargetAtTime(loud * 0.35, start + 0.03, 0.5);
    tone.connect(gain).connect(audio.destination);
    tone.start(start);
    return { tone, gain };
  }

  tone(midi) {
    const audio = this.context();
    if (!audio) return { end() {} };
    const start = audio.currentTime;
    const { tone, gain } = this.voice(midi, start, 0.25);
    return { end: () => {
      const end = Math.max(audio.currentTime, start + 0.15);
      gain.gain.setTargetAtTime(0.0001, end, 0.06);
      tone.stop(end + 0.5);
    } };
  }

  unit() {  // seconds of a sixteenth
    const said = Math.round(Number(this.find(".tempo").value)) || 80;
    this.bpm = Math.min(Math.max(said, 30), 240);
    this.find(".tempo").value = this.bpm;
    return 60 / this.bpm / this.data.beat;
  }

  hear() {
    const audio = this.context();
    if (!audio || !this.notes.length) return;
    const unit = this.unit();
    const begin = audio.currentTime + 0.08;
    const voices = [];
    const chip = (index) => this.find(".strip").querySelectorAll("i")[index];
    const moments = [];
    let at = 0;
    this.notes.forEach(([midi, length], index) => {
      const start = begin + at * unit;
      at += length;
      const end = begin + at * unit;
      moments.push([start, end]);
      if (midi === null) return;
      const { tone, gain } = this.voice(midi, start, 0.25);
      gain.gain.setTargetAtTime(0.0001, end - 0.04, 0.03);
      tone.stop(end + 0.25);
      voices.push(tone);
    });
    const walk = setInterval(() => {
      moments.forEach(([start, end], index) =>
        chip(index)?.classList.toggle("on", audio.currentTime >= start && audio.currentTime < end));
      if (audio.currentTime > begin + at * unit) this.hush();
    }, 40);
    this.playing = { stop: () => {
      clearInterval(walk);
      voices.forEach((tone) => { try { tone.stop(); } catch { /* it has ended */ } });
      this.root.querySelectorAll(".strip i.on").forEach((each) => each.classList.remove("on"));
    } };
    this.tools();
  }

  hush() { if (!this.playing) return; this.playing.stop(); this.playing = null; this.tools(); }

  // ---- in time

  record() {
    const audio = this.context();
    if (!audio) { this.tell(this.data.words.silent); return; }
    this.hush();
    this.letAllGo();
    const { beat, bar, upbeat } = this.data;
    const unit = this.unit();
    const here = this.filled;
    const counted = Math.ceil(bar / beat);
    const begin = audio.currentTime + 0.15 + counted * beat * unit;  // when what is played counts from
    const late = audio.outputLatency || audio.baseLatency || 0;
    const keys = [];
    const open = new Map();
    const now = () => audio.currentTime - begin - late;
    let next = -counted;
    const click = (start, strong) => {
      const { tone, gain } = this.voice(strong ? 96 : 84, start, strong ? 0.3 : 0.16);
      tone.type = "square";
      gain.gain.setTargetAtTime(0.0001, start + 0.02, 0.01);
      tone.stop(start + 0.15);
    };
    const clicks = setInterval(() => {
      while (begin + next * beat * unit < audio.currentTime + 0.2) {
        const place = here + next * beat - (upbeat || 0);
        click(Math.max(begin + next * beat * unit, audio.currentTime), ((place % bar) + bar) % bar === 0);
        next += 1;
      }
      const seconds = now();
      const words = this.data.words;
      const beats = Math.floor(seconds / (beat * unit));
      this.tell(seconds < 0 ? `${words.count} ${counted + beats + 1}` : `${words.recording} ${beats + 1}`);
      if (seconds > LONGEST_TAKE_S) this.finish();
    }, 40);
    this.take = {
      begin: (midi) => {
        const start = now();
        if (start < -0.3 || keys.length >= this.data.most) return;
        open.set(midi, Math.max(start, 0));
      },
      end: (midi) => {
        if (!open.has(midi)) return;
        keys.push([midi, open.get(midi), Math.max(now(), open.get(midi))]);
        open.delete(midi);
      },
      stop: () => { clearInterval(clicks); [...open.keys()].forEach((midi) => this.take.end(midi)); return keys; },
    };
    this.find(".told").setAttribute("aria-live", "off");  // else each beat would be read out
    this.tools();
    this.key(this.low)?.focus({ preventScroll: true });
  }

  stopClicking() {
    const keys = this.take.stop();
    this.take = null;
    this.find(".told").setAttribute("aria-live", "polite");
    return keys;
  }

  finish() {
    this.letAllGo();
    const keys = this.stopClicking();
    this.tools();
    const words = this.data.words;
    this.tell(keys.length ? words.taken.replace("{count}", keys.length) : words.nothing);
    if (!keys.length) return;
    clearTimeout(this.waiting);
    this.waiting = null;
    const grid = Number(this.find(".grid").value);
    this.setTriggerValue("take", { given: this.given, notes: this.notes, bpm: this.bpm, grid, keys });
  }
}

export default function (component) {
  const root = component.parentElement;
  if (!boards.has(root)) boards.set(root, new Board(root));
  boards.get(root).update(component);
  return () => { boards.get(root)?.close(); boards.delete(root); };
}
"""
