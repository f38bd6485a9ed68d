// A file of weights in safetensors format: the length of its head, the head in JSON, and the numbers.

/** @typedef {{values: Float32Array, shape: number[]}} Tensor */

/**
 * Read a file of float32 or float16 tensors. @param {ArrayBuffer} file
 * @returns {{about: Record<string, any>, tensors: Map<string, Tensor>}} about: its metadata, read where
 * it is JSON; tensors by name. Throws RangeError or SyntaxError if the file is damaged.
 */
export function readTensors(file) {
  const length = Number(new DataView(file).getBigUint64(0, true))
  const head = JSON.parse(new TextDecoder().decode(new Uint8Array(file, 8, length)))
  const { __metadata__: about = {}, ...places } = head
  /** @type {Map<string, Tensor>} */
  const tensors = new Map()
  for (const [name, { dtype, shape, data_offsets: offsets }] of Object.entries(places)) {
    const [start, end] = offsets.map((/** @type {number} */ offset) => 8 + length + offset)
    if (end > file.byteLength) throw new RangeError(`${name} is cut short`)
    const bytes = file.slice(start, end)
    if (dtype === "F32") tensors.set(name, { shape, values: new Float32Array(bytes) })
    else if (dtype === "F16") tensors.set(name, { shape, values: widened(new Uint16Array(bytes)) })
    else throw new RangeError(`${name} must be F32 or F16, got ${dtype}`)
  }
  const told = Object.entries(about).map(([key, text]) => [key, text.startsWith("{") ? JSON.parse(text) : text])
  return { about: Object.fromEntries(told), tensors }
}

/** Numbers in float16, by their bits: sign, five of the exponent, ten of the fraction. @param {Uint16Array} halves */
function widened(halves) {
  return Float32Array.from(halves, (half) => {
    const [sign, exponent, fraction] = [half & 0x8000 ? -1 : 1, (half >> 10) & 31, half & 1023]
    if (exponent === 31) return fraction ? Number.NaN : sign * Infinity
    return exponent ? sign * 2 ** (exponent - 15) * (1 + fraction / 1024) : sign * 2 ** -14 * (fraction / 1024)
  })
}
