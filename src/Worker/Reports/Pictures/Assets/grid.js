/** All attempts together: a row for some slots, a column for an interval, filled with the share of time each stage took. */
function drawGrid(run, frame, container) {
  const { rows, perRow } = run.grid;
  const columns = run.grid.ended.length;
  const height = rowHeightOf(rows.length);
  const top = 8;
  const slotsBottom = top + rows.length * height;
  const bottom = run.beyond ? slotsBottom + 84 : slotsBottom;
  const root = drawing(frame.width, bottom + 22, { role: 'group', 'aria-label': `Timeline of ${run.name}: arrow keys go from cell to cell` });
  const x = column => frame.x(Math.min(column * run.interval, run.ended));

  drawLanes(root, frame, top, height, rows.map((_, row) => [rowName(row, perRow), '']));
  timeAxis(root, frame, top, bottom);
  rows.forEach((row, i) => drawShares(root, row, columns, x, share => top + (i + 1) * height - (Math.min(100, share) / 100) * (height - 2)));
  if (run.beyond) {
    drawGridBeyond(root, frame, run, x, slotsBottom + 20, bottom);
  }
  drawEdges(root, frame, run, top, bottom);
  const cursor = svg('rect', { class: 'cursor hit', role: 'img', tabindex: 0, height: height - 2 });
  const rings = svg('g', { 'aria-hidden': 'true' });
  root.append(cursor, rings);
  container.replaceChildren(root);

  const cell = index => [Math.floor(index / columns), index % columns];
  const boxOf = index => {
    const [row, column] = cell(index);
    return [x(column), top + row * height + 2, Math.max(1, x(column + 1) - x(column)), height - 2];
  };
  return {
    root,
    count: rows.length * columns,
    node: index => {
      const [left, y, width] = boxOf(index);
      const [row, column] = cell(index);
      return build(cursor, { x: left, y, width, 'aria-label': cellFacts(run, row, column)[0].textContent }, []);
    },
    facts: index => cellFacts(run, ...cell(index)),
    next: (index, key) => nextCell(cell(index), rows.length, columns, key),
    mark: (index, isHovered) => drawRings(rings, index === null ? [] : [boxOf(index)], isHovered),
    at: event => cellAt(event, root, frame, run, top, height, rows.length, columns),
  };
}

function rowHeightOf(rows) {
  return rows <= 8 ? 26 : rows <= 16 ? 20 : 15;
}

function rowName(row, perRow) {
  return perRow === 1 ? `slot ${row}` : `slots ${row * perRow}–${(row + 1) * perRow - 1}`;
}

function drawShares(root, row, columns, x, y) {
  let below = new Array(columns).fill(0);
  stages.forEach((stage, i) => {
    const shares = row[i];
    if (shares !== 0) {
      root.append(svg('path', { class: stage, d: steps(shares, below, x, y) }));
      below = below.map((value, column) => value + shares[column]);
    }
  });
}

function drawGridBeyond(root, frame, run, x, top, bottom, moving = root) {
  const [transform, persist] = [run.flow[firstBeyond], run.flow[firstBeyond + 1]];
  const most = Math.max(1, ...transform.map((value, i) => value + persist[i]));
  const y = value => bottom - (value / most) * (bottom - top - 2);
  root.append(text(frame.left, top - 5, `after the slot: items in transform and persist, at most ${quantity(most)} on average over a column`));
  root.append(svg('rect', { class: 'lane', x: frame.left, y: top, width: frame.plotWidth, height: bottom - top }));
  moving.append(svg('path', { class: 'transform', d: steps(transform, transform.map(() => 0), x, y) }));
  moving.append(svg('path', { class: 'persist', d: steps(persist, transform, x, y) }));
}

function nextCell([row, column], rows, columns, key) {
  const moves = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0], Home: [0, -columns], End: [0, columns] };
  if (!moves[key]) {
    return null;
  }
  const clamp = (value, end) => Math.min(end - 1, Math.max(0, value));
  return clamp(row + moves[key][0], rows) * columns + clamp(column + moves[key][1], columns);
}

function cellAt(event, root, frame, run, top, height, rows, columns) {
  const box = root.getBoundingClientRect();
  const scale = frame.width / box.width;
  const row = Math.floor(((event.clientY - box.top) * scale - top) / height);
  const time = (((event.clientX - box.left) * scale - frame.left) / frame.plotWidth) * frame.end;
  const column = Math.floor(time / run.interval);
  return row >= 0 && row < rows && column >= 0 && column < columns && time <= run.ended ? row * columns + column : null;
}
