// What recorded networks say about a digit with a patch at any place. Pure.

/**
 * @typedef {{networks: string[], labels: number[], side: number, says: Uint8Array, threes: Uint8Array}} Answers side:
 *   places of the patch in a row and in a column; behind these places stands the digit without a patch
 */

/** Bytes in base64. @param {string} text */
export const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0))

/**
 * What a network answers, and how many networks of its kind answer “three”. @param {Answers} answers @param {string}
 * network @param {number} image its place @param {{left: number, top: number} | null} patch null: none
 */
export function answerOf({ networks, labels, side, says, threes }, network, image, patch) {
  const places = side * side + 1
  const place = patch ? patch.top * side + patch.left : side * side
  const at = (networks.indexOf(network) * labels.length + image) * places + place
  return { says: says[at], threes: threes[at] }
}

/**
 * The place of a patch whose middle is nearest to a point. @param {{x: number, y: number}} point shares of the picture
 * @param {{side: number, size: number}} board @returns {{left: number, top: number}}
 */
export function placeAt({ x, y }, { side, size }) {
  const pixels = side + size - 1
  const within = (/** @type {number} */ share) => Math.min(side - 1, Math.max(0, Math.round(share * pixels - size / 2)))
  return { left: within(x), top: within(y) }
}
