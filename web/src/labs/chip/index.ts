import { count, single } from "../../numbers/quantity";
import { words } from "../../words";
import type { LabPanel, Values } from "../panel";
import { list, number, text } from "../values";
import { part } from "../../frame/part";

const w = words.labs.chip;

export const panel: LabPanel = {
  line: (config) =>
    [
      list(config, "populations").map((one) => `${count(Number((one as Values)["size"] ?? 0))} ${String((one as Values)["label"] ?? "")}`).join(" + "),
      w.steps(count(number(config, "timesteps") ?? 0)),
      text(config, "plasticity") !== "off" ? w.plasticity(String(config["plasticity"])) : null,
      w.bits,
    ].filter((part): part is string => typeof part === "string" && part !== ""),
  head: [
    { metric: "spikes", label: w.spikes },
    { metric: "rate", label: w.rate },
    { metric: "active_neurons", label: w.active },
    "|",
    { metric: "synaptic_events", label: w.events },
    { metric: "energy_nj", label: w.energy },
    { metric: "accuracy", label: w.accuracy },
  ],
  live: (values) => [
    { label: w.spikes, value: single(number(values, "spikes")) },
    { label: w.step, value: single(number(values, "step")) },
    { label: w.rate, value: single(number(values, "rate"), "spikes/neuron/step", 3) },
  ],
  LivePanel: part(() => import("./LiveRaster")),
};
