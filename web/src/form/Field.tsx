/** One key of the form: its name, its control, its sentence, and whether it is swept; greyed with the reason when nothing reads it. */
import { Fragment, memo, useId, useRef, useState, type ChangeEvent, type ReactNode } from "react";
import type { Fault } from "../api/problem";
import { NATIVE, ask } from "../api/request";
import { Coded } from "../parts/Coded";
import { words } from "../words";
import { cures, type Cure } from "./condition";
import { Control } from "./Control";
import { Faults } from "./Faults";
import { axisValues, designed, parseNumber, typed } from "./number";
import { bounds, brief, kindOf, type Schema } from "./schema";

const w = words.form;

export interface FieldProps {
  lab: string;
  name: string;
  schema: Schema;
  root: Schema;
  value: unknown;
  changed: boolean;
  config: Record<string, unknown>;
  faults: readonly Fault[];
  warnings: readonly Fault[];
  sweep: string | undefined;
  unread: boolean;
  known: readonly string[];
  set: (path: string, value: unknown) => void;
  setSweep: (path: string, text: string | null) => void;
}

export const Field = memo(FieldRow, (a, b) => {
  const keys = Object.keys(a) as (keyof FieldProps)[];
  // The whole config changes with every key typed; only keys that are read conditionally, or hold such parts, look at it.
  const looks = a.unread || b.unread || hasConditions(a.schema, a.root);
  return keys.every((key) => (key === "config" && !looks ? true : key === "faults" || key === "warnings" ? equal(a[key], b[key]) : Object.is(a[key], b[key])));
});

function equal(a: readonly Fault[], b: readonly Fault[]): boolean {
  return a.length === b.length && a.every((one, index) => one.path === b[index]!.path && one.message === b[index]!.message);
}

const seen = new WeakMap<Schema, boolean>();
function hasConditions(schema: Schema, root: Schema): boolean {
  let known = seen.get(schema);
  if (known === undefined) {
    const kind = kindOf(schema, root);
    known = schema["x-when"] !== undefined || kind === "object" || kind === "union" || kind === "rows";
    seen.set(schema, known);
  }
  return known;
}

function FieldRow({ lab, name, schema, root, value, changed, config, faults, warnings, sweep, unread, known, set, setSweep }: FieldProps) {
  const id = useId();
  const kind = kindOf(schema, root);
  const scalar = ["choice", "boolean", "number", "integer", "text"].includes(kind);
  const limits = bounds(schema);
  const own = faults.filter((fault) => fault.path === name || !["object", "union", "rows"].includes(kind));
  const describedBy = `${id}-help${own.length ? ` ${id}-err` : ""}`;
  if (unread)
    return (
      <div className="field off" data-key={name} id={`field-${name}`}>
        <span className="l">
          {changed && <span className="dot" title={w.changed} />}
          <code>{name}</code>
        </span>
        <div className="c">
          <span className="input off">
            <span className="v">{value === null || value === undefined ? w.empty : brief(value, 40)}</span>
          </span>
          <Faults faults={own} warnings={warnings} path={name} set={set} />
        </div>
        <p className="help">
          <Unread schema={schema} config={config} set={set} /> <Coded text={schema.description} />
        </p>
      </div>
    );
  const sweepable = scalar || (kind === "union" && typeof value !== "object");
  return (
    <div className={`field${sweep !== undefined ? " swept" : ""}${kind === "rows" || kind === "json" || (kind === "union" && Array.isArray(value)) ? " wide" : ""}`} data-key={name} id={`field-${name}`}>
      <span className="l">
        {changed && (
          <>
            <span className="dot" title={w.changed} aria-hidden="true" />
            <span className="sr">{w.changed}</span>
          </>
        )}
        <label htmlFor={`${id}-input`}>
          <code>{broken(name)}</code>
        </label>
        {schema.unit && (sweep !== undefined || kind === "object" || kind === "list") && <span className="cap">{schema.unit}</span>}
      </span>
      <div className="c">
        {sweep !== undefined ? (
          <SweepControl name={name} schema={schema} text={sweep} numeric={kind === "number" || kind === "integer"} setSweep={setSweep} bad={own.length > 0} />
        ) : (
          <>
            <Control path={name} schema={schema} root={root} value={value} config={config} faults={faults} set={set} label={name} id={`${id}-input`} describedBy={describedBy} known={known} />
            {(schema["x-file"] || kind === "json" || kind === "rows" || (kind === "union" && branchesOf(schema))) && <FileButton lab={lab} name={name} schema={schema} kind={kind} set={set} />}
          </>
        )}
        <Faults id={`${id}-err`} faults={own} warnings={warnings} path={name} set={set} />
      </div>
      <p className="help" id={`${id}-help`}>
        <Coded text={schema.description} />
        {limits && !schema.enum && <span className="limits"> {limits}</span>}
      </p>
      {sweepable ? (
        <button type="button" className={sweep !== undefined ? "sweep on" : "sweep"} aria-pressed={sweep !== undefined} aria-label={sweep !== undefined ? w.noSweep(name) : w.sweepThis(name)} onClick={() => setSweep(name, sweep !== undefined ? null : firstSweep(schema, value, kind))}>
          {sweep === undefined ? (
            w.sweep
          ) : (
            <>
              {w.values(axisValues(sweep, kind === "number" || kind === "integer")?.length ?? 0)} <i className="ico ico-x" />
            </>
          )}
        </button>
      ) : (
        <span />
      )}
    </div>
  );
}

/** A name that may break after its underscores, and nowhere else. */
function broken(name: string): ReactNode {
  return name.split(/(?<=_)/).map((part, index) => (
    <Fragment key={index}>
      {index > 0 && <wbr />}
      {part}
    </Fragment>
  ));
}

/** A branch that one writes in a file of one's own rather than in a form: a network, a table. */
function branchesOf(schema: Schema): boolean {
  return !schema.discriminator && (schema.anyOf ?? schema.oneOf ?? []).some((one) => one.$ref !== undefined || one.type === "array");
}

/** Where a sweep begins: around the value for a number, over the choices for a choice. */
function firstSweep(schema: Schema, value: unknown, kind: string): string {
  if (kind === "choice") return (schema.enum ?? []).filter((one) => one !== null).slice(0, 4).join(", ");
  if (kind === "boolean") return "true, false";
  if (typeof value !== "number") return String(value ?? "");
  const step = value === 0 ? 1 : 10 ** Math.floor(Math.log10(Math.abs(value) / 2));
  const round = (number: number) => Number(number.toPrecision(6));
  const [low, high] = [round(Math.max(value - 2 * step, schema.minimum ?? (schema.exclusiveMinimum !== undefined ? schema.exclusiveMinimum + step : -Infinity))), round(Math.min(value + 2 * step, schema.maximum ?? Infinity))];
  const whole = round(low + Math.floor((high - low) / step + 1e-9) * step);
  return `${low}:${whole}:${kind === "integer" ? Math.max(1, Math.round(step)) : step}`;
}

function SweepControl({ name, schema, text, numeric, setSweep, bad }: { name: string; schema: Schema; text: string; numeric: boolean; setSweep: FieldProps["setSweep"]; bad: boolean }) {
  const range = /^\s*([^:,]*):([^:,]*):([^:,]*)\s*$/.exec(text);
  // Whoever types 1:100:log:5 passes through 1:100:l, which is no range yet and must not become one under the fingers.
  const [written, setWritten] = useState(false);
  const wrong = axisValues(text, numeric) === null || bad;
  if (schema.enum) {
    const chosen = text.split(",").map((one) => one.trim());
    return (
      <span className="checks" role="group" aria-label={name}>
        {schema.enum.filter((one) => one !== null).map((one) => (
          <label key={String(one)} className="hstack">
            <input
              type="checkbox"
              className="check"
              checked={chosen.includes(String(one))}
              onChange={(event) =>
                setSweep(
                  name,
                  schema
                    .enum!.filter((each) => (each === one ? event.target.checked : chosen.includes(String(each))))
                    .join(", "),
                )
              }
            />
            {String(one)}
          </label>
        ))}
      </span>
    );
  }
  if (!range || !numeric || written)
    return (
      <span className="three">
        <span className={wrong ? "input bad" : "input"}>
          <input
            aria-label={`${name}: ${w.listOf}`}
            aria-invalid={wrong || undefined}
            placeholder={w.listOf}
            title={numeric ? w.grammar : undefined}
            value={text}
            onChange={(event) => {
              setWritten(true);
              setSweep(name, event.target.value);
            }}
          />
        </span>
        {numeric && (
          <button
            type="button"
            className="btn s quiet"
            onClick={() => {
              setWritten(false);
              setSweep(name, asRange(text));
            }}
          >
            {w.asRange}
          </button>
        )}
      </span>
    );
  const parts = range.slice(1, 4) as [string, string, string];
  const put = (index: number, next: string) => {
    const now = [...parts];
    now[index] = String(parseNumber(next) ?? next).replace(/[:,]/g, "");
    setSweep(name, now.join(":"));
  };
  return (
    <span className="three">
      {[w.from, w.to, w.step].map((what, index) => (
        <span key={what} className="part">
          {index > 0 && <span className="muted">{what}</span>}
          <span className={wrong ? "input bad" : "input"}>
            <RangeInput label={`${name} ${what}`} text={parts[index]!} put={(next) => put(index, next)} />
          </span>
        </span>
      ))}
      <button type="button" className="btn s quiet" onClick={() => setSweep(name, (axisValues(text, true) ?? []).join(", "))}>
        {w.asList}
      </button>
    </span>
  );
}

function RangeInput({ label, text, put }: { label: string; text: string; put: (text: string) => void }) {
  const [now, setNow] = useState(text);
  if (parseNumber(now) !== parseNumber(text) && document.activeElement?.getAttribute("aria-label") !== label) setNow(typed(parseNumber(text)));
  return (
    <input
      inputMode="decimal"
      aria-label={label}
      value={now}
      onChange={(event) => {
        setNow(event.target.value);
        put(event.target.value);
      }}
    />
  );
}

function asRange(text: string): string {
  const values = designed(text) === null ? (axisValues(text, true) ?? []) : text.split(":").slice(0, 2).map(parseNumber);
  const numbers = values.filter((one): one is number => typeof one === "number");
  if (numbers.length < 2) return `${numbers[0] ?? 0}:${(numbers[0] ?? 0) + 1}:1`;
  return `${numbers[0]}:${numbers.at(-1)}:${Number((numbers[1]! - numbers[0]!).toPrecision(6)) || 1}`;
}

function Unread({ schema, config, set }: { schema: Schema; config: Record<string, unknown>; set: FieldProps["set"] }) {
  const when = schema["x-when"];
  if (!when) return null;
  const ways: Cure[] = cures(when.condition, config, config).slice(0, 3);
  const first = ways[0];
  const now = first ? config[first.key.split(".")[0]!] : undefined;
  return (
    <span className="why">
      <b>{w.notReadBold}</b> {first && typeof now !== "object" ? w.notReadWhile(first.key, now === null || now === undefined ? w.empty : String(now)) : ""} {w.readOnly(when.sentence)}{" "}
      {ways.map((way) =>
        way.value !== undefined ? (
          <button key={`${way.key}${String(way.value)}`} type="button" className="as-link" onClick={() => set(way.key, way.value)}>
            {w.makeIt(way.key, String(way.value))}
          </button>
        ) : (
          <button key={way.key} type="button" className="as-link" onClick={() => focusField(way.key.split(".")[0]!)}>
            {w.goTo(way.key)}
          </button>
        ),
      )}{" "}
    </span>
  );
}

export function focusField(key: string): void {
  const row = document.getElementById(`field-${key}`);
  row?.scrollIntoView({ block: "center" });
  row?.querySelector<HTMLElement>("input, textarea, select, button")?.focus({ preventScroll: true });
}

interface ReadFile {
  says: string;
  values: Record<string, unknown>;
}

/** A file of one's own: what the lab reads goes to the server, whose answer is the values of keys; other JSON is the value. */
function FileButton({ lab, name, schema, kind, set }: { lab: string; name: string; schema: Schema; kind: string; set: FieldProps["set"] }) {
  const input = useRef<HTMLInputElement>(null);
  const [state, setState] = useState<{ text: string; bad: boolean } | null>(null);
  const endings = schema["x-file"];
  if (!endings && kind === "list") return null;
  const take = async (event: ChangeEvent<HTMLInputElement>) => {
    const file = event.target.files?.[0];
    event.target.value = "";
    if (!file) return;
    try {
      if (/\.json$/i.test(file.name) && !endings?.includes(".json")) {
        set(name, JSON.parse(await file.text()) as unknown);
        setState({ text: file.name, bad: false });
        return;
      }
      setState({ text: w.uploading, bad: false });
      const read = await ask<ReadFile>(`${NATIVE}/labs/${lab}/files/${encodeURIComponent(name)}/${encodeURIComponent(file.name)}`, { method: "PUT", body: file, headers: { "Content-Type": "application/octet-stream" } });
      for (const [key, value] of Object.entries(read.values)) set(key, value);
      setState({ text: w.uploaded(file.name, read.says), bad: false });
    } catch (error) {
      setState({ text: error instanceof SyntaxError ? w.jsonWrong(error.message) : error instanceof Error ? error.message : String(error), bad: true });
    }
  };
  return (
    <span className="file">
      <input ref={input} type="file" hidden accept={[...new Set([...(endings ?? []), ".json"])].join()} aria-label={w.loadFor(name)} onChange={(event) => void take(event)} />
      <button type="button" className="btn s" onClick={() => input.current?.click()}>
        {endings ? w.upload : w.loadFile}
      </button>
      {state && (
        <span className={state.bad ? "err" : "cap"} role="status">
          {state.text}
        </span>
      )}
    </span>
  );
}
