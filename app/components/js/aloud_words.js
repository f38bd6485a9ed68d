// Which notices are news, and what they are about. Pure.

/** What is read out: notices that came or changed. said, before: words by key; before: null at the first look. */
export function news(said, before) {
  if (before === null) return "" // the page has just been loaded, and is read from its beginning
  return [...said]
    .filter(([key, words]) => words && before.get(key) !== words)
    .map(([, words]) => words)
    .join(" ")
}

/** The key of the field that a notice is about, null if it is about none: "notice-at-FIELD-NUMBER". */
export function fieldOf(key) {
  return /^notice-at-(.+)-\d+$/.exec(key)?.[1] ?? null
}
