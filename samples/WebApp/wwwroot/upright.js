// Photographs upright, as the server reads them. Browsers turn JPEG and PNG themselves as their EXIF orientation says, but not all turn WebP: that is done here.

const ORIENTATION = 0x0112, SHORT = 3;

// For orientations 2 to 8: where a stored photograph of w × h pixels is drawn.
const TURNS = [
  (w, h) => [-1, 0, 0, 1, w, 0], (w, h) => [-1, 0, 0, -1, w, h], (w, h) => [1, 0, 0, -1, 0, h],
  () => [0, 1, 1, 0, 0, 0], (w, h) => [0, 1, -1, 0, h, 0], (w, h) => [0, -1, -1, 0, h, w], (w, h) => [0, -1, 1, 0, 0, w],
];

/** Decodes the file of a photograph: something with a width and a height that can be drawn. */
export async function decode(file) {
  const bytes = new Uint8Array(await file.arrayBuffer());
  const exif = findWebpExif(bytes);
  if (!exif) {
    return createImageBitmap(file);
  }

  // Unknown chunks are passed over, so that no browser turns what is turned here.
  const orientation = orientationOf(new DataView(bytes.buffer, exif.start, exif.length));
  bytes.set([0x58, 0x58, 0x58, 0x58], exif.start - 8);
  bytes[20] &= ~8;
  const stored = await createImageBitmap(new Blob([bytes]));
  return orientation > 1 ? turn(stored, orientation) : stored;
}

// A WebP file with EXIF is a list of chunks: four letters, length, content, and a byte more where that is odd.
function findWebpExif(bytes) {
  const text = (from, to) => String.fromCharCode(...bytes.subarray(from, to));
  if (text(0, 4) !== 'RIFF' || text(8, 16) !== 'WEBPVP8X') {
    return null;
  }

  const view = new DataView(bytes.buffer);
  for (let at = 12; at + 8 <= bytes.length;) {
    const length = view.getUint32(at + 4, true), start = at + 8;
    if (text(at, at + 4) === 'EXIF') {
      return start + length <= bytes.length ? { start, length } : null;
    }

    at = start + length + length % 2;
  }

  return null;
}

function orientationOf(exif) {
  try {
    const little = exif.getUint16(0) === 0x4949;
    const first = exif.getUint32(4, little), count = exif.getUint16(first, little);
    for (let entry = first + 2; entry < first + 2 + 12 * count; entry += 12) {
      if (exif.getUint16(entry, little) === ORIENTATION && exif.getUint16(entry + 2, little) === SHORT) {
        const found = exif.getUint16(entry + 8, little);
        return found <= 8 ? found : 1;
      }
    }
  } catch (error) {
    // It ends early: as if there were none.
  }

  return 1;
}

function turn(stored, orientation) {
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = orientation > 4 ? [stored.height, stored.width] : [stored.width, stored.height];
  const context = canvas.getContext('2d');
  context.setTransform(...TURNS[orientation - 2](stored.width, stored.height));
  context.drawImage(stored, 0, 0);
  return canvas;
}
