/** What an Event of the API says, of the object that it is about: `event FailedScheduling of default-scheduler: 0/3 nodes are available`. */
import { isDeepStrictEqual } from 'node:util';
import type { KubeObject } from '../../src/scenario/model.js';
import type { WatchedChange } from './watch.js';

/** core/v1 Event; an object of no namespace has none here either. */
interface KubeEvent extends KubeObject {
  readonly involvedObject: { readonly kind: string; readonly namespace?: string; readonly name: string };
  readonly reason?: string;
  readonly message?: string;
  readonly source?: { readonly component?: string };
  readonly reportingComponent?: string;
  readonly count?: number;
  readonly series?: { readonly count: number };
}

export interface EventWords {
  /** `Pod default/web-1`, as the object's own changes are told. */
  readonly object: string;
  readonly change: string;
}

/** Undefined where nothing happened anew: an event that expires, or one that is written again with the count it had. */
export function eventWords({ type, object, previous }: WatchedChange): EventWords | undefined {
  const event = object as KubeEvent;
  const before = previous as KubeEvent | undefined;
  const timesOf = (of: KubeEvent) => [of.count, of.series?.count];
  if (type === 'DELETED' || (before && isDeepStrictEqual(timesOf(event), timesOf(before)))) return undefined;
  const { involvedObject, reason = '', message = '', source, reportingComponent } = event;
  const { kind, namespace, name } = involvedObject;
  const component = source?.component || reportingComponent;
  const of = component ? ` of ${component}` : '';
  return {
    object: `${kind} ${namespace ? `${namespace}/` : ''}${name}`,
    change: `event ${reason}${of}: ${message.trim()}`,
  };
}
