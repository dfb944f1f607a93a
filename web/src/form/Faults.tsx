/** What is wrong, below the field, with the way out as a button. */
import type { Fault } from "../api/problem";
import { words } from "../words";
import { choices, remedies } from "./remedy";

const w = words.form;

interface Props {
  faults: readonly Fault[];
  warnings?: readonly Fault[];
  path: string;
  set: (path: string, value: unknown) => void;
  id?: string;
}

export function Faults({ faults, warnings = [], set, id }: Props) {
  if (!faults.length && !warnings.length) return null;
  return (
    <span id={id}>
      {faults.map((fault, index) => (
        <span key={index} className="err" role="alert">
          <b aria-hidden="true">✕</b> <Words fault={fault} />
          {remedies(fault).map((one) => (
            <button key={one.label} type="button" className="btn s" data-remedy="" onClick={() => set(fault.path, one.value)}>
              {w.use(one.label)}
            </button>
          ))}
          {!remedies(fault).length && choices(fault).length > 0 && (
            <select className="select s" aria-label={w.allowed} value="" onChange={(event) => set(fault.path, choices(fault).find((one) => String(one) === event.target.value))}>
              <option value="">{w.choose}</option>
              {choices(fault).map((one) => (
                <option key={String(one)}>{String(one)}</option>
              ))}
            </select>
          )}
        </span>
      ))}
      {warnings.map((warning, index) => (
        <span key={index} className="warn">
          <b aria-hidden="true">!</b> <Words fault={warning} />
          {remedies(warning).map((one) => (
            <button key={one.label} type="button" className="btn s" onClick={() => set(warning.path, one.value)}>
              {w.use(one.label)}
            </button>
          ))}
        </span>
      ))}
    </span>
  );
}

function Words({ fault }: { fault: Fault }) {
  const long = fault.message.length > 180 && choices(fault).length > 0;
  return (
    <>
      {long ? fault.message.slice(0, fault.message.indexOf(" ", 24)) + " …" : fault.message} {fault.hint && !remedies(fault).length ? fault.hint : null}
    </>
  );
}
