/** A lab's page: its text from the package, its presets with what to expect, its parameters A–Z. */
import { useMutation, useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useRouterState } from "@tanstack/react-router";
import { useEffect, useMemo, useState } from "react";
import type { Example, Foreseen } from "../../api/page";
import { lab as labQuery, labs as labsQuery, schema as schemaQuery } from "../../api/queries";
import { ask, NATIVE } from "../../api/request";
import type { components } from "../../api/schema";
import type { Created, LabDetail, Preset } from "../../api/shapes";
import { useStore } from "../../api/store";
import { bounds, brief, kindOf, properties, type Schema } from "../../form/schema";
import { CopyButton } from "../../frame/Copy";
import { FaultNote } from "../../frame/Fault";
import { useKeys } from "../../frame/keyboard";
import { shown } from "../../frame/theme";
import { panelOf } from "../../labs/registry";
import { inlines, Markdown } from "../../markdown/Markdown";
import { inline, parse, plain, type Block, type Inline } from "../../markdown/parse";
import { duration } from "../../numbers/quantity";
import { words } from "../../words";
import { Picture } from "../run/Data";
import { plusMinus } from "../run/HeadFacts";
import { examplesQuery } from "../runs/queries";

const w = words.labs;

interface Section {
  id: string;
  title: string;
  blocks: Block[];
}

export default function LabPage() {
  const { lab: name } = useParams({ strict: false }) as { lab: string };
  const navigate = useNavigate();
  const detail = useQuery(labQuery(name));
  const schema = useQuery(schemaQuery(name));
  const text = useQuery({
    queryKey: ["lab-page", name],
    queryFn: ({ signal }) => ask<components["schemas"]["PageShape"]>(`${NATIVE}/labs/${name}/page`, { signal, headers: { Accept: "application/json" } }),
    staleTime: Infinity,
  });
  const labs = useQuery(labsQuery);
  useEffect(() => {
    if (detail.data) document.title = `${detail.data.title} · Quintant`;
  }, [detail.data]);
  const sections = useMemo(() => (text.data?.sections ?? BARE).map(({ id, title, text }): Section => ({ id, title, blocks: parse(text) })), [text.data]);
  const hash = useRouterState({ select: (state) => state.location.hash });
  const ready = detail.data !== undefined && schema.data !== undefined && !text.isPending;
  useEffect(() => {
    if (hash && ready) document.getElementById(hash)?.scrollIntoView();
  }, [hash, ready]);
  useKeys([{ keys: "n", where: "everywhere", run: () => void navigate({ to: "/new/$lab", params: { lab: name } }) }]);

  if (detail.error)
    return (
      <main id="main" className="page" tabIndex={-1}>
        <h1 className="sr">{name}</h1>
        <FaultNote error={detail.error} retry={() => void detail.refetch()} />
      </main>
    );
  if (!detail.data) return <main id="main" className="page" tabIndex={-1} aria-busy="true"><h1 className="sr">{words.frame.loading}</h1></main>;
  const lab = detail.data;
  const said = (id: string) => sections.find((one) => one.id === id)?.blocks ?? [];
  const { notice, links } = panelOf(name);
  return (
    <main id="main" className="labpage" tabIndex={-1}>
      <nav className="toc" aria-label={w.contents}>
        {sections.map((one) => (
          <a key={one.id} href={`#${one.id}`}>
            {one.title}
          </a>
        ))}
        <div className="cap toc-labs">{w.all}</div>
        {(labs.data ?? []).map((one) => (
          <Link key={one.name} to="/labs/$lab" params={{ lab: one.name }} aria-current={one.name === name ? "page" : undefined}>
            {one.name}
          </Link>
        ))}
      </nav>
      <div>
        <section id="what">
          {notice && (
            <p className="note warn notice" role="note">
              <i className="ico ico-warn" />
              <span>
                <b>{notice.bold}</b> {notice.text}
              </span>
            </p>
          )}
          <Head lab={lab} />
          <div className="labtop">
            <div>
              {said("what").length ? <Markdown blocks={said("what")} /> : <p className="prose">{lab.says}</p>}
              <dl className="kv">
                <dt>{w.reproduces}</dt>
                <dd>{w.exact[lab.exact]}</dd>
                <dt>{w.streams}</dt>
                <dd>
                  {lab.purposes.map((one) => (
                    <code key={one}>{one}</code>
                  ))}
                </dd>
                {links && (
                  <>
                    <dt>{w.places}</dt>
                    <dd>
                      {links.map((one) => (
                        <a key={one.href} href={one.href}>
                          {one.text}
                        </a>
                      ))}
                    </dd>
                  </>
                )}
                <dt>{w.figures}</dt>
                <dd>{lab.figures.map((one) => one.title).join(" · ")}</dd>
              </dl>
            </div>
            <Hero lab={lab} />
          </div>
        </section>
        {text.error && <p className="note">{w.pageMissing}</p>}
        {sections.map((one) => {
          if (one.id === "what") return null;
          if (one.id === "presets") return <Presets key={one.id} lab={lab} measured={measuredIn(one.blocks)} />;
          if (one.id === "parameters") return schema.data ? <Parameters key={one.id} schema={schema.data as Schema} /> : null;
          if (one.id === "cite") return <Cite key={one.id} lab={lab} blocks={one.blocks} />;
          return <TextSection key={one.id} section={one} />;
        })}
      </div>
    </main>
  );
}

/** What stands there without a text. */
const BARE = [
  { id: "what", title: w.what, text: "" },
  { id: "presets", title: w.presets, text: "" },
  { id: "parameters", title: w.parameters, text: "" },
  { id: "cite", title: w.cite, text: "" },
];

/** By preset, what it gave on this release, as the text's own table says (its third column). */
function measuredIn(blocks: Block[]): Readonly<Record<string, Inline[]>> {
  const table = blocks.find((one) => one.kind === "table");
  return Object.fromEntries((table?.rows ?? []).map((row) => [plain(row[0] ?? []).split(" ")[0], row[2] ?? []]));
}

function Cite({ lab, blocks }: { lab: LabDetail; blocks: Block[] }) {
  return (
    <section id="cite">
      <div className="toolbar">
        <h2>{w.cite}</h2>
        {lab.cite && (
          <span className="end">
            <CopyButton text={lab.cite} />
          </span>
        )}
      </div>
      {blocks.length ? (
        <Markdown blocks={blocks} />
      ) : lab.cite ? (
        <pre className="json" tabIndex={0}>
          {lab.cite}
        </pre>
      ) : (
        <p className="prose">{w.noCite}</p>
      )}
    </section>
  );
}

function TextSection({ section }: { section: Section }) {
  return (
    <section id={section.id}>
      <h2>{section.title}</h2>
      <Markdown blocks={section.blocks} />
    </section>
  );
}

function useStart(lab: LabDetail) {
  const navigate = useNavigate();
  return useMutation({
    mutationFn: (preset: string) => ask<Created>(`${NATIVE}/runs`, { method: "POST", body: { lab: lab.name, preset } }),
    onSuccess: (created) => void navigate(created.sweep ? { to: "/sweeps/$sweep", params: { sweep: created.sweep.id } } : { to: "/runs/$run", params: { run: created.runs[0]!.id } }),
  });
}

function Head({ lab }: { lab: LabDetail }) {
  const start = useStart(lab);
  const estimate = useQuery({
    queryKey: ["estimate-of", lab.name, lab.default_preset],
    queryFn: ({ signal }) => ask<Foreseen>(`${NATIVE}/labs/${lab.name}/estimate`, { method: "POST", body: { preset: lab.default_preset, config: {}, sweep: {} }, signal }),
    enabled: lab.state === "ready",
    staleTime: 60_000,
  });
  const about = estimate.data?.seconds ? duration(estimate.data.seconds.high) : null;
  const [before, name, after] = w.version(lab.name, lab.version);
  return (
    <>
      <div className="run-head">
        <h1>{lab.title}</h1>
        <span className="lab">{lab.tag}</span>
        <span className="muted">
          {before}
          <code>{name}</code>
          {after}
        </span>
        <div className="acts">
          <Link className="btn" to="/new/$lab" params={{ lab: lab.name }}>
            {w.newRun} <kbd className="kbd">n</kbd>
          </Link>
          <button type="button" className="btn primary" disabled={lab.state !== "ready" || start.isPending} onClick={() => start.mutate(lab.default_preset)}>
            {about ? w.runExampleAbout(about) : w.runExample}
          </button>
        </div>
      </div>
      {lab.reason && <p className="note warn">{lab.reason}</p>}
      {start.error && <FaultNote error={start.error} />}
    </>
  );
}

function Hero({ lab }: { lab: LabDetail }) {
  const examples = useQuery(examplesQuery);
  const theme = useStore(shown);
  const one: Example | undefined = examples.data?.find((example) => example.lab === lab.name);
  if (!one?.svg) return null;
  return (
    <figure className="hero">
      <Picture href={one.svg[theme]} name={one.finding} />
      <figcaption className="cap">
        {one.what}: {one.finding}
      </figcaption>
    </figure>
  );
}

function Presets({ lab, measured }: { lab: LabDetail; measured: Readonly<Record<string, Inline[]>> }) {
  const start = useStart(lab);
  const expected = (preset: Preset) => preset.expected[0];
  const sorted = [...lab.presets].sort((a, b) => Number(!expected(a)) - Number(!expected(b)));
  return (
    <section id="presets">
      <h2>{w.presets}</h2>
      {start.error && <FaultNote error={start.error} />}
      <div className="scrollx" tabIndex={0} role="group" aria-label={w.presets}>
        <table className="tbl az">
          <thead>
            <tr>
              <th scope="col">{words.form.preset}</th>
              <th scope="col">{w.means}</th>
              <th scope="col">{w.measured}</th>
              <th scope="col" className="num">
                {w.expected}
              </th>
              <th scope="col" />
            </tr>
          </thead>
          <tbody>
            {sorted.map((preset) => {
              const one = expected(preset);
              const unit = one && one.metric === lab.headline.metric ? lab.headline.unit : "1";
              return (
                <tr key={preset.name}>
                  <td>
                    <Link to="/new/$lab" params={{ lab: lab.name }} search={{ preset: preset.name }}>
                      <code>{preset.name}</code>
                    </Link>
                  </td>
                  <td>
                    {inlines(inline(preset.says))} <span className="muted nowrap">{preset.seeds > 1 && w.seeds(preset.seeds)}</span>
                  </td>
                  <td>{measured[preset.name]?.length ? inlines(measured[preset.name]!) : <span className="muted">–</span>}</td>
                  <td className="num" title={one?.source}>
                    {one ? (
                      <>
                        {one.metric} {plusMinus(one, unit)}
                        <span className="src">{one.origin}</span>
                      </>
                    ) : (
                      <span className="muted">–</span>
                    )}
                  </td>
                  <td className="num">
                    <button type="button" className="btn s" aria-label={w.runPreset(preset.name)} disabled={lab.state !== "ready" || start.isPending} onClick={() => start.mutate(preset.name)}>
                      {w.run}
                    </button>
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function Parameters({ schema }: { schema: Schema }) {
  const [find, setFind] = useState("");
  const needle = find.trim().toLowerCase();
  const all = useMemo(() => properties(schema).sort(([a], [b]) => a.localeCompare(b, "en")), [schema]);
  const hits = all.filter(([key, one]) => !needle || key.toLowerCase().includes(needle) || one.description?.toLowerCase().includes(needle) || one.unit?.toLowerCase() === needle);
  const letters = [...new Set(hits.map(([key]) => key[0]!.toLowerCase()))];
  return (
    <section id="parameters">
      <h2>{w.parameters}</h2>
      <div className="toolbar">
        <span className="input find-parameter">
          <i className="ico ico-find" />
          <input type="search" aria-label={w.findParameter} placeholder={w.findParameter} value={find} onChange={(event) => setFind(event.target.value)} />
        </span>
        <nav className="letters" aria-label={w.letters}>
          {letters.map((letter) => (
            <a key={letter} href={`#letter-${letter}`}>
              {letter}
            </a>
          ))}
        </nav>
      </div>
      <div className="scrollx" tabIndex={0} role="group" aria-label={w.parameters}>
        <table className="tbl az">
          <thead>
            <tr>
              <th scope="col">{w.parameter}</th>
              <th scope="col">{w.default}</th>
              <th scope="col">{w.range}</th>
              <th scope="col">{w.means}</th>
            </tr>
          </thead>
          <tbody>
            {hits.map(([key, one], index) => {
              const letter = key[0]!.toLowerCase();
              const first = index === 0 || hits[index - 1]![0][0]!.toLowerCase() !== letter;
              return (
                <tr key={key} id={first ? `letter-${letter}` : undefined}>
                  <td>
                    <code>{key}</code> {one.unit && <span className="muted">{one.unit}</span>}
                  </td>
                  <td>{one.default === undefined ? "" : brief(one.default, 40)}</td>
                  <td className="muted">{one.enum ? one.enum.map(String).join(", ") : (bounds(one) ?? (kindOf(one, schema) === "boolean" ? "true, false" : ""))}</td>
                  <td>
                    {inlines(inline(one.description ?? ""))}
                    {one["x-when"] && <span className="src">{words.form.readOnly(one["x-when"].sentence)}</span>}
                    {one.source && <span className="src">{w.source(one.source)}</span>}
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
      {!hits.length && <p className="empty">{w.nothing(find)}</p>}
    </section>
  );
}
