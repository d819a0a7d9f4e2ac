// The photograph with its mask: drawing, and what is under the pointer or the cross.

import { colorOf, confidenceColors } from './colors.js';

// A step of the arrow keys, of the longer side.
const STEP = 1 / 40;

export class Picture {
  #answer = null;
  #alone = null;
  #asConfidence = false;
  #at = null;
  #box = document.getElementById('picture');
  #photograph = document.getElementById('photograph');
  #overlay = document.getElementById('overlay');
  #cross = document.getElementById('cross');
  #tag = document.getElementById('tag');
  #spoken = document.getElementById('spoken');
  #how = document.getElementById('how');

  /** @param {(id: number?) => void} chosen Hears of the class that is to be shown alone; null means all. */
  constructor(chosen) {
    this.#box.addEventListener('pointermove', event => this.#point(...this.#pixelAt(event), false));
    this.#box.addEventListener('pointerdown', event => this.#point(...this.#pixelAt(event), false));
    this.#box.addEventListener('pointerleave', event => {
      // A finger that is lifted leaves, too: what it touched is still to be read.
      if (event.pointerType !== 'touch') {
        this.#leave();
      }
    });
    this.#box.addEventListener('blur', () => this.#leave());
    this.#box.addEventListener('click', () => this.#answer && this.#at && chosen(this.#idAt(...this.#at)));
    this.#box.addEventListener('keydown', event => this.#press(event, chosen));
  }

  /** Shows a photograph without a mask. */
  show(upright) {
    this.clear();
    this.#resize(this.#photograph, upright);
    this.#photograph.getContext('2d').drawImage(upright, 0, 0);
  }

  /** Puts the mask over the photograph; where the browser could not read that, over nothing. */
  cover(answer) {
    if (this.#box.hidden) {
      this.#resize(this.#photograph, answer);
    }

    this.#answer = answer;
    this.#resize(this.#overlay, answer);
    this.#draw();
  }

  /** Takes the picture away. */
  clear() {
    [this.#answer, this.#alone, this.#at] = [null, null, null];
    this.#box.hidden = this.#how.hidden = true;
    this.#box.classList.remove('used');
    this.#overlay.width = this.#overlay.height = 0;
    this.#leave();
  }

  set opacity(percent) {
    this.#overlay.style.opacity = percent / 100;
  }

  /** The one class that is shown; null shows all. */
  set alone(id) {
    this.#alone = id;
    this.#draw();
  }

  set asConfidence(on) {
    this.#asConfidence = on;
    this.#draw();
  }

  #resize(canvas, { width, height }) {
    [canvas.width, canvas.height] = [width, height];
    this.#box.style.setProperty('--ratio', width / height);
    this.#box.hidden = this.#how.hidden = false;
  }

  #draw() {
    if (!this.#answer) {
      return;
    }

    const { width, height, ids, confidence, classes } = this.#answer;
    const image = new ImageData(width, height);
    const colors = this.#asConfidence ? confidenceColors : classes.map(one => colorOf(one.color));
    const indices = this.#asConfidence ? confidence : ids;
    for (let i = 0; i < ids.length; i++) {
      if (this.#alone === null || ids[i] === this.#alone) {
        const [red, green, blue] = colors[indices[i]];
        image.data[4 * i] = red;
        image.data[4 * i + 1] = green;
        image.data[4 * i + 2] = blue;
        image.data[4 * i + 3] = 255;
      }
    }

    this.#overlay.getContext('2d').putImageData(image, 0, 0);
  }

  #idAt(x, y) {
    return this.#answer.ids[y * this.#answer.width + x];
  }

  #pixelAt(event) {
    const { left, top, width, height } = this.#box.getBoundingClientRect();
    return [Math.floor((event.clientX - left) / width * this.#overlay.width), Math.floor((event.clientY - top) / height * this.#overlay.height)];
  }

  // Says what a pixel is, beside it.
  #point(x, y, byKey) {
    if (!this.#answer) {
      return;
    }

    const { width, height, classes, confidence } = this.#answer;
    [x, y] = [Math.max(0, Math.min(width - 1, x)), Math.max(0, Math.min(height - 1, y))];
    this.#at = [x, y];
    const [left, top] = [100 * (x + 0.5) / width, 100 * (y + 0.5) / height];
    this.#tag.textContent = `${classes[this.#idAt(x, y)].name} · ${confidence[y * width + x]} %`;
    this.#tag.style.left = this.#cross.style.left = `${left}%`;
    this.#tag.style.top = this.#cross.style.top = `${top}%`;
    this.#tag.style.translate = `${left > 50 ? 'calc(-100% - 1rem)' : '1rem'} ${top > 50 ? 'calc(-100% - .5rem)' : '.5rem'}`;
    this.#tag.hidden = false;
    this.#cross.hidden = !byKey;
    if (byKey) {
      this.#spoken.textContent = `${this.#tag.textContent} sure, at ${x}, ${y}`;
    }
  }

  #leave() {
    this.#tag.hidden = this.#cross.hidden = true;
  }

  #press(event, chosen) {
    if (!this.#answer || event.ctrlKey || event.metaKey || event.altKey) {
      return;
    }

    const { width, height } = this.#answer;
    const [x, y] = this.#at ?? [width >> 1, height >> 1];
    const step = event.shiftKey ? 1 : Math.max(1, Math.round(STEP * Math.max(width, height)));
    const moves = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] };
    if (event.key in moves) {
      const [right, down] = this.#cross.hidden && this.#at === null ? [0, 0] : moves[event.key];
      this.#point(x + right, y + down, true);
      this.#box.classList.add('used');
    } else if (event.key === 'Enter' && this.#at) {
      chosen(this.#idAt(x, y));
    } else if (event.key === 'Escape') {
      this.#leave();
      chosen(null);
    } else {
      return;
    }

    event.preventDefault();
  }
}
