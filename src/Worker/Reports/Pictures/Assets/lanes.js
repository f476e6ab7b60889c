/** Whether a page has one picture, and so more room for it. */
let isRoomy = false;

/** The height of a lane: as much as there is room for. */
function laneHeightOf(lanes) {
  return isRoomy && lanes <= 8 ? 40 : isRoomy && lanes <= 12 ? 32 : lanes <= 12 ? 26 : lanes <= 24 ? 20 : lanes <= 40 ? 15 : 11;
}

/** Lanes below each other, every second one on a darker ground, with a name on the left of as many as can be read. */
function drawLanes(root, frame, top, height, names) {
  const every = Math.ceil(13 / height);
  names.forEach(([name, detail], i) => {
    const y = top + i * height;
    if (i % 2 === 0) {
      root.append(svg('rect', { class: 'lane', x: frame.left, y, width: frame.plotWidth, height }));
    }
    if (i % every === 0) {
      root.append(text(frame.isNarrow ? 0 : 2, y + height / 2 + 4, frame.isNarrow ? name.replace(/^\D+ /, '') : name, { class: 'strong' }));
      root.append(text(frame.left - 6, y + height / 2 + 4, frame.isNarrow ? detail.replace(' threads', ' T') : detail, { 'text-anchor': 'end' }));
    }
  });
}

/** The edge of the plot and, in front of everything, where the run had ended. */
function drawEdges(root, frame, run, top, bottom) {
  root.append(svg('rect', { class: 'plot', x: frame.left, y: top, width: frame.plotWidth, height: bottom - top }));
  if (run.elapsed > 0) {
    const x = frame.x(run.elapsed);
    root.append(svg('line', { class: 'end', x1: x, x2: x, y1: top - 4, y2: bottom }));
  }
  drawMarks(root, frame, run.marks ?? [], top, bottom);
}

/** Moments at which something happened to the run as a whole. What somebody changed is said beside it. */
function drawMarks(root, frame, marks, top, bottom) {
  for (const [time, label, isChange] of marks) {
    const x = frame.x(time);
    root.append(svg('line', { class: 'end', x1: x, x2: x, y1: top - 4, y2: bottom }, svg('title', null, label)));
    if (isChange) {
      const isLate = x > frame.left + frame.plotWidth / 2;
      root.append(text(x + (isLate ? -5 : 5), top + 14, label, { class: 'change', 'text-anchor': isLate ? 'end' : 'start' }));
    }
  }
}

/** Rings around what is focused or pointed at, drawn over everything. */
function drawRings(layer, boxes, isHovered) {
  layer.replaceChildren();
  for (const kind of ['ring', 'ring inner']) {
    for (const [x, y, width, height] of boxes) {
      layer.append(svg('rect', { class: isHovered ? `${kind} hovered` : kind, x: x - 1.5, y: y - 1.5, width: Math.max(2, width) + 3, height: height + 3, rx: 2 }));
    }
  }
}

/** Overlapping intervals joined, as one path of bars. */
function joinedBars(intervals, frame, y, height) {
  let path = '';
  let [from, to] = [0, -1];
  const close = () => {
    if (to > from) {
      path += `M${frame.x(from).toFixed(1)},${y}H${frame.x(to).toFixed(1)}v${height}H${frame.x(from).toFixed(1)}Z`;
    }
  };
  for (const [begin, end] of intervals.filter(([a, b]) => b > a).sort((a, b) => a[0] - b[0])) {
    if (begin > to) {
      close();
      [from, to] = [begin, end];
    } else {
      to = Math.max(to, end);
    }
  }
  close();
  return path;
}
