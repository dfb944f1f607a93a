/** A line that grows: the axis already ends where the run will, the interval as a band, where it is now as a dotted line. */
import { useEffect, useRef, useState } from "react";
import { numeral, scale } from "../numbers/quantity";
import { extremes } from "./decimate";
import { logTicks, ticks } from "./ticks";

export interface Place {
  x: number;
  y: number;
  low?: number | null;
  high?: number | null;
}
export interface Line {
  name: string | null;
  places: readonly Place[];
}

interface Props {
  lines: readonly Line[];
  xEnd?: number | null;
  xLabel: string;
  yLabel: string;
  unit: string;
  log?: boolean;
  domain?: [number, number];
  height?: number;
  /** Words at the dotted line; null: no such line. */
  now?: string | null;
  label: string;
}

const LEFT = 64;
const RIGHT = 16;
const TOP = 12;
const BOTTOM = 44;
const MOST = 800;
const DASHES = [undefined, "6 3", "2 3", "8 3 2 3"];

export function LineChart({ lines, xEnd, xLabel, yLabel, unit, log = false, domain, height = 320, now = null, label }: Props) {
  const place = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => entry && setWidth(Math.floor(entry.contentRect.width)));
    observer.observe(place.current!);
    return () => observer.disconnect();
  }, []);
  return (
    <div ref={place} className="fig-plot" role="img" aria-label={label} tabIndex={0}>
      {width > 0 && <Drawing {...{ lines, xEnd, xLabel, yLabel, unit, log, domain, height, now, label, width }} />}
    </div>
  );
}

function Drawing({ lines, xEnd, xLabel, yLabel, unit, log, domain, height = 320, now, width }: Props & { width: number }) {
  const all = lines.flatMap((line) => line.places);
  if (!all.length) return null;
  const named = lines.length > 1 ? 84 : RIGHT;
  const values = all.flatMap((one) => [one.y, ...tight(one)]).filter((one) => !log || one > 0);
  let [low, high] = domain ?? [Math.min(...values), Math.max(...values)];
  if (!domain && high === low) [low, high] = [low - Math.abs(low || 1) * 0.05, high + Math.abs(high || 1) * 0.05];
  else if (!domain && !log) [low, high] = [low - (high - low) * 0.06, high + (high - low) * 0.06];
  if (!domain && low < 0 && values.every((one) => one >= 0)) low = 0;
  const first = Math.min(...all.map((one) => one.x), xEnd ? 0 : Infinity);
  const last = Math.max(...all.map((one) => one.x), xEnd ?? -Infinity);
  const inner = { w: width - LEFT - named, h: height - TOP - BOTTOM };
  const x = (value: number) => LEFT + ((value - first) / (last - first || 1)) * inner.w;
  const scaled = (value: number) => (log ? Math.log(Math.max(value, low)) : value);
  const y = (value: number) => TOP + inner.h - ((scaled(value) - scaled(low)) / (scaled(high) - scaled(low) || 1)) * inner.h;
  const yTicks = log ? logTicks(low, high) : ticks(low, high, Math.max(2, Math.floor(inner.h / 46)));
  const xTicks = ticks(first, last, Math.max(2, Math.floor(inner.w / 84)));
  const yScale = tickScale(unit, yTicks);
  const millions = last >= 2e6;
  const xText = (value: number) => (millions ? String(Number((value / 1e6).toPrecision(6))) : numeral(value, { factor: 1, unit: "", decimals: xTicks.every(Number.isInteger) ? 0 : 2, digits: 4 }));
  const end = all.reduce((best, one) => (one.x > best.x ? one : best));
  return (
    <svg className="plot" viewBox={`0 0 ${width} ${height}`} width={width} height={height} aria-hidden="true">
      {yTicks.map((value) => (
        <g key={value}>
          <path d={`M${LEFT} ${y(value).toFixed(1)}H${width - named}`} stroke="var(--hair)" />
          <text x={LEFT - 8} y={y(value) + 4} textAnchor="end" fontSize="11" fill="var(--ink)">
            {numeral(value, yScale)}
            {yScale.unit === "%" ? "\u00a0%" : ""}
          </text>
        </g>
      ))}
      {xTicks.map((value) => (
        <g key={value}>
          <path d={`M${x(value).toFixed(1)} ${TOP + inner.h}v5`} stroke="var(--muted)" />
          <text x={x(value)} y={TOP + inner.h + 18} textAnchor="middle" fontSize="11" fill="var(--ink)">
            {xText(value)}
          </text>
        </g>
      ))}
      <path d={`M${LEFT} ${TOP}V${TOP + inner.h}H${width - named}`} stroke="var(--muted)" fill="none" />
      {lines.map((line, index) => {
        const places = extremes(line.places.filter((one) => Number.isFinite(one.y)), (one) => one.y, MOST);
        const banded = places.filter((one) => tight(one).length === 2);
        const colour = `var(--s${(index % 6) + 1})`;
        const tail = places.at(-1);
        return (
          <g key={line.name ?? index}>
            {banded.length > 1 && (
              <path
                d={`M${banded.map((one) => `${x(one.x).toFixed(1)} ${y(one.high!).toFixed(1)}`).join("L")}L${[...banded].reverse().map((one) => `${x(one.x).toFixed(1)} ${y(one.low!).toFixed(1)}`).join("L")}Z`}
                fill={colour}
                opacity=".2"
              />
            )}
            <path d={`M${places.map((one) => `${x(one.x).toFixed(1)} ${y(one.y).toFixed(1)}`).join("L")}`} stroke={colour} strokeWidth="1.8" fill="none" strokeDasharray={DASHES[Math.floor(index / 6) % 4]} />
            {tail && <circle cx={x(tail.x)} cy={y(tail.y)} r="3.6" fill={colour} stroke="var(--bg)" strokeWidth="1.5" />}
            {tail && lines.length > 1 && (
              <text x={x(tail.x) + 8} y={y(tail.y) + 4} fontSize="11" fontWeight="600" fill="var(--ink)">
                {line.name}
              </text>
            )}
          </g>
        );
      })}
      {now && (
        <>
          <path d={`M${x(end.x).toFixed(1)} ${TOP}V${TOP + inner.h}`} stroke="var(--running)" strokeDasharray="2 3" />
          <text x={x(end.x) + (x(end.x) > width * 0.7 ? -8 : 8)} y={TOP + 10} textAnchor={x(end.x) > width * 0.7 ? "end" : "start"} fontSize="11" fill="var(--running)">
            {now}
          </text>
        </>
      )}
      <text x={LEFT + inner.w / 2} y={height - 6} textAnchor="middle" fontSize="11" fill="var(--ink)">
        {xLabel}
        {millions ? " (million)" : ""}
      </text>
      <text transform={`translate(13 ${TOP + inner.h / 2}) rotate(-90)`} textAnchor="middle" fontSize="11" fill="var(--ink)">
        {yLabel}
        {yScale.unit && yScale.unit !== "%" && !yLabel.includes("(") ? ` (${yScale.unit})` : ""}
      </text>
    </svg>
  );
}

/** An interval is drawn once it is narrower than half of the value: the first batches know nothing. */
function tight(one: Place): number[] {
  if (one.low == null || one.high == null) return [];
  return one.high - one.low < Math.abs(one.y) ? [one.low, one.high] : [];
}

/** As few decimals as write every tick exactly. */
function tickScale(unit: string, values: number[]) {
  const one = scale(unit, values);
  if (one.decimals === null) return one;
  const exact = (decimals: number) => values.every((value) => Math.abs(Number((value * one.factor).toFixed(decimals)) - value * one.factor) < 1e-9 * Math.max(1, Math.abs(value * one.factor)));
  const decimals = [0, 1, 2, 3, 4, 5, 6].find(exact) ?? one.decimals;
  return { ...one, decimals };
}
