/** A shell of the server's machine, where its operator allows one (QUINTANT_TERMINAL=on). A document of its own: the terminal
 * writes style elements, which this address alone may, by a nonce; so its links load the document they lead to. */
import { FitAddon } from "@xterm/addon-fit";
import { Terminal as Screen, type ITheme } from "@xterm/xterm";
import "@xterm/xterm/css/xterm.css";
import { useEffect, useRef, useState } from "react";
import { keyWanted } from "../../api/key";
import { Problem } from "../../api/problem";
import { ask } from "../../api/request";
import { useStore } from "../../api/store";
import { Command } from "../../frame/Copy";
import { KeyDoor } from "../../frame/KeyDoor";
import { Mark } from "../../frame/Mark";
import { shown } from "../../frame/theme";
import { words } from "../../words";

const w = words.terminal;
/** As many characters as the server takes in one frame, with room to spare. */
const FRAME = 32_768;
const COLOURS: Record<keyof Pick<ITheme, "red" | "green" | "yellow" | "blue" | "magenta" | "cyan">, string> = { red: "--s2", green: "--s3", yellow: "--s5", blue: "--s1", magenta: "--s4", cyan: "--s6" };

type State = { kind: "opening" } | { kind: "open" } | { kind: "closed"; why: string } | { kind: "shut"; why: string };

/** The nonce of this document, which no selector and no other script's markup can read; empty where there is no policy. */
const nonce = document.querySelector("style[nonce]") as HTMLStyleElement | null;

export default function Terminal() {
  const place = useRef<HTMLDivElement>(null);
  const session = useRef<Session | null>(null);
  const [state, setState] = useState<State>({ kind: "opening" });
  const [turn, setTurn] = useState(0);
  const theme = useStore(shown);
  const { wanted } = useStore(keyWanted);
  useEffect(() => {
    document.title = w.pageTitle;
    // Reached from within another document: this one's policy would refuse the styles.
    if (!nonce && !import.meta.env.DEV) return location.reload();
    if (wanted) return;
    const opened = new Session(place.current!, setState);
    session.current = opened;
    return () => opened.end();
  }, [turn, wanted]);
  useEffect(() => session.current?.colour(), [theme]);
  const open = state.kind === "open";
  return (
    <div className="terminal-page">
      <header className="top">
        <a className="brand" href="/" aria-label={words.frame.home}>
          <Mark />
          <span>{words.frame.product}</span>
        </a>
        <nav aria-label={words.frame.destinations}>
          <a href="/">{words.frame.runs}</a>
          <a href="/labs/federated">{words.frame.labs}</a>
          <span aria-current="page">{w.title}</span>
        </nav>
        <span className="right" role="status">
          {state.kind === "opening" ? w.opening : open ? w.open : w.closed}
        </span>
      </header>
      {wanted && <KeyDoor />}
      <main id={wanted ? undefined : "main"} className="page" tabIndex={-1} hidden={wanted}>
        <h1 className="sr">{w.title}</h1>
        {state.kind === "shut" && (
          <div className="empty">
            <h2>{w.shut}</h2>
            <p>{state.why}</p>
            <Command text="QUINTANT_TERMINAL=on quintant serve" />
          </div>
        )}
        <div className="toolbar" hidden={state.kind === "shut"}>
          <span className="cap">{w.quick}</span>
          {w.commands.map((one) => (
            <button key={one} type="button" className="btn s mono" disabled={!open} onClick={() => session.current?.type(`${one}\r`)}>
              {one}
            </button>
          ))}
          <span className="end">
            <button type="button" className="btn s quiet" disabled={!open} onClick={() => session.current?.clear()}>
              {w.clear}
            </button>
          </span>
        </div>
        {state.kind === "closed" && (
          <div className="note" role="alert">
            <span className="grow">{state.why}</span>
            <button type="button" className="btn s" onClick={() => setTurn(turn + 1)}>
              {w.again}
            </button>
          </div>
        )}
        <div ref={place} className="terminal" hidden={state.kind === "shut"} />
        <p className="cap" hidden={state.kind === "shut"}>
          {w.says}
        </p>
      </main>
    </div>
  );
}

/** One shell and its screen, from the token to the last line. */
class Session {
  private screen: Screen;
  private fit = new FitAddon();
  private socket: WebSocket | null = null;
  private observer: ResizeObserver;
  private over = false;

  constructor(
    place: HTMLElement,
    private tell: (state: State) => void,
  ) {
    tell({ kind: "opening" });
    this.screen = new Screen({ fontFamily: "'Quintant Mono', monospace", fontSize: 13, lineHeight: 1.25, cursorBlink: !matchMedia("(prefers-reduced-motion: reduce)").matches, scrollback: 5000, screenReaderMode: true, theme: colours() });
    this.screen.loadAddon(this.fit);
    withNonce(() => this.screen.open(place));
    // Tab belongs to the shell, so another key leads out of it (WCAG 2.1.2); the line below says which.
    this.screen.attachCustomKeyEventHandler((event) => {
      if (!(event.ctrlKey && event.key === "`")) return true;
      document.querySelector<HTMLElement>("header a")?.focus();
      return false;
    });
    this.screen.onData((text) => this.type(text));
    this.screen.onResize(() => this.resize());
    this.observer = new ResizeObserver(() => this.fit.fit());
    this.observer.observe(place);
    void this.connect();
  }

  private async connect() {
    try {
      const { token } = await ask<{ token: string }>("/api/terminal/token");
      if (this.over) return;
      const socket = new WebSocket(`${location.origin.replace(/^http/, "ws")}/api/terminal?token=${encodeURIComponent(token)}`);
      this.socket = socket;
      socket.onopen = () => {
        this.tell({ kind: "open" });
        this.fit.fit();
        this.resize();
        this.screen.focus();
      };
      socket.onmessage = (event: MessageEvent<string>) => this.screen.write(event.data);
      socket.onclose = (event) => !this.over && this.tell({ kind: "closed", why: event.reason || w.ended });
    } catch (error) {
      if (this.over) return;
      const refused = error instanceof Problem && error.status === 403;
      this.tell({ kind: refused ? "shut" : "closed", why: error instanceof Error ? error.message : String(error) });
    }
  }

  type(text: string) {
    if (this.socket?.readyState !== WebSocket.OPEN) return;
    for (let at = 0; at < text.length; at += FRAME) this.socket.send(text.slice(at, at + FRAME));
    this.screen.focus();
  }

  clear() {
    this.screen.clear();
    this.screen.focus();
  }

  colour() {
    this.screen.options.theme = colours();
  }

  private resize() {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify({ type: "resize", rows: this.screen.rows, cols: this.screen.cols }));
  }

  end() {
    this.over = true;
    this.observer.disconnect();
    this.socket?.close();
    this.screen.dispose();
  }
}

/** The page's own colours, as they are shown now. */
function colours(): ITheme {
  const style = getComputedStyle(document.documentElement);
  const probe = document.createElement("span");
  document.body.append(probe);
  const read = (name: string) => {
    probe.style.color = `var(${name})`;
    return getComputedStyle(probe).color;
  };
  const theme: ITheme = { background: read("--bg"), foreground: read("--ink"), cursor: read("--accent"), cursorAccent: read("--bg"), selectionBackground: read("--selected") };
  for (const [name, token] of Object.entries(COLOURS)) if (style.getPropertyValue(token)) theme[name as keyof typeof COLOURS] = read(token);
  probe.remove();
  return theme;
}

/** Style elements that are made meanwhile, and later by the same screen, carry this document's nonce. */
function withNonce(open: () => void) {
  if (nonce && !Object.hasOwn(document, "createElement")) {
    const create = document.createElement.bind(document);
    document.createElement = ((name: string, options?: ElementCreationOptions) => {
      const element = create(name, options);
      if (name === "style") element.nonce = nonce.nonce;
      return element;
    }) as typeof document.createElement;
  }
  open();
}
