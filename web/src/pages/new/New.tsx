/** New run: a form made of the lab's schema, beside what will happen. */
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useEffect } from "react";
import { lab as labQuery, labs as labsQuery, schema as schemaQuery } from "../../api/queries";
import type { Schema } from "../../form/schema";
import { FaultNote } from "../../frame/Fault";
import { Seg } from "../../parts/Choose";
import { words } from "../../words";
import { runQuery } from "../run/queries";
import { Editor } from "./Editor";

const w = words.form;

export default function New() {
  const { lab } = useParams({ strict: false }) as { lab?: string };
  const search = useSearch({ strict: false }) as Record<string, string | undefined>;
  const navigate = useNavigate();
  const labs = useQuery(labsQuery);
  const ready = (labs.data ?? []).filter((one) => one.state === "ready");
  const chosen = lab ?? ready.find((one) => one.name === "optical")?.name ?? ready[0]?.name;
  useEffect(() => {
    document.title = chosen ? w.pageTitle(chosen) : words.frame.product;
  }, [chosen]);
  return (
    <main id="main" className="page new" tabIndex={-1}>
      <div className="nh">
        <h1>{w.title}</h1>
        {ready.length > 0 && <Seg label={w.lab} value={chosen ?? null} options={ready.map((one) => ({ value: one.name, label: one.name, detail: one.says ?? undefined }))} onChange={(name) => void navigate({ to: "/new/$lab", params: { lab: name }, search: {} })} />}
      </div>
      {labs.error && <FaultNote error={labs.error} retry={() => void labs.refetch()} />}
      {labs.data && !ready.length && <p className="note warn">{w.chooseLab}</p>}
      {chosen && <Loaded key={`${chosen}:${search["from"] ?? ""}`} lab={chosen} from={search["from"] ?? null} />}
    </main>
  );
}

function Loaded({ lab, from }: { lab: string; from: string | null }) {
  const detail = useQuery(labQuery(lab));
  const schema = useQuery(schemaQuery(lab));
  const run = useQuery({ ...runQuery(from ?? ""), enabled: from !== null });
  const error = detail.error ?? schema.error ?? run.error;
  if (error)
    return (
      <FaultNote error={error}>
        <p>
          <Link to="/new/$lab" params={{ lab }} search={{}}>
            {w.dropFrom}
          </Link>
        </p>
      </FaultNote>
    );
  if (!detail.data || !schema.data || (from && !run.data))
    return (
      <div className="run-skel" aria-busy="true">
        <span className="skel" />
        <span className="skel" />
        <span className="skel" />
      </div>
    );
  return <Editor lab={detail.data} schema={schema.data as Schema} run={run.data ?? null} />;
}
