// The page that is taken home: a student, what is drawn or shown to it, and its soft labels. It asks nobody.

import { Component, filled } from "../component.js"
import { rounded } from "../format.js"
import { logits, standardised } from "../network.js"
import { Pad } from "../pad.js"
import { readTensors } from "../safetensors.js"
import { roundedShare, SoftBars } from "../soft_bars.js"
import { largest, softmax } from "../softmax.js"

const GREY = [0.299, 0.587, 0.114] // of red, green and blue, as photographs are made grey everywhere

class TakeHome extends Component {
  constructor(/** @type {HTMLElement} */ root) {
    super(root)
    const { about, tensors } = readTensors(bytesOf(this.find(".weights").textContent))
    this.network = about.network
    this.weights = (/** @type {string} */ name) => /** @type {any} */ (tensors.get(name))
    this.bars = new SoftBars(this.find(".bars"), this.find(".scales"))
    this.log = false
    this.pad = this.find("canvas.pad") ? new Pad(root, () => this.drawSoon(), this) : null
    /** @type {Uint8Array | null} what a photograph was made into: pixels, channel after channel */
    this.photograph = null
    this.on(".temperature", "input", () => this.drawSoon())
    this.on(root, "click", ({ target }) => this.pressed(target.closest("[data-scale]")?.dataset.scale))
    if (!this.pad) this.on(".photograph", "change", ({ target }) => this.load(target.files[0]))
    this.draw()
    root.dataset.ready = "true"
  }

  /** @param {string | undefined} scale */
  pressed(scale) {
    if (!scale) return
    this.log = scale === "log"
    this.draw()
  }

  /** Make a photograph as small as the student knows them: its middle, as a square. @param {File | undefined} file */
  async load(file) {
    if (!file) return
    const picture = await createImageBitmap(file).catch(() => null)
    this.putOrHide(".trouble", picture ? "" : "This file could not be read as a picture. Try a JPEG or a PNG.")
    if (!picture) return
    const [{ channels, side }] = this.network.layers
    const shorter = Math.min(picture.width, picture.height)
    const [left, top] = [(picture.width - shorter) / 2, (picture.height - shorter) / 2]
    const context = this.find("canvas.seen").getContext("2d")
    context.imageSmoothingQuality = "high"
    context.drawImage(picture, left, top, shorter, shorter, 0, 0, side, side)
    const shown = context.getImageData(0, 0, side, side)
    this.photograph = channelsOf(shown.data, channels)
    if (channels === 1) {
      this.photograph.forEach((value, at) => shown.data.set([value, value, value], 4 * at))
      context.putImageData(shown, 0, 0)
    }
    this.draw()
  }

  draw() {
    const { layers, mean, spread, classes } = this.network
    const slider = this.find(".temperature")
    const temperature = Number(slider.value)
    filled(slider)
    this.put(".turned", `T = ${Number(rounded(temperature, 1))}`)
    const pixels = this.pad ? this.pad.picture : this.photograph
    const said = pixels && [...logits(layers, this.weights, standardised(pixels, mean, spread))]
    const probabilities = said && softmax(said, temperature)
    const shape = { classes, voices: [{ role: "distilled", name: "student" }], log: this.log }
    if (this.another("bars", shape)) this.bars.build(shape)
    this.bars.show([probabilities])
    this.root.dataset.answered = String(Boolean(said))
    if (!probabilities) {
      this.cancel("speak")
      this.put(".spoken", "")
      return this.put(".said", this.pad ? "Draw a digit: it answers." : "Choose a picture: it answers.")
    }
    const [first, second] = largest(probabilities, 2)
    const told = [first, second].map((at) => `${classes[at]} (${roundedShare(probabilities[at])})`)
    const sentence = `It says ${told.join(", then ")}.`
    this.put(".said", sentence)
    this.speakSoon(sentence, 900, true)
  }
}

/** @param {string} text in base64 */
const bytesOf = (text) => Uint8Array.from(atob(text.trim()), (letter) => letter.charCodeAt(0)).buffer

/**
 * Pixels channel after channel. @param {Uint8ClampedArray} shown four numbers for each pixel
 * @param {number} channels 3, or 1 for grey
 */
function channelsOf(shown, channels) {
  const each = shown.length / 4
  return Uint8Array.from({ length: channels * each }, (_, at) => {
    const pixel = 4 * (at % each)
    if (channels === 3) return shown[pixel + Math.floor(at / each)]
    return Math.round(GREY.reduce((sum, share, colour) => sum + share * shown[pixel + colour], 0))
  })
}

new TakeHome(/** @type {HTMLElement} */ (document.querySelector(".distillery")))
