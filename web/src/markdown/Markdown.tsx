/** Blocks as elements; formulas as MathML, which a screen reader reads and which needs no style of its own. */
import { Link } from "@tanstack/react-router";
import katex from "katex";
import { Fragment, memo, type ReactNode } from "react";
import { words } from "../words";
import type { Block, Inline } from "./parse";

export const Tex = memo(function Tex({ tex, display = false }: { tex: string; display?: boolean }) {
  const html = katex.renderToString(tex, { output: "mathml", displayMode: display, throwOnError: false, strict: "ignore" });
  return <span className={display ? "tex display" : "tex"} dangerouslySetInnerHTML={{ __html: html }} />;
});

export function Markdown({ blocks }: { blocks: readonly Block[] }) {
  return (
    <>
      {pairs(blocks).map((one, index) => (Array.isArray(one) ? <Equation key={index} math={one[0]} text={one[1]} /> : <Fragment key={index}>{block(one)}</Fragment>))}
    </>
  );
}

/** A formula and the paragraph that explains it stand side by side. */
function pairs(blocks: readonly Block[]): (Block | [Block & { kind: "math" }, Block & { kind: "paragraph" }])[] {
  const found: ReturnType<typeof pairs> = [];
  for (let at = 0; at < blocks.length; at++) {
    const one = blocks[at]!;
    const after = blocks[at + 1];
    if (one.kind === "math" && after?.kind === "paragraph") {
      found.push([one, after]);
      at += 1;
    } else found.push(one);
  }
  return found;
}

function Equation({ math, text }: { math: Block & { kind: "math" }; text: Block & { kind: "paragraph" } }) {
  return (
    <div className="eq">
      <div tabIndex={0} role="group" aria-label={words.labs.formula}>
        <Tex tex={math.tex} display />
      </div>
      <p>{inlines(text.parts)}</p>
    </div>
  );
}

function block(one: Block): ReactNode {
  switch (one.kind) {
    case "heading": {
      const Level = `h${Math.min(4, Math.max(2, one.level))}` as "h2" | "h3" | "h4";
      return <Level id={one.id}>{inlines(one.parts)}</Level>;
    }
    case "paragraph":
      return <p className="prose">{inlines(one.parts)}</p>;
    case "math":
      return (
        <div className="eq alone">
          <div tabIndex={0} role="group" aria-label={words.labs.formula}>
            <Tex tex={one.tex} display />
          </div>
        </div>
      );
    case "code":
      return (
        <pre className="json" tabIndex={0}>
          {one.text}
        </pre>
      );
    case "list": {
      const List = one.ordered ? "ol" : "ul";
      return (
        <List className="prose-list">
          {one.items.map((item, index) => (
            <li key={index}>{item.length === 1 && item[0]!.kind === "paragraph" ? inlines(item[0]!.parts) : <Markdown blocks={item} />}</li>
          ))}
        </List>
      );
    }
    case "table":
      return (
        <div className="scrollx" tabIndex={0} role="group">
          <table className="tbl az">
            <thead>
              <tr>
                {one.head.map((cell, index) => (
                  <th key={index} scope="col" className={one.align[index] === "right" ? "num" : undefined}>
                    {inlines(cell)}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {one.rows.map((row, at) => (
                <tr key={at}>
                  {row.map((cell, index) => (
                    <td key={index} className={one.align[index] === "right" ? "num" : undefined}>
                      {inlines(cell)}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      );
    case "quote":
      return (
        <blockquote>
          <Markdown blocks={one.blocks} />
        </blockquote>
      );
  }
}

export function inlines(parts: readonly Inline[]): ReactNode[] {
  return parts.map((one, index) => {
    switch (one.kind) {
      case "text":
        return one.text;
      case "code":
        return <code key={index}>{one.text}</code>;
      case "math":
        return <Tex key={index} tex={one.tex} />;
      case "strong":
        return <b key={index}>{inlines(one.parts)}</b>;
      case "em":
        return <em key={index}>{inlines(one.parts)}</em>;
      case "link":
        return link(one.href, inlines(one.parts), index);
    }
  });
}

function link(href: string, children: ReactNode, key: number): ReactNode {
  if (/^https?:\/\//.test(href))
    return (
      <a key={key} href={href} target="_blank" rel="noreferrer noopener">
        {children}
      </a>
    );
  const lab = /^(?:\.\.\/)*(?:labs\/)?([a-z]+)\.md(#.*)?$/.exec(href);
  if (lab)
    return (
      <Link key={key} to="/labs/$lab" params={{ lab: lab[1]! }} hash={lab[2]?.slice(1) ?? ""}>
        {children}
      </Link>
    );
  if (href.startsWith("#"))
    return (
      <a key={key} href={href}>
        {children}
      </a>
    );
  return <span key={key}>{children}</span>;
}
