/** What has to be known to ask the worker for something; null where the page only shows. */
const control = JSON.parse(at('control-data').textContent);

/** Where the slider of the rate limit stops, in requests a second; after the last one there is none. */
const rateStops = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000];

/** How long Drain waits for the second press, in milliseconds. */
const patience = 5000;

/** A slider that is moved step by step asks once, when it has come to rest for so long. */
const rest = 250;

/** The sliders that somebody has in their hands. */
const held = new Set();

let drainUntil = 0;

/** Asks the worker, and says what came of it. */
async function ask(what, value = '') {
  const headers = { 'X-Page-Token': control.token };
  const given = at('given')?.value;
  if (given) {
    headers.Authorization = `Bearer ${given}`;
  }
  try {
    const response = await fetch(`control/${what}`, { method: 'POST', headers, body: value });
    const said = (await response.text()).trim();
    at('asked').textContent = response.ok ? `Done: ${said}.` : `Refused: ${said}.`;
    if (response.status === 401) {
      at('given').focus();
    }
    return response.ok;
  } catch {
    at('asked').textContent = 'The worker cannot be reached, or the token has characters that no token has.';
    return false;
  }
}

function rateText(stop) {
  return stop < rateStops.length ? `${quantity(rateStops[stop])} a second` : 'no limit';
}

function setSlider(id, value, content) {
  const slider = at(id);
  if (Number(slider.value) !== value) {
    slider.value = value;
  }
  if (at(`${id}-now`).textContent !== content) {
    at(`${id}-now`).textContent = content;
    slider.setAttribute('aria-valuetext', content);
  }
}

/** A slider that asks when it has been let go of, and until then shows what it would ask for. Disabled until it is known how things stand. */
function slider(id, label, most, textOf, valueOf, note) {
  const input = html('input', { id, type: 'range', min: id === 'degree' ? 1 : 0, max: most, step: 1, disabled: '' });
  input.addEventListener('input', () => {
    held.add(id);
    setSlider(id, Number(input.value), textOf(Number(input.value)));
  });
  const change = async () => {
    const value = Number(input.value);
    if (await ask(id === 'degree' ? id : 'rate', String(valueOf(value)))) {
      Object.assign(seen.about.control, id === 'degree' ? { degree: value, isAuto: false } : { rate: value < rateStops.length ? rateStops[value] : undefined });
    }
    held.delete(id);
    showControl();
  };
  let timer = 0;
  input.addEventListener('change', () => {
    clearTimeout(timer);
    timer = setTimeout(change, rest);
  });
  return html('div', { class: 'slider' }, html('label', { for: id }, label), html('output', { id: `${id}-now`, for: id }, ''), input, ...(note ? [html('p', { class: 'note' }, note)] : []));
}

function button(id, content, press) {
  const made = html('button', { id, type: 'button', disabled: '' }, content);
  made.addEventListener('click', press);
  return made;
}

async function pauseOrGoOn() {
  const { isPaused } = seen.about.control;
  if (await ask(isPaused ? 'go-on' : 'pause')) {
    seen.about.control.isPaused = !isPaused;
  }
  showControl();
}

/** The worker ends: that takes two presses. */
async function drain() {
  if (performance.now() < drainUntil) {
    drainUntil = 0;
    await ask('drain');
  } else {
    drainUntil = performance.now() + patience;
    setTimeout(showControl, patience + 50);
    at('asked').textContent = 'Press again to end this worker: what is under way finishes, and the run can be resumed.';
  }
  showControl();
}

function controlPanel() {
  if (!control) {
    return [];
  }
  const panel = html('section', { class: 'control', 'aria-label': 'Control' },
    slider('degree', 'Degree of parallelism', control.most, quantity, value => value, control.fixed),
    slider('rate-limit', 'Rate limit', rateStops.length, rateText, stop => rateStops[stop] ?? 'none'),
    html('div', { class: 'actions' }, button('pause', 'Pause', pauseOrGoOn), button('drain', 'Drain', drain)),
    ...(control.asksForToken ? [html('div', { class: 'slider' }, html('label', { for: 'given' }, 'Token'), html('input', { id: 'given', type: 'password', autocomplete: 'off' }))] : []),
    html('p', { id: 'asked', class: 'note', role: 'status', 'aria-live': 'polite' }, 'What is changed here holds until the worker ends, and is written nowhere.'));
  return [panel];
}

/** Takes the token out of the address, where it would be seen and kept. */
function takeToken() {
  const token = new URLSearchParams(location.hash.slice(1)).get('token');
  if (token !== null) {
    history.replaceState(null, '', location.pathname);
    if (at('given')) {
      at('given').value = token;
    }
  }
}

function showControl() {
  const now = seen.about?.control;
  if (!control || !now) {
    return;
  }
  const isLive = connection === 'live';
  if (!held.has('degree')) {
    const degree = now.isAuto ? seen.run?.limit ?? 1 : now.degree || control.most;
    setSlider('degree', control.fixed ? 1 : degree, control.fixed ? '1, always' : now.isAuto ? `auto, ${quantity(degree)} now` : now.degree ? quantity(degree) : 'no cap');
  }
  if (!held.has('rate-limit')) {
    const stop = now.rate === undefined ? rateStops.length : Math.max(0, rateStops.findLastIndex(rate => rate <= now.rate));
    setSlider('rate-limit', stop, now.rate === undefined ? rateText(stop) : `${quantity(now.rate)} a second`);
  }
  at('degree').disabled = !isLive || Boolean(control.fixed);
  at('rate-limit').disabled = at('pause').disabled = at('drain').disabled = !isLive;
  at('pause').textContent = now.isPaused ? 'Go on' : 'Pause';
  at('drain').textContent = performance.now() < drainUntil ? 'Really drain?' : 'Drain';
}
