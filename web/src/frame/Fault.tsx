/** An error in the house's form: what, where, why, and what to do. */
import type { ReactNode } from "react";
import { Away, Problem, type Fault as OneFault } from "../api/problem";
import { words } from "../words";

export function FaultNote({ error, retry, children }: { error: unknown; retry?: () => void; children?: ReactNode }) {
  if (error instanceof Away) return null; // the banner says it
  if (error instanceof Problem && error.status === 401) return null; // the key is asked for
  return (
    <div className="note bad" role="alert">
      <span className="grow">
        {error instanceof Problem ? <Sentences problem={error} /> : <b>{error instanceof Error ? error.message : String(error)}</b>}
        {children}
      </span>
      {retry && (
        <button type="button" className="btn s" onClick={retry}>
          {words.frame.tryAgain}
        </button>
      )}
    </div>
  );
}

function Sentences({ problem }: { problem: Problem }) {
  if (!problem.problems.length) return <span>{problem.detail}</span>;
  return (
    <ul>
      {problem.problems.map((fault, index) => (
        <li key={index}>
          <FaultLine fault={fault} />
        </li>
      ))}
    </ul>
  );
}

export function FaultLine({ fault }: { fault: OneFault }) {
  return (
    <>
      {fault.path && <b>{fault.path}</b>} {fault.message} {fault.hint}
    </>
  );
}
