/** The spikes of a chip network as they come, population above population. */
import { useId, useMemo } from "react";
import { Raster, type Group } from "../../figure/Raster";
import { count } from "../../numbers/quantity";
import { words } from "../../words";
import type { LivePanelProps, Values } from "../panel";
import { useSpikeTable } from "../spikeTable";
import { list, number } from "../values";

const w = words.labs.chip;

export default function LiveRaster({ run, facts, live }: LivePanelProps) {
  const id = useId();
  const latest = [...facts].reverse().find((fact) => fact.kind === "progress")?.payload ?? run.values;
  const told = number(latest, "spikes") ?? 0;
  const at = number(latest, "step") ?? 0;
  const groups = useMemo(() => {
    let first = 0;
    return list(run.config, "populations").map((one, index): Group => {
      const size = number(one as Values, "size") ?? 1;
      const group = { label: String((one as Values)["label"] ?? index), first, size, colour: `var(--s${(index % 6) + 1})` };
      first += size;
      return group;
    });
  }, [run.config]);
  const byLabel = useMemo(() => new Map(groups.map((group, index) => [group.label, index])), [groups]);
  const { spikes, version, error } = useSpikeTable(run.id, told, live, (columns) => {
    const populations = columns.column("population") as ArrayLike<string>;
    const neurons = columns.numbers("neuron");
    const group = new Uint8Array(columns.rows);
    const y = new Int32Array(columns.rows);
    for (let index = 0; index < columns.rows; index++) {
      group[index] = byLabel.get(populations[index]!) ?? 0;
      y[index] = (groups[group[index]!]?.first ?? 0) + neurons[index]!;
    }
    return { x: columns.numbers("step"), y, group };
  });
  const title = w.rasterTitle(count(told));
  return (
    <figure className="fig live-fig" aria-labelledby={id}>
      <div className="fig-head">
        <div>
          <h2 id={id}>{title}</h2>
          <p className="sub">{error ? error.message : w.rasterSays}</p>
        </div>
      </div>
      <Raster spikes={spikes} version={version} groups={groups.length ? groups : [{ label: "", first: 0, size: 1, colour: "var(--s1)" }]} xEnd={number(run.config, "timesteps") ?? Math.max(1, at)} until={live ? Infinity : at || Infinity} xLabel={w.step} yLabel={words.labs.spiking.neuron} label={`${title}. ${w.rasterSays}`} />
    </figure>
  );
}
