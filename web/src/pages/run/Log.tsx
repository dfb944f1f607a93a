/** The log: a window of its lines, searched by the server; a hundred megabytes open as fast as ten lines. */
import { keepPreviousData, useInfiniteQuery, useQueries, useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useMemo, useRef, useState } from "react";
import type { Detail, LogLines } from "../../api/page";
import { ask, download, query } from "../../api/request";
import { useDebounced } from "../../frame/debounce";
import { FaultNote } from "../../frame/Fault";
import { useKeys } from "../../frame/keyboard";
import { bytes, count } from "../../numbers/quantity";
import { words } from "../../words";
import { copyText } from "../../frame/copy";
import { runBase } from "./queries";

const w = words.run.log;
const CHUNK = 200;
const ROW = 24; // the number of a line is a link: 24 px are the least that a finger hits

type OneLine = LogLines["lines"][number];

export default function Log({ run, live }: { run: Detail; live: boolean }) {
  const navigate = useNavigate();
  const search = useSearch({ strict: false }) as { q?: string; level?: string; line?: string };
  const [text, setText] = useState(search.q ?? "");
  const q = useDebounced(text, 250);
  const level = search.level ?? "";
  const [follow, setFollow] = useState(live && !search.line);
  const here = Number(search.line ?? 0);
  const put = (next: Record<string, string | undefined>) => void navigate({ to: ".", search: (before: Record<string, string | undefined>) => ({ ...before, ...next }), replace: true, resetScroll: false });

  const base = `${runBase(run.id)}/log/lines`;
  const head = useQuery({
    queryKey: ["log", run.id, "head", q],
    queryFn: ({ signal }) => ask<LogLines>(`${base}${query({ line: 1, limit: 1, q })}`, { signal }),
    refetchInterval: live ? 1000 : false,
    placeholderData: keepPreviousData,
  });
  useEffect(() => {
    if ((search.q ?? "") !== q) put({ q: q || undefined });
  }, [q]);

  const total = head.data?.total ?? 0;
  const marks = q ? (head.data?.marks ?? []) : [];
  const matches = q ? (head.data?.matches ?? 0) : 0;
  const at = marks.filter((mark) => mark <= here).length;
  const hop = async (by: 1 | -1) => {
    if (!matches) return;
    const shown = by > 0 ? marks.find((mark) => mark > here) : [...marks].reverse().find((mark) => mark < here);
    let target = shown ?? (by > 0 ? marks[0] : marks.at(-1));
    if (by > 0 && matches > marks.length) {
      const next = await ask<LogLines>(`${base}${query({ line: here + 1, limit: 1, q })}`);
      target = next.lines[0]?.line ?? target;
    }
    if (target) {
      setFollow(false);
      put({ line: String(target) });
    }
  };
  const levels = head.data?.levels ?? {};
  return (
    <section className="logboard">
      <div className="toolbar">
        <span className="input mono find-log">
          <i className="ico ico-find" />
          <input
            type="search"
            aria-label={w.search}
            placeholder={w.search}
            value={text}
            onChange={(event) => setText(event.target.value)}
            onKeyDown={(event) => {
              if (event.key !== "Enter") return;
              event.preventDefault();
              void hop(event.shiftKey ? -1 : 1);
            }}
          />
          {q && (
            <span className="unit" role="status">
              {matches ? w.of(at, matches) : w.noMatch}
            </span>
          )}
        </span>
        <button type="button" className="btn quiet icon" aria-label={w.earlier} disabled={!matches} onClick={() => void hop(-1)}>
          <i className="ico ico-up" />
        </button>
        <button type="button" className="btn quiet icon" aria-label={w.later} disabled={!matches} onClick={() => void hop(1)}>
          <i className="ico ico-down" />
        </button>
        <span className="seg" role="group" aria-label={w.level}>
          <button type="button" aria-pressed={!level} onClick={() => put({ level: undefined })}>
            {w.all} <span className="n">{count(total)}</span>
          </button>
          {Object.entries(levels).map(([name, n]) => (
            <button key={name} type="button" aria-pressed={level === name} onClick={() => put({ level: name })}>
              {name} <span className="n">{count(n)}</span>
            </button>
          ))}
        </span>
        <span className="end">
          <label className="hstack">
            <input type="checkbox" className="check" checked={follow} onChange={(event) => setFollow(event.target.checked)} />
            {w.follow}
          </label>
          <button type="button" className="btn s" onClick={() => put({ line: String(total) })}>
            {w.toEnd} <kbd className="kbd">End</kbd>
          </button>
          <button type="button" className="btn s" onClick={() => void download(`${runBase(run.id)}/log`, `${run.id}.log`)}>
            <i className="ico ico-export" />
            {w.download(bytes(head.data?.size ?? 0))}
          </button>
        </span>
      </div>
      {head.error && <FaultNote error={head.error} retry={() => void head.refetch()} />}
      {head.data && total === 0 && <p className="empty">{w.empty}</p>}
      {total > 0 && (level ? <Filtered base={base} run={run.id} level={level} q={q} live={live} /> : <Whole base={base} run={run.id} total={total} size={head.data?.size ?? 0} q={q} marks={marks} here={here} follow={follow} unfollow={() => setFollow(false)} live={live} toEnd={() => put({ line: String(total) })} />)}
    </section>
  );
}

interface WholeProps {
  base: string;
  run: string;
  total: number;
  size: number;
  q: string;
  marks: number[];
  here: number;
  follow: boolean;
  unfollow: () => void;
  live: boolean;
  toEnd: () => void;
}

function Whole({ base, run, total, size, q, marks, here, follow, unfollow, live, toEnd }: WholeProps) {
  const box = useRef<HTMLDivElement>(null);
  const rows = useVirtualizer({ count: total, getScrollElement: () => box.current, estimateSize: () => ROW, overscan: 20, scrollPaddingStart: 8, scrollPaddingEnd: 8 });
  const items = rows.getVirtualItems();
  const first = items[0]?.index ?? 0;
  const last = items.at(-1)?.index ?? 0;
  const chunks = useMemo(() => {
    const list: number[] = [];
    for (let chunk = Math.floor(first / CHUNK); chunk <= Math.floor(last / CHUNK); chunk++) list.push(chunk);
    return list;
  }, [Math.floor(first / CHUNK), Math.floor(last / CHUNK)]);
  const loaded = useQueries({
    queries: chunks.map((chunk) => {
      const whole = (chunk + 1) * CHUNK <= total;
      return {
        queryKey: ["log", run, chunk, whole || !live ? "whole" : total],
        queryFn: ({ signal }: { signal: AbortSignal }) => ask<LogLines>(`${base}${query({ line: chunk * CHUNK + 1, limit: CHUNK })}`, { signal }),
        staleTime: Infinity,
        placeholderData: keepPreviousData,
      };
    }),
  });
  const lines = new Map<number, OneLine>();
  for (const one of loaded) for (const line of one.data?.lines ?? []) lines.set(line.line, line);

  useEffect(() => {
    if (follow && total) rows.scrollToIndex(total - 1, { align: "end" });
  }, [follow, total]);
  useEffect(() => {
    if (here > 0) rows.scrollToIndex(Math.min(total, here) - 1, { align: "center" });
  }, [here]);
  useKeys([{ keys: "end", where: "run", run: toEnd }]);
  const needle = q.toLowerCase();
  const firstShown = Math.max(1, Math.floor((box.current?.scrollTop ?? 0) / ROW) + 1);
  const lastShown = Math.min(total, firstShown + Math.floor((box.current?.clientHeight ?? 0) / ROW));
  return (
    <>
      <div className="log-frame">
        <div
          ref={box}
          className="log tall"
          role="log"
          aria-live="off"
          aria-label={w.lines}
          tabIndex={0}
          onWheel={(event) => {
            if (event.deltaY < 0) unfollow();
          }}
        >
          <ol style={{ height: rows.getTotalSize(), position: "relative" }}>
            {items.map((item) => {
              const line = lines.get(item.index + 1);
              return (
                <li key={item.key} className={item.index + 1 === here ? "here" : undefined} style={{ position: "absolute", top: 0, left: 0, right: 0, height: ROW, transform: `translateY(${item.start}px)` }}>
                  <LineCells n={item.index + 1} line={line} needle={needle} />
                </li>
              );
            })}
          </ol>
        </div>
        <div className="logmap" aria-hidden="true">
          <b style={{ top: `${((firstShown - 1) / total) * 100}%`, height: `${Math.max(2, ((lastShown - firstShown + 1) / total) * 100)}%` }} />
          {marks.map((mark) => (
            <i key={mark} style={{ top: `${(mark / total) * 100}%` }} />
          ))}
        </div>
      </div>
      <p className="cap">
        {w.foot(firstShown, lastShown, total)} · {w.bytes(bytes(size))} · {w.utc} · {w.says}
      </p>
    </>
  );
}

function Filtered({ base, run, level, q, live }: { base: string; run: string; level: string; q: string; live: boolean }) {
  const pages = useInfiniteQuery({
    queryKey: ["log", run, "level", level, q],
    queryFn: ({ signal, pageParam }) => ask<LogLines>(`${base}${query({ line: pageParam, limit: 500, level, q })}`, { signal }),
    initialPageParam: 1,
    getNextPageParam: (page) => (page.end ? undefined : (page.next ?? undefined)),
    refetchInterval: live ? 3000 : false,
  });
  const lines = pages.data?.pages.flatMap((page) => page.lines) ?? [];
  if (pages.error) return <FaultNote error={pages.error} />;
  if (pages.data && !lines.length) return <p className="empty">{w.noneOf(level)}</p>;
  return (
    <>
      <div className="log tall" role="log" aria-live="off" aria-label={w.lines} tabIndex={0}>
        <ol>
          {lines.map((line) => (
            <li key={line.line}>
              <LineCells n={line.line} line={line} needle={q.toLowerCase()} />
            </li>
          ))}
        </ol>
      </div>
      {pages.hasNextPage && (
        <button type="button" className="btn s" onClick={() => void pages.fetchNextPage()}>
          {words.runs.loadMore}
        </button>
      )}
    </>
  );
}

function LineCells({ n, line, needle }: { n: number; line: OneLine | undefined; needle: string }) {
  return (
    <>
      <a
        className="muted"
        href={`?line=${n}`}
        aria-label={w.link(n)}
        onClick={(event) => {
          event.preventDefault();
          void copyText(`${location.origin}${location.pathname}?line=${n}`);
        }}
      >
        {n}
      </a>
      <span>{line?.time ? clock(line.time) : ""}</span>
      <span className={line?.level === "error" ? "e" : line?.level === "warning" ? "w" : "muted"}>{line?.level ?? ""}</span>
      <span className="text">{line ? marked(line.text, needle) : ""}</span>
    </>
  );
}

function clock(time: string): string {
  return /T(\d\d:\d\d:\d\d)/.exec(time)?.[1] ?? /(\d\d:\d\d:\d\d)/.exec(time)?.[1] ?? time;
}

function marked(text: string, needle: string) {
  if (!needle) return text;
  const parts: React.ReactNode[] = [];
  const lower = text.toLowerCase();
  let at = 0;
  for (let found = lower.indexOf(needle); found >= 0; found = lower.indexOf(needle, at)) {
    parts.push(text.slice(at, found), <mark key={found}>{text.slice(found, found + needle.length)}</mark>);
    at = found + needle.length;
  }
  parts.push(text.slice(at));
  return parts;
}
