/** Every attempt as a bar in the lane of its slot. Returns how to walk through them. */
function drawItems(run, frame, container) {
  const items = run.items.map((fields, index) => readItem(fields, run, index));
  const laneCount = items.reduce((most, item) => Math.max(most, item.slot + 1), 0);
  const lanes = Array.from({ length: laneCount }, () => []);
  items.forEach(item => lanes[item.slot].push(item));
  const height = laneHeightOf(laneCount);
  const top = 8;
  const bottom = top + laneCount * height;
  const beyond = run.beyond ? planBeyond(run, items, bottom) : { bottom, boxes: () => [] };
  const root = drawing(frame.width, beyond.bottom + 22, { role: 'group', 'aria-label': `Timeline of ${run.name}: arrow keys go from item to item` });
  const bars = { y: slot => top + slot * height + 1, height: height - 6, strip: slot => top + (slot + 1) * height - 4 };

  drawLanes(root, frame, top, height, lanes.map((lane, slot) => [`slot ${slot}`, laneThreads(lane)]));
  timeAxis(root, frame, top, beyond.bottom);
  lanes.forEach((lane, slot) => drawWaits(root, frame, lane, bars.strip(slot)));
  const nodes = items.map(item => drawItem(root, frame, run, item, bars, lanes[item.slot]));
  if (run.beyond) {
    drawBeyond(root, frame, run, items, beyond);
  }
  const moves = items.flatMap(item => item.moves.times.map(time => [frame.x(time), bars.y(item.slot)]));
  const size = Math.max(1.8, Math.min(4, (frame.plotWidth * laneCount) / (moves.length * 12)));
  root.append(svg('path', { class: 'moves', d: moves.map(([x, y]) => moveMark(x, y, size)).join('') }));
  drawEdges(root, frame, run, top, beyond.bottom);
  const rings = svg('g', { 'aria-hidden': 'true' });
  root.append(rings);
  container.replaceChildren(root);

  return {
    root,
    count: items.length,
    node: index => nodes[index],
    facts: index => itemFacts(run, items[index]),
    next: (index, key) => nextItem(lanes, items[index], key),
    mark: (index, isHovered) => drawRings(rings, index === null ? [] : boxesOf(frame, items[index], bars, beyond), isHovered),
  };
}

function laneThreads(lane) {
  const threads = new Set(lane.flatMap(item => item.moves.threads));
  return threads.size === 1 ? `T${[...threads][0]}` : threads.size === 0 ? '' : `${threads.size} threads`;
}

/** Waits have no slot: they are a strip below the lane of the attempt that came after. */
function drawWaits(root, frame, lane, y) {
  root.append(svg('path', { class: 'queue', d: joinedBars(lane.map(item => [item.enqueued, item.begin]), frame, y, 3) }));
  root.append(svg('path', { class: 'retry', d: joinedBars(lane.filter(item => item.previousEnd >= 0).map(item => [item.previousEnd, item.enqueued]), frame, y - 1, 4) }));
}

function drawItem(root, frame, run, item, bars, lane) {
  const [y, x1, x2] = [bars.y(item.slot), frame.x(item.begin), frame.x(item.slotEnd)];
  const link = linkTo(item);
  const group = svg(link ? 'a' : 'g', { class: 'item', role: link ? 'link' : 'img', tabindex: -1, 'data-index': item.index, 'aria-label': itemHeading(item) + (link ? '; opens its trace' : ''), ...link });
  const middle = bars.height / 2;
  group.append(svg('rect', { class: 'hit', x: x1, y, width: Math.max(3, x2 - x1), height: bars.height + 5 }));
  group.append(svg('rect', { class: 'between', x: x1, y: y + middle - 1, width: Math.max(1, x2 - x1), height: 2 }));
  for (const part of item.inSlot) {
    group.append(svg('rect', { class: stages[part.stage], x: frame.x(part.begin), y, width: Math.max(0.4, frame.x(part.end) - frame.x(part.begin)), height: bars.height }));
  }
  const transform = run.beyond && item.parts.find(part => part.stage === firstBeyond);
  if (transform) {
    const next = lane[lane.indexOf(item) + 1];
    const until = Math.min(transform.begin, next ? next.begin : Infinity);
    group.append(svg('rect', { class: 'handover', x: x2, y: y + middle / 2, width: Math.max(0, frame.x(until) - x2), height: middle }));
  }
  if (x2 - x1 > 5) {
    group.append(svg('rect', { class: 'edge', x: x1, y, width: 1, height: bars.height }));
  }
  if (item.isUrgent) {
    const size = Math.min(4, bars.height / 3);
    group.append(svg('path', { class: 'urgent', d: urgentMark(x1 + 2, y + middle, size) }));
  }
  if (item.outcome === 'Failed') {
    const size = Math.min(4, bars.height / 3);
    group.append(svg('path', { class: 'failed', d: `M${x2 - 2 * size},${y + middle - size}l${2 * size},${2 * size}m0,${-2 * size}l${-2 * size},${2 * size}` }));
  }
  const widest = item.inSlot.reduce((best, part) => (best && best.end - best.begin >= part.end - part.begin ? best : part), null);
  const start = Math.max(widest ? frame.x(widest.begin) : x1, item.isUrgent ? x1 + 8 : x1);
  const label = labelOf(item, (widest ? frame.x(widest.end) : x2) - start - 10);
  if (label && bars.height >= 12) {
    group.append(text(start + 5, y + middle + 4, label, { class: 'thread' }));
  }
  root.append(group);
  return group;
}

/** As much of the threads and the ID as fits into so many pixels. */
function labelOf(item, room) {
  const threads = item.moves.threads;
  const all = `T${threads.join('→')}`;
  const short = threads.length > 2 ? `T${threads[0]}→…→${threads.at(-1)}` : all;
  return [`${all}  #${item.id}`, all, short].find(label => label.length * 7 <= room);
}

function urgentMark(x, y, size) {
  return [0, size].map(shift => `M${(x + shift).toFixed(1)},${(y - size).toFixed(1)}l${size.toFixed(1)},${size.toFixed(1)}l${(-size).toFixed(1)},${size.toFixed(1)}z`).join('');
}

function moveMark(x, y, size) {
  return `M${(x - size).toFixed(1)},${y - 1}h${(2 * size).toFixed(1)}l${(-size).toFixed(1)},${(1.8 * size).toFixed(1)}z`;
}

function boxesOf(frame, item, bars, beyond) {
  const box = (begin, end, y, height) => [frame.x(begin), y, frame.x(end) - frame.x(begin), height];
  const waited = item.previousEnd >= 0 ? item.previousEnd : item.enqueued;
  const boxes = [box(item.begin, item.slotEnd, bars.y(item.slot), bars.height), ...beyond.boxes(item, box)];
  if (item.begin > waited) {
    boxes.push(box(waited, item.begin, bars.strip(item.slot), 3));
  }
  return boxes;
}

function nextItem(lanes, item, key) {
  const lane = lanes[item.slot];
  const place = lane.indexOf(item);
  const middle = (item.begin + item.slotEnd) / 2;
  const nearest = step => {
    for (let slot = item.slot + step; slot >= 0 && slot < lanes.length; slot += step) {
      if (lanes[slot].length > 0) {
        return lanes[slot].reduce((best, other) => (gap(other, middle) < gap(best, middle) ? other : best));
      }
    }
    return item;
  };
  const gap = (other, time) => Math.abs((other.begin + other.slotEnd) / 2 - time);
  const found = {
    ArrowLeft: () => lane[place - 1],
    ArrowRight: () => lane[place + 1],
    ArrowUp: () => nearest(-1),
    ArrowDown: () => nearest(1),
    Home: () => lane[0],
    End: () => lane.at(-1),
  }[key];
  return found ? (found() ?? item).index : null;
}
