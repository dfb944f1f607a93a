/** A course as a figure card: what it says so far is its headline. */
import { useId } from "react";
import type { Fact } from "../api/shapes";
import type { Config, Course } from "../labs/panel";
import { numeral, scale } from "../numbers/quantity";
import { words } from "../words";
import { LineChart, type Line } from "./LineChart";

interface Props {
  course: Course;
  facts: readonly Fact[];
  config: Config;
  live: boolean;
  past: boolean;
  tall: boolean;
}

export function CourseFigure({ course, facts, config, live, past, tall }: Props) {
  const id = useId();
  const lines = linesOf(course, facts);
  const last = lines[0]?.places.at(-1);
  const end = course.xEnd?.(config) ?? null;
  const value = last && valueWords(last.y, last.low, last.high, course.unit);
  const w = words.run.course;
  const many = lines.length > 1;
  const heading = !value || many ? course.title : live ? w.of(course.label, value) : past ? w.at(course.label, value) : w.ended(course.label, value);
  const x = last && `${numeral(last.x, scale("1", [last.x]))}`;
  return (
    <figure className="fig" aria-labelledby={id} data-figure={course.name}>
      <div className="fig-head">
        <div>
          <h2 id={id}>{heading}</h2>
          <p className="sub">{course.says}</p>
        </div>
      </div>
      <div className="fig-body">
        {last ? (
          <LineChart lines={lines} xEnd={end} xLabel={course.xLabel} yLabel={course.yLabel} unit={course.unit} log={course.log ?? false} {...(course.domain && { domain: course.domain })} height={tall ? 340 : 220} now={live && x ? words.run.now(x) : null} label={`${heading}. ${course.says}`} />
        ) : (
          <div className="fig-none">{course.says}</div>
        )}
      </div>
      <figcaption className="fig-foot">
        <span>{w.facts(lines.reduce((sum, line) => sum + line.places.length, 0))}</span>
        {live && (
          <span className="live">
            <span className="st st-running">{words.run.live}</span>
          </span>
        )}
      </figcaption>
    </figure>
  );
}

function linesOf(course: Course, facts: readonly Fact[]): Line[] {
  const lines = new Map<string | null, Line & { places: { x: number; y: number; low?: number | null; high?: number | null }[] }>();
  for (const fact of facts) {
    if (fact.kind !== course.kind) continue;
    const x = course.x(fact.payload, fact);
    const y = course.y(fact.payload);
    if (x === null || y === null) continue;
    const name = course.series?.(fact.payload) ?? null;
    let line = lines.get(name);
    if (!line) lines.set(name, (line = { name, places: [] }));
    line.places.push({ x, y, ...(course.low && { low: course.low(fact.payload) }), ...(course.high && { high: course.high(fact.payload) }) });
  }
  return [...lines.values()];
}

function valueWords(value: number, low: number | null | undefined, high: number | null | undefined, unit: string): string {
  const half = low != null && high != null ? (high - low) / 2 : null;
  const one = half ? scale(unit, [value], half) : scale(unit, [value], Math.abs(value), 3);
  const tail = one.unit ? `\u00a0${one.unit}` : "";
  return half ? `${numeral(value, one)} ± ${numeral(half, one)}${tail}` : `${numeral(value, one)}${tail}`;
}
