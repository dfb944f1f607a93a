/** Nothing has run yet: five presets as they came out on this release, each one click away. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useEffect, useId } from "react";
import type { Example } from "../../api/page";
import { ask, NATIVE } from "../../api/request";
import type { Created } from "../../api/shapes";
import { useStore } from "../../api/store";
import { Command } from "../../frame/Copy";
import { FaultNote } from "../../frame/Fault";
import { shown } from "../../frame/theme";
import { duration } from "../../numbers/quantity";
import { isChange, Quantity } from "../../parts/Quantity";
import { words } from "../../words";
import { Picture } from "../run/Data";
import { examplesQuery } from "./queries";
import { useLiveRows } from "./live";

const w = words.runs.empty;
const ORDER = ["spiking", "optical", "federated", "chip", "persona"];

export function Empty() {
  const examples = useQuery(examplesQuery);
  useLiveRows(); // the first run, whoever starts it, brings the table
  useEffect(() => {
    document.title = words.runs.pageTitle;
  }, []);
  const list = [...(examples.data ?? [])].sort((a, b) => (ORDER.indexOf(a.lab) + 99) % 99 - ((ORDER.indexOf(b.lab) + 99) % 99));
  return (
    <main id="main" className="page empty-page" tabIndex={-1}>
      <div className="lead">
        <h1>{w.title}</h1>
        <span className="muted">{w.says}</span>
      </div>
      {examples.error && <FaultNote error={examples.error} retry={() => void examples.refetch()} />}
      <div className="cards">
        {list.map((example, index) => (
          <Card key={example.lab} example={example} primary={index === 0} />
        ))}
        <section className="term" aria-labelledby="in-terminal">
          <span className="cap">{w.terminal}</span>
          <h2 id="in-terminal">{w.same}</h2>
          <Command text={list[0]?.command ?? "quintant run spiking"} />
          <Command text="quintant run optical --seeds 10" />
          <ol>
            <li>
              <span>
                <b>{w.repeat[0]}</b> <kbd className="kbd">r</kbd> {w.repeat[1]}
              </span>
            </li>
            <li>
              <span>
                <b>{w.change[0]}</b> <kbd className="kbd">n</kbd> {w.change[1]}
              </span>
            </li>
            <li>
              <span>
                <b>{w.verify[0]}</b> {w.verify[1]}
              </span>
            </li>
            <li>
              <span className="muted prose-links">
                {w.own[0]} <Link to="/new">{w.own[1]}</Link>
                {w.own[2]} <Link to="/labs">{w.own[3]}</Link>
                {w.own[4]}
              </span>
            </li>
          </ol>
        </section>
      </div>
    </main>
  );
}

function Card({ example, primary }: { example: Example; primary: boolean }) {
  const id = useId();
  const theme = useStore(shown);
  const navigate = useNavigate();
  const client = useQueryClient();
  const start = useMutation({
    mutationFn: () => ask<Created>(`${NATIVE}/runs`, { method: "POST", body: { lab: example.lab, preset: example.preset } }),
    onSuccess: (created) => {
      void client.invalidateQueries({ queryKey: ["runs"] });
      void navigate(created.sweep ? { to: "/sweeps/$sweep", params: { sweep: created.sweep.id } } : { to: "/runs/$run", params: { run: created.runs[0]!.id } });
    },
  });
  const { headline, seconds } = example;
  return (
    <article className="card" aria-labelledby={id}>
      <header>
        <span className="lab">{example.tag}</span>
        <span className="cap">{example.what}</span>
      </header>
      <h2 id={id}>{example.finding.replace(/\.$/, "")}</h2>
      {example.svg && (
        <div className="pic">
          <Picture href={example.svg[theme]} name={example.finding} />
        </div>
      )}
      <footer>
        <button type="button" className={primary ? "btn primary" : "btn"} disabled={start.isPending} onClick={() => start.mutate()}>
          {w.runThis}
        </button>
        {seconds && <span className="cap">{seconds.high < 1 ? w.under(duration(1)) : w.about(duration(seconds.high))}</span>}
        {headline && (
          <span className="res">
            {headline.label} <Quantity value={headline.mean} low={headline.low} high={headline.high} unit={headline.unit} upperLimit={headline.upper_limit} signed={isChange(headline.metric)} /> <span className={headline.n === 1 ? "n one" : "n"}>{words.run.n(headline.n)}</span>
          </span>
        )}
      </footer>
      {example.notice && <p className="cap disc">{example.notice}</p>}
      {start.error && <FaultNote error={start.error} />}
    </article>
  );
}
