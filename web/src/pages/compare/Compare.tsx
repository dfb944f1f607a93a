/** Compare: up to eight series overlaid, what differs between them in words, and by how much, paired by seed. */
import { Menu, Popover } from "@mantine/core";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useEffect, useMemo, useState } from "react";
import type { Comparable } from "../../api/page";
import { runsNamed } from "../../api/queries";
import { ask, NATIVE } from "../../api/request";
import { useOffer } from "../../frame/actions";
import { copyText } from "../../frame/copy";
import { FaultNote } from "../../frame/Fault";
import { Figure } from "../../figure/Figure";
import { brief } from "../../form/schema";
import { count, duration, numeral, parts, scale } from "../../numbers/quantity";
import { Seg } from "../../parts/Choose";
import { words } from "../../words";
import { saveText } from "../runs/Runs";
import { Coordinates, kept, type Brushes } from "./Coordinates";
import { comparisonCsv } from "./comparisonCsv";
import { Mark } from "./Mark";

const w = words.compare;
const MOST = 8;

export default function Compare() {
  const search = useSearch({ strict: false }) as { series?: string; baseline?: string; metric?: string; at?: string };
  const navigate = useNavigate();
  const series = (search.series ?? "").split(",").filter(Boolean).slice(0, MOST);
  const baseline = search.baseline && series.includes(search.baseline) ? search.baseline : series[0];
  const put = (next: Record<string, string | undefined>) => void navigate({ to: "/compare", search: (before: Record<string, string | undefined>) => ({ ...before, ...next }) as Record<string, string>, resetScroll: false });
  useEffect(() => {
    document.title = w.pageTitle;
  }, []);
  const asked = useQuery({
    queryKey: ["compare", series, baseline],
    queryFn: async ({ signal }): Promise<Comparable> => opened(await ask<Comparable>(`${NATIVE}/compare`, { method: "POST", body: { series, baseline }, signal })),
    enabled: series.length >= 2,
    placeholderData: keepPreviousData,
  });
  const set = (keys: string[]) => put({ series: keys.join() || undefined });
  if (series.length < 2)
    return (
      <main id="main" className="run" tabIndex={-1}>
        <div className="run-head">
          <h1>{w.title}</h1>
        </div>
        <div className="empty">
          <h2>{w.choose}</h2>
          <p>{series.length ? w.onlyOne : w.chooseSays}</p>
          <div className="hstack center">
            <Add chosen={series} add={(key) => set([...series, key])} />
            <Link className="btn" to="/">
              {w.toRuns}
            </Link>
          </div>
        </div>
      </main>
    );
  if (asked.error)
    return (
      <main id="main" className="run" tabIndex={-1}>
        <div className="run-head">
          <h1>{w.title}</h1>
        </div>
        <FaultNote error={asked.error} retry={() => void asked.refetch()} />
        <ul className="cap">
          {series.map((key) => (
            <li key={key}>
              <code>{key}</code>{" "}
              <button type="button" className="btn quiet icon s" aria-label={w.drop(key)} onClick={() => set(series.filter((one) => one !== key))}>
                <i className="ico ico-x" />
              </button>
            </li>
          ))}
        </ul>
      </main>
    );
  if (!asked.data)
    return (
      <main id="main" className="run" tabIndex={-1} aria-busy="true">
        <div className="run-head">
          <h1>{w.title}</h1>
        </div>
        <div className="run-skel">
          <span className="skel" />
          <span className="skel" />
          <span className="skel" />
        </div>
      </main>
    );
  return <Compared data={asked.data} keys={series} baseline={baseline!} metric={search.metric} at={search.at} put={put} set={set} />;
}

interface Props {
  data: Comparable;
  keys: string[];
  baseline: string;
  metric: string | undefined;
  at: string | undefined;
  put: (next: Record<string, string | undefined>) => void;
  set: (keys: string[]) => void;
}

function Compared({ data, keys, baseline, metric, at, put, set }: Props) {
  const [brushes, setBrushes] = useState<Brushes>({});
  const runs = data.series.reduce((sum, one) => sum + one.runs, 0);
  const seeds = data.series.map((one) => new Set(one.seeds)).reduce((common, one) => new Set([...common].filter((seed) => one.has(seed))), new Set(data.series[0]?.seeds ?? []));
  const common = [...seeds].sort((a, b) => a - b);
  const command = `quintant compare ${keys.join(" ")}`;
  useOffer({ what: w.title.toLowerCase(), actions: [{ id: "compare", verb: "compare", text: keys.join(", "), command, run: () => void copyText(command) }] });
  const shownMetric = data.metrics.find((one) => one.name === metric) ?? data.metrics.find((one) => one.hero) ?? data.metrics[0];
  const base = data.series.find((one) => one.key === baseline) ?? data.series[0]!;
  const extra = { series: keys.join(), baseline: base.key, ...(shownMetric && { metric: shownMetric.name }) };
  return (
    <main id="main" className="run" tabIndex={-1}>
      <div className="run-head">
        <h1>{w.title}</h1>
        <span className="muted">
          {w.says(data.series.length, runs, data.lab)}
          {common.length > 1 ? w.pairedBy(common[0]!, common.at(-1)!) : ""}
        </span>
        <div className="acts">
          <Menu position="bottom-end" withinPortal>
            <Menu.Target>
              <button type="button" className="btn">
                {w.swap} <i className="ico ico-down" />
              </button>
            </Menu.Target>
            <Menu.Dropdown>
              {data.series.map((one) => (
                <Menu.Item key={one.key} disabled={one.key === base.key} onClick={() => put({ baseline: one.key })}>
                  {one.name} {one.label !== one.name && <span className="muted">{one.label}</span>}
                </Menu.Item>
              ))}
            </Menu.Dropdown>
          </Menu>
          <button type="button" className="btn" onClick={() => void copyText(location.href)}>
            {w.copyLink}
          </button>
          <Menu position="bottom-end" withinPortal>
            <Menu.Target>
              <button type="button" className="btn">
                <i className="ico ico-export" />
                {w.export}
              </button>
            </Menu.Target>
            <Menu.Dropdown>
              <Menu.Item onClick={() => saveText(comparisonCsv(data), "comparison.csv", "text/csv")}>{w.exportCsv}</Menu.Item>
              <Menu.Item onClick={() => saveText(JSON.stringify(data, null, 2), "comparison.json", "application/json")}>{w.exportJson}</Menu.Item>
              <Menu.Item onClick={() => void copyText(command)}>{w.exportCommand}</Menu.Item>
            </Menu.Dropdown>
          </Menu>
        </div>
      </div>
      <div className="series">
        {data.series.map((one) => (
          <div key={one.key}>
            <div className="nm">
              <Mark colour={one.colour} />
              {one.kind === "sweep" ? (
                <Link to="/sweeps/$sweep" params={{ sweep: one.key }}>
                  {one.name}
                </Link>
              ) : (
                <Link to="/runs/$run" params={{ run: one.key }}>
                  {one.name}
                </Link>
              )}
              {one.key === base.key ? (
                <span className="badge">{w.baseline}</span>
              ) : (
                <button type="button" className="btn quiet s" onClick={() => put({ baseline: one.key })} aria-label={w.makeBaseline(one.name)}>
                  {w.baseline}?
                </button>
              )}
              <button type="button" className="btn quiet icon s" aria-label={w.drop(one.name)} onClick={() => set(keys.filter((key) => key !== one.key))}>
                <i className="ico ico-x" />
              </button>
            </div>
            <p className="cap">
              {one.label} · {w.runsOf(one.points, one.seeds.length, one.runs)} · <code>{one.key}</code>
            </p>
          </div>
        ))}
        {keys.length < MOST && <Add chosen={keys} add={(key) => set([...keys, key])} />}
      </div>
      {!data.comparable ? (
        <Across data={data} />
      ) : (
        <div className="board">
          <div className="col">
            {data.metrics.length > 1 && (
              <label className="hstack metric-choice">
                <span className="cap">{w.hero}</span>
                <select className="select" value={shownMetric?.name} onChange={(event) => put({ metric: event.target.value })}>
                  {data.metrics.map((one) => (
                    <option key={one.name} value={one.name}>
                      {one.label}
                    </option>
                  ))}
                </select>
              </label>
            )}
            {data.figures.map((one) => (
              <Figure key={one.name} base={`${NATIVE}/compare`} figure={{ name: one.name, title: w.figure[one.name as "overlay"] ?? one.name, says: one.name === "difference" ? w.figure.differenceSays : w.figure.overlaySays }} extra={extra} link={location.href} />
            ))}
          </div>
          <div className="col">
            <section className="fig">
              <h2>{w.differs(data.differs.length, data.keys)}</h2>
              <ul className="words-list">
                {data.differs.map((one) => (
                  <li key={one.key}>
                    <code>{one.key}</code> <b>{one.words.replace(one.key, "").trim()}</b>
                    <p>{one.says}</p>
                    <p className="cap">
                      {data.series.map((each) => (
                        <span key={each.key} className="value-of">
                          <Mark colour={each.colour} small /> {brief(one.values[each.key], 24)} {one.unit}
                        </span>
                      ))}
                    </p>
                  </li>
                ))}
              </ul>
              <p className="cap">{w.same(data.same)}</p>
            </section>
            {data.findings.length > 0 && (
              <section className="fig">
                <h2>{w.meaning}</h2>
                <div className="findings">
                  {data.findings.map((one) => (
                    <p key={one}>{one}</p>
                  ))}
                </div>
              </section>
            )}
          </div>
          <section className="wide">
            <Metrics data={data} base={base.key} at={at} put={put} brushes={brushes} />
          </section>
          {data.coordinates.axes.length > 1 && (
            <section className="wide desk">
              <Coordinates data={data} brushes={brushes} setBrushes={setBrushes} />
            </section>
          )}
        </div>
      )}
    </main>
  );
}

function Metrics({ data, base, at, put, brushes }: { data: Comparable; base: string; at: string | undefined; put: Props["put"]; brushes: Brushes }) {
  const points = useMemo(() => data.metrics[0]?.points ?? [], [data]);
  const shared = points.map((one, index) => ({ one, index, n: Object.keys(one.series).length }));
  const most = Math.max(0, ...shared.map((one) => one.n));
  const middle = shared.filter((one) => one.n === most);
  const chosen = points.findIndex((one) => String(one.at) === at);
  const index = chosen >= 0 ? chosen : (middle[Math.floor(middle.length / 2)]?.index ?? 0);
  const point = points[index];
  if (!point) return null;
  const others = data.series.filter((one) => one.key !== base);
  const axis = data.axis;
  const n = [...new Set(Object.values(point.series).map((one) => one.n))];
  const keeps = kept(data, brushes);
  const left = Object.keys(brushes).length > 0 && !data.coordinates.rows.some((row, at_) => keeps[at_] && same(row.point, point.point));
  return (
    <div className={left ? "fig left-out" : "fig"}>
      <div className="fig-head">
        <div>
          <h2>{axis ? w.metricsAt(axis.key, `${brief(point.at)}${axis.unit ? ` ${axis.unit}` : ""}`) : w.metrics}</h2>
          <p className="sub">
            {w.metricsSays(n.length === 1 ? `n = ${n[0]}` : "n by series")}
            {left && ` · ${w.filtered}`}
          </p>
        </div>
        {points.length > 1 && (
          <div className="push">
            {points.length <= 10 ? (
              <Seg label={w.point} value={String(point.at)} options={points.map((one) => ({ value: String(one.at), label: brief(one.at, 12) }))} onChange={(next) => put({ at: next })} />
            ) : (
              <select className="select" aria-label={w.point} value={String(point.at)} onChange={(event) => put({ at: event.target.value })}>
                {points.map((one) => (
                  <option key={String(one.at)}>{String(one.at)}</option>
                ))}
              </select>
            )}
          </div>
        )}
      </div>
      <div className="scrollx" tabIndex={0} role="group" aria-label={w.metrics}>
        <table className="tbl cmp">
          <thead>
            <tr>
              <th scope="col">{w.metric}</th>
              {data.series.map((one) => (
                <th key={one.key} scope="col" className="num">
                  <Mark colour={one.colour} small /> {one.label}
                </th>
              ))}
              {others.map((one) => (
                <th key={one.key} scope="col" className="num">
                  {w.minus(one.label)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {data.metrics.map((metric) => {
              const here = metric.points[index];
              if (!here) return null;
              return (
                <tr key={metric.name}>
                  <th scope="row">{metric.label}</th>
                  {data.series.map((one) => {
                    const value = here.series[one.key];
                    const shown = value && parts(value.mean, value.low, value.high, metric.unit);
                    return (
                      <td key={one.key} className="num">
                        {shown ? (
                          <>
                            {shown.value}
                            {shown.unit && ` ${shown.unit}`} {shown.interval && <span className="ci">{shown.interval}</span>}
                          </>
                        ) : (
                          <span className="muted">–</span>
                        )}
                      </td>
                    );
                  })}
                  {others.map((one) => (
                    <td key={one.key} className="num">
                      <Difference difference={here.differences[one.key]} unit={metric.unit} />
                    </td>
                  ))}
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </div>
  );
}

function Difference({ difference, unit }: { difference: Comparable["metrics"][number]["points"][number]["differences"][string] | undefined; unit: string }) {
  if (!difference || difference.mean === null) return <span className="muted">–</span>;
  const relative = difference.relative !== null && difference.relative_low !== null && difference.relative_high !== null;
  const [mean, low, high] = relative ? [difference.relative! * 100, difference.relative_low! * 100, difference.relative_high! * 100] : [difference.mean, difference.low, difference.high];
  const drawn = relative ? scale("%", [mean, low, high], low !== null && high !== null ? (high - low) / 2 : null) : scale(unit, [mean, low, high], low !== null && high !== null ? (high - low) / 2 : null);
  const signed = (value: number) => (value > 0 ? "+" : "") + numeral(value, drawn);
  return (
    <span title={`${difference.words}; ${difference.method}`}>
      {signed(mean)} {drawn.unit} {low !== null && high !== null && <span className="ci">[{signed(low)}, {signed(high)}]</span>} {!difference.paired && <span className="cap">{w.unpaired}</span>}
    </span>
  );
}

function same(a: Record<string, unknown>, b: Record<string, unknown>): boolean {
  return Object.keys(b).every((key) => String(a[key]) === String(b[key]));
}

function Across({ data }: { data: Comparable }) {
  return (
    <>
      <p className="note state-note">
        <span>
          <b>{w.acrossTitle}.</b> {data.reason ?? w.acrossSays}
        </span>
      </p>
      <section className="fig">
        <h2>{w.always}</h2>
        <div className="scrollx" tabIndex={0} role="group" aria-label={w.always}>
          <table className="tbl cmp">
            <thead>
              <tr>
                {[w.series, w.lab, w.state, w.seeds].map((one) => (
                  <th key={one} scope="col">
                    {one}
                  </th>
                ))}
                <th scope="col" title={w.timeSays}>
                  {w.time}
                </th>
                <th scope="col">{w.platform}</th>
              </tr>
            </thead>
            <tbody>
              {data.always.map((row) => {
                const one = data.series.find((each) => each.key === row.key);
                const states = Object.entries(row.states);
                return (
                  <tr key={row.key}>
                    <th scope="row">
                      <Mark colour={one?.colour ?? 1} small /> {one?.name ?? row.key}
                    </th>
                    <td>
                      {one?.lab} <span className="muted">{w.version(row.lab_version)}</span>
                    </td>
                    <td>{states.map(([state, n]) => (states.length > 1 || n > 1 ? `${count(n)} ${state}` : state)).join(", ")}</td>
                    <td>{one ? seedsOf(one.seeds) : ""}</td>
                    <td>{row.took_s === null ? "–" : duration(row.took_s)}</td>
                    <td className="mono">{row.platforms.join(", ")}</td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        </div>
      </section>
    </>
  );
}

/** The coordinates opened on what differs: an axis on which all points have one value says nothing. */
function opened(data: Comparable): Comparable {
  const { axes, rows } = data.coordinates;
  const kept = axes.map((_, index) => index).filter((index) => new Set(rows.map((row) => row.values[index]).filter((value) => value !== null && value !== undefined)).size > 1);
  const at = <T,>(list: readonly T[]): T[] => kept.map((index) => list[index]!);
  return { ...data, coordinates: { axes: at(axes), rows: rows.map((row) => ({ ...row, values: at(row.values) })) } };
}

/** 42–51, where nothing is missing between; else each. */
function seedsOf(seeds: readonly number[]): string {
  const [first, last] = [seeds[0], seeds.at(-1)];
  if (first === undefined || last === undefined) return "";
  return seeds.length > 2 && last - first === seeds.length - 1 ? `${first}–${last}` : seeds.join(", ");
}

function Add({ chosen, add }: { chosen: readonly string[]; add: (key: string) => void }) {
  const [open, setOpen] = useState(false);
  const [text, setText] = useState("");
  const named = useQuery({ ...runsNamed(text), enabled: open, placeholderData: (before) => before });
  const matches = named.data?.filter((run) => !chosen.includes(run.id));
  return (
    <Popover opened={open} onChange={setOpen} position="bottom-end" trapFocus withinPortal>
      <Popover.Target>
        <button type="button" className="btn quiet s add" aria-expanded={open} onClick={() => setOpen(!open)}>
          <i className="ico ico-plus" />
          {w.add}
        </button>
      </Popover.Target>
      <Popover.Dropdown>
        <div className="small-form">
          <span className="input">
            <input data-autofocus type="search" aria-label={w.addLabel} placeholder={w.addLabel} value={text} onChange={(event) => setText(event.target.value)} />
          </span>
          {named.error && <FaultNote error={named.error} retry={() => void named.refetch()} />}
          {matches?.length === 0 && (
            <p className="cap" role="status">
              {text ? w.noMatch(text) : w.nothingMore}
            </p>
          )}
          <ul>
            {(matches ?? []).slice(0, 10).map((run) => (
              <li key={run.id}>
                <button
                  type="button"
                  className="as-link"
                  onClick={() => {
                    setOpen(false);
                    add(run.id);
                  }}
                >
                  {run.name}
                </button>{" "}
                <span className="cap">
                  {run.tag} {run.line}
                </span>
              </li>
            ))}
          </ul>
        </div>
      </Popover.Dropdown>
    </Popover>
  );
}

