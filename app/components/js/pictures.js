// What the images of a figure look like: one of each class, with its name. data: {api, data, classes, images}.

import { Component, make, mounting, thumbnail } from "./component.js"

class Pictures extends Component {
  render({ data }) {
    if (!this.another("images", [data.data, data.images])) return
    const picture = (name, at) => make("span", {}, make("i", { style: thumbnail(data, data.images, at) }), name)
    this.root.replaceChildren(...data.classes.map(picture))
    this.root.dataset.ready = "true"
  }
}

export default mounting(Pictures)
