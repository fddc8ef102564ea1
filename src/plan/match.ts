/** Whether a point of the matrix fits a condition: `exclude`, `include`, `when`, `sameWhen` and `--matrix` all ask this. */
import { inRange, isRange } from '../scenario/version-range.js';

export type AxisValue = string | number | boolean;
/** Axis to value, in the order of the file. */
export type Point = ReadonlyMap<string, AxisValue>;
export type Condition = Readonly<Record<string, AxisValue | readonly AxisValue[]>>;

/** Every axis of the condition is on the point, with any of the values. `{}` fits always. */
export function matches(condition: Condition, point: Point): boolean {
  return Object.entries(condition).every(([axis, wanted]) => {
    const value = point.get(axis);
    return value !== undefined && matchesAny(wanted, value);
  });
}

/** Equality as text; a list by any of it; a Kubernetes version also by range. */
export function matchesAny(wanted: AxisValue | readonly AxisValue[], value: AxisValue): boolean {
  const text = String(value);
  return [wanted].flat().some((item) => {
    const pattern = String(item);
    return pattern === text || (isRange(pattern) && inRange(text, pattern));
  });
}
