/** What will run: how many, how long, what differs, the one command; and what it will look like. */
import { Suspense } from "react";
import type { Detail } from "../../api/page";
import type { Fault } from "../../api/problem";
import type { LabDetail, Preset } from "../../api/shapes";
import type { Draft } from "../../form/draft";
import { designed } from "../../form/number";
import { brief, type Schema } from "../../form/schema";
import { Boundary } from "../../frame/Boundary";
import { Command } from "../../frame/Copy";
import { copyText } from "../../frame/copy";
import { FaultNote } from "../../frame/Fault";
import { MOD } from "../../frame/keyboard";
import { panelOf } from "../../labs/registry";
import { duration } from "../../numbers/quantity";
import { words } from "../../words";
import { plusMinus } from "../run/HeadFacts";
import type { Judgement } from "./judgement";
import { Previews } from "./Previews";

const w = words.form;

interface Props {
  lab: LabDetail;
  preset: Preset | null;
  run: Detail | null;
  draft: Draft;
  base: Record<string, unknown>;
  config: Record<string, unknown>;
  sweep: Record<string, unknown[]>;
  seeds: number;
  judged: Judgement;
  problems: readonly Fault[];
  reset: (key: string) => void;
  set: (path: string, value: unknown) => void;
  put: (next: Partial<Draft>) => void;
  start: () => void;
  starting: boolean;
  error: Error | null;
  jump: () => void;
  keys: [string, Schema][];
}

export function Aside(props: Props) {
  const { lab, preset, run, draft, base, config, sweep, seeds, judged, problems, reset, set, put, start, starting, error, jump } = props;
  const axes = together(sweep, draft.sweeps);
  const points = axes.reduce((product, [, values]) => product * Math.max(1, values.length), 1);
  const total = points * Math.max(1, seeds);
  const words_ = axes.map(([key, values]) => w.axis(values.length, key)).join(" × ");
  const { foreseen } = judged;
  const rows = [...new Set([...Object.keys(draft.values), ...Object.keys(draft.sweeps)])];
  const faulty = new Set(problems.map((fault) => fault.path.split(".")[0]!));
  const seconds = foreseen?.seconds;
  const time = seconds ? (seconds.low === seconds.high || duration(seconds.low) === duration(seconds.high) ? duration(seconds.high) : `${duration(seconds.low)} – ${duration(seconds.high)}`) : null;
  const command = foreseen?.command ?? fallback(props);
  const Controls = panelOf(lab.name).Controls;
  const expected = Object.keys(draft.values).length === 0 && !run ? (preset?.expected ?? []).slice(0, 1) : [];
  return (
    <>
      <aside className="side" aria-label={w.aside}>
        <p className="big" role="status">
          <b>{draft.until.trim() ? w.runsUpTo(foreseen?.runs ?? total, points * (Number(draft.maxSeeds) || 200)) : w.runs(total)}</b> {(axes.length > 0 || seeds > 1) && <span className="muted">{w.equals(words_, seeds)}</span>}
        </p>
        <dl className="kv2">
          <dt>{w.time}</dt>
          <dd>{time ? <>{time} <span className="muted">{w.fromEarlier(foreseen?.from_runs ?? 0, foreseen?.at_once ?? 1)}</span></> : <span className="muted">{judged.away ? w.notJudged : problems.length ? w.noTimeYet : w.noTime}</span>}</dd>
          {foreseen && !problems.length && (
            <>
              <dt>{w.exist}</dt>
              <dd>
                {w.existOf(foreseen.exist, foreseen.runs)}{" "}
                {(foreseen.exist !== 0 || draft.fresh) && (
                  <label className="muted">
                    <input type="checkbox" className="check" checked={draft.fresh !== ""} onChange={(event) => put({ fresh: event.target.checked ? "1" : "" })} /> {w.fresh}
                  </label>
                )}
              </dd>
            </>
          )}
          {expected.map((one) => (
            <div key={one.metric} className="pair2">
              <dt>{one.origin}</dt>
              <dd title={one.source}>
                {one.metric} {plusMinus(one, one.metric === lab.headline.metric ? lab.headline.unit : "1")}
                {/^doi /.test(one.source) && (
                  <>
                    , <a href={`https://doi.org/${one.source.replace(/^doi\s+/, "").split(/[\s,;]/)[0]}`} rel="noreferrer noopener" target="_blank">{w.doi}</a>
                  </>
                )}
              </dd>
            </div>
          ))}
        </dl>
        <h3>
          {w.changedFrom(run ? w.theRun : preset ? w.thePreset : w.theDefaults)} <span className="n">{rows.length}</span>
        </h3>
        {rows.length ? (
          <table className="tbl small diff">
            <tbody>
              {rows.map((key) => (
                <tr key={key}>
                  <td>
                    <code>{key}</code>
                  </td>
                  <td className="old">{brief(base[key], 24)}</td>
                  <td className={faulty.has(key) ? "badv" : undefined}>
                    {key in draft.sweeps ? draft.sweeps[key]!.replace(/^([^:]+):([^:]+):([^:]+)$/, `$1 … $2, ${w.step} $3`) : brief(draft.values[key], 40)}
                    {faulty.has(key) && " ✕"}
                  </td>
                  <td>
                    <button type="button" className="btn quiet icon s" aria-label={`${w.back(brief(base[key], 24))}, ${key}`} onClick={() => reset(key)}>
                      <i className="ico ico-x" />
                    </button>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        ) : (
          <p className="cap">{w.nothingChanged}</p>
        )}
        <h3>{w.command}</h3>
        <Command text={wrapped(command)} faulty={[...faulty]} />
        <div className="go">
          <button type="button" className="btn primary" disabled={starting} onClick={start}>
            {starting ? w.starting : w.start} <kbd className="kbd">{MOD === "⌘" ? "⌘↵" : "Ctrl ↵"}</kbd>
          </button>
          <button type="button" className="btn" onClick={() => void copyText(location.href)}>
            {w.copyLink}
          </button>
          <ProblemLink problems={problems} jump={jump} />
        </div>
        {error && <FaultNote error={error} />}
        {Controls && (
          <Boundary>
            <Suspense fallback={null}>
              <Controls lab={lab.name} preset={preset?.name ?? null} config={run ? config : draft.values} change={set} />
            </Suspense>
          </Boundary>
        )}
        <Boundary>
          <Previews lab={lab} preset={preset?.name ?? null} config={run ? config : draft.values} whole={config} wrong={problems.length > 0} quiet={problems.length > 0 || !judged.settled} />
        </Boundary>
      </aside>
      <div className="phonebar" role="region" aria-label={w.phoneBar}>
        <span>
          <b>{w.runs(total)}</b>
          <br />
          <span className="muted">{time}</span>
        </span>
        <ProblemLink problems={problems} jump={jump} short />
        <button type="button" className="btn primary" disabled={starting} onClick={start}>
          {w.start}
        </button>
      </div>
    </>
  );
}

function ProblemLink({ problems, jump, short = false }: { problems: readonly Fault[]; jump: () => void; short?: boolean }) {
  if (!problems.length) return null;
  return (
    <button type="button" className="as-link problemlink" onClick={jump}>
      <b aria-hidden="true">✕</b> {short ? w.problems(problems.length) : w.problemIn(problems.length, problems[0]!.path)}
    </button>
  );
}

/** Breaks the one line before options, as one types it in a terminal. */
function wrapped(command: string): string {
  if (command.length < 52) return command;
  const lines: string[] = [];
  let line = "";
  for (const part of command.split(/ (?=--)/)) {
    if (line && (line + " " + part).length > 46) {
      lines.push(line);
      line = part;
    } else line = line ? `${line} ${part}` : part;
  }
  lines.push(line);
  return lines.join(" \\\n    ");
}

/** The axes that multiply: keys of one design share its points and are one. */
function together(sweep: Props["sweep"], texts: Draft["sweeps"]): [string, unknown[]][] {
  const axes = new Map<string, [string, unknown[]]>();
  for (const [key, values] of Object.entries(sweep)) {
    const name = designed(texts[key] ?? "")?.name ?? key;
    const shared = axes.get(name);
    axes.set(name, shared ? [`${shared[0]}, ${key}`, values] : [key, values]);
  }
  return [...axes.values()];
}

/** The command as the page knows it, while the server has not said. */
function fallback({ lab, preset, run, draft }: Props): string {
  const quoted = (value: unknown) => {
    const text = typeof value === "string" ? value : JSON.stringify(value);
    return /^[\w.,:@/+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
  };
  return [
    `quintant run ${lab.name}`,
    run ? `--like ${run.id}` : preset ? `--preset ${preset.name}` : "",
    ...Object.entries(draft.values).map(([key, value]) => `--set ${key}=${quoted(value)}`),
    ...Object.entries(draft.sweeps).map(([key, text]) => `--sweep ${key}=${quoted(text.replaceAll(", ", ","))}`),
    draft.seeds && `--seeds ${draft.seeds}`,
    ...draft.until.split(",").filter((one) => one.trim()).map((one) => `--until ${quoted(one.trim())}`),
    draft.maxSeeds && `--max-seeds ${draft.maxSeeds}`,
    draft.fresh && "--fresh",
    draft.rootSeed && `--root-seed ${draft.rootSeed}`,
    draft.name && `--name ${quoted(draft.name)}`,
  ]
    .filter(Boolean)
    .join(" ");
}
