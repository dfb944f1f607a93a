/** Quintant's mark, an octant's arc. */
export function Mark() {
  return (
    <svg viewBox="0 0 20 20" fill="none" stroke="currentColor" strokeWidth="1.6" strokeLinejoin="round" aria-hidden="true">
      <path d="M10 3 1.8 14.3a14 14 0 0 0 16.4 0z" />
      <path d="m10 3.5 1.7 13.1" stroke="var(--accent)" />
    </svg>
  );
}
