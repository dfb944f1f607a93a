/** A series' mark: colour and shape, the same in legend, table and figure. */
const SHAPES = [
  <circle key="c" cx="11" cy="5" r="3.6" />,
  <rect key="s" x="7.6" y="1.6" width="6.8" height="6.8" />,
  <path key="t" d="M11 1 15 8.6H7z" />,
  <path key="d" d="M11 .8 15.2 5 11 9.2 6.800 5z" />,
];

export function Mark({ colour, small = false }: { colour: number; small?: boolean }) {
  const index = Math.max(0, colour - 1);
  return (
    <svg className="mark" width={small ? 14 : 22} height={10} viewBox={small ? "4 0 14 10" : "0 0 22 10"} aria-hidden="true" style={{ color: `var(--s${(index % 6) + 1})` }}>
      {!small && <path d="M0 5h22" stroke="currentColor" strokeWidth="2" strokeDasharray={index >= 6 ? "4 2" : undefined} />}
      <g fill="currentColor">{SHAPES[index % SHAPES.length]}</g>
    </svg>
  );
}
