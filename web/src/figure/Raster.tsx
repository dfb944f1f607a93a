/**
 * A raster that grows: dots on a canvas, because thirty thousand of them cost a charting library a third of a second at
 * every update and a canvas a few milliseconds. What is new is drawn on top of what is there.
 */
import { useEffect, useRef, useState } from "react";
import { useStore } from "../api/store";
import { shown } from "../frame/theme";
import { grouped } from "../numbers/quantity";
import { ticks } from "./ticks";

export interface Group {
  label: string;
  first: number;
  size: number;
  /** "var(--s1)" */
  colour: string;
}

interface Chunk {
  x: ArrayLike<number>;
  y: ArrayLike<number>;
  group: ArrayLike<number>;
}

/** Spikes as they come: only ever appended to, until it is cleared. */
export class Spikes {
  chunks: Chunk[] = [];
  count = 0;
  /** Grows with every change; `era` with every clearing. */
  version = 0;
  era = 0;

  add(chunk: Chunk): void {
    if (!chunk.x.length) return;
    this.chunks.push(chunk);
    this.count += chunk.x.length;
    this.version += 1;
  }

  clear(): void {
    this.chunks = [];
    this.count = 0;
    this.era += 1;
    this.version += 1;
  }
}

interface Props {
  spikes: Spikes;
  version: number;
  groups: readonly Group[];
  xEnd: number;
  /** Hatched: not measured. */
  burnIn?: number;
  /** Only what lies before. */
  until?: number;
  xLabel: string;
  yLabel: string;
  label: string;
  height?: number;
}

const LEFT = 56;
const RIGHT = 92;
const TOP = 8;
const BOTTOM = 40;

export function Raster({ spikes, version, groups, xEnd, burnIn = 0, until = Infinity, xLabel, yLabel, label, height = 380 }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const [width, setWidth] = useState(0);
  const theme = useStore(shown);
  const drawn = useRef({ key: "", chunks: 0 });
  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => entry && setWidth(Math.floor(entry.contentRect.width)));
    observer.observe(box.current!);
    return () => observer.disconnect();
  }, []);
  const cells = Math.max(1, ...groups.map((group) => group.first + group.size));
  const inner = { w: Math.max(10, width - LEFT - RIGHT), h: height - TOP - BOTTOM };

  useEffect(() => {
    const target = canvas.current;
    const context = target?.getContext("2d");
    if (!target || !context || !width) return;
    const ratio = window.devicePixelRatio || 1;
    const key = [width, height, theme, xEnd, cells, until, spikes.era, ratio].join();
    if (drawn.current.key !== key) {
      target.width = Math.round(inner.w * ratio);
      target.height = Math.round(inner.h * ratio);
      drawn.current = { key, chunks: 0 };
    }
    const colours = groups.map((group) => resolved(target, group.colour));
    const [sx, sy] = [target.width / xEnd, target.height / cells];
    const dot = Math.max(1, Math.round(ratio * 1.2));
    const tall = Math.max(dot, Math.min(3 * ratio, Math.floor(sy * 0.9)));
    context.globalAlpha = spikes.count > 60_000 ? 0.5 : 0.85;
    for (let at = drawn.current.chunks; at < spikes.chunks.length; at++) {
      const { x, y, group } = spikes.chunks[at]!;
      let current = -1;
      for (let index = 0; index < x.length; index++) {
        const when = x[index]!;
        if (when > until) continue;
        if (group[index] !== current) {
          current = group[index]!;
          context.fillStyle = colours[current] ?? colours[0] ?? "#888";
        }
        context.fillRect(when * sx, target.height - (y[index]! + 1) * sy, dot, tall);
      }
    }
    drawn.current.chunks = spikes.chunks.length;
  }, [version, width, height, theme, xEnd, cells, until]);

  const y = (cell: number) => TOP + inner.h - (cell / cells) * inner.h;
  const x = (value: number) => LEFT + (value / xEnd) * inner.w;
  return (
    <div ref={box} className="raster fig-plot" role="img" aria-label={label} tabIndex={0} style={{ height }}>
      <canvas ref={canvas} style={{ left: LEFT, top: TOP, width: inner.w, height: inner.h }} />
      {width > 0 && (
        <svg width={width} height={height} viewBox={`0 0 ${width} ${height}`} aria-hidden="true">
          {burnIn > 0 && <rect x={LEFT} y={TOP} width={x(Math.min(burnIn, xEnd)) - LEFT} height={inner.h} fill="var(--hair)" opacity=".6" />}
          <path d={`M${LEFT} ${TOP}V${TOP + inner.h}H${width - RIGHT}`} stroke="var(--muted)" fill="none" />
          {ticks(0, xEnd, Math.max(2, Math.floor(inner.w / 90))).map((one) => (
            <g key={one}>
              <path d={`M${x(one)} ${TOP + inner.h}v5`} stroke="var(--muted)" />
              <text x={x(one)} y={TOP + inner.h + 18} textAnchor="middle" fontSize="11" fill="var(--ink)">
                {grouped(String(one))}
              </text>
            </g>
          ))}
          {ticks(0, cells, 5).map((one) => (
            <text key={one} x={LEFT - 8} y={y(one) + 4} textAnchor="end" fontSize="11" fill="var(--ink)">
              {grouped(String(one))}
            </text>
          ))}
          {groups.map((group, index) => (
            <g key={group.label}>
              {group.first > 0 && <path d={`M${LEFT} ${y(group.first)}H${width - RIGHT}`} stroke="var(--muted)" strokeWidth=".8" />}
              <text x={width - RIGHT + 8} y={y(group.first + group.size / 2) + 4} fontSize="12" fontWeight="600" fill={index === 1 ? "var(--s2-text)" : index === 0 ? "var(--s1)" : "var(--ink)"}>
                {group.label} {grouped(String(group.size))}
              </text>
            </g>
          ))}
          <text x={LEFT + inner.w / 2} y={height - 6} textAnchor="middle" fontSize="11" fill="var(--ink)">
            {xLabel}
          </text>
          <text transform={`translate(12 ${TOP + inner.h / 2}) rotate(-90)`} textAnchor="middle" fontSize="11" fill="var(--ink)">
            {yLabel}
          </text>
        </svg>
      )}
    </div>
  );
}

/** A canvas wants a colour, not a variable that has two. */
function resolved(element: HTMLElement, colour: string): string {
  element.style.color = colour;
  return getComputedStyle(element).color;
}
