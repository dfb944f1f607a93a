/** The keyboard map, searchable; the single letters' switch; the same list that `keyboard.ts` listens for. */
import { useState } from "react";
import { useStore } from "../api/store";
import { words } from "../words";
import { Dialog } from "./Dialog";
import { letters, MOD, setLetters } from "./keyboard";

const k = words.frame.keys;
export const KEY_MAP: { title: string; keys: [string[], string][] }[] = [
  {
    title: words.frame.mapEverywhere,
    keys: [
      [["?"], k.these],
      [[MOD, "K"], k.palette],
      [["/"], k.filter],
      [["n"], k.new],
      [["g", "r"], words.frame.runs],
      [["g", "n"], words.frame.new],
      [["g", "c"], words.frame.compare],
      [["g", "l"], words.frame.labs],
      [["t"], k.theme],
      [["Esc"], k.escape],
    ],
  },
  {
    title: words.frame.mapRuns,
    keys: [
      [["j", "k"], k.rows],
      [["↵"], k.open],
      [["x"], k.select],
      [["⇧", "x"], k.range],
      [["→", "←"], k.fold],
      [["c"], k.compare],
      [["r"], k.repeat],
      [["e"], k.export],
      [["v"], k.eye],
    ],
  },
  {
    title: words.frame.mapRun,
    keys: [
      [["1", "…", "5"], k.tabs],
      [["[", "]"], k.neighbours],
      [["Space"], k.play],
      [[",", "."], k.step],
      [["End"], k.end],
    ],
  },
  {
    title: words.frame.mapFigure,
    keys: [
      [["f"], k.enlarge],
      [["y"], k.link],
      [["d"], k.data],
      [["e"], k.exportFigure],
      [["←", "→"], k.cursor],
    ],
  },
  {
    title: words.frame.mapForm,
    keys: [
      [[MOD, "↵"], k.start],
      [["/"], k.parameter],
      [["⌥", "↵"], k.hint],
    ],
  },
];

export default function Keys({ close }: { close: () => void }) {
  const [text, setText] = useState("");
  const on = useStore(letters);
  const needle = text.trim().toLowerCase();
  const groups = KEY_MAP.map((group) => ({ ...group, keys: group.keys.filter(([keys, what]) => !needle || what.toLowerCase().includes(needle) || keys.join(" ").toLowerCase() === needle) })).filter((group) => group.keys.length);
  return (
    <Dialog label={words.frame.keyboard} className="keys" close={close}>
      <header>
        <h2>{words.frame.keyboard}</h2>
        <span className="input">
          <i className="ico ico-find" />
          <input autoFocus type="search" value={text} placeholder={words.frame.findKey} aria-label={words.frame.findKey} onChange={(event) => setText(event.target.value)} />
        </span>
        <button type="button" className="btn quiet icon s" aria-label={words.frame.close} onClick={close}>
          <i className="ico ico-x" />
        </button>
      </header>
      <div className="grid" tabIndex={0} role="group" aria-label={words.frame.keyboard}>
        {groups.map((group) => (
          <section key={group.title}>
            <h3>{group.title}</h3>
            <dl>
              {group.keys.map(([keys, what]) => (
                <div key={what}>
                  <dt>
                    {keys.map((one, index) => (
                      <kbd key={index} className="kbd">
                        {one}
                      </kbd>
                    ))}
                  </dt>
                  <dd>{what}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
        {!groups.length && <p className="muted">{words.frame.noKey(text)}</p>}
      </div>
      <footer>
        <label className="hstack">
          <input type="checkbox" className="check" checked={on} onChange={(event) => setLetters(event.target.checked)} />
          <span>{words.frame.letters}</span>
        </label>
        <span className="muted">{words.frame.lettersRest}</span>
      </footer>
    </Dialog>
  );
}
