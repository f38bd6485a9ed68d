// A student's answer, computed here: its layers one after the other, as its architecture lists them. Plain arithmetic,
// with the same numbers as torch to rounding; catalog/architecture.py says what each layer does.

/** @typedef {import("./safetensors.js").Tensor} Tensor an image or maps: (channels, height, width), or (values,) */
/** @typedef {{kind: string, name?: string, [property: string]: any}} Layer */
/** @typedef {(name: string) => Tensor} Weights by the name of a layer and “.weight” or “.bias” */

/**
 * The logits of an image, one for each class. Throws RangeError for a layer that no student has.
 * @param {Layer[]} layers the first one is the Image @param {Weights} weights @param {Float32Array} image standardised
 */
export function logits(layers, weights, image) {
  const [{ channels, side }, ...rest] = layers
  const seen = { values: image, shape: [channels, side, side] }
  return rest.reduce((maps, layer) => passed(maps, layer, weights), seen).values
}

/**
 * Pixels 0 … 255 in rows, channel after channel, as the networks see them: of pixels in 0 … 1, minus the mean, divided
 * by the spread of their channel. @param {ArrayLike<number>} pixels @param {number[]} mean @param {number[]} spread
 */
export function standardised(pixels, mean, spread) {
  const each = pixels.length / mean.length
  return Float32Array.from(pixels, (pixel, at) => {
    const channel = Math.floor(at / each)
    return (pixel / 255 - mean[channel]) / spread[channel]
  })
}

/** What comes out of a layer. @param {Tensor} maps what goes in @param {Layer} layer @param {Weights} weights */
function passed(maps, layer, weights) {
  switch (layer.kind) {
    case "Conv":
      return convolved(maps, layer, weights)
    case "Linear":
      return linear(maps, layer, weights)
    case "Relu":
      return { ...maps, values: maps.values.map((value) => (value > 0 ? value : layer.slope * value)) }
    case "Flatten":
      return { ...maps, shape: [maps.values.length] }
    case "Features": // a place to look at, nothing to compute
      return maps
  }
  throw new RangeError(`a student has no layer of the kind ${layer.kind}`)
}

/** Every output is the sum of all inputs, each times its weight. @param {Tensor} maps @param {Layer} layer
 * @param {Weights} weights */
function linear({ values }, { name, outputs, bias }, weights) {
  const weight = weights(`${name}.weight`).values
  const result = bias ? weights(`${name}.bias`).values.slice() : new Float32Array(outputs)
  for (let output = 0; output < outputs; output++) result[output] += product(weight, output, values)
  return { values: result, shape: [outputs] }
}

/** Every filter looks at every place: the patch of pixels there, each times the filter's number for it, summed.
 * @param {Tensor} maps @param {Layer} layer @param {Weights} weights */
function convolved(maps, { name, outputs, filter, stride, padding, bias }, weights) {
  const [channels, height, width] = maps.shape
  const [rows, columns] = [height, width].map((side) => Math.floor((side + 2 * padding - filter) / stride) + 1)
  const weight = weights(`${name}.weight`).values
  const offsets = bias ? weights(`${name}.bias`).values : new Float32Array(outputs)
  const result = new Float32Array(outputs * rows * columns)
  const patch = new Float32Array(channels * filter * filter)
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      look(patch, maps, row * stride - padding, column * stride - padding, filter)
      for (let output = 0; output < outputs; output++)
        result[(output * rows + row) * columns + column] = offsets[output] + product(weight, output, patch)
    }
  }
  return { values: result, shape: [outputs, rows, columns] }
}

/** Fill a patch with the square of `side` × `side` pixels from (top, left) on; beyond the edge there is 0.
 * @param {Float32Array} patch @param {Tensor} maps @param {number} top @param {number} left @param {number} side */
function look(patch, { values, shape: [channels, height, width] }, top, left, side) {
  let at = 0
  for (let channel = 0; channel < channels; channel++) {
    for (let y = top; y < top + side; y++) {
      for (let x = left; x < left + side; x++)
        patch[at++] = y >= 0 && y < height && x >= 0 && x < width ? values[(channel * height + y) * width + x] : 0
    }
  }
}

/** The sum of products of some values with one row of weights. @param {Float32Array} weights @param {number} row
 * @param {Float32Array} values */
function product(weights, row, values) {
  const start = row * values.length
  let sum = 0
  for (let at = 0; at < values.length; at++) sum += weights[start + at] * values[at]
  return sum
}
