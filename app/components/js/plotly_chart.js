// The same chart in Plotly, which takes over when it has loaded: it can be zoomed, and says its values under the
// pointer. Traces and layout are plain data; only `takeOver` touches the page.

import { whole } from "./format.js"
import { DASH, LINE, ranges, tickText, VERDICT } from "./frame.js"
import { pointAt } from "./series.js"

/** Traces for Plotly. colours: {teacher, distilled, labels, paper} as CSS colours. */
export function traces(at, series, teacherAccuracy, colours) {
  const own = series.filter(({ role, ghost }) => role !== "predicted" && !ghost)
  const found = own.flatMap(({ role, points }) => (points.length > 1 ? [band(at, role, points, colours)] : []))
  if (Number.isFinite(teacherAccuracy)) found.push(teacher(at, teacherAccuracy, colours))
  for (const one of series) found.push(mean(at, one, colours))
  for (const { role, points, end } of own) {
    const last = at.moment === null && end
    if (last) found.push(reach(at, role, end, colours))
    const point = last || pointAt(points, at.moment)
    if (point && point.mean >= at.axes.y[0]) found.push(mark(at, role, point, colours))
  }
  return found
}

const LABEL_SHIFT = 5.5 // pixels from the plot to the names of its lines
const FAINT = 0.4 // as in chart.css
const SILENT = { hoverinfo: "skip", showlegend: false }

function band(at, role, points, colours) {
  const back = [...points].reverse()
  return {
    x: [...points, ...back].map(({ update }) => update),
    y: [...points.map(({ high }) => at.unit * high), ...back.map(({ low }) => at.unit * low)],
    mode: "lines",
    fill: "toself",
    fillcolor: transparent(colours[role], 0.16),
    line: { width: 0 },
    ...SILENT,
  }
}

function mean(at, { role, name, points, ghost }, colours) {
  const seeds =
    at.unit === 100
      ? "%{y:.1f}%  (%{customdata[0]:.1f} to %{customdata[1]:.1f})"
      : "%{y:.3f}  (%{customdata[0]:.3f} to %{customdata[1]:.3f})"
  return {
    x: points.map(({ update }) => update),
    y: points.map((point) => at.unit * point.mean),
    customdata: points.map(({ low, high }) => [at.unit * low, at.unit * high]),
    name,
    mode: "lines",
    opacity: ghost ? FAINT : 1,
    line: { color: colours[role], width: LINE[role], dash: DASH[role] || "solid" },
    hovertemplate: `${name} ${role === "predicted" ? "%{y:.1f}%" : seeds}<extra></extra>`,
    showlegend: false,
  }
}

function mark(at, role, point, colours) {
  const symbol = { labels: "square", control: "triangle-up", bugged: "x" }[role] ?? "circle"
  const hollow = role === "labels" || role === "control"
  const line = { color: colours[role], width: hollow ? 2 : 0 }
  const marker = { symbol, size: hollow ? 7 : 8, color: hollow ? colours.paper : colours[role], line }
  const place = { x: [point.update], y: [at.unit * point.mean] }
  return { ...place, mode: "markers", cliponaxis: false, marker, ...SILENT }
}

/** From its lowest to its highest seed. */
function reach(at, role, { update, low, high }, colours) {
  const line = { color: colours[role], width: 1.5 }
  return { x: [update, update], y: [at.unit * low, at.unit * high], mode: "lines", line, ...SILENT }
}

function teacher(at, accuracy, colours) {
  return {
    x: at.axes.x,
    y: [at.unit * accuracy, at.unit * accuracy],
    name: "teacher",
    mode: "lines",
    line: { color: colours.teacher, width: LINE.teacher, dash: DASH.teacher },
    hovertemplate: "teacher %{y:.1f}%<extra></extra>",
    showlegend: false,
  }
}

/**
 * Layout for Plotly. look: {colours, font, zoomable, revision}; zoomable: whether dragging zooms (on a touch screen it
 * has to scroll the page); revision: the learner's zoom is kept as long as this stays the same.
 */
export function layout(at, { colours, font, zoomable, revision }) {
  const [x, y] = ranges(at)
  const ticks = { size: at.fontSize, color: colours.muted }
  const axis = { zeroline: false, showline: false, ticks: "", tickfont: ticks, fixedrange: !zoomable }
  return {
    width: at.width,
    height: at.height,
    margin: { l: at.margin.left, r: at.margin.right, t: at.margin.top, b: at.margin.bottom, pad: 0 },
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    font: { family: font, size: at.fontSize, color: colours.ink },
    uirevision: revision,
    dragmode: zoomable ? "zoom" : false,
    hovermode: "x unified",
    hoverlabel: { bgcolor: colours.panel, bordercolor: colours.rule, font: { color: colours.ink, size: at.fontSize } },
    xaxis: {
      ...axis,
      range: x,
      tickvals: at.axes.xTicks,
      ticktext: at.axes.xTicks.map(whole),
      ticklabelstandoff: Math.round(0.3 * at.fontSize), // as in the SVG
      showgrid: false,
      hoverformat: "d",
      unifiedhovertitle: { text: "%{x} updates" },
    },
    yaxis: {
      ...axis,
      range: y,
      tickvals: at.axes.yTicks.map((tick) => at.unit * tick),
      ticktext: at.axes.yTicks.map((tick) => tickText(at, tick)),
      ticklabelstandoff: 6,
      gridcolor: colours.rule,
      gridwidth: 1,
    },
    annotations: annotations(at, colours),
    shapes: at.moment === null ? [] : [now(at, colours)],
  }
}

function now({ moment }, { ink }) {
  return { type: "line", x0: moment, x1: moment, yref: "paper", y0: 0, y1: 1, line: { color: ink, width: 1 } }
}

function annotations(at, colours) {
  const still = { showarrow: false, font: { size: at.fontSize, color: colours.muted }, yanchor: "middle" }
  const paper = { xref: "paper", yref: "paper" }
  const after = at.after - at.plot.left - at.plot.width
  return [
    { ...still, ...paper, text: "updates", x: 1, xanchor: "right", y: 0, yshift: -2.25 * at.fontSize, xshift: 2 },
    ...at.ends.map(({ role, text, update, share, shift }) => ({
      ...still,
      text,
      font: { size: at.fontSize, color: colours[role] },
      x: update,
      y: at.unit * share,
      xanchor: "right",
      yshift: -shift,
    })),
    ...(at.ends.length
      ? [{ ...still, ...paper, text: VERDICT, x: 1, xanchor: "left", y: 0, yshift: -at.fontSize, xshift: after }]
      : []),
    ...at.labels.map(({ role, text, share, y, anchorY }) => ({
      ...still,
      text: `<b>${text}</b>`,
      font: { size: at.fontSize, color: colours[role] },
      xref: "paper",
      x: 1,
      y: at.unit * at.inside(share),
      xanchor: "left",
      xshift: LABEL_SHIFT,
      yshift: anchorY - y,
      cliponaxis: false,
    })),
  ]
}

// A file cannot bring the page's font along: it is measured and drawn with one that every machine has.
const FILE_FONT = "system-ui, sans-serif"
const CHARACTER = 0.56 // width of an average character of it, in font sizes
const WIDER = 0.15 // … than one of the page's
const MARK = 4 // pixels by which a line's name stands further from its mark, which a file draws larger

/**
 * A picture to take away, from the picture on the page: larger by a head that says what it is, what came out and what
 * it was made with, for whoever meets it elsewhere. layout: Plotly's; said: {title, verdict, settings}, plain text;
 * look: {fontSize, paper, ink}. Returns {layout, width, height}.
 */
export function titled({ layout, ...rest }, said, { fontSize, paper, ink }) {
  const { margin } = layout
  const more = MARK + Math.ceil(WIDER * margin.r)
  const width = layout.width + more
  const fitting = Math.floor((width - 2 * fontSize) / (CHARACTER * fontSize))
  const lines = [
    ...wrapped(said.title, fitting).map((line) => `<b>${line}</b>`),
    ...wrapped(said.verdict, fitting),
    ...wrapped(said.settings, fitting),
  ]
  const head = Math.ceil(fontSize * (1.3 * lines.length + 1.6))
  const height = layout.height + head
  return {
    ...rest,
    width,
    height,
    layout: {
      ...layout,
      width,
      height,
      margin: { ...margin, t: margin.t + head, r: margin.r + more },
      font: { ...layout.font, family: FILE_FONT },
      paper_bgcolor: paper,
      plot_bgcolor: paper,
      annotations: layout.annotations.map((one) =>
        one.xshift === LABEL_SHIFT ? { ...one, xshift: one.xshift + MARK } : one,
      ),
      title: {
        text: lines.join("<br>"),
        font: { size: fontSize, color: ink },
        x: 0,
        y: 1,
        xref: "container",
        yref: "container",
        xanchor: "left",
        yanchor: "top",
        pad: { l: fontSize, t: 1.6 * fontSize },
      },
    },
  }
}

/** Text in lines of so many characters at most where words allow it, as Plotly takes it: its markup is text. */
export function wrapped(text, characters) {
  const lines = []
  for (const word of (text ?? "").split(/\s+/).filter(Boolean)) {
    const longer = lines.length ? `${lines.at(-1)} ${word}` : word
    if (lines.length && longer.length <= characters) lines[lines.length - 1] = longer
    else lines.push(word)
  }
  return lines.map((line) => line.replaceAll("&", "&amp;").replaceAll("<", "&lt;"))
}

/** A CSS colour (#rrggbb or rgb()) with an opacity. */
export function transparent(colour, opacity) {
  const hex = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(colour.trim())
  const parts = hex
    ? hex.slice(1).map((part) => parseInt(part, 16))
    : (colour.match(/[\d.]+/g) ?? [0, 0, 0]).slice(0, 3)
  return `rgba(${parts.join(",")},${opacity})`
}

/** @type {Promise<any> | null} */
let loading = null

/** Plotly, loaded once a page. url: where the server keeps it. */
export async function loadPlotly(url) {
  /** @type {any} */
  const page = window
  loading ??= new Promise((resolve, reject) => {
    if (page.Plotly) return resolve(page.Plotly)
    const script = document.createElement("script")
    script.src = url
    script.async = true
    script.onload = () => resolve(page.Plotly)
    script.onerror = () => {
      loading = null
      reject(new Error("Plotly could not be loaded"))
    }
    document.head.append(script)
  })
  return loading
}

/** Draw into `target`; the same target keeps its zoom. */
export function draw(Plotly, target, at, series, teacherAccuracy, look) {
  const config = { displayModeBar: false, responsive: false, doubleClick: "reset", scrollZoom: false }
  return Plotly.react(target, traces(at, series, teacherAccuracy, look.colours), layout(at, look), config)
}
