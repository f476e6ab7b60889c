/** How the rate follows the degree of parallelism: what was measured, the law through it, and what bounds it. All strategies to one scale. */
function drawCurve(curve, frame, container) {
  const all = report.curves.flatMap(other => other.points);
  const [low, high] = [Math.min(...all.map(point => point[0])), Math.max(...all.map(point => point[0]))];
  const most = Math.max(...all.map(point => point[3]));
  const end = most * 1.12;
  const [top, bottom] = [10, 250];
  const x = degree => frame.left + (Math.log(degree / low) / Math.log(high / low)) * frame.plotWidth;
  const y = rate => bottom - (rate / end) * (bottom - top);
  const root = drawing(frame.width, bottom + 34, { role: 'img', 'aria-label': `${curve.name}: items per second by degree of parallelism; the same numbers stand in the table below` });
  valueAxis(root, frame, end, y);
  for (let degree = 2 ** Math.ceil(Math.log2(low)); degree <= high; degree *= 2) {
    root.append(svg('line', { class: 'rule', x1: x(degree), x2: x(degree), y1: top, y2: bottom + 4 }));
    if (!frame.isNarrow || Math.log2(degree) % 2 === 0) {
      root.append(text(x(degree), bottom + 16, quantity(degree), { 'text-anchor': 'middle' }));
    }
  }
  root.append(text(frame.left + frame.plotWidth, bottom + 30, 'degree of parallelism', { 'text-anchor': 'end' }));
  for (const [name, rate] of curve.ceilings.filter(ceiling => ceiling[1] <= end)) {
    root.append(svg('line', { class: 'limit', x1: frame.left, x2: frame.left + frame.plotWidth, y1: y(rate), y2: y(rate) }));
    root.append(text(frame.left + 6, y(rate) - 4, `${name}: ${quantity(rate)} items/s`));
  }
  const marks = [[curve.suggested, `95 % at ${quantity(curve.suggested)}`], ...(curve.peak ? [[curve.peak, `slower beyond ${quantity(curve.peak)}`]] : [])];
  marks.forEach(([degree, label], i) => {
    const isLate = x(degree) > frame.left + frame.plotWidth * 0.7;
    root.append(svg('line', { class: 'end', x1: x(degree), x2: x(degree), y1: top, y2: bottom }));
    root.append(text(x(degree) + (isLate ? -5 : 5), bottom - 8 - 16 * i, label, { class: 'strong', 'text-anchor': isLate ? 'end' : 'start' }));
  });
  root.append(svg('path', { class: 'depth', d: curve.law.map(([degree, rate], i) => `${i === 0 ? 'M' : 'L'}${x(degree).toFixed(1)},${y(rate).toFixed(1)}`).join('') }));
  for (const [degree, median, least, best] of curve.points) {
    root.append(svg('line', { class: 'whisker', x1: x(degree), x2: x(degree), y1: y(least), y2: y(best) }));
    root.append(svg('circle', { class: 'mark', cx: x(degree), cy: y(median), r: 4 }));
  }
  container.append(root);
}

function scaling(curve) {
  const picture = html('div', { class: 'picture' });
  const draw = () => {
    picture.replaceChildren();
    drawCurve(curve, frameOf(picture), picture);
  };
  return [html('section', { class: 'run', 'aria-label': `How ${curve.name} scales` }, html('h3', null, curve.name), picture), draw];
}
