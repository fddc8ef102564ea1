/**
 * Expectations that no testbed can show yet: PromQL values, placement, pods that moved, links' utilisation. They are parsed and
 * planned; a case that has one is `unknown`, never a pass.
 */
import type { StateKind } from './kind.js';

type Unobservable = 'promql' | 'placement' | 'moved' | 'linkUtilisation';

function unobservable<K extends Unobservable>(what: string, compared: boolean): StateKind<K> {
  return { compared, observe: async () => ({ holds: null, seen: `no backend shows ${what} yet` }) };
}

export const promql = unobservable<'promql'>('PromQL values', true);
export const placement = unobservable<'placement'>('placement', true);
export const moved = unobservable<'moved'>('which pods moved', false);
export const linkUtilisation = unobservable<'linkUtilisation'>("links' utilisation", false);
