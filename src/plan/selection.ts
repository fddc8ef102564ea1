/** What the command line selects: `--tags`, `--focus`, `--matrix`. Problems in an option are told at their column in it. */
import type { Findings } from '../scenario/findings.js';
import { listed, nearest, suggest } from '../scenario/suggest.js';
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

/** Axes and values of `--matrix` that no scenario has: they would select nothing, in silence where others select something. */
export function checkPicks(
  selection: Selection,
  axes: ReadonlyMap<string, ReadonlySet<string>>,
  findings: Findings,
): void {
  const place = { file: '--matrix', line: 1, column: 1 };
  for (const [axis, wanted] of selection.picks) {
    const values = axes.get(axis);
    if (values === undefined) {
      findings.add('WT0306', place, `no scenario has the axis ${axis}`, suggest(axis, [...axes.keys()], 'axes'));
      continue;
    }
    for (const value of wanted) {
      if ([...values].some((known) => matchesAny(value, known))) continue;
      const near = nearest(value, [...values]);
      const all = listed([...values], `values of ${axis}`);
      const hint = near === undefined ? all : `did you mean ${near}? ${all}`;
      findings.add('WT0307', place, `no point of a matrix has ${axis} ${value}`, hint);
    }
  }
}

/** Told where nothing is left, though each option alone is sound. */
export function reportNothing(request: SelectionRequest, findings: Findings): void {
  const given = [
    ...(request.tags ? [['--tags', request.tags] as const] : []),
    ...(request.focus ?? []).map((text) => ['--focus', text] as const),
    ...(request.matrix ?? []).map((text) => ['--matrix', text] as const),
  ];
  const shown = given.map(([option, text]) => `${option} '${text}'`).join(' ');
  const message = given.length === 0 ? 'no scenario is there' : `nothing is selected by ${shown}`;
  const place = { file: given[0]?.[0] ?? '', line: 1, column: 1 };
  findings.add('WT0607', place, message, 'windtunnel list shows what is there');
}
