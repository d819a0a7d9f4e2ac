// The server's side of the page: one request, with everything that is shown in its answer.

import { decode } from './upright.js';

/** What the server, or the way to it, has against a photograph: one sentence. */
export class Refusal extends Error {
  /** The most pixels that the server takes, where the photograph has more. */
  mostPixels = null;
}

/**
 * Segments a photograph.
 * @param {Blob} file Its file.
 * @param {string} name What messages call it.
 * @param {AbortSignal} signal Ends it early.
 * @returns The two files to download, and for each pixel its class id and confidence in percent.
 */
export async function segment(file, name, signal) {
  const body = new FormData();
  body.append('file', file, name);
  const response = await send(body, signal);
  if (!response.ok) {
    throw await refusalOf(response);
  }

  const form = await response.formData();
  const shares = form.get('shares');
  return {
    png: form.get('labels'),
    json: shares,
    ...JSON.parse(await shares.text()),
    ids: await bytesOf(form, 'ids'),
    confidence: await bytesOf(form, 'confidence'),
  };
}

/** The photograph with at most so many pixels, as a JPEG file. */
export async function shrink(file, mostPixels) {
  const whole = await decode(file);
  const scale = Math.min(1, Math.sqrt(mostPixels / (whole.width * whole.height)));
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [Math.floor(whole.width * scale), Math.floor(whole.height * scale)];
  const context = canvas.getContext('2d');
  context.imageSmoothingQuality = 'high';
  context.drawImage(whole, 0, 0, canvas.width, canvas.height);
  return new Promise(resolve => canvas.toBlob(resolve, 'image/jpeg', 0.95));
}

async function send(body, signal) {
  try {
    return await fetch('segment', { method: 'POST', headers: { Accept: 'multipart/form-data' }, body, signal });
  } catch (error) {
    if (signal.aborted) {
      throw error;
    }

    throw new Refusal('The server did not answer: it has ended, or the file could not be read or is larger than the server takes.');
  }
}

async function refusalOf(response) {
  const problem = await response.json().catch(() => ({}));
  const refusal = new Refusal(problem.detail ?? `The server answered with ${response.status}.`);
  refusal.mostPixels = problem.mostPixels ?? null;
  return refusal;
}

const bytesOf = async (form, name) => new Uint8Array(await form.get(name).arrayBuffer());
