/** A figure's card: its finding as the headline, the drawing, what it stands on; enlarge, link, data, export. */
import { Menu } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Suspense, useEffect, useId, useRef, useState, type ReactNode } from "react";
import type { DrawnFigure, FigureWords, ListedFigure } from "../api/page";
import { Problem } from "../api/problem";
import { download, query } from "../api/request";
import { useStore } from "../api/store";
import { Boundary } from "../frame/Boundary";
import { copyText } from "../frame/copy";
import { bind } from "../frame/keyboard";
import { shown } from "../frame/theme";
import { words } from "../words";
import { drawn as drawnQuery } from "./queries";
import { step } from "./width";
import { part } from "../frame/part";

const Plot = part(() => import("./Plot"));
const Behind = part(() => import("./Behind"));
const LEAST_LIVE_MS = 2000;

export interface FigureProps {
  /** "/api/v2/runs/7f3a9c0d1e2b" */
  base: string;
  figure: Pick<ListedFigure, "name" | "title" | "says"> & { hero?: boolean };
  /** Not yet known whether it can be drawn: the card stands, the drawing waits. */
  hold?: boolean;
  /** Still changing: drawn anew when `beat` changes, not more often than it costs. */
  live?: boolean;
  beat?: number;
  extra?: Record<string, string>;
  link?: string;
  wide?: boolean;
  /** The finding is replaced by this while it is not known. */
  lead?: ReactNode;
  /** What the page says above already, part by part: not said again below each finding. */
  said?: readonly string[];
}

export function Figure({ base, figure, hold = false, live = false, beat = 0, extra = {}, link, lead, said = [] }: FigureProps) {
  const element = useRef<HTMLElement>(null);
  const id = useId();
  const [widthMm, setWidth] = useState<number | null>(null);
  const [near, setNear] = useState(false);
  const [big, setBig] = useState(false);
  const [behind, setBehind] = useState(false);
  const [exporting, setExporting] = useState(false);
  const [broken, setBroken] = useState<Error | null>(null);
  const theme = useStore(shown);
  const client = useQueryClient();

  useEffect(() => {
    const target = element.current!;
    const width = new ResizeObserver(([entry]) => entry && setWidth(step(entry.contentRect.width)));
    width.observe(target);
    const sight = new IntersectionObserver(([entry]) => entry?.isIntersecting && setNear(true), { rootMargin: "400px" });
    sight.observe(target);
    return () => {
      width.disconnect();
      sight.disconnect();
    };
  }, []);

  const options = drawnQuery(base, figure.name, theme, widthMm ?? 120, extra);
  const asked = useQuery({ ...options, enabled: near && widthMm !== null && !hold, placeholderData: (before: DrawnFigure | undefined) => before });
  useLiveRedraw(live && near, beat, asked.isFetching, () => void client.invalidateQueries({ queryKey: options.queryKey, exact: true }));

  // When the Run ends, what was drawn of it so far is drawn once more, whole.
  const wasLive = useRef(live);
  useEffect(() => {
    if (wasLive.current && !live) void client.invalidateQueries({ queryKey: ["figure", base, figure.name] });
    wasLive.current = live;
  }, [live]);

  const tools: Tools = {
    enlarge: () => setBig((now) => !now),
    link: () => void copyText(link ?? `${location.origin}${location.pathname}?figure=${encodeURIComponent(figure.name)}`),
    data: () => setBehind((now) => !now),
    export: () => setExporting(true),
  };
  useFigureKeys(element, tools);

  const now = asked.data;
  const refusal = asked.error instanceof Problem && asked.error.status === 409 ? asked.error.detail : null;
  const failed = !now && asked.error && !refusal;
  const words_ = now?.words;
  const save = (format: "svg" | "png" | "pdf" | "csv") =>
    void download(`${base}/figures/${figure.name}.${format}${format === "csv" ? query(extra) : query({ theme: "light", width_mm: widthMm, ...extra })}`, `${figure.name}.${format}`);

  return (
    <figure ref={element} className={big ? "fig big" : "fig"} id={`figure-${figure.name}`} aria-labelledby={id} data-figure={figure.name}>
      <div className="fig-head">
        <div>
          <h2 id={id}>
            {words_ ? sentence(words_.finding) : (lead ?? figure.title)}
            {words_?.badges.map((badge) => (
              <span key={badge} className="badge warn">
                {badge}
              </span>
            ))}
          </h2>
          <p className="sub">{words_ ? subtitle(words_, said) : refusal ? words.run.notDrawn : figure.says}</p>
        </div>
        <FigureTools tools={tools} big={big} behind={behind} exporting={exporting} setExporting={setExporting} save={save} drawable={!refusal} />
      </div>
      <div className="fig-body">
        {refusal && !now && <div className="fig-none">{refusal}</div>}
        {(failed || broken) && (
          <div className="fig-none bad" role="alert">
            <span>
              <b>✕ {words.run.figureFailed}</b> {words.frame.failedWhat}
            </span>
            <span className="cap">{(broken ?? asked.error)?.message}</span>
            <span className="hstack">
              <button
                type="button"
                className="btn s"
                onClick={() => {
                  setBroken(null);
                  void asked.refetch();
                }}
              >
                {words.frame.tryAgain}
              </button>
              <button type="button" className="btn s quiet" onClick={() => setBehind(true)}>
                {words.run.dataBehind}
              </button>
            </span>
          </div>
        )}
        {!now && !refusal && !failed && <FigureSkeleton />}
        {now && !broken && (
          <Boundary fallback={(error) => <div className="fig-none bad">{error.message}</div>}>
            <Suspense fallback={<FigureSkeleton />}>
              <Plot drawn={now} onError={setBroken} />
            </Suspense>
          </Boundary>
        )}
      </div>
      {behind && (
        <Suspense fallback={null}>
          <Behind base={base} name={figure.name} extra={extra} close={() => setBehind(false)} />
        </Suspense>
      )}
      {words_ && (
        <figcaption className="fig-foot">
          <span>{words_.provenance}</span>
          {words_.n === 1 && words_.of === "seeds" && <span className="badge warn">n = 1</span>}
          {now.live && live && (
            <span className="live">
              <span className="st st-running">{words.run.updated(new Date(asked.dataUpdatedAt).toLocaleTimeString("en-GB"))}</span>
            </span>
          )}
        </figcaption>
      )}
    </figure>
  );
}

function sentence(text: string): string {
  const whole = text.endsWith(".") && !text.endsWith("..") ? text.slice(0, -1) : text;
  return whole.replace(/(\d)e-(\d)/g, "$1e\u2011$2"); // a power of ten stays on one line
}

/** What a badge or the page's head says already is not said again. */
function subtitle({ subtitle: lines, badges }: FigureWords, said: readonly string[]): string {
  const known = new Set([...badges, ...said.flatMap((part) => [part, ...part.split(", ")])].map(plain));
  const [first = "", ...rest] = lines.flatMap((line) => line.split(" · "));
  return capital([first, ...rest.filter((part) => !known.has(plain(part)))].join(" · "));
}

const plain = (text: string): string => text.replace(/\s/g, " ");

const capital = (text: string): string => text.replace(/^./, (letter) => letter.toUpperCase());

export function FigureSkeleton() {
  return (
    <div className="fig-skel" aria-label={words.frame.loading} role="img">
      <span className="skel" />
    </div>
  );
}

export interface Tools {
  enlarge: () => void;
  link: () => void;
  data: () => void;
  export: () => void;
}

interface ToolsProps {
  tools: Tools;
  big: boolean;
  behind: boolean;
  exporting: boolean;
  setExporting: (open: boolean) => void;
  save: (format: "svg" | "png" | "pdf" | "csv") => void;
  drawable: boolean;
}

export function FigureTools({ tools, big, behind, exporting, setExporting, save, drawable }: ToolsProps) {
  if (!drawable) return null;
  return (
    <div className="fig-tools">
      <button type="button" aria-label={words.run.enlarge} aria-pressed={big} title={`${words.run.enlarge} (f)`} onClick={tools.enlarge}>
        <i className="ico ico-enlarge" />
      </button>
      <button type="button" className="opt" aria-label={words.run.copyLink} title={`${words.run.copyLink} (y)`} onClick={tools.link}>
        <i className="ico ico-link" />
      </button>
      <button type="button" className="opt" aria-label={words.run.dataBehind} aria-pressed={behind} title={`${words.run.dataBehind} (d)`} onClick={tools.data}>
        <i className="ico ico-data" />
      </button>
      <Menu opened={exporting} onChange={setExporting} position="bottom-end" withinPortal>
        <Menu.Target>
          <button type="button" aria-label={words.run.exportFigure} title={`${words.run.exportFigure} (e)`}>
            <i className="ico ico-export" />
          </button>
        </Menu.Target>
        <Menu.Dropdown>
          {(["svg", "png", "pdf", "csv"] as const).map((format) => (
            <Menu.Item key={format} onClick={() => save(format)}>
              {words.run.formats[format]}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
    </div>
  );
}

/** f y d e act on the figure that has the focus, or is under the pointer. */
export function useFigureKeys(element: React.RefObject<HTMLElement | null>, tools: Tools) {
  const latest = useRef(tools);
  latest.current = tools;
  useEffect(() => {
    const mine = () => element.current?.contains(document.activeElement) || (document.activeElement === document.body || document.activeElement?.id === "main" ? element.current?.matches(":hover") : false);
    const act = (what: keyof Tools) => () => {
      if (!mine()) return false;
      latest.current[what]();
      return;
    };
    return bind([
      { keys: "f", where: "figure", run: act("enlarge") },
      { keys: "y", where: "figure", run: act("link") },
      { keys: "d", where: "figure", run: act("data") },
      { keys: "e", where: "figure", run: act("export") },
    ]);
  }, [element]);
}

/** Draw anew on a beat, but leave the server and the page at least as long alone as drawing took. */
function useLiveRedraw(active: boolean, beat: number, fetching: boolean, redraw: () => void) {
  const last = useRef({ begun: 0, cost: 0 });
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => {
    if (fetching) last.current.begun = performance.now();
    else if (last.current.begun) last.current.cost = performance.now() - last.current.begun;
  }, [fetching]);
  useEffect(() => {
    if (!active || !beat || fetching || document.hidden) return;
    clearTimeout(timer.current);
    const wait = Math.max(LEAST_LIVE_MS, 2 * last.current.cost) - (performance.now() - last.current.begun);
    timer.current = setTimeout(redraw, Math.max(0, wait));
    return () => clearTimeout(timer.current);
  }, [active, beat, fetching]);
}
