/** What one can do with the rows that are ticked: compare, repeat, tag, export, stop, delete. */
import { Popover } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState, type FormEvent } from "react";
import type { BulkAnswer, Row, SweepDetail } from "../../api/page";
import { ask, download, NATIVE } from "../../api/request";
import { requested } from "../../api/sweep";
import { isFinal, type Created } from "../../api/shapes";
import { useOffer } from "../../frame/actions";
import { Dialog } from "../../frame/Dialog";
import { FaultNote } from "../../frame/Fault";
import { useKeys } from "../../frame/keyboard";
import { dropToast, showToast } from "../../frame/toast";
import { words } from "../../words";
import { bulk } from "./queries";

const w = words.runs;

export function Selection({ selected, clear }: { selected: ReadonlyMap<string, Row>; clear: () => void }) {
  const navigate = useNavigate();
  const client = useQueryClient();
  const [asking, setAsking] = useState(false);
  const [tagging, setTagging] = useState(false);
  const [repeating, setRepeating] = useState(false);
  const rows = [...selected.values()];
  const keys = [...selected.keys()];
  const runs = rows.reduce((sum, row) => sum + row.runs, 0);
  const live = rows.filter((row) => !isFinal(row.state));
  const ended = rows.filter((row) => isFinal(row.state) || Object.keys(row.states).some((state) => isFinal(state as Row["state"])));
  const fresh = () => void client.invalidateQueries({ queryKey: ["runs"] });

  const act = useMutation({
    mutationFn: ({ action, tags }: { action: string; tags?: string[] }) => bulk(action, keys, tags),
    onSuccess: (answer, { action }) => {
      fresh();
      const done = answer.results.reduce((sum, one) => sum + one.done, 0);
      const left = answer.results.filter((one) => one.skipped > 0 || !one.ok);
      const reason = left.map((one) => one.reason).find(Boolean);
      const skipped = left.reduce((sum, one) => sum + (one.skipped || one.runs), 0);
      const tail = skipped && reason ? ` ${w.skipped(skipped, reason)}` : "";
      if (action === "cancel") showToast(w.stopped(done) + tail);
      if (action === "delete") {
        clear();
        showToast(w.deleted(done) + tail, {
          ms: Math.max(1000, answer.undo_until ? Date.parse(answer.undo_until) - Date.now() : 10_000),
          counting: w.goneIn,
          action: { label: words.frame.undo, run: () => void undo(answer) },
        });
      }
      setTagging(false);
    },
    onSettled: () => setAsking(false),
  });
  const undo = async (answer: BulkAnswer) => {
    await bulk("undo", answer.results.filter((one) => one.done > 0).map((one) => one.id));
    dropToast();
    showToast(w.restored);
    fresh();
  };
  const repeat = useMutation({
    mutationFn: async (seeds: number) => {
      const made: Created[] = [];
      for (const row of rows)
        made.push(
          await ask<Created>(`${NATIVE}/runs`, {
            method: "POST",
            body: { from_run: row.lead, seeds, root_seed: row.root_seed, name: row.name, sweep: await axesOf(row) },
          }),
        );
      return made;
    },
    onSuccess: (made) => {
      setRepeating(false);
      clear();
      fresh();
      const first = made[0]?.sweep;
      if (made.length === 1 && first) void navigate({ to: "/sweeps/$sweep", params: { sweep: first.id } });
    },
  });
  const compare = () => {
    if (rows.length >= 1 && rows.length <= 8) void navigate({ to: "/compare", search: { series: keys.join() } });
  };
  const exportAll = () => rows.forEach((row) => void download(`${NATIVE}/runs/${row.lead}/archive.zip`, `${row.lead}.zip`));

  const any = rows.length > 0;
  const when = (run: () => void, allowed = true) => () => {
    if (!any || !allowed) return false;
    run();
    return;
  };
  const comparable = rows.length >= 2 && rows.length <= 8;
  useKeys([
    { keys: "c", where: "runs", run: when(compare, comparable) },
    { keys: "r", where: "runs", run: when(() => setRepeating(true), ended.length > 0) },
    { keys: "e", where: "runs", run: when(exportAll, ended.length > 0) },
  ]);
  const ids = keys.join(" ");
  useOffer(
    any
      ? {
          what: w.rowsSelected(rows.length),
          actions: [
            ...(comparable ? [{ id: "compare", verb: "compare", text: w.rowsSelected(rows.length), keys: "c", command: `quintant compare ${ids}`, run: compare }] : []),
            ...(ended.length ? [{ id: "repeat", verb: "repeat", text: w.repeat.replace(/^\S+ /, ""), keys: "r", icon: "plus", command: `quintant run ${rows[0]!.lab} --like ${keys[0]} --seeds 10`, run: () => setRepeating(true) }] : []),
            ...(live.length ? [{ id: "stop", verb: "stop", text: w.rowsSelected(live.length), command: `quintant stop ${ids}`, run: () => act.mutate({ action: "cancel" }) }] : []),
            ...(ended.length ? [{ id: "export", verb: "export", text: w.rowsSelected(rows.length), keys: "e", command: `quintant export ${ids}`, run: exportAll }, { id: "rm", verb: "rm", text: w.rowsSelected(rows.length), command: `quintant rm ${ids}`, run: () => setAsking(true) }] : []),
          ],
        }
      : null,
  );
  if (!any) return null;
  return (
    <div className="actions" role="region" aria-label={w.selection(rows.length, runs)}>
      <span className="sel" role="status">
        {w.selection(rows.length, runs)}
      </span>
      <button type="button" className="btn main" disabled={!comparable} title={rows.length < 2 ? w.compareTooFew : rows.length > 8 ? w.compareTooMany : undefined} onClick={compare}>
        {w.compare} <kbd className="kbd">c</kbd>
      </button>
      <Repeat open={repeating} setOpen={setRepeating} rows={rows} start={(seeds) => repeat.mutate(seeds)} busy={repeat.isPending} error={repeat.error} />
      <Popover opened={tagging} onChange={setTagging} position="top" trapFocus withinPortal>
        <Popover.Target>
          <button type="button" className="btn" aria-expanded={tagging} onClick={() => setTagging(!tagging)}>
            {w.tag}
          </button>
        </Popover.Target>
        <Popover.Dropdown>
          <Tag act={(action, tags) => act.mutate({ action, tags })} />
        </Popover.Dropdown>
      </Popover>
      <button type="button" className="btn" disabled={!ended.length} onClick={exportAll}>
        {w.exportRows} <kbd className="kbd">e</kbd>
      </button>
      <button type="button" className="btn" disabled={!live.length} title={live.length ? undefined : w.stopNone} onClick={() => act.mutate({ action: "cancel" })}>
        {w.stop}
      </button>
      <span className="sep" />
      <button type="button" className="btn danger" disabled={!ended.length} title={ended.length ? undefined : w.deleteNone} onClick={() => setAsking(true)}>
        {w.delete}
      </button>
      {act.error && <FaultNote error={act.error} />}
      <button type="button" className="btn push" onClick={clear}>
        {w.clear} <kbd className="kbd">Esc</kbd>
      </button>
      {asking && (
        <Dialog label={w.deleteAsk(w.selection(rows.length, runs))} className="question" close={() => setAsking(false)}>
          <div>
            <h2>{w.deleteAsk(w.selection(rows.length, runs).replace(/ selected/, ""))}</h2>
            <p className="muted">{w.deleteSays}</p>
            {live.length > 0 && <p className="muted">{w.deleteLive(live.length)}</p>}
          </div>
          <footer>
            <button type="button" className="btn" autoFocus onClick={() => setAsking(false)}>
              {words.frame.cancel}
            </button>
            <button type="button" className="btn danger" disabled={act.isPending} onClick={() => act.mutate({ action: "delete" })}>
              {w.delete}
            </button>
          </footer>
        </Dialog>
      )}
    </div>
  );
}

/** A sweep's axes with all their values, as a request has them: the row has their ends only. */
async function axesOf(row: Row): Promise<Record<string, unknown[]>> {
  if (!row.sweep_id || row.kind !== "sweep") return {};
  const { axes, tied } = await ask<SweepDetail>(`${NATIVE}/sweeps/${row.sweep_id}`);
  return requested(axes, tied);
}

function Repeat({ open, setOpen, rows, start, busy, error }: { open: boolean; setOpen: (open: boolean) => void; rows: Row[]; start: (seeds: number) => void; busy: boolean; error: Error | null }) {
  const most = Math.max(...rows.map((row) => row.seeds));
  const [seeds, setSeeds] = useState("");
  const count = seeds === "" ? (most < 10 ? 10 : most * 2) : Number(seeds);
  const valid = Number.isInteger(count) && count > 0;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (valid) start(count);
  };
  const r = words.run;
  return (
    <Popover opened={open} onChange={setOpen} position="top" trapFocus withinPortal>
      <Popover.Target>
        <button type="button" className="btn" aria-expanded={open} onClick={() => setOpen(!open)}>
          {w.repeat} <kbd className="kbd">r</kbd>
        </button>
      </Popover.Target>
      <Popover.Dropdown>
        <form className="small-form" onSubmit={submit}>
          <label htmlFor="repeat-seeds">{r.repeatTitle}</label>
          <span className={valid ? "input" : "input bad"}>
            <input id="repeat-seeds" data-autofocus inputMode="numeric" placeholder={String(count)} value={seeds} onChange={(event) => setSeeds(event.target.value)} />
            <span className="unit">= {r.repeatRuns(valid ? rows.reduce((sum, row) => sum + Math.max(1, row.points) * count, 0) : 0)}</span>
          </span>
          <p className="cap">{r.repeatSays}</p>
          {error && <FaultNote error={error} />}
          <button type="submit" className="btn primary" disabled={!valid || busy}>
            {r.repeatGo(valid ? count : 0)}
          </button>
        </form>
      </Popover.Dropdown>
    </Popover>
  );
}

function Tag({ act }: { act: (action: "tag" | "untag", tags: string[]) => void }) {
  const [text, setText] = useState("");
  const tags = text.split(/[\s,]+/).filter(Boolean);
  return (
    <form
      className="small-form"
      onSubmit={(event) => {
        event.preventDefault();
        if (tags.length) act("tag", tags);
      }}
    >
      <span className="input">
        <input data-autofocus aria-label={w.tagName} placeholder={w.tagName} value={text} onChange={(event) => setText(event.target.value)} />
      </span>
      <span className="hstack">
        <button type="submit" className="btn primary" disabled={!tags.length}>
          {w.tagAdd}
        </button>
        <button type="button" className="btn" disabled={!tags.length} onClick={() => act("untag", tags)}>
          {w.tagRemove}
        </button>
      </span>
    </form>
  );
}
