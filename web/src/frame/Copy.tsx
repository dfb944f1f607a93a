/** The one line that does the same, with its copy button. */
import type { ReactNode } from "react";
import { words } from "../words";
import { copyText } from "./copy";

export function CopyButton({ text, label = words.frame.copy }: { text: string; label?: string }) {
  return (
    <button type="button" className="btn quiet icon s" aria-label={label} title={words.frame.copy} onClick={() => void copyText(text)}>
      <i className="ico ico-copy" />
    </button>
  );
}

/** `text` as the terminal takes it; options in the accent, `faulty` parts marked. */
export function Command({ text, faulty = [] }: { text: string; faulty?: readonly string[] }) {
  return (
    <div className="cmd">
      <pre>
        <span className="p">$ </span>
        {painted(text, faulty)}
      </pre>
      <CopyButton text={text.replace(/ \\\n\s+/g, " ")} label={words.frame.copyCommand} />
    </div>
  );
}

function painted(text: string, faulty: readonly string[]): ReactNode[] {
  return text.split(/(\s+)/).map((word, index) => {
    if (/^--[a-z]/.test(word)) return <span key={index} className="o">{word}</span>;
    if (faulty.some((path) => word.startsWith(`${path}=`) || word.startsWith(`${path}.`))) return <mark key={index}>{word}</mark>;
    return word;
  });
}
