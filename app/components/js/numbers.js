// The table below the chart: the last point of every arm, the run's settings and what made the numbers.

import { AWAY, readText } from "./asking.js"
import { make } from "./component.js"
import { reached } from "./final.js"
import { count, percent, rounded, taughtWords, whole } from "./format.js"
import { spread } from "./series.js"
import { tableParts } from "./tables.js"

/** @type {[key: string, heading: string, written: (value: number) => string][]} */
const METRICS = [
  ["accuracy", "accuracy, %", (value) => percent(value)],
  ["agreement", "agreement with the teacher, %", (value) => percent(value)],
  ["agreement_where_wrong", "… where the teacher is wrong, %", (value) => percent(value)],
  ["kl", "KL to the teacher", (value) => rounded(value, 3)],
  ["nll", "NLL", (value) => rounded(value, 3)],
  ["brier", "Brier score", (value) => rounded(value, 3)],
  ["ece", "calibration error (ECE)", (value) => rounded(value, 3)],
]

/** @type {typeof METRICS} */
const SCALED = [
  ["scaled_nll", "NLL after temperature scaling", (value) => rounded(value, 3)],
  ["scaled_ece", "ECE after temperature scaling", (value) => rounded(value, 3)],
  ["scaling_temperature", "… with a temperature of", (value) => rounded(value, 2)],
]

/**
 * Rows of the table: [heading, one text per arm]. answer: what /events says, with its events. A run that has ended also
 * tells what one temperature for each student, fitted on validation images afterwards, makes of its confidence.
 */
export function rows(answer) {
  const [last, end] = [answer.events.findLast(({ kind }) => kind === "point"), reached(answer)]
  if (!last || !end) return []
  const row = (heading, arms, written) => [heading, ...arms.map((seeds) => range(seeds, written))]
  const final = end.apart ? [row(`accuracy on ${whole(end.images)} test images, %`, end.accuracy, percent)] : []
  const rest = [...METRICS, ...SCALED].flatMap(([key, heading, written]) => {
    const arms = last[key] ?? last.arrays?.[key]
    if (!Array.isArray(arms)) return []
    const on =
      end.apart && key === "accuracy" ? `accuracy on the ${whole(answer.test_images)} of the curve, %` : heading
    return [row(on, arms, written)]
  })
  return [...final, ...rest]
}

function range(seeds, written) {
  const over = spread(seeds)
  if (!over) return "–"
  if (over.low === over.high) return written(over.mean)
  return `${written(over.mean)} (${written(over.low)} … ${written(over.high)})`
}

/** The settings of a run in a line, for a wall or a sheet of paper. words: names of images, students and methods. */
export function settingsWords({ spec }, words) {
  const named = (kind, id) => words?.[kind]?.[id] ?? id
  const taught = spec.arms.filter(({ role }) => role === "distilled")
  const ways = taught.map((arm) => `${named("method", arm.method)}, ${taughtWords(arm)}`)
  return [
    named("data", spec.data),
    `${whole(spec.labels)} labels${spec.unlabelled ? ` and ${whole(spec.unlabelled)} images without` : ""}`,
    `student ${named("student", spec.student)}`,
    ...new Set(ways),
    count(spec.epochs, "epoch"),
    count(spec.seeds.length, "seed"),
  ].join(" · ")
}

/** What made the numbers: [[heading, text]]. words: names of teachers, students and methods. */
export function circumstances({ spec, record }, words) {
  const taught = spec.arms.filter(({ role }) => role === "distilled")
  const named = (kind, id) => words?.[kind]?.[id] ?? id
  const facts = [
    [
      "images",
      `${named("data", spec.data)}, ${whole(spec.labels)} ` +
        `labelled${spec.unlabelled ? ` and ${whole(spec.unlabelled)} unlabelled` : ""}, ` +
        `${spec.shift ? `shifted by ±${spec.shift} px, ` : ""}${spec.epochs} epochs`,
    ],
    ["teacher", named("teacher", spec.teacher)],
    ["student", named("student", spec.student)],
    ...taught.map((arm) => [
      "method",
      `${named("method", arm.method)}, T = ${arm.temperature}, weight on the teacher ` +
        `${arm.alpha}${arm.bug ? `, bug: ${named("method", arm.bug)}` : ""}`,
    ]),
    ["seeds", spec.seeds.join(", ")],
  ]
  const made = record ?? {}
  const threads = made.threads && count(made.threads, "thread")
  const versions = [`engine ${made.engine}`, `torch ${made.torch}`, threads, made.platform].filter(Boolean)
  if (made.torch) facts.push(["made with", versions.join(", ")])
  if (made.data_digest) facts.push(["images’ digest", made.data_digest.slice(0, 16)])
  if (made.teacher_digest) facts.push(["teacher’s digest", made.teacher_digest.slice(0, 16)])
  return facts
}

const SETTINGS = ["images", "teacher", "student", "method", "seeds"]

/** What a run was made with and its id in a line, for a picture that is taken away. words: as for `circumstances`. */
export function settingsLine(answer, words) {
  const facts = circumstances(answer, words).filter(([heading]) => SETTINGS.includes(heading))
  return [...facts.map(([heading, text]) => `${heading}: ${text}`), `run ${answer.id}`].join(" · ")
}

/** A name as part of a file's, as the server writes it: small letters, digits and hyphens, 40 at most. */
export function forFileName(name) {
  const plain = (name ?? "").normalize("NFKD").replace(/[^\x20-\x7e]/g, "")
  return plain
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "")
    .slice(0, 40)
    .replace(/-$/, "")
}

/**
 * What can be taken away of a run: [{text, href}] for the server's files, [{text, picture}] for the chart as it is
 * seen.
 */
export function takeAway(answer, api) {
  return [
    ...runFiles(`${api}/runs/${answer.id}`, hasWeights(answer)),
    { text: "picture (PNG)", picture: "png" },
    { text: "picture (SVG)", picture: "svg" },
  ]
}

const hasWeights = ({ id, state, record }) =>
  Boolean(["finished", "stopped"].includes(state) && !id.startsWith("recorded-") && record)

/**
 * What can be taken away of one student, the first that was distilled: as `takeAway`; nothing before a run has ended,
 * or if it trains no students.
 */
export function studentFiles({ id, state, record, spec }, api) {
  if (!["finished", "stopped"].includes(state) || !record || !spec?.student) return []
  const address = `${api}/runs/${id}/student`
  return [
    { text: "one page that runs anywhere (HTML)", href: `${address}.html?keep=1` },
    { text: "for other programs (ONNX)", href: `${address}.onnx` },
  ]
}

/** The server's files of a run at this address: [{text, href}]. weights: whether its students are kept. */
export function runFiles(address, weights) {
  return [
    { text: "curves (CSV)", href: `${address}/curves.csv` },
    { text: "settings (JSON)", href: `${address}/settings.json` },
    ...(weights ? [{ text: "students’ weights (safetensors)", href: `${address}/weights.safetensors` }] : []),
  ]
}

/** Fill the <details>; hidden where there is no run. api: where the server's files are. */
export function fillNumbers(details, answer, names, words, api) {
  details.hidden = !answer
  if (!answer) return
  const key = `${answer.id} ${answer.next} ${answer.state}`
  if (details.dataset.key === key) return
  details.dataset.key = key
  const box = details.querySelector(".tables")
  const found = rows(answer)
  const caption = "At the last point; in brackets the lowest and highest seed."
  const nodes = found.length ? [make("table", {}, ...tableParts(["", ...names], found, { caption }))] : []
  const luck = answer.verdict?.luck
  if (luck) nodes.push(make("p", {}, luck))
  const take = [files(takeAway(answer, api)), ...studentNodes(answer, api)]
  box.replaceChildren(...nodes, list(circumstances(answer, words)), ...take)
}

/** What offers a student: its files, how it is opened where files do not run, and how PyTorch reads the weights. */
function studentNodes(answer, api) {
  const parts = studentFiles(answer, api)
  if (!parts.length) return []
  const address = `${api}/runs/${answer.id}`
  const page = make("a", { href: `${address}/student.html`, target: "_blank", rel: "noopener" }, "open the page here")
  const phone = "An iPhone’s preview of files runs no scripts: there, "
  const then = " once, and it works without the server for as long as it stays open."
  const nodes = [files(parts, "A student in your hand: "), make("p", { className: "take" }, phone, page, then)]
  return hasWeights(answer) ? [...nodes, loader(`${address}/load_weights.py`)] : nodes
}

/** The script that reads the weights, asked for when somebody wants to see it. */
function loader(address) {
  const code = make("code", {})
  const details = make(
    "details",
    { className: "take" },
    make("summary", {}, "A dozen lines of PyTorch that read the weights"),
    make("pre", {}, code),
  )
  details.addEventListener("toggle", async () => {
    if (details.open && !code.textContent) code.textContent = (await readText(address)) ?? AWAY
  })
  return details
}

/** The line that offers files: [{text, href}] or [{text, picture}]. */
export function files(parts, opening = "Take it away: ") {
  const links = parts.map(({ text, href, picture }) =>
    href ? make("a", { href, download: "" }, text) : make("button", { className: "words", dataset: { picture } }, text),
  )
  return make("p", { className: "take" }, opening, ...links.flatMap((link, at) => (at ? [" · ", link] : [link])))
}

function list(facts) {
  return make("dl", {}, ...facts.flatMap(([heading, text]) => [make("dt", {}, heading), make("dd", {}, text)]))
}
