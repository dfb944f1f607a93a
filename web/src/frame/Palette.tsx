/** The command palette: the verbs of `quintant --help` on what is here, the runs, the presets, the parameters. */
import { useQueries, useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useDeferredValue, useEffect, useId, useMemo, useRef, useState, type ReactNode } from "react";
import { lab as labQuery, labs as labsQuery, runsNamed, schema } from "../api/queries";
import { useStore } from "../api/store";
import { words } from "../words";
import { offers } from "./actions";
import { copyText } from "./copy";
import { Dialog } from "./Dialog";
import { nextTheme } from "./theme";

interface Item {
  id: string;
  icon: string;
  verb?: string;
  text: string;
  detail?: ReactNode;
  keys?: string;
  command?: string;
  run: () => void;
}
interface Section {
  title: string;
  items: Item[];
}

const p = words.frame.palette;
const MOST = 7;

export default function Palette({ close, openKeys }: { close: () => void; openKeys: () => void }) {
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const id = useId();
  const list = useRef<HTMLDivElement>(null);
  const sections = useSections(useDeferredValue(text), close, openKeys);
  const items = sections.flatMap((section) => section.items);
  const chosen = Math.min(at, items.length - 1);

  useEffect(() => {
    list.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: "nearest" });
  }, [chosen]);

  const onKeyDown = (event: React.KeyboardEvent) => {
    const move = (by: number) => {
      event.preventDefault();
      setAt((chosen + by + items.length) % Math.max(1, items.length));
    };
    if (event.key === "ArrowDown") move(1);
    else if (event.key === "ArrowUp") move(-1);
    else if (event.key === "Enter") {
      event.preventDefault();
      items[chosen]?.run();
    } else if (event.key === "Tab" && !event.shiftKey && items[chosen]?.command) {
      event.preventDefault();
      void copyText(items[chosen]!.command!);
      close();
    }
  };

  let index = -1;
  return (
    <Dialog label={p.label} className="palette" close={close}>
      <div className="q">
        <i className="ico ico-find" />
        <input
          className="typed"
          autoFocus
          role="combobox"
          aria-label={p.label}
          aria-expanded="true"
          aria-controls={id}
          aria-activedescendant={items[chosen] ? `${id}-${chosen}` : undefined}
          placeholder={words.frame.find}
          value={text}
          onChange={(event) => {
            setText(event.target.value);
            setAt(0);
          }}
          onKeyDown={onKeyDown}
        />
        <kbd className="kbd">Esc</kbd>
      </div>
      <div role={sections.length > 0 ? "listbox" : "status"} id={id} ref={list} aria-label={p.results}>
        {sections.map((section) => (
          <div key={section.title} role="group" aria-label={section.title}>
            <div className="sec" aria-hidden="true">
              {section.title}
            </div>
            {section.items.map((item) => {
              index += 1;
              const mine = index;
              return (
                <div key={item.id} id={`${id}-${mine}`} role="option" aria-selected={mine === chosen} className={mine === chosen ? "item on" : "item"} onClick={item.run} onPointerMove={() => setAt(mine)}>
                  <i className={`ico ico-${item.icon}`} />
                  <span className="t">
                    {item.verb && <b>{item.verb} </b>}
                    {item.verb ? item.text : marked(item.text, text)}
                  </span>
                  <span className="s">{item.detail ?? (item.command && <code>{item.command}</code>)}</span>
                  {item.keys && <kbd className="kbd ks">{item.keys}</kbd>}
                </div>
              );
            })}
          </div>
        ))}
        {!items.length && <p className="item muted">{p.nothing(text)}</p>}
      </div>
      <div className="foot">
        <span>
          <kbd className="kbd">↑</kbd>
          <kbd className="kbd">↓</kbd> {p.choose}
        </span>
        <span>
          <kbd className="kbd">↵</kbd> {p.doIt}
        </span>
        <span>
          <kbd className="kbd">Tab</kbd> {p.itsCommand}
        </span>
        <span className="grow" />
        <span>
          {p.verbs} <code>quintant --help</code>
        </span>
      </div>
    </Dialog>
  );
}

function marked(text: string, needle: string): ReactNode {
  const word = needle.trim().split(/\s+/).find((one) => one && text.toLowerCase().includes(one.toLowerCase()));
  if (!word) return text;
  const at = text.toLowerCase().indexOf(word.toLowerCase());
  return (
    <>
      {text.slice(0, at)}
      <b>{text.slice(at, at + word.length)}</b>
      {text.slice(at + word.length)}
    </>
  );
}

function useSections(text: string, close: () => void, openKeys: () => void): Section[] {
  const navigate = useNavigate();
  const offered = useStore(offers);
  const labs = useQuery(labsQuery);
  const ready = (labs.data ?? []).filter((one) => one.state === "ready");
  const details = useQueries({ queries: ready.map((one) => labQuery(one.name)) });
  const schemas = useQueries({ queries: text.trim().length > 2 ? ready.map((one) => schema(one.name)) : [] });
  const needle = text.trim();
  const named = useQuery({ ...runsNamed(needle.split(/\s+/).at(-1) ?? ""), placeholderData: (before) => before });

  return useMemo(() => {
    const fits = (item: { verb?: string; text: string; command?: string }) => matches(needle, [item.verb ?? "", item.text, item.command ?? ""].join(" "));
    const go = (run: () => void) => () => {
      close();
      run();
    };
    const sections: Section[] = offered.map((offer) => ({
      title: p.commandsOn(offer.what),
      items: offer.actions
        .filter((action) => fits(action) || matchesVerb(needle, action.verb))
        .map((action) => ({
          id: action.id,
          icon: action.icon ?? "right",
          verb: action.verb,
          text: action.text,
          detail: action.detail,
          ...(action.keys && { keys: action.keys }),
          ...(action.command && { command: action.command }),
          run: go(action.run),
        })),
    }));
    const commands: Item[] = [
      { id: "run", icon: "plus", verb: p.runVerb.verb, text: p.runVerb.text, keys: "n", command: "quintant run LAB", run: go(() => void navigate({ to: "/new" })) },
      { id: "list", icon: "right", verb: p.list.verb, text: p.list.text, keys: "g r", command: "quintant list", run: go(() => void navigate({ to: "/" })) },
      { id: "compare", icon: "right", verb: p.compareVerb.verb, text: p.compareVerb.text, keys: "g c", command: "quintant compare RUN RUN", run: go(() => void navigate({ to: "/compare" })) },
      { id: "labs", icon: "right", verb: p.labsVerb.verb, text: p.labsVerb.text, keys: "g l", command: "quintant labs", run: go(() => void navigate({ to: "/labs" })) },
      ...ready.map((one) => ({ id: `explain-${one.name}`, icon: "info", verb: p.explain.verb, text: p.explain.text(one.name), command: `quintant explain ${one.name}`, run: go(() => void navigate({ to: "/labs/$lab", params: { lab: one.name }, hash: "parameters" })) })),
      { id: "theme", icon: "auto", verb: p.theme.verb, text: p.theme.text, keys: "t", run: go(() => void nextTheme()) },
      { id: "keys", icon: "info", verb: p.keyboard.verb, text: p.keyboard.text, keys: "?", run: openKeys },
      { id: "terminal", icon: "right", verb: p.terminal.verb, text: p.terminal.text, run: go(() => location.assign("/terminal")) },
      { id: "docs", icon: "right", verb: p.docs.verb, text: p.docs.text, run: go(() => void window.open("/docs", "_self")) },
    ];
    sections.push({ title: p.commands, items: commands.filter(fits) });
    const runs = (named.data ?? []).filter((run) => matches(needle, `${run.name} ${run.id} ${run.tag}`));
    sections.push({
      title: p.runs,
      items: runs.slice(0, 5).map((run) => ({
        id: run.id,
        icon: "right",
        text: run.name,
        detail: (
          <>
            <span className="lab">{run.tag}</span> {run.line}
          </>
        ),
        command: `quintant show ${run.id}`,
        run: go(() => void navigate({ to: run.sweep ? "/sweeps/$sweep" : "/runs/$run", params: { run: run.id, sweep: run.id } as never })),
      })),
    });
    const named_: Item[] = [];
    if (needle) {
      for (const detail of details)
        for (const preset of detail.data?.presets ?? [])
          if (matches(needle, `${preset.name} ${preset.title} ${detail.data?.name}`))
            named_.push({
              id: `preset-${detail.data!.name}-${preset.name}`,
              icon: "plus",
              text: p.newRun(preset.name),
              detail: preset.says,
              command: `quintant run ${detail.data!.name} --preset ${preset.name}`,
              run: go(() => void navigate({ to: "/new/$lab", params: { lab: detail.data!.name }, search: { preset: preset.name } as never })),
            });
      schemas.forEach((one, index) => {
        for (const [key, about] of Object.entries((one.data?.["properties"] ?? {}) as Record<string, { description?: string }>))
          if (matches(needle, key)) {
            const name = ready[index]!.name;
            named_.push({
              id: `key-${name}-${key}`,
              icon: "info",
              text: key,
              detail: `${p.keyOf(name)}: ${about.description ?? ""}`,
              command: `quintant explain ${name} ${key}`,
              run: go(() => void navigate({ to: "/new/$lab", params: { lab: name }, search: { find: key } as never })),
            });
          }
      });
    }
    sections.push({ title: p.presets, items: named_.slice(0, MOST) });
    return sections.map((section) => ({ ...section, items: section.items.slice(0, 9) })).filter((section) => section.items.length);
  }, [needle, offered, labs.data, named.data, details.map((one) => one.status).join(), schemas.map((one) => one.status).join()]);
}

function matches(needle: string, text: string): boolean {
  const lower = text.toLowerCase();
  return needle.toLowerCase().split(/\s+/).every((word) => lower.includes(word));
}

/** "repeat ksp": the first word chooses the verb, the rest the runs. */
function matchesVerb(needle: string, verb: string): boolean {
  const first = needle.toLowerCase().split(/\s+/)[0] ?? "";
  return first.length > 1 && verb.toLowerCase().startsWith(first);
}
