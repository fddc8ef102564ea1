/** `{node: N, condition: Ready, is: ...}`: a condition in a Node's status, as the API server has it. */
import { each, NO_API, type Observation, type StateKind, type View } from './kind.js';

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly lastTransitionTime?: string;
}

async function observeNode(node: string, condition: string, is: readonly string[], view: View): Promise<Observation> {
  const name = view.kubernetesName(node);
  const object = await view.object('v1', 'Node', name);
  if (!object) return { holds: null, seen: `there is no Node ${name}` };
  const conditions = (object.status as { conditions?: readonly Condition[] } | undefined)?.conditions ?? [];
  const found = conditions.find(({ type }) => type === condition);
  if (!found) return { holds: null, seen: `${name} has no condition ${condition}` };
  const since = view.instant(found.lastTransitionTime);
  const reason = found.reason ? ` (${found.reason})` : '';
  return {
    holds: is.includes(found.status),
    seen: `${name} ${condition}=${found.status}${reason}${since === undefined ? '' : ` since ${since / 1_000_000} s (API time)`}`,
  };
}

export const node: StateKind<'node'> = {
  compared: true,
  async observe({ nodes, condition, is }, view) {
    if (!view.hasApi) return NO_API;
    return each(await Promise.all(nodes.map((name) => observeNode(name, condition, is, view))));
  },
};
