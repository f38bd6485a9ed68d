// A slider that has no knob until somebody touches it: nobody is told where to begin, or what to answer.

/**
 * @param {HTMLInputElement} input @param {() => void} touched called with every change by hand
 * @returns {{touched: () => boolean, touch: () => void}} whether it was touched, and a way to count it as touched
 */
export function withoutKnob(input, touched) {
  input.classList.add("untouched")
  input.setAttribute("aria-valuetext", "not set yet")
  const touch = () => input.classList.remove("untouched")
  const heard = () => {
    touch()
    touched()
  }
  input.addEventListener("input", heard)
  input.addEventListener("pointerup", heard) // a press where the slider stands already changes nothing
  input.addEventListener("keyup", ({ key }) => {
    if (/^(Arrow|Page|Home|End)/.test(key)) heard()
  })
  return { touched: () => !input.classList.contains("untouched"), touch }
}
