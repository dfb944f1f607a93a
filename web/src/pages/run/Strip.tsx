/** The strip at the bottom of every run page: one time cursor, and where the record's ends are. */
import { useQuery } from "@tanstack/react-query";
import { useSearch } from "@tanstack/react-router";
import type { Detail } from "../../api/page";
import type { LabDetail } from "../../api/shapes";
import { useKeys } from "../../frame/keyboard";
import type { Facts } from "../../stream/facts";
import { words } from "../../words";
import { panelOf } from "../../labs/registry";
import { comparisonQuery, recordQuery, runQuery } from "./queries";
import type { Tab } from "./Run";
import type { SweepState } from "./sweep";
import { markAt, type TimeCursor } from "./timeCursor";

interface Props {
  run: Detail;
  sweep: SweepState | null;
  facts: Facts;
  cursor: TimeCursor;
  fraction: number;
  progress: string | null;
  live: boolean;
  lab: LabDetail | undefined;
  tab: Tab;
}

const w = words.run.strip;

export function Strip({ run, sweep, facts, cursor, fraction, progress, live, lab, tab }: Props) {
  const marks = facts.list.filter((fact) => fact.kind === "progress");
  const at = cursor.at ?? 1;
  const share = live ? at * fraction : at;
  const shown = cursor.at !== null && marks.length ? marks[markAt(at, marks.length)]!.payload : null;
  const place = shown ? (panelOf(run.lab).progress?.(shown, run.config) ?? percent(shown["fraction"])) : (progress ?? (live ? percent(fraction) : null));
  const step = (by: number) => {
    if (sweep && (sweep.detail?.seeds ?? 1) > 1) return false; // there , and . choose the replicate
    if (marks.length) cursor.set((Math.round(at * marks.length) + by) / marks.length);
    else cursor.set(by > 0 ? cursor.at : 0); // the log is on its way
    return;
  };
  useKeys([
    { keys: "space", where: "run", run: () => cursor.play() },
    { keys: ",", where: "run", run: () => step(-1) },
    { keys: ".", where: "run", run: () => step(1) },
  ]);
  return (
    <div className="strip" role="region" aria-label={w.label}>
      {tab === "results" && run.state !== "queued" && (
        <>
          <span className="play">
            <button type="button" aria-label={w.first} onClick={() => cursor.set(0)}>
              <i className="ico ico-first" />
            </button>
            <button type="button" aria-label={cursor.playing ? w.stop : w.play} aria-pressed={cursor.playing} onClick={() => cursor.play()}>
              <i className={`ico ico-${cursor.playing ? "pause" : "play"}`} />
            </button>
            <button type="button" aria-label={w.last} onClick={() => cursor.set(null)}>
              <i className="ico ico-last" />
            </button>
          </span>
          <input
            type="range"
            className="track"
            aria-label={w.cursor}
            aria-valuetext={place ?? percent(share) ?? ""}
            min={0}
            max={1000}
            value={Math.round(share * 1000)}
            style={{ "--v": `${(share * 100).toFixed(2)}%`, "--c": live ? "var(--running)" : "var(--ink)" } as React.CSSProperties}
            onChange={(event) => {
              const wanted = Number(event.target.value) / 1000;
              cursor.set(live ? (fraction ? Math.min(1, wanted / fraction) : null) : wanted);
            }}
          />
        </>
      )}
      <span className="at">{tab === "results" ? place : null}</span>
      <Hashes run={run} sweep={sweep} facts={facts} live={live} lab={lab} tab={tab} />
    </div>
  );
}

function percent(fraction: unknown): string | null {
  return typeof fraction === "number" ? `${Math.floor(fraction * 100)}\u00a0%` : null;
}

function Hashes({ run, sweep, facts, live, lab, tab }: Pick<Props, "run" | "sweep" | "facts" | "live" | "lab" | "tab">) {
  const record = useQuery({ ...recordQuery(run.id, !live), enabled: !live });
  const platform = record.data?.record["platform"];
  const seeds = sweep?.detail;
  return (
    <span className="hashes">
      {tab !== "results" && (
        <span>
          {words.run.runId} <code>{run.id}</code>
        </span>
      )}
      {live && facts.received > 0 && (
        <span>
          {w.events(facts.received)} <code>{words.run.strip.lost(Math.max(0, (facts.last?.seq ?? 0) - facts.received))}</code>
        </span>
      )}
      <span>{seeds && seeds.seeds > 1 ? words.run.rootSeeds(seeds.root_seed, seeds.root_seed + seeds.seeds - 1) : words.run.rootSeed(run.root_seed)}</span>
      <span>
        {w.result} <code>{run.result_hash?.slice(0, 12) ?? "–"}</code>
      </span>
      {lab?.exact === "anywhere" ? (
        <span className="desk">
          {w.exact} <code>{w.everywhere}</code>
        </span>
      ) : (
        typeof platform === "string" && (
          <span className="desk">
            {w.platform} <code>{platform}</code>
          </span>
        )
      )}
      {run.state === "completed" && <Verified run={run} />}
    </span>
  );
}

function Verified({ run }: { run: Detail }) {
  const { verified } = useSearch({ strict: false }) as { verified?: string };
  const again = useQuery({ ...runQuery(verified ?? ""), enabled: !!verified });
  const compared = useQuery({ ...comparisonQuery(run.id, verified ?? ""), enabled: again.data?.state === "completed" });
  if (!compared.data) return <span>{w.notVerified}</span>;
  return compared.data.identical ? <span className="okv">✓ {w.verified}</span> : <span className="badv">✕ {w.differs}</span>;
}
