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

test("a damaged file of weights is refused", () => {
  const whole = bytes(fixtures.networks[0].students)
  assert.throws(() => readTensors(whole.slice(0, whole.byteLength - 4)), RangeError)
  assert.throws(() => readTensors(whole.slice(0, 100)))
})
