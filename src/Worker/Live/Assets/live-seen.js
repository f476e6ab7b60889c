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
    noteChanges(frame.about.marks);
  }
  if (frame.run) {
    noteRun(frame);
  }
  Object.assign(seen, { at: frame.at, ended: frame.ended });
  forgetOld();
}

/** The changes of the last minute come again every second. */
function noteChanges(marks) {
  for (const [time, label] of marks) {
    if (!seen.marks.some(mark => mark[0] === time && mark[1] === label)) {
      seen.marks.push([time, label, true]);
      at('announcement').textContent = label;
    }
  }
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
    marks: seen.marks.map(([time, ...rest]) => [time - origin, ...rest]).filter(([time]) => time >= 0),
  };
}

function latenciesOf(items) {
  const of = (name, times) => {
    times.sort((a, b) => a - b);
    const share = percent => times[Math.min(times.length - 1, Math.ceil((times.length * percent) / 100) - 1)];
    return times.length === 0 ? [] : [[name, times.length, share(50), share(90), share(99), times.at(-1)]];
  };
  const stageTimes = stage => items.flatMap(fields => fields.slice(13).flatMap((value, i, rest) => (i % 5 === 0 && value === stage ? [rest[i + 2] - rest[i + 1]] : [])));
  return [
    ...of('queue wait', items.map(fields => Math.max(0, fields[5] - fields[4]))),
    ...stages.flatMap((name, stage) => of(name, stageTimes(stage))),
    ...of('attempt', items.map(fields => fields[6] - fields[5])),
  ];
}

const clock = () => new Date(Date.now() - (performance.now() * 1000 - seen.lag - seen.at) / 1000).toISOString().slice(0, 19).replace('T', ' ');
