/** Whether a text is PromQL, by Prometheus's own grammar. Refuses to know types and metrics: only a Prometheus does. */
import { parser } from '@prometheus-io/lezer-promql';

/** Where it stops being PromQL, from 0; undefined where it is. */
export function promqlError(query: string): number | undefined {
  let found: number | undefined;
  parser.parse(query).iterate({
    enter: ({ type, from }) => {
      if (type.isError) found ??= from;
    },
  });
  return found;
}
