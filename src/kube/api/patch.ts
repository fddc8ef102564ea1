/**
 * Ways to change an object: JSON merge patch (RFC 7396), JSON patch (RFC 6902), and apply, which also takes away what the
 * same administrator applied before and no longer says. Values in, values out; nothing is changed in place.
 * Departs from server-side apply: lists are atomic, and there is one field manager.
 */
import { applyPatch } from 'rfc6902';

type Json = unknown;
type Fields = Readonly<Record<string, Json>>;

const isFields = (value: Json): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value);

/** RFC 7396. */
export function mergePatch(target: Json, patch: Json): Json {
  if (!isFields(patch)) return patch;
  const result: Record<string, Json> = isFields(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = mergePatch(result[key], value);
  }
  return result;
}

/** `live` with what `next` says, and without what `last` said and `next` does not. */
export function applied(live: Json, last: Json, next: Json): Json {
  if (!isFields(next) || !isFields(live)) return next;
  const result: Record<string, Json> = { ...live };
  for (const key of Object.keys(isFields(last) ? last : {})) if (!(key in next)) delete result[key];
  for (const [key, value] of Object.entries(next)) {
    if (value === null) delete result[key];
    else result[key] = applied(result[key], isFields(last) ? last[key] : undefined, value);
  }
  return result;
}

export type JsonPatchResult =
  | { readonly ok: true; readonly value: Json }
  | { readonly ok: false; readonly error: string };

export function jsonPatch(target: Json, operations: readonly Json[]): JsonPatchResult {
  const copy = clone(target);
  const results = applyPatch(copy, clone(operations) as Parameters<typeof applyPatch>[1]);
  const failed = results.find((result) => result !== null);
  return failed ? { ok: false, error: failed.message } : { ok: true, value: copy };
}

function clone(value: Json): Json {
  if (Array.isArray(value)) return value.map(clone);
  if (!isFields(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, clone(entry)]));
}
