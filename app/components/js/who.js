// Who is right about which test image: groups, confusion and classes, counted from what teacher and students answered.
// Pure counting.

import { spread } from "./series.js"

const ZERO = "0".charCodeAt(0)

/** "3141" → [3, 1, 4, 1]: one digit for each image. */
export function digits(text) {
  return Array.from(text, (sign) => sign.charCodeAt(0) - ZERO)
}

/** How many of an arm's seeds are right about each image. seeds: arrays of classes; labels: array of classes. */
export function rightSeeds(seeds, labels) {
  return labels.map((label, image) => seeds.reduce((sum, said) => sum + (said[image] === label), 0))
}

/**
 * Sort images by who is right. labels, teacher (or null): classes; plain, distilled: arrays of classes, one per seed.
 * Right means right in most seeds. Returns {fixed, broken, wrong, teacherWrong}: positions of images, the clearest
 * first (teacherWrong: null if it is not known what the teacher said).
 */
export function groups({ labels, teacher, plain, distilled }) {
  const [without, taught] = [rightSeeds(plain, labels), rightSeeds(distilled, labels)]
  const most = (count, seeds) => 2 * count > seeds.length
  const all = labels.map((_, image) => image)
  const clear = (image) => Math.abs(taught[image] / distilled.length - without[image] / plain.length)
  const byClearness = (found) => found.sort((a, b) => clear(b) - clear(a) || a - b)
  const isRight = (image) => [most(without[image], plain), most(taught[image], distilled)]
  const those = (...rights) => all.filter((image) => String(isRight(image)) === String(rights))
  return {
    fixed: byClearness(those(false, true)),
    broken: byClearness(those(true, false)),
    wrong: those(false, false),
    teacherWrong: teacher && all.filter((image) => teacher[image] !== labels[image]),
  }
}

/**
 * To how many of these images most seeds give the teacher's answer. images: positions; teacher: classes; seeds: arrays
 * of classes.
 */
export function copies(images, teacher, seeds) {
  return images.filter((image) => 2 * rightSeeds(seeds, teacher)[image] > seeds.length).length
}

/**
 * What was answered for each class. voices: arrays of classes, one per seed (the teacher: one).
 * Returns [label][answer] → {share, images}: share: of the images of that label, mean over voices, 0 … 1 (NaN where
 * there are none); images: positions, those that most voices answered so first.
 */
export function confusion({ labels, voices, classes }) {
  const table = Array.from({ length: classes }, () => Array.from({ length: classes }, () => new Map()))
  const of = new Array(classes).fill(0)
  labels.forEach((label, image) => {
    of[label] += 1
    for (const said of voices) {
      const cell = table[label][said[image]]
      cell.set(image, (cell.get(image) ?? 0) + 1)
    }
  })
  return table.map((row, label) =>
    row.map((cell) => {
      const total = [...cell.values()].reduce((sum, times) => sum + times, 0)
      const images = [...cell.keys()].sort((a, b) => cell.get(b) - cell.get(a) || a - b)
      return { share: total / (voices.length * of[label]), images }
    }),
  )
}

/** Accuracy for each class: [{mean, low, high, each}], each: by seed, 0 … 1; null for a class without images. */
export function byClass({ labels, seeds, classes }) {
  return Array.from({ length: classes }, (_, wanted) => {
    const images = labels.flatMap((label, image) => (label === wanted ? [image] : []))
    if (!images.length) return null
    const each = seeds.map((said) => images.filter((image) => said[image] === wanted).length / images.length)
    return { ...spread(each), each, images: images.length }
  })
}

/**
 * By how many points one arm is ahead of another in a class: {mean, half}, half: of the 95% interval, paired by seed,
 * null without one. ahead, behind: accuracies by seed; width: half an interval in standard deviations, or null.
 */
export function gain(ahead, behind, width) {
  const points = ahead.map((share, seed) => 100 * (share - behind[seed]))
  const mean = points.reduce((sum, value) => sum + value, 0) / points.length
  const squares = points.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  return { mean, half: width === null ? null : width * Math.sqrt(squares / (points.length - 1)) }
}
