import { el, setText } from './dom.js';
import { SPAN } from './feed.js';
import { clock, minute, NOTHING } from './numbers.js';

const HEIGHT = 168;
const LINES = 6; // series that colours tell apart; all others are one
const OTHERS = 'others';
const BAR = 15; // seconds
const YOUNG = 120; // seconds that a chart shows at least
const GAP = 3; // seconds without a point that are shown as a gap
const FONT = '11px system-ui, sans-serif';
const dark = matchMedia('(prefers-color-scheme: dark)');

/**
 * A chart of the last 15 minutes, or of the time since the server started. `series(points)` returns `[key, label, valueOf(point)]`
 * each, at most six; `format` is for values and `axis` for the scale; `note(point)` stands beside the title. Bars are sums of 15
 * seconds, one upon the other. A sparse chart has no value in many points, and joins those that it has.
 */
export function chart({ title, series, format, axis = format, bars = false, sparse = false, empty = '', note = () => '' }, signal) {
  const time = el('span', { class: 'soft' });
  const legend = el('ul', { class: 'legend' });
  const plotArea = el('div', { class: 'plot', role: 'img', tabindex: '0', 'aria-label': title });
  const none = el('p', { class: 'empty', hidden: true }, empty);
  const element = el('section', { class: 'card chart' }, el('h2', null, title, time), legend, plotArea, none);
  let plot = null;
  let drawn = []; // the series in the plot
  let data = null;
  let latest = null;
  let since = 0; // the time at the left edge
  let items = [];
  let at = null; // the index that the cursor is at

  new ResizeObserver(() => plot?.setSize({ width: plotArea.clientWidth, height: HEIGHT })).observe(plotArea);
  dark.addEventListener('change', draw, { signal });
  signal.addEventListener('abort', () => plot?.destroy());
  plotArea.addEventListener('keydown', moveCursor);
  return { element, show };

  function show(points) {
    const now = series(points);
    latest = points.at(-1);
    since = Math.max(latest.at - SPAN, Math.min(points[0].at, latest.at - YOUNG));
    data = bars ? barData(points, now, since) : lineData(points, now);
    const changed = !plot || now.length !== drawn.length || now.some(([key], i) => key !== drawn[i][0]);
    drawn = now;
    if (changed) {
      showLegend();
      draw();
    } else {
      plot.setData(data.shown);
    }
    showValues();
    none.hidden = empty === '' || hasValues();
  }

  function draw() {
    if (!data) {
      return;
    }
    plot?.destroy();
    plot = new window.uPlot(options(), data.shown, plotArea);
  }

  function options() {
    const style = getComputedStyle(element);
    const color = (variable) => style.getPropertyValue(variable).trim();
    const lines = { stroke: color('--soft'), font: FONT, ticks: { show: false } };
    const grid = { stroke: color('--line'), width: 1 };
    return {
      width: plotArea.clientWidth,
      height: HEIGHT,
      padding: [8, 18, 0, 0],
      legend: { show: false },
      cursor: { sync: { key: 'now', setSeries: false }, drag: { x: false, y: false }, y: false, points: { size: 7 } },
      scales: {
        x: { range: () => [since, latest.at] },
        y: { range: (_, least, most) => [0, most > 0 ? most * 1.1 : 1] },
      },
      axes: [
        { ...lines, grid: { show: false }, size: 24, gap: 4, space: 64, values: (_, times, ...[, , step]) => times.map(step < 60 ? clock : minute) },
        { ...lines, grid, size: 56, gap: 6, space: 36, values: (_, values) => values.map(onAxis) },
      ],
      series: [{}, ...drawn.map(([, , , slot], i) => line(color(`--series-${slot ?? i}`)))],
      hooks: { setCursor: [({ cursor }) => showAt(cursor.idx)] },
    };
  }

  function onAxis(value) {
    return value === 0 ? '0' : hasValues() ? axis(value) : '';
  }

  function hasValues() {
    return data.values.some((values) => values.some((value) => value > 0));
  }

  function line(color) {
    return bars
      ? { stroke: color, fill: color, width: 0, paths: window.uPlot.paths.bars({ size: [0.8, 24], align: 1 }), points: { show: false } }
      : { stroke: color, fill: drawn.length === 1 ? `${color}1f` : null, width: 1.5, spanGaps: sparse, points: { show: false, size: 4, filter: ({ data: shown }, i) => lonely(shown[i]) } };
  }

  function showAt(index) {
    at = index ?? null;
    showValues();
  }

  function newest(values) {
    return sparse ? values.findLast((value) => value !== null) : values.at(-1);
  }

  function showLegend() {
    items = drawn.map(([, label, , slot], i) => {
      const value = el('b');
      return { value, element: el('li', { 'data-slot': String(slot ?? i) }, el('span', null, label), value) };
    });
    legend.replaceChildren(...items.map(({ element: item }) => item));
  }

  function showValues() {
    const moment = at === null ? null : data.shown[0][at];
    setText(time, moment === null || moment === undefined
      ? bars ? 'in 15 minutes' : note(latest)
      : bars ? `${clock(moment)}, ${BAR} s` : clock(moment));
    const texts = data.values.map((values) => format(at === null ? bars ? sum(values) : newest(values) : values[at]));
    items.forEach(({ value }, i) => setText(value, texts[i]));
    plotArea.setAttribute('aria-label',
      `${title}${moment ? ` at ${clock(moment)}` : ''}: ${drawn.map(([, label], i) => `${label} ${texts[i]}`).join(', ') || NOTHING}`);
  }

  /** Moves the cursor with the arrows: a second or a bar a step, a minute with the shift key. */
  function moveCursor(event) {
    const last = data?.shown[0].length - 1;
    const step = event.shiftKey ? bars ? 4 : 60 : 1;
    const next = {
      ArrowLeft: () => (at ?? last + 1) - step,
      ArrowRight: () => (at ?? last) + step,
      Home: () => 0,
      End: () => last,
      Escape: () => null,
    }[event.key]?.();
    if (next === undefined || !plot) {
      return;
    }
    event.preventDefault();
    const index = next === null ? null : Math.max(0, Math.min(last, next));
    plot.setCursor(index === null ? { left: -10, top: -10 } : { left: plot.valToPos(data.shown[0][index], 'x'), top: 10 });
  }
}

/** Times and values; a null stands where there were no points. */
function lineData(points, series) {
  const times = [];
  const values = series.map(() => []);
  for (const point of points) {
    if (times.length > 0 && point.at - times.at(-1) > GAP) {
      times.push(times.at(-1) + 1);
      values.forEach((list) => list.push(null));
    }
    times.push(point.at);
    series.forEach(([, , valueOf], i) => values[i].push(valueOf(point) ?? null));
  }
  return { values, shown: [times, ...values] };
}

/** The indices of values without a neighbour, which a line alone would not show. */
function lonely(values) {
  return values.flatMap((value, i) => typeof value === 'number' && typeof (values[i - 1] ?? values[i + 1]) !== 'number' ? [i] : []);
}

/** Sums since a time. The first series is drawn first, with the sum of all, and each next one before it. */
function barData(points, series, since) {
  const last = points.at(-1).at;
  const first = Math.ceil(since / BAR);
  const bins = Math.floor(last / BAR) - first + 1;
  const values = series.map(() => new Array(bins).fill(0));
  for (const point of points) {
    const bin = Math.floor(point.at / BAR) - first;
    if (bin >= 0) {
      series.forEach(([, , valueOf], i) => {
        values[i][bin] += valueOf(point) ?? 0;
      });
    }
  }
  const times = Array.from({ length: bins }, (_, bin) => (first + bin) * BAR);
  const stacked = [];
  values.toReversed().forEach((list, i) => stacked.push(list.map((value, bin) => value + (stacked[i - 1]?.[bin] ?? 0))));
  return { values, shown: [times, ...stacked.reverse()] };
}

function sum(values) {
  return values.reduce((total, value) => total + value, 0);
}

/**
 * Series for the keys of a map in each point, such as the codes of errors. A key keeps its colour as long as it is in the
 * last 15 minutes; keys for which there is no colour are shown together.
 */
export function keyed(mapOf, labelOf) {
  const slots = new Map();
  return (points) => {
    const totals = new Map();
    for (const point of points) {
      for (const [key, value] of Object.entries(mapOf(point) ?? {})) {
        totals.set(key, (totals.get(key) ?? 0) + value);
      }
    }
    [...slots.keys()].filter((key) => !totals.get(key)).forEach((key) => slots.delete(key));
    const ranked = [...totals.keys()].filter((key) => totals.get(key) > 0).sort((a, b) => totals.get(b) - totals.get(a));
    ranked.filter((key) => !slots.has(key)).slice(0, LINES - 1 - slots.size).forEach((key) => slots.set(key, freeSlot(slots)));
    const series = [...slots].sort(([, a], [, b]) => a - b)
      .map(([key, slot]) => [key, labelOf(key), (point) => mapOf(point)?.[key] ?? 0, slot]);
    if (ranked.length > slots.size) {
      const others = (point) => sum(Object.entries(mapOf(point) ?? {}).filter(([key]) => !slots.has(key)).map(([, value]) => value));
      series.push([OTHERS, OTHERS, others, LINES - 1]);
    }
    return series;
  };
}

function freeSlot(slots) {
  const used = new Set(slots.values());
  return [0, 1, 2, 3, 4].find((slot) => !used.has(slot));
}
