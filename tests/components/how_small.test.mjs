import assert from "node:assert/strict"
import { test } from "node:test"
import {
  aboutWords,
  drawn,
  gainsChart,
  gainsWords,
  gainWords,
  limitWords,
  missingWords,
  ownWords,
  panelChart,
  panelWords,
  rowWords,
  saidWords,
  side,
  stopAt,
  turned,
  valueParts,
} from "../../app/figures/how_small/words.js"

const arm = (...seeds) => {
  const there = seeds.filter((share) => share !== null)
  const mean = there.length ? there.reduce((sum, share) => sum + share, 0) / there.length : null
  return { seeds, mean, low: Math.min(...there), high: Math.max(...there) }
}
const cell = (labels, distilled, gain) => ({
  seeds: 2,
  size: 398,
  values: { accuracy: { arms: { labels, distilled }, gains: { labels: null, distilled: gain } } },
})
const ROOM = { width: 240, height: 150, fontSize: 14 }
const BRIEF = [376, "relu", "distilled"]
const LONG = [2068, "relu", "distilled"]
const DATA = {
  of: "ladder",
  dial: { key: "size", name: "Parameters of the student", unit: "parameters", stops: [398, 1020, 9098] },
  choices: [
    {
      key: "updates",
      stops: [
        { value: 376, words: "376 updates" },
        { value: 2068, words: "2,068 updates" },
      ],
    },
    { key: "network", stops: [{ value: "relu", words: "ReLU" }] },
    {
      key: "arm",
      stops: [
        { value: "distilled", words: "the teacher" },
        { value: "even", words: "even softness" },
      ],
    },
  ],
  panels: [
    {
      key: "accuracy",
      words: "right",
      more: ["are right more often", "are right less often"],
      ticks: [0.5, 0.75, 1],
      levels: [],
    },
  ],
  arms: {
    labels: { role: "labels", words: "labels only" },
    distilled: { role: "distilled", words: "distilled", students: "distilled students", against: "labels" },
    between: {
      role: "distilled",
      words: "by an assistant",
      students: "students of an assistant",
      against: "distilled",
    },
    even: {
      role: "control",
      words: "evenly soft at T = 4",
      students: "students of evenly soft labels",
      against: "labels",
    },
  },
  tested: 10000,
  about: { labels: 3000, alpha: 0.9 },
  cells: {
    "398/376/relu": cell(arm(0.6, 0.64), arm(0.55, 0.57), { mean: -6, half: 1.2 }),
    "1020/376/relu": cell(arm(0.8, 0.8), arm(0.8, 0.81), { mean: 0.5, half: 2 }),
    "9098/376/relu": cell(arm(0.9, 0.92), arm(0.93, 0.94), { mean: 2.5, half: 0.5 }),
  },
}

test("a phrase leads to the nearest stop, by its logarithm", () => {
  assert.equal(stopAt(DATA.dial.stops, 1020), 1)
  assert.equal(stopAt(DATA.dial.stops, 640), 1)
  assert.equal(stopAt(DATA.dial.stops, 0), 0)
})

test("a difference is said as one only if its interval excludes zero", () => {
  assert.equal(side({ mean: -6, half: 1.2 }), -1)
  assert.equal(side({ mean: 0.5, half: 2 }), 0)
  assert.equal(gainWords({ mean: -6, half: 1.2 }), "−6.0 ± 1.2 points")
  assert.equal(gainWords({ mean: 0.5, half: 2 }), "+0.5 ± 2.0 points: no measurable difference")
  assert.equal(gainWords(null), "")
  assert.equal(gainWords({ mean: -0.83, half: 0.78 }), "−0.83 ± 0.78 points", "one digit would not tell")
  const learned = { mean: 0.5, half: 0.9, seeds: 16 }
  const said = "−4.0 ± 8.0 points: no measurable difference; +0.5 ± 0.9 for the 16 seeds that learned in both"
  assert.equal(gainWords({ mean: -4, half: 8, learned }), said)
})

test("every picture with a difference has a sentence, with its number", () => {
  const both = cell(arm(0.6, 0.64), arm(0.55, 0.57), { mean: -6, half: 1.2 })
  both.values.ece = { arms: both.values.accuracy.arms, gains: { distilled: { mean: 3, half: 1 } } }
  const ece = { key: "ece", words: "error", more: ["are worse calibrated", "are better calibrated"] }
  const data = { ...DATA, panels: [...DATA.panels, ece], cells: { "398/376/relu": both } }
  const end = "distilled students are right less often: −6.0 ± 1.2. They are worse calibrated: +3.0 ± 1.0."
  assert.ok(saidWords(data, 0, BRIEF).endsWith(end))
})

test("what stands below a picture, and what both dials come to", () => {
  const { said, gain } = valueParts(DATA, DATA.cells["398/376/relu"], "accuracy", BRIEF)
  assert.deepEqual(
    said.map(({ text }) => text),
    ["62.0% (60.0 … 64.0)", "56.0% (55.0 … 57.0)"],
  )
  assert.equal(gain, "−6.0 ± 1.2 points")
  assert.equal(
    saidWords(DATA, 0, BRIEF),
    "398 parameters, 376 updates, the teacher, 2 seeds on 10,000 test images. " +
      "Against labels only, distilled students are right less often: −6.0 ± 1.2.",
  )
  assert.ok(saidWords(DATA, 1, BRIEF).endsWith("No measurable difference between the two in any of the pictures."))
  assert.ok(saidWords(DATA, 2, BRIEF).includes("distilled students are right more often: +2.5 ± 0.5."))
  assert.ok(saidWords(DATA, 2, LONG).startsWith("Nothing was recorded at 9,098 parameters with: 2,068"))
})

test("where some seeds never learned, the mean of the others is said beside that of all", () => {
  const some = { ...cell(arm(0.1, 0.9), arm(0.2, 0.92), null), learned: 1 }
  Object.assign(some.values.accuracy.arms.labels, { learned: 0.9 })
  some.values.accuracy.arms.even = arm(0.3, 0.5)
  const [first] = valueParts(DATA, some, "accuracy", BRIEF).said
  assert.equal(first.text, "50.0% (10.0 … 90.0); 90.0% for the 1 seed that learned in both")
  assert.equal(valueParts(DATA, some, "accuracy", [376, "relu", "even"]).said[0].text, "50.0% (10.0 … 90.0)")
})

test("what else is set against labels only is drawn in its place, or said to be missing", () => {
  const [even, chosen] = [arm(0.5, 0.52), [376, "relu", "even"]]
  const known = cell(arm(0.6, 0.64), arm(0.55, 0.57), { mean: -6, half: 1.2 })
  known.values.accuracy.arms.even = even
  known.values.accuracy.gains.even = { mean: -11, half: 2 }
  const data = { ...DATA, cells: { ...DATA.cells, "398/376/relu": known } }
  assert.equal(valueParts(data, known, "accuracy", chosen).gain, "−11.0 ± 2.0 points")
  assert.ok(saidWords(data, 0, chosen).endsWith("students of evenly soft labels are right less often: −11.0 ± 2.0."))
  const svg = panelChart(data, data.panels[0], 0, chosen, ROOM)
  assert.equal(svg.match(/class="seed control"/g)?.length, 2)
  assert.ok(!svg.includes("distilled"))
  assert.ok(saidWords(data, 1, chosen).endsWith("at 1,020 parameters with: 376 updates, even softness."))
  const elsewhere = valueParts(data, data.cells["1020/376/relu"], "accuracy", chosen)
  assert.deepEqual(elsewhere, { said: [], gain: "recorded at 398 parameters only" })
})

test("an assistant’s students can be set against those of the teacher itself", () => {
  const known = cell(arm(0.6, 0.64), arm(0.55, 0.57), { mean: -6, half: 1.2 })
  known.values.accuracy.arms.between = arm(0.54, 0.56)
  known.values.accuracy.gains.between = { mean: -1, half: 0.5 }
  const [data, chosen] = [{ ...DATA, cells: { "398/376/relu": known } }, [376, "relu", "between"]]
  const said = valueParts(data, known, "accuracy", chosen)
  assert.deepEqual(
    [said.said.map(({ words }) => words), said.gain],
    [["distilled", "by an assistant"], "−1.0 ± 0.5 points"],
  )
  data.choices = DATA.choices.with(2, { key: "arm", stops: [{ value: "between", words: "an assistant" }] })
  const words = "Against those of the teacher itself, students of an assistant are right less often: −1.0 ± 0.5."
  assert.ok(saidWords(data, 0, chosen).endsWith(words))
})

test("only what was recorded is offered, and what is not says where it is", () => {
  const [even, known] = [[376, "relu", "even"], cell(arm(0.6, 0.64), arm(0.55, 0.57), null)]
  known.values.accuracy.arms.even = arm(0.5, 0.52)
  const data = { ...DATA, cells: { ...DATA.cells, "398/376/relu": known, "9098/376/relu": known } }
  assert.equal(missingWords(data, 0, BRIEF, 2, "even"), "")
  assert.equal(missingWords(data, 1, BRIEF, 2, "even"), "Recorded at 398 and 9,098 parameters only.")
  assert.equal(missingWords(data, 0, BRIEF, 0, 2068), "Not recorded together with what else is chosen.")
  const long = { ...data, cells: { ...data.cells, "398/2068/relu": DATA.cells["398/376/relu"] } }
  assert.equal(missingWords(long, 0, LONG, 2, "even"), "Recorded only with: 376 updates.")
  assert.equal(limitWords(data, BRIEF), "")
  assert.equal(limitWords(data, even), "With these choices, students were recorded at 398 and 9,098 parameters only.")
  const dial = { ...DATA.dial, key: "width", unit: "wide" }
  assert.ok(limitWords({ ...data, dial }, even).includes("recorded at width 398 and 9,098 only"))
  assert.deepEqual(drawn(data, "accuracy", even), [0, 2])
  assert.deepEqual([drawn(data, "fires", even), drawn(data, "accuracy", LONG)], [[], []])
})

test("the dial stops only where something was recorded, and every such place can be reached a step at a time", () => {
  const known = cell(arm(0.6, 0.64), arm(0.55, 0.57), null)
  const data = { ...DATA, cells: { "398/376/relu": known, "9098/376/relu": known } }
  assert.deepEqual([turned(data, 0, 1, BRIEF), turned(data, 2, 1, BRIEF)], [2, 0])
  assert.deepEqual([turned(data, 0, 2, BRIEF), turned(data, 0, 0, BRIEF)], [2, 0])
  const one = { ...DATA, cells: { "398/376/relu": known } }
  assert.deepEqual([turned(one, 0, 1, BRIEF), turned(one, 0, 2, BRIEF)], [0, 0])
  assert.equal(turned(DATA, 0, 1, LONG), 1, "if nothing is, it turns freely")
})

test("what lies below zero is written with a minus, in the values and at the axis", () => {
  const below = cell(arm(-0.02, -0.04), arm(0.05, 0.07), { mean: 9, half: 1 })
  assert.equal(valueParts(DATA, below, "accuracy", BRIEF).said[0].text, "−3.0% (−4.0 … −2.0)")
  const svg = panelChart(DATA, { ...DATA.panels[0], ticks: [-0.05, 0, 0.05, 0.1] }, 0, BRIEF, {
    width: 240,
    height: 150,
    fontSize: 14,
  })
  assert.ok(svg.includes(">−5<") && !svg.includes(">-5<"))
  assert.equal(svg.match(/class="zero"/g)?.length, 1, "and zero has a line of its own")
})

test("a seed with nothing to measure is no number", () => {
  const none = { seeds: [null, null], mean: null, low: null, high: null }
  const one = cell(none, none, null)
  assert.equal(valueParts(DATA, one, "accuracy", BRIEF).said[0].text, "nothing to measure")
  const data = { ...DATA, cells: { ...DATA.cells, "398/376/relu": one } }
  assert.ok(!panelChart(data, DATA.panels[0], 0, BRIEF, ROOM).includes("NaN"))
})

test("a picture has both lines, a ring for each seed where the dial stands, and says all of it", () => {
  const svg = panelChart(DATA, DATA.panels[0], 2, BRIEF, ROOM)
  assert.equal(svg.match(/class="seed distilled"/g)?.length, 2)
  assert.equal(svg.match(/class="line /g)?.length, 2)
  assert.ok(!svg.includes("NaN"))
  assert.equal(
    panelWords(DATA, DATA.panels[0], BRIEF),
    "right, over parameters. labels only: 62.0% at 398, 80.0% at 1,020, 91.0% at 9,098. " +
      "distilled: 56.0% at 398, 80.5% at 1,020, 93.5% at 9,098.",
  )
  assert.ok(panelChart(DATA, DATA.panels[0], 2, LONG, ROOM).startsWith("<svg"))
})

test("the differences have zero in the middle, an interval at each stop, and an axis on which they can be seen", () => {
  const svg = gainsChart(DATA, DATA.panels[0], 0, BRIEF, ROOM)
  assert.deepEqual([...svg.matchAll(/>([+−]?\d+)</g)].map(([, tick]) => tick).slice(0, 3), ["−10", "0", "+10"])
  assert.equal(svg.match(/class="mark distilled"/g)?.length, 3)
  const zero = Number(/class="zero".*?y1="([\d.]+)"/.exec(svg)?.[1])
  const rules = [...svg.matchAll(/class="rule".*?y1="([\d.]+)"/g)].map(([, y]) => Number(y))
  assert.ok(Math.abs(zero - (rules[0] + rules[2]) / 2) < 0.11)
  assert.equal(
    gainsWords(DATA, DATA.panels[0], BRIEF),
    "right, the difference over parameters, in points: −6.0 ± 1.2 at 398, +0.5 ± 2.0 at 1,020, +2.5 ± 0.5 at 9,098.",
  )
})

test("the teacher and guessing have a line with a name, if the axis reaches there", () => {
  const levels = [
    { role: "teacher", words: "teacher", at: 0.97 },
    { role: "guess", words: "guessing", at: 0.1 },
  ]
  const panel = { ...DATA.panels[0], levels }
  const svg = panelChart(DATA, panel, 0, BRIEF, ROOM)
  assert.ok(svg.includes('class="level teacher"') && svg.includes(">teacher<") && !svg.includes("guess"))
  assert.ok(panelWords(DATA, panel, BRIEF).endsWith("teacher: 97.0%. guessing: 10.0%."))
})

test("what all pictures are of", () => {
  assert.ok(aboutWords(DATA).includes("with α = 0.9"))
  assert.ok(aboutWords({ ...DATA, of: "rules", about: { teacher: 64 } }).includes("Guessing gives 50%"))
})

test("the images that are mended stand beside those that are broken, with how many answers these are", () => {
  const row = { answers: 753, images: 1000 }
  assert.ok(rowWords("mended", row, 20).startsWith("The teacher has mended 753 of 20,000 answers: wrong with labels"))
  assert.ok(rowWords("broken", row, 20).includes("right with labels only, and wrong with it."))
})

test("a learner's own run of rules and facts says what came out, seed by seed on average", () => {
  const spec = { width: 2, updates: 500, seeds: [5, 6] }
  const data = {
    about: { first: 600 },
    arms: DATA.arms,
    panels: [
      { key: "fact", words: "facts" },
      { key: "sure", words: "sure of lost ones" },
    ],
  }
  const early = { update: 0, fact: [[0.5], [0.5]] }
  const answer = { state: "running", update: 20, updates: 1100, spec }
  const leaky = { ...answer, state: "finished", spec: { ...spec, slope: 0.1 } }
  assert.ok(ownWords(leaky, { update: 1100 }, data).startsWith("Your own run (width 2, leaky ReLU, 500 updates"))
  assert.equal(ownWords(answer, early, data), "Your own run, update 20 of 1,100: the teachers learn first.")
  const point = {
    update: 1100,
    fact: [
      [0.7, 0.8],
      [0.6, 0.7],
    ],
    sure: [
      [0.6, null],
      [null, null],
    ],
  }
  assert.equal(
    ownWords({ ...answer, state: "finished" }, point, data),
    "Your own run (width 2, 500 updates, 2 seeds). " +
      "labels only: facts 75.0%; sure of lost ones 60.0%. distilled: facts 65.0%; sure of lost ones –%.",
  )
})
