// What the gallery says. Plain text from plain data.

import { capital, rounded, signed, whole } from "./format.js"

/**
 * Titles and explanations of the groups. plain, taught: what the two kinds of students are called; copied: to how many
 * of the images that the teacher gets wrong each of them gives the teacher's answer (see `copies`), or null.
 * @param {string} plain @param {string} taught @param {{distilled: string, plain: string} | null} copied
 */
export function groupWords(plain, taught, copied = null) {
  const same = copied
    ? ` ${capital(taught)} gives the same wrong answer to ${copied.distilled} of these, ${plain} to ${copied.plain}.`
    : ""
  return [
    {
      key: "fixed",
      title: "fixed by the teacher",
      words: `${capital(plain)} gets these wrong, ${taught} gets them right.`,
    },
    {
      key: "broken",
      title: "broken by the teacher",
      words: `${capital(plain)} gets these right, ${taught} gets them wrong.`,
    },
    { key: "wrong", title: "both wrong", words: "Neither gets these right." },
    { key: "teacherWrong", title: "teacher wrong", words: `The teacher itself gets these wrong.${same}` },
  ]
}

/** What was counted. moment: see gallery.js, undefined before there is one. */
export function howCounted({ moment, said, data, view }) {
  if (!data.run) return "Train, and the students’ answers to all test images are sorted here."
  if (!moment) return "The students have not answered yet."
  const seeds = moment.students[0]?.length ?? 0
  const right = view === "groups" && seeds > 1 ? ` Right means: in most of the ${seeds} seeds.` : ""
  const mean =
    view !== "groups" && seeds > 1
      ? ` Mean of ${seeds} seeds${view === "classes" ? "; the thin line spans them" : ", in % of each label"}.`
      : ""
  const ahead = view === "classes" && moment.students.length > 1 ? aheadWords(said.width) : ""
  const press = {
    groups: " Press an image to see what they say about it.",
    confusion: " Press a number to see the images.",
    classes: "",
  }
  const counted = `${whole(said.labels.length)} test images, after ${whole(moment.update)} updates.`
  return `${counted}${right}${mean}${ahead}${press[view]}`
}

/** What stands beside the bars. @param {number | null | undefined} width see `gain` of who.js */
function aheadWords(width) {
  const words = " Beside them: by how many points distilled is ahead of labels only"
  if (!Number.isFinite(width)) return `${words}.`
  return (
    `${words}, with a 95% interval over seeds. So many classes are so many looks: ` +
    "by luck alone, one of twenty intervals leaves zero out."
  )
}

/** @param {{mean: number, half: number | null}} gain in points */
export function classGainWords({ mean, half }) {
  return half ? `${signed(mean)} ± ${rounded(half, 1)}` : signed(mean)
}

/** A sentence that states what the bars show. counted: [{name, shares: [{mean} or null]}]. */
export function perClassWords(counted, classes) {
  const said = counted.flatMap(({ name, shares }) => {
    const known = shares.flatMap((share, index) => (share ? [{ mean: share.mean, word: classes[index] }] : []))
    if (!known.length) return []
    const [worst, best] = known.reduce(
      ([low, high], one) => [one.mean < low.mean ? one : low, one.mean > high.mean ? one : high],
      [known[0], known[0]],
    )
    return [
      `${capital(name)} is best at ${best.word} (${rounded(100 * best.mean, 1)}%) and worst at ${worst.word} ` +
        `(${rounded(100 * worst.mean, 1)}%).`,
    ]
  })
  return said.join(" ")
}
