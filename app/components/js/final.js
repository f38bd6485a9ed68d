// What a verdict is taken on: the official test images at a run's end, or else the images that its curve is drawn from.
// Its counterpart on the server is app/experiments/final.py.

import { whole } from "./format.js"

/** @typedef {{accuracy: unknown[][], images: number, teacher: number | null, apart: boolean}} Reached */

/**
 * What the students reached at the last point of a run; null before there is one. accuracy: by arm and seed. teacher:
 * its accuracy on the same images. apart: these are other images than those of the curve.
 * @param {any} answer what /events says @returns {Reached | null}
 */
export function reached(answer) {
  const last = answer?.events.findLast((/** @type {any} */ { kind }) => kind === "point")
  if (!last) return null
  if (last.final) return { ...last.final, apart: true }
  const { test_images: images = 0, teacher_accuracy: teacher = null } = answer
  return { accuracy: last.accuracy, images, teacher, apart: false }
}

/**
 * What the numbers are measured on, where it is not plain: other images than those of the curve, or a copy of them.
 * @param {any} answer
 */
export function testedWords(answer) {
  const end = reached(answer)
  const apart = end?.apart
    ? `Lines: ${whole(answer.test_images)} test images, asked while the students train. Verdict, and the marks at ` +
      `the right edge: ${whole(end.images)} others, asked at the end. So a mark need not lie where its line ends.`
    : ""
  return [apart, copyWords(answer)].filter(Boolean).join(" ")
}

/** That the images are a copy, if they are. @param {any} answer */
export function copyWords(answer) {
  return answer?.copy ? `All of it is measured on a ${answer.copy} of the images, not on the originals.` : ""
}
