// A file of weights in safetensors format: the length of its head, the head in JSON, and the numbers.

/** @typedef {{values: Float32Array, shape: number[]}} Tensor */

/**
 * Read a file of float32 tensors. @param {ArrayBuffer} file
 * @returns {{about: Record<string, any>, tensors: Map<string, Tensor>}} about: its metadata, each of them JSON; tensors
 * by name. Throws RangeError or SyntaxError if the file is damaged.
 */
export function readTensors(file) {
  const length = Number(new DataView(file).getBigUint64(0, true))
  const head = JSON.parse(new TextDecoder().decode(new Uint8Array(file, 8, length)))
  const { __metadata__: about = {}, ...places } = head
  const tensors = Object.entries(places).map(
    ([
      name,
      {
        dtype,
        shape,
        data_offsets: [start, end],
      },
    ]) => {
      if (dtype !== "F32") throw new RangeError(`${name} must be F32, got ${dtype}`)
      return /** @type {const} */ ([
        name,
        { shape, values: new Float32Array(file, 8 + length + start, (end - start) / 4) },
      ])
    },
  )
  return {
    about: Object.fromEntries(Object.entries(about).map(([key, text]) => [key, JSON.parse(text)])),
    tensors: new Map(tensors),
  }
}
