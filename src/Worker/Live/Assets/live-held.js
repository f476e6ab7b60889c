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
