/** A 401 asks for the key once, in the place of the content: the bar and the address stay. */
import { useId, useState, type FormEvent } from "react";
import { useQueryClient } from "@tanstack/react-query";
import { giveKey, keyWanted } from "../api/key";
import { useStore } from "../api/store";
import { words } from "../words";

export function KeyDoor() {
  const { refused } = useStore(keyWanted);
  const [text, setText] = useState("");
  const [keep, setKeep] = useState(false);
  const client = useQueryClient();
  const id = useId();
  const use = (event: FormEvent) => {
    event.preventDefault();
    if (!text.trim()) return;
    giveKey(text.trim(), keep);
    void client.resetQueries();
  };
  return (
    <main id="main" className="page" tabIndex={-1}>
      <form className="note key-door" onSubmit={use}>
        <span className="grow">
          <span>
            <b>{words.frame.keyBold}</b> {words.frame.keyWhere} <code>QUINTANT_API_KEY</code>.
          </span>
          <span className="hstack">
            <span className={refused ? "input bad" : "input"}>
              <input type="password" autoComplete="off" autoFocus aria-label={words.frame.key} aria-invalid={refused} aria-describedby={refused ? id : undefined} value={text} onChange={(event) => setText(event.target.value)} />
            </span>
            <button type="submit" className="btn primary">{words.frame.useIt}</button>
            <label className="hstack">
              <input type="checkbox" className="check" checked={keep} onChange={(event) => setKeep(event.target.checked)} />
              <span className="cap">{words.frame.keep}</span>
            </label>
          </span>
          {refused && (
            <span id={id} className="err" role="alert">
              ✕ {words.frame.keyRefused}
            </span>
          )}
        </span>
      </form>
    </main>
  );
}
