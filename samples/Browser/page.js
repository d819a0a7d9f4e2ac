import { Segmenter } from './segmenter.js';

const OPACITY = 0.6;
const VOID = 255;
const status = document.getElementById('status');

function say(state, text) {
  status.dataset.state = state;
  status.textContent = text;
}

/** The photograph as it is stored, without colour management: what GSS.ML reads. */
async function read(blob) {
  const bitmap = await createImageBitmap(blob, { colorSpaceConversion: 'none', premultiplyAlpha: 'none' });
  const canvas = document.getElementById('photograph');
  [canvas.width, canvas.height] = [bitmap.width, bitmap.height];
  const context = canvas.getContext('2d', { willReadFrequently: true });
  context.drawImage(bitmap, 0, 0);
  return context.getImageData(0, 0, bitmap.width, bitmap.height);
}

/** Paints the classes over the photograph, and lists those that occur. */
function show(image, labels, classes) {
  const canvas = document.getElementById('labels');
  [canvas.width, canvas.height] = [image.width, image.height];
  const painted = new ImageData(new Uint8ClampedArray(image.data), image.width, image.height);
  const colors = classes.colors.map(text => [1, 3, 5].map(at => parseInt(text.slice(at, at + 2), 16)));
  const counts = new Array(classes.names.length).fill(0);
  labels.forEach((id, pixel) => {
    if (id === VOID) return;
    counts[id]++;
    for (let channel = 0; channel < 3; channel++) {
      const at = 4 * pixel + channel;
      painted.data[at] = Math.round((1 - OPACITY) * painted.data[at] + OPACITY * colors[id][channel]);
    }
  });
  canvas.getContext('2d').putImageData(painted, 0, 0);
  document.getElementById('legend').replaceChildren(...classes.names.flatMap((name, id) => {
    if (counts[id] === 0) return [];
    const entry = document.createElement('li'), square = document.createElement('i');
    square.style.background = classes.colors[id];
    entry.append(square, `${name} ${(100 * counts[id] / labels.length).toFixed(1)} %`);
    return [entry];
  }));
}

async function score(segmenter, blob) {
  say('scoring', 'Scoring …');
  const image = await read(blob);
  const start = performance.now();
  const labels = await segmenter.predict(image);
  const milliseconds = performance.now() - start;
  show(image, labels, segmenter.classes);
  say('done', `${image.width} × ${image.height} pixels in ${milliseconds.toFixed(0)} ms, ${segmenter.threads} thread${segmenter.threads === 1 ? '' : 's'}.`);

  // For check.mjs.
  window.result = { width: image.width, height: image.height, labels, milliseconds, threads: segmenter.threads };
}

async function start() {
  const segmenter = await Segmenter.load('model/model.onnx', 'model/classes.json');
  document.getElementById('file').addEventListener('change', event => {
    const file = event.target.files[0];
    if (file) score(segmenter, file).catch(fail);
  });
  const sample = await fetch('model/sample.png');
  await (sample.ok ? score(segmenter, await sample.blob()) : say('ready', 'Choose a photograph.'));
}

function fail(error) {
  say('failed', `It did not work: ${error.message ?? error}`);
}

start().catch(fail);
