/** Data: the tree of files, each looked into: a table by slices, JSON, text, a picture. */
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useEffect, useMemo, useState } from "react";
import type { Detail } from "../../api/page";
import { parseExact } from "../../api/exact";
import { download, send } from "../../api/request";
import type { Artifact, Table } from "../../api/shapes";
import { Command } from "../../frame/Copy";
import { FaultNote } from "../../frame/Fault";
import { bytes } from "../../numbers/quantity";
import { words } from "../../words";
import { artifactsQuery, runBase, tablesQuery } from "./queries";
import { TableSlices } from "./TableSlices";

const w = words.run.data;
type Listed = Artifact & { preview?: string | null };

export default function Data({ run, ended }: { run: Detail; ended: boolean }) {
  const files = useQuery(artifactsQuery(run.id, ended));
  const tables = useQuery(tablesQuery(run.id, ended));
  const navigate = useNavigate();
  const search = useSearch({ strict: false }) as { file?: string };
  const list = files.data ?? [];
  const known = tables.data ?? [];
  const chosen = search.file ?? (known[0] ? `tables/${known[0].name}` : list[0]?.path) ?? null;
  const choose = (file: string) => void navigate({ to: ".", search: (before: Record<string, string | undefined>) => ({ ...before, file }), replace: true, resetScroll: false });
  const groups = useMemo(() => grouped(list, known), [list, known]);
  if (files.error) return <FaultNote error={files.error} retry={() => void files.refetch()} />;
  const size = list.reduce((sum, file) => sum + file.size, 0);
  const table = known.find((one) => chosen === `tables/${one.name}` || chosen === `tables/${one.name}.arrow`);
  const file = list.find((one) => one.path === chosen);
  return (
    <div className="databoard">
      <section>
        <div className="toolbar">
          <h3>{w.files(list.length, bytes(size))}</h3>
          <span className="end">
            <button type="button" className="btn quiet s" disabled={!ended || !list.length} onClick={() => void download(`${runBase(run.id)}/archive.zip`, `${run.id}.zip`)}>
              <i className="ico ico-export" />
              {w.allZip}
            </button>
          </span>
        </div>
        {!list.length && !known.length && <p className="muted">{w.none}</p>}
        <ul className="tree">
          {groups.map((group) => (
            <li key={group.name} className="group">
              {group.name !== "" && (
                <span className="dir">
                  <i className="ico ico-down" /> {group.name}
                  <span className="end">{group.detail}</span>
                </span>
              )}
              <ul>
                {group.entries.map((entry) => (
                  <li key={entry.path}>
                    <button type="button" className={`${entry.path === (table ? `tables/${table.name}` : chosen) ? "on" : ""} ${group.name ? "in" : ""}`} aria-current={entry.path === chosen ? "true" : undefined} onClick={() => choose(entry.path)}>
                      <i className={`ico ${entry.table ? "ico-data" : "ico-none"}`} />
                      <span className="clip">{entry.name}</span>
                      <span className="end">{entry.detail}</span>
                    </button>
                  </li>
                ))}
              </ul>
            </li>
          ))}
        </ul>
        <p className="cap">
          {w.everyFile} <code>quintant export {run.id}</code> {w.exports}
        </p>
      </section>
      <section>
        {table ? <TableSlices key={table.name} run={run} table={table} sha={list.find((one) => one.path === `tables/${table.name}.arrow`)?.sha256} /> : file ? <FileView key={file.path} run={run} file={file} /> : <p className="muted">{w.choose}</p>}
        {table && (
          <div className="sect">
            <h2>{w.inPython}</h2>
            <pre className="json">{`from quintant.client import Client\n\ntable = Client().get("${run.id}").table("${table.name}")  # a pyarrow.Table, ${table.rows} rows`}</pre>
          </div>
        )}
      </section>
    </div>
  );
}

interface Entry {
  path: string;
  name: string;
  detail: string;
  table: boolean;
}

function grouped(files: readonly Listed[], tables: readonly Table[]): { name: string; detail: string; entries: Entry[] }[] {
  const groups = new Map<string, Entry[]>();
  const put = (group: string, entry: Entry) => groups.set(group, [...(groups.get(group) ?? []), entry]);
  const arrow = new Map(files.filter((file) => /^tables\/.*\.arrow$/.test(file.path)).map((file) => [file.path.slice(7, -6), file]));
  for (const table of tables) {
    const size = arrow.get(table.name)?.size;
    put("tables", { path: `tables/${table.name}`, name: table.name, detail: `${table.rows.toLocaleString("en-GB").replaceAll(",", "\u202f")} × ${Object.keys(table.columns).length}${size ? ` · ${bytes(size)}` : ""}`, table: true });
  }
  for (const file of files) {
    if (/^tables\/.*\.arrow$/.test(file.path) && tables.some((one) => `tables/${one.name}.arrow` === file.path)) continue;
    const cut = file.path.indexOf("/");
    put(cut < 0 ? "" : file.path.slice(0, cut), { path: file.path, name: cut < 0 ? file.path : file.path.slice(cut + 1), detail: bytes(file.size), table: false });
  }
  return [...groups.entries()]
    .sort(([a], [b]) => (a === "tables" ? -1 : b === "tables" ? 1 : a === "" ? 1 : b === "" ? -1 : a.localeCompare(b)))
    .map(([name, entries]) => ({ name, entries, detail: String(entries.length) }));
}

type Shown = { kind: "table"; rows: number; columns: Record<string, string>; head: unknown[] } | { kind: "json"; value: unknown; cut: boolean } | { kind: "text"; text: string; cut: boolean } | { kind: "image"; href: string };

function FileView({ run, file }: { run: Detail; file: Listed }) {
  const address = `${runBase(run.id)}/artifacts/${file.path.split("/").map(encodeURIComponent).join("/")}`;
  const shown = useQuery({
    queryKey: ["preview", run.id, file.path, file.sha256],
    queryFn: async ({ signal }) => parseExact(await (await send(`${runBase(run.id)}/preview/${file.path.split("/").map(encodeURIComponent).join("/")}`, { signal })).text()) as Shown,
    enabled: file.preview !== null,
    staleTime: Infinity,
  });
  return (
    <>
      <div className="toolbar">
        <h2>{file.path}</h2>
        <span className="cap">
          {bytes(file.size)} · {file.media_type} · {w.sha} <code>{file.sha256.slice(0, 12)}</code>
        </span>
        <span className="end">
          <button type="button" className="btn s" onClick={() => void download(address, file.path.split("/").pop()!)}>
            {w.download}
          </button>
        </span>
      </div>
      {file.preview === null && <p className="muted">{w.noPreview}</p>}
      {shown.error && <FaultNote error={shown.error} retry={() => void shown.refetch()} />}
      {shown.data?.kind === "json" && (
        <pre className="json" tabIndex={0} role="group" aria-label={file.path}>
          {JSON.stringify(shown.data.value, null, 2)}
        </pre>
      )}
      {shown.data?.kind === "text" && (
        <pre className="json" tabIndex={0} role="group" aria-label={file.path}>
          {shown.data.text}
        </pre>
      )}
      {(shown.data?.kind === "json" || shown.data?.kind === "text") && shown.data.cut && <p className="cap">{w.cut}</p>}
      {shown.data?.kind === "table" && <Head head={shown.data.head} columns={shown.data.columns} />}
      {shown.data?.kind === "image" && <Picture href={shown.data.href} name={file.path} />}
      {file.path.endsWith(".json") && (
        <div className="sect">
          <Command text={`quintant export ${run.id}`} />
        </div>
      )}
    </>
  );
}

function Head({ head, columns }: { head: unknown[]; columns: Record<string, string> }) {
  const names = Object.keys(columns);
  return (
    <div className="scrollx" tabIndex={0} role="group" aria-label={w.table}>
      <table className="tbl small data">
        <thead>
          <tr>
            {names.map((name) => (
              <th key={name} scope="col">
                {name}
                <span className="type">{columns[name]}</span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {head.map((row, index) => (
            <tr key={index}>
              {names.map((name, at) => (
                <td key={name}>{String((Array.isArray(row) ? row[at] : (row as Record<string, unknown>)[name]) ?? "")}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** With a key a plain `<img src>` would be refused: the bytes come by fetch. */
export function Picture({ href, name }: { href: string; name: string }) {
  const [source, setSource] = useState<string | null>(null);
  useEffect(() => {
    let address: string | null = null;
    const abort = new AbortController();
    void send(href, { signal: abort.signal })
      .then((answer) => answer.blob())
      .then((blob) => setSource((address = URL.createObjectURL(blob))))
      .catch(() => {});
    return () => {
      abort.abort();
      if (address) URL.revokeObjectURL(address);
    };
  }, [href]);
  return source ? <img className="picture" src={source} alt={name} /> : <span className="skel" />;
}
