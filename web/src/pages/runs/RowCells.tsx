/** The cells of a row: what one run, one point or one sweep says in a line. */
import { Link } from "@tanstack/react-router";
import type { EndPoint, Row, RowHeadline, Spark as SparkShape } from "../../api/page";
import { isFinal, type LabRow } from "../../api/shapes";
import { brief } from "../../form/schema";
import { panelOf } from "../../labs/registry";
import { ago, duration, numeral, parts, scale, single } from "../../numbers/quantity";
import { isChange, Quantity } from "../../parts/Quantity";
import { Spark } from "../../parts/Spark";
import { Progress, Status } from "../../parts/Status";
import { words } from "../../words";
import type { Live } from "./live";

const w = words.runs;

export function nameOf(row: Row, depth: number): string {
  if (depth === 0) return row.name;
  if (row.kind === "point") return Object.entries(row.point).map(([key, value]) => `${key} ${brief(value, 20)}`).join(", ") || row.name;
  return w.seed(row.root_seed);
}

export function RowLink({ row, depth }: { row: Row; depth: number }) {
  const name = nameOf(row, depth);
  if (row.kind === "sweep")
    return (
      <Link className="name" to="/sweeps/$sweep" params={{ sweep: row.key }}>
        {name}
      </Link>
    );
  return (
    <Link className="name" to="/runs/$run" params={{ run: row.lead }}>
      {name}
    </Link>
  );
}

export function StateCell({ row, live }: { row: Row; live: Live | undefined }) {
  const state = live?.state ?? row.state;
  const fraction = live?.fraction ?? row.fraction;
  const progress = row.kind === "run" && live?.values ? panelOf(row.lab).progress?.(live.values, {}) : null;
  const many = row.runs > 1 && !isFinal(state) && state !== "queued";
  return (
    <>
      <Status state={state} fraction={fraction} progress={progress ?? (many ? w.runningAt(Math.floor(fraction * 100)) : null)} />
      <Progress state={state} fraction={fraction} />
    </>
  );
}

export function HeadlineCell({ row, live, lab, compact = false }: { row: Row; live: Live | undefined; lab: LabRow | undefined; compact?: boolean }) {
  const state = live?.state ?? row.state;
  const headline = live?.headline ?? row.headline;
  if (row.ends && row.kind === "sweep" && row.ends.first.mean !== null && row.ends.last.mean !== null && row.ends.first !== row.ends.last)
    return (
      <>
        <span className="lbl">{lab?.headline?.label}</span> <End end={row.ends.first} unit={lab?.headline?.unit ?? "1"} /> <span className="muted">{w.to}</span> <End end={row.ends.last} unit={lab?.headline?.unit ?? "1"} tail />
      </>
    );
  if (headline && headline.mean !== null) return <Whole headline={headline} compact={compact} />;
  if (headline?.upper_limit) return <Whole headline={headline} compact={compact} />;
  if (state === "queued") return <span className="muted">{w.waits}</span>;
  const now = liveValue(lab, live);
  if (now) return now;
  return (
    <span className="muted">
      <span className="sr">{w.noHeadline}</span>
      <span aria-hidden="true">–</span>
    </span>
  );
}

function Whole({ headline, compact }: { headline: RowHeadline; compact: boolean }) {
  if (compact) return <Child headline={headline} />;
  return (
    <>
      <span className="lbl">{headline.label}</span> <Quantity value={headline.mean} low={headline.low} high={headline.high} unit={headline.unit} upperLimit={headline.upper_limit} signed={isChange(headline.metric)} />
      {headline.so_far && <span className="cap"> {w.soFar}</span>}
    </>
  );
}

function Child({ headline }: { headline: RowHeadline }) {
  const shown = parts(headline.mean, headline.low, headline.high, headline.unit, headline.upper_limit, isChange(headline.metric));
  return (
    <>
      <span className="lbl">{headline.label}</span> <span>{shown?.value}</span>
      {shown?.interval && headline.n > 1 && <span className="ci"> {shown.interval}</span>} {shown?.unit}
    </>
  );
}

function End({ end, unit, tail = false }: { end: EndPoint; unit: string; tail?: boolean }) {
  const half = end.low !== null && end.high !== null ? (end.high - end.low) / 2 : null;
  const drawn = scale(unit, [end.mean], half);
  return (
    <>
      <span className="v strong">{numeral(end.mean!, drawn)}</span>
      {half !== null && <span className="ci"> ± {numeral(half, drawn)}</span>}
      {tail && drawn.unit && ` ${drawn.unit}`}
    </>
  );
}

/** What the engine told last, while there is no result: the headline's own metric if it is told, else nothing. */
function liveValue(lab: LabRow | undefined, live: Live | undefined) {
  const headline = lab?.headline;
  const value = headline ? live?.values?.[headline.metric] : undefined;
  if (!headline || typeof value !== "number") return null;
  return (
    <>
      <span className="lbl">{headline.label}</span> <span className="v strong">{single(value, headline.unit, 3)}</span> <span className="cap">{w.soFar}</span>
    </>
  );
}

export function TrendCell({ row, spark, live }: { row: Row; spark: SparkShape | undefined; live: Live | undefined }) {
  return <Spark spark={spark} fraction={live?.fraction ?? row.fraction} />;
}

export function SeedsCell({ row, live }: { row: Row; live: Live | undefined }) {
  const state = live?.state ?? row.state;
  const done = row.states.completed ?? 0;
  if (row.points > 1)
    return (
      <>
        {row.points} × {row.seeds}
      </>
    );
  if (row.runs > 1 && !isFinal(state)) return <>{w.ofSeeds(done, row.runs)}</>;
  if (row.runs === 1)
    return (
      <>
        1 {isFinal(state) && row.state === "completed" && <span className="one">{w.n1}</span>}
      </>
    );
  return <>{row.seeds}</>;
}

export function DiffersCell({ row }: { row: Row }) {
  const axes = Object.entries(row.axes).map(([key, axis]) => `${key}=${brief(axis.first, 10)}…${brief(axis.last, 10)}`);
  const rest = Object.entries(row.differs).map(([key, value]) => `${key}=${brief(value, 24)}`);
  const all = [...axes, ...rest];
  return all.length ? <code title={all.join(" ")}>{all.join(" ")}</code> : <span className="muted">–</span>;
}

export function ValueCell({ row, name }: { row: Row; name: string }) {
  const one = row.values[name];
  if (one && (one.value === null || one.value === undefined) && one.least != null && one.most != null && typeof one.least === "number" && typeof one.most === "number") {
    const drawn = scale(name.startsWith("metric:") ? (one.unit ?? "1") : " ", [one.least, one.most]);
    return (
      <>
        {numeral(one.least, drawn)} … {numeral(one.most, drawn)} {drawn.unit}
      </>
    );
  }
  if (!one || one.value === null || one.value === undefined) return <span className="muted">–</span>;
  if (typeof one.value === "number")
    return (
      <span title={one.low != null && one.high != null ? `[${one.low}, ${one.high}]` : undefined}>
        <Quantity value={one.value} unit={name.startsWith("metric:") ? (one.unit ?? "1") : " "} />
      </span>
    );
  return <span title={brief(one.value, 400)}>{brief(one.value, 22)}</span>;
}

export function WhenCell({ row, now }: { row: Row; now: number }) {
  const at = row.started_at ?? row.created_at;
  return <span title={at}>{ago(at, now)}</span>;
}

export function TookCell({ row, live, now }: { row: Row; live: Live | undefined; now: number }) {
  const state = live?.state ?? row.state;
  const fraction = live?.fraction ?? row.fraction;
  if (state === "running" && row.started_at && fraction > 0.03) {
    const left = ((now - Date.parse(row.started_at)) / 1000) * ((1 - fraction) / fraction);
    return <span className="muted">{w.left(duration(Math.max(1, Math.ceil(left))))}</span>;
  }
  return row.took_s !== null && isFinal(state) ? <>{duration(row.took_s)}</> : null;
}
