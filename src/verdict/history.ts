/**
 * Everything that happened on one arm, time-stamped: what is judged, live and again later from the bundle.
 * One record a line in `history.jsonl`, in the order in which the run came to know
 * them: what happened between two looks at the testbed follows the look, so `at` does not always grow. Holds no wall time.
 */
import type { Micros } from '../base/instant.js';
import type { ProbeOutcome } from '../scenario/model.js';

/** One measurement. It belongs to the moment at which it started. */
export interface ProbeSample {
  readonly startedAt: Micros;
  readonly endedAt: Micros;
  readonly outcome: ProbeOutcome;
  /** In the words of the tool: `connect: connection refused`, `answered by worker-2`. */
  readonly detail: string;
}

/** Where a scheduler put a pod, and why. Nodes as Kubernetes names them. */
export interface Decision {
  /** `namespace/name`. */
  readonly pod: string;
  /** `schedulerName` of the pod. */
  readonly scheduler: string;
  readonly node: string;
  /** Weighted points by score plugin and node, of all nodes that could have had it; empty where only one could. */
  readonly points: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

export type HistoryRecord =
  | { readonly kind: 'bring-up'; readonly at: Micros; readonly text: string }
  | {
      readonly kind: 'step';
      readonly at: Micros;
      readonly list: 'steps' | 'catch' | 'finally';
      readonly step: number;
      readonly name: string;
      /** `judge`: the timed expectations have settled, the others are judged from here on. */
      readonly phase: 'start' | 'action' | 'judge' | 'end';
      readonly text?: string;
      /** Phase `action`: why it failed, in the API's or the kernel's words. Phase `end`: the step's time was over. */
      readonly error?: string;
    }
  /** Written when the sample is finished: `at` is its `endedAt`. */
  | ({ readonly kind: 'probe'; readonly at: Micros; readonly probe: string } & ProbeSample)
  /**
   * An object changed in a way that matters: a node's Ready, a pod's phase, a Service's addresses. `object` is `Kind name` or
   * `Kind namespace/name`; a node's change reads `Ready=Unknown (NodeStatusUnknown)`. A real API's Events are told of the object that they
   * are about: `event NodeNotReady of node-controller: …`.
   */
  | { readonly kind: 'object'; readonly at: Micros; readonly object: string; readonly change: string }
  | {
      readonly kind: 'log';
      readonly at: Micros;
      readonly host: string;
      readonly component: string;
      readonly line: string;
    }
  /** A scheduler bound a pod. */
  | ({ readonly kind: 'decision'; readonly at: Micros } & Decision)
  /** What an expectation saw, recorded when it changed. `holds: null` where there was nothing to see. */
  | {
      readonly kind: 'observation';
      readonly at: Micros;
      readonly list: 'steps' | 'catch' | 'finally';
      readonly step: number;
      readonly expectation: number;
      readonly holds: boolean | null;
      readonly seen: string;
    }
  | {
      readonly kind: 'settled';
      readonly at: Micros;
      readonly list: 'steps' | 'catch' | 'finally';
      readonly step: number;
      readonly expectation: number;
      readonly verdict: 'pass' | 'fail' | 'unknown';
      readonly seen: string;
    }
  | { readonly kind: 'snapshot'; readonly at: Micros; readonly id: string; readonly label: string }
  | {
      readonly kind: 'capture';
      readonly at: Micros;
      readonly name: string;
      readonly on: string;
      readonly packets: number;
    }
  /** The last record of an arm that was not cut short: it came to its end, its testbed failed, or its time was over. */
  | {
      readonly kind: 'end';
      readonly at: Micros;
      readonly outcome: 'complete' | 'infra-error' | 'timeout';
      readonly text?: string;
    };
