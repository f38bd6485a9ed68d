// A browser's translation puts an element in the place of each text, under the feet of whoever wrote it. React then
// stops: it takes out, goes by and rewrites texts that are in the page no more. Here what stands in for them answers.

const KEPT = "code, pre, math, .katex, .notranslate, .st-key-brand" // codes, formulas and names
const TIMES = 50 // that a text may have been translated, one time over another
/** @type {WeakMap<Node, ChildNode>} text → what stands in its place, or stood there → what replaced that */
const standIns = new WeakMap()

/** What stands in the page for a text that is there no more. @param {Node} node */
function standIn(node) {
  let other = standIns.get(node)
  for (let times = 0; other && !other.parentNode && times < TIMES; times += 1) other = standIns.get(other)
  return other?.parentNode ? other : undefined
}

/** What stands in `parent` for a node: itself, or what replaced it. @param {Node} parent @param {any} node */
function standing(parent, node) {
  const other = node && node.parentNode !== parent ? standIn(node) : null
  return other?.parentNode === parent ? other : node
}

/** @param {MutationRecord} record */
function note({ target, addedNodes, removedNodes, previousSibling, nextSibling }) {
  for (const text of removedNodes) {
    if (text.nodeName === "FONT" && addedNodes.length) standIns.set(text, /** @type {ChildNode} */ (addedNodes[0]))
    if (text.nodeType !== Node.TEXT_NODE || text.parentNode) continue
    const near = [...addedNodes, previousSibling, nextSibling]
    const other = near.find((node) => node?.nodeName === "FONT" && node.parentNode === target)
    if (other) standIns.set(text, /** @type {Element} */ (other))
  }
  for (const node of addedNodes) {
    if (node instanceof HTMLElement || node instanceof MathMLElement) keep(node)
  }
}

/** @param {Element} root whose codes, formulas and names are not to be translated */
function keep(root) {
  for (const one of root.matches(KEPT) ? [root] : root.querySelectorAll(KEPT)) one.setAttribute("translate", "no")
}

const { removeChild, insertBefore } = Node.prototype
Object.assign(Node.prototype, {
  /** @this {Node} @param {Node} child */
  removeChild(child) {
    removeChild.call(this, standing(this, child))
    return child
  },
  /** @this {Node} @param {Node} child @param {Node | null} before */
  insertBefore(child, before) {
    return insertBefore.call(this, child, standing(this, before))
  },
})

for (const [owner, name] of /** @type {const} */ ([
  [Node.prototype, "nodeValue"],
  [CharacterData.prototype, "data"],
])) {
  const { get, set } = /** @type {any} */ (Object.getOwnPropertyDescriptor(owner, name))
  Object.defineProperty(owner, name, {
    configurable: true,
    enumerable: true,
    get,
    set(value) {
      set.call(this, value)
      const other = this.parentNode ? null : standIn(this)
      other?.replaceWith(this) // and is translated anew
    },
  })
}

new MutationObserver((records) => records.forEach(note)).observe(document, { childList: true, subtree: true })
if (document.body) keep(document.body)
