/**
 * What references stand for on one arm of one case, and their replacement in values. Nodes stay: `${nodes.NAME}` until the
 * field that holds it turns it into a name, `${nodes.NAME.ip}` and `${nodes.NAME.name}` until the testbed is up.
 */
import type { Code } from '../scenario/codes.js';
import { type Reference, referencesIn, wholeNode, wholeReference } from '../scenario/references.js';
import type { Path } from '../scenario/source-tree.js';
import type { Point } from './match.js';
import { isMapping } from './merge.js';

export type Report = (path: Path, code: Code, message: string, hint?: string) => void;

/** In a manifest only known roots are replaced, and a node has no form of its own. */
export type Setting = 'scenario' | 'manifest';

export class Scope {
  readonly #point: Point;
  readonly #raw: Readonly<Record<string, unknown>>;
  readonly #resolved = new Map<string, unknown>();
  readonly #index: number | undefined;

  constructor(point: Point, variables: Readonly<Record<string, unknown>>, index?: number) {
    this.#point = point;
    this.#raw = variables;
    this.#index = index;
  }

  /** The same scope with `${index}`. */
  at(index: number): Scope {
    return new Scope(this.#point, this.#raw, index);
  }

  /** `value` with its references replaced, their types kept where they stand alone. What cannot be replaced is reported and left. */
  resolve(value: unknown, setting: Setting, path: Path, report: Report): unknown {
    if (typeof value === 'string') return value.includes('${') ? this.#text(value, setting, path, report) : value;
    if (Array.isArray(value)) return value.map((item, index) => this.resolve(item, setting, [...path, index], report));
    if (!isMapping(value)) return value;
    const resolved: Record<string, unknown> = {};
    for (const [key, item] of Object.entries(value))
      resolved[key] = this.resolve(item, setting, [...path, key], report);
    return resolved;
  }

  #text(text: string, setting: Setting, path: Path, report: Report): unknown {
    const whole = wholeReference(text);
    if (whole) {
      const value = this.#valueOf(whole, path, report);
      if (setting === 'manifest' && typeof value === 'string' && wholeNode(value) !== undefined) {
        report(path, 'WT0205', `${text} is a node`, 'in an object write its .name or .ip');
      }
      return value;
    }
    let replaced = '';
    let end = 0;
    for (const reference of referencesIn(text)) {
      replaced += text.slice(end, reference.offset) + this.#inText(reference, path, report);
      end = reference.offset + reference.text.length;
    }
    return replaced + text.slice(end);
  }

  #inText(reference: Reference, path: Path, report: Report): string {
    const value = this.#valueOf(reference, path, report);
    if (typeof value === 'object' && value !== null) {
      report(path, 'WT0203', `${reference.text} is no single value, and stands inside a text`);
      return reference.text;
    }
    const text = String(value);
    if (wholeNode(text) !== undefined) {
      report(path, 'WT0205', `${reference.text} is a node, and stands inside a text`, 'write its .name or .ip');
    }
    return text;
  }

  #valueOf(reference: Reference, path: Path, report: Report): unknown {
    if (reference.root === 'matrix') {
      const value = this.#point.get(reference.axis);
      if (value === undefined) report(path, 'WT0206', `the point ${pointText(this.#point)} has no ${reference.axis}`);
      return value ?? reference.text;
    }
    if (reference.root === 'index') return this.#index ?? reference.text;
    if (reference.root !== 'variable') return reference.text;
    if (!Object.hasOwn(this.#raw, reference.variable)) return reference.text;
    const value = this.#variable(reference.variable, path, report);
    if (reference.part === undefined) return value;
    const node = typeof value === 'string' ? wholeNode(value) : undefined;
    if (node !== undefined) return `\${nodes.${node}.${reference.part}}`;
    const hint = 'a variable holds a node where it is ${nodes.NAME}';
    report(path, 'WT0203', `${reference.variable} is no node here, so it has no .${reference.part}`, hint);
    return reference.text;
  }

  /** What is wrong inside a variable is told where it is used; circles were refused before any scope was made. */
  #variable(name: string, path: Path, report: Report): unknown {
    if (this.#resolved.has(name)) return this.#resolved.get(name);
    let sound = true;
    const value = this.resolve(this.#raw[name], 'scenario', path, (_, code, message, hint) => {
      sound = false;
      report(path, code, message, hint);
    });
    if (sound) this.#resolved.set(name, value);
    return value;
  }
}

/** `kubernetes=1.34.2,proxyMode=ipvs`. */
export function pointText(point: Point): string {
  return [...point].map(([axis, value]) => `${axis}=${value}`).join(',');
}
