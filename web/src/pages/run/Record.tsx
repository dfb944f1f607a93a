/** Record: what is needed to repeat the run, and whether it was. */
import { useMutation, useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import type { Detail } from "../../api/page";
import { ask } from "../../api/request";
import { isFinal, type LabDetail, type RunDetail } from "../../api/shapes";
import { useNow } from "../../frame/clock";
import { Command, CopyButton } from "../../frame/Copy";
import { FaultNote } from "../../frame/Fault";
import { duration, when } from "../../numbers/quantity";
import { words } from "../../words";
import { comparisonQuery, recordQuery, runBase, runQuery } from "./queries";
import type { SweepState } from "./sweep";

const w = words.run.record;
const COLOURS = ["var(--s6)", "var(--s4)", "var(--s1)", "var(--s3)", "var(--s2)", "var(--s5)"];

interface Props {
  run: Detail;
  sweep: SweepState | null;
  lab: LabDetail | undefined;
  ended: boolean;
}

export default function RecordTab({ run, sweep, lab, ended }: Props) {
  const asked = useQuery(recordQuery(run.id, ended));
  if (asked.error) return <FaultNote error={asked.error} retry={() => void asked.refetch()} />;
  const record = asked.data?.record ?? {};
  const shelf = record["shelf"] as { found?: number; added?: number } | undefined;
  const versions = Object.entries((record["versions"] ?? {}) as Record<string, string>);
  return (
    <div className="two">
      <div>
        <section className="sect">
          <h2>{w.what}</h2>
          {!ended && <p className="cap">{w.pending}</p>}
          <dl className="kv">
            <Hash name={w.config} hash={run.config_hash} />
            <Hash name={w.code} hash={record["code_sha256"] as string | undefined} />
            <Hash name={w.result} hash={run.result_hash} />
            <Hash name={w.exactValues} hash={run.exact_hash} />
            <Pair name={w.lab} end={`quintant ${(record["versions"] as Record<string, string> | undefined)?.["quintant"] ?? ""}`}>
              {w.labVersion(run.lab, run.lab_version)}
            </Pair>
            {typeof record["platform"] === "string" && (
              <Pair name={w.platform} end={lab?.exact === "anywhere" ? w.bitsAnywhere : w.bitsHere}>
                <code>{record["platform"]}</code>
              </Pair>
            )}
            <Pair name={w.reused}>{run.reused_from ? w.whole(run.reused_from) : shelf && (shelf.found || shelf.added) ? w.shelf(shelf.found ?? 0, shelf.added ?? 0) : w.nothing}</Pair>
            {run.contract && <Pair name={w.contract}>{run.contract}</Pair>}
            {run.attempt > 1 && <Pair name={w.attempts}>{run.attempt}</Pair>}
            <Pair name={w.warnings}>
              {run.warnings.length ? (
                <ul>
                  {run.warnings.map((one) => (
                    <li key={one.path}>
                      <b>{one.path}</b> {one.message} {one.hint}
                    </li>
                  ))}
                </ul>
              ) : (
                w.none
              )}
            </Pair>
          </dl>
        </section>
        <section className="sect">
          <h2>{w.seedsTitle}</h2>
          <p className="cap">{w.seedsSays(run.root_seed, run.replicate + 1)}</p>
          <div className="scrollx" tabIndex={0} role="group" aria-label={w.seedsTitle}>
            <table className="tbl small">
              <thead>
                <tr>
                  <th scope="col">{w.stream}</th>
                  <th scope="col" className="num">
                    {w.seed}
                  </th>
                </tr>
              </thead>
              <tbody>
                {Object.entries(asked.data?.streams ?? {}).map(([name, seed]) => (
                  <tr key={name}>
                    <td>
                      <code>{name}</code>
                    </td>
                    <td className="num">
                      <code>{seed}</code>
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        </section>
        <Timings timings={record["timings"] as Record<string, unknown> | undefined} />
      </div>
      <div>
        <Verification run={run} />
        <section className="sect">
          <h2>{w.command}</h2>
          <Command text={sweep?.detail?.command ?? run.command ?? `quintant run ${run.lab} --like ${run.id}`} />
        </section>
        <section className="sect">
          <div className="toolbar">
            <h2>{w.cite}</h2>
            {lab?.cite && (
              <span className="end">
                <CopyButton text={bibtex(run, lab)} />
              </span>
            )}
          </div>
          <pre className="json" tabIndex={0} role="group" aria-label={w.cite}>
            {bibtex(run, lab)}
          </pre>
        </section>
        <section className="sect">
          <h2>{w.versions}</h2>
          <table className="tbl small">
            <tbody>
              {versions.map(([name, version]) => (
                <tr key={name}>
                  <td>{name}</td>
                  <td className="num">
                    <code>{version}</code>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      </div>
    </div>
  );
}

/** BibTeX of the run itself, and of its lab where the lab names a paper. */
function bibtex(run: Detail, lab: LabDetail | undefined): string {
  const year = (run.ended_at ?? run.created_at).slice(0, 4);
  const own = `@misc{quintant-${run.id},\n  title  = {{${run.name}}},\n  howpublished = {Quintant, lab ${run.lab} version ${run.lab_version}},\n  note   = {run ${run.id}, root seed ${run.root_seed}, config ${run.config_hash.slice(0, 12)}${run.result_hash ? `, result ${run.result_hash.slice(0, 12)}` : ""}},\n  year   = {${year}}\n}`;
  return lab?.cite ? `${own}\n\n${lab.cite.trim()}` : own;
}

function Hash({ name, hash }: { name: string; hash: string | null | undefined }) {
  if (!hash) return null;
  return (
    <>
      <dt>{name}</dt>
      <dd>
        <code>{hash.slice(0, 12)}</code>
        <span className="muted mono clip">{hash.slice(12)}</span>
        <span className="push">
          <CopyButton text={hash} />
        </span>
      </dd>
    </>
  );
}

function Pair({ name, end, children }: { name: string; end?: string; children: React.ReactNode }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>
        {children}
        {end && <span className="end">{end}</span>}
      </dd>
    </>
  );
}

function Timings({ timings }: { timings: Record<string, unknown> | undefined }) {
  if (!timings) return null;
  const seconds = (name: string) => (typeof timings[name] === "number" ? timings[name] : 0);
  const parts = Object.entries(timings).filter((entry): entry is [string, number] => typeof entry[1] === "number" && entry[0].endsWith("_s") && !["queued_s", "cpu_s", "total_s", "wall_s"].includes(entry[0]) && entry[1] > 0);
  const total = parts.reduce((sum, [, value]) => sum + value, 0);
  const phases = Object.entries((timings["phases_s"] ?? {}) as Record<string, number>).filter(([, value]) => typeof value === "number");
  const name = (key: string) => key.replace(/_s$/, "").replaceAll("_", " ");
  return (
    <section className="sect">
      <h2>{w.time(duration(total), duration(seconds("queued_s")))}</h2>
      <div className="times" role="img" aria-label={w.timings(parts.map(([key, value]) => `${name(key)} ${duration(value)}`).join(", "))}>
        {parts.map(([key, value], index) => (
          <i key={key} title={`${name(key)} ${duration(value)}`} style={{ "--f": String(value / total), "--c": COLOURS[index % COLOURS.length] } as React.CSSProperties} />
        ))}
      </div>
      <table className="tbl small timings">
        <tbody>
          {parts.map(([key, value], index) => (
            <tr key={key}>
              <td>
                <span className="swatch" style={{ "--c": COLOURS[index % COLOURS.length] } as React.CSSProperties} /> {name(key)}
              </td>
              <td className="num">{duration(value)}</td>
              <td className="num muted">{Math.round((value / total) * 100)}&nbsp;%</td>
            </tr>
          ))}
          {phases.map(([key, value]) => (
            <tr key={key}>
              <td className="muted">
                {w.phases}: {key}
              </td>
              <td className="num muted">{duration(value)}</td>
              <td />
            </tr>
          ))}
          {seconds("cpu_s") > 0 && (
            <tr>
              <td className="muted">{w.processor}</td>
              <td className="num muted">{duration(seconds("cpu_s"))}</td>
              <td />
            </tr>
          )}
        </tbody>
      </table>
    </section>
  );
}

function Verification({ run }: { run: Detail }) {
  const { verified } = useSearch({ strict: false }) as { verified?: string };
  const navigate = useNavigate();
  const now = useNow();
  const again = useQuery({ ...runQuery(verified ?? ""), enabled: !!verified, refetchInterval: (query) => (query.state.data && isFinal(query.state.data.state) ? false : 500) });
  const compared = useQuery({ ...comparisonQuery(run.id, verified ?? ""), enabled: again.data?.state === "completed" });
  const start = useMutation({
    mutationFn: () => ask<RunDetail>(`${runBase(run.id)}/verify`, { method: "POST" }),
    onSuccess: (made) => void navigate({ to: ".", search: (before: Record<string, string | undefined>) => ({ ...before, verified: made.id }), resetScroll: false }),
  });
  const found = compared.data;
  const title = found ? (found.identical ? w.verified : w.differs) : w.notVerified;
  return (
    <section className="sect">
      <div className="toolbar">
        <h2>{title}</h2>
        <span className="end">
          <button type="button" className="btn s" disabled={run.state !== "completed" || start.isPending || (again.data && !isFinal(again.data.state))} onClick={() => start.mutate()}>
            {found ? words.run.verifyAgain : words.run.verify}
          </button>
        </span>
      </div>
      {!verified && <p className="cap">{w.notSays}</p>}
      {start.error && <FaultNote error={start.error} />}
      {again.error && <FaultNote error={again.error} />}
      {compared.error && <FaultNote error={compared.error} />}
      {again.data && !isFinal(again.data.state) && (
        <div role="status">
          <p className="cap">{again.data.state === "queued" ? w.waits : w.running(Math.floor(again.data.fraction * 100))}</p>
          <div className="bar" role="progressbar" aria-label={words.run.verify} aria-valuemin={0} aria-valuemax={100} aria-valuenow={Math.floor(again.data.fraction * 100)} style={{ "--v": `${again.data.fraction * 100}%` } as React.CSSProperties}>
            <i />
          </div>
        </div>
      )}
      {again.data && isFinal(again.data.state) && again.data.state !== "completed" && <p className="note bad">{w.failed(again.data.state)}</p>}
      {found && again.data && (
        <>
          <div className={found.identical ? "note ok" : "note bad"} role="status">
            <span>{found.identical ? "✓" : "✕"}</span>
            <span>
              {w.again(when(again.data.ended_at, now))}{" "}
              <Link to="/runs/$run" params={{ run: again.data.id }}>
                {again.data.id}
              </Link>
              : {found.identical ? (found.result ? w.identicalSays : w.exactSays) : w.differsFirst} {found.same_platform && found.same_code ? w.samePlatform : !found.same_platform ? w.otherPlatform(found.platforms[0]!, found.platforms[1]!) : w.otherCode}
              {found.differences.length > 0 && (
                <ul>
                  {found.differences.map((one) => (
                    <li key={one}>{one}</li>
                  ))}
                </ul>
              )}
            </span>
          </div>
          <div className="verify-cmd">
            <Command text={`quintant verify ${run.id}`} />
          </div>
        </>
      )}
    </section>
  );
}
