/** Live previews: what the config would look like, drawn by the server before anything runs. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Suspense, useState } from "react";
import type { Preview } from "../../api/page";
import { Problem } from "../../api/problem";
import { ask, NATIVE } from "../../api/request";
import type { LabDetail } from "../../api/shapes";
import { useStore } from "../../api/store";
import { shown } from "../../frame/theme";
import { FigureSkeleton } from "../../figure/Figure";
import { inTurn } from "../../figure/limiter";
import { Choose, Seg } from "../../parts/Choose";
import { words } from "../../words";
import { part } from "../../frame/part";

const Plot = part(() => import("../../figure/Plot"));
const w = words.form;

interface Props {
  lab: LabDetail;
  preset: string | null;
  config: Record<string, unknown>;
  whole: Record<string, unknown>;
  /** Not judged yet, or refused: the last preview stays. */
  quiet: boolean;
  wrong: boolean;
}

export function Previews({ lab, preset, config, whole, quiet, wrong }: Props) {
  const list = lab.previews;
  const [chosen, setChosen] = useState<string | null>(null);
  const one = list.find((each) => each.name === chosen) ?? list[0];
  if (!one) return null;
  return (
    <div className="fig prev">
      {list.length > 1 && <Seg label={w.previews} value={one.name} options={list.map((each) => ({ value: each.name, label: each.title, detail: each.says }))} onChange={setChosen} />}
      <One key={one.name} lab={lab.name} preview={one} preset={preset} config={config} whole={whole} quiet={quiet} wrong={wrong} />
    </div>
  );
}

function One({ lab, preview, preset, config, whole, quiet, wrong }: Omit<Props, "lab"> & { lab: string; preview: LabDetail["previews"][number] }) {
  const theme = useStore(shown);
  const [chosen, setChosen] = useState<Record<string, string>>({});
  const looked = JSON.stringify([preset, whole]);
  const asked = useQuery({
    queryKey: ["preview-of", lab, preview.name, looked, theme, chosen],
    queryFn: ({ signal }) => inTurn(() => ask<Preview>(`${NATIVE}/labs/${lab}/preview`, { method: "POST", signal, body: { preview: preview.name, preset: preset ?? null, config, theme, width_mm: 100, chosen } })),
    enabled: !quiet,
    placeholderData: keepPreviousData,
    staleTime: 60_000,
  });
  const refusal = asked.error instanceof Problem ? asked.error.detail : null;
  const now = asked.data;
  return (
    <section aria-label={preview.title} aria-busy={asked.isFetching}>
      <h3>{now?.words.finding ?? preview.title}</h3>
      <p className="cap">{now ? now.words.subtitle.join(" · ") : preview.says}</p>
      {now && <Choices choices={now.choices} chosen={{ ...now.chosen, ...chosen }} choose={(name, value) => setChosen((before) => ({ ...before, [name]: value }))} />}
      <div className="fig-body">
        {now ? (
          <Suspense fallback={<FigureSkeleton />}>
            <Plot drawn={now} onError={() => {}} />
          </Suspense>
        ) : refusal ? (
          <div className="fig-none">{refusal}</div>
        ) : wrong ? (
          <div className="fig-none">{w.previewWaits}</div>
        ) : (
          <FigureSkeleton />
        )}
      </div>
    </section>
  );
}

/** What may be chosen in a preview, such as its two nodes. */
function Choices({ choices, chosen, choose }: Pick<Preview, "choices" | "chosen"> & { choose: (name: string, value: string) => void }) {
  const list = Object.entries(choices);
  if (!list.length) return null;
  return (
    <div className="preview-options">
      {list.map(([name, one]) => (
        <label key={name} className="hstack">
          <span className="cap">{one.title}</span>
          <Choose label={one.title} value={chosen[name] ?? one.default} options={one.values.map((value) => ({ value, label: value }))} onChange={(value) => choose(name, value)} />
        </label>
      ))}
    </div>
  );
}
