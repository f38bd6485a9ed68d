// A small language model's answer, computed here: plain arithmetic, with the same numbers as torch to rounding.
// app/distillation/language.py says what each part does; here a text is read by one model.

/** @typedef {import("./safetensors.js").Tensor} Tensor a matrix is (inputs, outputs) */
/** @typedef {(name: string) => Tensor} Weights by name */
/** @typedef {Float64Array[]} Rows a row of numbers for each word of the text */

/**
 * For each word of a text, the logits of the word after it. @param {{heads: number, blocks: number}} model
 * @param {Weights} weights @param {number[]} text the words by their numbers, as many as the model has places, at most
 * @returns {Rows}
 */
export function nextWordLogits({ heads, blocks }, weights, text) {
  const [words, places] = [weights("words"), weights("places")]
  if (text.length > places.shape[0]) throw new RangeError(`a text has at most ${places.shape[0]} words`)
  let rows = text.map((word, place) => sum(row(words, word), row(places, place)))
  for (let block = 0; block < blocks; block++) {
    const own = (/** @type {string} */ name) => weights(`${block}.${name}`)
    const heard = attention(own, rows.map(norm), heads)
    rows = rows.map((values, place) => sum(values, heard[place]))
    rows = rows.map((values) => sum(values, mlp(own, norm(values))))
  }
  return rows.map((values) => times(norm(values), weights("head")))
}

/** Each word asks, each word so far offers, and who fits gives. @param {Weights} own @param {Rows} rows
 * @param {number} heads @returns {Rows} */
function attention(own, rows, heads) {
  const [ask, offer, give] = ["ask", "offer", "give"].map((name) => rows.map((values) => times(values, own(name))))
  const size = ask[0].length / heads
  return rows.map((_, word) => {
    const heard = new Float64Array(size * heads)
    for (let head = 0; head < heads; head++) {
      const [from, to] = [head * size, (head + 1) * size]
      const asked = ask[word].subarray(from, to)
      const fits = offer.slice(0, word + 1).map((offered) => product(asked, offered.subarray(from, to)) / size ** 0.5)
      const most = Math.max(...fits)
      const powers = fits.map((fit) => Math.exp(fit - most))
      const all = powers.reduce((total, power) => total + power, 0)
      powers.forEach((power, before) => {
        for (let at = from; at < to; at++) heard[at] += (power / all) * give[before][at]
      })
    }
    return times(heard, own("join"))
  })
}

/** Two layers for a word alone, and what is below zero between them is cut off. @param {Weights} own
 * @param {Float64Array} values */
function mlp(own, values) {
  const wide = sum(times(values, own("widen")), own("bias").values).map((value) => Math.max(0, value))
  return times(wide, own("narrow"))
}

/** The numbers of a word with mean 0 and variance 1. @param {Float64Array} values */
function norm(values) {
  const mean = values.reduce((total, value) => total + value, 0) / values.length
  const variance = values.reduce((total, value) => total + (value - mean) ** 2, 0) / values.length
  return values.map((value) => (value - mean) / (variance + 1e-5) ** 0.5)
}

/** A row of numbers times a matrix. @param {Float64Array} values @param {Tensor} matrix */
function times(values, { values: matrix, shape: [, outputs] }) {
  const result = new Float64Array(outputs)
  values.forEach((value, input) => {
    for (let output = 0; output < outputs; output++) result[output] += value * matrix[input * outputs + output]
  })
  return result
}

/** @param {Tensor} matrix @param {number} at */
const row = ({ values, shape: [, width] }, at) => values.subarray(at * width, (at + 1) * width)

/** @param {ArrayLike<number>} one @param {ArrayLike<number>} other */
const sum = (one, other) => Float64Array.from(one, (value, at) => value + other[at])

/** @param {Float64Array} one @param {Float64Array} other */
const product = (one, other) => one.reduce((total, value, at) => total + value * other[at], 0)
