// A sentence that grows word by word, and the teacher's bars for what comes next; beside it those for a digit, at the
// same temperature. data: {trouble, weights, model, words, watch, rows, lowest, highest, digit, opens}.

import { AWAY, readBytes } from "../../components/js/asking.js"
import { Figure, filled, make, mounting } from "../../components/js/component.js"
import { Roving } from "../../components/js/roving.js"
import { readTensors } from "../../components/js/safetensors.js"
import { SoftBars } from "../../components/js/soft_bars.js"
import { softmax } from "../../components/js/softmax.js"
import { nextWordLogits } from "../../components/js/transformer.js"
import { spokenT } from "../softening/words.js"
import { END, endedWords, restWords, saidWords, shownWords, wordsOf, writtenWords } from "./words.js"

const AGAIN_AFTER = 3000 // milliseconds until it is tried again if the server is away

class NextWord extends Figure {
  /** @type {string[]} the sentence so far */ begun = []
  /** @type {number[] | null} of the next word; null before the teacher is here, and after the end */ logits = null
  /** @type {number[]} words that have a bar */ shown = []
  temperature = 1
  log = false

  constructor(root) {
    super(root, "next-word")
    this.bars = new SoftBars(this.find(".of-words .bars"), this.find(".scales"))
    this.ofDigit = new SoftBars(this.find(".of-digit .bars"), make("span"))
    this.rows = new Roving(this.find(".of-words .bars"), { columns: 1 })
    this.on(".dial input", "input", ({ target }) => this.turn(Number(target.value)))
    this.on(".of-words .bars", "click", ({ target }) => {
      const row = target.closest("button")
      if (row) this.write([...this.begun, this.data.words[this.shown[Number(row.dataset.class)]]])
    })
    this.on(".other", "change", ({ target }) => {
      if (target.value) this.write([...this.begun, target.value])
    })
    this.on(".back", "click", () => this.write(this.begun.slice(0, -1)))
    this.on(".anew", "click", () => this.write([]))
    this.on(".scales", "click", ({ target }) => {
      if (target.dataset.scale) this.scale(target.dataset.scale === "log")
    })
  }

  render({ data }) {
    const { api: _api, module: _module, ...given } = data
    if (!this.another("given", given)) return
    this.data = data
    this.root.dataset.ready = String(!data.trouble)
    this.putOrHide(".trouble", data.trouble)
    if (data.trouble) return
    Object.assign(this.find(".dial input"), { min: data.lowest, max: data.highest })
    const known = data.words.slice(1).map((/** @type {string} */ word) => make("option", { value: word }, word))
    this.find(".other").replaceChildren(make("option", { value: "" }, "…"), ...known)
    this.find(".of-digit").hidden = !data.digit
    if (data.digit) {
      const picture = this.find(".of-digit img")
      picture.src = data.digit.picture
      picture.alt = `A test image, labelled ${data.digit.classes[data.digit.label]}`
    }
    this.reset()
    this.fetch()
  }

  /** The teacher's weights: asked for once, and again only if the server is away. */
  async fetch() {
    const { bytes, status } = await readBytes(new URL(`${this.data.api}/${this.data.weights}`, document.baseURI).href)
    if (this.left) return
    if (bytes) {
      const { tensors } = readTensors(bytes)
      this.weights = (/** @type {string} */ name) => /** @type {any} */ (tensors.get(name))
      return this.write(this.begun)
    }
    this.put(".said", AWAY)
    if (!status) this.later("again", AGAIN_AFTER, () => this.fetch())
  }

  reset() {
    const { sentence, temperature, log } = this.data.opens
    this.temperature = temperature
    this.log = log
    this.write(wordsOf(sentence, this.data.words))
  }

  set({ key, value }) {
    const { words, lowest, highest } = this.data
    if (key === "sentence") this.write(wordsOf(String(value), words))
    if (key === "temperature" && Number.isFinite(value)) this.turn(Math.min(highest, Math.max(lowest, value)))
    if (key === "scale") this.scale(value === "log")
  }

  /** Another sentence: the teacher is asked what comes next. @param {string[]} sentence */
  write(sentence) {
    const { words, model, watch, rows } = this.data
    this.begun = sentence
    const ended = sentence.at(-1) === END || sentence.length >= model.length
    this.logits = null
    if (this.weights && !ended) {
      const text = [0, ...sentence.map((word) => words.indexOf(word))]
      this.logits = [...(nextWordLogits(model, this.weights, text).at(-1) ?? [])]
      this.shown = shownWords(this.logits, rows, words.indexOf(watch))
    }
    this.put(".written", writtenWords(sentence))
    this.find(".gap").hidden = ended
    this.find(".other").value = ""
    this.find(".other").disabled = ended
    this.find(".back").disabled = !sentence.length
    this.find(".anew").disabled = !sentence.length
    this.scale(this.log)
    if (ended) this.put(".said", endedWords(sentence))
  }

  /** The rows of the likeliest words, and of the digits. @param {boolean} log */
  scale(log) {
    this.log = log
    const [voices, { words, digit }] = [[{ role: "teacher", name: "teacher" }], this.data]
    const names = this.logits ? this.shown.map((word) => words[word]) : []
    if (this.another("rows", [names, log])) {
      this.bars.build({ classes: names, voices, log, pressed: true })
      this.rows.refresh()
      if (digit) this.ofDigit.build({ classes: digit.classes, voices, log })
    }
    this.turn(this.temperature)
  }

  /** While it is dragged nothing but bars and their words are drawn. @param {number} temperature */
  turn(temperature) {
    const { input, data } = this
    this.temperature = temperature
    if (Number(input.value) !== temperature) input.value = String(temperature)
    filled(input)
    this.find(".dial output").textContent = spokenT(temperature)
    if (data.digit) {
      const digits = softmax(data.digit.logits, temperature)
      this.ofDigit.show([digits], data.digit.label)
    }
    this.put(".of-words .rest", "")
    if (!this.logits) return
    const probabilities = softmax(this.logits, temperature)
    this.bars.show([this.shown.map((word) => probabilities[word])])
    this.put(".of-words .rest", restWords(probabilities, this.shown))
    const said = saidWords(this.begun, data.words, probabilities, data.words.indexOf(data.watch), spokenT(temperature))
    this.put(".said", said)
    input.setAttribute("aria-valuetext", `${spokenT(temperature)}. ${said}`)
  }

  get input() {
    return this.find(".dial input")
  }
}

export default mounting(NextWord)
