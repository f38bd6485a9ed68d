// A button that prints the page.

import { Component, mounting } from "./component.js"

class Print extends Component {
  constructor(root) {
    super(root)
    this.on("button", "click", () => print())
  }
}

export default mounting(Print)
