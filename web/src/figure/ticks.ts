/** Round numbers along an axis. */
export function ticks(low: number, high: number, most: number): number[] {
  if (!(high > low)) return [low];
  const rough = (high - low) / Math.max(1, most);
  const power = 10 ** Math.floor(Math.log10(rough));
  const stepSize = [1, 2, 2.5, 5, 10].map((one) => one * power).find((one) => one >= rough * 0.999) ?? 10 * power;
  const first = Math.ceil(low / stepSize - 1e-9);
  const last = Math.floor(high / stepSize + 1e-9);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => Number(((first + index) * stepSize).toPrecision(12)));
}

/** Decades, with 2 and 5 between where there are few. */
export function logTicks(low: number, high: number): number[] {
  const found: number[] = [];
  const decades = Math.log10(high / low);
  for (let exponent = Math.floor(Math.log10(low)); exponent <= Math.ceil(Math.log10(high)); exponent++)
    for (const one of decades < 3 ? [1, 2, 5] : [1]) {
      const value = one * 10 ** exponent;
      if (value >= low * 0.999 && value <= high * 1.001) found.push(value);
    }
  return found;
}
