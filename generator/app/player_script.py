"""What the player does in the browser: pages, roll and tokens drawn from data, and a cursor that follows the sound.

Engraved pages are shown as images, in which nothing can act; titles, names and tokens are put in by ``textContent``.
All players of a page are of this one module, so that one falls silent when another begins.
"""

from __future__ import annotations

__all__ = ["SCRIPT"]

SCRIPT = r"""
let sounding = null;  // the one sound that plays
const kept = new Map();  // what was left where it stood when its place on the page was drawn anew
const NARROW = 560, LABELS = 36, FOOT = 18, KEY = 9, SECOND = 40;  // pixels
const TRIES = 6, WAIT_MS = 250;  // each wait is twice as long as the one before
const VIEWS = ["score", "roll", "tokens"];
const still = window.matchMedia("(prefers-reduced-motion: reduce)");

const fill = (sentence, values) => sentence.replace(/\{(\w+)\}/g, (all, name) => values[name] ?? all);
const made = (name, className, text) => {
  const element = document.createElement(name);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
};
const drawn = (name, attributes, text) => {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  if (text !== undefined) element.textContent = text;
  return element;
};
// Streamlit drops a file for a moment where a page is drawn anew: one that could not be fetched is asked for again.
const persist = (element, arrived, ask, signal) => {
  let tries = 0;
  element.addEventListener(arrived, () => { tries = 0; }, signal ? { signal } : {});
  element.addEventListener("error", () => {
    if (tries >= TRIES) return;
    setTimeout(() => { if (element.isConnected && !signal?.aborted) ask(); }, WAIT_MS * 2 ** tries);
    tries += 1;
  }, signal ? { signal } : {});
};

// the last of some rising values that is not above one; -1 before the first
const last = (count, value, at) => {
  let low = 0, high = count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (at(middle) <= value) low = middle + 1; else high = middle;
  }
  return low - 1;
};

function score(panel, data, seek) {
  const box = panel.querySelector(".pages");
  const cursor = made("div", "cursor"), marks = [];
  let layout = null, pages = [], row = -1, moment = -1;
  box.addEventListener("click", (event) => {
    const number = pages.findIndex((page) => page.contains(event.target));
    if (number < 0) return;
    const place = pages[number].getBoundingClientRect();
    const x = (event.clientX - place.left) / place.width, y = (event.clientY - place.top) / place.height;
    const away = ([page, , top, , bottom]) => page !== number ? Infinity : Math.max(top - y, y - bottom, 0);
    let nearest = -1;
    layout.systems.forEach((system, place) => {
      if (away(system) < (nearest < 0 ? Infinity : away(layout.systems[nearest]))) nearest = place;
    });
    const on = layout.anchors.filter(([, system]) => system === nearest);
    if (!on.length) return;
    const at = last(on.length, x, (place) => on[place][2]);
    const [one, next] = [on[Math.max(at, 0)], on[at + 1]];
    const part = at >= 0 && next && next[2] > one[2] ? (x - one[2]) / (next[2] - one[2]) : 0;
    // just before the next row, not on it: there the cursor would already be in the next line
    seek(Math.min(one[0] + part * ((next ?? one)[0] - one[0]), on.at(-1)[0] - 0.02));
  });
  const follow = () => {
    if (row < 0 || !panel.clientHeight) return;
    const [page, , top, , bottom] = layout.systems[row];
    const [from, height] = [pages[page].offsetTop, pages[page].offsetHeight];
    const [above, below] = [from + top * height, from + bottom * height];
    if (above >= panel.scrollTop && below <= panel.scrollTop + panel.clientHeight) return;
    panel.scrollTo({ top: above - 12, behavior: still.matches ? "auto" : "smooth" });
  };
  return {
    draw(words) {
      if (!panel.clientWidth) return;
      const due = panel.clientWidth < NARROW ? data.layouts.at(-1) : data.layouts[0];
      if (due !== layout) {
        layout = due;
        row = moment = -1;
        const heading = [data.title, data.composer].filter(Boolean).join(" \u00b7 ");
        panel.querySelector(".heading").textContent = layout === data.layouts[0] ? "" : heading;
        pages = layout.pages.map(({ src, ratio }) => {
          const page = made("div", "page"), image = made("img");
          page.style.aspectRatio = ratio;
          persist(image, "load", () => { image.src = src; }, null);
          image.src = src;
          image.draggable = false;
          page.append(image);
          return page;
        });
        panel.classList.toggle("small", layout.width < 150);
        box.replaceChildren(...pages);
      }
      pages.forEach((page, number) => {
        page.firstChild.alt = `${fill(words.page, { number: number + 1 })} ${words.told}`;
      });
    },
    show(second, begun) {
      if (!layout || !layout.anchors.length) return;
      const at = Math.max(last(layout.anchors.length, second, (place) => layout.anchors[place][0]), 0);
      const [one, next] = [layout.anchors[at], layout.anchors[at + 1]];
      const moves = !still.matches && next && next[1] === one[1] && next[0] > one[0];
      const x = one[2] + (moves ? (next[2] - one[2]) * Math.max(second - one[0], 0) / (next[0] - one[0]) : 0);
      const [page, , top, , bottom] = layout.systems[one[1]];
      if (row !== one[1]) {
        row = one[1];
        pages[page].append(cursor);
        cursor.style.top = `${100 * top}%`;
        cursor.style.height = `${100 * (bottom - top)}%`;
        if (begun) follow();
      }
      cursor.style.left = `${100 * x}%`;
      cursor.hidden = !begun;
      const held = begun && second < data.seconds
        ? last(layout.moments.length, second, (place) => layout.moments[place][0]) : -1;
      if (held === moment) return;
      moment = held;
      const names = held < 0 ? [] : layout.moments[held][1];
      while (marks.length < names.length) marks.push(made("div", "mark"));
      marks.forEach((mark, place) => {
        if (place >= names.length) { mark.remove(); return; }
        const [on, left, above, right, below] = layout.notes[names[place]];
        Object.assign(mark.style, {
          left: `${100 * left}%`, top: `${100 * above}%`,
          width: `${100 * (right - left)}%`, height: `${100 * (below - above)}%`,
        });
        pages[on].append(mark);
      });
    },
    follow,
  };
}

function roll(panel, data, seek) {
  const { notes, low, high, parts, colours } = data.roll;
  const box = panel.querySelector(".strip"), gutter = panel.querySelector(".keys");
  const legend = panel.querySelector(".legend");
  const cursor = made("div", "cursor"), rows = high - low + 3, height = rows * KEY;
  const edges = [...new Set(notes.flatMap(([start, end]) => [start, end]))].sort((one, other) => one - other);
  const down = (key) => (high + 1 - key) * KEY;
  let width = 0, scale = 1, seen = -1, bars = [], turned = 0;
  legend.replaceChildren(...(parts.length < 2 ? [] : parts.map((name, part) => {
    const item = made("span", "", name), swatch = made("i");
    swatch.style.background = colours[part];
    item.prepend(swatch);
    return item;
  })));
  box.addEventListener("click", (event) => seek((event.clientX - box.getBoundingClientRect().left) / scale));
  return {
    draw(words) {
      const room = panel.clientWidth - LABELS;
      if (panel.clientWidth && Math.max(room, data.seconds * SECOND) !== width) {
        width = Math.max(room, data.seconds * SECOND);
        scale = width / data.seconds;
        seen = -1;
        const size = { width, height: height + FOOT, viewBox: `0 0 ${width} ${height + FOOT}` };
        const picture = drawn("svg", { ...size, role: "img" });
        const names = drawn("svg", { width: LABELS, height: height + FOOT, "aria-hidden": "true" });
        const name = (key, text) => names.append(drawn("text", { x: LABELS - 6, y: down(key) + KEY }, text));
        for (let key = low - 1; key <= high + 1; key += 1) {
          if ([1, 3, 6, 8, 10].includes(key % 12)) {
            picture.append(drawn("rect", { class: "black", x: 0, y: down(key), width, height: KEY }));
          }
          if (key % 12 === 0) {
            picture.append(drawn("path", { class: "line", d: `M0 ${down(key) + KEY}H${width}` }));
            name(key, `C${key / 12 - 1}`);
          }
        }
        if (!names.childNodes.length) {
          const [, , key, , lowest] = notes.reduce((one, other) => (other[2] < one[2] ? other : one));
          name(key, lowest);
        }
        let free = 0;
        data.bars.forEach((second, number) => {
          const x = second * scale;
          picture.append(drawn("path", { class: "line", d: `M${x} 0V${height}` }));
          if (x < free) return;
          picture.append(drawn("text", { x: x + 3, y: height + FOOT - 4 }, number + data.first));
          free = x + 30;
        });
        bars = notes.map(([start, end, key, part, name]) => {
          const long = Math.max((end - start) * scale - 1.5, 1.5);
          const bar = drawn("rect", { x: start * scale, y: down(key) + 1, width: long, height: KEY - 1, rx: 1.5 });
          bar.setAttribute("fill", colours[part]);
          bar.append(drawn("title", {}, parts.length < 2 ? name : `${parts[part]} \u00b7 ${name}`));
          return bar;
        });
        picture.append(...bars);
        box.style.width = `${width}px`;
        box.replaceChildren(picture, cursor);
        gutter.replaceChildren(names);
      }
      box.querySelector("svg")?.setAttribute("aria-label", `${words.rolled} ${words.told}`);
    },
    show(second, begun) {
      if (!width) return;
      cursor.hidden = !begun;
      cursor.style.height = `${height}px`;
      const at = last(edges.length, second, (place) => edges[place]);
      const shown = still.matches ? Math.min(edges[at] ?? 0, second) : Math.min(second, data.seconds);
      cursor.style.left = `${shown * scale}px`;
      if (at === seen) return;
      seen = at;
      notes.forEach(([start, end], place) => {
        bars[place].classList.toggle("on", begun && start <= second && second < end);
      });
    },
    follow(second) {
      const x = second * scale, from = panel.scrollLeft, room = panel.clientWidth - LABELS;
      if (!room || (x >= from && x <= from + 0.85 * room)) return;
      if (performance.now() - turned < 700) return;  // it is on its way
      turned = performance.now();
      panel.scrollTo({ left: x - 0.15 * room, behavior: still.matches ? "auto" : "smooth" });
    },
  };
}

function tokens(panel, data, seek) {
  const timed = data.tokens.length > 0 && data.tokens[0][0] !== null;
  let here = null;
  const lines = data.tokens.map(([bar, words]) => {
    const line = made("li", timed ? "bar" : "");
    if (timed) {
      line.append(made("b", "", bar + data.first));
      line.addEventListener("click", () => seek(data.bars[bar]));
    }
    line.append(...words.map((word) => made("code", "", word)));
    return line;
  });
  panel.querySelector("ol").replaceChildren(...lines);
  const follow = () => {
    if (!here || !panel.clientHeight) return;
    const [above, below] = [here.offsetTop, here.offsetTop + here.offsetHeight];
    if (above >= panel.scrollTop && below <= panel.scrollTop + panel.clientHeight) return;
    panel.scrollTo({ top: above - 12, behavior: still.matches ? "auto" : "smooth" });
  };
  return {
    draw() {},
    show(second, begun) {
      if (!timed) return;
      const line = begun ? lines[last(data.bars.length, second, (place) => data.bars[place])] ?? null : null;
      if (line === here) return;
      here?.classList.remove("on");
      here = line;
      here?.classList.add("on");
      follow();
    },
    follow,
  };
}

function player(root, data) {
  const audio = root.querySelector("audio"), where = root.querySelector(".where"), said = root.querySelector(".said");
  const tabs = [...root.querySelectorAll("[role=tab]")], panels = [...root.querySelectorAll("[role=tabpanel]")];
  const before = kept.get(data.id) ?? { second: 0, view: "score", begun: false };
  const ended = new AbortController();
  const listen = (element, name, act) => element.addEventListener(name, act, { signal: ended.signal });
  let words = null, view = before.view, begun = before.begun, frame = 0;
  const seek = (second) => {
    begun = true;
    audio.currentTime = Math.min(Math.max(second, 0), data.seconds);
    show();
    views[view].follow(audio.currentTime);
  };
  const views = { score: score(panels[0], data, seek), roll: roll(panels[1], data, seek) };
  views.tokens = tokens(panels[2], data, seek);
  tabs[2].hidden = data.tokens.length === 0;
  const place = () => {
    const bar = Math.max(last(data.bars.length, audio.currentTime + 1e-3, (at) => data.bars[at]), 0);
    return fill(words.bar, { number: bar + data.first, count: data.bars.length - 1 + data.first });
  };
  const show = () => {
    if (!words) return;
    views[view].show(audio.currentTime, begun);
    where.textContent = place();
  };
  const turn = () => {
    show();
    if (view === "roll") views.roll.follow(audio.currentTime);
    frame = audio.paused ? 0 : requestAnimationFrame(turn);
  };
  const draw = () => { views[view].draw(words); show(); };
  const open = (name, focus) => {
    view = name;
    VIEWS.forEach((each, number) => {
      tabs[number].setAttribute("aria-selected", each === name);
      tabs[number].tabIndex = each === name ? 0 : -1;
      panels[number].hidden = each !== name;
    });
    if (focus) tabs[VIEWS.indexOf(name)].focus();
    draw();
    if (begun) views[view].follow(audio.currentTime);
  };
  const step = (list, forward) => {
    const now = audio.currentTime;
    // a little before a beat is on it; just behind it, one goes to the beat before
    const at = forward ? last(list.length, now + 0.03, (each) => list[each]) + 1
      : last(list.length, now - (audio.paused ? 0.03 : 0.3), (each) => list[each]);
    seek(at >= list.length ? data.seconds : list[Math.max(at, 0)]);
    said.textContent = place();
  };
  listen(audio, "play", () => {
    if (sounding && sounding !== audio) sounding.pause();
    sounding = audio;
    begun = true;
    cancelAnimationFrame(frame);
    turn();
    views[view].follow(audio.currentTime);
  });
  for (const name of ["pause", "seeked", "ended", "timeupdate"]) listen(audio, name, show);
  listen(audio, "seeking", () => { begun = begun || audio.currentTime > 0; show(); });
  tabs.forEach((tab, number) => listen(tab, "click", () => open(VIEWS[number])));
  listen(root.querySelector("[role=tablist]"), "keydown", (event) => {
    const shown = VIEWS.filter((_, number) => !tabs[number].hidden), at = shown.indexOf(view);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1 + shown.length, Home: 0, End: shown.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    open(shown[to % shown.length], true);
  });
  panels.forEach((panel) => listen(panel, "keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const list = event.shiftKey ? data.bars : data.beats;
    const act = {
      " ": () => { if (audio.paused) audio.play().catch(() => {}); else audio.pause(); },
      ArrowRight: () => step(list, true), ArrowLeft: () => step(list, false),
      Home: () => seek(0), End: () => seek(data.bars.at(-1)),
    }[event.key];
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  }));
  const watch = new ResizeObserver(() => { if (words) draw(); });
  watch.observe(root);
  persist(audio, "loadeddata", () => {
    const second = audio.currentTime || before.second;
    audio.src = data.audio;
    audio.currentTime = second;
  }, ended.signal);
  audio.src = data.audio;
  if (before.second) audio.currentTime = before.second;
  return {
    data,
    say(sentences) {
      words = sentences;
      root.setAttribute("aria-label", words.told);
      audio.setAttribute("aria-label", `${words.sound} ${words.told}`);
      root.querySelector("[role=tablist]").setAttribute("aria-label", words.views);
      tabs.forEach((tab, number) => { tab.textContent = words.tabs[number]; });
      panels.forEach((panel, number) => panel.setAttribute("aria-label", `${words.tabs[number]}. ${words.how}`));
      root.querySelector(".how").textContent = words.how;
      open(view);
    },
    end() {
      kept.delete(data.id);  // so that the last one comes last
      kept.set(data.id, { second: audio.currentTime, view, begun });
      if (kept.size > 50) kept.delete(kept.keys().next().value);
      ended.abort();
      watch.disconnect();
      cancelAnimationFrame(frame);
      audio.pause();
      if (sounding === audio) sounding = null;
    },
  };
}

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".player");
  // the page is drawn again for many reasons, and the sound goes on
  if (root.player && (root.player.data.id !== data.id || root.player.data.audio !== data.audio)) {
    root.player.end();
    root.player = null;
  }
  root.player = root.player ?? player(root, data);
  root.player.say(data.words);
  return () => { root.player?.end(); root.player = null; };
}
"""
