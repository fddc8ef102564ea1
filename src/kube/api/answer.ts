/** The API's answers and their wording. Source: k8s.io/apimachinery pkg/api/errors/errors.go. */
import type { ApiAnswer } from '../../ports/testbed.js';
import type { KubeObject } from '../../scenario/model.js';
import { kindOf, resourceOf } from './kinds.js';

/** An answer with the warnings that the API sent along, if any. */
export type Answer = ApiAnswer & { readonly warnings?: readonly string[] };

interface Named {
  readonly kind: string;
  readonly name: string;
}

const refuse = (code: number, reason: string, message: string): Answer => ({ ok: false, code, reason, message });

const named = ({ kind, name }: Named) => `${resourceOf(kindOf(kind))} "${name}"`;

export function accepted(object: KubeObject, warnings: readonly string[] = []): Answer {
  return warnings.length > 0 ? { ok: true, object, warnings } : { ok: true, object };
}

export const notFound = (ref: Named) => refuse(404, 'NotFound', `${named(ref)} not found`);
/** The mapping that kubectl asks for first has no such kind. */
export const noMatch = (message: string) => refuse(404, 'NotFound', message);
export const alreadyExists = (ref: Named) => refuse(409, 'AlreadyExists', `${named(ref)} already exists`);
export const invalidObject = (message: string) => refuse(422, 'Invalid', message);
export const badRequest = (message: string) => refuse(400, 'BadRequest', message);
export const expired = (message: string) => refuse(410, 'Expired', message);
export const forbidden = (ref: Named, message: string) =>
  refuse(403, 'Forbidden', `${named(ref)} is forbidden: ${message}`);
export const conflict = (ref: Named) =>
  refuse(
    409,
    'Conflict',
    `Operation cannot be fulfilled on ${named(ref)}: the object has been modified; please apply your changes to the latest version and try again`,
  );
