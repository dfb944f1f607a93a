/** The keyboard map: who listens, for what, in which order. Single letters rest while one types, and can be switched off. */
import { useEffect, useRef } from "react";
import { store } from "../api/store";

export type Where = "everywhere" | "runs" | "run" | "figure" | "form";
export interface Binding {
  /** "g r" is a sequence; "mod+k" is Ctrl or ⌘. */
  keys: string;
  where: Where;
  /** false: not mine now, ask the next one. */
  run: (event: KeyboardEvent) => boolean | void;
}

const PLACE = "quintant.letters";
const SEQUENCE_MS = 1200;
export const letters = store<boolean>(read());

function read(): boolean {
  try {
    return localStorage.getItem(PLACE) !== "off";
  } catch {
    return true;
  }
}

export function setLetters(on: boolean): void {
  try {
    if (on) localStorage.removeItem(PLACE);
    else localStorage.setItem(PLACE, "off");
  } catch {
    /* for this visit only */
  }
  letters.set(on);
}

const bindings: Binding[] = [];
let prefix = "";
let prefixAt = 0;

export function bind(list: Binding[]): () => void {
  bindings.push(...list);
  return () => list.forEach((one) => bindings.splice(bindings.indexOf(one), 1));
}

/** Bind while the component is there; the newest binding of a key is asked first. */
export function useKeys(list: Binding[]): void {
  const latest = useRef(list);
  latest.current = list;
  const names = list.map((one) => `${one.where}:${one.keys}`).join("|");
  useEffect(
    () =>
      bind(
        latest.current.map((one, index) => ({
          ...one,
          run: (event: KeyboardEvent) => latest.current[index]?.run(event),
        })),
      ),
    [names],
  );
}

function typing(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement) return true;
  return target instanceof HTMLInputElement && !["checkbox", "radio", "button", "range"].includes(target.type);
}

function named(event: KeyboardEvent): string {
  const name = event.key === " " ? "space" : event.key.length === 1 ? event.key : event.key.toLowerCase();
  const mod = event.ctrlKey || event.metaKey ? "mod+" : "";
  const alt = event.altKey ? "alt+" : "";
  const shift = event.shiftKey && event.key.length > 1 ? "shift+" : "";
  return mod + alt + shift + (mod ? name.toLowerCase() : name);
}

function listen(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.isComposing) return;
  const name = named(event);
  const single = name.length === 1 || name === "space";
  if (typing(event.target) && !name.startsWith("mod+") && !name.startsWith("alt+") && name !== "escape") return;
  if (single && !letters.get()) return;
  // What floats has the keys to itself, Escape too: it closes that, and not what lies behind.
  if (document.querySelector("dialog[open]") && !name.startsWith("mod+")) return;
  // Keys that press what has the focus stay its own.
  if ((name === "space" || name === "enter") && event.target instanceof HTMLElement && event.target.closest("button, a, input, select, summary, [role=menuitem], [role=option], [role=radio]")) return;
  const sequence = Date.now() - prefixAt < SEQUENCE_MS && prefix ? `${prefix} ${name}` : name;
  for (const wanted of sequence === name ? [name] : [sequence, name]) {
    for (let index = bindings.length - 1; index >= 0; index--) {
      const one = bindings[index]!;
      if (one.keys !== wanted) continue;
      if (one.run(event) === false) continue;
      event.preventDefault();
      prefix = "";
      return;
    }
  }
  if (name === "g" && single) {
    prefix = name;
    prefixAt = Date.now();
  } else prefix = "";
}

window.addEventListener("keydown", listen);
export const MOD = /mac|iphone|ipad/i.test(navigator.userAgent) ? "⌘" : "Ctrl";
