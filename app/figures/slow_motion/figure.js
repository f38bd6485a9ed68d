// One training step in slow motion: eight stages from the teacher's logits to the update, in the numbers of one image.
// The arithmetic is in training_step.js, the words are in words.js.

import { choose, Figure, filled, imageButtons, make, mounting, write } from "../../components/js/component.js"
import { count, rounded } from "../../components/js/format.js"
import { Roving } from "../../components/js/roving.js"
import { PARTS, trainingStep } from "./training_step.js"
import { HONEST, keyWords, realWords, resultWords, STAGES, stageBars, stageWords } from "./words.js"

class SlowMotion extends Figure {
  /** @type {any} */ state

  constructor(root) {
    super(root, "slow-motion")
    this.roving = new Roving(this.find(".stages"))
    this.dials = [...this.all(".dial")].map((box) => ({ key: box.dataset.key, input: box.querySelector("input") }))
    for (const { key, input } of this.dials) this.on(input, "input", () => this.change({ [key]: Number(input.value) }))
    this.on(root, "click", (event) => this.pressed(event.target.closest("button")))
  }

  render({ data }) {
    const images = data.images.map(({ image }) => image)
    this.data = data
    if (this.another("given", [data.run, data.update, images, data.temperature, data.alpha, data.stages])) {
      this.offered = data.stages.map((number) => number - 1)
      this.makeStages()
      this.find(".pictures").replaceChildren(...imageButtons(data))
      this.reset()
    }
    this.draw()
    this.root.dataset.ready = "true"
  }

  reset() {
    const { temperature, alpha } = this.data
    this.state = { stage: this.offered[0], parts: "both", temperature, alpha }
    this.choose(0)
    this.drawSoon()
  }

  // ── what the learner does ──────────────────────────────────────────────────────────────────────────────────────

  pressed(button) {
    if (!button) return
    const { stage, way, parts, make, image } = button.dataset
    if (stage !== undefined) this.change({ stage: Number(stage) })
    if (way !== undefined) this.go(this.offered.indexOf(this.state.stage) + Number(way))
    if (parts !== undefined) this.change({ parts })
    if (make !== undefined) this.make(Number(make))
    if (image !== undefined) {
      this.choose(Number(image))
      this.drawSoon()
    }
  }

  go(place) {
    this.change({ stage: this.offered[Math.min(this.offered.length - 1, Math.max(0, place))] })
  }

  change(values) {
    Object.assign(this.state, values)
    this.drawSoon()
  }

  /** A phrase was pressed: stage (from 1), temperature, alpha, parts, image, and steps that are made here. */
  set({ key, value }) {
    const at = this.data.images.findIndex(({ image }) => image === value)
    if (key === "stage" && this.offered.includes(value - 1)) this.state.stage = value - 1
    else if (key === "parts" && PARTS.includes(value)) this.state.parts = value
    else if (key === "image" && at >= 0) this.choose(at)
    else if (key === "steps") this.step(value)
    else if (["temperature", "alpha"].includes(key) && Number.isFinite(value)) {
      const { min, max } = this.find(`#slow-${key}`)
      this.state[key] = Math.min(Number(max), Math.max(Number(min), value))
    } else return
    this.drawSoon()
  }

  light({ term, on }) {
    const marked = {
      T: ".dial[data-key=temperature] label",
      alpha: ".dial[data-key=alpha] label",
      KL: '[data-term="KL"]',
      CE: '[data-term="CE"]',
    }
    if (marked[term]) this.find(marked[term])?.classList.toggle("lit", on)
  }

  choose(at) {
    this.at = at
    this.student = [...this.data.images[at].student]
    this.made = 0
  }

  /** Make steps on the logits of this image; 0: back to the student as it was. */
  make(count) {
    this.step(count)
    this.drawSoon()
  }

  step(count) {
    if (!count) this.choose(this.at)
    for (let made = 0; made < count; made++) this.student = this.next().updated
    this.made += count
  }

  next() {
    const { teacher, label } = this.data.images[this.at]
    const { temperature, alpha, parts } = this.state
    return trainingStep({ teacher, student: this.student, label, temperature, alpha, parts })
  }

  // ── what is drawn ──────────────────────────────────────────────────────────────────────────────────────────────

  makeStages() {
    const made = this.offered.map((at) => {
      const { title, term = "" } = STAGES[at]
      const item = make("li")
      item.innerHTML =
        `<button type="button" data-stage="${at}" data-term="${term}"><span class="mark" ` +
        `aria-hidden="true">${this.number(at)}</span><span class="title"></span><span class="result"></span></button>`
      item.querySelector(".title").textContent = title
      return item
    })
    this.find(".stages").replaceChildren(...made)
    this.find(".stages").style.setProperty("--stages", String(made.length))
  }

  /** A stage's number, "" if some are left out. */
  number(at) {
    return this.offered.length === STAGES.length ? String(at + 1) : ""
  }

  draw() {
    const { data, state, student, made } = this
    const { teacher, label, image } = data.images[this.at]
    const step = this.next()
    const { classes, update, updates } = data
    const about = { ...state, label, classes, teacher, student, update, updates, made }
    const { key, title, formula } = STAGES[state.stage]
    this.put(
      ".about",
      `Test image ${image}, labelled ${classes[label]}. Teacher and student are those of the recorded run; ` +
        `the student is one of its distilled twins, after ${update} of ${updates} updates.`,
    )
    for (const { input } of this.dials) this.showDial(input)
    choose(this.all("[data-parts]"), (button) => button.dataset.parts === state.parts)
    choose(this.find(".pictures").children, (button) => Number(button.dataset.image) === this.at)
    this.drawStages(step, about)
    this.put("h3", `${this.number(state.stage)} ${title}`.trim())
    this.put(".says", stageWords(key, step, about))
    this.put(".formula", formula)
    const real =
      key === "update" && !made ? realWords(step, { ...about, real: data.images[this.at].real, made: data.real }) : null
    this.put(".honest", real?.words ?? (key === "update" || key === "mix" ? HONEST : ""))
    this.drawReal(real)
    this.drawKey(keyWords(key, step))
    this.find(".directions").hidden = key !== "mix"
    this.drawBars(stageBars(key, step, about), label, classes)
    this.drawWays()
    const values = {
      T: state.temperature,
      alpha: step.weight,
      KL: step.kl,
      CE: step.hard,
      soft: step.soft,
      loss: step.total,
    }
    this.tellValues(values)
  }

  showDial(input) {
    const key = input.closest(".dial").dataset.key
    const value = this.state[key]
    if (Number(input.value) !== value) input.value = value
    const used = key === "alpha" ? this.state.parts === "both" : this.state.parts !== "hard"
    input.closest(".dial").dataset.used = String(used)
    const digits = key === "alpha" ? 2 : 1
    write(input.previousElementSibling, used ? rounded(value, digits) : "not used")
    filled(input)
  }

  drawStages(step, about) {
    for (const button of this.find(".stages").querySelectorAll("button")) {
      const at = Number(button.dataset.stage)
      const { key } = STAGES[at]
      write(button.querySelector(".result"), resultWords(key, step, about))
      const current = at === this.state.stage
      current ? button.setAttribute("aria-current", "step") : button.removeAttribute("aria-current")
      const unused = (key === "soft" && step.weight === 0) || (key === "hard" && step.weight === 1)
      button.dataset.unused = String(unused)
    }
    const current = this.find(`[data-stage="${this.state.stage}"]`)
    if (!this.find(".stages").contains(document.activeElement)) this.roving.refresh(current)
  }

  drawKey(words) {
    if (!this.another("key", words)) return
    const entry = ({ role, words: text, ghost }) =>
      make("span", { className: role }, make("i", { className: `${role} ${ghost ? "ghost" : ""}` }), text)
    this.find(".key").replaceChildren(...words.map(entry))
  }

  drawBars({ rows, signed = false }, label, classes) {
    const box = this.find(".bars")
    const shape = rows.map((row) => row.map(({ role, ghost }) => [role, ghost]))
    if (this.another("bars", shape)) {
      box.replaceChildren(...rows.map(asRow))
      box.style.setProperty("--names", `${Math.max(1.2, 0.6 * Math.max(...classes.map(({ length }) => length)))}rem`)
    }
    const all = rows.flat().map(({ value }) => value)
    const high = signed ? Math.max(0, ...all) : 1
    const low = signed ? Math.min(0, ...all) : 0
    const room = high - low || 1
    const at = (value) => (100 * (value - low)) / room
    rows.forEach((row, index) => {
      const node = box.children[index]
      node.classList.toggle("right", index === label)
      write(node.firstChild, classes[index])
      node.querySelector(".tracks").style.setProperty("--zero", `${at(0)}%`)
      row.forEach(({ value, text }, which) => {
        const bar = node.querySelectorAll(".bar")[which]
        bar.style.setProperty("--from", `${at(Math.min(0, value))}%`)
        bar.style.setProperty("--wide", `${(100 * Math.abs(value)) / room}%`)
        write(node.querySelectorAll(".values span")[which], text)
      })
    })
  }

  drawReal(real) {
    const table = this.find(".real")
    table.hidden = !real
    if (!real) return
    table.querySelectorAll("thead th").forEach((cell, at) => write(cell, real.heads[at]))
    while (table.tBodies[0].rows.length < real.rows.length) {
      table.tBodies[0].insertRow().innerHTML = `<th scope="row"></th><td></td><td></td>`
    }
    real.rows.forEach((row, at) => {
      const { cells } = table.tBodies[0].rows[at]
      row.forEach((text, column) => write(cells[column], text))
      real.heads.forEach((head, column) => (cells[column + 1].dataset.of = head))
    })
  }

  drawWays() {
    const { stage } = this.state
    const last = stage === this.offered.at(-1)
    const makes = stage === STAGES.length - 1
    const pressed = this.find(".ways button:focus")
    this.find('[data-way="-1"]').disabled = stage === this.offered[0]
    this.find('[data-way="1"]').hidden = last
    for (const button of this.all("[data-make]")) button.hidden = !makes && button.dataset.make !== "0"
    this.find('[data-make="0"]').hidden = this.made === 0
    // the way on is where the hand is
    if (pressed?.hidden || pressed?.disabled) this.find(".ways .ahead:not([hidden])").focus()
    this.put(".made", this.made ? `${count(this.made, "step")} made on this image` : "")
  }
}

function asRow(row) {
  const node = make("div", { className: "row", role: "listitem", dataset: { bars: row.length } })
  const bars = row.map(({ role, ghost }) => `<div class="bar ${role} ${ghost ? "ghost" : ""}"></div>`).join("")
  const values = row.map(({ role }) => `<span class="${role}"></span>`).join("")
  node.innerHTML =
    `<span class="name"></span><div class="tracks" aria-hidden="true">${bars}</div><span ` +
    `class="values">${values}</span>`
  return node
}

export default mounting(SlowMotion)
