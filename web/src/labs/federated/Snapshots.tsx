/** Attack snapshots: what an attacker changed, as pictures, participant by participant and round by round. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { Picture } from "../../pages/run/Data";
import { artifactsQuery, runBase } from "../../pages/run/queries";
import { words } from "../../words";
import type { ResultPanelProps } from "../panel";

const w = words.labs.federated;
const PLACE = /^attack_snapshots_(\d+)\/client_(\d+)\/round_(\d+)\/(.+)$/;
const MOST = 12;

interface Shot {
  strategy: string;
  client: number;
  round: number;
  name: string;
  path: string;
}

export default function Snapshots({ run, live }: ResultPanelProps) {
  const files = useQuery(artifactsQuery(run.id, !live));
  const [round, setRound] = useState<number | null>(null);
  const shots = useMemo(() => {
    const found: Shot[] = [];
    for (const file of files.data ?? []) {
      const parts = PLACE.exec(file.path);
      if (parts && /\.(png|svg)$/.test(file.path)) found.push({ strategy: parts[1]!, client: Number(parts[2]), round: Number(parts[3]), name: parts[4]!, path: file.path });
    }
    return found.sort((a, b) => a.round - b.round || a.client - b.client || a.name.localeCompare(b.name));
  }, [files.data]);
  if (!shots.length) return null;
  const rounds = [...new Set(shots.map((shot) => shot.round))];
  const now = round ?? rounds[0]!;
  const shown = shots.filter((shot) => shot.round === now);
  return (
    <section className="fig snapshots">
      <div className="fig-head">
        <div>
          <h2>{w.snapshots(shots.length)}</h2>
          <p className="sub">{w.snapshotsSays}</p>
        </div>
        <label className="hstack push">
          <span className="cap">{w.round}</span>
          <select className="select" value={now} onChange={(event) => setRound(Number(event.target.value))}>
            {rounds.map((one) => (
              <option key={one}>{one}</option>
            ))}
          </select>
        </label>
      </div>
      <ul className="shots">
        {shown.slice(0, MOST).map((shot) => (
          <li key={shot.path}>
            <Picture href={`${runBase(run.id)}/artifacts/${shot.path.split("/").map(encodeURIComponent).join("/")}`} name={w.shot(shot.client, shot.round, shot.name)} />
            <Link to="/runs/$run/$tab" params={{ run: run.id, tab: "data" }} search={{ file: shot.path }}>
              {w.participant(shot.client)}
            </Link>{" "}
            <span className="cap">{shot.name.replace(/\.\w+$/, "").replaceAll("_", " ")}</span>
          </li>
        ))}
      </ul>
      {shown.length > MOST && <p className="cap">{w.moreShots(shown.length - MOST)}</p>}
    </section>
  );
}
