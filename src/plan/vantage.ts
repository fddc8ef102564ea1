/** Where something stands, as files write it. */
import type { Vantage } from '../scenario/model.js';

/** A node by name, `outside`, `gateway`, or a pod. */
export function vantageOf(value: string | { readonly pod: string; readonly namespace?: string | undefined }): Vantage {
  if (typeof value !== 'string') return { kind: 'pod', pod: value.pod, namespace: value.namespace ?? 'default' };
  if (value === 'outside' || value === 'gateway') return { kind: value };
  return { kind: 'node', node: value };
}
