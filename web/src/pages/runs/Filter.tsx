/** The filter: an expression, painted by the server's own tokens, its faults marked in place, completed from what is there. */
import { useQuery } from "@tanstack/react-query";
import { useEffect, useId, useMemo, useRef, useState, type ReactNode } from "react";
import type { FilterProblem, FilterToken } from "../../api/page";
import { useKeys } from "../../frame/keyboard";
import { words } from "../../words";
import { facetsQuery } from "./queries";
import { suggest, type Suggestion } from "./suggest";

const w = words.runs;

interface Props {
  text: string;
  onText: (text: string) => void;
  /** The text that was judged, with what was found in it. */
  judged: { q: string; parsed: string; problems: FilterProblem[]; tokens: FilterToken[] } | null;
}

export function Filter({ text, onText, judged }: Props) {
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const paint = useRef<HTMLDivElement>(null);
  const [open, setOpen] = useState(false);
  const [at, setAt] = useState(-1);
  const [caret, setCaret] = useState(text.length);
  const facets = useQuery({ ...facetsQuery(""), enabled: open });
  const current = judged && judged.q === text ? judged : null;
  const problems = current?.problems ?? [];
  const suggestions = useMemo(() => (open ? suggest(text, caret, facets.data) : { list: [], start: caret, end: caret }), [open, text, caret, facets.data]);

  useKeys([{ keys: "/", where: "runs", run: () => input.current?.focus() }]);
  const scrollAlong = () => {
    if (paint.current && input.current) paint.current.scrollLeft = input.current.scrollLeft;
  };
  useEffect(scrollAlong, [text]);

  const take = (one: Suggestion) => {
    const next = text.slice(0, suggestions.start) + one.text + text.slice(suggestions.end);
    const place = suggestions.start + one.text.length;
    onText(next);
    setAt(-1);
    requestAnimationFrame(() => {
      input.current?.focus();
      input.current?.setSelectionRange(place, place);
      setCaret(place);
    });
  };
  const onKeyDown = (event: React.KeyboardEvent<HTMLInputElement>) => {
    const { list } = suggestions;
    if (event.key === "ArrowDown" && list.length) {
      event.preventDefault();
      setAt((at + 1) % list.length);
    } else if (event.key === "ArrowUp" && list.length) {
      event.preventDefault();
      setAt(at <= 0 ? list.length - 1 : at - 1);
    } else if ((event.key === "Enter" || event.key === "Tab") && at >= 0 && list[at]) {
      event.preventDefault();
      take(list[at]);
    } else if (event.key === "Enter") setOpen(false);
    else if (event.key === "Escape") {
      event.stopPropagation();
      if (open && list.length && at >= 0) setAt(-1);
      else if (open) setOpen(false);
      else input.current?.blur();
    }
  };
  const moved = () => setCaret(input.current?.selectionStart ?? text.length);
  const shown = open && suggestions.list.length > 0;
  return (
    <div className="filter">
      <div className="input mono">
        <i className="ico ico-find" />
        <div className="paint" ref={paint} aria-hidden="true">
          {painted(text, current?.tokens ?? [], problems)}
        </div>
        <input
          ref={input}
          role="combobox"
          aria-label={w.filter}
          aria-expanded={shown}
          aria-controls={`${id}-list`}
          aria-autocomplete="list"
          aria-activedescendant={shown && at >= 0 ? `${id}-${at}` : undefined}
          aria-invalid={problems.length > 0 || undefined}
          aria-describedby={problems.length ? `${id}-problems` : undefined}
          autoComplete="off"
          autoCapitalize="off"
          spellCheck={false}
          placeholder={w.filterExample}
          value={text}
          onChange={(event) => {
            onText(event.target.value);
            setCaret(event.target.selectionStart ?? event.target.value.length);
            setOpen(true);
            setAt(-1);
          }}
          onSelect={moved}
          onScroll={scrollAlong}
          onFocus={() => setOpen(true)}
          onBlur={() => setTimeout(() => setOpen(false), 150)}
          onKeyDown={onKeyDown}
        />
        {text ? (
          <button type="button" className="btn quiet icon s" aria-label={w.clearFilter} onClick={() => onText("")}>
            <i className="ico ico-x" />
          </button>
        ) : (
          <kbd className="kbd">/</kbd>
        )}
      </div>
      <ul id={`${id}-list`} role="listbox" aria-label={w.suggestions} className={shown ? "pop suggestions" : "pop suggestions closed"}>
        {shown &&
          suggestions.list.map((one, index) => (
            <li
              key={one.text}
              id={`${id}-${index}`}
              role="option"
              aria-selected={index === at}
              className={index === at ? "item on" : "item"}
              onPointerDown={(event) => {
                event.preventDefault();
                take(one);
              }}
            >
              <code>{one.text}</code>
              <span className="muted clip">{one.detail}</span>
            </li>
          ))}
      </ul>
      <div id={`${id}-problems`} role="status" className={problems.length ? "problem" : "problem none"}>
        {problems.map((problem, index) => (
          <span key={index} className="hstack">
            <span>{problem.message}</span>
            {problem.hint && (
              <button type="button" className="btn s" onClick={() => onText(text.slice(0, problem.at) + problem.hint + text.slice(problem.at + problem.length))}>
                {w.didYouMean(problem.hint)}
              </button>
            )}
          </span>
        ))}
        {problems.length > 0 && (
          <span className="rest">
            {w.untilThen} <code className="in">{current?.parsed || w.everything}</code>
          </span>
        )}
      </div>
    </div>
  );
}

const CLASSES: Record<string, string> = { field: "tok-key", lab: "tok-key", operator: "tok-op", connective: "tok-op", bracket: "tok-op", value: "tok-val", word: "tok-val", fault: "tok-bad" };

function painted(text: string, tokens: readonly FilterToken[], problems: readonly FilterProblem[]): ReactNode[] {
  const marks = [...tokens].sort((a, b) => a.at - b.at);
  const out: ReactNode[] = [];
  let at = 0;
  const bad = (from: number, to: number) => problems.some((problem) => problem.at < to && problem.at + Math.max(1, problem.length) > from);
  for (const token of marks) {
    if (token.at < at) continue;
    out.push(text.slice(at, token.at));
    const end = token.at + token.length;
    out.push(
      <span key={token.at} className={`${CLASSES[token.kind] ?? ""}${bad(token.at, end) ? " tok-bad" : ""}`}>
        {text.slice(token.at, end)}
      </span>,
    );
    at = end;
  }
  out.push(text.slice(at));
  return out;
}
