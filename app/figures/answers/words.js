// What the soft labels say, in words. Plain text from plain data.

import { capital, rounded, whole } from "../../components/js/format.js"
import { roundedShare as share } from "../../components/js/soft_bars.js"
import { entropy, largest } from "../../components/js/softmax.js"

/** "Test image 321, labelled 6", the label never alone on a line. */
export function captionWords(image, answer) {
  return answer ? `Test image ${image}, labelled\u00a0${answer.classes[answer.label]}` : `Test image ${image}`
}

/** "Teacher: 6 (61%), then 1 (30%). Distilled: …" voices: [{name, probabilities}]. */
export function answerWords(voices, classes) {
  if (!voices.length) return ""
  const said = voices.map(({ name, probabilities }) => {
    const [first, second] = largest(probabilities, 2)
    return (
      `${capital(name)}: ${classes[first]} (${share(probabilities[first])}), then ${classes[second]} ` +
      `(${share(probabilities[second])}).`
    )
  })
  return said.join(" ")
}

/** "Entropy: teacher 2.31 bits, distilled 2.12 bits, of at most 3.32." voices: [{name, probabilities}]. */
export function entropyWords(voices) {
  if (!voices.length) return ""
  const each = voices.map(({ name, probabilities }) => `${name} ${rounded(entropy(probabilities), 2)} bits`)
  return `Entropy: ${each.join(", ")}, of at most ${rounded(Math.log2(voices[0].probabilities.length), 2)}.`
}

/**
 * How the bars were made. seeds: students of each kind; update: the moment that is looked back to, null for the newest.
 */
export function howWords({ answer, data, temperature, seeds, update = null }) {
  if (!answer && !data.here) return "What teacher and students say appears here once the images are on this machine."
  if (!answer) return "The teacher has not looked at these images yet. It does so before the first run."
  if (data.alone) return aloneWords(temperature)
  const softened = `Softened at T = ${Number(rounded(temperature, 2))}; drag the temperature and the bars follow.`
  if (!seeds) return `${softened} The students answer once they train.`
  const mean = seeds === 1 ? "" : ` Students: mean of ${seeds} seeds.`
  const then = update === null ? "" : ` As they were after ${whole(update)} updates.`
  return `${softened}${mean}${then}`
}

/** The same where no student is asked. */
const aloneWords = (temperature) =>
  temperature === 1 ? "Not softened (T = 1)." : `Softened at T = ${Number(rounded(temperature, 2))}.`

const FOOL = "Teacher and student answer while you draw. Can you fool the student, and not the teacher?"
const studentWords = (seeds) => `Student: ${seeds === 1 ? "one that" : `mean of ${seeds} that`} this teacher taught.`
/** Who answers a drawing while the server does not. */
export const stillWords = ({ alone }) =>
  alone ? " The student still answers: it is in this browser." : " The students still answer: they are in this browser."

/**
 * The same for a drawing. answer: null before there is one, its update that of the students that answered; wanted: the
 * moment that is looked back to, null for the newest; answered: whether the students have answered test images; here:
 * whether they are in this browser.
 */
export function drawnWords({ answer, data, temperature, seeds, wanted, answered = false, here = false }) {
  if (!answer) return data.alone ? FOOL : "They answer while you draw."
  const where = here ? ` ${data.alone ? "It answers" : "The students answer"} in this browser, without the server.` : ""
  if (data.alone) return `${aloneWords(temperature)}${seeds ? ` ${studentWords(seeds)}${where}` : ""}`
  const softened = `Softened at T = ${Number(rounded(temperature, 2))}; drag the temperature and the bars follow.`
  const later =
    data.run && answered
      ? "Its students can be asked once the run " + "has ended."
      : "The students answer once they train."
  if (!seeds) return `${softened} ${later}`
  const mean = (seeds === 1 ? "" : ` Students: mean of ${seeds} seeds.`) + where
  if (wanted === null) return `${softened}${mean}`
  if (answer.update === wanted) return `${softened}${mean} As they were after ${whole(wanted)} updates.`
  return (
    `${softened}${mean} Of that moment no students were kept: these are the ones after ` +
    `${whole(answer.update)} updates.`
  )
}
