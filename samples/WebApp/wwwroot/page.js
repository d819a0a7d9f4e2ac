// What the page does with a photograph, wherever it comes from. The newest wins: an older one that is still on its way is given up.

import { Legend, wordsOf } from './legend.js';
import { Picture } from './picture.js';
import { Refusal, segment, shrink } from './segmentation.js';
import { listen, listSamples } from './sources.js';
import { decode } from './upright.js';

const [main, stage, invitation, alertBox, statusLine, smaller, result, opacity, opacityValue, confidence, ramp, png, json] =
  ['main', 'stage', 'invitation', 'alert', 'status', 'smaller', 'result', 'opacity', 'opacity-value', 'confidence', 'ramp', 'png', 'json'].map(id => document.getElementById(id));

const legend = new Legend(id => { picture.alone = id; });
const picture = new Picture(id => legend.choose(id));
let running = null;

/**
 * Shows a photograph and what the model sees in it.
 * @param {string} name What to call it.
 * @param {(signal: AbortSignal) => Promise<Blob>} open Gives its file.
 */
async function run(name, open) {
  running?.abort();
  const mine = running = new AbortController();
  const start = performance.now();
  enter('busy', `Segmenting ${name} …`);
  try {
    const file = await open(mine.signal);
    const shown = preview(file, mine.signal);
    const answer = await segment(file, name, mine.signal).catch(error => offerSmaller(error, file, name));
    await shown;
    if (!mine.signal.aborted) {
      finish(name, answer, performance.now() - start);
    }
  } catch (error) {
    if (!mine.signal.aborted) {
      // The photograph may still be on its way to the screen.
      mine.abort();
      picture.clear();
      enter('failed', '', error instanceof Refusal ? error.message : `The photograph could not be shown: ${error.message}`);
    }
  }
}

// What the browser cannot read is left to the server, which says why.
async function preview(file, signal) {
  const upright = await decode(file).catch(() => null);
  if (upright && !signal.aborted) {
    picture.show(upright);
    invitation.hidden = true;
  }
}

function offerSmaller(error, file, name) {
  if (error.mostPixels) {
    smaller.hidden = false;
    smaller.onclick = () => run(name, () => shrink(file, error.mostPixels));
  }

  throw error;
}

function finish(name, answer, milliseconds) {
  picture.cover(answer);
  const present = legend.show(answer.classes);
  const stem = name.replace(/\.[^.]*$/, '');
  offer(png, answer.png, `${stem}-labels.png`);
  offer(json, answer.json, `${stem}-shares.json`);
  enter('done', `${name}: ${answer.width} × ${answer.height} pixels in ${(milliseconds / 1000).toFixed(1)} s. Most of it: ${wordsOf(present)}.`);
}

function offer(link, file, name) {
  URL.revokeObjectURL(link.href);
  link.href = URL.createObjectURL(file);
  link.download = name;
}

/** Brings the page into a state: busy, done or failed. */
function enter(state, words, alertWords = '') {
  main.dataset.state = state;
  stage.setAttribute('aria-busy', state === 'busy');
  statusLine.textContent = words;
  alertBox.textContent = alertWords;
  if (state !== 'failed') {
    smaller.hidden = true;
  }

  result.hidden = state !== 'done';
  invitation.hidden = state === 'done' || (state === 'busy' && invitation.hidden);
  if (state === 'busy') {
    picture.clear();
  }
}

opacity.addEventListener('input', () => {
  picture.opacity = opacity.value;
  opacityValue.textContent = `${opacity.value} %`;
});
confidence.addEventListener('change', () => {
  picture.asConfidence = confidence.checked;
  ramp.hidden = !confidence.checked;
});
listSamples(run);
listen(run);
