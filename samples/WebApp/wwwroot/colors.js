// The colours of the mask: red, green and blue of each index.

// Low to high confidence, told apart by the colour-blind too (viridis); style.css has the same.
const RAMP = ['#440154', '#3b528b', '#21918c', '#5ec962', '#fde725'].map(colorOf);

/** Of "#808040". */
export function colorOf(text) {
  return [1, 3, 5].map(at => parseInt(text.slice(at, at + 2), 16));
}

/** Of each confidence from 0 to 100 percent. */
export const confidenceColors = Array.from({ length: 101 }, (_, percent) => {
  const place = percent / 100 * (RAMP.length - 1);
  const below = Math.min(Math.floor(place), RAMP.length - 2);
  return RAMP[below].map((value, channel) => Math.round(value + (place - below) * (RAMP[below + 1][channel] - value)));
});
