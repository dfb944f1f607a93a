/** Parallel coordinates over what differs: an axis a key or metric, a line a point; a brush keeps part of them. */
import { useEffect, useMemo, useRef, useState } from "react";
import type { Comparable } from "../../api/page";
import { parseNumber } from "../../form/number";
import { words } from "../../words";
import { logTicks, ticks } from "../../figure/ticks";

const w = words.compare;
const HEIGHT = 260;
const TOP = 34;
const BOTTOM = 22;

/** By axis index: the least and the most that is kept, in the axis' own numbers (or places of its names). */
export type Brushes = Readonly<Record<number, [number, number]>>;

interface Scale {
  place: (value: unknown) => number | null;
  /** Back from a share of the height to a number. */
  value: (share: number) => number;
  number: (value: unknown) => number | null;
  labels: { at: number; text: string }[];
}

function scaleOf(data: Comparable, index: number): Scale {
  const values = data.coordinates.rows.map((row) => row.values[index]);
  const numbers = values.filter((one): one is number => typeof one === "number" && Number.isFinite(one));
  if (numbers.length && numbers.length === values.filter((one) => one !== null && one !== undefined).length) {
    const log = data.coordinates.axes[index]!.scale === "log" && Math.min(...numbers) > 0;
    const f = (value: number) => (log ? Math.log10(value) : value);
    let [low, high] = [f(Math.min(...numbers)), f(Math.max(...numbers))];
    if (low === high) [low, high] = [low - 0.5, high + 0.5];
    const marks = log ? logTicks(10 ** low, 10 ** high) : ticks(low, high, 5);
    return {
      number: (value) => (typeof value === "number" ? value : null),
      place: (value) => (typeof value === "number" && (!log || value > 0) ? (f(value) - low) / (high - low) : null),
      value: (share) => (log ? 10 ** (low + share * (high - low)) : low + share * (high - low)),
      labels: marks.map((one) => ({ at: (f(one) - low) / (high - low), text: Math.abs(one) < 1e-3 && one !== 0 ? one.toExponential(0) : String(Number(one.toPrecision(4))) })),
    };
  }
  const names = [...new Set(values.map((one) => (one === null || one === undefined ? "–" : String(one))))];
  const place = (value: unknown) => {
    const at = names.indexOf(value === null || value === undefined ? "–" : String(value));
    return at < 0 ? null : names.length === 1 ? 0.5 : at / (names.length - 1);
  };
  return { number: (value) => names.indexOf(String(value)), place, value: (share) => share * Math.max(1, names.length - 1), labels: names.map((name) => ({ at: place(name)!, text: name.length > 14 ? name.slice(0, 13) + "…" : name })) };
}

/** Which rows every brush keeps. */
export function kept(data: Comparable, brushes: Brushes): boolean[] {
  const scales = data.coordinates.axes.map((_, index) => scaleOf(data, index));
  return data.coordinates.rows.map((row) =>
    Object.entries(brushes).every(([index, [low, high]]) => {
      const value = scales[Number(index)]?.number(row.values[Number(index)]);
      return value !== null && value !== undefined && value >= low - 1e-12 && value <= high + 1e-12;
    }),
  );
}

export function Coordinates({ data, brushes, setBrushes }: { data: Comparable; brushes: Brushes; setBrushes: (next: Brushes) => void }) {
  const place = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  const [drag, setDrag] = useState<{ axis: number; from: number; to: number } | null>(null);
  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => entry && setWidth(Math.floor(entry.contentRect.width)));
    observer.observe(place.current!);
    return () => observer.disconnect();
  }, []);
  const { axes, rows } = data.coordinates;
  const scales = useMemo(() => axes.map((_, index) => scaleOf(data, index)), [data]);
  const keeps = kept(data, brushes);
  const colour = (key: string) => `var(--s${(((data.series.find((one) => one.key === key)?.colour ?? 1) - 1) % 6) + 1})`;
  const x = (index: number) => 60 + (index / Math.max(1, axes.length - 1)) * (width - 120);
  const y = (share: number) => TOP + (1 - share) * (HEIGHT - TOP - BOTTOM);
  const share = (event: React.PointerEvent<SVGElement>) => {
    const box = event.currentTarget.ownerSVGElement!.getBoundingClientRect();
    return Math.max(0, Math.min(1, 1 - (((event.clientY - box.top) / box.height) * HEIGHT - TOP) / (HEIGHT - TOP - BOTTOM)));
  };
  const name = (text: string) => text.replace(/^(config|metric):/, "");
  const put = (axis: number, range: [number, number] | null) => {
    const { [axis]: _, ...rest } = brushes;
    setBrushes(range ? { ...rest, [axis]: range } : rest);
  };
  return (
    <figure className="fig">
      <div className="fig-head">
        <div>
          <h2>{w.coordinates(rows.length)}</h2>
          <p className="sub">
            {w.coordinatesSays}
            {Object.keys(brushes).length > 0 && (
              <>
                {" "}
                <b>{w.keeps(keeps.filter(Boolean).length, rows.length)}</b>
              </>
            )}
          </p>
        </div>
      </div>
      <div ref={place} className="fig-body">
        {width > 0 && (
          <svg className="plot coordinates" width={width} height={HEIGHT} viewBox={`0 0 ${width} ${HEIGHT}`} role="img" aria-label={`${w.coordinates(rows.length)}: ${axes.map((axis) => name(axis.name)).join(", ")}`}>
            {rows.map((row, index) => {
              const points = scales.map((one, at) => [x(at), one.place(row.values[at])] as const);
              if (points.some(([, at]) => at === null)) return null;
              return <path key={index} d={`M${points.map(([px, at]) => `${px.toFixed(1)} ${y(at!).toFixed(1)}`).join("L")}`} fill="none" stroke={keeps[index] ? colour(row.series) : "var(--line)"} strokeWidth={keeps[index] ? 1.6 : 1} opacity={keeps[index] ? 0.85 : 0.6} />;
            })}
            {axes.map((axis, index) => {
              const brush = brushes[index];
              const one = scales[index]!;
              const [low, high] = drag?.axis === index ? [Math.min(drag.from, drag.to), Math.max(drag.from, drag.to)] : brush ? [shareOf(one, brush[0]), shareOf(one, brush[1])] : [null, null];
              return (
                <g key={axis.name}>
                  <path d={`M${x(index)} ${TOP}V${HEIGHT - BOTTOM}`} stroke="var(--ink)" />
                  <text x={x(index)} y={14} textAnchor="middle" fontSize="12" fontWeight="600" fill="var(--ink)">
                    {name(axis.name)}
                  </text>
                  {axis.unit && axis.unit !== "1" && (
                    <text x={x(index)} y={27} textAnchor="middle" fontSize="11" fill="var(--muted)">
                      {axis.unit}
                    </text>
                  )}
                  {one.labels.map((label) => (
                    <text key={label.text} x={x(index) + (index === axes.length - 1 ? 8 : -8)} y={y(label.at) + 4} textAnchor={index === axes.length - 1 ? "start" : "end"} fontSize="11" fill="var(--ink)" className="halo">
                      {label.text}
                    </text>
                  ))}
                  {low !== null && high !== null && <rect x={x(index) - 7} y={y(high)} width={14} height={Math.max(2, y(low) - y(high))} fill="var(--accent)" opacity=".25" stroke="var(--accent)" />}
                  <rect
                    x={x(index) - 14}
                    y={TOP - 4}
                    width={28}
                    height={HEIGHT - TOP - BOTTOM + 8}
                    fill="transparent"
                    className="brush"
                    onPointerDown={(event) => {
                      event.currentTarget.setPointerCapture(event.pointerId);
                      setDrag({ axis: index, from: share(event), to: share(event) });
                    }}
                    onPointerMove={(event) => drag?.axis === index && setDrag({ ...drag, to: share(event) })}
                    onPointerUp={() => {
                      if (!drag) return;
                      const [from, to] = [Math.min(drag.from, drag.to), Math.max(drag.from, drag.to)];
                      put(index, to - from < 0.02 ? null : [one.value(from), one.value(to)]);
                      setDrag(null);
                    }}
                  />
                </g>
              );
            })}
          </svg>
        )}
      </div>
      <div className="brush-numbers">
        {axes.map((axis, index) => (
          <span key={axis.name} className="hstack">
            <code>{name(axis.name)}</code>
            {([0, 1] as const).map((end) => (
              <span key={end} className="input s">
                <input
                  inputMode="decimal"
                  aria-label={end ? w.most(name(axis.name)) : w.least(name(axis.name))}
                  value={brushes[index] ? String(Number(brushes[index][end].toPrecision(4))) : ""}
                  onChange={(event) => {
                    const number = parseNumber(event.target.value);
                    const all: [number, number] = [scales[index]!.value(0), scales[index]!.value(1)];
                    const next: [number, number] = [...(brushes[index] ?? all)];
                    if (typeof number === "number") next[end] = number;
                    put(index, typeof number === "number" ? next : null);
                  }}
                />
              </span>
            ))}
            {brushes[index] && (
              <button type="button" className="btn quiet icon s" aria-label={w.clearBrush(name(axis.name))} onClick={() => put(index, null)}>
                <i className="ico ico-x" />
              </button>
            )}
          </span>
        ))}
      </div>
    </figure>
  );
}

function shareOf(scale: Scale, value: number): number {
  const [low, high] = [scale.value(0), scale.value(1)];
  const placed = scale.place(value);
  if (placed !== null) return Math.max(0, Math.min(1, placed));
  return Math.max(0, Math.min(1, (value - low) / (high - low || 1)));
}
