/** The form itself: presets on top, essential keys first, groups after, all of them to be found; JSON as the other view. */
import { Menu, Popover } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useDeferredValue, useId, useMemo, useRef, useState } from "react";
import type { Detail } from "../../api/page";
import { Problem, type Fault } from "../../api/problem";
import { runsNamed } from "../../api/queries";
import { ask, NATIVE } from "../../api/request";
import type { Created, LabDetail } from "../../api/shapes";
import { holds } from "../../form/condition";
import { Field, focusField } from "../../form/Field";
import { axisOf, axisValues, parseNumber } from "../../form/number";
import { kindOf, properties, type Schema } from "../../form/schema";
import { useOffer } from "../../frame/actions";
import { useKeys } from "../../frame/keyboard";
import { Seg } from "../../parts/Choose";
import { words } from "../../words";
import { Aside } from "./Aside";
import { JsonView } from "./JsonView";
import { useJudgement, type Body } from "./judgement";
import { useDraft } from "./useDraft";

const w = words.form;
const NO_PRESET = "-";
const SHOWN_PRESETS = 8;
/** Before so many seeds the rule of `until` does not look (docs/design/0012): it begins with no fewer. */
const FIRST_LOOK = 20;
const EMPTY: readonly Fault[] = [];

export function Editor({ lab, schema, run }: { lab: LabDetail; schema: Schema; run: Detail | null }) {
  const navigate = useNavigate();
  const search = useSearch({ strict: false }) as Record<string, string | undefined>;
  const keys = useMemo(() => properties(schema), [schema]);
  const presetName = run ? null : (search["preset"] ?? lab.default_preset);
  const preset = lab.presets.find((one) => one.name === presetName) ?? null;
  const base = useMemo(() => {
    const defaults = Object.fromEntries(keys.map(([key, one]) => [key, one.default]));
    return { ...defaults, ...(run ? run.config : (preset?.config ?? {})) };
  }, [keys, preset, run]);
  const { draft, set, setSweep, put, reset } = useDraft(base);
  const [find, setFind] = useState(search["find"] ?? "");
  const needle = useDeferredValue(find.trim().toLowerCase());
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const view = search["view"] === "json" ? "json" : "form";

  const config = useMemo(() => ({ ...base, ...draft.values }), [base, draft.values]);
  const targets = draft.until.split(",").map((one) => one.trim()).filter(Boolean);
  const unsaid = Math.max(run ? 1 : (preset?.seeds ?? 1), targets.length ? FIRST_LOOK : 1);
  const seeds = draft.seeds === "" ? unsaid : parseNumber(draft.seeds);
  const rootSeed = draft.rootSeed === "" ? (run ? run.root_seed : null) : parseNumber(draft.rootSeed);
  const { sweep, axes } = useMemo(() => {
    const sweep: Record<string, unknown[]> = {};
    const axes: Body["sweep"] = {};
    for (const [path, text] of Object.entries(draft.sweeps)) {
      const one = keys.find(([key]) => key === path.split(".")[0])?.[1];
      const kind = one ? kindOf(one, schema) : "json";
      const numeric = kind === "number" || kind === "integer";
      sweep[path] = axisValues(text, numeric) ?? [];
      axes[path] = axisOf(text, numeric);
    }
    return { sweep, axes };
  }, [draft.sweeps, keys, schema]);
  const body: Body = {
    lab: lab.name,
    ...(run ? { from_run: run.id } : { preset: preset?.name ?? null }),
    config: draft.values,
    sweep: axes,
    ...(typeof seeds === "number" ? { seeds } : draft.seeds ? { seeds: draft.seeds as unknown as number } : {}),
    ...(typeof rootSeed === "number" ? { root_seed: rootSeed } : draft.rootSeed ? { root_seed: draft.rootSeed as unknown as number } : {}),
    ...(targets.length && { until: targets }),
    ...(draft.maxSeeds && { max_seeds: parseNumber(draft.maxSeeds) as number }),
    ...(draft.fresh && { fresh: true }),
    ...(draft.name.trim() && { name: draft.name.trim() }),
  };
  const judged = useJudgement(body, run ? run.config : null);
  const [refused, setRefused] = useState<readonly Fault[]>([]);
  const problems = refused.length && judged.problems.length === 0 ? refused : judged.problems;
  const start = useMutation({
    mutationFn: () => ask<Created>(`${NATIVE}/runs`, { method: "POST", body, headers: { "Idempotency-Key": crypto.randomUUID() } }),
    onMutate: () => setRefused([]),
    onSuccess: (created) => void navigate(created.sweep ? { to: "/sweeps/$sweep", params: { sweep: created.sweep.id } } : { to: "/runs/$run", params: { run: created.runs[0]!.id } }),
    onError: (error) => {
      if (!(error instanceof Problem) || !error.problems.length) return;
      const faults = error.problems.map((fault) => ({ ...fault, path: fault.path.replace(/^(config|sweep)\./, "") }));
      setRefused(faults);
      toFirst(faults);
    },
  });
  const go = () => {
    if (problems.length) toFirst(problems);
    else if (!start.isPending) start.mutate();
  };
  const toFirst = (faults: readonly Fault[]) => {
    const key = faults[0]?.path.split(".")[0];
    const group = keys.find(([name]) => name === key)?.[1].group;
    if (group) setOpen((now) => new Set([...now, group]));
    setFind("");
    requestAnimationFrame(() => requestAnimationFrame(() => key && focusField(key)));
  };
  const finder = useRef<HTMLInputElement>(null);
  useKeys([
    { keys: "mod+enter", where: "form", run: go },
    { keys: "/", where: "form", run: () => finder.current?.focus() },
    {
      keys: "alt+enter",
      where: "form",
      run: () => {
        const row = document.activeElement?.closest(".field");
        const button = row?.querySelector<HTMLElement>("[data-remedy]");
        if (!button) return false;
        button.click();
        return;
      },
    },
  ]);
  useOffer({ what: `${lab.name}`, actions: [{ id: "start", verb: "run", text: w.start.toLowerCase(), keys: "⌘↵", icon: "plus", ...(judged.foreseen?.command && { command: judged.foreseen.command }), run: go }] });

  const unread = useMemo(() => new Set(keys.filter(([, one]) => one["x-when"] && !holds(one["x-when"].condition, config, config)).map(([key]) => key)), [keys, config]);
  const known = useMemo(() => {
    const values: Record<string, Set<string>> = {};
    for (const one of lab.presets) for (const [key, value] of Object.entries(one.config)) if (typeof value === "string") (values[key] ??= new Set()).add(value);
    return Object.fromEntries(keys.map(([key, one]) => [key, [...(values[key] ?? []), ...(typeof one.default === "string" ? [one.default] : [])].filter((value, index, all) => all.indexOf(value) === index)]));
  }, [lab, keys]);
  const changed = (key: string) => key in draft.values || key in draft.sweeps;
  const field = ([key, one]: [string, Schema]) => (
    <Field
      key={key}
      lab={lab.name}
      name={key}
      schema={one}
      root={schema}
      value={config[key]}
      changed={changed(key)}
      config={config}
      faults={of(problems, key)}
      warnings={of(judged.warnings, key)}
      sweep={draft.sweeps[key]}
      unread={unread.has(key)}
      known={known[key] ?? NONE}
      set={set}
      setSweep={setSweep}
    />
  );
  const essential = keys.filter(([, one]) => one.essential);
  const groups = useMemo(() => {
    const map = new Map<string, [string, Schema][]>();
    for (const entry of keys) if (!entry[1].essential) map.set(entry[1].group ?? "", [...(map.get(entry[1].group ?? "") ?? []), entry]);
    return [...map.entries()];
  }, [keys]);
  const hits = needle ? keys.filter(([key, one]) => key.toLowerCase().includes(needle) || one.description?.toLowerCase().includes(needle) || one.unit?.toLowerCase() === needle || one["x-synonyms"]?.some((word) => word.toLowerCase().includes(needle))) : [];
  const faulty = (list: [string, Schema][]) => list.some(([key]) => of(problems, key).length > 0);
  const opened = groups.filter(([name, list]) => open.has(name) || (faulty(list) && !needle));
  const closed = groups.filter(([name, list]) => !(open.has(name) || faulty(list)));
  const toggle = (name: string) =>
    setOpen((now) => {
      const next = new Set(now);
      if (!next.delete(name)) next.add(name);
      return next;
    });

  return (
    <>
      <div className="right2">
        <FromRun />
        <Seg label={w.view} value={view} options={[{ value: "form", label: w.form }, { value: "json", label: w.json }]} onChange={(next) => void navigate({ to: ".", search: (before: Record<string, string | undefined>) => ({ ...before, view: next === "json" ? "json" : undefined }), replace: true, resetScroll: false })} />
      </div>
      {run ? (
        <p className="says">
          {w.fromRunIs(run.name, run.id)}{" "}
          <button type="button" className="as-link" onClick={() => void navigate({ to: "/new/$lab", params: { lab: lab.name }, search: {} })}>
            {w.dropFrom}
          </button>
        </p>
      ) : (
        <Presets
          lab={lab}
          chosen={preset?.name ?? NO_PRESET}
          choose={(name) => {
            put({ preset: name, seeds: "" });
            void navigate({ to: ".", search: (before: Record<string, string | undefined>) => ({ ...before, preset: name, seeds: undefined }), replace: true, resetScroll: false });
          }}
        />
      )}
      <div className="cols">
        {view === "json" ? (
          <JsonView values={draft.values} put={(values) => put({ values })} problems={problems} />
        ) : (
          <form className="form" onSubmit={(event) => event.preventDefault()} noValidate>
            <div className="find2">
              <span className="input">
                <i className="ico ico-find" />
                <input ref={finder} type="search" placeholder={w.findLong} aria-label={w.find} value={find} onChange={(event) => setFind(event.target.value)} />
              </span>
              <span className="cap" role="status">
                {needle ? w.found(hits.length) : w.counted(keys.length, essential.length)}
              </span>
            </div>
            {needle ? (
              <section aria-label={w.found(hits.length)}>
                {hits.map(field)}
                {!hits.length && <p className="empty">{w.nothing(find)}</p>}
              </section>
            ) : (
              <>
                <section aria-label={w.essential}>
                  <h2 className="gh">{w.essential}</h2>
                  {essential.map(field)}
                </section>
                <Seeds lab={lab} seeds={draft.seeds} placeholderSeeds={unsaid} rootSeed={draft.rootSeed} until={draft.until} maxSeeds={draft.maxSeeds} placeholderRoot={run ? run.root_seed : 42} name={draft.name} put={put} faults={problems} />
                {opened.map(([name, list]) => (
                  <section key={name} aria-label={name}>
                    <button type="button" className="gh open" aria-expanded="true" onClick={() => toggle(name)}>
                      <i className="ico ico-down" /> {name} <span className="n">{w.groupCount(list.length, list.filter(([key]) => changed(key)).length)}</span>
                    </button>
                    {list.map(field)}
                  </section>
                ))}
                <div className="groups">
                  {closed.map(([name, list]) => (
                    <button key={name} type="button" aria-expanded="false" onClick={() => toggle(name)}>
                      <i className="ico ico-right" />
                      {name} <span className="n">{w.groupCount(list.length, list.filter(([key]) => changed(key)).length)}</span>
                      {list.every(([key]) => unread.has(key)) && allSame(list) && <span className="muted"> {w.groupUnread(list[0]![1]["x-when"]!.sentence)}</span>}
                    </button>
                  ))}
                </div>
              </>
            )}
          </form>
        )}
        <Aside
          lab={lab}
          preset={preset}
          run={run}
          draft={draft}
          base={base}
          config={config}
          sweep={sweep}
          seeds={typeof seeds === "number" ? seeds : 1}
          judged={judged}
          problems={problems}
          reset={reset}
          set={set}
          put={put}
          start={go}
          starting={start.isPending}
          error={start.error}
          jump={() => toFirst(problems)}
          keys={keys}
        />
      </div>
    </>
  );
}

const NONE: readonly string[] = [];

function allSame(list: [string, Schema][]): boolean {
  const first = list[0]?.[1]["x-when"]?.sentence;
  return first !== undefined && list.every(([, one]) => one["x-when"]?.sentence === first);
}

function of(faults: readonly Fault[], key: string): readonly Fault[] {
  const mine = faults.filter((fault) => fault.path === key || fault.path.startsWith(`${key}.`));
  return mine.length ? mine : EMPTY;
}

function Presets({ lab, chosen, choose }: { lab: LabDetail; chosen: string; choose: (name: string) => void }) {
  const names = lab.presets.map((one) => one.name);
  const first = names.slice(0, SHOWN_PRESETS);
  if (chosen !== NO_PRESET && !first.includes(chosen)) first.splice(SHOWN_PRESETS - 1, 1, chosen);
  const rest = names.filter((name) => !first.includes(name));
  const one = lab.presets.find((preset) => preset.name === chosen);
  return (
    <>
      <div className="presets" role="group" aria-label={w.presets} tabIndex={-1}>
        <span className="cap">{w.preset}</span>
        {first.map((name) => (
          <button key={name} type="button" className={name === chosen ? "chip on" : "chip"} aria-pressed={name === chosen} title={lab.presets.find((preset) => preset.name === name)?.says} onClick={() => choose(name)}>
            {name}
          </button>
        ))}
        {rest.length > 0 && (
          <Menu position="bottom-end" withinPortal>
            <Menu.Target>
              <button type="button" className="chip plain">
                {w.morePresets(rest.length)} <i className="ico ico-down" />
              </button>
            </Menu.Target>
            <Menu.Dropdown className="preset-list">
              {rest.map((name) => (
                <Menu.Item key={name} onClick={() => choose(name)}>
                  <code>{name}</code> <span className="muted">{lab.presets.find((preset) => preset.name === name)?.title}</span>
                </Menu.Item>
              ))}
            </Menu.Dropdown>
          </Menu>
        )}
        <button type="button" className={chosen === NO_PRESET ? "chip plain on" : "chip plain"} aria-pressed={chosen === NO_PRESET} onClick={() => choose(NO_PRESET)}>
          {w.noPreset}
        </button>
      </div>
      <p className="says">{one?.says ?? lab.says}</p>
    </>
  );
}

interface SeedsProps {
  lab: LabDetail;
  seeds: string;
  placeholderSeeds: number;
  rootSeed: string;
  until: string;
  maxSeeds: string;
  placeholderRoot: number;
  name: string;
  put: (next: { seeds?: string; rootSeed?: string; until?: string; maxSeeds?: string; name?: string }) => void;
  faults: readonly Fault[];
}

function Seeds({ lab, seeds, placeholderSeeds, rootSeed, until, maxSeeds, placeholderRoot, name, put, faults }: SeedsProps) {
  const id = useId();
  const n = parseNumber(seeds === "" ? String(placeholderSeeds) : seeds);
  const first = parseNumber(rootSeed === "" ? String(placeholderRoot) : rootSeed);
  const wrong = of(faults, "seeds");
  const wrongRoot = of(faults, "root_seed");
  const wrongUntil = [...of(faults, "until"), ...of(faults, "max_seeds")];
  return (
    <section aria-label={w.replicates}>
      <div className="field seeds" id="field-seeds">
        <span className="l">
          {(seeds !== "" || rootSeed !== "") && <span className="dot" title={w.changed} />}
          <label htmlFor={`${id}-seeds`}>
            <code>{w.seeds}</code>
          </label>
        </span>
        <div className="c">
          <span className="three">
            <span className={wrong.length ? "input bad" : "input"}>
              <input id={`${id}-seeds`} inputMode="numeric" placeholder={String(placeholderSeeds)} value={seeds} onChange={(event) => put({ seeds: event.target.value })} />
            </span>
            <label className="muted" htmlFor={`${id}-root`}>
              {w.rootSeed}
            </label>
            <span className={wrongRoot.length ? "input bad" : "input"}>
              <input id={`${id}-root`} inputMode="numeric" placeholder={String(placeholderRoot)} value={rootSeed} onChange={(event) => put({ rootSeed: event.target.value })} />
            </span>
          </span>
          {[...wrong, ...wrongRoot].map((fault) => (
            <p key={fault.path} className="err" role="alert">
              <b aria-hidden="true">✕</b> {fault.message} {fault.hint}
            </p>
          ))}
        </div>
        <p className="help">{typeof n === "number" && typeof first === "number" && n >= 1 ? w.seedsHelp(first, first + n - 1) : ""}</p>
      </div>
      <div className="field seeds" id="field-until">
        <span className="l">
          {(until !== "" || maxSeeds !== "") && <span className="dot" title={w.changed} />}
          <label htmlFor={`${id}-until`}>
            <code>{w.until}</code>
          </label>
        </span>
        <div className="c">
          <span className="three">
            <span className={wrongUntil.length ? "input bad" : "input"}>
              <input id={`${id}-until`} placeholder={`${lab.headline.metric}+-5%`} value={until} onChange={(event) => put({ until: event.target.value })} />
            </span>
            <label className="muted" htmlFor={`${id}-most`}>
              {w.maxSeeds}
            </label>
            <span className="input">
              <input id={`${id}-most`} inputMode="numeric" placeholder="200" value={maxSeeds} onChange={(event) => put({ maxSeeds: event.target.value })} />
            </span>
          </span>
          {wrongUntil.map((fault) => (
            <p key={fault.path} className="err" role="alert">
              <b aria-hidden="true">✕</b> {fault.message} {fault.hint}
            </p>
          ))}
        </div>
        <p className="help">{w.untilHelp}</p>
      </div>
      <div className="field seeds" id="field-name">
        <span className="l">
          <label htmlFor={`${id}-name`}>
            <code>{w.name}</code>
          </label>
        </span>
        <div className="c">
          <span className="input">
            <input id={`${id}-name`} maxLength={200} value={name} onChange={(event) => put({ name: event.target.value })} />
          </span>
        </div>
        <p className="help">{w.nameHelp}</p>
      </div>
    </section>
  );
}

function FromRun() {
  const [open, setOpen] = useState(false);
  const [text, setText] = useState("");
  const navigate = useNavigate();
  const found = useQuery({ ...runsNamed(text), enabled: open, placeholderData: (before) => before });
  return (
    <Popover opened={open} onChange={setOpen} position="bottom-end" trapFocus withinPortal>
      <Popover.Target>
        <button type="button" className="btn quiet s" aria-expanded={open} onClick={() => setOpen(!open)}>
          {w.fromRun}
        </button>
      </Popover.Target>
      <Popover.Dropdown>
        <div className="small-form">
          <span className="input">
            <input data-autofocus type="search" aria-label={w.fromRunLabel} placeholder={w.fromRunLabel} value={text} onChange={(event) => setText(event.target.value)} />
          </span>
          <ul>
            {(found.data ?? []).slice(0, 8).map((run) => (
              <li key={run.id}>
                <button
                  type="button"
                  className="as-link"
                  onClick={() => {
                    setOpen(false);
                    void navigate({ to: "/new/$lab", params: { lab: run.lab }, search: { from: run.lead } });
                  }}
                >
                  {run.name}
                </button>{" "}
                <span className="cap">{run.line}</span>
              </li>
            ))}
          </ul>
        </div>
      </Popover.Dropdown>
    </Popover>
  );
}

