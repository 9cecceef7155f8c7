"""What the keyboard on the page does in the browser.

The melody is held there while it is played, so that no key waits for the server, and sent a moment later as a list of
keys and lengths (``keyboard.py`` says what is taken). Text reaches the page by ``textContent`` alone.
"""

from __future__ import annotations

from .keyboard_sound import SOUND

__all__ = ["JS"]

BOARD = r"""
const ROW = { KeyA: 0, KeyW: 1, KeyS: 2, KeyE: 3, KeyD: 4, KeyF: 5, KeyT: 6, KeyG: 7, KeyY: 8, KeyH: 9, KeyU: 10,
  KeyJ: 11, KeyK: 12, KeyO: 13, KeyL: 14, KeyP: 15, Semicolon: 16 };
const LETTERS = Object.fromEntries(Object.entries(ROW).map(([code, step]) =>
  [step, code === "Semicolon" ? ";" : code.slice(3)]));
const LENGTHS = { Digit1: 1, Digit2: 2, Digit3: 4, Digit4: 8, Digit5: 16 };
const BLACK = new Set([1, 3, 6, 8, 10]);
const TWO_OCTAVES = 24, TO_THE_THIRD = 17, WIDE_ENOUGH = 330;  // keys, and pixels for fourteen white ones
const LOWEST = 36, HIGHEST = 96, LONGEST_TAKE_S = 180, SEND_AFTER_MS = 250;
const boards = new WeakMap();

class Board {
  constructor(root) {
    this.root = root;
    this.find = (selector) => root.querySelector(selector);
    this.notes = [];
    this.low = 60;
    this.length = 4;
    this.dotted = false;
    this.sounding = new Map();
    this.pressed = new Map();
    const on = (selector, act) => { this.find(selector).onclick = act; };
    root.querySelectorAll("[data-length]").forEach((button) => {
      button.onclick = () => this.choose(Number(button.dataset.length));
    });
    on(".dot", () => { this.dotted = !this.dotted; this.tools(); });
    on(".rest", () => this.enter(null));
    on(".lower", () => this.shift(-12));
    on(".higher", () => this.shift(12));
    on(".undo", () => this.undo());
    on(".clear", () => this.clear());
    on(".hear", () => (this.playing ? this.hush() : this.hear()));
    on(".record", () => (this.take ? this.finish() : this.record()));
    const board = this.find(".board");
    board.onkeydown = (event) => this.keyDown(event);
    board.onkeyup = (event) => this.keyUp(event);
    board.onfocusout = (event) => { if (!board.contains(event.relatedTarget)) { this.letAllGo(); this.send(); } };
    board.onpointerleave = () => this.send();
    this.watch = new ResizeObserver(() => {
      const before = this.count;
      this.width = this.find(".scroll").clientWidth;
      if (this.data && before !== this.count) this.keys();
    });
    this.watch.observe(this.find(".scroll"));
  }

  get count() { return this.width && this.width < WIDE_ENOUGH ? TO_THE_THIRD : TWO_OCTAVES; }

  get filled() { return this.notes.reduce((sum, [, length]) => sum + length, 0); }

  get last() { return Math.min(this.low + this.count - 1, HIGHEST); }

  update({ data, setStateValue, setTriggerValue }) {
    const before = this.data;
    this.data = data;
    this.setStateValue = setStateValue;
    this.setTriggerValue = setTriggerValue;
    if (this.given !== data.given) {
      this.given = data.given;
      this.notes = data.notes.map((each) => [...each]);
      clearTimeout(this.waiting);
      this.waiting = null;
    }
    if (!before || JSON.stringify([before.words, before.names]) !== JSON.stringify([data.words, data.names])) {
      this.label();
      this.keys();
    }
    this.show();
  }

  close() {
    clearTimeout(this.waiting);
    this.hush();
    if (this.take) this.stopClicking();
    this.letAllGo();
    this.watch.disconnect();
    if (this.audio) this.audio.close();
    this.audio = null;
  }

  // ---- words and keys

  label() {
    const words = this.data.words;
    const name = (selector, text, said) => {
      const found = this.find(selector);
      found.textContent = text;
      found.setAttribute("aria-label", said || text);
      found.title = said || text;
    };
    this.root.querySelectorAll("[data-length]").forEach((button) => {
      button.setAttribute("aria-label", words.lengths[button.dataset.length]);
      button.title = words.lengths[button.dataset.length];
    });
    name(".dot", "\u2022", words.dot);
    name(".lower", "\u00ab", words.lower);
    name(".higher", "\u00bb", words.higher);
    for (const each of ["rest", "undo", "clear"]) {
      this.find(`.${each}`).setAttribute("aria-label", words[each]);
      this.find(`.${each}`).title = words[each];
    }
    this.find(".tempo-label").textContent = words.tempo;
    this.find(".grid-label").textContent = words.grid;
    this.find(".lengths").setAttribute("aria-label", words.length);
    this.find(".piano").setAttribute("aria-label", words.piano);
    this.find(".how").textContent = words.how;
    const grid = this.find(".grid");
    const chosen = grid.value || "2";
    grid.replaceChildren(...[[2, words.eighths], [1, words.sixteenths]].map(([value, text]) => {
      const option = document.createElement("option");
      option.value = value;
      option.textContent = text;
      return option;
    }));
    grid.value = chosen;
  }

  keys() {
    const piano = this.find(".piano");
    const focused = this.root.activeElement?.dataset?.midi;
    const shown = Array.from({ length: this.last - this.low + 1 }, (_, step) => this.low + step);
    const whites = shown.filter((midi) => !BLACK.has(midi % 12)).length;
    let place = 0;
    const made = [];
    piano.style.setProperty("--whites", whites);
    for (const midi of shown) {
      const key = document.createElement("button");
      const [short, said] = this.data.names[midi];
      const black = BLACK.has(midi % 12);
      key.type = "button";
      key.dataset.midi = midi;
      key.className = black ? "black" : "white";
      key.setAttribute("aria-label", said);
      key.tabIndex = midi === this.low ? 0 : -1;
      const letter = document.createElement("small");
      letter.textContent = LETTERS[midi - this.low] || "";
      letter.setAttribute("aria-hidden", "true");
      key.append(letter);
      if (midi % 12 === 0) {
        const c = document.createElement("b");
        c.textContent = short;
        key.append(c);
      }
      if (black) key.style.left = `${(100 * place) / whites}%`;
      else place += 1;
      key.onpointerdown = (event) => {
        if (event.button) return;
        key.byPointer = true;
        key.focus({ preventScroll: true });
        if (event.pointerType !== "touch" && key.setPointerCapture) key.setPointerCapture(event.pointerId);
        this.press(midi);
      };
      key.onpointerup = key.onlostpointercapture = () => this.letGo(midi);
      key.onpointerleave = (event) => { if (event.pointerType === "touch") this.letGo(midi); };
      key.onpointercancel = () => { this.letGo(midi); };
      key.onclick = () => {  // of Enter, Space and screen readers, which press no pointer
        if (!key.byPointer) { this.press(midi); setTimeout(() => this.letGo(midi), 250); }
        key.byPointer = false;
      };
      key.onfocus = () => piano.querySelectorAll("button").forEach((each) => {
        each.tabIndex = each === key ? 0 : -1;
      });
      made.push(key);
    }
    piano.replaceChildren(...made);
    if (focused) (this.key(focused) || made[0]).focus({ preventScroll: true });
    this.find(".range").textContent = `${this.data.names[this.low][0]}\u2013${this.data.names[this.last][0]}`;
    this.find(".lower").disabled = this.low - 12 < LOWEST;
    this.find(".higher").disabled = this.low + 24 > HIGHEST;
  }

  key(midi) { return this.find(`[data-midi="${Number(midi)}"]`); }

  shift(by) {
    const low = this.low + by;
    if (low < LOWEST || low + 12 > HIGHEST) return;
    this.letAllGo();
    this.low = low;
    this.keys();
    this.tell(this.find(".range").textContent);
  }

  // ---- step by step

  choose(length) { this.length = length; if (length === 1) this.dotted = false; this.tools(); }

  enter(midi) {
    if (this.take) return;
    const length = this.dotted ? this.length * 1.5 : this.length;
    if (this.notes.length >= this.data.most || this.filled + length > this.data.longest) {
      this.tell(this.data.words.full);
      return;
    }
    this.notes.push([midi, length]);
    this.changed();
    const words = this.data.words;
    const name = midi === null ? words.rest : this.data.names[midi][1];
    this.tell(`${name}, ${words.lengths[this.length]}${this.dotted ? ", " + words.dot : ""}`);
  }

  undo() {
    if (this.take || !this.notes.length) return;
    this.notes.pop();
    this.changed();
    this.tell(this.data.words.undone);
  }

  clear() {
    if (this.take) return;
    this.notes = [];
    this.changed();
    this.tell(this.data.words.cleared);
  }

  changed() {
    this.hush();
    this.show();
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.send(), SEND_AFTER_MS);
  }

  send() {
    if (!this.waiting) return;
    clearTimeout(this.waiting);
    this.waiting = null;
    this.setStateValue("melody", { given: this.given, notes: this.notes });
  }

  tell(text) { this.find(".told").textContent = text; }

  tools() {
    this.root.querySelectorAll("[data-length]").forEach((button) => {
      button.setAttribute("aria-pressed", String(Number(button.dataset.length) === this.length));
    });
    this.find(".dot").setAttribute("aria-pressed", String(this.dotted));
    this.find(".dot").disabled = this.length === 1;
    const recording = Boolean(this.take);
    const empty = !this.notes.length;
    for (const name of [".undo", ".clear", ".hear"]) this.find(name).disabled = empty || recording;
    for (const name of [".tempo", ".grid", ".rest"]) this.find(name).disabled = recording;
    const words = this.data.words;
    const hear = this.find(".hear");
    hear.classList.toggle("playing", Boolean(this.playing));
    hear.title = this.playing ? words.hush : words.hear;
    hear.setAttribute("aria-label", hear.title);
    this.find(".record").textContent = recording ? `\u25a0 ${words.finish}` : `\u25cf ${words.record}`;
    this.find(".board").classList.toggle("recording", recording);
  }

  show() {
    this.tools();
    const words = this.data.words;
    const strip = this.find(".strip");
    const said = [];
    const made = [];
    let filled = 0;
    let line = this.data.upbeat || this.data.bar;
    this.notes.forEach(([midi, length]) => {
      const chip = document.createElement("i");
      chip.textContent = midi === null ? "\u2013" : this.data.names[midi][0];
      chip.classList.toggle("silent", midi === null);
      chip.style.minWidth = `${Math.max(1.5, length * 0.5)}rem`;
      said.push(midi === null ? words.rest : this.data.names[midi][1]);
      made.push(chip);
      filled += length;
      while (filled >= line) {
        made.push(document.createElement("u"));
        line += this.data.bar;
      }
    });
    if (!made.length) {
      const empty = document.createElement("em");
      empty.textContent = words.empty;
      made.push(empty);
    }
    strip.replaceChildren(...made);
    strip.setAttribute("aria-label", said.length ? `${words.melody}: ${said.join(", ")}` : words.empty);
    strip.scrollTop = strip.scrollHeight;
  }

  // ---- keys of the piano and of the computer

  press(midi) {
    if (this.sounding.has(midi)) return;
    this.sounding.set(midi, this.tone(midi));
    this.key(midi)?.classList.add("down");
    if (this.take) this.take.begin(midi);
    else this.enter(midi);
  }

  letGo(midi) {
    const tone = this.sounding.get(midi);
    if (!tone) return;
    this.sounding.delete(midi);
    this.key(midi)?.classList.remove("down");
    tone.end();
    if (this.take) this.take.end(midi);
  }

  letAllGo() { [...this.sounding.keys()].forEach((midi) => this.letGo(midi)); this.pressed.clear(); }

  keyDown(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) { this.send(); return; }
    if (event.target.matches("input, select")) return;
    const act = this.action(event);
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    if (!event.repeat) act();
  }

  action(event) {
    const code = event.code;
    const midi = this.low + ROW[code];
    if (code in ROW && midi <= this.last) {
      return () => { this.pressed.set(code, midi); this.press(midi); };
    }
    if (code in LENGTHS) return () => this.choose(LENGTHS[code]);
    const on = event.target.dataset?.midi;
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (on && step) return () => this.key(Number(on) + step)?.focus();
    if (event.key === "Escape" && this.take) return () => this.finish();
    return {
      KeyZ: () => this.shift(-12), KeyX: () => this.shift(12), Backspace: () => this.undo(),
      Digit0: () => this.enter(null), Period: () => { if (!this.find(".dot").disabled) this.find(".dot").onclick(); },
    }[code];
  }

  keyUp(event) {
    const midi = this.pressed.get(event.code);
    if (midi === undefined) return;
    event.stopPropagation();
    this.pressed.delete(event.code);
    this.letGo(midi);
  }

"""

JS = BOARD + SOUND
