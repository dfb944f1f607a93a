/** A table by slices: whatever its size, a screen of rows is asked for at a time. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Detail } from "../../api/page";
import { Problem } from "../../api/problem";
import { download, query, send } from "../../api/request";
import type { Table } from "../../api/shapes";
import { FaultNote } from "../../frame/Fault";
import { useDebounced } from "../../frame/debounce";
import { panelOf } from "../../labs/registry";
import { count, grouped } from "../../numbers/quantity";
import { words } from "../../words";
import { runBase } from "./queries";

const w = words.run.data;
const ROWS = 12;

interface Slice {
  columns: Record<string, unknown[]>;
  rows: number;
  total: number;
  matches: number;
}

export function TableSlices({ run, table, sha }: { run: Detail; table: Table; sha: string | undefined }) {
  const [first, setFirst] = useState(0);
  const [sort, setSort] = useState<string | null>(null);
  const [where, setWhere] = useState("");
  const [view, setView] = useState<"table" | "schema">("table");
  const settled = useDebounced(where, 300);
  const base = `${runBase(run.id)}/tables/${encodeURIComponent(table.name)}`;
  const asked = useQuery({
    queryKey: ["slice", run.id, table.name, table.rows, first, sort, settled],
    queryFn: async ({ signal }): Promise<Slice> => {
      const answer = await send(`${base}.json${query({ first, rows: ROWS, sort, where: settled })}`, { signal });
      const body = (await answer.json()) as { rows: number; columns: Record<string, unknown[]> };
      const total = Number(answer.headers.get("X-Table-Rows") ?? table.rows);
      const matches = Number(answer.headers.get("X-Table-Matches") ?? total);
      return { columns: body.columns, rows: body.rows, total, matches };
    },
    placeholderData: keepPreviousData,
  });
  const names = Object.keys(table.columns);
  const folds = panelOf(run.lab).folds;
  const slice = asked.data;
  const shown = slice ? Object.values(slice.columns)[0]?.length ?? 0 : 0;
  const all = slice?.matches ?? table.rows;
  const faulty = asked.error instanceof Problem && asked.error.status === 422;
  const order = (name: string) => {
    setFirst(0);
    setSort(sort === name ? `-${name}` : sort === `-${name}` ? null : name);
  };
  return (
    <>
      <div className="toolbar">
        <h2>{table.name}</h2>
        <span className="end">
          <span className="seg" role="group">
            <button type="button" aria-pressed={view === "table"} onClick={() => setView("table")}>
              {w.table}
            </button>
            <button type="button" aria-pressed={view === "schema"} onClick={() => setView("schema")}>
              {w.schema}
            </button>
          </span>
          {(["csv", "parquet", "arrow"] as const).map((format) => (
            <button key={format} type="button" className="btn s" onClick={() => void download(`${base}.${format}${query({ sort, where: settled })}`, `${run.id}-${table.name}.${format}`)}>
              {format === "csv" ? "CSV" : format === "parquet" ? "Parquet" : "Arrow"}
            </button>
          ))}
        </span>
      </div>
      {view === "schema" ? (
        <table className="tbl small">
          <thead>
            <tr>
              <th scope="col">{w.column}</th>
              <th scope="col">{w.type}</th>
            </tr>
          </thead>
          <tbody>
            {names.map((name) => (
              <tr key={name}>
                <td>
                  <code>{name}</code>
                </td>
                <td className="muted">{table.columns[name]}</td>
              </tr>
            ))}
          </tbody>
        </table>
      ) : (
        <>
          <div className="toolbar slice">
            <span className={faulty ? "input mono bad" : "input mono"}>
              <i className="ico ico-find" />
              <input
                type="search"
                aria-label={w.find}
                aria-invalid={faulty}
                placeholder={w.findExample}
                value={where}
                onChange={(event) => {
                  setWhere(event.target.value);
                  setFirst(0);
                }}
              />
            </span>
            <span className="cap" role="status">
              {shown ? w.rows(first, first + shown - 1, slice?.total ?? table.rows) : w.noRows}
              {slice && slice.matches !== slice.total && ` · ${w.matches(slice.matches)}`}
              {sha && (
                <>
                  {" "}
                  · {w.sha} <code>{sha.slice(0, 12)}</code>
                </>
              )}
            </span>
          </div>
          {asked.error && <FaultNote error={asked.error} />}
          <div className="scrollx" tabIndex={0} role="group" aria-label={table.name}>
            <table className="tbl small flush data">
              <thead>
                <tr>
                  <th scope="col" className="num">
                    <span className="sr">#</span>
                  </th>
                  {names.map((name) => (
                    <th key={name} scope="col" className={numeric(table.columns[name]) ? "num" : undefined} aria-sort={sort === name ? "ascending" : sort === `-${name}` ? "descending" : undefined}>
                      <button type="button" className="th" onClick={() => order(name)}>
                        {name}
                        {sort === name ? " ↑" : sort === `-${name}` ? " ↓" : ""}
                        <span className="type">{table.columns[name]?.replace(/^dictionary<values=(\w+).*/, "$1")}</span>
                      </button>
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {Array.from({ length: shown }, (_, row) => (
                  <tr key={row}>
                    <td className="num muted">{count(first + row)}</td>
                    {names.map((name) => {
                      const one = slice!.columns[name]?.[row];
                      if (folds?.columns.includes(name) && slice!.columns[folds.flag]?.[row] === true)
                        return (
                          <td key={name}>
                            <details className="folded">
                              <summary>{w.folded}</summary>
                              {cell(one)}
                            </details>
                          </td>
                        );
                      return (
                        <td key={name} className={one === null || one === undefined ? "hatch" : numeric(table.columns[name]) ? "num" : undefined} title={typeof one === "string" && one.length > 40 ? one : undefined}>
                          {cell(one)}
                        </td>
                      );
                    })}
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
          <div className="toolbar pager">
            <button type="button" className="btn s" disabled={first === 0} onClick={() => setFirst(Math.max(0, first - ROWS))}>
              {w.earlier(ROWS)}
            </button>
            <button type="button" className="btn s" disabled={first + ROWS >= all} onClick={() => setFirst(first + ROWS)}>
              {w.later(ROWS)}
            </button>
            <span className="cap">{w.slices}</span>
          </div>
        </>
      )}
    </>
  );
}

const numeric = (type: string | undefined): boolean => /^(u?int|float|double|decimal|half)/.test(type ?? "");

function cell(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "number") return Number.isInteger(value) ? (Math.abs(value) < 1e15 ? grouped(String(value)) : String(value)) : Math.abs(value) >= 1e-4 && Math.abs(value) < 1e7 ? String(Number(value.toPrecision(6))) : value.toExponential(4);
  if (typeof value === "object") return JSON.stringify(value);
  const text = String(value);
  return text.length > 60 ? text.slice(0, 58) + "…" : text;
}
