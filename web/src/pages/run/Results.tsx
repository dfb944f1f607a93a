/** The lab's figures, hero first; they draw themselves while the run goes. */
import { useMutation, useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { Suspense, useEffect, useMemo, useRef, type ReactNode } from "react";
import type { Detail, ListedFigure } from "../../api/page";
import { ask, NATIVE } from "../../api/request";
import { isFinal, type Created, type Fact } from "../../api/shapes";
import { Boundary } from "../../frame/Boundary";
import { copyText } from "../../frame/copy";
import { FaultNote } from "../../frame/Fault";
import { useKeys } from "../../frame/keyboard";
import { CourseFigure } from "../../figure/CourseFigure";
import { Figure } from "../../figure/Figure";
import { listed, named } from "../../figure/queries";
import { panelOf } from "../../labs/registry";
import { genericCourses } from "../../labs/generic";
import { duration } from "../../numbers/quantity";
import type { Facts } from "../../stream/facts";
import { words } from "../../words";
import { runBase, sweepBase } from "./queries";
import type { SweepState } from "./sweep";
import { markAt, type TimeCursor } from "./timeCursor";

interface Props {
  run: Detail;
  sweep: SweepState | null;
  facts: Facts;
  live: boolean;
  cursor: TimeCursor;
}

export default function Results({ run, sweep, facts, live, cursor }: Props) {
  const panel = panelOf(run.lab);
  const past = cursor.at !== null;
  const until = useMemo(() => upTo(facts.list, cursor.at), [facts.list, cursor.at]);
  const courses = panel.courses ?? genericCourses(facts.list);
  const showLive = (live && run.state !== "queued") || past;
  const LivePanel = panel.LivePanel;
  const ResultPanel = panel.ResultPanel;
  const lead: ReactNode[] = !showLive
    ? []
    : LivePanel
      ? [
          <Boundary key="live">
            <Suspense fallback={null}>
              <LivePanel run={run} facts={until} live={live && !past} />
            </Suspense>
          </Boundary>,
        ]
      : courses.map((course, index) => (
          <Boundary key={course.name}>
            <CourseFigure course={course} facts={until} config={run.config} live={live && !past} past={past} tall={index === 0} />
          </Boundary>
        ));
  return (
    <>
      <UntilNote sweep={sweep} />
      <StateNote run={run} sweep={sweep} />
      <Board run={run} sweep={sweep} live={live} beat={facts.beat} lead={lead} />
      {ResultPanel && (
        <Boundary>
          <Suspense fallback={null}>
            <ResultPanel run={run} live={live} facts={facts.list} />
          </Suspense>
        </Boundary>
      )}
    </>
  );
}

/** The facts up to the cursor, a share of the progress that was told: with all that came before the next progress. */
function upTo(facts: readonly Fact[], at: number | null): readonly Fact[] {
  if (at === null || !facts.length) return facts;
  const marks = facts.flatMap((fact, index) => (fact.kind === "progress" ? [index] : []));
  if (!marks.length) return facts;
  return facts.slice(0, marks[markAt(at, marks.length) + 1] ?? facts.length);
}

function Board({ run, sweep, live, beat, lead }: { run: Detail; sweep: SweepState | null; live: boolean; beat: number; lead: ReactNode[] }) {
  const panel = panelOf(run.lab);
  const sweepId = sweep?.detail?.id ?? null;
  const names = useQuery(named(runBase(run.id)));
  const ofRun = useQuery({ ...listed(runBase(run.id), isFinal(run.state)), refetchInterval: live ? 4000 : false });
  const ofSweep = useQuery({ ...listed(sweepBase(sweepId ?? ""), !(sweep?.live ?? false)), enabled: sweepId !== null, refetchInterval: sweep?.live ? 4000 : false });
  const search = useSearch({ strict: false }) as { figure?: string };
  useScrollTo(search.figure, ofRun.data !== undefined);
  const error = names.error ?? ofRun.error;
  if (error) return <FaultNote error={error} retry={() => void ofRun.refetch()} />;
  if (!names.data) return lead.length ? <Columns placed={[]} even={panel.even} pickers={null} lead={lead} /> : <div className="run-skel"><span className="skel" /><span className="skel" /></div>;
  if (!names.data.length && !lead.length) return <p className="muted">{words.run.noFigures}</p>;
  const known = ofRun.data !== undefined && (sweepId === null || ofSweep.data !== undefined);
  // Until it is told what can be drawn, the cards stand; a lab's own hero of one ended run is drawn at once.
  const list = known ? ofRun.data! : names.data;
  const swept = (sweep?.summary?.points.length ?? 0) > 1;
  const ofWhole = new Map((sweepId ? (ofSweep.data ?? []) : []).map((figure) => [figure.name, figure]));
  const placed: Placed[] = [];
  const none: ListedFigure[] = [];
  for (const figure of list) {
    const whole = ofWhole.get(figure.name);
    if (whole && whole.drawable !== false) placed.push({ figure: whole, base: sweepBase(sweepId!), live: sweep?.live ?? false, beat: sweep ? sweep.done + 1 : 0, whole: true, hold: false });
    else if (figure.drawable !== false) placed.push({ figure, base: runBase(run.id), live, beat, whole: false, hold: !known && !(figure.hero && figure.of === "run" && run.state === "completed") });
    else none.push(figure);
  }
  // Over a sweep its own figures come first; replicates of one config show the lab's heroes, whatever they are of.
  const ordered = placed
    .map((one, index) => ({ ...one, index }))
    .sort((a, b) => (swept ? Number(b.whole) - Number(a.whole) : 0) || Number(b.figure.hero) - Number(a.figure.hero) || a.index - b.index);
  const pickers = sweep && (swept || (sweep.detail?.seeds ?? 1) > 1) && ordered.some((one) => !one.whole) ? <Pickers sweep={sweep} /> : null;
  return (
    <>
      {pickers && !swept && pickers}
      {ordered.length + lead.length > 0 && <Columns placed={ordered} even={panel.even} pickers={swept ? pickers : null} lead={lead} said={panel.line?.(run.config) ?? []} busy={!known} />}
      {none.length > 0 && (
        <details className="notdrawn">
          <summary>{words.run.notDrawnBecause(none.length)}</summary>
          <ul>
            {none.map((figure) => (
              <li key={figure.name}>
                <b>{figure.title}</b>: {figure.reason?.replace(/^figure \S+ cannot be drawn: /, "")}
              </li>
            ))}
          </ul>
        </details>
      )}
    </>
  );
}

interface Placed {
  figure: ListedFigure;
  base: string;
  live: boolean;
  beat: number;
  /** Of the whole sweep, not of one run. */
  whole: boolean;
  hold: boolean;
}

/** The first figure is the widest; the next stand beside it, then one to each side in turn. */
function Columns({ placed, even = false, pickers, lead, said = [], busy = false }: { placed: readonly Placed[]; even: boolean | undefined; pickers: ReactNode; lead: ReactNode[]; said?: readonly string[]; busy?: boolean }) {
  const left: ReactNode[] = [];
  const right: ReactNode[] = [];
  const draw = (one: Placed) => <Figure key={one.base + one.figure.name} base={one.base} figure={one.figure} hold={one.hold} live={one.live} beat={one.beat} said={said} link={`${location.origin}${location.pathname}?figure=${one.figure.name}`} />;
  // What draws itself leads; beside it stand the figures that can be drawn already, or else its own second and third.
  if (lead.length) {
    const own = placed.length ? lead : lead.slice(0, 1);
    left.push(...own);
    right.push(...lead.slice(own.length));
    placed.forEach((one, index) => (index % 3 === 2 ? left : right).push(draw(one)));
  } else placed.forEach((one, index) => ((even ? index % 2 === 0 : index === 0 || (index > 2 && index % 2 === 1)) ? left : right).push(draw(one)));
  if (pickers) left.splice(Math.max(1, lead.length), 0, <div key="pickers">{pickers}</div>);
  if (!right.length) return <div className="board one" aria-busy={busy}>{left}</div>;
  return (
    <div className={even ? "board even" : "board"} aria-busy={busy}>
      <div className="col">{left}</div>
      <div className="col">{right}</div>
    </div>
  );
}

/** A sweep's single runs: which point, which replicate. */
function Pickers({ sweep }: { sweep: SweepState }) {
  const navigate = useNavigate();
  const points = sweep.summary?.points ?? [];
  const replicates = points[sweep.point]?.runs.length ?? 1;
  const go = (point: number, replicate: number) => void navigate({ to: ".", search: (before: Record<string, string | undefined>) => ({ ...before, point: String(point), replicate: String(replicate) }), replace: true, resetScroll: false });
  const by = (step: number) => {
    if (replicates < 2) return false;
    go(sweep.point, (sweep.replicate + step + replicates) % replicates);
    return;
  };
  useKeys([
    { keys: ",", where: "run", run: () => by(-1) },
    { keys: ".", where: "run", run: () => by(1) },
  ]);
  const keys = Object.keys(points[0]?.point ?? {});
  const name = (point: Record<string, unknown>) => keys.map((key) => short(point[key])).join(" · ");
  return (
    <div className="pickers">
      {points.length > 1 && (
        <>
          <span className="cap">{keys.join(" · ")}</span>
          {points.length <= 12 ? (
            <span className="seg" role="group" aria-label={words.run.pointsPicker}>
              {points.map((point, index) => (
                <button key={index} type="button" aria-pressed={index === sweep.point} onClick={() => go(index, 0)}>
                  {name(point.point)}
                </button>
              ))}
            </span>
          ) : (
            <select className="select" aria-label={words.run.pointsPicker} value={sweep.point} onChange={(event) => go(Number(event.target.value), 0)}>
              {points.map((point, index) => (
                <option key={index} value={index}>
                  {name(point.point)}
                </option>
              ))}
            </select>
          )}
        </>
      )}
      {replicates > 1 && (
        <span className="end">
          <span className="cap">{words.run.figuresShow}</span>
          <button type="button" className="kbd" aria-label={words.run.earlierReplicate} onClick={() => void by(-1)}>
            ,
          </button>
          <span>{words.run.replicateAt(sweep.replicate + 1, replicates)}</span>
          <button type="button" className="kbd" aria-label={words.run.laterReplicate} onClick={() => void by(1)}>
            .
          </button>
        </span>
      )}
    </div>
  );
}

function short(value: unknown): string {
  const text = typeof value === "object" ? JSON.stringify(value) : String(value);
  return text.length > 24 ? text.slice(0, 22) + "…" : text;
}

function useScrollTo(name: string | undefined, ready: boolean) {
  const done = useRef(false);
  useEffect(() => {
    if (!name || !ready || done.current) return;
    const target = document.getElementById(`figure-${name}`);
    if (!target) return;
    done.current = true;
    target.scrollIntoView({ block: "start" });
    target.querySelector<HTMLElement>("[tabindex]")?.focus({ preventScroll: true });
  });
}

/** What there is to say of a run that has no figure yet, and the three next steps after a quick one. */
/** Of a sweep that adds seeds until they are enough: what for, and how it ended. */
function UntilNote({ sweep }: { sweep: SweepState | null }) {
  const until = sweep?.detail?.until;
  if (!sweep || !until) return null;
  const points = sweep.summary?.points ?? [];
  const missed = points.filter((one) => one.until?.converged === false);
  const says = sweep.live
    ? words.run.untilLive(until.max_seeds)
    : missed.length === 0
      ? words.run.untilPrecise(points.length, points.map((one) => one.runs.length))
      : missed.map((one) => `${Object.entries(one.point).map(([key, value]) => `${key} ${String(value)}: `).join("")}${one.until?.reason ?? ""}`).slice(0, 5).join("; ") + (missed.length > 5 ? words.run.untilMore(missed.length - 5) : "");
  return (
    <p className={`note state-note ${!sweep.live && missed.length ? "bad" : ""}`} role="status">
      <span>
        <b>{words.run.untilTitle(until.targets.join(", "))}</b> {says}
      </span>
    </p>
  );
}

function StateNote({ run, sweep }: { run: Detail; sweep: SweepState | null }) {
  const took = run.started_at && run.ended_at ? (Date.parse(run.ended_at) - Date.parse(run.started_at)) / 1000 : null;
  const navigate = useNavigate();
  if (run.state === "queued")
    return (
      <p className="note state-note">
        <span>
          <b>{words.run.queuedTitle}.</b> {words.run.queuedSays}
        </span>
      </p>
    );
  if (run.state === "failed" || run.state === "cancelled")
    return (
      <div className={`note state-note ${run.state === "failed" ? "bad" : ""}`}>
        <span className="grow">
          <b>{run.state === "failed" ? words.run.failedTitle : words.run.cancelledTitle}.</b> {run.reason?.replace(/[^.!?]$/, "$&.")} {words.run.keptSays}
        </span>
        <Link className="btn s" to="/new/$lab" params={{ lab: run.lab }} search={{ from: run.id }}>
          {words.run.changeAndRun}
        </Link>
        <Link className="btn s quiet" to="/runs/$run/$tab" params={{ run: run.id, tab: "log" }}>
          {words.run.openLog}
        </Link>
      </div>
    );
  const recent = run.ended_at && Date.now() - Date.parse(run.ended_at) < 120_000;
  if (sweep || run.sweep_id || took === null || !recent || run.verify_of || run.reused_from) return null;
  return (
    <p className="note state-note">
      <span>
        {words.run.tookFirst(duration(took))}{" "}
        <Link to="/new/$lab" params={{ lab: run.lab }} search={{ from: run.id }}>
          {words.run.change}
        </Link>{" "}
        ·{" "}
        <RepeatTen run={run} onStarted={(id) => void navigate({ to: "/sweeps/$sweep", params: { sweep: id } })} /> ·{" "}
        <button type="button" className="as-link" onClick={() => void copyText(run.command ?? `quintant run ${run.lab} --like ${run.id}`)}>
          {words.run.firstCopy}
        </button>
      </span>
    </p>
  );
}

function RepeatTen({ run, onStarted }: { run: Detail; onStarted: (sweep: string) => void }) {
  const start = useMutation({
    mutationFn: () => ask<Created>(`${NATIVE}/runs`, { method: "POST", body: { from_run: run.id, seeds: 10, root_seed: run.root_seed, name: run.name } }),
    onSuccess: (created) => created.sweep && onStarted(created.sweep.id),
  });
  return (
    <button type="button" className="as-link" disabled={start.isPending} onClick={() => start.mutate()}>
      {words.run.firstRepeat}
    </button>
  );
}
