// Where the tests find the modules and the fixtures that Python has made.
import { readFileSync } from "node:fs"

export const fixtures = JSON.parse(readFileSync(String(process.env.FIXTURES), "utf8"))
export const METHODS = { labels: "Labels only", kd: "Soft labels", smoothing: "Label smoothing" }

/** A module of components/js by its name, or another one of app: "figures/hunt/words". */
export const module = (name) =>
  import(new URL(`../../app/${name.includes("/") ? name : `components/js/${name}`}.js`, import.meta.url).href)
