/** A run, or a sweep of runs: head, five tabs, the strip of time and record. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { Suspense, useEffect, useMemo } from "react";
import { lab as labQuery } from "../../api/queries";
import { isFinal } from "../../api/shapes";
import { sayProgress } from "../../frame/announce";
import { Boundary } from "../../frame/Boundary";
import { FaultNote } from "../../frame/Fault";
import { useKeys } from "../../frame/keyboard";
import { panelOf } from "../../labs/registry";
import { statusWords } from "../../parts/Status";
import { useFacts } from "../../stream/facts";
import { words } from "../../words";
import { neighbours } from "../runs/order";
import { Head } from "./Head";
import { HeadFacts } from "./HeadFacts";
import { Strip } from "./Strip";
import { artifactsQuery, runQuery } from "./queries";
import { useSweep, type SweepState } from "./sweep";
import { useTimeCursor } from "./timeCursor";
import { Command } from "../../frame/Copy";
import type { Detail } from "../../api/page";
import { part } from "../../frame/part";

const Results = part(() => import("./Results"));
const Config = part(() => import("./Config"));
const Data = part(() => import("./Data"));
const Log = part(() => import("./Log"));
const Record = part(() => import("./Record"));

export const TABS = ["results", "config", "data", "log", "record"] as const;
export type Tab = (typeof TABS)[number];
const EXACT = { exact: true, includeSearch: false };

export default function RunPage() {
  const params = useParams({ strict: false }) as { run?: string; sweep?: string; tab?: string };
  const search = useSearch({ strict: false }) as { point?: string; replicate?: string };
  const tab: Tab = TABS.find((one) => one === params.tab) ?? "results";
  return params.sweep ? <OfSweep id={params.sweep} tab={tab} point={Number(search.point ?? -1)} replicate={Number(search.replicate ?? 0)} /> : <OfRun id={params.run!} tab={tab} />;
}

function OfRun({ id, tab }: { id: string; tab: Tab }) {
  const asked = useQuery(runQuery(id));
  if (asked.error && !asked.data) return <Refused error={asked.error} />;
  if (!asked.data) return <Waiting />;
  return <Page run={asked.data} sweep={null} tab={tab} />;
}

function OfSweep({ id, tab, point, replicate }: { id: string; tab: Tab; point: number; replicate: number }) {
  const sweep = useSweep(id, point, replicate);
  const asked = useQuery({ ...runQuery(sweep.run ?? ""), enabled: sweep.run !== null });
  const error = sweep.error ?? asked.error;
  if (error && !asked.data) return <Refused error={error} />;
  if (!asked.data || !sweep.detail) return <Waiting />;
  return <Page run={asked.data} sweep={sweep} tab={tab} />;
}

function Refused({ error }: { error: Error }) {
  return (
    <main id="main" className="run" tabIndex={-1}>
      <h1 className="sr">{words.frame.notFound}</h1>
      <FaultNote error={error}>
        <p>
          <Link to="/">{words.frame.toRuns}</Link>
        </p>
      </FaultNote>
    </main>
  );
}

function Waiting() {
  return (
    <main id="main" className="run" tabIndex={-1} aria-busy="true">
      <h1 className="sr">{words.frame.loading}</h1>
      <div className="run-skel">
        <span className="skel" />
        <span className="skel" />
        <span className="skel" />
      </div>
    </main>
  );
}

function Page({ run, sweep, tab }: { run: Detail; sweep: SweepState | null; tab: Tab }) {
  const navigate = useNavigate();
  const client = useQueryClient();
  const panel = panelOf(run.lab);
  const lab = useQuery(labQuery(run.lab));
  const live = !isFinal(run.state);
  const cursor = useTimeCursor(run, live);
  const facts = useFacts(run.id, live || cursor.wanted);
  const artifacts = useQuery({ ...artifactsQuery(run.id, !live), enabled: run.state !== "queued" });
  const id = sweep?.detail?.id ?? run.id;
  const name = run.name;

  // A state that the log tells is the state that the page shows.
  const state = facts.last?.kind === "state" ? `${facts.last.seq}` : null;
  useEffect(() => {
    if ((state || facts.ended) && live) void client.invalidateQueries({ queryKey: ["run", run.id] });
  }, [state, facts.ended, live]);

  const fraction = facts.fraction ?? run.fraction;
  const progress = panel.progress?.({ ...run.values, ...facts.values }, run.config) ?? null;
  const stateWords = statusWords(run.state, fraction, progress);
  useEffect(() => {
    if (live) sayProgress(`${name}: ${stateWords}`);
  }, [live, Math.floor(fraction * 10)]);
  useEffect(() => {
    document.title = words.run.title(name);
  }, [name]);

  const place = useMemo(() => neighbours(id), [id]);
  const go = (to: string | null | undefined) => {
    if (!to) return false;
    const [kind, target] = to.split(":") as ["run" | "sweep", string];
    const here = TABS.find((one) => location.pathname.endsWith(`/${one}`)) ?? "results"; // the address knows before the page is drawn
    void navigate(link(kind, target, here));
    return;
  };
  useKeys([
    ...TABS.map((one, index) => ({ keys: String(index + 1), where: "run" as const, run: () => void navigate(link(sweep ? "sweep" : "run", id, one)) })),
    { keys: "[", where: "run", run: () => go(place?.previous) },
    { keys: "]", where: "run", run: () => go(place?.next) },
  ]);

  return (
    <>
      <main id="main" className={`run${panel.even ? " even" : ""}`} tabIndex={-1}>
        {panel.notice && (
          <p className="note warn notice" role="note">
            <i className="ico ico-warn" />
            <span>
              <b>{panel.notice.bold}</b> {panel.notice.text}
            </span>
          </p>
        )}
        <Head run={run} sweep={sweep} lab={lab.data} stateWords={stateWords} fraction={fraction} tab={tab} />
        {tab === "results" && <HeadFacts run={run} sweep={sweep} lab={lab.data} values={{ ...run.values, ...facts.values }} fraction={fraction} />}
        <div className="run-cmd">
          <Command text={sweep?.detail?.command ?? run.command ?? `quintant run ${run.lab} --like ${id}`} />
        </div>
        <nav className="tabs" aria-label={words.run.parts}>
          {TABS.map((one) => (
            <Link key={one} {...link(sweep ? "sweep" : "run", id, one)} search={keepPlace} activeOptions={EXACT} aria-current={one === tab ? "page" : undefined}>
              {words.run.tabs[one]}
              {one === "data" && artifacts.data && artifacts.data.length > 0 && <span className="n">{artifacts.data.length}</span>}
            </Link>
          ))}
          {place && (
            <span className="end">
              <span>{words.run.inThisList(place.at, place.of)}</span>
              <button type="button" className="kbd" aria-label={words.run.previous} disabled={!place.previous} onClick={() => void go(place.previous)}>
                [
              </button>
              <button type="button" className="kbd" aria-label={words.run.next} disabled={!place.next} onClick={() => void go(place.next)}>
                ]
              </button>
            </span>
          )}
        </nav>
        <Boundary key={`${id}/${tab}`}>
          <Suspense fallback={<div className="run-skel"><span className="skel" /><span className="skel" /></div>}>
            {tab === "results" && <Results run={run} sweep={sweep} facts={facts} live={live} cursor={cursor} />}
            {tab === "config" && <Config run={run} sweep={sweep} />}
            {tab === "data" && <Data run={run} ended={!live} />}
            {tab === "log" && <Log run={run} live={live} />}
            {tab === "record" && <Record run={run} sweep={sweep} lab={lab.data} ended={!live} />}
          </Suspense>
        </Boundary>
      </main>
      <Strip run={run} sweep={sweep} facts={facts} cursor={cursor} fraction={fraction} progress={progress} live={live} lab={lab.data} tab={tab} />
    </>
  );
}

/** Where a tab of a run or of a sweep is. */
export function link(kind: "run" | "sweep", id: string, tab: Tab) {
  if (kind === "sweep") return tab === "results" ? ({ to: "/sweeps/$sweep", params: { sweep: id } } as const) : ({ to: "/sweeps/$sweep/$tab", params: { sweep: id, tab } } as const);
  return tab === "results" ? ({ to: "/runs/$run", params: { run: id } } as const) : ({ to: "/runs/$run/$tab", params: { run: id, tab } } as const);
}

/** The point, the replicate and the verification go along from tab to tab. */
function keepPlace(before: Record<string, string | undefined>): Record<string, string> {
  return Object.fromEntries(["point", "replicate", "verified"].flatMap((name) => (before[name] ? [[name, before[name]]] : [])));
}
