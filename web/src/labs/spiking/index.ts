import { count, single } from "../../numbers/quantity";
import { words } from "../../words";
import type { LabPanel } from "../panel";
import { number, text } from "../values";
import { part } from "../../frame/part";

const w = words.labs.spiking;

export const panel: LabPanel = {
  line: (config) =>
    [
      w.cells(count(number(config, "n_e") ?? 0), count(number(config, "n_i") ?? 0)),
      w.models[text(config, "neuron_model") ?? ""] ?? text(config, "neuron_model"),
      `τ GABA ${config["tau_gaba_ms"]}\u00a0ms`,
      `dt ${config["dt_ms"]}\u00a0ms`,
      w.time(count(number(config, "t_ms") ?? 0), count(number(config, "burn_in_ms") ?? 0)),
    ].filter((part): part is string => typeof part === "string"),
  head: [
    { metric: "rhythm_peak_hz", label: w.rhythm },
    { metric: "gamma_peak_hz", label: w.gamma },
    { metric: "rate_e_hz", label: w.rateE },
    { metric: "rate_i_hz", label: w.rateI },
    { metric: "i_follows_e_ms", label: w.follows },
    "|",
    { metric: "isi_cv_e", label: w.cv, plain: true },
    { metric: "coherence_peak", label: w.coherence, plain: true },
    { metric: "spikes", label: w.spikes },
  ],
  live: (values) => [
    { label: w.spikes, value: single(number(values, "spikes")) },
    { label: w.rateE, value: single(number(values, "rate_e_hz"), "Hz", 3) },
    { label: w.rateI, value: single(number(values, "rate_i_hz"), "Hz", 3) },
    { label: w.simulated, value: single(number(values, "time_ms"), "ms") },
  ],
  LivePanel: part(() => import("./LiveRaster")),
  Controls: part(() => import("./Sliders")),
};
