// Elements that are known to be there.

/**
 * The first element below `root` that a selector names, of whatever type the reader knows it to be. Throws if it is not
 * there.
 * @param {ParentNode} root @param {string} selector @returns {any}
 */
export function find(root, selector) {
  const element = root.querySelector(selector)
  if (!element) throw new Error(`there is no ${selector}`)
  return element
}

/** All of them. @param {ParentNode} root @param {string} selector @returns {any[]} */
export function findAll(root, selector) {
  return [...root.querySelectorAll(selector)]
}
