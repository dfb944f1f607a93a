/** The control of a key, by what its schema says it is; objects and unions hold controls of their own. */
import { memo, useEffect, useId, useRef, useState } from "react";
import type { Fault } from "../api/problem";
import { Pick, type Option } from "../parts/Choose";
import { words } from "../words";
import { holds } from "./condition";
import { parseNumber, typed } from "./number";
import { Faults } from "./Faults";
import { branches, brief, kindOf, nullable, properties, resolve, same, types, type Branch, type Schema } from "./schema";

export interface ControlProps {
  path: string;
  schema: Schema;
  root: Schema;
  value: unknown;
  config: Record<string, unknown>;
  faults: readonly Fault[];
  set: (path: string, value: unknown) => void;
  label: string;
  id?: string;
  describedBy?: string | undefined;
  /** Values that presets give this key, where it is free text. */
  known?: readonly string[];
}

const w = words.form;
const NULL = "\u0000null";

export function Control(props: ControlProps) {
  const { schema, root, value, set, path, label, faults, id, describedBy } = props;
  const bad = faults.some((fault) => fault.path === path);
  const common = { label, bad, ...(id && { id }), describedBy };
  switch (kindOf(schema, root)) {
    case "choice": {
      const options = (schema.enum ?? []).map((one): Option => (one === null ? { value: NULL, label: w.empty } : { value: String(one), label: String(one) }));
      const back = (text: string) => (text === NULL ? null : schema.enum!.find((one) => String(one) === text));
      return <Pick {...common} value={value === null ? NULL : value === undefined ? null : String(value)} options={options} onChange={(text) => set(path, back(text))} />;
    }
    case "boolean": {
      const options = [{ value: "true", label: w.yes }, { value: "false", label: w.no }, ...(nullable(schema) ? [{ value: NULL, label: w.empty }] : [])];
      return <Pick {...common} value={value === null ? NULL : String(value)} options={options} onChange={(text) => set(path, text === NULL ? null : text === "true")} />;
    }
    case "number":
    case "integer":
      return <NumberInput {...props} bad={bad} />;
    case "text":
      return <TextInput {...props} bad={bad} />;
    case "list":
      return <ListInput {...props} bad={bad} />;
    case "union":
      return <Union {...props} />;
    case "object":
      return <ObjectFields {...props} />;
    case "rows":
      return <Rows {...props} />;
    default:
      return <JsonInput {...props} bad={bad} />;
  }
}

type Typed = ControlProps & { bad: boolean };

/** Keeps what was typed, until the value comes to be another by other means. */
function useText(value: unknown, write: (value: unknown) => string, read: (text: string) => unknown): [string, (text: string) => unknown] {
  const [text, setText] = useState(() => write(value));
  const last = useRef(value);
  useEffect(() => {
    if (JSON.stringify(value) === JSON.stringify(last.current)) return;
    last.current = value;
    setText(write(value));
  }, [value]);
  return [
    text,
    (next) => {
      setText(next);
      return (last.current = read(next));
    },
  ];
}

function NumberInput({ schema, value, set, path, label, id, bad, describedBy }: Typed) {
  const [text, put] = useText(value, typed, (next) => parseNumber(next));
  return (
    <span className={bad ? "input bad" : "input"}>
      <input id={id} inputMode="decimal" autoComplete="off" spellCheck={false} aria-label={label} aria-invalid={bad || undefined} aria-describedby={describedBy} placeholder={nullable(schema) ? w.empty : undefined} value={text} onChange={(event) => set(path, put(event.target.value))} />
      {schema.unit && <span className="unit">{schema.unit}</span>}
    </span>
  );
}

function TextInput({ schema, value, set, path, label, id, bad, describedBy, known = [] }: Typed) {
  const list = useId();
  const [text, put] = useText(value, (one) => (one === null || one === undefined ? "" : String(one)), (next) => (next === "" && nullable(schema) ? null : next));
  return (
    <span className={bad ? "input bad" : "input"}>
      <input id={id} autoComplete="off" spellCheck={false} list={known.length ? list : undefined} aria-label={label} aria-invalid={bad || undefined} aria-describedby={describedBy} placeholder={nullable(schema) ? w.empty : undefined} value={text} onChange={(event) => set(path, put(event.target.value))} />
      {schema.unit && <span className="unit">{schema.unit}</span>}
      {known.length > 0 && (
        <datalist id={list}>
          {known.map((one) => (
            <option key={one} value={one} />
          ))}
        </datalist>
      )}
    </span>
  );
}

function ListInput({ schema, root, value, set, path, label, id, bad, describedBy }: Typed) {
  const items = resolve(schema.items ?? {}, root);
  const numeric = types(items).some((one) => one === "number" || one === "integer");
  const [text, put] = useText(
    value,
    (one) => (Array.isArray(one) ? one.join(", ") : one === null || one === undefined ? "" : brief(one)),
    (next) => {
      const parts = next.split(",").map((one) => one.trim()).filter(Boolean);
      if (!parts.length && nullable(schema)) return null;
      return numeric ? parts.map(parseNumber) : parts;
    },
  );
  if (items.enum && !numeric) {
    const chosen = Array.isArray(value) ? (value as unknown[]) : [];
    return (
      <span className="checks" role="group" aria-label={label}>
        {items.enum.map((one) => (
          <label key={String(one)} className="hstack">
            <input type="checkbox" className="check" checked={chosen.includes(one)} onChange={(event) => set(path, event.target.checked ? items.enum!.filter((each) => each === one || chosen.includes(each)) : chosen.filter((each) => each !== one))} />
            {String(one)}
          </label>
        ))}
      </span>
    );
  }
  return (
    <span className={bad ? "input bad" : "input"}>
      <input id={id} autoComplete="off" spellCheck={false} aria-label={label} aria-invalid={bad || undefined} aria-describedby={describedBy} placeholder={nullable(schema) ? w.empty : w.listOf} value={text} onChange={(event) => set(path, put(event.target.value))} />
      {schema.unit && <span className="unit">{schema.unit}</span>}
    </span>
  );
}

export function JsonInput({ value, set, path, label, id, bad, describedBy }: Typed) {
  const [wrong, setWrong] = useState<string | null>(null);
  const [text, put] = useText(
    value,
    (one) => (one === undefined ? "" : JSON.stringify(one, null, typeof one === "object" && one !== null && JSON.stringify(one).length > 40 ? 2 : 0)),
    (next) => {
      try {
        setWrong(null);
        return next.trim() === "" ? null : (JSON.parse(next) as unknown);
      } catch (error) {
        setWrong((error as Error).message);
        return undefined;
      }
    },
  );
  return (
    <>
      <span className={bad || wrong ? "input area mono bad" : "input area mono"}>
        <textarea
          id={id}
          rows={Math.min(8, Math.max(1, text.split("\n").length))}
          spellCheck={false}
          aria-label={label}
          aria-invalid={bad || wrong !== null || undefined}
          aria-describedby={describedBy}
          value={text}
          onChange={(event) => {
            const next = put(event.target.value);
            if (next !== undefined) set(path, next);
          }}
        />
      </span>
      {wrong && <p className="err">✕ {w.jsonWrong(wrong)}</p>}
    </>
  );
}

/** Which branch a value stands in: by its tag where there is one, else by its type. */
export function branchOf(list: readonly Branch[], schema: Schema, value: unknown): number {
  const tag = schema.discriminator?.propertyName;
  if (tag && value && typeof value === "object") return list.findIndex((one) => one.tag === (value as Record<string, unknown>)[tag]);
  const fits = (one: Schema): boolean => {
    if (one.enum) return one.enum.includes(value);
    const kinds = types(one);
    if (value === null || value === undefined) return kinds.includes("null");
    if (Array.isArray(value)) return kinds.includes("array");
    if (typeof value === "object") return (kinds.includes("object") || !!one.properties) && keysFit(one, value as Record<string, unknown>);
    if (typeof value === "number") return kinds.includes("number") || (kinds.includes("integer") && Number.isInteger(value));
    return kinds.includes(typeof value);
  };
  const found = list.findIndex((one) => fits(one.schema));
  return found >= 0 ? found : list.findIndex((one) => typeof value === "string" && (one.schema.enum || types(one.schema).includes("string")));
}

function keysFit(schema: Schema, value: Record<string, unknown>): boolean {
  if (!schema.properties) return true;
  return Object.keys(value).every((key) => key in schema.properties!) && (schema.required ?? []).every((key) => key in value);
}

/** Where a branch begins: its defaults. */
export function initial(branch: Branch, schema: Schema, root: Schema): unknown {
  const one = branch.schema;
  if (branch.isNull) return null;
  if (one.default !== undefined) return one.default;
  if (one.enum) return one.enum[0];
  if (types(one).includes("array")) return [];
  if (one.properties) {
    const tag = schema.discriminator?.propertyName;
    const begun: Record<string, unknown> = {};
    if (tag && branch.tag) begun[tag] = branch.tag;
    for (const key of one.required ?? []) if (!(key in begun)) begun[key] = resolve(one.properties[key] ?? {}, root).default ?? null;
    return begun;
  }
  if (types(one).includes("object")) return {};
  return types(one).includes("string") ? "" : null;
}

function Union(props: ControlProps) {
  const { schema, root, value, set, path, label } = props;
  const list = branches(schema, root);
  const at = branchOf(list, schema, value);
  const branch = list[at];
  const kept = useRef<Record<number, unknown>>({});
  if (at >= 0) kept.current[at] = value;
  const inner = branch && { ...branch.schema, unit: branch.schema.unit ?? schema.unit } as Schema | undefined;
  const tagged = schema.discriminator?.propertyName;
  return (
    <span className="union">
      <Pick most={26} label={w.kind(label)} value={at < 0 ? null : String(at)} options={list.map((one, index) => ({ value: String(index), label: one.name, detail: one.schema.description }))} onChange={(next) => set(path, kept.current[Number(next)] ?? initial(list[Number(next)]!, schema, root))} />
      {inner && !branch.isNull && (kindOf(inner, root) === "object" ? <ObjectFields {...props} schema={inner} hide={tagged} /> : <Control {...props} schema={inner} />)}
      {!branch && <JsonInput {...props} bad />}
    </span>
  );
}

function ObjectFields(props: ControlProps & { hide?: string | undefined; only?: readonly string[] }) {
  const { schema, root, value, path, hide, only } = props;
  const here = (value && typeof value === "object" ? value : {}) as Record<string, unknown>;
  const list = properties(schema, root).filter(([key]) => key !== hide && (!only || only.includes(key)));
  const whole = { ...Object.fromEntries(list.map(([key, one]) => [key, one.default])), ...here };
  return (
    <span className="subs">
      {list.map(([key, one]) => (
        <Sub key={key} {...props} path={`${path}.${key}`} schema={one} value={key in here ? here[key] : one.default} name={key} unread={one["x-when"] !== undefined && !holds(one["x-when"].condition, whole, props.config)} />
      ))}
    </span>
  );
}

const Sub = memo(function Sub(props: ControlProps & { name: string; unread: boolean }) {
  const { name, schema, path, faults, unread, label } = props;
  const help = useId();
  const mine = faults.filter((fault) => fault.path === path);
  return (
    <span className={unread ? "sub off" : "sub"}>
      <code title={schema.description}>{name}</code>
      <span>
        {unread ? (
          <span className="input off">
            <span className="v">{brief(props.value, 30)}</span>
          </span>
        ) : (
          <Control {...props} label={`${label}.${name}`} describedBy={help} />
        )}
        <span id={help} className="sr">
          {schema.description}
        </span>
        {unread && schema["x-when"] && <span className="cap">{w.readOnly(schema["x-when"].sentence)}</span>}
        <Faults faults={mine} set={props.set} path={path} />
      </span>
    </span>
  );
});

/** A list of objects: each row shows the keys that it has or must have; others are added by name. */
function Rows(props: ControlProps) {
  const { schema, root, value, set, path, label, faults } = props;
  const items = resolve(schema.items ?? {}, root);
  const rows = Array.isArray(value) ? (value as Record<string, unknown>[]) : [];
  const all = properties(items, root);
  const must = new Set([...(items.required ?? []), ...all.filter(([, one]) => one.essential).map(([key]) => key)]);
  if (must.size < 2) all.slice(0, 4).forEach(([key]) => must.add(key));
  const [shown, setShown] = useState<ReadonlySet<string>>(new Set());
  const fresh = () => Object.fromEntries([...must].map((key) => [key, resolve(items.properties?.[key] ?? {}, root).default ?? null]));
  return (
    <span className="rows" role="group" aria-label={label}>
      {rows.map((row, index) => {
        if (row === null || typeof row !== "object" || Array.isArray(row)) return <JsonInput key={index} {...props} path={`${path}.${index}`} value={row} bad={faults.some((fault) => fault.path === `${path}.${index}`)} label={`${label} ${w.row(index + 1)}`} />;
        const only = all.filter(([key, one]) => must.has(key) || shown.has(`${index}.${key}`) || (key in row && !same(row[key], one.default))).map(([key]) => key);
        const others = all.map(([key]) => key).filter((key) => !only.includes(key));
        return (
          <span key={index} className="rowcard">
            <ObjectFields {...props} schema={items} value={row} path={`${path}.${index}`} only={only} label={`${label} ${w.row(index + 1)}`} />
            <span className="hstack">
              {others.length > 0 && (
                <select className="select s" aria-label={`${w.addRow}, ${label} ${w.row(index + 1)}`} value="" onChange={(event) => {
                    const key = event.target.value;
                    setShown((now) => new Set([...now, `${index}.${key}`]));
                    if (!(key in row)) set(`${path}.${index}.${key}`, resolve(items.properties?.[key] ?? {}, root).default ?? null);
                  }}>
                  <option value="">+ {words.run.config.key}</option>
                  {others.map((key) => (
                    <option key={key}>{key}</option>
                  ))}
                </select>
              )}
              <button type="button" className="btn quiet icon s" aria-label={`${w.removeRow(index + 1)}, ${label}`} onClick={() => set(path, rows.filter((_, each) => each !== index))}>
                <i className="ico ico-x" />
              </button>
            </span>
          </span>
        );
      })}
      <button type="button" className="btn s" onClick={() => set(path, [...rows, fresh()])}>
        <i className="ico ico-plus" />
        {w.addRow}
      </button>
    </span>
  );
}
