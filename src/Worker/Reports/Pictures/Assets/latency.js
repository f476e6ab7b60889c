/** The scale of all latency pictures of the page: powers of ten, in microseconds. */
function latencyScale() {
  const all = report.runs.flatMap(run => run.latencies);
  const low = Math.floor(Math.log10(Math.max(1, Math.min(1000, ...all.map(latency => latency[2])))));
  const high = Math.ceil(Math.log10(Math.max(10 ** (low + 1), ...all.map(latency => latency[5]))));
  return { low, high };
}

function drawLatencies(run, frame, container) {
  container.append(html('h4', null, 'How long it took'));
  if (run.latencies.length === 0) {
    container.append(html('p', { class: 'note' }, 'Nothing was measured.'));
    return;
  }
  const left = 76;
  const width = frame.width - left - 14;
  const { low, high } = latencyScale();
  const x = time => left + ((Math.log10(Math.max(time, 10 ** low)) - low) / (high - low)) * width;
  const [top, height] = [6, 22];
  const bottom = top + run.latencies.length * height;
  const root = drawing(frame.width, bottom + 20, { role: 'img', 'aria-label': 'Latencies by stage, on a logarithmic axis; the same numbers stand in the table below' });
  for (let power = low; power <= high; power++) {
    const at = x(10 ** power);
    root.append(svg('line', { class: 'rule', x1: at, x2: at, y1: top, y2: bottom + 3 }));
    if (!frame.isNarrow || (power - low) % 2 === 0) {
      root.append(text(at, bottom + 15, powerLabel(power), { 'text-anchor': power === high ? 'end' : 'middle' }));
    }
  }
  run.latencies.forEach(([name, , p50, p90, p99, max], i) => {
    const y = top + i * height + height / 2;
    root.append(text(0, y + 4, name, { class: 'strong' }));
    root.append(svg('line', { class: 'whisker', x1: x(p50), x2: x(max), y1: y, y2: y }));
    root.append(svg('rect', { class: 'box', x: x(p50), y: y - 5, width: Math.max(1, x(p90) - x(p50)), height: 10 }));
    root.append(svg('circle', { class: 'mark', cx: x(p50), cy: y, r: 4.5 }));
    root.append(svg('path', { class: 'mark', d: `M${x(p99)},${y - 5}l5,5l-5,5l-5,-5z` }));
    root.append(svg('rect', { class: 'mark', x: x(max) - 1.25, y: y - 7, width: 2.5, height: 14 }));
  });
  const rows = run.latencies.map(([name, count, ...times]) =>
    html('tr', null, html('th', { scope: 'row' }, name), html('td', null, quantity(count)), ...times.map(time => html('td', null, duration(time)))));
  const head = ['', 'count', 'p50', 'p90', 'p99', 'max'].map(name => html('th', { scope: 'col' }, name));
  container.append(
    root,
    html('p', { class: 'note' }, '● p50, bar to p90, ◆ p99, ▏max; over all attempts, the percentiles at most 5 % too high.'),
    html('div', { class: 'wide', tabindex: 0, role: 'region', 'aria-label': `Latencies of ${run.name}` },
      html('table', null, html('thead', null, html('tr', null, ...head)), html('tbody', null, ...rows))));
}

function powerLabel(power) {
  return power >= 6 ? `${10 ** (power - 6)} s` : power >= 3 ? `${10 ** (power - 3)} ms` : `${10 ** power} µs`;
}
