// The gallery: which test images each student gets right, what it takes them for, and how each class fares, at the
// moment that the learner looks at. Counting is in `who.js`; here it becomes buttons that show an image.

import { Calm, read } from "./asking.js"
import { Component, choose, make, mounting } from "./component.js"
import { IMAGE, MOMENT, POINT, tell } from "./events.js"
import { count, percent, rounded } from "./format.js"
import { classGainWords, groupWords, howCounted, perClassWords } from "./gallery_words.js"
import { Roving } from "./roving.js"
import { armNames, roleOf } from "./series.js"
import { byClass, confusion, copies, digits, gain, groups } from "./who.js"

const FIRST = 16 // images shown of a group before "more" is pressed
const AT_MOST_EVERY = 1500 // milliseconds between two questions about a run that trains

const MOST_COLOUR = 0.45 // of a cell: with more of it the number could not be read

class Gallery extends Component {
  constructor(root) {
    super(root)
    this.calm = new Calm(AT_MOST_EVERY, () => this.ask(), this)
    this.view = "groups"
    this.voice = "distilled"
    this.open = new Set() // groups that are shown in full
    this.hear(MOMENT, (detail) => detail.run === this.data?.run && ((this.update = detail.update), this.drawSoon()))
    this.hear(POINT, (detail) => detail.run === this.data?.run && this.askSoon(detail.state))
    this.inView = false // what nobody sees is neither asked for nor drawn
    this.observeView((inView) => this.seen(inView))
    this.on(root, "click", (event) => this.clicked(event.target.closest("button")))
  }

  render({ data }) {
    const another = this.data?.run !== data.run
    this.data = data
    if (another) {
      this.said = null
      this.update = null
      this.cell = null
      this.open.clear()
      this.behind = Boolean(data.run && data.answered)
    }
    this.seen(this.inView)
  }

  /** It came into view, or left it. */
  seen(inView) {
    this.inView = inView
    if (!inView) return
    this.drawSoon()
    if (this.behind) this.ask()
  }

  // ── asking ───────────────────────────────────────────────────────────────────────────────────────────────────

  askSoon(state) {
    this.behind = true
    if (this.inView) this.calm.soon(state)
  }

  /** What has been answered since the last question. */
  async ask() {
    const { api, run } = this.data
    this.calm.now()
    this.behind = false
    const after = this.said?.moments.at(-1)?.seq ?? 0
    const found = await read(`${api}/runs/${run}/predictions?after=${after}`)
    if (!found || run !== this.data.run) return
    const known = this.said?.moments ?? []
    const fresh = found.moments.filter(({ seq }) => !known.some((moment) => moment.seq === seq))
    const moments = [...known, ...fresh.map(asClasses)].sort((a, b) => a.seq - b.seq)
    const { classes, labels, teacher, width } = found
    this.said = { classes, labels: digits(labels), teacher: teacher && digits(teacher), width, moments }
    this.drawSoon()
  }

  /** The moment that is looked at: the newest, or the latest before the learner's. */
  get moment() {
    const moments = this.said?.moments ?? []
    return this.update === null
      ? moments.at(-1)
      : (moments.findLast(({ update }) => update <= this.update) ?? moments[0])
  }

  // ── pressing ─────────────────────────────────────────────────────────────────────────────────────────────────

  clicked(button) {
    if (!button) return
    const { view, voice, image, cell, more } = button.dataset
    if (view) Object.assign(this, { view, cell: null })
    if (voice) Object.assign(this, { voice, cell: null })
    if (cell) this.cell = cell
    if (more) this.open.add(more)
    if (image) tell(IMAGE, { data: this.data.data, image: Number(image) })
    else this.draw()
  }

  // ── drawing ──────────────────────────────────────────────────────────────────────────────────────────────────

  drawSoon() {
    if (this.inView) super.drawSoon()
  }

  draw() {
    const { moment, said, data } = this
    choose(this.all("[data-view]"), (button) => button.dataset.view === this.view)
    this.root.dataset.ready = String(Boolean(moment))
    this.root.dataset.update = moment?.update ?? ""
    this.find(".how").textContent = howCounted({ moment, said, data, view: this.view })
    if (!moment) {
      this.find(".panel").replaceChildren()
      return
    }
    const names = armNames(data.arms, data.methods)
    const arms = data.arms.map((arm, at) => ({ role: roleOf(arm), name: names[at], seeds: moment.students[at] }))
    const focus = /** @type {HTMLElement | null | undefined} */ (document.activeElement?.closest(".gallery [data-key]"))
      ?.dataset.key
    const panel = {
      groups: () => this.groups(arms),
      confusion: () => this.confusion(arms),
      classes: () => this.classes(arms),
    }
    this.find(".panel").replaceChildren(...panel[this.view]())
    if (focus) this.find(`[data-key="${focus}"]`)?.focus()
  }

  groups(arms) {
    const { said } = this
    const plain = arms.find(({ role }) => role === "labels")
    const taught = arms.find(({ role }) => role === "distilled")
    if (!plain || !taught)
      return [make("p", {}, "This run has only one kind of student; there is nobody to compare it with.")]
    const found = groups({ labels: said.labels, teacher: said.teacher, plain: plain.seeds, distilled: taught.seeds })
    const wrong = found.teacherWrong?.length ? found.teacherWrong : null
    const copied = wrong && {
      plain: copies(wrong, said.teacher, plain.seeds),
      distilled: copies(wrong, said.teacher, taught.seeds),
    }
    const box = make("div", { className: "groups" })
    for (const { key, title, words } of groupWords(plain.name, taught.name, copied)) {
      if (!found[key]) continue
      const head = make("h3", {}, make("b", {}, String(found[key].length)), title)
      const about = make("p", { className: "muted" }, words)
      box.append(make("div", { className: "group" }, head, about, this.images(found[key], key)))
    }
    return [box]
  }

  /** The teacher as one who answers like an arm, if it is known what it said. */
  get teachers() {
    const { teacher } = this.said
    return teacher ? [{ role: "teacher", name: "teacher", seeds: [teacher] }] : []
  }

  confusion(arms) {
    const { said } = this
    const voices = [...this.teachers, ...arms]
    const chosen = voices.find(({ role }) => role === this.voice) ?? voices[0]
    const buttons = voices.map(({ role, name }) =>
      make("button", { className: `plain ${role}`, dataset: { voice: role, key: `voice ${role}` } }, name),
    )
    choose(buttons, ({ dataset }) => dataset.voice === chosen.role)
    const cells = confusion({ labels: said.labels, voices: chosen.seeds, classes: said.classes.length })
    const parts = [
      make("div", { className: "voices" }, ...buttons),
      make("div", { className: "wide" }, this.matrix(cells, chosen)),
    ]
    if (this.cell) {
      const [label, answer] = this.cell.split(" ").map(Number)
      const { images } = cells[label][answer]
      const taken = `Labelled ${said.classes[label]}, taken for ${said.classes[answer]}`
      const words = `${taken}: ${count(images.length, "image")}.`
      parts.push(make("p", { className: "muted" }, words), this.images(images, `cell ${this.cell}`))
    }
    return parts
  }

  matrix(cells, { role, name }) {
    const { classes } = this.said
    const heads = ["label ↓  answer →", ...classes].map((word) => make("th", {}, word))
    const body = make("tbody")
    cells.forEach((row, label) => {
      const line = make("tr", {}, make("th", {}, classes[label]))
      row.forEach(({ share, images }, answer) => {
        const at = `${label} ${answer}`
        const button = make(
          "button",
          {
            className: label === answer ? "right" : "",
            disabled: !images.length,
            dataset: { cell: at, key: `cell ${at}` },
            "aria-label": `${name}: of ${classes[label]}, ${percentOf(share)}% taken for ${classes[answer]}`,
            "aria-pressed": String(this.cell === at),
          },
          share ? percentOf(share) : "0",
        )
        // The wrong ones are few: their colour is stretched so that they can be seen.
        const strength = label === answer ? share : Math.min(1, 4 * share)
        button.style.setProperty("--share", rounded(MOST_COLOUR * (strength || 0), 3))
        line.append(make("td", {}, button))
      })
      body.append(line)
    })
    const chosen = this.cell ?? this.place // where the learner is, or was before the numbers changed
    const roving = new Roving(body, { columns: classes.length })
    roving.refresh(body.querySelector(`[data-cell="${chosen}"]:not(:disabled)`))
    this.on(body, "focusin", ({ target }) => (this.place = target.dataset.cell))
    return make("table", { className: `matrix ${role}` }, make("thead", {}, make("tr", {}, ...heads)), body)
  }

  classes(arms) {
    const { said } = this
    const counted = [...this.teachers, ...arms].map((arm) => ({
      ...arm,
      shares: byClass({ labels: said.labels, seeds: arm.seeds, classes: said.classes.length }),
    }))
    const [plain, taught] = ["labels", "distilled"].map((which) => counted.find(({ role }) => role === which))
    const box = make("div", { className: "classes" })
    const gains = said.classes.map((_, index) =>
      plain?.shares[index] && taught?.shares[index]
        ? gain(taught.shares[index].each, plain.shares[index].each, said.width)
        : null,
    )
    said.classes.forEach((name, index) => {
      const bars = counted
        .filter(({ shares }) => shares[index])
        .map(({ role, name: voice, shares }) => {
          const { mean, low, high } = shares[index]
          const reached = make("i", { style: { width: `${100 * mean}%` } })
          const range = make("u", { style: { left: `${100 * low}%`, width: `${100 * (high - low)}%` } })
          const track = make("div", { className: "track" }, reached, range)
          return make("div", { className: `bar ${role}` }, track, make("span", {}, `${voice} ${percent(mean)}`))
        })
      const ahead = make("span", { className: "gain" }, ...(gains[index] ? [classGainWords(gains[index])] : []))
      const of = make("small", { className: "muted" }, count(counted[0].shares[index]?.images ?? 0, "image"))
      box.append(make("span", {}, name, of), make("div", { className: "pair" }, ...bars), ahead)
    })
    return [box, make("p", { className: "visually-hidden" }, perClassWords(counted, said.classes))]
  }

  images(positions, key) {
    const { data, said } = this
    const shown = this.open.has(key) ? positions : positions.slice(0, FIRST)
    const button = (image) => {
      const about = {
        dataset: { image, key: `${key} ${image}` },
        "aria-label": `Test image ${image}, labelled ${said.classes[said.labels[image]]}`,
      }
      if (!data.here) return make("button", { className: "bare", ...about }, String(image))
      const src = `${data.api}/data/${data.data}/test/${image}.png`
      return make("button", about, make("img", { src, alt: "", loading: "lazy", width: 36, height: 36 }))
    }
    const box = make("div", { className: "images" }, ...shown.map(button))
    const roving = new Roving(box)
    const left = positions.length - shown.length
    if (left > 0)
      box.append(make("button", { className: "more", dataset: { more: key, key: `more ${key}` } }, `${left} more`))
    roving.refresh()
    return box
  }
}

function asClasses({ seq, update, students }) {
  return { seq, update, students: students.map((arm) => arm.map(digits)) }
}

function percentOf(share) {
  const whole = Math.round(100 * share)
  return whole || !share ? String(whole) : "<1"
}

export default mounting(Gallery)
