/** What the command line selects: `--tags`, `--focus`, `--matrix`. Problems in an option are told at their column in it. */
import type { Findings } from '../scenario/findings.js';
import { suggest } from '../scenario/suggest.js';
import { matchesAny, type Point } from './match.js';
import { parseTags, type TagExpression } from './tags.js';

export interface Selection {
  readonly tags: TagExpression;
  /** Parts of case ids, capitals alike; any of them selects. Without one all are selected. */
  readonly focus: readonly string[];
  /** Axis to values or ranges, any of which selects; a point without the axis is not selected. */
  readonly picks: ReadonlyMap<string, readonly string[]>;
}

export interface SelectionRequest {
  readonly tags?: string;
  readonly focus?: readonly string[];
  /** `axis=value[,value]`, each value also a range of versions. */
  readonly matrix?: readonly string[];
}

export function selectionOf(request: SelectionRequest, findings: Findings): Selection | undefined {
  const tags = parseTags(request.tags ?? '');
  if (!tags.ok) {
    const hint = 'tags with && || ! ( ): externalip && !slow';
    findings.add('WT0605', { file: '--tags', line: 1, column: tags.offset + 1 }, tags.message, hint);
  }
  const picks = new Map<string, readonly string[]>();
  for (const text of request.matrix ?? []) {
    const equals = text.indexOf('=');
    const axis = text.slice(0, Math.max(0, equals)).trim();
    const values = text
      .slice(equals + 1)
      .split(',')
      .map((value) => value.trim());
    if (axis === '' || values.some((value) => value === '')) {
      const hint = 'kubernetes=1.34.2, proxyMode=ipvs,iptables or kubernetes=">=1.28 <1.36"';
      findings.add('WT0606', { file: '--matrix', line: 1, column: 1 }, `${text} is not AXIS=VALUE`, hint);
    } else picks.set(axis, [...(picks.get(axis) ?? []), ...values]);
  }
  return tags.ok
    ? { tags: tags.fits, focus: (request.focus ?? []).map((text) => text.toLowerCase()), picks }
    : undefined;
}

export function selectsPoint(selection: Selection, point: Point): boolean {
  return [...selection.picks].every(([axis, wanted]) => {
    const value = point.get(axis);
    return value !== undefined && matchesAny(wanted, value);
  });
}

export function selectsCase(selection: Selection, id: string): boolean {
  return selection.focus.length === 0 || selection.focus.some((text) => id.toLowerCase().includes(text));
}

/** What is told where nothing is left: an axis that no scenario has, or simply that nothing fits. */
export function reportNothing(
  request: SelectionRequest,
  selection: Selection,
  axes: ReadonlySet<string>,
  findings: Findings,
): void {
  const unknown = [...selection.picks.keys()].find((axis) => !axes.has(axis));
  if (unknown !== undefined) {
    const hint = suggest(unknown, [...axes], 'axes');
    findings.add('WT0306', { file: '--matrix', line: 1, column: 1 }, `no scenario has the axis ${unknown}`, hint);
    return;
  }
  const given = [
    ...(request.tags ? [`--tags '${request.tags}'`] : []),
    ...(request.focus ?? []).map((text) => `--focus '${text}'`),
    ...(request.matrix ?? []).map((text) => `--matrix '${text}'`),
  ];
  const message = given.length === 0 ? 'no scenario is there' : `nothing is selected by ${given.join(' ')}`;
  findings.add('WT0607', { file: 'selection', line: 1, column: 1 }, message, 'windtunnel list shows what is there');
}
