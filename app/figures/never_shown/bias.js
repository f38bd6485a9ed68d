// What a bias on the logit of a left-out class does to one student’s answers. Pure.

/**
 * One student’s answers, ready to be asked often. margins: of every image by how much another logit is ahead; others:
 * which class that is; labels: of the images; leftOut: the class. An image is taken for it once the bias is above its
 * margin. Returns {own, lost, margins, images}: own, its images, and lost, others that are right without it, each
 * [{image, margin}] from the first that the bias reaches to the last.
 */
export function answers({ margins, others, labels, leftOut }) {
  const all = margins.map((margin, image) => ({ image, margin }))
  const inOrder = (chosen) => chosen.sort((one, other) => one.margin - other.margin || one.image - other.image)
  return {
    own: inOrder(all.filter(({ image }) => labels[image] === leftOut)),
    lost: inOrder(all.filter(({ image }) => labels[image] !== leftOut && others[image] === labels[image])),
    margins: [...margins].sort((one, other) => one - other),
    images: margins.length,
  }
}

/** How many of these the bias has reached. ordered: ascending margins, or things that have one. */
export function reached(ordered, bias) {
  let [low, high] = [0, ordered.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((ordered[middle].margin ?? ordered[middle]) < bias) low = middle + 1
    else high = middle
  }
  return low
}

/** What is right under a bias: {own, others, right}, counts, and taken: how many images are taken for the class. */
export function under(student, bias) {
  const own = reached(student.own, bias)
  const others = student.lost.length - reached(student.lost, bias)
  return { own, others, right: own + others, taken: reached(student.margins, bias) }
}

/** The same as shares of what could be right: {own, others, all}. */
export function shares(student, { own, others, right }) {
  const {
    own: { length: most },
    images,
  } = student
  return {
    own: most ? own / most : NaN,
    others: images > most ? others / (images - most) : NaN,
    all: images ? right / images : NaN,
  }
}

/** Curves over the bias from low to high: {own, others, all}, each [{bias, share}]. */
export function curves(student, low, high, steps = 120) {
  const found = { own: [], others: [], all: [] }
  for (let step = 0; step <= steps; step += 1) {
    const bias = low + ((high - low) * step) / steps
    const now = shares(student, under(student, bias))
    for (const name of Object.keys(found)) found[name].push({ bias, share: now[name] })
  }
  return found
}

/** The end of the dial: beyond both corrections and most images, a multiple of 4. */
export function highest(student, corrections) {
  const ninth = student.margins[Math.floor(0.3 * (student.images - 1))] ?? 8
  return Math.max(8, 4 * Math.ceil(Math.max(ninth, ...corrections.map((bias) => bias + 2)) / 4))
}
