/** An attempt as it comes from the run, with names for its fields. */
function readItem(fields, run, index) {
  const [id, attempt, slot, previousEnd, enqueued, begin, end, beginThread, endThread, outcome, error, trace, urgent] = fields;
  const parts = [];
  for (let i = 13; i < fields.length; i += 5) {
    parts.push({ stage: fields[i], begin: begin + fields[i + 1], end: begin + fields[i + 2], beginThread: fields[i + 3], endThread: fields[i + 4] });
  }
  const item = { index, id, attempt, slot, previousEnd, enqueued, begin, end, beginThread, endThread, outcome, parts, isUrgent: urgent === 1, error: error < 0 ? null : run.errors[error], trace: trace < 0 ? null : run.traces[trace] };
  item.inSlot = run.beyond ? parts.filter(part => part.stage < firstBeyond) : parts;
  item.slotEnd = run.beyond ? Math.max(begin, ...item.inSlot.map(part => part.end)) : end;
  item.moves = movesOf(item, run);
  return item;
}

/** When the work of an item in its slot went on on another thread, and on which ones it was. */
function movesOf(item, run) {
  const seen = [[item.begin, item.beginThread]];
  for (const part of item.inSlot) {
    seen.push([part.begin, part.beginThread], [part.end, part.endThread]);
  }
  if (!run.beyond) {
    seen.push([item.end, item.endThread]);
  }
  const moves = seen.filter(([, thread], i) => i > 0 && thread !== seen[i - 1][1]);
  return { times: moves.map(([time]) => time), threads: [item.beginThread, ...moves.map(([, thread]) => thread)] };
}

function threadName(run, number) {
  const name = run.threads[number - 1];
  return name ? `thread ${number} (${name})` : `thread ${number}`;
}

function threadsText(run, begin, end) {
  return begin === end ? threadName(run, begin) : `${threadName(run, begin)} → ${threadName(run, end)}`;
}

function itemHeading(item) {
  const outcome = item.outcome || (item.error ? 'failed, to be tried again' : 'given up');
  return `Item ${item.id}${item.isUrgent ? ', urgent' : ''}${item.attempt > 1 ? `, attempt ${item.attempt}` : ''}, slot ${item.slot}: ${outcome}, from ${duration(item.begin)} to ${duration(item.end)}`;
}

/** All there is to say about an attempt, as paragraphs. */
function itemFacts(run, item) {
  const waits = [`waited ${duration(Math.max(0, item.begin - item.enqueued))} for a slot`];
  if (item.previousEnd >= 0) {
    waits.unshift(`waited ${duration(item.enqueued - item.previousEnd)} for this retry`);
  }
  const parts = item.parts.map(part => `${stages[part.stage]} ${duration(part.end - part.begin)} on ${threadsText(run, part.beginThread, part.endThread)}`);
  const facts = [
    html('p', null, html('strong', null, itemHeading(item))),
    html('p', null, `${[...waits, ...parts].join('; ')}; ended on ${threadName(run, item.endThread)}.`),
  ];
  if (item.error) {
    facts.push(html('p', { class: 'error' }, `Error: ${item.error}`));
  }
  if (item.trace) {
    const id = html('code', null, item.trace);
    facts.push(html('p', { class: 'trace' }, 'Trace ', report.traceLink ? html('a', linkTo(item), id) : id));
  }
  return facts;
}

/** What makes an element open the trace of an item, where there is a viewer. */
function linkTo(item) {
  return report.traceLink && item.trace ? { href: report.traceLink.replaceAll('{traceId}', item.trace), target: '_blank', rel: 'noopener' } : null;
}

/** What a row of slots did in an interval. */
function cellFacts(run, row, column) {
  const { perRow, rows, ended } = run.grid;
  const slots = perRow === 1 ? `Slot ${row}` : `Slots ${row * perRow} to ${row * perRow + perRow - 1}`;
  const shares = stages.map((stage, i) => [stage, rows[row][i] === 0 ? 0 : rows[row][i][column]]).filter(([, share]) => share > 0);
  const idle = Math.max(0, 100 - shares.reduce((sum, [, share]) => sum + share, 0));
  const from = column * run.interval;
  return [
    html('p', null, html('strong', null, `${slots}, from ${duration(from)} to ${duration(Math.min(run.ended, from + run.interval))}`)),
    html('p', null, `${[...shares.map(([stage, share]) => `${stage} ${share} %`), `in no stage ${idle} %`].join(', ')} of the time. `
      + `In all slots, ${quantity(ended[column])} attempts ended meanwhile.`),
  ];
}
