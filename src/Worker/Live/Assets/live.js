/** What the picture covers, in microseconds. */
const minute = 60e6;
const columnLength = 1e5;
const mostBars = 1500;
const mostLanes = 64;

/** The picture is this far behind, so that what it shows is complete and moves evenly. */
const delay = 250e3;

const calm = window.matchMedia('(prefers-reduced-motion: reduce)');
const at = id => document.getElementById(id);

/** What has come from the worker: attempts that ended and that go on, columns by number, and how the run stood, as far as a minute goes back. */
let seen;
let frozen = null;
let drawn = null;
let connection = 'waiting';

function forget() {
  seen = { at: 0, lag: null, ended: 0, items: [], open: [], columns: new Map(), next: 0, samples: [], marks: [], gridUntil: 0, run: null, about: null, perRow: 1, beyond: false, lost: 0 };
  drawn = null;
}

/** Takes a frame in. Those that overlap, as the first one does with the second, are told apart by their numbers. */
function take(frame) {
  if (frame.at < seen.at) {
    forget();
  }
  const lag = performance.now() * 1000 - frame.at;
  seen.lag = seen.lag === null || lag < seen.lag ? lag : seen.lag + (lag - seen.lag) * 0.02;
  seen.lost = seen.ended > 0 && frame.after > seen.ended ? frame.at : seen.lost;
  if (!frame.items || frame.ended - frame.after !== frame.items.length) {
    seen.gridUntil = frame.at + minute;
  }
  const fresh = (frame.items ?? []).slice(Math.max(0, seen.ended - frame.after));
  fresh.forEach((fields, i) => {
    fields.number = frame.ended - fresh.length + i;
    fields.reason = fields[10] < 0 ? null : frame.errors[fields[10]];
    fields.trace = fields[11] < 0 ? null : frame.traces[fields[11]];
  });
  seen.items.push(...fresh);
  seen.open = frame.open ?? [];
  frame.columns.forEach((column, i) => seen.columns.set(frame.first + i, column));
  seen.next = frame.first + frame.columns.length;
  if (frame.perRow !== seen.perRow) {
    seen.perRow = frame.perRow;
    drawn = null;
  }
  seen.beyond = frame.beyond;
  if (frame.about) {
    seen.about = frame.about;
    report.traceLink = frame.about.traceLink;
  }
  if (frame.run) {
    noteRun(frame);
  }
  Object.assign(seen, { at: frame.at, ended: frame.ended });
  forgetOld();
}

function noteRun(frame) {
  if (seen.run?.id !== frame.run.id) {
    seen.marks.push([frame.run.began, 'a run starts']);
    seen.samples = [];
  } else if (frame.run.over && !seen.run.over) {
    seen.marks.push([frame.at, 'the run has ended']);
  }
  seen.run = frame.run;
  const { inFlight, depth, waiting, limit, counts } = frame.run;
  seen.samples.push([frame.at, inFlight, depth, waiting, limit, counts]);
}

function forgetOld() {
  const oldest = seen.at - minute - 5e6;
  seen.items.splice(0, Math.max(0, seen.items.findIndex(fields => fields[6] >= oldest)));
  seen.samples.splice(0, Math.max(0, seen.samples.findIndex(sample => sample[0] >= oldest)));
  seen.marks = seen.marks.filter(([time]) => time >= oldest);
  for (const number of seen.columns.keys()) {
    if (number * columnLength >= oldest) {
      break;
    }
    seen.columns.delete(number);
  }
}

/** A run as the drawing functions want it, with times counted from some moment on. */
function runFrom(origin) {
  const { about, run } = seen;
  const [errors, traces] = ['reason', 'trace'].map(name => [...new Set(seen.items.map(fields => fields[name]).filter(text => text !== null))]);
  const shift = (fields, outcome) => {
    const moved = fields.map((value, i) => (i >= 4 && i <= 6 ? value - origin : i === 3 && value >= 0 ? value - origin : value));
    moved[9] = outcome ?? fields[9];
    moved[10] = errors.indexOf(fields.reason ?? null);
    moved[11] = traces.indexOf(fields.trace ?? null);
    return moved;
  };
  const items = [...seen.items.filter(fields => fields[6] >= origin).map(fields => shift(fields)), ...seen.open.map(fields => shift(fields, 'still open'))];
  return { errors, traces, items, beyond: seen.beyond, name: about?.strategy ?? 'the run', threads: about?.threads ?? [], limit: run?.limit ?? 0 };
}

function isGrid() {
  return seen.at < seen.gridUntil || seen.items.length > mostBars || lanesNow() > mostLanes;
}

function lanesNow() {
  const used = [...seen.items, ...seen.open].reduce((most, fields) => Math.max(most, fields[2] + 1), 1);
  const limit = seen.run?.limit ?? 0;
  return Math.max(used, limit <= mostLanes ? limit : 0);
}

function rowsNow() {
  return Math.max(1, ...[...seen.columns.values()].map(([, , rows]) => rows.length));
}

/** The last minute as a run of a report, from 0 to its end. */
function windowRun() {
  const first = Math.floor((seen.at - minute) / columnLength) + 1;
  const origin = first * columnLength;
  const columns = Array.from({ length: 600 }, (_, i) => seen.columns.get(first + i) ?? [0, [0, 0, 0, 0, 0], []]);
  const rows = Array.from({ length: rowsNow() }, (_, row) => stages.map((_, stage) => columns.map(column => column[2][row]?.[stage] ?? 0)));
  const run = runFrom(origin);
  const grid = isGrid() ? { perRow: seen.perRow, slots: rows.length * seen.perRow, ended: columns.map(column => column[0]), rows } : null;
  const samples = seen.samples.map(([time, ...rest]) => [time - origin, ...rest.slice(0, 4)]).filter(sample => sample[0] >= 0);
  const items = grid ? null : run.items.sort((a, b) => a[2] - b[2] || a[5] - b[5]);
  return {
    ...run, items, grid, samples,
    caption: `the minute until ${clock()} UTC · ${bareProgress()}`,
    reading: [], elapsed: 0, ended: minute, interval: columnLength,
    count: columns.reduce((sum, column) => sum + column[0], 0),
    flow: stages.map((_, stage) => columns.map(column => column[1][stage])),
    latencies: items ? latenciesOf(items.filter(fields => fields[9] !== 'still open')) : [],
    marks: seen.marks.map(([time, label]) => [time - origin, label]).filter(([time]) => time >= 0),
  };
}

function latenciesOf(items) {
  const of = (name, times) => {
    times.sort((a, b) => a - b);
    const share = percent => times[Math.min(times.length - 1, Math.ceil((times.length * percent) / 100) - 1)];
    return times.length === 0 ? [] : [[name, times.length, share(50), share(90), share(99), times.at(-1)]];
  };
  const stageTimes = stage => items.flatMap(fields => fields.slice(12).flatMap((value, i, rest) => (i % 5 === 0 && value === stage ? [rest[i + 2] - rest[i + 1]] : [])));
  return [
    ...of('queue wait', items.map(fields => Math.max(0, fields[5] - fields[4]))),
    ...stages.flatMap((name, stage) => of(name, stageTimes(stage))),
    ...of('attempt', items.map(fields => fields[6] - fields[5])),
  ];
}

const clock = () => new Date(Date.now() - (performance.now() * 1000 - seen.lag - seen.at) / 1000).toISOString().slice(0, 19).replace('T', ' ');

// ---- the picture while it moves -------------------------------------------------------------------------------------------------------------------------

/** Lays the picture out: what stays, and a group that moves to the left with time, in which a moment has a fixed place. */
function layOut() {
  const container = at('picture');
  const frame = frameOf(container);
  const base = seen.at;
  const grid = isGrid();
  const lanes = grid ? rowsNow() : lanesNow();
  const height = grid ? rowHeightOf(lanes) : laneHeightOf(lanes);
  const top = 8;
  const slotsBottom = top + lanes * height;
  const moving = { ...frame, x: time => frame.left + ((time - base) / minute) * frame.plotWidth };
  const plan = seen.beyond && !grid ? planBeyond({ beyond: true }, readAll(), slotsBottom) : null;
  const bottom = plan ? plan.bottom : seen.beyond ? slotsBottom + 84 : slotsBottom;
  const root = drawing(frame.width, bottom + 22, { 'aria-hidden': 'true' });
  const clip = svg('clipPath', { id: 'plot' }, svg('rect', { x: frame.left, y: 0, width: frame.plotWidth, height: bottom + 2 }));
  drawLanes(root, frame, top, height, Array.from({ length: lanes }, (_, i) => [grid ? rowName(i, seen.perRow) : `slot ${i}`, '']));
  agoAxis(root, frame, top, bottom);
  const labels = svg('g');
  const scroll = svg('g');
  const open = svg('g');
  const below = svg('g');
  const bars = svg('g');
  const marks = svg('g');
  scroll.append(below, bars, open, marks);
  root.append(svg('defs', null, clip), labels, svg('g', { 'clip-path': 'url(#plot)' }, scroll));
  root.append(svg('rect', { class: 'plot', x: frame.left, y: top, width: frame.plotWidth, height: bottom - top }));
  root.append(svg('line', { class: 'now', x1: frame.left + frame.plotWidth, x2: frame.left + frame.plotWidth, y1: top - 4, y2: bottom }));
  container.replaceChildren(root);
  drawn = {
    base, frame, moving, grid, lanes, height, top, slotsBottom, bottom, plan, labels, scroll, open, below, bars, marks,
    nodes: [], number: -1, column: -1,
    place: { y: slot => top + slot * height + 1, height: height - 6, strip: slot => top + (slot + 1) * height - 4 },
    threads: plan?.threads.length,
  };
}

function agoAxis(root, frame, top, bottom) {
  const step = frame.isNarrow ? 20 : 10;
  for (let ago = 60; ago >= 0; ago -= step) {
    const x = frame.left + (1 - ago / 60) * frame.plotWidth;
    root.append(svg('line', { class: 'rule', x1: x, x2: x, y1: top, y2: bottom + 4 }));
    root.append(text(x, bottom + 16, ago === 0 ? 'now' : ago === 60 ? '60 s ago' : `${ago} s`, { 'text-anchor': ago === 0 ? 'end' : ago === 60 ? 'start' : 'middle' }));
  }
}

function read(fields) {
  const item = readItem(fields, { beyond: seen.beyond, errors: {}, traces: {}, threads: [] }, fields.number ?? -1);
  return Object.assign(item, { error: fields.reason ?? null, trace: fields.trace ?? null });
}

function readAll() {
  return [...seen.items, ...seen.open].map(read);
}

function isLaidOut() {
  return drawn && drawn.grid === isGrid() && drawn.lanes === (drawn.grid ? rowsNow() : lanesNow()) && seen.at - drawn.base < 30 * minute
    && Boolean(drawn.plan) === (seen.beyond && !drawn.grid) && (!drawn.plan || planBeyond({}, readAll(), drawn.slotsBottom).threads.length === drawn.threads);
}

/** Adds what is new to the picture, and takes what has left it out. */
function draw() {
  if (frozen || document.hidden || !seen.run) {
    return;
  }
  if (!isLaidOut()) {
    layOut();
  }
  const { moving, bars, marks, top, bottom } = drawn;
  (drawn.grid ? drawNewColumns : drawNewBars)();
  const oldest = seen.at - minute - 1e6;
  while (drawn.nodes.length > 0 && drawn.nodes[0][0] < oldest) {
    bars.removeChild(drawn.nodes.shift()[1]);
  }
  marks.replaceChildren();
  drawMarks(marks, moving, seen.marks, top, bottom);
}

function drawBar(into, fields) {
  const { moving, place } = drawn;
  const item = read(fields);
  const group = svg('g');
  if (item.begin - item.enqueued > minute / moving.plotWidth || item.previousEnd >= 0) {
    drawWaits(group, moving, [item], place.strip(item.slot));
  }
  drawItem(group, moving, { beyond: seen.beyond }, item, place, []);
  if (item.moves.times.length > 0) {
    group.append(svg('path', { class: 'moves', d: item.moves.times.map(time => moveMark(moving.x(time), place.y(item.slot), 3)).join('') }));
  }
  into.append(group);
  return group;
}

function drawNewBars() {
  const { bars, open, below, labels, moving, plan } = drawn;
  for (const fields of seen.items.filter(fields => fields.number > drawn.number)) {
    drawn.nodes.push([fields[6], drawBar(bars, fields)]);
    drawn.number = fields.number;
  }
  open.replaceChildren();
  seen.open.forEach((fields, i) => {
    fields.number = -1 - i;
    drawBar(open, fields);
  });
  if (plan) {
    below.replaceChildren();
    labels.replaceChildren();
    const items = readAll();
    drawBeyond(labels, { ...drawn.frame, x: moving.x }, { beyond: true }, items, planBeyond({}, items, drawn.slotsBottom), below);
  }
}

/** A column of the grid is a path for each stage, through all rows. */
function drawNewColumns() {
  const { moving, bars, below, labels, top, height, slotsBottom, bottom } = drawn;
  for (const [number, [, , rows]] of seen.columns) {
    if (number <= drawn.column) {
      continue;
    }
    const [x1, x2] = [moving.x(number * columnLength), moving.x((number + 1) * columnLength) + 0.3].map(x => x.toFixed(2));
    const group = svg('g');
    const filled = rows.map(() => 0);
    stages.forEach((stage, i) => {
      let d = '';
      rows.forEach((shares, row) => {
        if (shares !== 0 && shares[i] > 0) {
          const y = share => (top + (row + 1) * height - (Math.min(100, share) / 100) * (height - 2)).toFixed(1);
          d += `M${x1},${y(filled[row])}V${y(filled[row] + shares[i])}H${x2}V${y(filled[row])}Z`;
          filled[row] += shares[i];
        }
      });
      if (d) {
        group.append(svg('path', { class: stage, d }));
      }
    });
    bars.append(group);
    drawn.nodes.push([(number + 1) * columnLength, group]);
    drawn.column = number;
  }
  if (seen.beyond) {
    const numbers = [...seen.columns.keys()];
    below.replaceChildren();
    labels.replaceChildren();
    const flow = stages.map((_, stage) => numbers.map(number => seen.columns.get(number)[1][stage]));
    drawGridBeyond(labels, drawn.frame, { flow }, i => moving.x((numbers[0] + i) * columnLength), slotsBottom + 20, bottom, below);
  }
}

let painted = 0;

/** Moves the picture. Its clock is that of the worker, a little behind. */
function paint() {
  requestAnimationFrame(paint);
  const now = performance.now();
  if (!drawn || frozen || (calm.matches && now - painted < 1000)) {
    return;
  }
  painted = now;
  const shown = Math.min(seen.at, now * 1000 - seen.lag - delay);
  const moved = ((drawn.base - shown) / minute + 1) * drawn.frame.plotWidth;
  drawn.scroll.setAttribute('transform', `translate(${moved.toFixed(2)} 0)`);
}

function showPointed(event) {
  if (frozen || !drawn) {
    return;
  }
  const number = event.target.closest('[data-index]')?.dataset.index;
  const found = number === undefined ? null : [...seen.items, ...seen.open].find(fields => fields.number === Number(number));
  if (!found) {
    at('facts').replaceChildren(html('p', { class: 'soft' }, 'Point at a bar to see what is behind it. Freeze, or an arrow key, holds the picture.'));
    return;
  }
  const run = runFrom(seen.run.began);
  const item = run.items.map((fields, i) => readItem(fields, run, i)).find(item => item.id === found[0] && item.begin === found[5] - seen.run.began);
  at('facts').replaceChildren(...(item ? itemFacts(run, item) : []));
}

// ---- the picture while it is held: the report's ---------------------------------------------------------------------------------------------------------

function freeze(why) {
  if (!seen.run || frozen) {
    return;
  }
  const run = windowRun();
  setReport({ runs: [run], traceLink: report.traceLink });
  const latest = run.items ? run.items.reduce((best, fields, i) => (fields[5] > run.items[best][5] ? i : best), 0) : (run.grid.rows.length - 1) * 600 + 599;
  frozen = { run, why, until: clock(), look: { current: latest, hovered: null, isFocused: false }, about: seen.about, figures: figuresNow() };
  drawFrozen();
  showState();
}

function drawFrozen() {
  const view = (frozen.run.grid ? drawGrid : drawItems)(frozen.run, frameOf(at('picture')), at('picture'));
  explore(view, at('facts'), frozen.look);
  frozen.view = view;
}

function goOn() {
  if (frozen) {
    frozen = null;
    drawn = null;
    draw();
    showState();
  }
}

function onKey(event) {
  if (event.key === 'Escape') {
    goOn();
  } else if (!frozen && ['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown', 'Home', 'End'].includes(event.key)) {
    event.preventDefault();
    freeze('key');
    if (frozen?.view.count > 0) {
      frozen.view.node(frozen.look.current).focus();
    }
  }
}

/** A report of what is on the screen, as a file that needs no server. */
function save() {
  const run = frozen?.run ?? windowRun();
  const about = frozen?.about ?? seen.about;
  const title = `${about.strategy} over ${about.source}, a minute of it`;
  const document_ = {
    title,
    facts: [`Saved from the live page: the minute until ${frozen?.until ?? clock()} UTC`],
    axis: 'over the minute until it was saved',
    runs: [run],
    traceLink: report.traceLink,
    answers: about.advice.length > 0 ? [{ heading: about.strategy, sentences: about.advice }] : [],
    table: { columns: ['figure', 'value'], rows: (frozen?.figures ?? figuresNow()).map(row => row.map(content => ({ text: content }))) },
  };
  const escape = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };
  const page = JSON.parse(at('template').textContent)
    .replace('{{title}}', () => title.replace(/[&<>]/g, character => escape[character]))
    .replace('{{data}}', () => JSON.stringify(document_).replaceAll('<', '\\u003c'));
  const address = URL.createObjectURL(new Blob([page], { type: 'text/html' }));
  const link = html('a', { href: address, download: `live-${(frozen?.until ?? clock()).replace(/[ :]/g, '-')}.html` });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

// ---- figures --------------------------------------------------------------------------------------------------------------------------------------------

/** What holds a run up, as one says it. */
const bounds = { upstream: 'the upstream', database: 'the database', 'rate-limit': 'the gate', cpu: 'the processor', input: 'its source', concurrency: 'the number of slots' };

const outcomes = ['ingested', 'unchanged', 'not found', 'failed'];

/** Items a second by outcome, over the last two seconds. */
function rates() {
  const last = seen.samples.at(-1);
  const first = seen.samples.find(sample => last[0] - sample[0] <= 2e6) ?? last;
  const seconds = (last[0] - first[0]) / 1e6;
  return last[5].map((count, i) => (seconds > 0.15 ? (count - first[5][i]) / seconds : 0));
}

/** Seconds, as one says them. */
const whole = seconds => (seconds < 60 ? `${seconds} s` : seconds < 3600 ? `${Math.floor(seconds / 60)} min ${seconds % 60} s` : `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`);

const rate = number => (number < 10 ? number.toFixed(1) : quantity(Math.round(number)));

function bareProgress() {
  const done = seen.run.counts.reduce((sum, count) => sum + count, 0);
  return seen.run.requested === undefined ? `${quantity(done)} done` : `${quantity(done)} of ${quantity(seen.run.requested)} done`;
}

function progressNow() {
  const { counts, requested, over, elapsed } = seen.run;
  const done = counts.reduce((sum, count) => sum + count, 0);
  const first = seen.samples[0];
  const last = seen.samples.at(-1);
  const sum = sample => sample[5].reduce((all, count) => all + count, 0);
  const speed = last[0] - first[0] > 1e6 ? (sum(last) - sum(first)) / ((last[0] - first[0]) / 1e6) : 0;
  const left = requested === undefined || speed <= 0 || over ? '' : ` · about ${whole(Math.ceil((requested - done) / speed))} left`;
  return `${bareProgress()}${over ? ' · the run has ended' : left} · ${whole(Math.floor(elapsed / 1e6))} so far`;
}

function figuresNow() {
  const { run } = seen;
  return [
    ['run', run.id], ['progress', progressNow()], ['items a second', rate(rates().reduce((sum, value) => sum + value, 0))],
    ...outcomes.map((name, i) => [name, quantity(run.counts[i])]),
    ['retries', quantity(run.retries)], ['in flight', quantity(run.inFlight)], ['limit', run.limit > 0 ? quantity(run.limit) : 'no cap'],
    ['in the channel', quantity(run.depth)], ['waiting for a retry', quantity(run.waiting)], ['upstream gate', run.closedFor > 0 ? `closed: ${run.gate ?? 'to ask whether anybody is answered'}` : 'open'],
  ];
}

function setTile(id, value, unit, note, share) {
  const tile = at(id);
  const [number, small] = tile.querySelector('dd').childNodes;
  const set = (node, content) => node.textContent !== content && (node.textContent = content);
  set(number, `${value} `);
  set(small, unit);
  set(tile.querySelector('.note'), note);
  if (share !== undefined) {
    tile.querySelector('.meter > div').style.width = `${Math.min(100, 100 * share).toFixed(1)}%`;
  }
}

function showFigures() {
  const { run } = seen;
  const now = rates();
  const all = now.reduce((sum, value) => sum + value, 0);
  setTile('rate', rate(all), 'items/s', outcomes.map((name, i) => `${rate(now[i])} ${name}`).filter((_, i) => run.counts[i] > 0).join(' · ') || 'none so far');
  setTile('inflight', quantity(run.inFlight), run.limit > 0 ? `of ${quantity(run.limit)}` : 'no cap', 'slots in use', run.limit > 0 ? run.inFlight / run.limit : 0);
  setTile('channel', quantity(run.depth), `of ${quantity(run.capacity)}`, 'items wait for a slot', run.depth / run.capacity);
  setTile('retries', quantity(run.waiting), run.waiting === 1 ? 'waits' : 'wait', `${quantity(run.retries)} so far`);
  const closed = run.closedFor > 0;
  setTile('gate', closed ? 'closed' : 'open', closed ? `for ${whole(Math.floor(run.closedFor / 1e6))}` : '', (run.away ? 'The database does not answer, and is waited for. ' : '') + (run.gate ?? (closed ? 'asks whether anybody is answered' : 'requests pass')));
  at('gate').classList.toggle('closed', closed);
  const done = run.counts.reduce((sum, count) => sum + count, 0);
  const bar = at('progress');
  bar.hidden = run.requested === undefined;
  if (!bar.hidden) {
    const percent = run.requested > 0 ? Math.min(100, (100 * done) / run.requested) : 100;
    bar.firstChild.style.width = `${percent.toFixed(2)}%`;
    bar.setAttribute('aria-valuenow', Math.floor(percent));
  }
}

/** What changes slowly enough to be read: once a second. */
function showSlowly() {
  const { about } = seen;
  const title = about.strategy ? `${about.strategy} over ${about.source}` : 'Waiting for the run to open';
  at('title').textContent = title;
  document.title = `${seen.run ? `${bareProgress()} · ` : ''}${title}`;
  at('progress-text').textContent = seen.run ? progressNow() : '';
  at('bound').hidden = about.advice.length === 0;
  at('bound').replaceChildren(html('h3', null, about.boundBy ? `Bound by ${bounds[about.boundBy] ?? about.boundBy}, as of now` : 'As of now'), html('p', null, about.advice.join(' ')));
  at('failures').replaceChildren(...(about.failures.length === 0
    ? [html('p', { class: 'soft' }, 'None so far.')]
    : [tableOf(['reason', 'attempts', 'last item', 'ago'], about.failures.map(([reason, count, key, time]) => [reason, quantity(count), key, whole(Math.max(0, Math.floor((seen.at - time) / 1e6)))]))]));
  at('slots').replaceChildren(slotTable());
  at('kind').textContent = isGrid()
    ? `Too many to draw each: ${seen.perRow === 1 ? 'a slot' : `${seen.perRow} slots`} a row, a tenth of a second a column, filled as far as the slots were busy.`
    : 'A lane is a slot; each bar is an attempt at an item, and those at the right edge go on.';
  const second = 10;
  const bins = Array.from({ length: 60 }, (_, i) => Array.from({ length: second }, (_, j) => seen.columns.get(seen.next - 600 + i * second + j)?.[0] ?? 0).reduce((sum, ended) => sum + ended, 0));
  const most = Math.max(1, ...bins);
  at('spark').setAttribute('d', `M0,26${bins.map((value, i) => `L${i},${(25 - (value / most) * 23).toFixed(1)}`).join('')}L59,26Z`);
}

function tableOf(head, rows) {
  return html('table', null, html('thead', null, html('tr', null, ...head.map(name => html('th', { scope: 'col' }, name)))),
    html('tbody', null, ...rows.map(row => html('tr', null, ...row.map((content, i) => (i === 0 ? html('th', { scope: 'row' }, content) : html('td', null, content)))))));
}

/** The same as the picture in words. */
function slotTable() {
  if (isGrid()) {
    const rows = seen.columns.get(seen.next - 1)?.[2] ?? [];
    return tableOf(['slots', 'doing'], rows.map((shares, row) => [rowName(row, seen.perRow), shares === 0 ? 'nothing' : stages.map((stage, i) => [stage, shares[i]]).filter(([, share]) => share > 0).map(([stage, share]) => `${stage} ${share} %`).join(', ')]));
  }
  const open = seen.open.map(read).sort((a, b) => a.slot - b.slot);
  return open.length === 0 ? html('p', { class: 'soft' }, 'No slot is in use.')
    : tableOf(['slot', 'item', 'attempt', 'doing', 'for'], open.map(item => [String(item.slot), String(item.id), String(item.attempt), stages[item.parts.at(-1)?.stage] ?? 'begins', duration(item.end - item.begin)]));
}

function showState() {
  const states = {
    waiting: ['', 'Connecting to the worker …'],
    live: ['live', frozen ? `Frozen at ${frozen.until} UTC; the run goes on` : 'Live'],
    gone: ['gone', 'The worker has stopped, or cannot be reached. This page looks for it every second.'],
    full: ['gone', 'Too many pages are watching this worker. Close one of them; this page tries again.'],
  };
  const [kind, words_] = states[connection];
  at('state').className = `state ${kind}`;
  at('state').textContent = words_ + (connection === 'live' && !frozen && seen.lost > seen.at - 10e6 && seen.lost > 0 ? '; this page is too slow and has lost some of it' : '');
  at('freeze').textContent = frozen ? 'Go on' : 'Freeze';
  at('freeze').setAttribute('aria-pressed', String(Boolean(frozen)));
  at('freeze').disabled = !seen.run || (connection !== 'live' && Boolean(frozen));
  at('save').disabled = !seen.run;
}

// ---- the stream -----------------------------------------------------------------------------------------------------------------------------------------

let shownSlowly = 0;
let announced = 0;

function onFrame(event) {
  if (connection !== 'live') {
    connection = 'live';
    forget();
    frozen = frozen?.why === 'gone' ? null : frozen;
  }
  take(JSON.parse(event.data));
  const now = performance.now();
  const isSecond = now - shownSlowly >= 1000;
  if (seen.run && (isSecond || !calm.matches)) {
    showFigures();
  }
  draw();
  if (isSecond && seen.about) {
    shownSlowly = now;
    showSlowly();
    showState();
  }
  if (seen.run && now - announced > 15_000) {
    announced = now;
    at('announcement').textContent = `${progressNow()}, ${seen.run.inFlight} in flight`;
  }
}

function onGone(kind) {
  if (connection !== kind) {
    connection = kind;
    at('announcement').textContent = kind === 'gone' ? 'The worker has stopped, or cannot be reached.' : '';
    if (seen.run) {
      showFigures();
      showSlowly();
    }
    freeze('gone');
    showState();
  }
}

function connect() {
  const source = new EventSource('events');
  source.onmessage = onFrame;
  source.addEventListener('over', () => onGone('gone'));
  source.onerror = () => {
    onGone(source.readyState === EventSource.CLOSED ? 'full' : 'gone');
    if (source.readyState === EventSource.CLOSED) {
      setTimeout(connect, 2000);
    }
  };
}

function tile(id, name, ...more) {
  return html('div', { class: 'tile', id }, html('dt', null, name), html('dd', null, '– ', html('small', null, '')), ...more, html('p', { class: 'note' }, ''));
}

function startLive() {
  isRoomy = true;
  const meter = () => html('div', { class: 'meter', 'aria-hidden': 'true' }, html('div'));
  const spark = svg('svg', { class: 'spark', viewBox: '0 0 59 26', preserveAspectRatio: 'none', 'aria-hidden': 'true' }, svg('path', { id: 'spark' }));
  const kinds = [...stages, 'queue', 'retry', 'move', 'failed'];
  at('live').replaceChildren(
    html('header', { class: 'live-top' },
      html('div', null, html('h1', { id: 'title' }, 'Waiting for the worker'), html('p', { id: 'state', class: 'state' }, '')),
      html('div', { class: 'actions' }, html('button', { id: 'freeze', type: 'button', 'aria-pressed': 'false' }, 'Freeze'), html('button', { id: 'save', type: 'button' }, 'Save'))),
    html('div', { id: 'progress', class: 'progress', role: 'progressbar', 'aria-label': 'Items done', 'aria-valuemin': 0, 'aria-valuemax': 100 }, html('div')),
    html('p', { id: 'progress-text', class: 'progress-text' }, ''),
    html('dl', { class: 'tiles', 'aria-label': 'Figures now' },
      tile('rate', 'Items a second', spark), tile('inflight', 'In flight', meter()), tile('channel', 'In the channel', meter()), tile('retries', 'For a retry'), tile('gate', 'Upstream gate')),
    html('section', { id: 'bound', class: 'bound', 'aria-label': 'What the run is bound by', hidden: '' }),
    html('h2', { class: 'first' }, 'What each slot does'),
    html('p', { class: 'note', id: 'kind' }, ''), legendOf(kinds.map(kind => [kind, words[kind]])),
    html('div', { id: 'picture', class: 'picture live-view', tabindex: 0, role: 'group', 'aria-label': 'The last minute, a lane for each slot. An arrow key holds the picture and goes from item to item; Escape lets it go on.' }),
    html('div', { id: 'facts', class: 'facts', role: 'status', 'aria-live': 'polite' }, ''),
    html('details', null, html('summary', null, 'The slots as a table'), html('div', { id: 'slots', class: 'wide', tabindex: 0, role: 'region', 'aria-label': 'What each slot does now' })),
    html('section', null, html('h2', null, 'Why attempts failed lately'), html('div', { id: 'failures', class: 'wide' })),
    html('p', { id: 'announcement', class: 'visually-hidden', role: 'status', 'aria-live': 'polite' }, ''));
  forget();
  at('freeze').addEventListener('click', () => (frozen ? goOn() : freeze('asked')));
  at('save').addEventListener('click', save);
  at('picture').addEventListener('keydown', onKey);
  at('picture').addEventListener('pointermove', showPointed);
  at('picture').addEventListener('pointerleave', showPointed);
  document.addEventListener('visibilitychange', () => {
    drawn = null;
  });
  let width = 0;
  new ResizeObserver(([entry]) => {
    if (entry.contentRect.width !== width) {
      width = entry.contentRect.width;
      drawn = null;
      if (frozen) {
        drawFrozen();
      }
    }
  }).observe(at('picture'));
  showPointed({ target: at('picture') });
  at('facts').replaceChildren(html('p', { class: 'soft' }, 'Point at a bar to see what is behind it. Freeze, or an arrow key, holds the picture.'));
  showState();
  connect();
  requestAnimationFrame(paint);
}

startLive();
