'use strict';

/** What is drawn: its runs, and what else the page says. */
let report = { runs: [] };

/** Microseconds that the common time axis of all runs covers, but for those that stand apart. */
let axisEnd = 1;

const stages = ['gate', 'fetch', 'delay', 'transform', 'persist'];

/** The first stage that a run with work beyond its slots does there. */
const firstBeyond = 3;

function setReport(next) {
  report = next;
  axisEnd = Math.max(1, ...report.runs.filter(run => !run.apart).map(run => Math.max(run.elapsed, run.ended)));
}

function build(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value !== null && value !== undefined) {
      node.setAttribute(name, value);
    }
  }
  node.append(...children);
  return node;
}

function html(name, attributes, ...children) {
  return build(document.createElement(name), attributes, children);
}

function svg(name, attributes, ...children) {
  return build(document.createElementNS('http://www.w3.org/2000/svg', name), attributes, children);
}

function text(x, y, content, attributes) {
  return svg('text', { x, y, ...attributes }, content);
}

function drawing(width, height, attributes) {
  return svg('svg', { width: '100%', viewBox: `0 0 ${width} ${height}`, ...attributes });
}

/** A duration in microseconds, as people read it. */
function duration(microseconds) {
  if (microseconds < 0) {
    return `−${duration(-microseconds)}`;
  }
  const digits = value => (value < 10 ? value.toFixed(2) : value < 100 ? value.toFixed(1) : value.toFixed(0));
  if (microseconds >= 100e6) {
    return `${Math.floor(microseconds / 60e6)} min ${((microseconds % 60e6) / 1e6).toFixed(0)} s`;
  }
  return microseconds >= 1e6 ? `${digits(microseconds / 1e6)} s` : microseconds >= 1000 ? `${digits(microseconds / 1000)} ms` : `${Math.round(microseconds)} µs`;
}

function quantity(number) {
  return number.toLocaleString('en-GB', { maximumFractionDigits: 1 });
}

/** The steps 1, 2 or 5 times a power of ten, of which at most so many fit. */
function niceStep(end, most) {
  const power = 10 ** Math.floor(Math.log10(end / most));
  return [1, 2, 5, 10].map(factor => factor * power).find(step => end / step <= most) ?? 10 * power;
}

/** Where things are in a picture as wide as its container: labels on the left, time on the right. */
function frameOf(container, run) {
  const width = Math.max(280, Math.floor(container.clientWidth));
  const isNarrow = width < 600;
  const left = isNarrow ? 48 : 112;
  const end = run?.apart ? Math.max(1, run.ended) : axisEnd;
  const plotWidth = width - left - 12;
  return { width, isNarrow, left, plotWidth, end, x: time => left + (Math.max(0, time) / end) * plotWidth };
}

/** The time axis: lines through the plot, and below it what they stand for. */
function timeAxis(root, frame, top, bottom) {
  const { end } = frame;
  const [unit, factor] = end >= 6e8 ? ['min', 6e7] : end >= 2e6 ? ['s', 1e6] : end >= 2000 ? ['ms', 1000] : ['µs', 1];
  const step = niceStep(end / factor, Math.max(2, Math.floor(frame.plotWidth / 90)));
  const decimals = Math.max(0, -Math.floor(Math.log10(step)));
  const last = Math.floor(end / factor / step);
  for (let i = 0; i <= last; i++) {
    const x = frame.x(i * step * factor);
    const label = `${(i * step).toFixed(decimals)}${i === 0 || i === last ? ` ${unit}` : ''}`;
    root.append(svg('line', { class: 'rule', x1: x, x2: x, y1: top, y2: bottom + 4 }));
    root.append(text(Math.min(x, frame.width - 3.7 * label.length), bottom + 16, label, { 'text-anchor': 'middle' }));
  }
}

/** Values that hold for a column each, as a closed shape between two heights. */
function steps(values, below, x, y) {
  let path = '';
  let back = '';
  for (let i = 0; i < values.length; i++) {
    const [x1, x2] = [x(i).toFixed(1), x(i + 1).toFixed(1)];
    path += `${i === 0 ? 'M' : 'L'}${x1},${y(below[i] + values[i]).toFixed(1)}H${x2}`;
    back = `L${x2},${y(below[i]).toFixed(1)}H${x1}${back}`;
  }
  return path === '' ? '' : `${path}${back}Z`;
}
