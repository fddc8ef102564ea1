/**
 * The points of a matrix as GitHub Actions makes them: the product of the axes, less what `exclude` fits, then `include`. An
 * include whose axes fit adds its other keys to those points, without overwriting a value of an axis; one that fits no point
 * is a further point. Departs from GitHub Actions where a list stands in an include: it fits by any of it, and as a further
 * point it gives one for each value.
 */
import { isRange } from '../scenario/version-range.js';
import { type AxisValue, type Condition, matches, matchesAny, type Point } from './match.js';

export const POINTS_MAX = 10_000;

export interface Matrix {
  readonly axes: ReadonlyMap<string, readonly AxisValue[]>;
  readonly include: readonly Condition[];
  readonly exclude: readonly Condition[];
}

/** `matrix` as the file has it; it was checked for its shape. */
export function matrixOf(raw: Readonly<Record<string, unknown>> | undefined): Matrix {
  const axes = new Map<string, readonly AxisValue[]>();
  for (const [axis, values] of Object.entries(raw ?? {})) {
    if (axis !== 'include' && axis !== 'exclude') axes.set(axis, values as readonly AxisValue[]);
  }
  return {
    axes,
    include: (raw?.include ?? []) as readonly Condition[],
    exclude: (raw?.exclude ?? []) as readonly Condition[],
  };
}

/** At most how many points there are, known without making them. */
export function pointCount(matrix: Matrix): number {
  let product = matrix.axes.size === 0 ? 0 : 1;
  for (const values of matrix.axes.values()) product *= values.length;
  return product + matrix.include.length;
}

/** The points in the file's order; `rangeOnly` lists the includes that fit nothing and hold a range, which is no value. */
export function expand(matrix: Matrix): { readonly points: readonly Point[]; readonly rangeOnly: readonly number[] } {
  const originals = product(matrix.axes).filter(
    (point) => !matrix.exclude.some((condition) => matches(condition, point)),
  );
  const points: Map<string, AxisValue>[] = originals.map((point) => new Map(point));
  const added: Point[] = [];
  const rangeOnly: number[] = [];
  matrix.include.forEach((entry, index) => {
    const fitting = originals.flatMap((original, at) => (fits(entry, original) ? [points[at]] : []));
    for (const point of fitting) extend(point, entry, matrix.axes);
    if (fitting.length > 0) return;
    if (
      Object.values(entry)
        .flat()
        .some((value) => isRange(String(value)))
    )
      rangeOnly.push(index);
    else added.push(...product(new Map(Object.entries(entry).map(([axis, value]) => [axis, [value].flat()]))));
  });
  const all = [...points, ...added];
  const empty = matrix.axes.size === 0 && matrix.include.length === 0;
  return { points: empty ? [new Map()] : all, rangeOnly };
}

function product(axes: ReadonlyMap<string, readonly AxisValue[]>): readonly Point[] {
  if (axes.size === 0) return [];
  let points: readonly Point[] = [new Map()];
  for (const [axis, values] of axes) {
    points = points.flatMap((point) => values.map((value) => new Map(point).set(axis, value)));
  }
  return points;
}

/** An include fits where it would overwrite no value of an axis. */
function fits(entry: Condition, original: Point): boolean {
  return Object.entries(entry).every(([axis, wanted]) => {
    const value = original.get(axis);
    return value === undefined || matchesAny(wanted, value);
  });
}

function extend(point: Map<string, AxisValue> | undefined, entry: Condition, axes: Matrix['axes']): void {
  for (const [axis, value] of Object.entries(entry)) {
    const [single] = [value].flat();
    if (!axes.has(axis) && single !== undefined) point?.set(axis, single);
  }
}
