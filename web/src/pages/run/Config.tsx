/** Config: what differs first, each key with its sentence; then all of it. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import type { Detail } from "../../api/page";
import { lab as labQuery, schema as schemaQuery } from "../../api/queries";
import { properties, same, type Schema } from "../../form/schema";
import { CopyButton } from "../../frame/Copy";
import { Coded } from "../../parts/Coded";
import { words } from "../../words";
import type { SweepState } from "./sweep";

const w = words.run.config;

export default function Config({ run, sweep }: { run: Detail; sweep: SweepState | null }) {
  const schema = useQuery(schemaQuery(run.lab));
  const lab = useQuery(labQuery(run.lab));
  const [find, setFind] = useState("");
  const root = schema.data as Schema | undefined;
  const keys = useMemo(() => (root ? new Map(properties(root)) : new Map<string, Schema>()), [root]);
  const preset = lab.data?.presets.find((one) => one.name === run.preset);
  const base = (key: string) => (preset && key in preset.config ? preset.config[key] : keys.get(key)?.default);
  const swept = new Set(Object.keys(sweep?.detail?.axes ?? {}));
  const all = Object.keys(run.config);
  const differing = run.differs ? Object.keys(run.differs) : all.filter((key) => keys.has(key) && !same(run.config[key], base(key)));
  const changed = [...new Set([...swept, ...differing])].filter((key) => key in run.config);
  const needle = find.trim().toLowerCase();
  const rest = all.filter((key) => !needle || key.toLowerCase().includes(needle) || (keys.get(key)?.description ?? "").toLowerCase().includes(needle) || keys.get(key)?.unit?.toLowerCase() === needle);
  const of = run.preset ?? w.defaults;
  return (
    <div className="two config">
      <div>
        <section className="sect">
          <div className="toolbar">
            <h2>{changed.length ? w.changed(changed.length, of) : w.none(of)}</h2>
            <span className="end">
              <Link className="btn s" to="/new/$lab" params={{ lab: run.lab }} search={{ from: run.id }}>
                {w.newFrom}
              </Link>
            </span>
          </div>
          {changed.length > 0 && (
            <Keys keys={changed} run={run} schema={keys} base={base} axes={sweep?.detail?.axes ?? {}} />
          )}
        </section>
        <section className="sect">
          <div className="toolbar">
            <h2>{w.all(all.length)}</h2>
            <span className="end">
              <span className="input">
                <i className="ico ico-find" />
                <input type="search" aria-label={w.find} placeholder={w.find} value={find} onChange={(event) => setFind(event.target.value)} />
              </span>
            </span>
          </div>
          <Keys keys={rest} run={run} schema={keys} base={base} axes={{}} />
        </section>
      </div>
      <section className="sect">
        <div className="toolbar">
          <h2>{w.json}</h2>
          <span className="end">
            <CopyButton text={JSON.stringify(run.config, null, 2)} />
          </span>
        </div>
        <pre className="json" tabIndex={0} role="group" aria-label={w.json}>
          {JSON.stringify(run.config, null, 2)}
        </pre>
      </section>
    </div>
  );
}

interface KeysProps {
  keys: string[];
  run: Detail;
  schema: Map<string, Schema>;
  base: (key: string) => unknown;
  axes: Record<string, unknown[]>;
}

function Keys({ keys, run, schema, base, axes }: KeysProps) {
  return (
    <table className="tbl az">
      <thead>
        <tr>
          <th scope="col">{w.key}</th>
          <th scope="col">{w.value}</th>
          <th scope="col" className="opt">
            {run.preset ? w.preset : w.default}
          </th>
          <th scope="col" className="opt">{w.means}</th>
        </tr>
      </thead>
      <tbody>
        {keys.map((key) => {
          const about = schema.get(key);
          const before = base(key);
          const differs = !same(before, run.config[key]) && before !== undefined;
          return (
            <tr key={key}>
              <td>
                <code>{key}</code>
              </td>
              <td>
                <span className={differs || axes[key] ? "strong" : undefined}>{axes[key] ? axes[key].map((one) => value(one)).join(", ") : value(run.config[key])}</span> {about?.unit && <span className="muted">{about.unit}</span>}
                {axes[key] && <span className="badge">{w.swept}</span>}
              </td>
              <td className="opt muted">{differs ? value(before) : ""}</td>
              <td className="opt muted">
                <Coded text={about?.description} />
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

function value(one: unknown): string {
  if (one === null) return "null";
  if (typeof one === "object") {
    const text = JSON.stringify(one);
    return text.length > 160 ? text.slice(0, 158) + " …" : text;
  }
  return String(one);
}
