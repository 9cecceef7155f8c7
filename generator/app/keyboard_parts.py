"""What the keyboard on the page is made of: a piano, the lengths of notes, and a strip of what was played."""

from __future__ import annotations

__all__ = ["CSS", "HTML"]

HTML = """
<div class="board">
  <div class="tools lengths" role="group">
    <button type="button" data-length="1"><svg viewBox="0 0 22 30"><ellipse cx="7" cy="24" rx="5" ry="3.6"
      transform="rotate(-20 7 24)"/><path d="M11.5 23V4c1 5 7 5 6 12 0-4-3-5-6-6V10c1 5 7 5 6 12 0-4-3-5-6-6"/></svg>
    </button>
    <button type="button" data-length="2"><svg viewBox="0 0 22 30"><ellipse cx="7" cy="24" rx="5" ry="3.6"
      transform="rotate(-20 7 24)"/><path d="M11.5 23V4c1 6 8 6 6 14 0-5-3-6-6-7"/></svg></button>
    <button type="button" data-length="4"><svg viewBox="0 0 22 30"><ellipse cx="9" cy="24" rx="5" ry="3.6"
      transform="rotate(-20 9 24)"/><path d="M13.5 23V4" class="line"/></svg></button>
    <button type="button" data-length="8"><svg viewBox="0 0 22 30"><ellipse cx="9" cy="24" rx="4.6" ry="3.2"
      transform="rotate(-20 9 24)" class="line"/><path d="M13.5 23V4" class="line"/></svg></button>
    <button type="button" data-length="16"><svg viewBox="0 0 22 30"><ellipse cx="11" cy="22" rx="6" ry="3.6"
      class="line wide"/></svg></button>
    <button type="button" class="dot"></button>
    <button type="button" class="rest"><svg viewBox="0 0 22 30"><path class="line"
      d="M8 4l6 7-5 4 6 7c-5-2-7 1-4 5"/></svg></button>
  </div>
  <div class="scroll"><div class="piano" role="group"></div></div>
  <div class="tools">
    <button type="button" class="lower"></button>
    <span class="range"></span>
    <button type="button" class="higher"></button>
    <span class="gap"></span>
    <button type="button" class="undo"><svg viewBox="0 0 24 24"><path class="line"
      d="M9 5L4 10l5 5M4 10h10a5.5 5.5 0 0 1 0 11h-3"/></svg></button>
    <button type="button" class="clear"><svg viewBox="0 0 24 24"><path class="line"
      d="M4 7h16M9 7V4h6v3M6.5 7l1 13h9l1-13M10 11v5M14 11v5"/></svg></button>
    <button type="button" class="hear"><svg viewBox="0 0 24 24"><path class="start" d="M7 4l13 8-13 8z"/><path
      class="end" d="M6 6h12v12H6z"/></svg></button>
  </div>
  <div class="strip" role="img"></div>
  <div class="told" role="status" aria-live="polite"></div>
  <div class="tools time">
    <button type="button" class="record"></button>
    <label><span class="tempo-label"></span> <input class="tempo" type="number" min="30" max="240" step="1" value="80">
    </label>
    <label><span class="grid-label"></span> <select class="grid"></select></label>
  </div>
  <p class="how"></p>
</div>
"""

CSS = """
.board { font-family: var(--st-font); color: var(--st-text-color); font-size: .875rem; --edge: color-mix(in srgb,
  var(--st-text-color) 25%, transparent); }
.tools { display: flex; flex-wrap: wrap; gap: .35rem; align-items: center; margin: .45rem 0; }
.lengths { display: grid; grid-template-columns: repeat(7, 1fr); }
.tools .gap { flex: 1; }
.tools button, .tools input, .tools select { font: inherit; color: inherit; background: var(--st-background-color);
  border: 1px solid var(--edge); border-radius: var(--st-base-radius); min-height: 2.25rem; padding: 0 .55rem; }
.tools button { min-width: 2.25rem; cursor: pointer; }
.lengths button { padding: 0; }
.lengths .dot { font-size: 1.5rem; line-height: 1; }
.tools button:hover { border-color: var(--st-primary-color); color: var(--st-primary-color); }
.tools button:disabled { opacity: .4; cursor: default; border-color: var(--edge); color: inherit; }
.tools button[aria-pressed="true"] { background: var(--st-primary-color); border-color: var(--st-primary-color);
  color: var(--st-background-color); }
.tools input { width: 3.8rem; }
.tools label { white-space: nowrap; }
.tools .undo, .tools .clear, .tools .hear { padding: 0 .4rem; }
.hear .end, .hear.playing .start { display: none; }
.hear.playing .end { display: inline; }
.tools svg { height: 1.5rem; display: block; margin: 0 auto; fill: currentColor; }
.tools .line { fill: none; stroke: currentColor; stroke-width: 1.8; }
.tools .wide { stroke-width: 2.4; }
.tools .lower, .tools .higher { font-size: 1.1rem; }
.range { min-width: 4.6rem; text-align: center; font-variant-numeric: tabular-nums; }
.scroll { overflow-x: auto; padding: 3px; margin: -3px; }
.piano { position: relative; display: flex; height: 9rem; min-width: 240px; touch-action: pan-x; user-select: none;
  -webkit-user-select: none; }
.piano button { font: inherit; font-size: .7rem; padding: 0; margin: 0; cursor: pointer; color: #55504a; display: flex;
  flex-direction: column; justify-content: flex-end; align-items: center; gap: .1rem; line-height: 1.1; }
.piano .white { flex: 1 1 0; min-width: 24px; background: #fcfbf8; border: 1px solid #8d877e; border-left-width: 0;
  border-radius: 0 0 5px 5px; padding-bottom: .35rem; }
.piano .white:first-child { border-left-width: 1px; }
.piano .black { position: absolute; top: 0; height: 60%; width: calc(60% / var(--whites)); transform: translateX(-50%);
  background: #26221e; border: 1px solid #8d877e; border-top: 0; border-radius: 0 0 4px 4px; color: #d9d3ca;
  padding-bottom: .25rem; z-index: 1; }
.piano .down { background: var(--st-primary-color); color: var(--st-background-color); }
.piano b { font-weight: 600; }
button:focus-visible, input:focus-visible, select:focus-visible { outline: 3px solid var(--st-primary-color);
  outline-offset: 1px; z-index: 2; }
.piano .white:focus-visible { outline-offset: -4px; z-index: 0; }
.piano small { opacity: .75; font-size: .65rem; }
@media (hover: none) { .piano small, .how { display: none; } }
.strip { display: flex; flex-wrap: wrap; gap: .2rem; min-height: 2.1rem; max-height: 9.5rem; overflow-y: auto;
  align-items: center; padding: .35rem; border: 1px dashed var(--edge); border-radius: var(--st-base-radius);
  background: var(--st-secondary-background-color); }
.strip i { font-style: normal; text-align: center; border-radius: 3px; padding: .1rem .15rem; white-space: nowrap;
  background: color-mix(in srgb, var(--st-primary-color) 22%, transparent); font-variant-numeric: tabular-nums; }
.strip i.silent { background: none; box-shadow: inset 0 0 0 1px var(--edge); opacity: .75; }
.strip i.on { background: var(--st-primary-color); color: var(--st-background-color); }
.strip u { width: 2px; height: 1.4rem; background: var(--st-text-color); opacity: .55; }
.strip em { font-style: normal; opacity: .75; }
.told { min-height: 1.4em; margin-top: .3rem; font-variant-numeric: tabular-nums; }
.how { margin: .3rem 0 0; opacity: .8; font-size: .8rem; }
.recording .record { background: #b3261e; border-color: #b3261e; color: #fff; }
"""
