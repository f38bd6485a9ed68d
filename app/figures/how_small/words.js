// What the pictures of one dial say, and their SVG. Pure. A cell: {seeds, learned, size, values, gallery},
// with values by panel: {arms, gains}, both by arm. chosen: what stands beside the dial, in the order of the
// choices; the last is an arm.

import { count, listed, percent, rounded, signed, whole } from "../../components/js/format.js"
import { DASH, LINE } from "../../components/js/frame.js"
import { headWords } from "../../components/js/own_words.js"
import { across, circle, down, line, outline, rules, square, svg, text, through } from "../../components/js/svg.js"

/** The place of the stop nearest to a number, by its logarithm. @param {number[]} stops @param {number} value */
export function stopAt(stops, value) {
  const far = (/** @type {number} */ stop) => Math.abs(Math.log(stop) - Math.log(Math.max(value, 1e-9)))
  return stops.reduce((best, stop, at) => (far(stop) < far(stops[best]) ? at : best), 0)
}

/** The cell where all stand; undefined if nothing was recorded there. @param {any} data @param {any[]} chosen */
export const cellAt = (data, stop, chosen) => {
  const cell = data.cells[[data.dial.stops[stop], ...chosen.slice(0, -1)].join("/")]
  return cell && Object.values(cell.values).some(({ arms }) => arms[chosen.at(-1)]) ? cell : undefined
}

/** Where on the dial something was recorded with these choices: places. @param {any} data @param {any[]} chosen */
const recorded = (data, chosen) => [...data.dial.stops.keys()].filter((place) => cellAt(data, place, chosen))

/**
 * Where the dial stands after a turn towards a place: at the nearest one where something was recorded, and not where it
 * stood, if there is one on that side. @param {any} data @param {number} from @param {number} to @param {any[]} chosen
 */
export function turned(data, from, to, chosen) {
  const places = recorded(data, chosen)
  const near = (/** @type {number} */ a, /** @type {number} */ b) => Math.abs(a - to) - Math.abs(b - to)
  const ahead = places.filter((place) => (place - from) * (to - from) > 0)
  const nearest = places.toSorted(near)[0] ?? to
  return nearest === from ? (ahead.toSorted(near)[0] ?? from) : nearest
}

/** "398 and 1,020 parameters", "width 2 and 8". @param {any} dial @param {number[]} places */
function placesWords(dial, places) {
  const stops = listed(places.map((place) => stopWords(dial, place)))
  return dial.key === "width" ? `width ${stops}` : `${stops} ${dial.unit}`
}

/** Where the dial may stand with these choices; "" if everywhere. @param {any} data @param {any[]} chosen */
export function limitWords(data, chosen) {
  const places = recorded(data, chosen)
  if (!places.length || places.length === data.dial.stops.length) return ""
  return `With these choices, students were recorded at ${placesWords(data.dial, places)} only.`
}

/** Why a choice cannot be made where all else stands; "" if it can. @param {any} data @param {any[]} chosen */
export function missingWords(data, stop, chosen, place, value) {
  const wanted = chosen.with(place, value)
  if (cellAt(data, stop, wanted)) return ""
  const places = recorded(data, wanted)
  if (places.length) return `Recorded at ${placesWords(data.dial, places)} only.`
  const others = data.choices.flatMap(({ stops }, at) =>
    at === place ? [] : stops.filter((one) => cellAt(data, stop, wanted.with(at, one.value))),
  )
  return others.length
    ? `Recorded only with: ${others.map(({ words }) => words).join("; ")}.`
    : "Not recorded together with what else is chosen."
}

/** The places of the dial at which a picture has something to draw. @param {any} data @param {any[]} chosen */
export const drawn = (data, key, chosen) =>
  recorded(data, chosen).filter((place) => {
    const arms = cellAt(data, place, chosen)?.values[key]?.arms ?? {}
    return pair(data, chosen).some(([id]) => typeof arms[id]?.mean === "number")
  })

/** What is set against what, as a rule against labels only: [[id, arm], …]. @param {any} data @param {any[]} chosen */
const pair = (data, chosen) => [against(data, chosen), chosen.at(-1)].map((id) => [id, data.arms[id]])

const against = (data, chosen) => data.arms[chosen.at(-1)].against

/** 1 or −1 if an interval excludes zero, else 0. @param {{mean: number, half: number} | null} gain */
export function side(gain) {
  if (!gain || Math.abs(gain.mean) <= gain.half) return 0
  return Math.sign(gain.mean)
}

/**
 * "−3.3 ± 0.2", with a second digit if the first does not tell on which side of zero the interval lies.
 * @param {{mean: number, half: number}} gain
 */
function differenceWords(gain) {
  const brief = { mean: Number(rounded(gain.mean, 1)), half: Number(rounded(gain.half, 1)) }
  const digits = side(brief) === side(gain) ? 1 : 2
  return `${signed(gain.mean, digits)} ± ${rounded(gain.half, digits)}`
}

/**
 * "−3.3 ± 0.2 points", or that no difference was measured; where some seeds never learned, also of the others.
 * @param {{mean: number, half: number, learned?: any} | null} gain
 */
export function gainWords(gain) {
  if (!gain) return ""
  const { learned } = gain
  const said = `${differenceWords(gain)} points${side(gain) ? "" : ": no measurable difference"}`
  return learned ? `${said}; ${differenceWords(learned)} for the ${inBoth(learned.seeds)}` : said
}

/** @param {number} seeds */
const inBoth = (seeds) => `${count(seeds, "seed")} that learned in both`

/** What stands below a picture: each arm's mean with its lowest and highest seed, and the difference. */
export function valueParts(data, cell, key, chosen) {
  const arm = chosen.at(-1)
  const values = cell?.values[key]
  if (!values?.arms[arm])
    return { said: [], gain: `recorded at ${placesWords(data.dial, drawn(data, key, chosen))} only` }
  const said = pair(data, chosen).map(([id, { role, words }]) => {
    const { mean, low, high, learned } = values.arms[id]
    const ends = low === high ? "" : ` (${percent(low)} … ${percent(high)})`
    const alive =
      arm === "distilled" && learned !== undefined ? `; ${percent(learned)}% for the ${inBoth(cell.learned)}` : ""
    return { role, words, text: mean === null ? "nothing to measure" : `${percent(mean)}%${ends}${alive}` }
  })
  return { said, gain: gainWords(values.gains[arm]) }
}

/** Where the dial stands, in words. @param {any} dial @param {number} stop */
export const stopWords = (dial, stop) => whole(dial.stops[stop])

/** Where all stand, and a sentence on every picture with a difference. @param {any} data @param {any[]} chosen */
export function saidWords(data, stop, chosen) {
  const [cell, arm] = [cellAt(data, stop, chosen), chosen.at(-1)]
  const offered = data.choices.map(({ stops }, place) => stops.length > 1 && stops.find(isAt(chosen[place])).words)
  const [first] = data.choices
  const at = [first.stops.find(isAt(chosen[0])).words, ...offered.slice(1).filter(Boolean)].join(", ")
  if (!cell) return `Nothing was recorded at ${placesWords(data.dial, [stop])} with: ${at}.`
  const told = data.panels.flatMap(({ key, more }) => {
    const gain = cell.values[key]?.gains[arm]
    return side(gain) ? [`${more[side(gain) > 0 ? 0 : 1]}: ${differenceWords(gain)}`] : []
  })
  const base = data.arms[against(data, chosen)]
  const other = base.students ? "those of the teacher itself" : base.words
  const said = told.map((one, order) => `${order ? "They" : `Against ${other}, ${data.arms[arm].students}`} ${one}.`)
  if (!told.length) said.push("No measurable difference between the two in any of the pictures.")
  const tested = data.tested ? ` on ${whole(data.tested)} test images` : ""
  const where = data.dial.key === "width" ? `Width ${stopWords(data.dial, stop)} (${whole(cell.size)} parameters)` : ""
  const head = where || `${stopWords(data.dial, stop)} ${data.dial.unit}`
  return `${head}, ${at}, ${count(cell.seeds, "seed")}${tested}. ${said.join(" ")}`
}

const isAt =
  (wanted) =>
  ({ value }) =>
    value === wanted

/** A line on what all pictures are of. @param {any} data */
export function aboutWords({ about, of }) {
  const drawn =
    "A line is the mean over the seeds, its band reaches from the lowest to the highest, and each ring is a seed."
  if (of === "rules")
    return `${drawn} Guessing gives 50%. The teacher has two hidden layers of ${about.teacher}; ± is a 95% interval.`
  return (
    `${drawn} Softened at T = 4 where nothing else is said, with α = ${about.alpha}; ` +
    "± is the 95% interval of the differences, seed by seed."
  )
}

/** What the picture of one measure shows over the whole dial. @param {any} data @param {any} panel */
export function panelWords(data, panel, chosen) {
  const said = pair(data, chosen).map(([id, { words }]) => {
    const values = data.dial.stops.flatMap((stop, place) => {
      const mean = cellAt(data, place, chosen)?.values[panel.key]?.arms[id]?.mean
      return typeof mean === "number" ? [`${percent(mean)}% at ${whole(stop)}`] : []
    })
    return `${words}: ${values.join(", ")}`
  })
  const levels = panel.levels.map(({ words, at }) => `${words}: ${percent(at)}%`)
  return `${panel.words}, over ${data.dial.unit}. ${[...said, ...levels].join(". ")}.`
}

/** The same of the differences. @param {any} data @param {any} panel @param {any[]} chosen */
export function gainsWords(data, panel, chosen) {
  const said = gainsOf(data, panel.key, chosen).map(
    ({ place, gain }) => `${differenceWords(gain)} at ${stopWords(data.dial, place)}`,
  )
  return `${panel.words}, the difference over ${data.dial.unit}, in points: ${said.join(", ")}.`
}

/** The differences there are, by place of the dial. @param {any} data @param {string} key @param {any[]} chosen */
const gainsOf = (data, key, chosen) =>
  data.dial.stops.flatMap((_, place) => {
    const gain = cellAt(data, place, chosen)?.values[key]?.gains[chosen.at(-1)]
    return gain ? [{ place, gain }] : []
  })

/**
 * Where a picture over the dial has its parts. @param {any} data @param {{width: number, height: number, fontSize:
 * number}} room @param {number} low @param {number} high @param {number} top
 */
function plotted(data, { width, height, fontSize }, low, high, top) {
  const plot = { left: Math.round(2.5 * fontSize), right: width - 10, top, bottom: height - Math.round(1.6 * fontSize) }
  const last = data.dial.stops.length - 1
  return {
    ...plot,
    x: (place) => plot.left + 10 + ((plot.right - plot.left - 20) * place) / Math.max(1, last),
    y: (value) => plot.bottom - ((plot.bottom - plot.top) * (value - low)) / (high - low),
    ends: [...new Set([0, last])].map((place) =>
      text(
        plot.left + 10 + (place ? plot.right - plot.left - 20 : 0),
        height - 2,
        short(data.dial.stops[place]),
        "tick",
        place ? "end" : "start",
      ),
    ),
  }
}

/**
 * The picture of one measure. @param {any} data @param {any} panel @param {number} stop @param {any[]} chosen
 * @param {{width: number, height: number, fontSize: number}} room
 */
export function panelChart(data, panel, stop, chosen, room) {
  const { ticks, levels } = panel
  const { x, y, ends, ...plot } = plotted(data, room, ticks[0], ticks.at(-1), 8)
  const written = (tick) => `${+rounded(100 * tick, 1)}`.replace("-", "−")
  const parts = [...rules(ticks, plot.left, plot.right, y, written, 0.35 * room.fontSize), ...ends]
  if (ticks[0] < 0) parts.push(across("zero", plot.left, plot.right, y(0)))
  for (const { role, at } of levels.filter(within(ticks)))
    parts.push(across(`level ${role}`, plot.left, plot.right, y(at)))
  const series = pair(data, chosen).map(([id, { role }]) => ({
    role,
    points: data.dial.stops.flatMap((_, place) => {
      const found = cellAt(data, place, chosen)?.values[panel.key]?.arms[id]
      return found && found.mean !== null ? [{ place, ...found }] : []
    }),
  }))
  for (const { role, points } of series) {
    const band = points.map(({ place, low, high }) => [x(place), y(low), y(high)])
    parts.push(`<path class="band ${role}" d="${outline(band)}"/>`)
  }
  parts.push(down("now", x(stop), plot.top, plot.bottom))
  series.forEach(({ role, points }, at) => {
    parts.push(line(role, through(points.map(({ place, mean }) => [x(place), y(mean)])), LINE[role], DASH[role]))
    for (const { place, mean } of points)
      if (place === stop) parts.push((role === "labels" ? square : circle)(x(place), y(mean), role))
    const here = points.find(({ place }) => place === stop)
    for (const share of here?.seeds ?? []) if (share !== null) parts.push(ring(x(stop) + (at ? 8 : -8), y(share), role))
  })
  for (const { role, words, at } of levels.filter(within(ticks)))
    parts.push(text(plot.right, y(at) - 0.3 * room.fontSize, words, `end ${role}`, "end"))
  return svg(room, parts)
}

const within = (ticks) => (level) => level.at >= ticks[0] && level.at <= ticks.at(-1)

/**
 * By how much one arm is above the other, with its interval at every stop; zero is in the middle. @param {any} data
 * @param {any} panel @param {number} stop @param {any[]} chosen @param {{width: number, height: number, fontSize:
 * number}} room
 */
export function gainsChart(data, panel, stop, chosen, room) {
  const gains = gainsOf(data, panel.key, chosen)
  const far = Math.max(...gains.map(({ gain: { mean, half } }) => Math.abs(mean) + half))
  const end = ROUND.find((one) => one >= far) ?? 100
  const { x, y, ends, ...plot } = plotted(data, room, -end, end, 1.7 * room.fontSize)
  const parts = [...rules([-end, 0, end], plot.left, plot.right, y, (tick) => signed(tick, 0), 0.35 * room.fontSize)]
  parts.push(...ends, across("zero", plot.left, plot.right, y(0)), down("now", x(stop), plot.top, plot.bottom))
  parts.push(text(0, 0.8 * room.fontSize, "difference, in points", "tick", "start"))
  const { role } = data.arms[chosen.at(-1)]
  for (const { place, gain } of gains) {
    const [at, low, high] = [x(place), y(gain.mean - gain.half), y(gain.mean + gain.half)]
    parts.push(
      line(
        role,
        [low, high]
          .map((edge) =>
            through([
              [at - 4, edge],
              [at + 4, edge],
            ]),
          )
          .join(""),
        2,
      ),
    )
    parts.push(
      line(
        role,
        through([
          [at, low],
          [at, high],
        ]),
        2,
      ),
      circle(at, y(gain.mean), role),
    )
  }
  return svg(room, parts)
}

const ROUND = [1, 2, 3, 5, 10, 15, 20, 30, 50, 100] // points

const ring = (x, y, role) => `<circle class="seed ${role}" cx="${rounded(x, 1)}" cy="${rounded(y, 1)}" r="2.5"/>`

/** 279210 → "279 k". @param {number} value */
const short = (value) => (value >= 10_000 ? `${Math.round(value / 1000)} k` : whole(value))

/**
 * What a row of the gallery is. @param {string} name mended or broken
 * @param {{answers: number, images: number}} row @param {number} seeds
 */
export function rowWords(name, { answers, images }, seeds) {
  const [before, after] = name === "mended" ? ["wrong", "right"] : ["right", "wrong"]
  const of = `${whole(answers)} of ${whole(seeds * images)} answers`
  return (
    `The teacher has ${name} ${of}: ${before} with labels only, and ${after} with it. ` +
    "These images it was most often, in so many of the seeds:"
  )
}

/**
 * What a learner's own run of rules and facts has come to. @param {any} answer of the server @param {any} point its
 * latest @param {any} data
 */
export function ownWords(answer, point, data) {
  if (point.update < data.about.first) return `${headWords(answer)}: the teachers learn first.`
  const arms = (answer.spec.arms ?? ["labels", "distilled"]).map(
    (/** @type {string} */ id, /** @type {number} */ arm) => {
      const words = data.arms[id]?.words ?? id
      const values = data.panels.map(({ key, words: name }) => `${name} ${percent(meanOf(point[key]?.[arm]))}%`)
      return `${words}: ${values.join("; ")}`
    },
  )
  const { width, updates, seeds, slope } = answer.spec
  const units = slope ? "leaky ReLU, " : ""
  const what = `width ${width}, ${units}${whole(updates)} updates, ${count(seeds.length, "seed")}`
  return `${headWords(answer)} (${what}). ${arms.join(". ")}.`
}

/** The mean of what is there. @param {(number | null)[]} shares */
function meanOf(shares = []) {
  const there = shares.filter((share) => share !== null)
  return there.length ? there.reduce((sum, share) => sum + Number(share), 0) / there.length : null
}
