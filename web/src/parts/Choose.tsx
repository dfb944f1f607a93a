/** One of many: a button that opens a list, with a search where the list is long. */
import { Combobox, useCombobox } from "@mantine/core";
import { useState } from "react";
import { words } from "../words";

export interface Option {
  value: string;
  label: string;
  detail?: string | undefined;
}

interface Props {
  value: string | null;
  options: readonly Option[];
  label: string;
  onChange: (value: string) => void;
  bad?: boolean;
  id?: string;
  describedBy?: string | undefined;
  /** What stands there while nothing is chosen. */
  placeholder?: string;
  mono?: boolean;
  className?: string;
}

const SEARCH_FROM = 9;

export function Choose({ value, options, label, onChange, bad = false, id, describedBy, placeholder, mono = false, className = "" }: Props) {
  const [text, setText] = useState("");
  const box = useCombobox({
    onDropdownClose: () => {
      box.resetSelectedOption();
      setText("");
      box.focusTarget();
    },
    onDropdownOpen: () => {
      if (options.length >= SEARCH_FROM) box.focusSearchInput();
      box.selectActiveOption();
    },
  });
  const needle = text.trim().toLowerCase();
  const shown = options.filter((one) => !needle || one.label.toLowerCase().includes(needle) || one.detail?.toLowerCase().includes(needle));
  const now = options.find((one) => one.value === value);
  return (
    <Combobox
      store={box}
      withinPortal
      width="target"
      position="bottom-start"
      onOptionSubmit={(chosen) => {
        onChange(chosen);
        box.closeDropdown();
      }}
    >
      <Combobox.Target targetType="button">
        <button type="button" id={id} className={`input choose ${bad ? "bad" : ""} ${mono ? "mono" : ""} ${className}`} aria-label={`${label}: ${now?.label ?? value ?? placeholder ?? ""}`} aria-invalid={bad || undefined} aria-describedby={describedBy} onClick={() => box.toggleDropdown()}>
          <span className={`v clip${now || value ? "" : " muted"}`}>{now?.label ?? value ?? placeholder}</span>
          <i className="ico ico-down" />
        </button>
      </Combobox.Target>
      <Combobox.Dropdown>
        {options.length >= SEARCH_FROM && <Combobox.Search value={text} aria-label={label} placeholder={words.form.choose} onChange={(event) => setText(event.currentTarget.value)} />}
        <Combobox.Options mah={300} className="choose-list">
          {shown.map((one) => (
            <Combobox.Option key={one.value} value={one.value} active={one.value === value}>
              <span>{one.label}</span>
              {one.detail && <span className="muted clip">{one.detail}</span>}
            </Combobox.Option>
          ))}
          {!shown.length && <Combobox.Empty>{words.frame.palette.nothing(text)}</Combobox.Empty>}
        </Combobox.Options>
      </Combobox.Dropdown>
    </Combobox>
  );
}

interface SegProps {
  value: string | null;
  options: readonly Option[];
  label: string;
  onChange: (value: string) => void;
  describedBy?: string | undefined;
}

/** Few short ones stand side by side; the arrows move between them. */
export function Seg({ value, options, label, onChange, describedBy }: SegProps) {
  const at = options.findIndex((one) => one.value === value);
  const move = (event: React.KeyboardEvent<HTMLElement>, by: number) => {
    event.preventDefault();
    const next = options[(Math.max(0, at) + by + options.length) % options.length]!;
    onChange(next.value);
    const group = event.currentTarget.parentElement;
    requestAnimationFrame(() => group?.querySelector<HTMLElement>('[aria-checked="true"]')?.focus());
  };
  return (
    <span className="seg" role="radiogroup" aria-label={label} aria-describedby={describedBy}>
      {options.map((one, index) => (
        <button
          key={one.value}
          type="button"
          role="radio"
          aria-checked={one.value === value}
          tabIndex={one.value === value || (at < 0 && index === 0) ? 0 : -1}
          title={one.detail}
          onClick={() => onChange(one.value)}
          onKeyDown={(event) => {
            if (event.key === "ArrowRight" || event.key === "ArrowDown") move(event, 1);
            if (event.key === "ArrowLeft" || event.key === "ArrowUp") move(event, -1);
          }}
        >
          {one.label}
        </button>
      ))}
    </span>
  );
}

/** Side by side where they fit, a list where not. */
export function Pick(props: Props & { most?: number }) {
  const fits = props.options.length <= 4 && props.options.reduce((sum, one) => sum + one.label.length, 0) <= (props.most ?? 24);
  return fits ? <Seg value={props.value} options={props.options} label={props.label} onChange={props.onChange} describedBy={props.describedBy} /> : <Choose {...props} />;
}
