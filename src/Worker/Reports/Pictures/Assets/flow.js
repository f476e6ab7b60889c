/** Items in flight by stage with the limit, and below them those that wait. */
function drawFlow(run, frame, container) {
  const chart = html('div');
  container.append(html('h4', null, 'Items in flight, by stage'), chart);
  const columns = run.flow[0].length;
  const x = column => frame.x(Math.min(column * run.interval, run.ended));
  const total = run.flow[0].map((_, column) => run.flow.reduce((sum, stage) => sum + stage[column], 0));
  const peak = Math.max(1, ...total, ...run.samples.map(sample => sample[1]));
  const limits = run.samples.map(sample => [sample[0], sample[4]]).filter(([, limit]) => limit > 0 && limit <= 4 * peak);
  const end = Math.max(peak, ...limits.map(([, limit]) => limit)) * 1.16;
  const [top, bottom] = [10, 150];
  const y = value => bottom - (value / end) * (bottom - top);
  const average = run.ended > 0 ? total.reduce((sum, value, i) => sum + value * (Math.min(run.ended, (i + 1) * run.interval) - i * run.interval), 0) / run.ended : 0;
  const root = drawing(frame.width, bottom + 22, { role: 'img', 'aria-label': `Items in flight: ${quantity(average)} on average` });

  valueAxis(root, frame, end, y);
  timeAxis(root, frame, top, bottom);
  let below = new Array(columns).fill(0);
  stages.forEach((stage, i) => {
    root.append(svg('path', { class: stage, d: steps(run.flow[i], below, x, y) }));
    below = below.map((value, column) => value + run.flow[i][column]);
  });
  if (run.beyond) {
    root.append(svg('path', { class: 'in-use', d: sampleLine(run.samples.map(sample => [sample[0], sample[1]]), run, frame, y) }));
  }
  root.append(svg('path', { class: 'limit', d: sampleLine(limits, run, frame, y) }));
  if (limits.length > 0) {
    const limit = limits.at(-1)[1];
    root.append(text(frame.left + 6, y(limit) - 4, `limit ${quantity(limit)}${run.beyond ? ' (of fetches)' : ''}`, { class: 'strong' }));
  }
  drawEdges(root, frame, run, top, bottom);
  chart.append(root);
  container.append(html('p', { class: 'note' }, `On average ${quantity(average)} in flight${run.beyond ? '; the thin line is slots in use' : ''}. Averages over ${duration(run.interval)} each, of all ${quantity(run.count)} attempts.`));
  drawDepth(run, frame, container);
}

function drawDepth(run, frame, container) {
  container.append(html('h4', null, 'Items that wait'));
  if (run.samples.length === 0) {
    container.append(html('p', { class: 'note' }, 'It was too short to look at it meanwhile.'));
    return;
  }
  const most = index => Math.max(...run.samples.map(sample => sample[index]));
  const end = Math.max(1, most(2), most(3)) * 1.08;
  const [top, bottom] = [10, 90];
  const y = value => bottom - (value / end) * (bottom - top);
  const root = drawing(frame.width, bottom + 22, { role: 'img', 'aria-label': `Items that wait: at most ${most(2)} in the channel, at most ${most(3)} for a retry` });
  valueAxis(root, frame, end, y);
  timeAxis(root, frame, top, bottom);
  root.append(svg('path', { class: 'depth', d: sampleLine(run.samples.map(sample => [sample[0], sample[2]]), run, frame, y) }));
  if (most(3) > 0) {
    root.append(svg('path', { class: 'waiting', d: sampleLine(run.samples.map(sample => [sample[0], sample[3]]), run, frame, y) }));
  }
  drawEdges(root, frame, run, top, bottom);
  container.append(root);
  const gap = run.samples.length > 1 ? `, looked at every ${duration(Math.round((run.samples.at(-1)[0] - run.samples[0][0]) / (run.samples.length - 1)))}` : ', looked at once';
  container.append(html('p', { class: 'note' }, `Solid: in the channel, at most ${quantity(most(2))}. Dashed: for a retry, at most ${quantity(most(3))}${gap}.`));
}

function valueAxis(root, frame, end, y) {
  const step = Math.max(1, niceStep(end, 4));
  for (let value = 0; value <= end; value += step) {
    root.append(svg('line', { class: 'rule', x1: frame.left - 3, x2: frame.left + frame.plotWidth, y1: y(value), y2: y(value) }));
    root.append(text(frame.left - 6, y(value) + 4, quantity(value), { 'text-anchor': 'end' }));
  }
}

/** What was seen at some moments, held until the next look. */
function sampleLine(points, run, frame, y) {
  if (points.length === 0) {
    return '';
  }
  const path = points.map(([time, value], i) => `${i === 0 ? 'M' : 'H'}${frame.x(time).toFixed(1)}${i === 0 ? ',' : 'V'}${y(value).toFixed(1)}`).join('');
  return `${path}H${frame.x(Math.max(run.ended, points.at(-1)[0])).toFixed(1)}`;
}
