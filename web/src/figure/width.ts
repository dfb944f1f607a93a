/** Figures fill their column: the server lays them out at one of four widths, so that each is drawn once and kept. */
export const STEPS_MM = [85, 120, 174, 250] as const;
const PX_PER_MM = 96 / 25.4;

/** The widest step that need not shrink by more than a tenth in a column of `px`. */
export function step(px: number): number {
  const mm = px / PX_PER_MM;
  return [...STEPS_MM].reverse().find((one) => one <= mm * 1.1) ?? STEPS_MM[0];
}
