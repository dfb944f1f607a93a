/** Light, dark, or the system's: what was chosen, and what is shown. */
import { store } from "../api/store";

export type Choice = "light" | "dark" | "system";
export type Shown = "light" | "dark";
const PLACE = "quintant.theme";
const dark = window.matchMedia("(prefers-color-scheme: dark)");

function chosen(): Choice {
  try {
    const kept = localStorage.getItem(PLACE);
    return kept === "light" || kept === "dark" ? kept : "system";
  } catch {
    return "system";
  }
}

const show = (choice: Choice): Shown => (choice === "system" ? (dark.matches ? "dark" : "light") : choice);

export const choice = store<Choice>(chosen());
export const shown = store<Shown>(show(choice.get()));

function apply(): void {
  const now = choice.get();
  if (now === "system") delete document.documentElement.dataset["theme"];
  else document.documentElement.dataset["theme"] = now;
  shown.set(show(now));
  document.documentElement.dataset["mantineColorScheme"] = shown.get();
}

export function choose(next: Choice): void {
  try {
    if (next === "system") localStorage.removeItem(PLACE);
    else localStorage.setItem(PLACE, next);
  } catch {
    /* for this visit only */
  }
  choice.set(next);
  apply();
}

export function nextTheme(): Choice {
  const order: Choice[] = ["light", "dark", "system"];
  const next = order[(order.indexOf(choice.get()) + 1) % order.length]!;
  choose(next);
  return next;
}

dark.addEventListener("change", apply);
apply();
