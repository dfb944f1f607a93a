/** Which columns: any config key, any metric. */
import { Popover } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { words } from "../../words";
import { facetsQuery } from "./queries";

const w = words.runs;
const MOST_SHOWN = 40;

export function Columns({ cols, put }: { cols: string; put: (cols: string) => void }) {
  const [open, setOpen] = useState(false);
  const [text, setText] = useState("");
  const facets = useQuery({ ...facetsQuery(""), enabled: open });
  const shown = cols.split(",").filter(Boolean);
  const toggle = (name: string) => put((shown.includes(name) ? shown.filter((one) => one !== name) : [...shown, name]).join());
  const needle = text.trim().toLowerCase();
  const fits = (name: string, says: string) => !needle || name.toLowerCase().includes(needle) || says.toLowerCase().includes(needle);
  const metrics = (facets.data?.metrics ?? []).filter((one) => fits(one.name, one.labs.join()));
  const keys = (facets.data?.keys ?? []).filter((one) => fits(one.key, one.says)).sort((a, b) => Number(b.varies) - Number(a.varies) || Number(b.essential) - Number(a.essential));
  return (
    <Popover opened={open} onChange={setOpen} position="bottom-end" trapFocus withinPortal>
      <Popover.Target>
        <button type="button" className="btn hide" aria-expanded={open} onClick={() => setOpen(!open)}>
          {w.columns} {shown.length > 0 && <span className="muted">{shown.length}</span>} <i className="ico ico-down" />
        </button>
      </Popover.Target>
      <Popover.Dropdown>
        <div className="columns-list">
          <span className="input">
            <i className="ico ico-find" />
            <input data-autofocus type="search" aria-label={w.columnsFind} placeholder={w.columnsFind} value={text} onChange={(event) => setText(event.target.value)} />
          </span>
          {shown.length > 0 && <Group title={w.columnsShown} items={shown.map((name) => ({ name, label: name.replace(/^\w+:/, ""), detail: name.split(":")[0]! }))} shown={shown} toggle={toggle} />}
          <Group title={w.columnsMetrics} items={metrics.slice(0, MOST_SHOWN).map((one) => ({ name: `metric:${one.name}`, label: one.name, detail: one.labs.join(", ") }))} shown={shown} toggle={toggle} />
          <Group title={w.columnsKeys} items={keys.slice(0, MOST_SHOWN).map((one) => ({ name: `config:${one.key}`, label: one.key, detail: one.labs.join(", ") }))} shown={shown} toggle={toggle} />
        </div>
      </Popover.Dropdown>
    </Popover>
  );
}

interface Item {
  name: string;
  label: string;
  detail: string;
}

function Group({ title, items, shown, toggle }: { title: string; items: Item[]; shown: string[]; toggle: (name: string) => void }) {
  const left = items.filter((one) => title === w.columnsShown || !shown.includes(one.name));
  if (!left.length) return null;
  return (
    <fieldset>
      <legend className="sec">{title}</legend>
      {left.map((one) => (
        <label key={one.name} className="item">
          <input type="checkbox" className="check" checked={shown.includes(one.name)} onChange={() => toggle(one.name)} />
          <code>{one.label}</code>
          <span className="muted clip">{one.detail}</span>
        </label>
      ))}
    </fieldset>
  );
}
