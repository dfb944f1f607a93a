/**
 * Facts of Runs, live, once per browser: one tab (the holder of a Web Lock) streams and tells the others through a
 * BroadcastChannel, because a browser gives one server six connections only.
 *
 * Each tab keeps the place that it has reached in every Run it watches. A fact that does not follow on that place makes
 * the tab read the missing page itself, so whatever happens to the line or to the streaming tab, nothing is lost and
 * nothing is told twice.
 */
import { ask, NATIVE, query } from "../api/request";
import { type Fact, type State } from "../api/shapes";
import { Problem } from "../api/problem";
import { onReturn } from "../api/server";
import { follow } from "./follow";

const MOST_RUNS = 64; // of one multiplexed stream
const PAGE = 2000;
const DEBOUNCE_MS = 250;
const WANT_EVERY_MS = 15_000;
const WANT_HOLDS_MS = 50_000;
const QUIET_MS = 40_000; // without any sign of the stream, pages are asked for instead
const POLL_MS = 2500;

export interface Watcher {
  onFacts: (facts: Fact[]) => void;
  onEnd?: (state: string) => void;
}

interface Place {
  run: string;
  seq: number;
  ended: boolean;
  reading: boolean;
  again: boolean;
  waiting: Map<number, Fact>;
  watcher: Watcher;
}

type Told =
  | { type: "fact"; fact: Fact }
  | { type: "end"; run: string; seq: number; state: string }
  | { type: "sign"; open: boolean }
  | { type: "who" }
  | { type: "want"; tab: string; runs: Record<string, number> }
  | { type: "all"; name: string; data: string; id: string | null }
  | { type: "all-open"; open: boolean };

interface EventPage {
  events: Fact[];
  next: number;
  last_seq: number;
  state: State;
  end: boolean;
}

const tab = Math.random().toString(36).slice(2);
const channel = typeof BroadcastChannel === "undefined" ? null : new BroadcastChannel("quintant.stream");
const places = new Set<Place>();
const wants = new Map<string, { until: number; runs: Record<string, number> }>();
let leader = false;
let lastSign = 0;
let open = false;
let stream: { abort: AbortController; runs: Set<string> } | null = null;
let debounce: ReturnType<typeof setTimeout> | undefined;
let begun = false;

/** Facts of `run` after `after`, in order and without a gap, until the Run ends or the watcher leaves. */
export function watch(run: string, after: number, watcher: Watcher): () => void {
  begin();
  const place: Place = { run, seq: after, ended: false, reading: false, again: false, waiting: new Map(), watcher };
  places.add(place);
  void readOn(place);
  plan();
  return () => {
    places.delete(place);
    plan();
  };
}

function of(run: string): Place[] {
  return [...places].filter((place) => place.run === run && !place.ended);
}

function accept(fact: Fact): void {
  for (const place of of(fact.run)) offer(place, fact);
}

function offer(place: Place, fact: Fact): void {
  if (fact.seq <= place.seq) return;
  if (place.reading) place.waiting.set(fact.seq, fact);
  else if (fact.seq === place.seq + 1) {
    place.seq = fact.seq;
    place.watcher.onFacts([fact]);
  } else void readOn(place);
}

function finish(place: Place, state: string): void {
  if (place.ended || !places.has(place)) return;
  place.ended = true;
  place.watcher.onEnd?.(state);
  plan();
}

function readAllOn(): void {
  places.forEach((place) => void (place.ended || readOn(place)));
}

/** Read pages until there is nothing more at this moment. */
async function readOn(place: Place): Promise<void> {
  if (place.reading) {
    place.again = true;
    return;
  }
  place.reading = true;
  let state: string | null = null;
  try {
    do {
      place.again = false;
      for (;;) {
        const page = await ask<EventPage>(`${NATIVE}/runs/${place.run}/events${query({ after: place.seq, limit: PAGE })}`);
        if (!places.has(place)) return;
        const facts = page.events.filter((fact) => fact.seq > place.seq);
        if (facts.length) {
          place.seq = facts[facts.length - 1]!.seq;
          place.watcher.onFacts(facts);
        }
        if (page.end) state = page.state;
        if (page.events.length < PAGE) break;
      }
    } while (place.again && state === null);
  } catch (error) {
    if (error instanceof Problem && error.status === 404) state = "deleted";
    else if (error instanceof Problem && error.status === 410) place.seq = 0;
  } finally {
    place.reading = false;
  }
  if (state !== null) return finish(place, state);
  const waiting = [...place.waiting.values()].sort((a, b) => a.seq - b.seq);
  place.waiting.clear();
  waiting.forEach((fact) => offer(place, fact));
}

// --- the tab that streams, and the others ---

function begin(): void {
  if (begun) return;
  begun = true;
  channel?.addEventListener("message", (event: MessageEvent<Told>) => heard(event.data));
  onReturn(readAllOn);
  if (navigator.locks) {
    void navigator.locks.request("quintant.stream", async () => {
      lead();
      await new Promise(() => {}); // for as long as this tab lives
    });
  } else lead();
  setInterval(tellWants, WANT_EVERY_MS);
  setInterval(poll, POLL_MS);
  window.addEventListener("pagehide", () => channel?.postMessage({ type: "want", tab, runs: {} } satisfies Told));
}

function lead(): void {
  leader = true;
  channel?.postMessage({ type: "who" } satisfies Told);
  plan();
  planAll();
}

function heard(told: Told): void {
  if (told.type === "fact") {
    lastSign = Date.now();
    accept(told.fact);
  } else if (told.type === "end") ended(told.run);
  else if (told.type === "sign") {
    lastSign = Date.now();
    open = told.open;
  } else if (told.type === "who") {
    tellWants();
    tellAll();
  } else if (told.type === "want" && leader) {
    if (Object.keys(told.runs).length) wants.set(told.tab, { until: Date.now() + WANT_HOLDS_MS, runs: told.runs });
    else wants.delete(told.tab);
    replan();
    if (told.runs["*"] !== undefined) planAll();
  } else if (told.type === "all") allHeard(told.name, told.data, told.id);
  else if (told.type === "all-open") allOpen(told.open);
}

function ended(run: string): void {
  of(run).forEach((place) => void readOn(place)); // its last page says so
}

function liveWants(): Record<string, number> {
  const least: Record<string, number> = {};
  for (const place of places) if (!place.ended) least[place.run] = Math.min(least[place.run] ?? Infinity, place.seq);
  return least;
}

function tellWants(): void {
  if (leader) return;
  const runs = liveWants();
  if (allListeners.size) runs["*"] = 0;
  channel?.postMessage({ type: "want", tab, runs } satisfies Told);
}

function plan(): void {
  if (leader) replan();
  else tellWants();
}

function replan(): void {
  clearTimeout(debounce);
  debounce = setTimeout(restream, DEBOUNCE_MS);
}

function restream(): void {
  const now = Date.now();
  const cursors: Record<string, number> = liveWants();
  for (const [who, want] of wants) {
    if (want.until < now) wants.delete(who);
    else for (const [run, seq] of Object.entries(want.runs)) if (run !== "*") cursors[run] = Math.min(cursors[run] ?? seq, seq);
  }
  const runs = Object.keys(cursors).slice(0, MOST_RUNS);
  if (stream && runs.length && runs.every((run) => stream?.runs.has(run))) return;
  stream?.abort.abort();
  stream = null;
  if (!runs.length) return;
  const abort = new AbortController();
  stream = { abort, runs: new Set(runs) };
  const reached = Object.fromEntries(runs.map((run) => [run, cursors[run] ?? 0]));
  const live = new Set(runs);
  void follow(
    {
      path: () =>
        live.size
          ? `${NATIVE}/events${query({ runs: [...live].join(), after: [...live].map((run) => `${run}:${reached[run] ?? 0}`).join() })}`
          : null, // after the last `end` the server would close it again and again
      onOpen: (now_) => sign(now_),
      onGone: () => live.forEach((run) => (reached[run] = 0)),
      onMessage: (message) => {
        sign(true);
        if (message.event === "message") {
          const fact = JSON.parse(message.data) as Fact;
          reached[fact.run] = fact.seq;
          channel?.postMessage({ type: "fact", fact } satisfies Told);
          accept(fact);
        } else if (message.event === "end") {
          const end = JSON.parse(message.data) as { run: string; seq: number; state: string };
          live.delete(end.run);
          channel?.postMessage({ type: "end", ...end } satisfies Told);
          ended(end.run);
        }
      },
    },
    abort.signal,
  ).then(() => {
    if (stream?.abort === abort) stream = null;
  }).catch(() => {
    if (stream?.abort === abort) stream = null; // a Run that was deleted meanwhile: pages will say so
    readAllOn();
  });
}

function sign(now: boolean): void {
  lastSign = Date.now();
  if (now === open && Date.now() - lastTold < 5000) return;
  open = now;
  lastTold = Date.now();
  channel?.postMessage({ type: "sign", open: now } satisfies Told);
}
let lastTold = 0;

/** Pages instead of a stream, while there is none. */
function poll(): void {
  if (document.hidden || (open && Date.now() - lastSign < QUIET_MS)) return;
  readAllOn();
}

// --- what happens to all Runs (`scope=all`), for lists ---

type AllListener = (name: string, data: unknown) => void;
const allListeners = new Set<AllListener>();
const allOpenListeners = new Set<(open: boolean) => void>();
let allStream: AbortController | null = null;
let allCursor: string | null = null;
let allIsOpen = false;

/** Every Run's created, state, progress (at most one a second) and deleted, from now on. `onOpen(true)` comes again after a cut: read anew. */
export function watchAll(listener: AllListener, onOpen: (open: boolean) => void): () => void {
  begin();
  allListeners.add(listener);
  allOpenListeners.add(onOpen);
  if (allIsOpen) onOpen(true);
  tellAll();
  return () => {
    allListeners.delete(listener);
    allOpenListeners.delete(onOpen);
  };
}

function tellAll(): void {
  if (leader) planAll();
  else tellWants();
}

function planAll(): void {
  const wanted = allListeners.size > 0 || [...wants.values()].some((want) => want.runs["*"] !== undefined);
  if (!leader || !wanted || allStream) return;
  allStream = new AbortController();
  const mine = allStream;
  void follow(
    {
      path: () => `${NATIVE}/events${query({ scope: "all", after: allCursor })}`,
      onGone: () => (allCursor = null),
      onOpen: (now) => {
        channel?.postMessage({ type: "all-open", open: now } satisfies Told);
        allOpen(now);
      },
      onMessage: ({ event, data, id }) => {
        if (id !== null) allCursor = id;
        channel?.postMessage({ type: "all", name: event, data, id } satisfies Told);
        allHeard(event, data, id);
      },
    },
    mine.signal,
  ).catch(() => {
    allStream = null; // a server without this stream: lists ask again by themselves
    allOpen(false);
  });
}

function allHeard(name: string, data: string, id: string | null): void {
  if (id !== null) allCursor = id;
  const value: unknown = JSON.parse(data);
  allListeners.forEach((listener) => listener(name, value));
}

function allOpen(now: boolean): void {
  allIsOpen = now;
  allOpenListeners.forEach((listener) => listener(now));
}
