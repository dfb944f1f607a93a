/** A long line by its extremes: in each bin the least and the greatest stay, so that no peak is lost. */
export function extremes<T>(points: readonly T[], y: (point: T) => number, most: number): T[] {
  if (points.length <= most) return [...points];
  const bins = Math.max(1, Math.floor(most / 2));
  const kept: T[] = [];
  for (let bin = 0; bin < bins; bin++) {
    const part = points.slice(Math.floor((bin * points.length) / bins), Math.floor(((bin + 1) * points.length) / bins));
    if (!part.length) continue;
    let low = 0;
    let high = 0;
    part.forEach((point, index) => {
      if (y(point) < y(part[low]!)) low = index;
      if (y(point) > y(part[high]!)) high = index;
    });
    for (const index of low === high ? [low] : [Math.min(low, high), Math.max(low, high)]) kept.push(part[index]!);
  }
  const last = points.at(-1)!;
  if (kept.at(-1) !== last) kept.push(last);
  return kept;
}
