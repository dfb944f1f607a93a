/** Labs: what each one simulates. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useEffect } from "react";
import { labs as labsQuery } from "../../api/queries";
import { FaultNote } from "../../frame/Fault";
import { words } from "../../words";

const w = words.labs;

export default function Labs() {
  const labs = useQuery(labsQuery);
  useEffect(() => {
    document.title = w.pageTitle;
  }, []);
  return (
    <main id="main" className="page" tabIndex={-1}>
      <div className="page-head">
        <h1>{w.title}</h1>
        <span className="muted">{w.says}</span>
      </div>
      {labs.error && <FaultNote error={labs.error} retry={() => void labs.refetch()} />}
      <ul className="lab-list">
        {(labs.data ?? []).map((lab) => (
          <li key={lab.name}>
            <span className="lab">{lab.tag ?? "?"}</span>
            <div className="grow">
              <h2>
                {lab.state === "broken" ? lab.name : <Link to="/labs/$lab" params={{ lab: lab.name }}>{lab.title ?? lab.name}</Link>}
                {lab.state !== "ready" && <span className="badge warn">{lab.state === "broken" ? w.broken : w.notInstalled}</span>}
              </h2>
              <p>{lab.says}</p>
              {lab.reason && <p className="muted">{lab.reason}</p>}
              <p className="cap">
                <code>{lab.name}</code> · {lab.presets.length} {w.presets.toLowerCase()}
              </p>
            </div>
            {lab.state === "ready" && (
              <Link className="btn" to="/new/$lab" params={{ lab: lab.name }}>
                {w.newRun}
              </Link>
            )}
          </li>
        ))}
      </ul>
    </main>
  );
}
