/** The table: a grid of rows, of which only those in sight are in the page; its cursor, its folds, its ticks. */
import { useQueries, useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useWindowVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useMemo, useRef, useState } from "react";
import type { Row, Spark as SparkShape } from "../../api/page";
import { labs as labsQuery } from "../../api/queries";
import type { LabRow } from "../../api/shapes";
import { useNow } from "../../frame/clock";
import { useKeys } from "../../frame/keyboard";
import { words } from "../../words";
import { keepOrder } from "./order";
import type { Live } from "./live";
import { childrenQuery, sparksQuery } from "./queries";
import { DiffersCell, HeadlineCell, nameOf, RowLink, SeedsCell, StateCell, TookCell, TrendCell, ValueCell, WhenCell } from "./RowCells";
import { RowEdit } from "./RowEdit";

const w = words.runs;
const HEIGHT = 36;
const CHILD = 30;
const SPARKS_AT_ONCE = 100;

interface Props {
  rows: readonly Row[];
  total: number | null;
  loading: boolean;
  fetchMore: (() => void) | null;
  sort: string;
  setSort: (sort: string) => void;
  cols: string;
  live: Readonly<Record<string, Live>>;
  selected: ReadonlyMap<string, Row>;
  setSelected: (next: ReadonlyMap<string, Row>) => void;
}

interface Item {
  row: Row;
  depth: number;
  part: "row" | "cause" | "edit";
}

const SORTS: { key: string; label: string; className: string; num?: boolean }[] = [
  { key: "name", label: w.col.name, className: "c-name" },
  { key: "lab", label: w.col.lab, className: "c-lab" },
  { key: "state", label: w.col.state, className: "c-state" },
  { key: "headline", label: w.col.headline, className: "c-head" },
  { key: "", label: w.col.trend, className: "c-spark" },
  { key: "seeds", label: w.col.seeds, className: "c-seeds", num: true },
  { key: "", label: w.col.differs, className: "c-diff" },
];

export function Table(props: Props) {
  const { total, loading, fetchMore, sort, setSort, cols, live, selected, setSelected } = props;
  const navigate = useNavigate();
  const now = useNow(1000);
  const labs = useQuery(labsQuery);
  const known = useMemo(() => new Map((labs.data ?? []).map((lab) => [lab.name, lab])), [labs.data]);
  const [open, setOpen] = useState<ReadonlyMap<string, boolean>>(new Map());
  const [editing, setEditing] = useState<string | null>(null);
  const [cursor, setCursor] = useState<string | null>(null);
  const anchor = useRef<string | null>(null);
  const body = useRef<HTMLDivElement>(null);
  const rows = useSteadyOrder(props.rows, body);
  const extra = cols.split(",").filter(Boolean);

  const isOpen = (row: Row) => open.get(row.key) ?? (row.state === "failed" && row.runs === 1 && Date.now() - Date.parse(row.created_at) < 3_600_000);
  const folds = rows.filter((row) => isOpen(row) && row.runs > 1);
  const children = useQueries({ queries: folds.map((row) => childrenQuery(row, cols)) });
  const inner = folds.flatMap((_, index) => children[index]?.data ?? []).filter((row) => row.runs > 1 && open.get(row.key));
  const grandchildren = useQueries({ queries: inner.map((row) => childrenQuery(row, cols)) });

  const items = useMemo(() => {
    const list: Item[] = [];
    const add = (row: Row, depth: number, below: readonly Row[] | undefined) => {
      list.push({ row, depth, part: "row" });
      if (editing === row.key) list.push({ row, depth, part: "edit" });
      if (isOpen(row) && row.runs === 1 && row.state === "failed") list.push({ row, depth, part: "cause" });
      if (depth < 2 && isOpen(row) && below) for (const child of below) add(child, depth + 1, grandchildren[inner.findIndex((one) => one.key === child.key)]?.data);
    };
    for (const row of rows) add(row, 0, children[folds.findIndex((one) => one.key === row.key)]?.data);
    return list;
  }, [rows, open, editing, children.map((one) => one.dataUpdatedAt).join(), grandchildren.map((one) => one.dataUpdatedAt).join()]);

  const virtual = useWindowVirtualizer({
    count: items.length,
    estimateSize: (index) => (items[index]?.part === "row" ? (items[index]!.depth ? CHILD : HEIGHT) : 48),
    overscan: 12,
    scrollMargin: body.current?.offsetTop ?? 0,
    getItemKey: (index) => `${items[index]!.row.key}/${items[index]!.part}/${items[index]!.depth}`,
  });
  const visible = virtual.getVirtualItems();
  const lastSeen = visible.at(-1)?.index ?? 0;
  useEffect(() => {
    if (fetchMore && lastSeen >= items.length - 20) fetchMore();
  }, [lastSeen, items.length, fetchMore]);

  const sparks = useSparks(visible.map((one) => items[one.index]).filter((item): item is Item => item?.part === "row").map((item) => item.row));

  useEffect(() => {
    keepOrder(rows.map((row) => `${row.kind === "sweep" ? "sweep" : "run"}:${row.kind === "sweep" ? row.key : row.lead}`));
  }, [rows]);

  // --- the cursor and its keys ---
  const lines = items.filter((item) => item.part === "row");
  const at = lines.findIndex((item) => item.row.key === cursor);
  const here = at >= 0 ? lines[at]! : null;
  const moveTo = (index: number) => {
    const next = lines[Math.max(0, Math.min(lines.length - 1, index))];
    if (!next) return false;
    setCursor(next.row.key);
    virtual.scrollToIndex(items.indexOf(next), { align: "auto" });
    return;
  };
  const fold = (row: Row, value: boolean) => setOpen((before) => new Map(before).set(row.key, value));
  const tick = (row: Row, on?: boolean) => {
    const next = new Map(selected);
    if (on ?? !next.has(row.key)) next.set(row.key, row);
    else next.delete(row.key);
    anchor.current = row.key;
    setSelected(next);
  };
  const tickRange = (to: string) => {
    const from = lines.findIndex((item) => item.row.key === anchor.current);
    const end = lines.findIndex((item) => item.row.key === to);
    if (from < 0 || end < 0) return;
    const next = new Map(selected);
    for (const item of lines.slice(Math.min(from, end), Math.max(from, end) + 1)) next.set(item.row.key, item.row);
    setSelected(next);
  };
  const openRow = (row: Row) => void navigate(row.kind === "sweep" ? { to: "/sweeps/$sweep", params: { sweep: row.key } } : { to: "/runs/$run", params: { run: row.lead } });
  const withHere = (act: (item: Item) => void) => () => {
    if (!here) return false;
    act(here);
    return;
  };
  useKeys([
    { keys: "j", where: "runs", run: () => moveTo(at + 1) },
    { keys: "arrowdown", where: "runs", run: () => moveTo(at + 1) },
    { keys: "k", where: "runs", run: () => moveTo(at < 0 ? 0 : at - 1) },
    { keys: "arrowup", where: "runs", run: () => moveTo(at < 0 ? 0 : at - 1) },
    { keys: "enter", where: "runs", run: withHere((item) => openRow(item.row)) },
    { keys: "x", where: "runs", run: withHere((item) => tick(item.row)) },
    { keys: "X", where: "runs", run: withHere((item) => tickRange(item.row.key)) },
    { keys: "arrowright", where: "runs", run: withHere((item) => fold(item.row, true)) },
    { keys: "arrowleft", where: "runs", run: withHere((item) => fold(item.row, false)) },
    { keys: "f2", where: "runs", run: withHere((item) => setEditing(item.row.key)) },
    {
      keys: "escape",
      where: "runs",
      run: () => {
        if (!selected.size) return false;
        setSelected(new Map());
        return;
      },
    },
  ]);

  const all = rows.length > 0 && rows.every((row) => selected.has(row.key));
  const some = selected.size > 0 && !all;
  const sorted = (key: string) => (sort === key ? "ascending" : sort === `-${key}` ? "descending" : undefined);
  const order = (key: string) => setSort(sort === `-${key}` ? key : sort === key ? "-created_at" : key === "name" || key === "lab" || key === "state" ? key : `-${key}`);
  const head = (key: string, label: string, className: string, num = false) => {
    const direction = key ? sorted(key) : undefined;
    return (
      <div key={label} role="columnheader" className={`${className}${num ? " num" : ""}`} aria-sort={direction}>
        {key ? (
          <button type="button" className="th" title={w.sortBy(label)} onClick={() => order(key)}>
            {label}
            {direction && (direction === "ascending" ? " ↑" : " ↓")}
          </button>
        ) : (
          label
        )}
      </div>
    );
  };
  return (
    <div className="rt" role="grid" aria-label={w.table} aria-rowcount={total ?? -1} aria-busy={loading} style={{ "--extra": extra.map(() => "112px").join(" ") } as React.CSSProperties}>
      <div className="rt-head" role="row">
        <div role="columnheader" className="c-check">
          <input
            type="checkbox"
            className="check"
            aria-label={w.selectAll}
            checked={all}
            ref={(element) => {
              if (element) element.indeterminate = some;
            }}
            onChange={() => setSelected(all ? new Map() : new Map(rows.map((row) => [row.key, row])))}
          />
        </div>
        {SORTS.map((one) => head(one.key, one.label, one.className, one.num))}
        {extra.map((name) => head(name, name.replace(/^\w+:/, ""), "c-extra", true))}
        {head("created_at", w.col.when, "c-when", true)}
        {head("took_s", w.col.took, "c-took", true)}
      </div>
      {loading && <Bars />}
      <div ref={body} role="rowgroup" className="rt-body" style={{ height: virtual.getTotalSize() }}>
        {visible.map((one) => {
          const item = items[one.index]!;
          const { row } = item;
          const key = row.key;
          return (
            <div
              key={one.key}
              data-index={one.index}
              ref={virtual.measureElement}
              role="row"
              aria-rowindex={one.index + 2}
              aria-selected={item.part === "row" ? selected.has(key) : undefined}
              className={`rt-row${item.depth ? ` child d${item.depth}` : ""}${item.part !== "row" ? " more" : ""}${cursor === key && item.part === "row" ? " cursor" : ""}${item.part === "row" && items[one.index + 1]?.part === "cause" ? " bad" : ""}`}
              style={{ transform: `translateY(${one.start - virtual.options.scrollMargin}px)` }}
              onClick={(event) => {
                if (!(event.target as HTMLElement).closest("a, button, input, label")) setCursor(key);
              }}
            >
              {item.part === "row" ? (
                <Cells
                  item={item}
                  lab={known.get(row.lab)}
                  live={live[key]}
                  spark={sparks[key]}
                  extra={extra}
                  now={now}
                  open={isOpen(row)}
                  ticked={selected.has(key)}
                  colour={selected.has(key) ? [...selected.keys()].indexOf(key) + 1 : null}
                  fold={(value) => fold(row, value)}
                  tick={(shift) => (shift ? tickRange(key) : tick(row))}
                  edit={() => setEditing(editing === key ? null : key)}
                />
              ) : item.part === "cause" ? (
                <div role="gridcell" className="cause">
                  <p>
                    <b>{w.state.failed}:</b> {row.reason}
                  </p>
                  <span className="acts">
                    <button type="button" className="btn s" onClick={() => void navigate({ to: "/new/$lab", params: { lab: row.lab }, search: { from: row.lead } })}>
                      {w.tryChange}
                    </button>
                    <button type="button" className="btn s quiet" onClick={() => void navigate({ to: "/runs/$run/$tab", params: { run: row.lead, tab: "log" } })}>
                      {w.openLog}
                    </button>
                  </span>
                </div>
              ) : (
                <div role="gridcell" className="editing">
                  <RowEdit row={row} close={() => setEditing(null)} />
                </div>
              )}
            </div>
          );
        })}
      </div>
    </div>
  );
}

interface CellsProps {
  item: Item;
  lab: LabRow | undefined;
  live: Live | undefined;
  spark: SparkShape | undefined;
  extra: string[];
  now: number;
  open: boolean;
  ticked: boolean;
  colour: number | null;
  fold: (open: boolean) => void;
  tick: (range: boolean) => void;
  edit: () => void;
}

function Cells({ item, lab, live, spark, extra, now, open, ticked, colour, fold, tick, edit }: CellsProps) {
  const { row, depth } = item;
  const name = nameOf(row, depth);
  const folds = row.runs > 1 || (row.state === "failed" && row.runs === 1);
  return (
    <>
      <div role="gridcell" className="c-check">
        <label className="tick-cell">
          <input type="checkbox" className="check" aria-label={w.select(name)} checked={ticked} onChange={(event) => tick((event.nativeEvent as MouseEvent).shiftKey === true)} />
        </label>
      </div>
      <div role="gridcell" className="c-name">
        <span className="nm">
          {folds ? (
            <button type="button" className="twist" aria-expanded={open} aria-label={w.replicatesOf(name)} onClick={() => fold(!open)}>
              <i className={`ico ico-${open ? "down" : "right"}`} />
            </button>
          ) : (
            <span className="twist" />
          )}
          {colour !== null && colour <= 8 && <span className="swatch" style={{ "--c": `var(--s${((colour - 1) % 6) + 1})` } as React.CSSProperties} />}
          <RowLink row={row} depth={depth} />
          {depth === 0 && row.tags.map((one) => <span key={one} className="badge">{one}</span>)}
          {row.verify_of && <span className="badge info">{w.verifies}</span>}
          {row.reused > 0 && <span className="badge info">{w.reused(row.reused, row.runs)}</span>}
          {row.note && <span className="badge" title={row.note}>{w.note}</span>}
          <button type="button" className="btn quiet icon s pen" aria-label={w.edit(name)} title={w.rename} onClick={edit}>
            <i className="ico ico-edit" />
          </button>
        </span>
      </div>
      <div role="gridcell" className="c-lab">
        {depth === 0 && <span className="lab">{lab?.tag ?? row.lab}</span>}
      </div>
      <div role="gridcell" className="c-state">
        <StateCell row={row} live={live} />
      </div>
      <div role="gridcell" className="c-head">
        <HeadlineCell row={row} live={live} lab={lab} compact={depth > 0 && row.kind === "run"} />
      </div>
      <div role="gridcell" className="c-spark">
        <TrendCell row={row} spark={spark} live={live} />
      </div>
      <div role="gridcell" className="c-seeds num">{(depth === 0 || row.runs > 1) && <SeedsCell row={row} live={live} />}</div>
      <div role="gridcell" className="c-diff">{depth === 0 && <DiffersCell row={row} />}</div>
      {extra.map((one) => (
        <div key={one} role="gridcell" className="c-extra num">
          <ValueCell row={row} name={one} />
        </div>
      ))}
      <div role="gridcell" className="c-when num">
        <WhenCell row={row} now={now} />
      </div>
      <div role="gridcell" className="c-took num">
        <TookCell row={row} live={live} now={now} />
      </div>
    </>
  );
}

/** While the pointer is over the table, rows keep their places and new ones wait. */
function useSteadyOrder(rows: readonly Row[], body: React.RefObject<HTMLElement | null>): readonly Row[] {
  const [over, setOver] = useState(false);
  const order = useRef<string[]>([]);
  useEffect(() => {
    const element = body.current;
    if (!element) return;
    const enter = () => setOver(true);
    const leave = () => setOver(false);
    element.addEventListener("pointerenter", enter);
    element.addEventListener("pointerleave", leave);
    return () => {
      element.removeEventListener("pointerenter", enter);
      element.removeEventListener("pointerleave", leave);
    };
  }, []);
  return useMemo(() => {
    const keys = rows.map((row) => row.key);
    const before = new Map(order.current.map((key, index) => [key, index]));
    const overlap = keys.filter((key) => before.has(key)).length;
    if (!over || overlap < keys.length / 2 || overlap < before.size / 2) {
      order.current = keys; // another filter, another sort: the order is new
      return rows;
    }
    const kept = rows.filter((row) => before.has(row.key) || keys.indexOf(row.key) > before.size / 2);
    return [...kept].sort((a, b) => (before.get(a.key) ?? keys.indexOf(a.key) + 0.5) - (before.get(b.key) ?? keys.indexOf(b.key) + 0.5));
  }, [rows, over]);
}

/** Trends of the rows in sight, asked for in one piece and kept by key. */
function useSparks(rows: readonly Row[]): Record<string, SparkShape> {
  const keys = rows.map((row) => row.key).slice(0, SPARKS_AT_ONCE);
  const chunk = useMemo(() => [...keys].sort(), [keys.join()]);
  const asked = useQuery({ ...sparksQuery(chunk), enabled: chunk.length > 0 });
  const known = useRef<Record<string, SparkShape>>({});
  if (asked.data) known.current = { ...known.current, ...asked.data };
  return known.current;
}

function Bars() {
  return (
    <div className="rt-skel" aria-hidden="true">
      {Array.from({ length: 8 }, (_, index) => (
        <div key={index}>
          <span className="skel" style={{ width: `${18 + ((index * 7) % 12)}%` }} />
          <span className="skel" style={{ width: "8%" }} />
          <span className="skel" style={{ width: `${14 + ((index * 5) % 9)}%` }} />
          <span className="skel" style={{ width: "6%" }} />
        </div>
      ))}
    </div>
  );
}
