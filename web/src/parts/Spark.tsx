/** A trend in 84 × 22 pixels: the course of a run, the strip of its seeds, the points of a sweep. */
import type { Spark as SparkShape } from "../api/page";
import { words } from "../words";

const W = 84;
const H = 22;

export function Spark({ spark, fraction = 1 }: { spark: SparkShape | undefined; fraction?: number }) {
  if (!spark) return null;
  const log = spark.scale === "log" && spark.y.every((value) => value > 0);
  const scaled = (value: number) => (log ? Math.log(value) : value);
  if (spark.kind === "seeds") return <Seeds spark={spark} scaled={scaled} />;
  const ys = spark.y.map((value) => (Number.isFinite(value) ? scaled(value) : null));
  const known = ys.filter((value): value is number => value !== null);
  if (known.length < 2) return null;
  const low = Math.min(...known);
  const high = Math.max(...known);
  const y = (value: number) => (high === low ? H / 2 : H - 3 - ((value - low) / (high - low)) * (H - 6));
  const xs = spark.x ?? spark.y.map((_, index) => index);
  const left = spark.kind === "course" ? 0 : Math.min(...xs);
  const right = spark.kind === "course" ? Math.max(1e-9, Math.max(...xs)) / Math.max(0.02, spark.live ? fraction : 1) : Math.max(...xs);
  const inset = spark.kind === "points" ? 3 : 0;
  const x = (value: number) => inset + ((value - left) / (right - left || 1)) * (W - 2 * inset - 2);
  const points = ys.map((value, index) => (value === null ? null : ([x(xs[index]!), y(value)] as const))).filter((point) => point !== null);
  const line = "M" + points.map(([px, py]) => `${px.toFixed(1)} ${py.toFixed(1)}`).join(" ");
  const last = points.at(-1)!;
  const rising = known.at(-1)! > known[0]! ? words.runs.rising : known.at(-1)! < known[0]! ? words.runs.falling : words.runs.level;
  return (
    <svg className={spark.live ? "spark live" : "spark"} viewBox={`0 0 ${W} ${H}`} role="img" aria-label={words.runs.sparkCourse(spark.metric, rising, known.length)}>
      {spark.kind === "course" && <path className="area" d={`${line} L${last[0].toFixed(1)} ${H} L${points[0]![0].toFixed(1)} ${H}Z`} />}
      <path d={line} />
      {spark.kind === "points" ? points.map(([px, py], index) => <circle key={index} cx={px} cy={py} r="1.7" />) : <circle cx={last[0]} cy={last[1]} r="1.9" />}
    </svg>
  );
}

function Seeds({ spark, scaled }: { spark: SparkShape; scaled: (value: number) => number }) {
  const values = spark.y.filter(Number.isFinite).map(scaled);
  if (values.length < 2) return null;
  const bounds = [spark.low?.[0], spark.high?.[0]].filter((value) => typeof value === "number").map(scaled);
  const low = Math.min(...values, ...bounds);
  const high = Math.max(...values, ...bounds);
  const x = (value: number) => (high === low ? W / 2 : 4 + ((value - low) / (high - low)) * (W - 10));
  const mean = typeof spark.mean === "number" ? scaled(spark.mean) : null;
  return (
    <svg className="spark" viewBox={`0 0 ${W} ${H}`} role="img" aria-label={words.runs.sparkSeeds(values.length)}>
      {bounds.length === 2 && <rect x={x(bounds[0]!)} y={H / 2 - 2.5} width={Math.max(1, x(bounds[1]!) - x(bounds[0]!))} height={5} fill="var(--line)" />}
      {values.map((value, index) => (
        <path key={index} d={`M${x(value).toFixed(1)} ${H / 2 - 4.5}v9`} className="tick" />
      ))}
      {mean !== null && <circle cx={x(mean)} cy={H / 2} r="2" />}
    </svg>
  );
}
