// The classes of a photograph, each with its share; one of them can be shown alone.

const percent = share => `${(100 * share).toFixed(share > 0 && share < 0.001 ? 2 : 1)} %`;

export class Legend {
  #alone = null;
  #buttons = new Map();
  #changed;
  #list = document.getElementById('legend');
  #absent = document.getElementById('absent');

  /** @param {(id: number?) => void} changed Hears of the class that is shown alone; null means all. */
  constructor(changed) {
    this.#changed = changed;
  }

  /** Lists classes, the largest share first. */
  show(classes) {
    this.#alone = null;
    this.#buttons.clear();
    const present = classes.filter(one => one.share > 0).sort((a, b) => b.share - a.share);
    this.#list.replaceChildren(...present.map(one => this.#entryOf(one)));
    const missing = classes.filter(one => one.share === 0).map(one => one.name);
    this.#absent.textContent = missing.length > 0 ? `Not in this photograph: ${missing.join(', ')}.` : '';
    return present;
  }

  /** Shows one class alone, or all again where it is alone already. */
  choose(id) {
    this.#alone = id === this.#alone ? null : id;
    for (const [other, button] of this.#buttons) {
      button.setAttribute('aria-pressed', other === this.#alone);
    }

    this.#changed(this.#alone);
  }

  #entryOf({ id, name, color, share }) {
    const entry = document.createElement('li'), button = document.createElement('button');
    const [square, label, number, bar] = ['i', 'b', 'span', 'u'].map(tag => document.createElement(tag));
    square.style.background = color;
    label.textContent = name;
    number.textContent = percent(share);
    bar.style.setProperty('--share', `${100 * share}%`);
    button.type = 'button';
    button.setAttribute('aria-pressed', false);
    button.append(square, label, number, bar);
    button.addEventListener('click', () => this.choose(id));
    this.#buttons.set(id, button);
    entry.append(button);
    return entry;
  }
}

/** The largest shares in words. */
export const wordsOf = present => present.slice(0, 3).map(one => `${one.name} ${percent(one.share)}`).join(', ');
