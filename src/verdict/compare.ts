/** Comparisons of a scenario (`>=10`, `855e6..945e6`) with a number. Knows nothing of what is compared. */
import type { Comparison } from '../scenario/model.js';

/** Null where the other side of a `compare` would be needed: a single arm does not know it. */
export function compare(comparison: Comparison, value: number): boolean | null {
  if ('side' in comparison) return null;
  if (comparison.op === 'range') return value >= comparison.low && value <= comparison.high;
  switch (comparison.op) {
    case '==':
      return value === comparison.value;
    case '!=':
      return value !== comparison.value;
    case '>':
      return value > comparison.value;
    case '>=':
      return value >= comparison.value;
    case '<':
      return value < comparison.value;
    case '<=':
      return value <= comparison.value;
  }
}
