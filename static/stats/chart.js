// A chart by days with uPlot, in the page's own colours, and its numbers in a table below it.

import { html, useEffect, useRef } from "../html.js";
import { load_style } from "../lazy.js";
import { theme } from "../theme.js";
import uPlot from "../vendor/uplot.js";

const HEIGHT_PX = 210;
const COUNTS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000];
const SECONDS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 43_200, 86_400];

// What var() and light-dark() come to is known only where they are used.
function colour(name) {
  const probe = document.createElement("i");
  probe.style.color = `var(${name})`;
  document.body.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

const faded = (color, share) => color.replace(/^rgb\((.*)\)$/, `rgba($1, ${share})`);

// Bars that stand on each other: each is drawn from the ground up to its sum, the tallest first.
function stacked(series) {
  const sums = series[0].values.map(() => 0);
  return series.map(({ values }) => values.map((value, index) => (sums[index] += value ?? 0))).reverse();
}

function options(element, { days, series, kind, format, day_words }) {
  const [muted, rule] = [colour("--muted"), colour("--rule")];
  const is_bars = kind === "bars";
  const font = `12px ${getComputedStyle(document.body).fontFamily}`;
  const axis = { stroke: muted, font, grid: { stroke: rule, width: 1 }, ticks: { show: false } };
  const drawn = is_bars ? [...series].reverse() : series;
  return {
    width: element.clientWidth,
    height: HEIGHT_PX,
    padding: [8, 22, 0, 0],
    legend: { show: false },
    cursor: { drag: { x: false, y: false }, points: { show: !is_bars } },
    scales: { x: { time: false, range: [-0.6, days.length - 0.4] }, y: { range: (_, low, high) => [0, high > 0 ? high * 1.08 : 1] } },
    axes: [
      { ...axis, grid: { show: false }, space: 70, size: 30, incrs: [1, 2, 5, 7, 14, 30, 60, 90], values: (_, splits) => splits.map((at) => (days[at] ? day_words(days[at]) : "")) },
      { ...axis, size: 64, incrs: is_bars ? COUNTS : SECONDS, values: (_, splits) => splits.map(format) },
    ],
    series: [
      {},
      ...drawn.map(({ name, colour: variable }) => {
        const stroke = colour(variable);
        if (is_bars) return { label: name, stroke, fill: stroke, width: 0, paths: uPlot.paths.bars({ size: [0.72, 40], radius: 0.12 }), points: { show: false } };
        return { label: name, stroke, width: 2, fill: faded(stroke, 0.07), spanGaps: true, points: { show: days.length < 100, size: 5, fill: stroke } };
      }),
    ],
  };
}

function Legend({ series, at, days, format, day_words }) {
  return html`<p class="legend" aria-hidden="true">
    <span class="legend-day">${at === null ? "" : day_words(days[at])}</span>
    ${series.map(({ name, colour: variable, values }) => html`<span class="legend-entry"><i style=${{ background: `var(${variable})` }}></i>${name}
      ${at !== null && html`<b>${values[at] === null ? "–" : format(values[at])}</b>`}</span>`)}
  </p>`;
}

/**
 * Draw series of {name, colour (a CSS variable), values} over `days`, as stacked "bars" or as "lines". `at` and
 * `set_at` are the day that is pointed at. `says` is what the picture says, for those who do not see it.
 */
export function Chart({ days, series, kind, format, day_words, says, at, set_at }) {
  const box = useRef(null);
  useEffect(() => {
    let plot = null;
    let is_shown = true;
    const draw = () => {
      plot?.destroy();
      const data = [days.map((_, index) => index), ...(kind === "bars" ? stacked(series) : series.map(({ values }) => values))];
      plot = new uPlot(
        { ...options(box.current, { days, series, kind, format, day_words }), hooks: { setCursor: [({ cursor }) => set_at(cursor.idx ?? null)] } },
        data,
        box.current,
      );
    };
    load_style("../vendor/uplot.css").then(() => is_shown && draw());
    const dark = matchMedia("(prefers-color-scheme: dark)");
    const redraw = () => plot && draw();
    dark.addEventListener("change", redraw);
    const watched = new ResizeObserver(() => box.current && plot?.setSize({ width: box.current.clientWidth, height: HEIGHT_PX }));
    watched.observe(box.current);
    return () => {
      is_shown = false;
      dark.removeEventListener("change", redraw);
      watched.disconnect();
      plot?.destroy();
    };
  }, [days, series, kind, theme.value]);
  return html`<${Legend} series=${series} at=${at} days=${days} format=${format} day_words=${day_words} />
    <div ref=${box} class="chart" role="img" aria-label=${says}></div>`;
}
