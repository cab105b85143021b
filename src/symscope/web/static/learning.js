// Four networks while they learn: squares in which the picture emerges, and a slider back in time.

import { el, picture, show } from "./dom.js";
import { percent } from "./words.js";

const CALM_STEPS = 100;
const calm = matchMedia("(prefers-reduced-motion: reduce)");

export class Learning {
  constructor() {
    this.squares = Array.from({ length: 4 }, (_, index) => {
      const image = picture("", `What network ${index + 1} says`, "pixels");
      image.hidden = true;
      const share = el("span", { class: "share" });
      return { image, share, node: el("div", { class: "network" }, el("div", { class: "frame" }, image), share) };
    });
    this.slider = el("input", {
      type: "range", min: 0, max: 0, value: 0, class: "time", "aria-label": "Look back: step of the training",
      oninput: () => this.draw(Number(this.slider.value)),
    });
    this.caption = el("span", { class: "steps" });
    this.back = el("div", { class: "look-back", hidden: true }, this.slider, this.caption);
    this.node = el("div", { class: "learning" }, el("div", { class: "networks" }, ...this.squares.map((one) => one.node)), this.back);
    this.frames = [];
  }

  /** Show the newest frame; someone who wants no motion sees one in ten. */
  follow(frames, over) {
    this.frames = frames;
    if (!frames.length) return;
    const last = frames.length - 1;
    const seldom = calm.matches && !over && last > 0 && frames[last].step % CALM_STEPS !== 0;
    this.slider.max = last;
    this.back.hidden = !over || last === 0;
    if (seldom) return;
    this.slider.value = last;
    this.draw(last);
  }

  draw(index) {
    const frame = this.frames[index];
    if (!frame) return;
    frame.answers.forEach((src, which) => {
      const square = this.squares[which];
      square.image.hidden = false;
      show(square.image, src);
      square.share.textContent = percent(frame.learned[which]);
    });
    this.squares.forEach((square, which) => {
      square.node.hidden = which >= frame.answers.length;
    });
    this.caption.textContent = `step ${frame.step}`;
    this.slider.setAttribute("aria-valuetext", `step ${frame.step}`);
  }

  /** Show what the networks have become, where nobody watched them. */
  finished(answers, learned) {
    if (this.frames.length) return;
    this.squares.forEach(({ image, node, share }, which) => {
      node.hidden = which >= answers.length;
      image.hidden = node.hidden;
      if (node.hidden) return;
      show(image, answers[which]);
      share.textContent = learned ? percent(learned[which]) : "";
    });
  }
}
