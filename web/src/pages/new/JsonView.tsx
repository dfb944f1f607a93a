/** The same changes as JSON. */
import { useState } from "react";
import type { Fault } from "../../api/problem";
import { FaultLine } from "../../frame/Fault";
import { words } from "../../words";

const w = words.form;

export function JsonView({ values, put, problems }: { values: Record<string, unknown>; put: (values: Record<string, unknown>) => void; problems: readonly Fault[] }) {
  const [text, setText] = useState(() => JSON.stringify(values, null, 2));
  const [wrong, setWrong] = useState<string | null>(null);
  return (
    <form className="form" onSubmit={(event) => event.preventDefault()}>
      <p className="help">{w.jsonHelp}</p>
      <span className={wrong ? "input area mono bad" : "input area mono"}>
        <textarea
          rows={24}
          spellCheck={false}
          aria-label={w.json_}
          aria-invalid={wrong !== null || undefined}
          value={text}
          onChange={(event) => {
            setText(event.target.value);
            try {
              const next: unknown = JSON.parse(event.target.value || "{}");
              if (!next || typeof next !== "object" || Array.isArray(next)) throw new SyntaxError("{ }");
              setWrong(null);
              put(next as Record<string, unknown>);
            } catch (error) {
              setWrong((error as Error).message);
            }
          }}
        />
      </span>
      {wrong && (
        <p className="err" role="alert">
          ✕ {w.jsonWrong(wrong)}
        </p>
      )}
      <ul className="faults">
        {problems.map((fault, index) => (
          <li key={index} className="err">
            ✕ <FaultLine fault={fault} />
          </li>
        ))}
      </ul>
    </form>
  );
}
