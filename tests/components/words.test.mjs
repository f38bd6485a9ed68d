import assert from "node:assert/strict"
import { test } from "node:test"
import { fixtures, module } from "./fixtures.mjs"

const { announcement, lostWords, statusWords, transport, verdictWords, waits } = await module("bench_words")
const { answerWords, captionWords, drawnWords, howWords, entropyWords } = await module("figures/answers/words")
const { count, marked, percent, rounded, seconds, signed, whole } = await module("format")
const { circumstances, forFileName, rows, settingsLine, settingsWords, studentFiles, takeAway } =
  await module("numbers")

const run = fixtures.run
const roles = [
  { words: "labels only", role: "labels" },
  { words: "distilled", role: "distilled" },
  { words: "teacher", role: "teacher" },
]
const joined = (parts) => parts.map(({ text }) => text).join(" · ")

test("a run that adds to another says how many students it trains, and who they are", () => {
  const control = { role: "control", method: "kd", temperature: 8, alpha: 0.9 }
  const chain = { ...run.spec, unlabelled: 3500, arms: [...run.spec.arms, control], taught_by: { run: "r", arm: 0 } }
  const finished = { ...run, state: "finished", spec: chain, verdict: { kind: "better", sentence: "So." } }
  assert.match(verdictWords(finished).aside, /The same 3,500 images, each marked by the student with labels only/)
  const choice = { ...finished, spec: { ...chain, taught_by: { run: "r", arm: 0, choice: true } } }
  assert.match(
    verdictWords(choice).aside,
    /The same 3,500 images, each marked with what .* A better way .*: set the shift/,
  )
  assert.match(joined(statusWords(finished)), new RegExp(`${run.spec.seeds.length} students at once`))
  const begun = { ...run, state: "running", verdict: null, spec: { ...run.spec, kept: { run: "r", seeds: 1 } } }
  const more = run.spec.arms.length * (run.spec.seeds.length - 1)
  assert.equal(verdictWords(begun).sentence, `${more} students more start to learn, beside those that are there.`)
})

test("the control of a finished run of one's own is offered, if it has one", () => {
  const answer = { ...run, state: "finished", mine: true, control: true, verdict: { kind: "better", sentence: "So." } }
  const offered = (about) => verdictWords({ ...answer, ...about }).control
  assert.deepEqual([offered({}), offered({ mine: false }), offered({ control: false })], [true, false, false])
  assert.equal(offered({ state: "running" }), false)
})

test("a question that a finished run of one's own leaves open may be followed up with more seeds", () => {
  const verdict = { kind: "none", stage: "finished", sentence: "Open.", strict: "", more: 10 }
  const answer = { state: "finished", mine: true, verdict, message: "", spec: { arms: [], seeds: [] } }
  const more = (changed, about = {}) => verdictWords({ ...answer, ...about, verdict: { ...verdict, ...changed } }).more
  assert.deepEqual([more({}), more({ more: null })], [10, null])
  assert.equal(more({}, { mine: false }), null)
  assert.equal(more({}, { state: "running" }), null)
  const control = { role: "control" }
  const controlled = { seeds: [], unlabelled: 3500, arms: [control] }
  assert.equal(more({}, { spec: controlled }), null, "of a control this is what one expects")
  assert.match(verdictWords(answer).aside, /whichever way it falls; a further look is judged more strictly/)
  const strict = { ...verdict, kind: "better", more: null, strict: "Seeds were added." }
  assert.equal(verdictWords({ ...answer, verdict: strict }).aside, "Seeds were added.")
})

test("a number is written as Python writes it, also where it lies half-way between two that can be written", () => {
  assert.ok(fixtures.roundings.length > 1000)
  for (const { value, digits, text, grouped } of fixtures.roundings) {
    assert.equal(rounded(value, digits), text, `${value} with ${digits} decimals`)
    assert.equal(whole(1e3 * value).replace("−", "-"), grouped, `${1e3 * value}`)
  }
  assert.deepEqual([rounded(84.25, 1), rounded(-84.25, 1), rounded(0.15, 1)], ["84.3", "-84.3", "0.2"])
  assert.deepEqual([rounded(-0.04, 1), percent(-0.0004), signed(-0.04), whole(-0.4)], ["0.0", "0.0", "0.0", "0"])
})

test("numbers", () => {
  assert.deepEqual([percent(0.9288), percent(1), percent(NaN)], ["92.9", "100.0", "–"])
  assert.deepEqual(
    [seconds(0.42), seconds(1.94), seconds(12.4), seconds(200), seconds(NaN)],
    ["0.4 s", "1.9 s", "12 s", "3 min", "–"],
  )
  assert.deepEqual([whole(9098), count(1, "student"), count(6, "student")], ["9,098", "1 student", "6 students"])
})

test("a role's words wear its colour, and the difference is bold", () => {
  const said = "Distilled beats labels only by 4.5 ± 0.8 points over 3 seeds, on 1,000 test images."
  const parts = marked(said, roles)
  assert.equal(parts.map(({ text }) => text).join(""), said)
  assert.deepEqual(
    parts.filter(({ role }) => role),
    [
      { text: "Distilled", role: "distilled" },
      { text: "labels only", role: "labels" },
    ],
  )
  assert.deepEqual(
    parts.filter(({ strong }) => strong).map(({ text }) => text),
    ["4.5 ± 0.8 points"],
  )
  const none = marked("No measurable difference here: −0.3 … +0.9 points (95% interval).", roles)
  assert.deepEqual(
    none.filter(({ strong }) => strong).map(({ text }) => text),
    ["−0.3 … +0.9 points"],
  )
  assert.deepEqual(marked("", roles), [])
})

test("a longer name is not cut by a shorter one", () => {
  const parts = marked("soft labels, labels", [
    { words: "labels", role: "labels" },
    { words: "soft labels", role: "distilled" },
  ])
  assert.deepEqual(
    parts.filter(({ role }) => role).map(({ text, role }) => [text, role]),
    [
      ["soft labels", "distilled"],
      ["labels", "labels"],
    ],
  )
})

test("a name may end in a bracket", () => {
  const twins = [
    { words: "distilled", role: "distilled" },
    { words: "distilled (no T²)", role: "bugged" },
  ]
  const parts = marked("Distilled beats distilled (no T²) by 2.0 ± 0.8 points.", twins)
  assert.deepEqual(
    parts.filter(({ role }) => role).map(({ text, role }) => [text, role]),
    [
      ["Distilled", "distilled"],
      ["distilled (no T²)", "bugged"],
    ],
  )
})

test("the sentence of every state", () => {
  const say = (change, more) => verdictWords({ ...run, ...change }, more)
  assert.equal(say({}).sentence, run.verdict.sentence)
  assert.equal(say({}).kind, run.verdict.kind)
  assert.equal(say({ verdict: { ...run.verdict, stage: "so-far" }, state: "running" }).kind, "so-far")
  assert.equal(
    say({ state: "queued", verdict: null, place: 3, wait_s: 4.2 }).sentence,
    "Waiting: place 3 in the queue, about 4.2 s.",
  )
  assert.equal(
    say({ state: "queued", verdict: null, place: 2, wait_s: 0.04 }).sentence,
    "Waiting: place 2 in the queue, less than a second.",
  )
  assert.equal(say({ state: "queued", verdict: null, place: 1, wait_s: 0 }).sentence, "Starting…")
  assert.deepEqual(
    [{ place: 3, wait_s: 4.2 }, { place: 1, wait_s: null }, { place: 1, wait_s: 0 }, { place: null }].map((standing) =>
      waits({ state: "queued", ...standing }),
    ),
    [true, true, false, false],
  )
  assert.equal(waits({ state: "running", place: null }), false)
  assert.equal(
    say({ state: "queued", verdict: null, place: 1, wait_s: null }).sentence,
    "Waiting: place 1 in the queue.",
  )
  const held = say({ state: "queued", verdict: null, message: "No worker is up." })
  assert.deepEqual([held.sentence, held.aside], ["Waiting to begin.", "No worker is up."])
  assert.match(say({ state: "running", verdict: null }).sentence, /^6 students, in pairs/)
  assert.match(say({ state: "paused", verdict: null }).sentence, /Paused before the first update/)
  for (const state of ["failed", "interrupted"]) {
    const said = say({ state, message: "Why." })
    assert.deepEqual([said.kind, said.aside, said.again], ["trouble", "Why.", true])
  }
  assert.equal(say({ state: "stopped", verdict: null, message: "Early." }).again, true)
  assert.equal(verdictWords(null, { gone: "It is gone." }).sentence, "It is gone.")
  assert.match(verdictWords(null).sentence, /Press Train/)
  assert.equal(verdictWords(null, { disabled: "No images." }).sentence, "No run to show here yet.")
})

test("the line below the chart", () => {
  assert.equal(
    joined(statusWords({ ...run }, { fresh: true, link: "?run=x" })),
    "Trained just now in 1.9 s on this machine · 6 students at once · link to this run",
  )
  assert.match(
    joined(statusWords({ ...run })),
    /^Replay: trained on 14 Nov 2023, 22:13 in 1\.9 s · 6 students at once$/,
  )
  assert.match(
    joined(statusWords({ ...run, created: null, mine: false })),
    /^Recorded run, shipped with the app: 1\.9 s when it was made/,
  )
  assert.match(joined(statusWords({ ...run, mine: false })), /somebody else’s run$/)
  assert.match(
    joined(statusWords({ ...run, state: "running", update: 96, mine: false })),
    /Training: update 96 of 240 · 1\.9 s · somebody else’s run: you can watch it, only they can stop it/,
  )
  assert.match(joined(statusWords({ ...run, state: "paused", update: 1 })), /^Paused at update 1 of 240/)
  assert.match(
    joined(statusWords({ ...run, state: "stopped", update: 12 })),
    /Stopped at update 12 of 240, after 1\.9 s; the numbers so far are kept/,
  )
  const queued = { ...run, state: "queued", update: 0 }
  assert.equal(joined(statusWords(queued, { fresh: true })), "Queued · Train stops it and starts a new one")
  assert.equal(joined(statusWords(queued)), "Queued · Train leaves it alone and starts a new one")
  assert.match(
    joined(statusWords({ ...run, state: "paused" }, { fresh: true })),
    /Train leaves it alone and starts a new one$/,
  )
  assert.equal(statusWords(run, { link: "?run=x" }).at(-1).href, "?run=x")
  assert.deepEqual(statusWords(null), [])
})

test("a replay of another engine's numbers says so", () => {
  const made = (engine, more) =>
    joined(statusWords({ ...run, record: { ...run.record, engine } }, { engine: 2, ...more }))
  assert.match(made(1), /^Replay: .* · made by an earlier engine: the same settings give other numbers now$/)
  assert.match(made(3), /made by a later engine/)
  assert.match(made("3, kd 1"), /made by another engine/)
  for (const said of [made(2), made(undefined), joined(statusWords({ ...run, state: "stopped" }, { engine: 2 }))])
    assert.doesNotMatch(said, /engine/)
})

test("a server that does not answer is no promise that the run goes on", () => {
  assert.match(
    lostWords({ state: "running" }),
    /If the server was stopped, the run has ended and can be started again\.$/,
  )
  for (const answer of [null, run])
    assert.equal(lostWords(answer), "The server does not answer; it is asked again every few seconds.")
})

test("only what makes sense can be pressed, and only on one's own run", () => {
  const pressable = (change) =>
    Object.entries(transport({ ...run, ...change }))
      .filter(([, yes]) => yes)
      .map(([name]) => name)
  assert.deepEqual(pressable({ state: "running" }), ["pause", "step", "stop"])
  assert.deepEqual(pressable({ state: "paused" }), ["resume", "step", "stop"])
  assert.deepEqual(pressable({ state: "queued" }), ["pause", "step", "stop"])
  assert.deepEqual(pressable({ state: "finished" }), [])
  assert.deepEqual(pressable({ state: "running", mine: false }), [])
  assert.deepEqual(Object.values(transport(null)), [false, false, false, false])
})

test("changes are read out once, and an old run not at all", () => {
  assert.equal(announcement(undefined, run), "")
  assert.equal(announcement("running", { ...run, state: "running" }), "")
  assert.equal(announcement("queued", { ...run, state: "running" }), "Training.")
  assert.equal(announcement("running", run), `Finished. ${run.verdict.sentence}`)
  assert.match(announcement("running", { ...run, state: "failed", message: "Why." }), /This run failed\. Why\./)
})

test("the table of numbers says which accuracy is on which images", () => {
  const final = { accuracy: [[0.86], [0.91]], images: 10000, teacher: 0.9965 }
  const events = run.events.map((event, at) => (at === run.events.length - 1 ? { ...event, final } : event))
  const found = rows({ ...run, events })
  assert.deepEqual(found[0], ["accuracy on 10,000 test images, %", "86.0", "91.0"])
  assert.equal(found[1][0], "accuracy on the 1,000 of the curve, %")
  assert.equal(found[1][1], rows(run)[0][1])
  assert.equal(found.length, rows(run).length + 1)
})

test("a run's settings in a line, for a wall: what was shared, every way of teaching once, and how many seeds", () => {
  const arm = { role: "distilled", method: "kd", temperature: 8, alpha: 0.9 }
  const spec = { data: "mnist", student: "cnn-9k", labels: 500, unlabelled: 0, epochs: 16, seeds: [1, 2, 3] }
  const names = { data: { mnist: "MNIST" }, student: { "cnn-9k": "9 k" }, method: { kd: "Soft labels" } }
  assert.equal(
    settingsWords({ spec: { ...spec, arms: [{ role: "labels" }, arm, arm] } }, names),
    "MNIST · 500 labels · student 9 k · Soft labels, T = 8, α = 0.9 · 16 epochs · 3 seeds",
  )
  assert.match(
    settingsWords({ spec: { ...spec, unlabelled: 3500, arms: [] } }, {}),
    /500 labels and 3,500 images without/,
  )
})

test("the table of numbers", () => {
  const found = rows(run)
  assert.deepEqual(found.map(([heading]) => heading).slice(0, 2), ["accuracy, %", "agreement with the teacher, %"])
  assert.equal(found.length, 7)
  assert.equal(found[0].length, 3)
  assert.match(found[0][1], /^\d+\.\d \(\d+\.\d … \d+\.\d\)$/)
  assert.deepEqual(rows({ ...run, events: [] }), [])
  const arrays = {
    scaling_temperature: [
      [1.5, 1.5],
      [2, 3],
    ],
    scaled_ece: [
      [0.01, 0.02],
      [0.03, 0.03],
    ],
  }
  const scaled = rows({ ...run, events: [...run.events, { ...run.events.at(-1), arrays }] }).slice(7)
  assert.deepEqual(scaled, [
    ["ECE after temperature scaling", "0.015 (0.010 … 0.020)", "0.030"],
    ["… with a temperature of", "1.50", "2.50 (2.00 … 3.00)"],
  ])
  const facts = Object.fromEntries(circumstances(run, { data: { mnist: "MNIST" } }))
  assert.equal(facts.images, `MNIST, 500 labelled, ${run.spec.epochs} epochs`)
  const more = Object.fromEntries(circumstances({ ...run, spec: { ...run.spec, unlabelled: 2000 } }, {}))
  assert.equal(more.images, `mnist, 500 labelled and 2,000 unlabelled, ${run.spec.epochs} epochs`)
  const shifted = Object.fromEntries(circumstances({ ...run, spec: { ...run.spec, shift: 2 } }, {}))
  assert.equal(shifted.images, `mnist, 500 labelled, shifted by ±2 px, ${run.spec.epochs} epochs`)
  assert.equal(facts.seeds, "12, 33, 904")
  assert.match(facts["made with"], /engine 1, torch 2\.13\.0, 1 thread, Linux/)
})

test("what can be taken away of a run", () => {
  const of = (change) => takeAway({ ...run, ...change }, "/api")
  assert.equal(of({})[0].href, "/api/runs/abcd2345efgh/curves.csv")
  assert.equal(of({}).length, 5)
  assert.ok(!of({ state: "running" }).some(({ text }) => /weights/.test(text)), "they are kept at the end")
  assert.ok(!of({ id: "recorded-mnist-kd" }).some(({ text }) => /weights/.test(text)))
  const student = (change) => studentFiles({ ...run, ...change }, "/api").map(({ href }) => href)
  const address = "/api/runs/abcd2345efgh/student"
  assert.deepEqual(student({}), [`${address}.html?keep=1`, `${address}.onnx`])
  assert.deepEqual(student({ state: "running" }), [], "their weights are kept at the end")
  assert.deepEqual(student({ spec: { kind: "rules" } }), [], "they are no students of images")
})

test("the soft labels in words", () => {
  const voices = [
    { name: "teacher", probabilities: [0.61, 0.3, 0.09] },
    { name: "distilled", probabilities: [0.001, 0.998, 0.001] },
  ]
  assert.equal(
    answerWords(voices, ["0", "1", "2"]),
    "Teacher: 0 (61%), then 1 (30%). Distilled: 1 (>\u202f99%), then 0 (<\u202f1%).",
  )
  assert.equal(answerWords([], []), "")
  assert.equal(
    entropyWords([{ name: "teacher", probabilities: [0.5, 0.5, 0, 0] }]),
    "Entropy: teacher 1.00 bits, of at most 2.00.",
  )
  assert.equal(entropyWords([]), "")
  const answer = { label: 2, classes: ["0", "1", "2"] }
  assert.equal(captionWords(7, answer), "Test image 7, labelled\u00a02")
  assert.equal(captionWords(7, null), "Test image 7")
  assert.match(howWords({ answer, data: {}, temperature: 8, seeds: 3 }), /T = 8;.*mean of 3 seeds/)
  assert.match(howWords({ answer, data: {}, temperature: 7.5, seeds: 0 }), /The students answer once they train/)
  assert.match(
    howWords({ answer, data: {}, temperature: 8, seeds: 1, update: 1200 }),
    /As they were after 1,200 updates/,
  )
  const alone = { answer, data: { alone: true }, seeds: 0 }
  assert.equal(howWords({ ...alone, temperature: 1 }), "Not softened (T = 1).")
  assert.equal(drawnWords({ ...alone, temperature: 4, wanted: null }), "Softened at T = 4.")
  assert.equal(
    drawnWords({ ...alone, answer: null, temperature: 4, wanted: null }),
    "Teacher and student answer while you draw. Can you fool the student, and not the teacher?",
  )
  assert.match(
    howWords({ answer: null, data: { here: true }, temperature: 8, seeds: 0 }),
    /not looked at these images yet/,
  )
  assert.match(
    howWords({ answer: null, data: { here: false }, temperature: 8, seeds: 0 }),
    /once the images are on this machine/,
  )
})

test("a run's name begins the line below the chart", () => {
  assert.equal(
    joined(statusWords({ ...run, name: "my <b>best</b>" }, { fresh: true })),
    "“my <b>best</b>” · Trained just now in 1.9 s on this machine · 6 students at once",
  )
  assert.equal(
    joined(statusWords({ ...run, name: "" }, { fresh: true })),
    "Trained just now in 1.9 s on this machine · 6 students at once",
  )
})

test("a picture that is taken away says what it was made with", () => {
  const said = settingsLine(fixtures.run, { data: { mnist: "MNIST" } })
  assert.match(said, /^images: MNIST, .* epochs · teacher: .* · student: .* · method: .*T = .* · seeds: .* · run /)
  assert.ok(!said.includes("digest") && !said.includes("made with"))
  assert.equal(forFileName("Müller’s best: 93 %"), "mullers-best-93", "as the server writes it")
  assert.equal(forFileName("蒸馏"), "")
  assert.equal(forFileName(undefined), "")
})
