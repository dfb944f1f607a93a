/** The frame of every page: the bar, the messages below it, the content, what floats. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, Outlet, useNavigate, useRouterState } from "@tanstack/react-router";
import { Suspense, useEffect, useRef, useState } from "react";
import { keyWanted } from "../api/key";
import { activity } from "../api/queries";
import { onReturn, server, tryNow } from "../api/server";
import { useStore } from "../api/store";
import { words } from "../words";
import { say, spoken } from "./announce";
import { Boundary } from "./Boundary";
import { clockTime, useNow } from "./clock";
import { KeyDoor } from "./KeyDoor";
import { MOD, useKeys } from "./keyboard";
import { Mark } from "./Mark";
import { choice, choose, nextTheme, type Choice } from "./theme";
import { dropToast, toast } from "./toast";
import { part } from "./part";

const Palette = part(() => import("./Palette"));
const Keys = part(() => import("./Keys"));
const NAMES: Record<Choice, string> = { light: words.frame.light, dark: words.frame.dark, system: words.frame.system };
const GLYPHS: Record<Choice, string> = { light: "sun", dark: "moon", system: "auto" };

export function Frame() {
  const [open, setOpen] = useState<"palette" | "keys" | null>(null);
  const navigate = useNavigate();
  const path = useRouterState({ select: (state) => state.location.pathname });
  const { wanted } = useStore(keyWanted);
  const client = useQueryClient();

  useEffect(
    () =>
      onReturn(() => {
        say(words.frame.back);
        void client.invalidateQueries();
      }),
    [client],
  );
  useFocusOnArrival(useRouterState({ select: (state) => state.resolvedLocation?.pathname ?? state.location.pathname }));
  useEffect(() => {
    const soon = setTimeout(() => void Promise.all([import("./Palette"), import("./Keys")]).catch(() => {}), 1500);
    return () => clearTimeout(soon);
  }, []);
  useKeys([
    { keys: "?", where: "everywhere", run: () => setOpen("keys") },
    { keys: "mod+k", where: "everywhere", run: () => setOpen((now) => (now === "palette" ? null : "palette")) },
    { keys: "g r", where: "everywhere", run: () => void navigate({ to: "/" }) },
    { keys: "g n", where: "everywhere", run: () => void navigate({ to: "/new" }) },
    { keys: "g c", where: "everywhere", run: () => void navigate({ to: "/compare" }) },
    { keys: "g l", where: "everywhere", run: () => void navigate({ to: "/labs" }) },
    { keys: "n", where: "everywhere", run: () => void navigate({ to: "/new" }) },
    { keys: "t", where: "everywhere", run: () => say(words.frame.themeNow(NAMES[nextTheme()])) },
  ]);

  return (
    <>
      <a className="sr" href="#main">
        {words.frame.skip}
      </a>
      <TopBar onFind={() => setOpen("palette")} onHelp={() => setOpen("keys")} path={path} />
      <AwayBanner />
      {wanted ? (
        <KeyDoor />
      ) : (
        <Boundary key={path}>
          <Suspense fallback={<main id="main" className="page" tabIndex={-1} />}>
            <Outlet />
          </Suspense>
        </Boundary>
      )}
      <Toasts />
      <Spoken />
      <Suspense fallback={null}>
        {open === "palette" && <Palette close={() => setOpen(null)} openKeys={() => setOpen("keys")} />}
        {open === "keys" && <Keys close={() => setOpen(null)} />}
      </Suspense>
    </>
  );
}

/** A new page is announced by its heading: the focus goes to the content, as a page load would put it. */
function useFocusOnArrival(path: string) {
  const first = useRef(true);
  const page = path.split("/").slice(0, 3).join("/");
  useEffect(() => {
    if (first.current) {
      first.current = false;
      return;
    }
    window.scrollTo(0, 0);
    // The page may still be on its way: it is there when its heading is.
    let frame = 0;
    const until = performance.now() + 5000;
    const look = () => {
      const main = document.querySelector<HTMLElement>("#main:has(h1)");
      const busy = document.activeElement instanceof HTMLElement && document.activeElement !== document.body && main?.contains(document.activeElement);
      if (main && !busy) main.focus({ preventScroll: true });
      else if (!main && performance.now() < until) frame = requestAnimationFrame(look);
    };
    frame = requestAnimationFrame(look);
    return () => cancelAnimationFrame(frame);
  }, [page]);
}

function TopBar({ onFind, onHelp, path }: { onFind: () => void; onHelp: () => void; path: string }) {
  const places = [
    { to: "/", name: words.frame.runs, here: path === "/" || path.startsWith("/runs") || path.startsWith("/sweeps") },
    { to: "/new", name: words.frame.new, here: path.startsWith("/new") },
    { to: "/compare", name: words.frame.compare, here: path.startsWith("/compare") },
    { to: "/labs", name: words.frame.labs, here: path.startsWith("/labs") },
  ];
  return (
    <header className="top">
      <Link className="brand" to="/" aria-label={words.frame.home}>
        <Mark />
        <span>{words.frame.product}</span>
      </Link>
      <nav aria-label={words.frame.destinations}>
        {places.map((place) => (
          <Link key={place.to} to={place.to} aria-current={place.here ? "page" : undefined}>
            {place.name}
          </Link>
        ))}
      </nav>
      <div className="right">
        <ServerLine />
        <button type="button" className="find" aria-label={words.frame.find} onClick={onFind}>
          <i className="ico ico-find" />
          <span className="grow">{words.frame.find}</span>
          <span className="kbd">{MOD === "⌘" ? "⌘K" : "Ctrl K"}</span>
        </button>
        <ThemeSwitch />
        <button type="button" className="btn quiet icon s" aria-label={words.frame.help} title={`${words.frame.help} (?)`} onClick={onHelp}>
          ?
        </button>
      </div>
    </header>
  );
}

function ServerLine() {
  const state = useStore(server);
  const now = useQuery({ ...activity, enabled: !state.away });
  if (state.away)
    return (
      <span className="server away" role="status">
        <i />
        <span>{words.frame.noAnswer(state.seen ? clockTime(state.seen) : words.frame.never)}</span>
      </span>
    );
  const parts = now.data && [now.data.running && words.frame.running(now.data.running), now.data.queued && words.frame.queued(now.data.queued)].filter(Boolean);
  return (
    <span className="server" role="status">
      <i />
      <span>{parts ? parts.join(" · ") || words.frame.ready : words.frame.connecting}</span>
    </span>
  );
}

export function ThemeSwitch() {
  const now = useStore(choice);
  const order: Choice[] = ["light", "dark", "system"];
  const move = (event: React.KeyboardEvent, by: number) => {
    event.preventDefault();
    const next = order[(order.indexOf(now) + by + 3) % 3]!;
    choose(next);
    document.getElementById(`theme-${next}`)?.focus();
  };
  return (
    <div className="seg icons" role="radiogroup" aria-label={words.frame.theme}>
      {order.map((one) => (
        <button
          key={one}
          id={`theme-${one}`}
          type="button"
          role="radio"
          aria-checked={now === one}
          aria-label={NAMES[one]}
          title={NAMES[one]}
          tabIndex={now === one ? 0 : -1}
          onClick={() => choose(one)}
          onKeyDown={(event) => {
            if (event.key === "ArrowRight" || event.key === "ArrowDown") move(event, 1);
            if (event.key === "ArrowLeft" || event.key === "ArrowUp") move(event, -1);
          }}
        >
          <i className={`ico ico-${GLYPHS[one]}`} />
        </button>
      ))}
    </div>
  );
}

function AwayBanner() {
  const state = useStore(server);
  const now = useNow(1000);
  useEffect(() => {
    document.documentElement.classList.toggle("stale", state.away);
  }, [state.away]);
  if (!state.away) return null;
  const at = state.seen ? clockTime(state.seen) : words.frame.never;
  const seconds = state.retryAt ? Math.ceil((state.retryAt - now) / 1000) : 0;
  return (
    <div className="banner warn" role="alert">
      <i className="ico ico-warn" />
      <span>
        <b>{words.frame.awayBold}</b> {seconds > 0 ? words.frame.away(at, seconds) : words.frame.awayNow(at)}
      </span>
      <span className="acts">
        <button type="button" className="btn s" onClick={() => void tryNow()}>
          {words.frame.tryNow}
        </button>
      </span>
    </div>
  );
}

function Toasts() {
  const now = useStore(toast);
  const time = useNow(1000);
  if (!now) return null;
  return (
    <div className="toast">
      <span>
        {now.text} {now.counting && <span className="muted">{now.counting(Math.max(0, Math.ceil((now.until - time) / 1000)))}</span>}
      </span>
      {now.action && (
        <button
          type="button"
          className="btn s"
          onClick={() => {
            const { run } = now.action!;
            dropToast();
            run();
          }}
        >
          {now.action.label}
        </button>
      )}
    </div>
  );
}

function Spoken() {
  const { text } = useStore(spoken);
  return (
    <div className="sr" role="status" aria-live="polite">
      {text}
    </div>
  );
}
