const hint = 'Point at the picture, or press Tab and the arrow keys, to see what is behind it.';

/** One tab stop for each timeline; the arrow keys go on from there. */
function explore(picture, facts, state) {
  const show = (index, isHovered) => {
    facts.replaceChildren(...(index === null ? [html('p', { class: 'soft' }, hint)] : picture.facts(index)));
    picture.mark(index, isHovered);
  };
  const indexAt = event => {
    const index = picture.at ? picture.at(event) : event.target.closest('[data-index]')?.dataset.index;
    return index === undefined || index === null ? null : Number(index);
  };
  const select = index => {
    picture.node(state.current).setAttribute('tabindex', -1);
    state.current = index;
    picture.node(index).setAttribute('tabindex', 0);
    picture.node(index).focus();
  };
  show(null);
  if (picture.count === 0) {
    facts.replaceChildren(html('p', { class: 'soft' }, 'There is nothing to show.'));
    return;
  }
  picture.node(state.current).setAttribute('tabindex', 0);
  const root = picture.root;
  // With listeners for the focus it would be a stop of its own.
  root.setAttribute('tabindex', -1);
  root.addEventListener('focusin', () => {
    state.isFocused = true;
    show(state.current);
  });
  root.addEventListener('focusout', event => {
    state.isFocused = false;
    // What is said of an item stays while it is being read, copied or followed.
    if (!facts.contains(event.relatedTarget) && !facts.matches(':hover')) {
      show(null);
    }
  });
  root.addEventListener('keydown', event => {
    const index = picture.next(state.current, event.key);
    if (index !== null) {
      event.preventDefault();
      select(index);
      show(index);
    }
  });
  root.addEventListener('pointermove', event => {
    const index = indexAt(event);
    if (index !== state.hovered) {
      state.hovered = index;
      show(index ?? (state.isFocused ? state.current : null), index !== null);
    }
  });
  root.addEventListener('pointerleave', () => {
    state.hovered = null;
    show(state.isFocused ? state.current : null);
  });
  root.addEventListener('click', event => {
    const index = indexAt(event);
    if (index !== null) {
      select(index);
      show(index);
    }
  });
}

function gridNote(run) {
  const { perRow } = run.grid;
  return `Too many attempts for a bar each: drawn from all ${quantity(run.count)} of them, ${perRow === 1 ? 'a slot' : `${perRow} slots`} a row and ${duration(run.interval)} a column. `
    + 'A cell is filled as far as its slots were busy, in the share of time of each stage. '
    + (run.beyond ? 'Blank: the slot is free, or waits to hand its item on.' : 'Blank: the slot is free.');
}

function timeline(run) {
  const picture = html('div', { class: 'picture' });
  const facts = html('div', { class: 'facts', role: 'status', 'aria-live': 'polite' });
  const section = html('section', { class: 'run', 'aria-label': `Timeline of ${run.name}` },
    html('h3', null, run.name), html('p', { class: 'caption' }, run.caption), html('p', { class: 'reading' }, run.reading.join(' ')));
  if (run.grid) {
    section.append(html('p', { class: 'note' }, gridNote(run)));
  }
  section.append(picture, facts);
  const state = { current: 0, hovered: null, isFocused: false };
  const draw = () => {
    const wasFocused = state.isFocused;
    const drawn = (run.grid ? drawGrid : drawItems)(run, frameOf(picture, run), picture);
    explore(drawn, facts, state);
    if (wasFocused) {
      drawn.node(state.current).focus();
    }
  };
  return [section, draw];
}

function details(run) {
  const [flow, latency] = [html('div'), html('div')];
  const draw = () => {
    for (const [container, paint] of [[flow, drawFlow], [latency, drawLatencies]]) {
      container.replaceChildren();
      paint(run, frameOf(container, run), container);
    }
  };
  return [html('section', { class: 'details', 'aria-label': `Details of ${run.name}` }, html('h3', null, run.name), flow, latency), draw];
}

function swatch(kind) {
  const root = svg('svg', { width: 22, height: 14, 'aria-hidden': 'true' });
  const shapes = {
    move: () => svg('path', { class: 'moves', d: 'M6,3h10l-5,8z' }),
    urgent: () => svg('path', { class: 'urgent', d: urgentMark(6, 7, 4) }),
    failed: () => svg('path', { class: 'failed', d: 'M7,3l8,8m0,-8l-8,8' }),
    end: () => svg('line', { class: 'end', x1: 11, x2: 11, y1: 0, y2: 14 }),
    queue: () => svg('rect', { class: 'queue', y: 9, width: 22, height: 3 }),
    retry: () => svg('rect', { class: 'retry', y: 8, width: 22, height: 4 }),
  };
  root.append(shapes[kind] ? shapes[kind]() : svg('rect', { class: kind, y: 1, width: 22, height: 12 }));
  return root;
}

/** What the colours and marks stand for. */
const words = {
  gate: 'gate: waits for the upstream',
  fetch: 'fetch: HTTP',
  delay: 'delay: configured wait',
  transform: 'transform: computes',
  persist: 'persist: waits for the commit',
  handover: 'waits for a thread that transforms',
  queue: 'waits in the channel for a slot',
  retry: 'waits for its retry, without a slot',
  move: 'goes on on another thread',
  urgent: 'urgent: goes ahead of what waits',
  failed: 'failed for good',
};

function legend() {
  const items = report.runs.flatMap(run => (run.items ?? []).map((fields, index) => readItem(fields, run, index)));
  const entries = stages.filter((_, i) => report.runs.some(run => run.flow[i].some(value => value > 0) || run.latencies.some(latency => latency[0] === stages[i])))
    .map(stage => [stage, words[stage]]);
  const add = (condition, kind, label) => condition && entries.push([kind, label]);
  add(report.runs.some(run => run.beyond && run.items), 'handover', words.handover);
  add(items.some(item => item.begin > item.enqueued), 'queue', words.queue);
  add(items.some(item => item.previousEnd >= 0), 'retry', words.retry);
  add(items.some(item => item.moves.times.length > 0), 'move', words.move);
  add(items.some(item => item.isUrgent), 'urgent', words.urgent);
  add(items.some(item => item.outcome === 'Failed'), 'failed', words.failed);
  add(report.runs.some(run => run.elapsed > 0), 'end', 'end of the run');
  add(report.runs.some(run => run.marks?.length > 0), 'end', 'a run starts, ends or is changed');
  return legendOf(entries);
}

function legendOf(entries) {
  return html('ul', { class: 'legend', 'aria-label': 'Legend' }, ...entries.map(([kind, label]) => html('li', null, swatch(kind), label)));
}

function figures(table, label) {
  const cell = ({ text, link }) => (link ? html('a', { href: link }, text) : text);
  const rows = table.rows.map(row => html('tr', null, ...row.map((value, i) => (i === 0 ? html('th', { scope: 'row' }, cell(value)) : html('td', null, cell(value))))));
  const head = table.columns.map(name => html('th', { scope: 'col' }, name));
  return html('div', { class: 'wide', tabindex: 0, role: 'region', 'aria-label': label },
    html('table', { class: 'figures' }, html('thead', null, html('tr', null, ...head)), html('tbody', null, ...rows)));
}

function start() {
  const parts = [html('header', { class: 'top' }, html('h1', null, report.title), html('ul', null, ...report.facts.map(fact => html('li', null, fact))))];
  const draws = [];
  const place = view => (run => {
    const [section, draw] = view(run);
    draws.push(draw);
    return section;
  });
  if (report.curves) {
    parts.push(html('h2', null, 'How the rate follows the degree of parallelism'), html('p', { class: 'note' },
      '● median of the rounds, with the least and the most. The line is the law that fits them, where one does. Dashed across: what no degree exceeds.'),
    ...report.curves.map(place(scaling)));
  }
  parts.push(html('h2', null, 'What each slot did'));
  parts.push(html('p', { class: 'note' }, 'A lane is a slot: the place an item holds while it is worked on. Time runs to the right '
    + `${report.axis ?? 'from the start of the run'}${report.runs.filter(run => !run.apart).length > 1 ? ', to the same scale for all runs' : ''}; T3 is the third thread the run used.`), legend());
  parts.push(...report.runs.map(place(timeline)));
  if (report.answers.length > 0) {
    parts.push(html('h2', null, 'What the figures mean'), ...report.answers.map(answer =>
      html('div', { class: 'answer' }, html('h3', null, answer.heading), html('p', null, answer.sentences.join(' ')))));
  }
  parts.push(html('h2', null, 'How many at once, and how long'), ...report.runs.map(place(details)));
  if (report.slowest) {
    parts.push(html('h2', null, 'The slowest items'), figures(report.slowest, 'The slowest items'));
  }
  parts.push(html('h2', null, 'Figures'), figures(report.table, 'Figures'));
  document.getElementById('report').replaceChildren(...parts);

  let width = 0;
  new ResizeObserver(([entry]) => {
    if (entry.contentRect.width !== width) {
      width = entry.contentRect.width;
      draws.forEach(draw => draw());
    }
  }).observe(document.getElementById('report'));
}
