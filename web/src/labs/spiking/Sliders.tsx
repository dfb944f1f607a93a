/**
 * Controls that answer as they move: each move aborts its predecessor and asks for what is drawn, the spikes as Arrow,
 * over a shorter window while the pointer is down. Nothing of it is listed or kept.
 */
import { useEffect, useId, useRef, useState } from "react";
import { readArrow } from "../../api/arrow";
import { NATIVE, send } from "../../api/request";
import { Raster, Spikes, type Group } from "../../figure/Raster";
import { single } from "../../numbers/quantity";
import { words } from "../../words";
import type { PreviewProps } from "../panel";
import { number } from "../values";

const w = words.form;
const SHORT_MS = 300;
const LONG_MS = 1000;

interface Slider {
  key: string;
  /** Where in a nested key. */
  part?: string;
  least: number;
  most: number;
  step: number;
  unit: string;
}

const SLIDERS: readonly Slider[] = [
  { key: "tau_gaba_ms", least: 1, most: 30, step: 0.5, unit: "ms" },
  { key: "drive_e_end", least: 0, most: 4, step: 0.05, unit: "nA" },
  { key: "noise_std", least: 0, most: 4, step: 0.05, unit: "" },
  { key: "weights_ei", part: "mean", least: 0, most: 0.1, step: 0.001, unit: "" },
  { key: "weights_ie", part: "mean", least: 0, most: 0.1, step: 0.001, unit: "" },
];

interface Answer {
  took: number;
  spikes: number;
  window: number;
  peak: number | null;
}

export default function Sliders({ lab, preset, config, change }: PreviewProps & { change: (path: string, value: unknown) => void }) {
  const [open, setOpen] = useState(false);
  if (!open)
    return (
      <p className="try-sliders">
        <button type="button" className="btn s" onClick={() => setOpen(true)}>
          {w.slidersMore}
        </button>
      </p>
    );
  return <Answering lab={lab} preset={preset} config={config} change={change} close={() => setOpen(false)} />;
}

function Answering({ lab, preset, config, change, close }: PreviewProps & { change: (path: string, value: unknown) => void; close: () => void }) {
  const id = useId();
  const [moved, setMoved] = useState<Record<string, number>>({});
  const [answer, setAnswer] = useState<Answer | null>(null);
  const [error, setError] = useState<string | null>(null);
  const spikes = useRef(new Spikes());
  const [version, setVersion] = useState(0);
  const abort = useRef<AbortController>(undefined);
  const down = useRef(false);
  const [sizes, setSizes] = useState({ e: number(config, "n_e") ?? 800, i: number(config, "n_i") ?? 200 });
  const whole = Math.min(number(config, "t_ms") ?? LONG_MS, LONG_MS);

  const value = (one: Slider): number => {
    const name = nameOf(one);
    if (moved[name] !== undefined) return moved[name];
    const here = config[one.key];
    const number_ = one.part ? (here as Record<string, unknown> | undefined)?.[one.part] : here;
    return typeof number_ === "number" ? number_ : (one.least + one.most) / 2;
  };

  const asked = useRef<() => void>(() => {});
  asked.current = () => {
    abort.current?.abort();
    const mine = (abort.current = new AbortController());
    const window_ = down.current ? Math.min(SHORT_MS, whole) : whole;
    const body = { ...config, ...overlay(config, moved), t_ms: window_, burn_in_ms: Math.min(50, window_ / 4), analyse: false, record_traces: false, record_input: false };
    const begun = performance.now();
    void (async () => {
      try {
        const got = await send(`${NATIVE}/labs/${lab}/answers`, { method: "POST", signal: mine.signal, headers: { Accept: "application/vnd.apache.arrow.stream" }, body: { preset: preset ?? null, config: body, root_seed: 42, tables: ["spikes"] } });
        const columns = readArrow(await got.arrayBuffer());
        if (mine.signal.aborted) return;
        const metrics = JSON.parse(got.headers.get("X-Metrics") ?? "{}") as Record<string, { value?: number | null } | number | null>;
        const metric = (name: string) => {
          const one = metrics[name];
          return typeof one === "number" ? one : (one?.value ?? null);
        };
        spikes.current.clear();
        spikes.current.add({ x: columns.numbers("time_ms"), y: columns.numbers("neuron"), group: columns.numbers("type") });
        setVersion(spikes.current.version);
        setSizes({ e: number(config, "n_e") ?? 800, i: number(config, "n_i") ?? 200 });
        setAnswer({ took: performance.now() - begun, spikes: columns.rows, window: window_, peak: metric("rhythm_peak_hz") });
        setError(null);
      } catch (problem) {
        if (!mine.signal.aborted) setError(problem instanceof Error ? problem.message : String(problem));
      }
    })();
  };
  useEffect(() => {
    asked.current();
  }, [moved, JSON.stringify(config)]);
  useEffect(() => () => abort.current?.abort(), []);

  const release = () => {
    if (!down.current) return;
    down.current = false;
    asked.current();
  };
  const groups: Group[] = [
    { label: "E", first: 0, size: sizes.e, colour: "var(--s1)" },
    { label: "I", first: sizes.e, size: sizes.i, colour: "var(--s2)" },
  ];
  return (
    <section className="fig sliders" aria-labelledby={id} onPointerUp={release} onPointerCancel={release}>
      <div className="toolbar">
        <h3 id={id}>{w.sliders}</h3>
        <span className="end">
          <button type="button" className="btn quiet icon s" aria-label={w.slidersLess} onClick={close}>
            <i className="ico ico-x" />
          </button>
        </span>
      </div>
      <p className="cap">{w.slidersSays}</p>
      {SLIDERS.map((one) => (
        <label key={nameOf(one)} className="slider">
          <code>{nameOf(one)}</code>
          <input
            type="range"
            min={one.least}
            max={one.most}
            step={one.step}
            value={value(one)}
            onPointerDown={() => (down.current = true)}
            onChange={(event) => setMoved((before) => ({ ...before, [nameOf(one)]: Number(event.target.value) }))}
          />
          <output>
            {Number(value(one).toPrecision(4))} {one.unit}
          </output>
        </label>
      ))}
      <Raster spikes={spikes.current} version={version} groups={groups} xEnd={answer?.window ?? whole} xLabel={words.labs.spiking.time_} yLabel="" label={answer ? w.slidersSpikes(answer.spikes) : w.sliders} height={220} />
      <p className="cap" role="status">
        {error ? (
          <span className="err">✕ {error}</span>
        ) : answer ? (
          <>
            {w.slidersSpikes(answer.spikes)}
            {answer.peak !== null && ` · ${words.labs.spiking.rhythm} ${single(answer.peak, "Hz", 3)}`} · {answer.window < whole ? w.slidersShort(answer.window) : w.slidersWhole} · <span data-answered={Math.round(answer.took)}>{w.slidersTook(Math.round(answer.took))}</span>
          </>
        ) : (
          words.frame.loading
        )}
      </p>
      <button type="button" className="btn s" disabled={!Object.keys(moved).length} onClick={() => Object.entries(moved).forEach(([path, next]) => change(path, next))}>
        {w.slidersTake}
      </button>
    </section>
  );
}

const nameOf = (one: Slider): string => (one.part ? `${one.key}.${one.part}` : one.key);

function overlay(config: Record<string, unknown>, moved: Record<string, number>): Record<string, unknown> {
  const over: Record<string, unknown> = {};
  for (const [path, value] of Object.entries(moved)) {
    const [key, part] = path.split(".") as [string, string?];
    over[key] = part ? { ...((over[key] ?? config[key] ?? {}) as Record<string, unknown>), [part]: value } : value;
  }
  return over;
}
