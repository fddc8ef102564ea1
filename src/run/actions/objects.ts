/** `apply`, `delete`, `patch`: Kubernetes objects through the control plane, one after the other, up to the first that is refused. */
import { refOf } from '../../plan/objects.js';
import type { ApiAnswer, ControlPlane } from '../../ports/testbed.js';
import type { Action, KubeObject } from '../../scenario/model.js';
import type { ActionOutcome } from '../actions.js';
import type { RunContext } from '../run-context.js';

type ActionOf<K extends Action['kind']> = Extract<Action, { kind: K }>;

const NO_API: ActionOutcome = { error: 'bare hosts have no Kubernetes API' };

function nameOf(kind: string, name: string, namespace?: string): string {
  return `${kind} ${namespace ? `${namespace}/` : ''}${name}`;
}

function nameOfObject({ kind, metadata }: KubeObject): string {
  return nameOf(kind, metadata.name, metadata.namespace);
}

function refusal(what: string, answer: ApiAnswer & { readonly ok: false }): ActionOutcome {
  return { error: `${what}: ${answer.code} ${answer.reason}: ${answer.message}` };
}

/** Passes only when the API refuses with these words and what is stored stays what it was. */
async function applyRefused(controlPlane: ControlPlane, object: KubeObject, text: string): Promise<string | undefined> {
  const what = nameOfObject(object);
  const versionOf = (stored: KubeObject | undefined) => stored?.metadata.resourceVersion;
  const before = await controlPlane.get(refOf(object));
  const answer = await controlPlane.apply(object);
  if (answer.ok) return `${what} was accepted; it was to be refused with "${text}"`;
  if (!answer.message.includes(text)) return `${what} was refused with other words than "${text}": ${answer.message}`;
  const after = await controlPlane.get(refOf(object));
  const isSame = (before === undefined) === (after === undefined) && versionOf(before) === versionOf(after);
  return isSame ? undefined : `${what} was refused, yet it was stored`;
}

export async function apply({ testbed }: RunContext, action: ActionOf<'apply'>): Promise<ActionOutcome> {
  const { controlPlane } = testbed;
  if (!controlPlane) return NO_API;
  const { objects, refused } = action;
  for (const object of objects) {
    if (refused !== undefined) {
      const error = await applyRefused(controlPlane, object, refused);
      if (error !== undefined) return { error };
      continue;
    }
    const answer = await controlPlane.apply(object);
    if (!answer.ok) return refusal(nameOfObject(object), answer);
  }
  return { done: `${refused === undefined ? 'applied' : 'refused'} ${objects.map(nameOfObject).join(', ')}` };
}

export async function deleteObjects({ testbed }: RunContext, action: ActionOf<'delete'>): Promise<ActionOutcome> {
  if (!testbed.controlPlane) return NO_API;
  const names: string[] = [];
  for (const ref of action.objects) {
    const name = nameOf(ref.kind, ref.name, ref.namespace);
    const answer = await testbed.controlPlane.delete(ref);
    if (!answer.ok) return refusal(name, answer);
    names.push(name);
  }
  return { done: `deleted ${names.join(', ')}` };
}

export async function patch({ testbed }: RunContext, action: ActionOf<'patch'>): Promise<ActionOutcome> {
  if (!testbed.controlPlane) return NO_API;
  const { target, merge, json } = action;
  const name = nameOf(target.kind, target.name, target.namespace);
  const body = { ...(merge !== undefined && { merge }), ...(json !== undefined && { json }) };
  const answer = await testbed.controlPlane.patch(target, body);
  return answer.ok ? { done: `patched ${name}` } : refusal(name, answer);
}
