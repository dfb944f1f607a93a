/** The numbers of the head: measured while it runs, with their intervals when it has ended. */
import { useQuery } from "@tanstack/react-query";
import type { Detail } from "../../api/page";
import { isFinal, type Expected, type LabDetail, type Metric } from "../../api/shapes";
import { schema as schemaQuery } from "../../api/queries";
import { brief, type Schema } from "../../form/schema";
import { useNow } from "../../frame/clock";
import { panelOf } from "../../labs/registry";
import type { HeadFact, LiveNumber, Values } from "../../labs/panel";
import { duration, numeral, parts, scale, single } from "../../numbers/quantity";
import { isChange } from "../../parts/Quantity";
import { words } from "../../words";
import { resultQuery } from "./queries";
import type { SweepState } from "./sweep";

interface Props {
  run: Detail;
  sweep: SweepState | null;
  lab: LabDetail | undefined;
  values: Values;
  fraction: number;
}

/** A unit that is none, and no percent either. */
const PLAIN = " ";

interface Shown {
  mean: number | null;
  low: number | null;
  high: number | null;
  n: number | null;
  unit: string;
  upper_limit: boolean;
  of: "seeds" | "run";
}

export function HeadFacts({ run, sweep, lab, values, fraction }: Props) {
  const done = run.state === "completed";
  const result = useQuery({ ...resultQuery(run.id), enabled: done && !sweep });
  const schema = useQuery({ ...schemaQuery(run.lab), enabled: sweep !== null });
  const panel = panelOf(run.lab);
  if (!sweep && !isFinal(run.state)) return <LiveFacts run={run} fraction={fraction} numbers={panel.live?.(values, run.config) ?? generic(values)} />;

  const metrics = new Map<string, Shown>();
  if (sweep) {
    const point = sweep.summary?.points[sweep.point];
    for (const [name, one] of Object.entries(point?.metrics ?? {})) metrics.set(name, { ...one, unit: point?.units[name] ?? "1", of: "seeds" });
  } else for (const [name, one] of Object.entries(result.data?.metrics ?? {})) metrics.set(name, { ...(one as Metric), mean: one.value as number | null, low: one.low ?? null, high: one.high ?? null, n: 1, of: "run" });
  if (!metrics.size) return null;
  const known = (panel.head ?? []).filter((one) => one === "|" || metrics.get(one.metric)?.mean != null || metrics.get(one.metric)?.upper_limit);
  const wanted: readonly (HeadFact | "|")[] = known.some((one) => one !== "|") ? known : fallback(metrics, lab);
  const main = wanted.find((one): one is HeadFact => one !== "|");
  const expected = agreeing(run, lab, sweep);
  return (
    <dl className="facts">
      {wanted.map((one, index) =>
        one === "|" ? (
          <div key={index} className="sep" aria-hidden="true" />
        ) : (
          <Fact key={one.metric} fact={one === main && sweep ? { ...one, label: words.run.atPoint(one.label, place(sweep, run.point, schema.data as Schema | undefined)) } : one} shown={metrics.get(one.metric)!} first={one === main} expected={expected.filter((each) => each.metric === one.metric)} />
        ),
      )}
    </dl>
  );
}

/** "230 Erlang", "k_paths 5, 230 Erlang": where in the sweep these numbers stand. */
function place(sweep: SweepState, point: Record<string, unknown>, schema: Schema | undefined): string {
  const axes = Object.entries(sweep.summary?.points[sweep.point]?.point ?? point);
  return axes.map(([key, value]) => [axes.length > 1 && key, brief(value, 24), schema?.properties?.[key]?.unit].filter(Boolean).join(" ")).join(", ");
}

function Fact({ fact, shown, first, expected }: { fact: HeadFact; shown: Shown; first: boolean; expected: Expected[] }) {
  const number = parts(shown.mean, shown.low, shown.high, fact.plain ? PLAIN : shown.unit, shown.upper_limit, fact.signed ?? isChange(fact.metric));
  const unit = number?.unit && !fact.label.toLowerCase().includes(number.unit.toLowerCase()) && number.unit !== PLAIN ? number.unit : null;
  return (
    <div>
      <dt>{fact.label}</dt>
      <dd>
        {number?.value ?? "–"}
        {unit && <span className="u">{unit}</span>}
        {number?.interval && <span className="ci">{number.interval}</span>}
        {first && shown.of === "seeds" && shown.n !== null && <span className={shown.n === 1 ? "n one" : "n"}>{words.run.n(shown.n)}</span>}
      </dd>
      {expected.map((one) => (
        <dd key={one.source} className="ref" title={one.source}>
          {words.run.expected(one.origin, plusMinus(one, shown.unit))}
        </dd>
      ))}
    </div>
  );
}

export function plusMinus(expected: Expected, unit: string): string {
  const drawn = scale(unit, [expected.value], expected.plus_minus, 2);
  const tail = drawn.unit ? `\u00a0${drawn.unit}` : "";
  return expected.plus_minus ? `${numeral(expected.value, drawn)} ± ${numeral(expected.plus_minus, drawn)}${tail}` : `${numeral(expected.value, drawn)}${tail}`;
}

/** What its preset says of the result, where the config is the preset's and only the swept keys could differ. */
function agreeing(run: Detail, lab: LabDetail | undefined, sweep: SweepState | null): Expected[] {
  const preset = lab?.presets.find((one) => one.name === run.preset);
  if (!preset || Object.keys(run.differs ?? {}).length) return [];
  const point = sweep?.summary?.points[sweep.point]?.point ?? run.point;
  const same = Object.entries(point).every(([key, value]) => preset.config[key] !== undefined && preset.config[key] === value);
  return same ? preset.expected : [];
}

/** A lab without a list of its own shows its headline and the first metrics that have a value. */
function fallback(metrics: Map<string, Shown>, lab: LabDetail | undefined): HeadFact[] {
  const named = [...metrics.entries()].filter(([, one]) => one.mean !== null).map(([name]) => name);
  const headline = lab?.headline.metric;
  const order = headline && named.includes(headline) ? [headline, ...named.filter((name) => name !== headline)] : named;
  return order.slice(0, 7).map((metric) => ({ metric, label: metric === headline ? (lab?.headline.label ?? metric) : metric }));
}

function generic(values: Values): LiveNumber[] {
  return Object.entries(values)
    .filter(([name, value]) => name !== "fraction" && typeof value === "number")
    .slice(0, 5)
    .map(([name, value]) => ({ label: name, value: single(value as number) }));
}

function LiveFacts({ run, fraction, numbers }: { run: Detail; fraction: number; numbers: LiveNumber[] }) {
  const now = useNow(1000);
  const begun = run.started_at ? Date.parse(run.started_at) : null;
  const elapsed = begun ? (now - begun) / 1000 : null;
  const eta = run.state === "running" && elapsed !== null && fraction > 0.02 && elapsed > 1 ? (elapsed * (1 - fraction)) / fraction : null;
  return (
    <>
      <div className="bar run-bar" role="progressbar" aria-valuenow={Math.floor(fraction * 100)} aria-valuemin={0} aria-valuemax={100} aria-label={words.run.progress} style={{ "--v": `${(fraction * 100).toFixed(2)}%`, "--c": run.state === "paused" ? "var(--paused)" : "var(--running)" } as React.CSSProperties}>
        <i />
      </div>
      <dl className="facts">
        {numbers.map((one) => (
          <div key={one.label}>
            <dt>{one.label}</dt>
            <dd>
              {one.value}
              {one.unit && <span className="u">{one.unit}</span>}
              {one.ci && <span className="ci">{one.ci}</span>}
            </dd>
            {one.ref && <dd className="ref">{one.ref}</dd>}
          </div>
        ))}
        {eta !== null && (
          <div>
            <dt>{words.run.eta}</dt>
            <dd>
              {duration(Math.max(1, Math.ceil(eta)))}
              <span className="n">{words.run.ends(new Date(now + eta * 1000).toLocaleTimeString("en-GB"))}</span>
            </dd>
          </div>
        )}
      </dl>
    </>
  );
}
