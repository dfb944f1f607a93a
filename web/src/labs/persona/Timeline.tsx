/** A persona's days: events, what was answered, scores and alerts in one line of time; replies on self-harm stay folded. */
import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { ask, NATIVE, query } from "../../api/request";
import type { Fact } from "../../api/shapes";
import { words } from "../../words";
import type { ResultPanelProps } from "../panel";
import { number, text } from "../values";

const w = words.labs.persona;
const KINDS = "life_event,assessment,drift_alert";
const SHOWN = 40;

export default function Timeline({ run, live, facts }: ResultPanelProps) {
  const past = useQuery({
    queryKey: ["persona-timeline", run.id],
    queryFn: async ({ signal }) => (await ask<{ events: Fact[] }>(`${NATIVE}/runs/${run.id}/events${query({ kinds: KINDS, limit: 10_000 })}`, { signal })).events,
    enabled: !live,
    staleTime: Infinity,
  });
  const told = live ? facts.filter((fact) => KINDS.split(",").includes(fact.kind)) : (past.data ?? []);
  const personas = useMemo(() => [...new Set(told.map((fact) => text(fact.payload, "persona_id")).filter((one): one is string => one !== null))], [told]);
  const [chosen, setChosen] = useState<string | null>(null);
  const [all, setAll] = useState(false);
  const persona = chosen && personas.includes(chosen) ? chosen : personas[0];
  if (!persona) return null;
  const mine = told.filter((fact) => text(fact.payload, "persona_id") === persona);
  const alerts = mine.filter((fact) => fact.kind === "drift_alert").length;
  const ordered = [...mine].sort((a, b) => (number(a.payload, "day") ?? 0) - (number(b.payload, "day") ?? 0) || a.seq - b.seq);
  const shown = all ? ordered : live ? ordered.slice(-SHOWN) : ordered.slice(0, SHOWN);
  const name = (id: string) => id.replace(/^persona_/, "").replace(/^./, (letter) => letter.toUpperCase());
  return (
    <section className="fig timeline">
      <div className="fig-head">
        <div>
          <h2>{w.timeline(name(persona), mine.filter((fact) => fact.kind === "life_event").length, alerts)}</h2>
          <p className="sub">{w.timelineSays}</p>
        </div>
        {personas.length > 1 && (
          <span className="seg push" role="group" aria-label={w.whose}>
            {personas.map((one) => (
              <button key={one} type="button" aria-pressed={one === persona} onClick={() => setChosen(one)}>
                {name(one)}
              </button>
            ))}
          </span>
        )}
      </div>
      <ol className="days">
        {shown.map((fact) => (
          <Entry key={fact.seq} fact={fact} />
        ))}
      </ol>
      {ordered.length > shown.length && (
        <button type="button" className="btn s" onClick={() => setAll(true)}>
          {w.allDays(ordered.length)}
        </button>
      )}
    </section>
  );
}

function Entry({ fact }: { fact: Fact }) {
  const { payload } = fact;
  const day = number(payload, "day") ?? 0;
  if (fact.kind === "assessment")
    return (
      <li className="score">
        <span className="day">{w.dayShort(day)}</span>
        <span>
          {w.scored(instrument(payload), number(payload, "score"), text(payload, "severity"))} {payload["valid"] === false && <span className="badge warn">{w.invalid}</span>}
        </span>
      </li>
    );
  if (fact.kind === "drift_alert")
    return (
      <li className="alert">
        <span className="day">{w.dayShort(day)}</span>
        <span>
          <b>◆ {w.alert(instrument(payload), number(payload, "baseline_score"), number(payload, "current_score"))}</b> <span className="muted">{w.rule(text(payload, "rule") ?? "")}</span>
        </span>
      </li>
    );
  const stress = text(payload, "event_type") === "stress";
  const response = text(payload, "response");
  return (
    <li className={stress ? "event stress" : "event"}>
      <span className="day">{w.dayShort(day)}</span>
      <span>
        <span aria-hidden="true">{stress ? "▼" : "·"}</span> {text(payload, "title")} <span className="muted">{w.intensity(text(payload, "event_type") ?? "", number(payload, "intensity"))}</span>
        {response && (
          <details>
            <summary>{w.reply}</summary>
            <p>{text(payload, "diary")}</p>
            <blockquote>{response}</blockquote>
          </details>
        )}
      </span>
    </li>
  );
}

function instrument(payload: Record<string, unknown>): string {
  const name = text(payload, "instrument") ?? "";
  return { phq9: "PHQ-9", gad7: "GAD-7", pss10: "PSS-10" }[name] ?? name;
}
