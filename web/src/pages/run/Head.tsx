/** Name, lab, state and what one can do with it. */
import { Menu, Popover } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useEffect, useId, useRef, useState, type FormEvent } from "react";
import type { Annotated, BulkAnswer, Detail } from "../../api/page";
import { Problem } from "../../api/problem";
import { ask, download, NATIVE } from "../../api/request";
import { requested } from "../../api/sweep";
import { isFinal, type Created, type LabDetail, type RunDetail } from "../../api/shapes";
import { useOffer, type Action } from "../../frame/actions";
import { useNow } from "../../frame/clock";
import { copyText } from "../../frame/copy";
import { Dialog } from "../../frame/Dialog";
import { FaultNote } from "../../frame/Fault";
import { useKeys } from "../../frame/keyboard";
import { dropToast, showToast } from "../../frame/toast";
import { panelOf } from "../../labs/registry";
import { duration, when } from "../../numbers/quantity";
import { words } from "../../words";
import { runBase, sweepBase } from "./queries";
import type { Tab } from "./Run";
import type { SweepState } from "./sweep";

interface Props {
  run: Detail;
  sweep: SweepState | null;
  lab: LabDetail | undefined;
  stateWords: string;
  fraction: number;
  tab: Tab;
}

export function Head({ run, sweep, lab, stateWords, tab }: Props) {
  const navigate = useNavigate();
  const client = useQueryClient();
  const search = useSearch({ strict: false }) as Record<string, string>;
  const [repeating, setRepeating] = useState(false);
  const [editing, setEditing] = useState(false);
  const [asking, setAsking] = useState(false);
  const id = sweep?.detail?.id ?? run.id;
  const base = sweep ? sweepBase(id) : runBase(id);
  const live = sweep ? sweep.live : !isFinal(run.state);
  const state = sweep ? sweepState(sweep) : { state: run.state, words: stateWords };
  const fresh = () => void client.invalidateQueries({ predicate: (query) => ["run", "runs", "sweep", "sweep-summary"].includes(String(query.queryKey[0])) });

  const control = useMutation({
    mutationFn: (verb: "pause" | "resume" | "cancel") =>
      sweep ? ask<unknown>(`${NATIVE}/runs/bulk`, { method: "POST", body: { action: verb, ids: [id] } }) : ask<unknown>(`${runBase(id)}/${verb}`, { method: "POST" }),
    onSettled: fresh,
  });
  const verify = useMutation({
    mutationFn: () => ask<RunDetail>(`${runBase(run.id)}/verify`, { method: "POST" }),
    onSuccess: (again) => void navigate({ to: "/runs/$run/$tab", params: { run: run.id, tab: "record" }, search: { ...search, verified: again.id } }),
  });
  const remove = useMutation({
    mutationFn: () => ask<BulkAnswer>(`${NATIVE}/runs/bulk`, { method: "POST", body: { action: "delete", ids: [id] } }),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ["runs"] });
      void navigate({ to: "/" });
      showToast(words.run.removed(run.name), {
        ms: 10_000,
        counting: words.run.goneIn,
        action: {
          label: words.frame.undo,
          run: () =>
            void ask(`${NATIVE}/runs/bulk`, { method: "POST", body: { action: "undo", ids: [id] } }).then(() => {
              dropToast();
              void client.invalidateQueries();
            }),
        },
      });
    },
    onSettled: () => setAsking(false),
  });
  const change = () => void navigate({ to: "/new/$lab", params: { lab: run.lab }, search: { from: run.id } });
  const compare = () => void navigate({ to: "/compare", search: { series: sweep ? id : (run.key ?? run.id) } });

  useKeys([{ keys: "r", where: "run", run: () => (live ? false : setRepeating(true)) }, { keys: "n", where: "run", run: change }]);
  const target = sweep ? id : run.id;
  const actions: Action[] = live
    ? [
        ...(state.state === "paused" ? [] : [{ id: "pause", verb: "pause", text: run.name, command: `quintant pause ${target}`, run: () => control.mutate("pause") }]),
        { id: "stop", verb: "stop", text: run.name, command: `quintant stop ${target}`, run: () => control.mutate("cancel") },
      ]
    : [
        { id: "repeat", verb: "repeat", text: words.run.repeat.replace(/^\S+ /, ""), keys: "r", icon: "plus", command: `quintant run ${run.lab} --like ${target} --seeds 10`, run: () => setRepeating(true) },
        { id: "verify", verb: "verify", text: run.name, command: `quintant verify ${target}`, run: () => verify.mutate() },
        { id: "compare", verb: "compare", text: run.name, command: `quintant compare ${target} RUN`, run: compare },
        { id: "export", verb: "export", text: run.name, command: `quintant export ${target}`, run: () => void download(`${runBase(run.id)}/archive.zip`, `${run.id}.zip`) },
        { id: "rm", verb: "rm", text: run.name, command: `quintant rm ${target}`, run: () => setAsking(true) },
      ];
  useOffer({ what: run.name, actions: [...actions, { id: "change", verb: "run", text: words.run.change.toLowerCase(), keys: "n", command: `quintant run ${run.lab} --like ${target} --set KEY=VALUE`, run: change }] });

  return (
    <>
      <div className="run-head">
        <h1>
          <Link className="crumb" to="/">
            {words.runs.title}
          </Link>
          <span className="crumb" aria-hidden="true">
            ›
          </span>
          {run.name}
        </h1>
        <span className="lab" title={run.lab}>
          {lab?.tag ?? run.lab}
        </span>
        <span className={`st st-${state.state}`}>{state.words}</span>
        {(run.tags ?? []).map((tag) => (
          <span key={tag} className="badge">
            {tag}
          </span>
        ))}
        <div className="acts">
          {live && state.state !== "paused" && state.state !== "queued" && (
            <button type="button" className="btn" disabled={control.isPending || run.want === "pause"} onClick={() => control.mutate("pause")}>
              <i className="ico ico-pause" />
              {words.run.pause}
            </button>
          )}
          {live && state.state === "paused" && (
            <button type="button" className="btn" disabled={control.isPending} onClick={() => control.mutate("resume")}>
              <i className="ico ico-play" />
              {words.run.resume}
            </button>
          )}
          {live && (
            <button type="button" className="btn danger" disabled={control.isPending || run.want === "cancel"} onClick={() => control.mutate("cancel")}>
              <i className="ico ico-stop" />
              {run.want === "cancel" ? words.run.stopping : words.run.stop}
            </button>
          )}
          {!live && (
            <>
              <Repeat run={run} sweep={sweep} open={repeating} setOpen={setRepeating} />
              <button type="button" className="btn" onClick={change}>
                {words.run.change}
              </button>
              <button type="button" className="btn" onClick={compare}>
                {words.run.compare}
              </button>
              <button type="button" className="btn" disabled={run.state !== "completed" || verify.isPending} onClick={() => verify.mutate()}>
                {words.run.verify}
              </button>
            </>
          )}
          <Menu position="bottom-end" withinPortal>
            <Menu.Target>
              <button type="button" className="btn icon quiet" aria-label={words.run.more}>
                <i className="ico ico-more" />
              </button>
            </Menu.Target>
            <Menu.Dropdown>
              <Menu.Item onClick={() => setEditing(true)}>{words.runs.rename}</Menu.Item>
              <Menu.Item onClick={() => void copyText(location.href)}>{words.run.copyLink}</Menu.Item>
              <Menu.Item disabled={!isFinal(run.state)} onClick={() => void download(`${runBase(run.id)}/archive.zip`, `${run.id}.zip`)}>
                {words.run.exportAll}
              </Menu.Item>
              <Menu.Divider />
              <Menu.Item className="danger" disabled={live} onClick={() => setAsking(true)}>
                {words.run.remove}
              </Menu.Item>
            </Menu.Dropdown>
          </Menu>
        </div>
      </div>
      <SubLine run={run} sweep={sweep} tab={tab} />
      {run.note && <p className="run-note">{run.note}</p>}
      {editing && <Edit base={base} name={run.name} tags={run.tags ?? []} note={run.note ?? null} version={run.version} close={() => setEditing(false)} done={fresh} />}
      {(control.error || verify.error || remove.error) && <FaultNote error={control.error ?? verify.error ?? remove.error} />}
      {asking && (
        <Dialog label={words.run.removeAsk(run.name)} className="question" close={() => setAsking(false)}>
          <div>
            <h2>{words.run.removeAsk(run.name)}</h2>
            <p className="muted">{words.run.removeSays}</p>
          </div>
          <footer>
            <button type="button" className="btn" autoFocus onClick={() => setAsking(false)}>
              {words.frame.cancel}
            </button>
            <button type="button" className="btn danger" disabled={remove.isPending} onClick={() => remove.mutate()}>
              {words.run.remove}
            </button>
          </footer>
        </Dialog>
      )}
    </>
  );
}

export function sweepState(sweep: SweepState): { state: RunDetail["state"]; words: string } {
  const of = (state: string) => sweep.states[state] ?? 0;
  const all = sweep.runs;
  for (const state of ["running", "starting", "paused", "queued"] as const)
    if (of(state)) return { state: of("running") || of("starting") ? "running" : of("completed") && state === "queued" ? "running" : state, words: words.runs.ofSeeds(sweep.done, all) + " " + words.runs.state.completed };
  if (of("failed")) return { state: "failed", words: words.runs.ofSeeds(of("failed"), all) + " " + words.runs.state.failed };
  if (of("cancelled")) return { state: "cancelled", words: words.runs.ofSeeds(of("cancelled"), all) + " " + words.runs.state.cancelled };
  return { state: "completed", words: words.runs.state.completed };
}

function SubLine({ run, sweep, tab }: { run: Detail; sweep: SweepState | null; tab: Tab }) {
  const now = useNow();
  const panel = panelOf(run.lab);
  const parts: React.ReactNode[] = [];
  const axes = sweep?.detail ? Object.entries(requested(sweep.detail.axes, sweep.detail.tied)) : [];
  if (sweep?.detail) {
    const { seeds } = sweep.detail;
    if (axes.length) parts.push(<><b>{words.run.runs(sweep.runs)}</b>{words.run.runsOf(axes.map(([key, values]) => words.run.points(values.length, key)).join(" × "), seeds)}{seeds > 1 && words.run.paired}</>);
    else parts.push(<b>{words.run.seeds(seeds)}</b>);
  } else if (run.sweep_id)
    parts.push(
      <>
        {words.run.runId} <b>{run.id}</b>
      </>,
      <>
        {words.run.replicate(run.replicate + 1, run.replicate + 1).replace(/ of .*/, "")} {Object.entries(run.point).map(([key, value]) => `${key} ${String(value)}`).join(", ")} {words.run.ofSweep}{" "}
        <Link to="/sweeps/$sweep" params={{ sweep: run.sweep_id }}>
          {run.sweep_id}
        </Link>
      </>,
      words.run.rootSeed(run.root_seed),
    );
  else parts.push(<b>{words.run.seeds(1)}</b>);
  for (const [how, other] of [[words.run.verifies, run.verify_of], [words.run.reusedOf, run.reused_from]] as const)
    if (other)
      parts.push(
        <>
          {how}{" "}
          <Link to="/runs/$run" params={{ run: other }}>
            {other}
          </Link>
        </>,
      );
  const swept = new Set(axes.map(([key]) => key));
  if (tab === "results") for (const one of panel.line?.(swept.size ? Object.fromEntries(Object.entries(run.config).filter(([key]) => !swept.has(key))) : run.config) ?? []) parts.push(one);
  if (run.contract) parts.push(words.run.through(run.contract));
  const took = run.started_at && run.ended_at ? (Date.parse(run.ended_at) - Date.parse(run.started_at)) / 1000 : null;
  parts.push(<span title={run.started_at ?? run.created_at}>{took !== null && !sweep && !run.reused_from ? words.run.took(when(run.started_at, now), duration(took)) : words.run.startedAt(when(run.started_at ?? run.created_at, now))}</span>);
  return (
    <p className="run-sub">
      {parts.map((part, index) => (
        <span key={index}>
          {index > 0 && " · "}
          {part}
        </span>
      ))}
    </p>
  );
}

/** The same config with more seeds: a line becomes a band. */
function Repeat({ run, sweep, open, setOpen }: { run: Detail; sweep: SweepState | null; open: boolean; setOpen: (open: boolean) => void }) {
  const navigate = useNavigate();
  const now = sweep?.detail?.seeds ?? 1;
  const points = Math.max(1, sweep?.summary?.points.length ?? 1);
  const [seeds, setSeeds] = useState(String(now < 10 ? 10 : now * 2));
  const input = useRef<HTMLInputElement>(null);
  const id = useId();
  const count = Number(seeds);
  const valid = Number.isInteger(count) && count >= 1;
  const start = useMutation({
    mutationFn: () => {
      const axes = sweep?.detail ? requested(sweep.detail.axes, sweep.detail.tied) : {};
      return ask<Created>(`${NATIVE}/runs`, {
        method: "POST",
        body: { from_run: run.id, seeds: count, root_seed: sweep?.detail?.root_seed ?? run.root_seed, sweep: axes, name: run.name.slice(0, 200), config: {} },
      });
    },
    onSuccess: (created) => {
      setOpen(false);
      void navigate(created.sweep ? { to: "/sweeps/$sweep", params: { sweep: created.sweep.id } } : { to: "/runs/$run", params: { run: created.runs[0]!.id } });
    },
  });
  useEffect(() => {
    if (open) requestAnimationFrame(() => input.current?.select());
  }, [open]);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (valid) start.mutate();
  };
  return (
    <Popover opened={open} onChange={setOpen} position="bottom-end" trapFocus withinPortal>
      <Popover.Target>
        <button type="button" className="btn" aria-expanded={open} onClick={() => setOpen(!open)}>
          <span>{words.run.repeat}</span>
          <kbd className="kbd">r</kbd>
        </button>
      </Popover.Target>
      <Popover.Dropdown>
        <form className="small-form" onSubmit={submit}>
          <label htmlFor={id}>{words.run.repeatTitle}</label>
          <span className={valid ? "input" : "input bad"}>
            <input ref={input} id={id} inputMode="numeric" value={seeds} aria-invalid={!valid} onChange={(event) => setSeeds(event.target.value)} />
            <span className="unit">= {words.run.repeatRuns(valid ? count * points : 0)}</span>
          </span>
          <p className="cap">{words.run.repeatSays}</p>
          {start.error && <FaultNote error={start.error} />}
          <button type="submit" className="btn primary" disabled={!valid || start.isPending}>
            {words.run.repeatGo(valid ? count : 0)}
          </button>
        </form>
      </Popover.Dropdown>
    </Popover>
  );
}

/** Name, tags and note, edited in place. */
export function Edit({ base, name, tags, note, version, close, done }: { base: string; name: string; tags: string[]; note: string | null; version: number | undefined; close: () => void; done: () => void }) {
  const [next, setNext] = useState({ name, tags: tags.join(" "), note: note ?? "" });
  const client = useQueryClient();
  const id = useId();
  const save = useMutation({
    mutationFn: () =>
      ask<Annotated>(base, {
        method: "PATCH",
        headers: version === undefined ? {} : { "If-Match": `"${version}"` },
        body: { name: next.name.trim(), tags: next.tags.split(/[\s,]+/).filter(Boolean), note: next.note.trim() || null },
      }),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ["runs"] });
      done();
      close();
    },
    onError: (error) => {
      if (error instanceof Problem && error.status === 412) done();
    },
  });
  const field = (key: "name" | "tags" | "note", label: string, help?: string) => (
    <div className="edit-field">
      <label htmlFor={`${id}-${key}`}>
        {label} {help && <span className="cap">{help}</span>}
      </label>
      <span className="input">
        <input id={`${id}-${key}`} autoFocus={key === "name"} value={next[key]} onChange={(event) => setNext({ ...next, [key]: event.target.value })} />
      </span>
    </div>
  );
  return (
    <form
      className="edit"
      onSubmit={(event) => {
        event.preventDefault();
        if (next.name.trim()) save.mutate();
      }}
      onKeyDown={(event) => {
        if (event.key === "Escape") {
          event.stopPropagation();
          close();
        }
      }}
    >
      {field("name", words.run.name)}
      {field("tags", words.run.tags, words.run.tagsHelp)}
      {field("note", words.run.note)}
      <span className="hstack">
        <button type="submit" className="btn primary" disabled={save.isPending || !next.name.trim()}>
          {words.run.save}
        </button>
        <button type="button" className="btn" onClick={close}>
          {words.frame.cancel}
        </button>
      </span>
      {save.error && <FaultNote error={save.error}>{save.error instanceof Problem && save.error.status === 412 && <p>{words.run.nothingChanged}</p>}</FaultNote>}
    </form>
  );
}
