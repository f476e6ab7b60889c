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
    beyond: seen.beyond,
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
  return drawn && drawn.beyond === seen.beyond && drawn.grid === isGrid() && drawn.lanes === (drawn.grid ? rowsNow() : lanesNow()) && seen.at - drawn.base < 30 * minute
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
