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
  const left = requested === undefined || speed <= 0 || over || seen.run.paused ? '' : ` · about ${whole(Math.ceil((requested - done) / speed))} left`;
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
    live: ['live', seen.run?.paused && !frozen ? 'Paused: no new attempt starts, and those under way finish' : frozen ? `Frozen at ${frozen.until} UTC; the run goes on` : 'Live'],
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
