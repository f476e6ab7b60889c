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
    showControl();
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
    showControl();
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
  const kinds = [...stages, 'queue', 'retry', 'move', 'urgent', 'failed'];
  at('live').replaceChildren(
    html('header', { class: 'live-top' },
      html('div', null, html('h1', { id: 'title' }, 'Waiting for the worker'), html('p', { id: 'state', class: 'state' }, '')),
      html('div', { class: 'actions' }, html('button', { id: 'freeze', type: 'button', 'aria-pressed': 'false' }, 'Freeze'), html('button', { id: 'save', type: 'button' }, 'Save'))),
    html('div', { id: 'progress', class: 'progress', role: 'progressbar', 'aria-label': 'Items done', 'aria-valuemin': 0, 'aria-valuemax': 100 }, html('div')),
    html('p', { id: 'progress-text', class: 'progress-text' }, ''),
    html('dl', { class: 'tiles', 'aria-label': 'Figures now' },
      tile('rate', 'Items a second', spark), tile('inflight', 'In flight', meter()), tile('channel', 'In the channel', meter()), tile('retries', 'For a retry'), tile('gate', 'Upstream gate')),
    html('section', { id: 'bound', class: 'bound', 'aria-label': 'What the run is bound by', hidden: '' }),
    ...controlPanel(),
    html('h2', { class: 'first' }, 'What each slot does'),
    html('p', { class: 'note', id: 'kind' }, ''), legendOf(kinds.map(kind => [kind, words[kind]])),
    html('div', { id: 'picture', class: 'picture live-view', tabindex: 0, role: 'group', 'aria-label': 'The last minute, a lane for each slot. An arrow key holds the picture and goes from item to item; Escape lets it go on.' }),
    html('div', { id: 'facts', class: 'facts', role: 'status', 'aria-live': 'polite' }, ''),
    html('details', null, html('summary', null, 'The slots as a table'), html('div', { id: 'slots', class: 'wide', tabindex: 0, role: 'region', 'aria-label': 'What each slot does now' })),
    html('section', null, html('h2', null, 'Why attempts failed lately'), html('div', { id: 'failures', class: 'wide' })),
    html('p', { id: 'announcement', class: 'visually-hidden', role: 'status', 'aria-live': 'polite' }, ''));
  forget();
  takeToken();
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
