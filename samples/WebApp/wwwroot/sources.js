// Where photographs come from: a file, a drop, the clipboard, the samples.

import { Refusal } from './segmentation.js';

const SAMPLES = 6;

/** Fills the list of samples. */
export function listSamples(run) {
  document.getElementById('samples').replaceChildren(...Array.from({ length: SAMPLES }, (_, index) => {
    const name = `sample-${index + 1}.jpg`, address = `samples/${index + 1}.jpg`;
    const entry = document.createElement('li'), button = document.createElement('button'), image = document.createElement('img');
    button.type = 'button';
    [image.src, image.alt, image.width, image.height] = [address, `Sample ${index + 1}`, 384, 288];
    button.append(image);
    button.addEventListener('click', () => run(name, signal => load(address, signal)));
    entry.append(button);
    return entry;
  }));
}

/** Hears of files that are chosen, dropped and pasted. */
export function listen(run) {
  const take = file => run(file.name || 'photograph', async () => file);
  const chooser = document.getElementById('file');
  chooser.addEventListener('change', () => {
    if (chooser.files.length > 0) {
      take(chooser.files[0]);
    }

    // The same file again is a change, too.
    chooser.value = '';
  });

  document.addEventListener('paste', event => {
    const file = event.clipboardData.files[0];
    if (file) {
      event.preventDefault();
      take(file);
    }
  });

  // Anywhere on the page: a file dropped beside the stage would be opened instead of it.
  const over = on => document.body.classList.toggle('over', on);
  document.addEventListener('dragover', event => {
    event.preventDefault();
    over(true);
  });
  document.addEventListener('dragleave', event => over(event.relatedTarget !== null));
  document.addEventListener('drop', event => {
    event.preventDefault();
    over(false);
    const file = event.dataTransfer.files[0];
    if (file) {
      take(file);
    } else {
      run('what was dropped', async () => { throw new Refusal('Found no file in what was dropped, expected a photograph: save it first, then drop the file.'); });
    }
  });
}

async function load(address, signal) {
  const response = await fetch(address, { signal });
  if (!response.ok) {
    throw new Refusal(`The sample could not be loaded (${response.status}): try another.`);
  }

  return response.blob();
}
