/** Where to draw what ran after the slot had been given back: a lane for each thread that transforms, and how many wait for a commit. */
function planBeyond(run, items, slotsBottom) {
  const threads = [...new Set(items.flatMap(item => item.parts.filter(part => part.stage === firstBeyond).map(part => part.beginThread)))].sort((a, b) => a - b);
  const height = laneHeightOf(threads.length);
  const top = slotsBottom + 18;
  const areaTop = top + threads.length * height + (threads.length > 0 ? 18 : 0);
  const bottom = areaTop + 48;
  const y = thread => top + threads.indexOf(thread) * height + 1;
  return {
    threads,
    height,
    top,
    areaTop,
    bottom,
    y,
    boxes: (item, box) => item.parts.filter(part => part.stage >= firstBeyond).map(part => (part.stage === firstBeyond
      ? box(part.begin, part.end, y(part.beginThread), height - 3)
      : box(part.begin, part.end, areaTop, bottom - areaTop))),
  };
}

/** What stays goes into one group, and what moves with time into another where they are not the same. */
function drawBeyond(root, frame, run, items, plan, moving = root) {
  if (plan.threads.length > 0) {
    root.append(text(frame.left, plan.top - 5, 'after the slot: the threads that transform'));
    drawLanes(root, frame, plan.top, plan.height, plan.threads.map(thread => [frame.isNarrow ? '' : 'transform', `T${thread}`]));
  }
  for (const item of items) {
    for (const part of item.parts.filter(part => part.stage === firstBeyond)) {
      const x = frame.x(part.begin);
      moving.append(svg('rect', { class: 'transform', 'data-index': item.index, x, y: plan.y(part.beginThread), width: Math.max(0.6, frame.x(part.end) - x), height: plan.height - 3 }));
    }
  }
  drawPersists(root, frame, items, plan, moving);
}

function drawPersists(root, frame, items, plan, moving) {
  const changes = items.flatMap(item => item.parts.filter(part => part.stage > firstBeyond).flatMap(part => [[part.begin, 1], [part.end, -1]])).sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  let waiting = 0;
  const counts = changes.map(([, change]) => (waiting += change));
  const most = Math.max(1, ...counts);
  const y = count => plan.bottom - (count / most) * (plan.bottom - plan.areaTop - 2);
  const d = changes.map(([time], i) => `L${frame.x(time).toFixed(1)},${y(counts[i] - changes[i][1]).toFixed(1)}V${y(counts[i]).toFixed(1)}`).join('');
  root.append(text(frame.left, plan.areaTop - 5, `after that: items that wait for their commit, at most ${quantity(most)} at once`));
  root.append(text(frame.isNarrow ? 0 : 2, (plan.areaTop + plan.bottom) / 2 + 4, 'persist', { class: 'strong' }));
  root.append(svg('rect', { class: 'lane', x: frame.left, y: plan.areaTop, width: frame.plotWidth, height: plan.bottom - plan.areaTop }));
  if (d !== '') {
    moving.append(svg('path', { class: 'persist', d: `M${frame.x(changes[0][0]).toFixed(1)},${plan.bottom}${d}V${plan.bottom}Z` }));
  }
}
