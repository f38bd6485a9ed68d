// What the page of sweeps says, from what the server answers. Plain text from plain data.

import { capital, count, percent, rounded, seconds, signed, whole } from "./format.js"
import { LIVE } from "./poll.js"

/** How many cells have ended, are finished, and what the finished ones found. */
export function tally({ cells }) {
  const of = (test) => cells.filter(test).length
  const kind = (name) => of(({ state, gain }) => state === "finished" && gain?.kind === name)
  return {
    total: cells.length,
    ended: of(({ state }) => !LIVE.includes(state) && state !== "missing"),
    finished: of(({ state }) => state === "finished"),
    missing: of(({ state }) => state === "missing"),
    better: kind("better"),
    worse: kind("worse"),
  }
}

/** The sentence above the figure: {sentence, aside, kind}. */
export function headline(answer, { gone = "", disabled = "" } = {}) {
  const plain = { kind: "", aside: "" }
  if (gone) return { ...plain, sentence: gone, aside: "The settings on this page still work: press Run." }
  if (answer.state === "none") {
    return {
      ...plain,
      sentence: disabled
        ? "Nothing to show here yet."
        : "Nobody has run this sweep here yet. Press Run, and watch the cells fill in.",
    }
  }
  const { total, finished, ended, missing, better, worse } = tally(answer)
  const settings = count(total, "setting")
  if (answer.state === "live") {
    if (!finished && !answer.seconds)
      return { ...plain, sentence: `${settings} wait for a worker.`, aside: answer.message }
    const left = answer.left === null ? "" : `, about ${seconds(answer.left)} left`
    return { ...plain, sentence: `${whole(ended)} of ${settings} trained${left}.`, aside: "" }
  }
  if (!finished)
    return {
      ...plain,
      kind: "trouble",
      sentence: "This sweep ended before a setting was trained.",
      aside: answer.message,
    }
  const part =
    finished < total
      ? ` (${whole(finished)} of ${settings} were trained${missing ? "; the others made room for newer runs" : ""})`
      : ""
  const none = finished - better - worse
  const parts = [
    better && `distilled beats labels only at ${whole(better)}`,
    worse && `labels only wins at ${whole(worse)}`,
    none &&
      (answer.seeds.length > 1
        ? `no measurable difference at ${whole(none)}`
        : `at ${whole(none)} there is no verdict: one seed shows no spread`),
  ].filter(Boolean)
  const sentence = `Of ${count(finished, "setting")}${part}: ${parts.join(", ")}.`
  return { kind: better > worse ? "better" : worse ? "worse" : "", sentence, aside: answer.message }
}

/** What a verdict over many settings needs beside it: the chosen one, and what chance alone would do. */
export function asides(answer) {
  const said = []
  const { finished, total } = tally(answer)
  if (answer.chosen) {
    const cell = answer.cells[answer.chosen.cell]
    said.push(
      `Best on validation images: ${settingWords(answer, cell)}, where distilled reaches ` +
        `${percent(answer.chosen.validation)}%. ` +
        `On the test images, which chose nothing: ${cell.gain.sentence}`,
    )
  } else if (answer.tunes && finished && finished === total) {
    said.push(
      "No images were left to choose a best setting by, so none is named: a choice by the test images " +
        "would flatter it.",
    )
  }
  if (answer.left_out.length) {
    said.push([`Left out: ${answer.left_out.join(", ")}.`, ...answer.refused].join(" "))
  }
  if (finished >= 10 && answer.seeds.length > 1) {
    said.push(
      `If nothing made a difference, about ${Math.max(1, Math.round(0.05 * finished))} of ${whole(finished)} ` +
        "intervals at 95% would exclude zero all the same, on average." +
        (answer.one_baseline
          ? " But all settings are compared with the same labels-only students, so they win or lose together: " +
            `often none would, and now and then many. This is one experiment, not ${whole(finished)}.`
          : ""),
    )
  }
  return said
}

/** "Temperature 8, weight on the teacher 0.9": where a cell stands. */
export function settingWords({ axes }, cell) {
  const named = axes.map(
    ({ words, values, names }, index) => `${words.toLowerCase()} ${names[values.indexOf(cell.at[index])]}`,
  )
  return named.join(", ")
}

/** Everything about one cell, in a sentence or two. */
export function cellWords(answer, cell) {
  const start = capital(settingWords(answer, cell))
  if (cell.state === "missing") return `${start}: ${answer.state === "none" ? "not trained yet" : "no longer here"}.`
  if (!cell.accuracy || !cell.gain) return `${start}: ${cell.state === "queued" ? "waiting" : cell.state}.`
  const [labels, distilled] = cell.accuracy.map(mean)
  const so =
    cell.state === "finished"
      ? ""
      : cell.state === "running"
        ? `, at ${Math.round(100 * cell.share)}% of its updates`
        : `, ${cell.state}`
  const reached = `distilled ${percent(distilled)}%, labels only ${percent(labels)}%`
  return `${start}${so}: ${gainWords(cell)}, ${reached}. ${cell.gain.sentence}` // spoken to by what stands in it
}

/** What a cell's gain looks like in a few signs: "+2.9". */
export function gainWords(cell) {
  const gain = cell.gain?.mean
  return Number.isFinite(gain) ? signed(gain) : ""
}

/** "+2.9 ± 0.8", or what is known. */
export function intervalWords({ gain }) {
  if (!gain || !Number.isFinite(gain.mean)) return "–"
  return Number.isFinite(gain.half) ? `${gainWords({ gain })} ± ${rounded(gain.half, 1)}` : gainWords({ gain })
}

/** The line below the figure: what was trained, and how long it took. */
export function statusWords(answer) {
  if (answer.state === "none") return ""
  const students = answer.cells.length * 2 * answer.seeds.length
  const on = answer.test_images ? `${whole(answer.test_images)} test images` : ""
  const made = answer.recorded
    ? `Recorded${answer.date ? ` on ${answer.date}` : ""}, not run here`
    : answer.mine
      ? ""
      : "somebody else’s sweep"
  const took = answer.state === "live" ? `${seconds(answer.seconds)} so far` : `took ${seconds(answer.seconds)}`
  return [made, count(answer.seeds.length, "seed"), `${whole(students)} students compared`, on, took]
    .filter(Boolean)
    .join(" · ")
}

export function mean(values) {
  return values.reduce((total, value) => total + value, 0) / values.length
}
