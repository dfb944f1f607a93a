/** The raster of a network while it is simulated: every spike as it comes, drawn by the page. */
import { useId } from "react";
import { Raster, type Group } from "../../figure/Raster";
import { count } from "../../numbers/quantity";
import { words } from "../../words";
import type { LivePanelProps } from "../panel";
import { useSpikeTable } from "../spikeTable";
import { number } from "../values";

const w = words.labs.spiking;

export default function LiveRaster({ run, facts, live }: LivePanelProps) {
  const id = useId();
  const latest = [...facts].reverse().find((fact) => fact.kind === "progress" || fact.kind === "simulated")?.payload ?? run.values;
  const told = number(latest, "spikes") ?? 0;
  const at = number(latest, "time_ms") ?? number(latest, "t_ms") ?? 0;
  const nE = number(run.config, "n_e") ?? 0;
  const nI = number(run.config, "n_i") ?? 0;
  const built = facts.find((fact) => fact.kind === "built")?.payload ?? {};
  const [e, i] = [number(built, "neurons_e") ?? nE, number(built, "neurons_i") ?? nI];
  const { spikes, version, error } = useSpikeTable(run.id, told, live, (columns) => ({ x: columns.numbers("time_ms"), y: columns.numbers("neuron"), group: columns.numbers("type") }));
  const groups: Group[] = [{ label: "E", first: 0, size: Math.max(1, e), colour: "var(--s1)" }, ...(i ? [{ label: "I", first: e, size: i, colour: "var(--s2)" }] : [])];
  const title = w.rasterTitle(count(told));
  return (
    <figure className="fig live-fig" aria-labelledby={id}>
      <div className="fig-head">
        <div>
          <h2 id={id}>{title}</h2>
          <p className="sub">{error ? error.message : w.rasterSays}</p>
        </div>
      </div>
      <Raster spikes={spikes} version={version} groups={groups} xEnd={number(run.config, "t_ms") ?? Math.max(1, at)} burnIn={number(run.config, "burn_in_ms") ?? 0} until={live ? Infinity : at || Infinity} xLabel={w.time_} yLabel={w.neuron} label={`${title}. ${w.rasterSays}`} />
      {live && (
        <figcaption className="fig-foot">
          <span className="live">
            <span className="st st-running">{words.run.live}</span>
          </span>
        </figcaption>
      )}
    </figure>
  );
}
