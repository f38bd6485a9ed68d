import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { test } from "node:test"
import { fixtures, module } from "./fixtures.mjs"

const { logits, standardised } = await module("network")
const { readTensors } = await module("safetensors")

/** The bytes of a file, in a buffer of their own. */
const bytes = (path) => Uint8Array.from(readFileSync(path)).buffer

const student = (path) => {
  const { about, tensors } = readTensors(bytes(path))
  return { ...about.network, weights: (name) => tensors.get(`arm0.seed0.${name}`) }
}

test("every student that there is answers as torch does", () => {
  assert.ok(fixtures.networks.length >= 24)
  for (const { name, images, pixels, students, logits: said } of fixtures.networks) {
    const { layers, mean, spread, weights } = student(students)
    const [shown, expected] = [new Uint8Array(bytes(pixels)), new Float32Array(bytes(said))]
    const [each, classes] = [shown.length / images, expected.length / images]
    let most = 0
    for (let image = 0; image < images; image++) {
      const seen = standardised(shown.subarray(image * each, (image + 1) * each), mean, spread)
      const found = logits(layers, weights, seen)
      assert.equal(found.length, classes, name)
      found.forEach((logit, at) => (most = Math.max(most, Math.abs(logit - expected[image * classes + at]))))
    }
    assert.ok(most < 1e-4, `${name}: ${most} apart on ${images} images`)
  }
})

test("a layer that no student has is refused by name", () => {
  const layers = [
    { kind: "Image", channels: 1, side: 1 },
    { kind: "Norm", name: "norm" },
  ]
  const weights = () => ({ values: new Float32Array(1), shape: [1] })
  assert.throws(() => logits(layers, weights, new Float32Array(1)), /no layer of the kind Norm/)
})

test("numbers of half the digits are read as they are written", () => {
  const halves = [0x0000, 0x8000, 0x3c00, 0xc000, 0x0001, 0x03ff, 0x7bff, 0x7c00, 0x3555] // bits, and what they mean
  const meant = [0, -0, 1, -2, 2 ** -24, (1023 / 1024) * 2 ** -14, 65504, Infinity, 0.25 * (1 + 341 / 1024)]
  const places = JSON.stringify({ x: { dtype: "F16", shape: [9], data_offsets: [0, 18] } })
  const head = new TextEncoder().encode(places.padEnd(Math.ceil(places.length / 8) * 8))
  const file = new Uint8Array(8 + head.length + 18)
  new DataView(file.buffer).setBigUint64(0, BigInt(head.length), true)
  file.set(head, 8)
  file.set(new Uint8Array(Uint16Array.from(halves).buffer), 8 + head.length)
  assert.deepEqual([...(readTensors(file.buffer).tensors.get("x")?.values ?? [])], meant)
})

test("a damaged file of weights is refused", () => {
  const whole = bytes(fixtures.networks[0].students)
  assert.throws(() => readTensors(whole.slice(0, whole.byteLength - 4)), RangeError)
  assert.throws(() => readTensors(whole.slice(0, 100)))
})
