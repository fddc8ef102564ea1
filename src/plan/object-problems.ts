/**
 * What `kubectl apply` would say of an object before anything is stored, in its order: there is no such kind, a field is unknown,
 * a value is refused. Each begins only where the one before found nothing.
 */
import { type DecodingError, decodingErrors, partErrors } from '../kube/api/decoding.js';
import { validateObject } from '../kube/api/validation.js';
import type { Code } from '../scenario/codes.js';
import type { KubeObject } from '../scenario/model.js';
import type { Path } from '../scenario/source-tree.js';
import { suggest } from '../scenario/suggest.js';
import { matchKind } from './known-kinds.js';

export interface ObjectProblem {
  readonly code: Code;
  readonly path: Path;
  /** The key is wrong, not what stands under it. */
  readonly atKey?: boolean;
  readonly message: string;
  readonly hint: string;
}

const WANTED = 'where the refusal is what you test, give the step refused: "part of the message"';

/** `version` is that of the API server. */
export function objectProblems(object: KubeObject, version: string | undefined): readonly ObjectProblem[] {
  const unknown = kindProblems(object.apiVersion, object.kind);
  if (unknown.length > 0) return unknown;
  const undecodable = decodingErrors(object).map(fieldProblem);
  if (undecodable.length > 0) return undecodable;
  return validateObject(object, version).map(({ path, message }) => ({
    code: 'WT0402',
    path: objectPath(path),
    message: `${object.kind} ${object.metadata.name}: ${path}: ${message}`,
    hint: WANTED,
  }));
}

/** A kind that no API server has; none for one that the model alone lacks: that is a skip. */
export function kindProblems(apiVersion: string, kind: string): readonly ObjectProblem[] {
  const match = matchKind(apiVersion, kind);
  if (match.is !== 'unknown') return [];
  const hint = suggest(kind, match.known, 'kinds');
  return [{ code: 'WT0406', path: ['kind'], message: match.message, hint }];
}

/** Unknown fields of a merge patch; a real API server drops them with a warning. */
export function patchProblems(kind: string, merge: unknown): readonly ObjectProblem[] {
  return partErrors(kind, merge).map(fieldProblem);
}

function fieldProblem({ path, message, known }: DecodingError): ObjectProblem {
  const key = String(path.at(-1));
  if (known.length === 0) return { code: 'WT0405', path, message, hint: WANTED };
  const hint = suggest(key, known, 'known fields');
  return { code: 'WT0405', path, atKey: true, message: `strict decoding error: ${message}`, hint };
}

/** `spec.externalIPs[0]` as a path. */
function objectPath(text: string): Path {
  return [...text.matchAll(/([^.[\]]+)|\[(\d+)\]/g)].map((match) =>
    match[2] === undefined ? (match[1] ?? '') : Number(match[2]),
  );
}
