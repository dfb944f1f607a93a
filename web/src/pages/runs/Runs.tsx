/** Runs: one table for five sciences. */
import { Menu } from "@mantine/core";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import type { Row } from "../../api/page";
import { useStore } from "../../api/store";
import { FaultNote } from "../../frame/Fault";
import { useDebounced } from "../../frame/debounce";
import { copyText } from "../../frame/copy";
import { words } from "../../words";
import { Columns } from "./Columns";
import { Empty } from "./Empty";
import { Filter } from "./Filter";
import { useLiveRows } from "./live";
import { countQuery, DEFAULT_SORT, rowsQuery } from "./queries";
import { Selection } from "./Selection";
import { Table } from "./Table";
import { splitAnd } from "./splitAnd";
import { tableText } from "./tableText";
import { dropView, saveView, views } from "./views";

const w = words.runs;
const REST_MS = 120;
const EXACTLY = { exact: true }; // "All" is not the view of every filter

export default function Runs() {
  const search = useSearch({ strict: false }) as { q?: string; sort?: string; cols?: string };
  const navigate = useNavigate();
  const [text, setText] = useState(search.q ?? "");
  const q = useDebounced(text, REST_MS);
  const sort = search.sort ?? "";
  const cols = search.cols ?? "";
  const put = useCallback((next: Record<string, string | undefined>) => void navigate({ to: "/", search: (before: Record<string, string | undefined>) => ({ ...before, ...next }) as Record<string, string>, replace: true, resetScroll: false }), [navigate]);

  useEffect(() => {
    document.title = w.pageTitle;
  }, []);
  // The address follows what is typed; a link or the back button leads here with another text.
  // Several of the page's own texts may be on their way to the address at once: each comes back once, and none of them is a link.
  const address = useRef([search.q ?? ""]);
  useEffect(() => {
    if (q === address.current.at(-1)) return;
    address.current.push(q);
    put({ q: q || undefined });
  }, [q, put]);
  useEffect(() => {
    const arrived = address.current.indexOf(search.q ?? "");
    address.current = arrived < 0 ? [search.q ?? ""] : address.current.slice(arrived);
    if (arrived < 0) setText(search.q ?? "");
  }, [search.q]);

  const asked = useInfiniteQuery(rowsQuery({ q, sort, cols }));
  const { live } = useLiveRows();
  const first = asked.data?.pages[0];
  const rows = useMemo(() => asked.data?.pages.flatMap((page) => page.rows) ?? [], [asked.data]);
  const [selected, setSelected] = useState<ReadonlyMap<string, Row>>(new Map());
  const judged = first && !asked.isPlaceholderData ? { q, parsed: first.parsed, problems: first.problems, tokens: first.tokens } : null;
  const pageJudged = useRef(judged);
  if (judged) pageJudged.current = judged;

  if (first && first.total === 0 && !q && !text && !search.q) return <Empty />;
  return (
    <>
      <main id="main" className="page runs" tabIndex={-1}>
        <div className="page-head">
          <h1>{w.title}</h1>
          <span className="muted" role="status">
            {first && first.runs !== null && first.total !== null ? w.counted(first.runs, first.total) : ""}
          </span>
          <Views q={text} sort={sort} cols={cols} choose={(view) => { setText(view.q); address.current.push(view.q); put({ q: view.q || undefined, sort: view.sort || undefined, cols: view.cols || undefined }); }} />
        </div>
        <div className="bar2">
          <Filter text={text} onText={setText} judged={pageJudged.current} />
          <Columns cols={cols} put={(next) => put({ cols: next || undefined })} />
          <Menu position="bottom-end" withinPortal>
            <Menu.Target>
              <button type="button" className="btn hide">
                {w.export} <i className="ico ico-down" />
              </button>
            </Menu.Target>
            <Menu.Dropdown>
              <Menu.Item onClick={() => saveText(tableText(rows, cols, "csv"), "runs.csv", "text/csv")}>{w.exportCsv}</Menu.Item>
              <Menu.Item onClick={() => saveText(JSON.stringify(rows, null, 2), "runs.json", "application/json")}>{w.exportJson}</Menu.Item>
              <Menu.Item onClick={() => void copyText(q ? `quintant list --where '${q.replaceAll("'", "'\\''")}'` : "quintant list")}>{w.exportCommand}</Menu.Item>
            </Menu.Dropdown>
          </Menu>
          <Link className="btn primary" to="/new">
            {w.newRun} <kbd className="kbd">n</kbd>
          </Link>
        </div>
        {asked.error && !asked.data && <FaultNote error={asked.error} retry={() => void asked.refetch()} />}
        {first && rows.length === 0 ? (
          <NoMatch q={q} judged={pageJudged.current?.parsed ?? q} drop={(next) => setText(next)} />
        ) : (
          <Table
            rows={rows}
            total={first?.total ?? null}
            loading={!first}
            fetchMore={asked.hasNextPage && !asked.isFetchingNextPage ? () => void asked.fetchNextPage() : null}
            sort={sort || DEFAULT_SORT}
            setSort={(next) => put({ sort: next === DEFAULT_SORT ? undefined : next })}
            cols={cols}
            live={live}
            selected={selected}
            setSelected={setSelected}
          />
        )}
      </main>
      <Selection selected={selected} clear={() => setSelected(new Map())} />
    </>
  );
}

export function saveText(text: string, name: string, type: string): void {
  const address = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

interface OneView {
  q: string;
  sort: string;
  cols: string;
}

function Views({ q, sort, cols, choose }: OneView & { choose: (view: OneView) => void }) {
  const saved = useStore(views);
  const [naming, setNaming] = useState(false);
  const [name, setName] = useState("");
  const running = useQuery(countQuery("state:running"));
  const failed = useQuery(countQuery("state:failed"));
  const views_: (OneView & { label: string; n?: number; own?: boolean })[] = [
    { label: w.all, q: "", sort: "", cols: "" },
    { label: w.running, q: "state:running", sort: "", cols: "", ...(running.data && { n: running.data.rows }) },
    { label: w.failed, q: "state:failed", sort: "", cols: "", ...(failed.data && { n: failed.data.rows }) },
    ...saved.map((one) => ({ label: one.name, q: one.q, sort: one.sort, cols: one.cols, own: true })),
  ];
  const here = views_.find((one) => one.q === q && one.sort === sort && one.cols === cols) ?? null;
  return (
    <nav className="views" aria-label={w.views}>
      {views_.map((one) => (
        <span key={one.label}>
          <Link
            to="/"
            search={{ ...(one.q && { q: one.q }), ...(one.sort && { sort: one.sort }), ...(one.cols && { cols: one.cols }) }}
            activeOptions={EXACTLY}
            aria-current={one === here ? "true" : undefined}
            onClick={(event) => {
              if (event.metaKey || event.ctrlKey || event.shiftKey) return;
              event.preventDefault();
              choose(one);
            }}
          >
            {one.label} {one.n !== undefined && one.n > 0 && <span className="n">{one.n}</span>}
          </Link>
          {one.own && one === here && (
            <button type="button" className="btn quiet icon s" aria-label={w.dropView(one.label)} onClick={() => dropView(one.label)}>
              <i className="ico ico-x" />
            </button>
          )}
        </span>
      ))}
      {naming ? (
        <form
          className="hstack"
          onSubmit={(event) => {
            event.preventDefault();
            if (name.trim()) saveView({ name: name.trim(), q, sort, cols });
            setNaming(false);
            setName("");
          }}
        >
          <span className="input s">
            <input autoFocus aria-label={w.saveViewName} placeholder={w.saveViewName} value={name} onChange={(event) => setName(event.target.value)} onKeyDown={(event) => event.key === "Escape" && setNaming(false)} />
          </span>
        </form>
      ) : (
        !here && (
          <button type="button" className="as-view" onClick={() => setNaming(true)}>
            {w.saveView}
          </button>
        )
      )}
    </nav>
  );
}

/** Nothing matches: which part to drop, and how many would match then. */
function NoMatch({ q, judged, drop }: { q: string; judged: string; drop: (next: string) => void }) {
  const parts = splitAnd(q);
  return (
    <div className="empty">
      <h2>
        {w.noMatch} <code className="in">{judged || q}</code>
      </h2>
      {parts.length > 1 && parts.slice(0, 4).map((part, index) => <Without key={part} part={part} rest={parts.filter((_, each) => each !== index).join(" and ")} drop={drop} />)}
      <p>
        <button type="button" className="btn s" onClick={() => drop("")}>
          {w.clearFilter}
        </button>
      </p>
    </div>
  );
}

function Without({ part, rest, drop }: { part: string; rest: string; drop: (next: string) => void }) {
  const counted = useQuery(countQuery(rest));
  if (!counted.data?.rows) return null;
  const [before, which] = w.matchWithout(counted.data.rows, part);
  return (
    <p>
      {before} <code className="in">{which}</code>.{" "}
      <button type="button" className="btn s" onClick={() => drop(rest)}>
        {w.dropIt}
      </button>
    </p>
  );
}
