/**
 * Expectations that no testbed can show yet: pods that moved, links' utilisation. They are parsed and
 * planned; a case that has one is `unknown`, never a pass.
 */
import type { StateKind } from './kind.js';

type Unobservable = 'moved' | 'linkUtilisation';

function unobservable<K extends Unobservable>(what: string): StateKind<K> {
  return { compared: false, observe: async () => ({ holds: null, seen: `no backend shows ${what} yet` }) };
}

export const moved = unobservable<'moved'>('which pods moved');
export const linkUtilisation = unobservable<'linkUtilisation'>("links' utilisation");
